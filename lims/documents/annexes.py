"""What the annexes (附录) of a report are drawn from: the plots of its calibrations, and its photos by their hash."""

import hashlib
from collections.abc import Mapping
from types import MappingProxyType

from lims.core.errors import LimsError
from lims.core.reasons import reason
from lims.documents.calibration_drawing import CalibrationDrawing
from lims.documents.snapshot import CalibrationBlock, PhotoBlock

#: Pictures by their SHA-256, as JPEG.
Photos = Mapping[str, bytes]
NO_PHOTOS: Photos = MappingProxyType({})


class RenderingFailed(LimsError):
    """The page could not be made. The snapshot is unharmed: after mending the cause it can be rendered again."""


def drawing_of(block: CalibrationBlock) -> CalibrationDrawing:
    """The plot of a calibration; its points are floats, for the eye alone."""
    return CalibrationDrawing(
        x_title=block.x_title,
        y_title=block.y_title,
        standards=tuple((float(x), float(y), is_used) for x, y, is_used in block.standards),
        samples=tuple((float(x), float(y)) for x, y in block.samples),
        curve=tuple((float(x), float(y)) for x, y in block.curve),
    )


def photo_of(photo: PhotoBlock, photos: Photos) -> bytes:
    """The bytes of a photo. Raises `RenderingFailed` when they are not there, or are others than the report names."""
    content = photos.get(photo.sha256)
    if content is None or hashlib.sha256(content).hexdigest() != photo.sha256:
        raise RenderingFailed(
            reason("report.photo_missing", "The photo {sha256} of this report is not there.", sha256=photo.sha256)
        )
    return content
