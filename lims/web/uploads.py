"""Uploaded files: read whole, within the installation's limit."""

from fastapi import UploadFile

from lims.core.errors import BadInput
from lims.core.reasons import Where, reason
from lims.runtime import Lims


def read_upload(file: UploadFile, lims: Lims) -> bytes:
    """The bytes of an upload. Raises `BadInput` when it is empty or larger than `upload_megabytes`."""
    largest = lims.settings.upload_megabytes * 1024 * 1024
    content = file.file.read(largest + 1)
    if len(content) > largest:
        raise BadInput(
            reason(
                "upload.too_large",
                "The file is larger than {megabytes} MB; hand it in in parts.",
                megabytes=lims.settings.upload_megabytes,
                at=Where("file"),
            )
        )
    if not content:
        raise BadInput(reason("upload.empty", "The file is empty.", at=Where("file")))
    return content
