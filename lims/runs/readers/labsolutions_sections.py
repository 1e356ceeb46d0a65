"""The sections of Shimadzu's ASCII exports: `[Name]`, lines `key<tab>value`, and tables with a heading row.

    [Header]
    Data File Name  C:\\…\\std-001.lcd

    [Compound Results(Detector A)]
    # of IDs  5
    ID#  Name  R.Time  Area  …

An export of a batch is many of these one after the other in one file; each `[Header]` begins an injection. Lines may
end in CR CR LF, which is one end.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lims.core.errors import BadInput
from lims.core.reasons import reason
from lims.runs.opened import OpenedFile
from lims.runs.reading import MOST_RECORDS, Row

_SECTION = re.compile(r"\[(.+)\]")
_LINE_END = re.compile(r"\r\r\n|\r\n|\n|\r")


@dataclass
class Section:
    """A section: its heading, and the rows below it. `fields` are the cells with a value, by their key."""

    name: str
    heading: Row
    rows: list[Row] = field(default_factory=list)

    @property
    def fields(self) -> dict[str, Row]:
        """Rows of a key and a value, by the key; the first of a key."""
        found: dict[str, Row] = {}
        for row in self.rows:
            if len(row.cells) > 1 and row.cells[0].strip():
                found.setdefault(row.cells[0].strip(), row)
        return found

    @property
    def table(self) -> tuple[Row, list[Row]] | None:
        """The row of headings, and the rows below it up to a blank one; None where there is none."""
        for place, row in enumerate(self.rows):
            if row.cells[0].strip() == "ID#":
                below = self.rows[place + 1 :]
                end = next((number for number, one in enumerate(below) if one.blank), len(below))
                return row, below[:end]
        return None


@dataclass
class Part:
    """One injection of an export: its sections in their order."""

    sections: list[Section] = field(default_factory=list)

    def value(self, section: str, key: str) -> str:
        """The value of a key in the section of this name; empty where there is none."""
        row = self.row(section, key)
        return "" if row is None else row.cells[1].strip()

    def row(self, section: str, key: str) -> Row | None:
        """The row of a key in the section of this name."""
        return next((one.fields.get(key) for one in self.sections if one.name == section), None)

    def results(self, kinds: tuple[str, ...]) -> Iterator[Section]:
        """The sections of results: those whose name begins with one of these."""
        return (section for section in self.sections if section.name.startswith(kinds))


def rows_of_export(file: OpenedFile) -> tuple[Row, ...]:
    """Every line of the export, cut at its tabs. Raises what reading text raises, and `BadInput` for too many."""
    lines = _LINE_END.split(file.text.text)
    if not lines[-1]:
        lines.pop()
    if len(lines) > MOST_RECORDS:
        raise BadInput(
            reason(
                "file.too_many_lines",
                "The file has {count} lines, of which most are points of a signal; export the results without"
                " chromatograms and spectra.",
                count=len(lines),
            )
        )
    return tuple(Row(number, tuple(line.split("\t"))) for number, line in enumerate(lines, start=1))


def parts_of(rows: tuple[Row, ...]) -> list[Part]:
    """The injections of an export. Lines before the first section belong to none."""
    parts: list[Part] = []
    for row in rows:
        named = _SECTION.fullmatch(row.cells[0].strip())
        if named and not any(cell.strip() for cell in row.cells[1:]):
            if named[1] == "Header" or not parts:
                parts.append(Part())
            parts[-1].sections.append(Section(named[1], row))
        elif parts:
            parts[-1].sections[-1].rows.append(row)
    return parts
