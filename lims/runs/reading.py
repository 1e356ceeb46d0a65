"""The common reading layer: bytes → hash → container → text → lines → rows. Every reader stands on it.

The container is told by its first bytes, never by the file's name. Text is decoded by BOM, then UTF-16 by its NUL
pattern, then strict UTF-8, then the profile's encoding. GB18030 and Windows-1252 are never told apart by guessing:
each decodes files of the other without complaint.
"""

import codecs
import csv
import re
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from io import StringIO
from itertools import islice

from lims.core.errors import BadInput
from lims.core.reasons import Where, reason
from lims.runs.profile import TextEncoding

#: A batch of a whole day has some 5 MB; what is larger is no result table.
LARGEST_FILE_BYTES = 64 * 1024 * 1024
#: Some hundred vials a day, some hundred compounds in each: a long table has a record for each of both.
MOST_RECORDS = 200_000


class Container(StrEnum):
    """What kind of file the bytes are."""

    TEXT = "text"
    XLSX = "xlsx or zip"
    XLS = "xls"
    XML = "xml"
    NETCDF = "netCDF"
    HDF5 = "HDF5"
    PDF = "PDF"


_MAGIC = (
    (b"PK\x03\x04", Container.XLSX),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Container.XLS),
    (b"<?xml", Container.XML),
    (b"\xef\xbb\xbf<?xml", Container.XML),
    (codecs.BOM_UTF16_LE + "<?xml".encode("utf-16-le"), Container.XML),
    (codecs.BOM_UTF16_BE + "<?xml".encode("utf-16-be"), Container.XML),
    (b"CDF\x01", Container.NETCDF),
    (b"CDF\x02", Container.NETCDF),
    (b"\x89HDF\r\n\x1a\n", Container.HDF5),
    (b"%PDF", Container.PDF),
)


@dataclass(frozen=True, slots=True)
class Text:
    """A decoded file: how it was decoded, and its first words beyond ASCII, for a person to look at."""

    text: str
    encoding: str
    first_beyond_ascii: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a table; `number` is the line of the file on which it begins, from 1."""

    number: int
    cells: tuple[str, ...]

    @property
    def blank(self) -> bool:
        """Nothing but empty cells."""
        return not any(cell.strip() for cell in self.cells)


def hash_of(content: bytes) -> str:
    """The SHA-256 of a file, by which it is kept and recognised again."""
    return sha256(content).hexdigest()


def container_of(content: bytes) -> Container:
    """The kind of file, by its first bytes."""
    return next((kind for magic, kind in _MAGIC if content.startswith(magic)), Container.TEXT)


def text_of(content: bytes, chosen: TextEncoding | None) -> Text:
    """Decode a text file.

    Raises BadInput: empty, too large, no text, or an encoding that only a person can name.
    """
    if not content.strip(b" \t\r\n\0"):
        raise BadInput(reason("file.empty", "The file is empty; export it again and check that it has rows."))
    if len(content) > LARGEST_FILE_BYTES:
        raise BadInput(
            reason(
                "file.too_large",
                "The file has {size} bytes; a result table has at most {most}.",
                size=len(content),
                most=LARGEST_FILE_BYTES,
            )
        )
    kind = container_of(content)
    if kind not in (Container.TEXT, Container.XML):
        raise BadInput(
            reason(
                "file.not_text",
                "This is a file of the kind {kind}; this reader needs a text table: export it as csv.",
                kind=kind.value,
            )
        )
    text, encoding = _decoded(content, chosen)
    if "\0" in text:
        raise BadInput(
            reason("file.not_text", "The file holds NUL characters; it is not a text table: export it as csv.")
        )
    words = [] if text.isascii() else re.findall(r"[^\s,;\"]*[^\x00-\x7f][^\s,;\"]*", text)
    return Text(text, encoding, tuple(dict.fromkeys(words))[:5])


def _decoded(content: bytes, chosen: TextEncoding | None) -> tuple[str, str]:
    if content.startswith(codecs.BOM_UTF8):
        return _strictly(content, "utf-8-sig"), "utf-8-sig"
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _strictly(content, "utf-16"), "utf-16"
    if utf_16 := _utf_16_by_nul(content):
        return _strictly(content, utf_16), utf_16
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as fault:
        if chosen is None:
            line = content.count(b"\n", 0, fault.start) + 1
            raise BadInput(
                reason(
                    "file.encoding_unknown",
                    "Line {line} is not UTF-8 (bytes {sample}). Set the encoding of the instrument's computer in the"
                    " import profile: {choices}.",
                    at=Where(field="encoding", row=line),
                    line=line,
                    sample=content[fault.start : fault.start + 8].hex(" "),
                    choices=", ".join(TextEncoding),
                )
            ) from fault
    return _strictly(content, chosen.value), chosen.value


def _strictly(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as fault:
        raise BadInput(
            reason(
                "file.encoding_differs",
                "The file cannot be read as {encoding}: byte {position} ({sample}) does not fit. Correct the encoding"
                " in the import profile, or export the file again if it was cut off.",
                at=Where(field="encoding"),
                encoding=encoding,
                position=fault.start + 1,
                sample=content[fault.start : fault.start + 8].hex(" "),
            )
        ) from fault


def _utf_16_by_nul(content: bytes) -> str | None:
    """UTF-16 without BOM shows as NUL at every other byte of its ASCII part."""
    head = content[:400]
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > len(head) // 5 and even == 0:
        return "utf-16-le"
    if even > len(head) // 5 and odd == 0:
        return "utf-16-be"
    return None


def rows_of(text: str, delimiter: str, first: int | None = None) -> tuple[Row, ...]:
    """All records of a delimited text, or the `first` ones; blank ones too, so that each can be accounted for.

    Takes LF, CRLF and CR line ends. Raises BadInput for a quotation mark that is never closed, and for more records
    than a batch can have.
    """
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows = []
    begins = 1
    try:
        for cells in islice(reader, first):
            rows.append(Row(begins, tuple(cells)))
            begins = reader.line_num + 1
            if len(rows) > MOST_RECORDS:
                raise BadInput(
                    reason(
                        "file.too_many_records",
                        "The file has more than {most} records; a result table of one batch has fewer: export one"
                        " batch at a time.",
                        at=Where(row=begins),
                        most=MOST_RECORDS,
                    )
                )
    except csv.Error as fault:
        raise BadInput(
            reason(
                "file.not_a_table",
                "The record beginning on line {line} cannot be split into cells ({fault}); the file is damaged or cut"
                " off: export it again.",
                at=Where(row=begins),
                line=begins,
                fault=str(fault),
            )
        ) from fault
    return tuple(rows)
