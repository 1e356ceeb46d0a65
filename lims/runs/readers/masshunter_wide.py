"""Reader of the Agilent MassHunter Quantitative Analysis batch table (wide csv, two heading rows).

    Sample,,,,Carbofuran Method,Carbofuran Results,,Qualifier (222.1 -> 123.1) Results,…      group, first cell only
    ,,Name,Type,Exp. Conc.,RT,Area,Area,…                                                     column names
    !,,B-0001,Sample,,4.13,1532,640,…                                                         one injection per row

A group name stands in its first cell and is carried right. A qualifier's group belongs to the compound before it.
Other layouts of the same program (compound table, sectioned report) are refused, not half understood.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import PureWindowsPath

from lims.core.errors import BadInput
from lims.core.reasons import Reason, Where, reason
from lims.runs.cells import Cell, CellStatus, folded
from lims.runs.opened import OpenedFile
from lims.runs.profile import ImportProfile
from lims.runs.readers import columns
from lims.runs.readers.batching import batch_of
from lims.runs.readers.masshunter_headings import SEARCHED_ROWS, Block, Headings, headings_of
from lims.runs.readers.reader import Reader
from lims.runs.reading import Row, rows_of
from lims.runs.records import Batch, Injection, Line, Trace
from lims.runs.row_figures import RowFigures

NAME = "masshunter-wide"
VERSION = "1"

_DELIMITERS = (",", "\t", ";")
_GROUP = re.compile(r"(^|[,;\t\"])[^,;\t]+ Results\"?($|[,;\t])")
_OTHER_LAYOUT = re.compile(r'[\s,;]*"?(?:Compound Method|Batch Info)\b', re.IGNORECASE)
#: A row of groups has no names of columns in it; another program's heading row may have one that ends in `Results`.
_NAMES_COLUMNS = re.compile(r"(^|[,;\t\"])(?:Data ?File(?:name)?|Sample Name|Area|Ret\. Time|RT)\"?($|[,;\t])")
_LONGEST_NAME = 200


def read(file: OpenedFile, profile: ImportProfile) -> Batch:
    """Read a wide batch table.

    Raises BadInput with every reason when the file as a whole is not one. A row that cannot be read does not stop the
    others: it stands in `lines` with its reasons.
    """
    rows, headings = _table(file)
    reader = _Lines(profile, headings)
    lines = tuple(reader.line(row) for row in rows)
    return batch_of(
        file,
        (NAME, VERSION),
        headings.compounds(profile.is_internal_standard),
        _same_injection_settled(lines),
        heading_rows=(headings.group_row, headings.name_row),
        ambiguous_dates=reader.ambiguous_dates,
        unread_columns=headings.unread,
        asks_about_end=True,
    )


def recognises(file: OpenedFile) -> bool:
    """Names of groups that end in `Results`, in the first lines; even one that lost its second heading row.

    The first cell tells the other layouts of the program, which have such names too.
    """
    if _OTHER_LAYOUT.match(file.head):
        return False
    lines = file.head.splitlines()[:SEARCHED_ROWS]
    return any(_GROUP.search(line) and not _NAMES_COLUMNS.search(line) for line in lines)


def _table(file: OpenedFile) -> tuple[tuple[Row, ...], Headings]:
    """Rows and headings with the delimiter that makes the headings those of a batch table."""
    refusals = []
    for delimiter in _DELIMITERS:
        try:
            headings = headings_of(rows_of(file.text.text, delimiter, SEARCHED_ROWS))
        except BadInput as refusal:
            refusals.append(refusal)
        else:
            return file.rows(delimiter), headings
    # A layout recognised but not supported says more than "not a batch table".
    telling = [r for r in refusals if r.reasons[0].code != "masshunter.not_a_batch_table"]
    raise (telling or refusals)[0]


class _Lines:
    """Turns rows into lines, one after the other; counts injections and collects dates to be looked at."""

    def __init__(self, profile: ImportProfile, headings: Headings) -> None:
        self.profile = profile
        self.headings = headings
        self.cells = profile.cells()
        self.figure_columns = tuple(column for block in headings.blocks for column in block.figures.values())
        self.ambiguous_dates: list[str] = []
        self.order = 0

    def line(self, row: Row) -> Line:
        """What became of this row."""
        if why_not := self._why_no_injection(row):
            return Line(row.number, None, (why_not,), content=row.cells)
        if misfit := self._misfit(row):
            return Line(row.number, None, (misfit,), refused=True, content=row.cells)
        faults: list[Reason] = []
        injection = self._injection(row, faults)
        if faults or injection is None:
            return Line(row.number, None, columns.shortened(faults, row.number), refused=True, content=row.cells)
        return Line(row.number, injection, content=row.cells)

    def _why_no_injection(self, row: Row) -> Reason | None:
        headings = self.headings
        if row.blank:
            return columns.BLANK
        if row.number < headings.group_row:
            return columns.BESIDE
        if row.number in (headings.group_row, headings.name_row):
            return columns.HEADING
        flags = (*headings.flag_columns, *headings.message_columns)
        if all(not cell.strip() or place in flags for place, cell in enumerate(row.cells, start=1)):
            message = " ".join(cell.strip() for cell in row.cells if cell.strip() not in ("", "!"))
            return reason(
                "row.message_only", "A message of the instrument without an injection: {message}", message=message
            )
        if folded(self._text(row, "name")) in columns.STATISTICS and not self._text(row, "data file"):
            return columns.STATISTIC
        return None

    def _misfit(self, row: Row) -> Reason | None:
        found, right = len(row.cells), self.headings.width
        if found < right:
            return columns.too_short(row, right)
        if any(cell.strip() for cell in row.cells[right:]):
            return columns.too_long(row, right)
        if any(row.cells[column - 1].strip() not in ("", "!") for column in self.headings.flag_columns):
            # A message of several lines is written without quotation marks: the rest of the record comes on a new
            # line, one column too far to the left.
            return reason(
                "row.shifted",
                "Row {row} is shifted: text stands in a column of flags, so every value is in the wrong column. Remove"
                " the column Quantitation Message from the table and export it again.",
                at=Where(row=row.number),
                row=row.number,
            )
        return None

    def _text(self, row: Row, heading: str) -> str:
        column = self.headings.sample_columns.get(heading)
        return row.cells[column - 1].strip() if column is not None and column <= len(row.cells) else ""

    def _injection(self, row: Row, faults: list[Reason]) -> Injection | None:
        data_file = self._text(row, "data file")
        name = self._text(row, "name") or _stem(data_file)
        acquired_at = self._acquired_at(row, faults)
        if not name:
            faults.append(columns.nameless(row))
            return None
        if max(len(name), len(data_file)) > _LONGEST_NAME:
            faults.append(columns.name_too_long(row, _LONGEST_NAME))
        if not data_file and acquired_at is None:
            faults.append(columns.keyless(row))
        self.order += 1
        vendor_type = self._text(row, "type")
        return Injection(
            key=folded(data_file) or f"{folded(name)} @ {acquired_at}",
            row=row.number,
            order=self.order,
            name=name,
            data_file=data_file,
            acquired_at=acquired_at,
            vendor_type=vendor_type,
            type=self.profile.type_of(vendor_type, name),
            level=self._text(row, "level"),
            vial=self._text(row, "pos.") or self._text(row, "vial"),
            dilution=self._dilution(row, faults),
            messages=tuple(text for text in (row.cells[c - 1].strip() for c in self.headings.message_columns) if text),
            traces=self._traces(row, faults),
            others=tuple((heading, self._raw(row, column)) for heading, column in self.headings.other_sample_columns),
        )

    def _raw(self, row: Row, column: int) -> Cell:
        """A column without a meaning here: kept as text, not read as a number."""
        raw = row.cells[column - 1]
        return Cell(raw, CellStatus.EMPTY if not raw.strip() else CellStatus.NOT_APPLICABLE, None, row.number, column)

    def _acquired_at(self, row: Row, faults: list[Reason]) -> datetime | None:
        text = self._text(row, "acq. date-time")
        if not text:
            return None
        instant = self.cells.instant(text)
        if instant is None:
            place = self.headings.sample_columns["acq. date-time"]
            faults.append(columns.date_unreadable(text, row.number, place, self.profile))
        elif self.cells.ambiguous(text):
            self.ambiguous_dates.append(text)
        return instant

    def _dilution(self, row: Row, faults: list[Reason]) -> Cell | None:
        column = self.headings.sample_columns.get("dil.")
        return None if column is None else self._number(row, column, "Dil.", faults)

    def _number(self, row: Row, column: int, heading: str, faults: list[Reason]) -> Cell:
        cell = self.cells.number(row.cells[column - 1], row.number, column)
        if cell.status is CellStatus.UNREADABLE:
            faults.append(columns.unreadable(cell, heading, self.profile))
        return cell

    def _traces(self, row: Row, faults: list[Reason]) -> tuple[Trace, ...]:
        unreadable = self.cells.unreadable(row.cells, row.number, self.figure_columns)
        return tuple(self._trace(row, block, unreadable, faults) for block in self.headings.blocks)

    def _trace(self, row: Row, block: Block, unreadable: Mapping[int, Cell], faults: list[Reason]) -> Trace:
        for figure, column in block.figures.items() if unreadable else ():
            if column in unreadable:
                heading = f"{block.compound} {block.label} {figure.value}".replace("  ", " ")
                faults.append(columns.unreadable(unreadable[column], heading, self.profile))
        figures = RowFigures(row.cells, block.figures, row.number, self.cells.number)
        manual = None
        if block.manual_integration is not None:
            manual = self._flag(row, block.manual_integration, faults)
        others = tuple((heading, self._raw(row, column)) for heading, column in block.others) if block.others else ()
        return Trace(block.compound, block.role, block.label, figures, manual, others)

    def _flag(self, row: Row, column: int, faults: list[Reason]) -> bool | None:
        text = row.cells[column - 1].strip()
        known = columns.truth_of(text)
        if text and known is None:
            faults.append(columns.flag_unreadable(text, row.number, column))
        return known


def _stem(data_file: str) -> str:
    """The injection's name when the table has none: the data file without folder and `.d`."""
    name = PureWindowsPath(data_file).name
    return name[:-2] if name.lower().endswith(".d") else name


def _same_injection_settled(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """Refuse all rows of an injection that occurs with different numbers; exact repetitions are no fault of reading."""
    contents: dict[str, set[tuple[str, ...]]] = {}
    for line in lines:
        if line.injection is not None:
            contents.setdefault(line.injection.key, set()).add(line.content)
    disputed = {key for key, texts in contents.items() if len(texts) > 1}
    return tuple(
        Line(line.row, None, (columns.disputed(line.injection),), refused=True, content=line.content)
        if line.injection is not None and line.injection.key in disputed
        else line
        for line in lines
    )


READER = Reader(
    NAME, VERSION, "Agilent MassHunter Quantitative Analysis: batch table", recognises=recognises, read=read
)
