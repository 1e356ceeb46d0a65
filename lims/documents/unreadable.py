"""What parsers raise over a file that somebody damaged on purpose (无法读取)."""

import struct
import zlib

from pyhanko.pdf_utils.misc import PdfError

#: Of PDF, ASN.1 and JSON.
UNREADABLE = (
    PdfError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    RecursionError,
    NotImplementedError,
    MemoryError,
    OSError,
    EOFError,
    zlib.error,
    struct.error,
)
