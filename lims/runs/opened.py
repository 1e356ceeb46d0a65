"""A file of an instrument, opened once for everybody who looks at it: what recognises it and what reads it."""

import csv
from dataclasses import dataclass, field
from functools import cached_property
from io import StringIO
from itertools import islice

from lims.core.errors import LimsError
from lims.core.workbooks import workbook_sheets
from lims.runs.profile import TextEncoding
from lims.runs.reading import MOST_RECORDS, Container, Row, Text, container_of, hash_of, rows_of, text_of

#: The headings of a table stand in the first rows, below what the program says of itself.
_FIRST = 60


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook. `rows` are numbered through all sheets: the first has the number `before` + 1."""

    name: str
    before: int
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class OpenedFile:
    """The bytes of a file and, once asked for, its text, its records and its sheets; each is made once.

    `name` is the name it was handed in with. It never says what kind of file it is; a few programs write the name of
    the sample nowhere else.
    """

    content: bytes
    encoding: TextEncoding | None = None
    _rows: dict[str, tuple[Row, ...]] = field(default_factory=dict, repr=False, compare=False)
    name: str = ""
    _first_rows: dict[str, tuple[Row, ...]] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def sha256(self) -> str:
        """The hash by which the file is kept."""
        return hash_of(self.content)

    @cached_property
    def container(self) -> Container:
        """The kind of file, by its first bytes."""
        return container_of(self.content)

    @cached_property
    def text(self) -> Text:
        """The decoded text. Raises what `text_of` raises, so a workbook has none."""
        return text_of(self.content, self.encoding)

    @cached_property
    def head(self) -> str:
        """The first 64 kB of the text for recognising it; empty where there is no text or it cannot be decoded."""
        if self.container not in (Container.TEXT, Container.XML):
            return ""
        try:
            return self.text.text[:65_536]
        except LimsError:
            return self.content[:65_536].decode("latin-1")

    def rows(self, delimiter: str) -> tuple[Row, ...]:
        """All records of a delimited text. Raises what `text_of` and `rows_of` raise."""
        if delimiter not in self._rows:
            self._rows[delimiter] = rows_of(self.text.text, delimiter)
        return self._rows[delimiter]

    def first_rows(self, delimiter: str) -> tuple[Row, ...]:
        """The first rows of a text for recognising it; none for a workbook or for what cannot be split into rows.

        The text ends somewhere, perhaps within quotation marks: this is no place to be strict.
        """
        if delimiter not in self._first_rows:
            reader = csv.reader(StringIO(self.head, newline=""), delimiter=delimiter)
            try:
                found = tuple(Row(number, tuple(row)) for number, row in enumerate(islice(reader, _FIRST), start=1))
            except csv.Error:
                found = ()
            self._first_rows[delimiter] = found
        return self._first_rows[delimiter]

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines of the text without their ends, for formats that are no delimited tables. Raises as `text`."""
        return tuple(self.text.text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))

    @cached_property
    def sheets(self) -> tuple[Sheet, ...]:
        """The sheets of a workbook. Raises `BadInput` for one that cannot be unpacked; none for another container."""
        if self.container not in (Container.XLSX, Container.XLS):
            return ()
        found = []
        before = 0
        for name, lines in workbook_sheets(self.content, most_rows=MOST_RECORDS):
            rows = tuple(Row(before + place, tuple(cells)) for place, cells in enumerate(lines, start=1))
            found.append(Sheet(name, before, rows))
            before += len(rows)
        return tuple(found)
