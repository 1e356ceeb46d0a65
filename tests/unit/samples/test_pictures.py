"""A picture is kept as one sees it, and nothing else of its file."""

import io
import struct
import zlib

import pytest
from PIL import Image

from lims.core.errors import BadInput
from lims.samples.pictures import clean_picture


def saved(picture: Image.Image, kind: str, **more: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **more)
    return out.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def test_a_photo_that_lies_on_its_side_is_turned_upright() -> None:
    lying = Image.new("RGB", (400, 200), "white")
    exif = lying.getexif()
    exif[0x0112] = 6  # turned by a quarter

    made = clean_picture(saved(lying, "JPEG", exif=exif))

    assert (made.width, made.height) == (200, 400)
    assert not opened(made.content).getexif()


def test_what_shines_through_is_white_and_comments_are_gone() -> None:
    glass = Image.new("RGBA", (100, 100), (255, 0, 0, 0))
    made = clean_picture(saved(glass, "PNG"))

    assert opened(made.content).convert("RGB").getpixel((50, 50)) == (255, 255, 255)
    spoken = saved(Image.new("RGB", (100, 100)), "JPEG", comment=b"secret")
    assert b"secret" not in clean_picture(spoken).content


def test_large_pictures_are_made_smaller_and_the_same_bytes_give_the_same_picture() -> None:
    photo = saved(Image.effect_noise((3000, 2000), 60), "JPEG")
    made = clean_picture(photo)

    assert (made.width, made.height) == (1600, 1067)
    assert max(opened(made.thumbnail).size) == 320
    assert made == clean_picture(photo)


def test_no_bomb_is_unpacked() -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(b"\0" * 1000)), chunk(b"IEND", b"")
    bomb = b"\x89PNG\r\n\x1a\n" + b"".join(parts)

    with pytest.raises(BadInput) as refused:
        clean_picture(bomb)

    assert refused.value.reasons[0].code in {"photo.too_large", "photo.unreadable"}


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "WEBP", "ICO"])
def test_only_jpeg_and_png_are_read(kind: str) -> None:
    with pytest.raises(BadInput):
        clean_picture(saved(Image.new("RGB", (100, 100)), kind))


def test_nothing_can_be_seen_on_a_dot() -> None:
    with pytest.raises(BadInput):
        clean_picture(saved(Image.new("RGB", (10, 10)), "PNG"))
