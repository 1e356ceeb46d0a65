"""Pictures for tests: small, plain, and if wished with what a camera writes into them."""

import io

from PIL import Image


def a_picture(colour: str = "green", side: int = 64) -> bytes:
    """A square of one colour as PNG."""
    out = io.BytesIO()
    Image.new("RGB", (side, side), colour).save(out, "PNG")
    return out.getvalue()


def a_photo(colour: str = "green") -> bytes:
    """A photo that tells who took it and where."""
    picture = Image.new("RGB", (2400, 1800), colour)
    exif = picture.getexif()
    exif[0x0110] = "Camera of Li Ming"
    exif[0x8825] = {1: "N", 2: (27.0, 31.0, 12.0)}
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif)
    return out.getvalue()
