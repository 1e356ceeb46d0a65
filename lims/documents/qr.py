"""QR codes (二维码) as SVG drawings that need no font and no picture file."""

from io import BytesIO

import segno
from markupsafe import Markup


def qr_svg(text: str, *, error: str = "m") -> Markup:
    """The QR code of a text, one path, sized by its container; never a Micro QR, which phones do not read.

    Args:
        text: a URL or a sample code.
        error: error correction level l, m, q or h (ISO/IEC 18004).
    """
    drawing = BytesIO()
    code = segno.make(text, micro=False, error=error, boost_error=False)
    code.save(drawing, kind="svg", border=0, xmldecl=False, svgns=True, omitsize=True, svgclass="qr", lineclass=None)
    return Markup(drawing.getvalue().decode())  # noqa: S704 -- drawn by segno: paths only, the text is not in it
