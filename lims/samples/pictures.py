"""Pictures (照片) as they are kept: read as JPEG or PNG, turned upright, made smaller, and written anew.

Writing anew leaves out what the camera wrote into the file: its place, its owner, its thumbnails, and whatever else may
hide there. So a picture is only what one sees. Pure.
"""

import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps

from lims.core.errors import BadInput
from lims.core.reasons import Where, reason

#: The longer side of a picture that is kept, and of a small one for lists.
LONGEST, THUMBNAIL = 1600, 320
#: More than this is no photo of a telephone; it would only fill the memory.
MOST_PIXELS = 60_000_000
_SMALLEST = 50


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as JPEG, a small one of it, and its sides in pixels."""

    content: bytes
    thumbnail: bytes
    width: int
    height: int


def clean_picture(content: bytes) -> Picture:
    """The picture of a file, without anything else that was in it. The same bytes give the same picture.

    Raises `BadInput`: no JPEG or PNG, damaged, or too many pixels or too few.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=("JPEG", "PNG")) as opened:
                _check_size(*opened.size)
                opened.draft("RGB", (2 * LONGEST, 2 * LONGEST))
                upright = ImageOps.exif_transpose(opened)
                picture = _on_white(upright)
    except BadInput:
        raise
    except (OSError, SyntaxError, ValueError, MemoryError, Image.DecompressionBombError, Warning) as error:
        raise BadInput(
            reason("photo.unreadable", "This is no JPEG or PNG picture, or it is damaged.", at=Where("file"))
        ) from error
    picture.info.clear()  # comments and profiles would be written along
    picture.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    small = picture.copy()
    small.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    return Picture(_jpeg(picture, 82), _jpeg(small, 72), *picture.size)


def _check_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise BadInput(
            reason(
                "photo.too_large",
                "The picture has {width} × {height} pixels; take a smaller one, of at most {most} million.",
                width=width,
                height=height,
                most=MOST_PIXELS // 1_000_000,
                at=Where("file"),
            )
        )
    if min(width, height) < _SMALLEST:
        raise BadInput(
            reason(
                "photo.too_small",
                "The picture has {width} × {height} pixels; nothing can be seen on it.",
                width=width,
                height=height,
                at=Where("file"),
            )
        )


def _on_white(picture: Image.Image) -> Image.Image:
    """Without transparency: what shines through is white, as on paper."""
    if "A" not in picture.getbands() and "transparency" not in picture.info:
        return picture.convert("RGB")
    layered = picture.convert("RGBA")
    paper = Image.new("RGB", layered.size, "white")
    paper.paste(layered, mask=layered.getchannel("A"))
    return paper


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()
