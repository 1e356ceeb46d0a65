"""The columns of a table by their headings, and what is wrong with a cell, in one place for all readers."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from lims.core.reasons import Reason, Where, reason
from lims.runs.cells import Cell, CellReader, CellStatus, column_letters, folded
from lims.runs.profile import ImportProfile
from lims.runs.reading import Row
from lims.runs.records import Figure, Injection, Line

#: More faults of one row than this say nothing new.
MOST_REASONS_PER_ROW = 5
#: Names of rows that sum up others; they are no injections and are never imported.
STATISTICS = frozenset(
    {
        "average", "avg", "mean", "%rsd", "rsd", "%rsd.", "std. dev.", "std dev", "std.dev.", "sd", "maximum",
        "minimum", "max", "min", "stdev", "cv%", "%cv", "rel. std. dev.", "平均值", "平均", "均值",
        "最大值", "最小值", "标准偏差", "相对标准偏差",
    }
)  # fmt: skip
#: Looking a member up in its class costs more than making a cell.
_KEPT = CellStatus.NOT_APPLICABLE
_TRUE, _FALSE = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})


class Columns:
    """The headings of one table. A heading that stands twice is found at its first place; places count from 1.

    `before` is the number of columns left of the first heading, where a block begins further right.
    """

    def __init__(self, headings: Sequence[str], profile: ImportProfile) -> None:
        self.headings = tuple(heading.strip() for heading in headings)
        self.profile = profile
        self.cells: CellReader = profile.cells()
        self.ambiguous_dates: list[str] = []
        self._places: dict[str, int] = {}
        self._asked: dict[tuple[str, ...], int | None] = {}
        for place, heading in enumerate(self.headings, start=1):
            if heading:
                self._places.setdefault(folded(heading), place)

    @property
    def width(self) -> int:
        """The last column with a heading."""
        return max(self._places.values(), default=0)

    def place(self, *headings: str) -> int | None:
        """Where the first of these headings that exists stands."""
        if headings not in self._asked:  # the same few are asked for in every row
            found = (self._places[name] for name in map(folded, headings) if name in self._places)
            self._asked[headings] = next(found, None)
        return self._asked[headings]

    def text(self, row: Row, *headings: str) -> str:
        """The text under a heading; empty where there is no such column or the row ends before it."""
        place = self.place(*headings)
        return row.cells[place - 1].strip() if place is not None and place <= len(row.cells) else ""

    def number(self, row: Row, place: int, faults: list[Reason]) -> Cell:
        """The cell of a column as a number; an unreadable one adds a fault. A row that ends before it has none."""
        raw = row.cells[place - 1] if place <= len(row.cells) else ""
        cell = self.cells.number(raw, row.number, place)
        if cell.status is CellStatus.UNREADABLE:
            heading = self.headings[place - 1] if place <= len(self.headings) else ""
            faults.append(unreadable(cell, heading, self.profile))
        return cell

    def figures(self, row: Row, places: Mapping[Figure, int], faults: list[Reason]) -> dict[Figure, Cell]:
        """The cells of the figures, each by its column."""
        return {figure: self.number(row, place, faults) for figure, place in places.items()}

    def figure_places(self, names: Mapping[Figure, Sequence[str]]) -> dict[Figure, int]:
        """Which figures have a column here, by the headings each of them may have."""
        found = {figure: self.place(*headings) for figure, headings in names.items()}
        return {figure: place for figure, place in found.items() if place is not None}

    def instant(self, row: Row, faults: list[Reason], *headings: str) -> datetime | None:
        """The acquisition time under a heading; None when empty. What is no time in the profile's order is a fault."""
        text, place = self.text(row, *headings), self.place(*headings)
        if not text or place is None:
            return None
        instant = self.cells.instant(text)
        if instant is None:
            faults.append(date_unreadable(text, row.number, place, self.profile))
        elif self.cells.ambiguous(text):
            self.ambiguous_dates.append(text)
        return instant

    def flag(self, row: Row, faults: list[Reason], *headings: str) -> bool | None:
        """A yes or no under a heading; None when empty. Any other text is a fault."""
        text, place = self.text(row, *headings), self.place(*headings)
        if not text or place is None:
            return None
        known = truth_of(text)
        if known is None:
            faults.append(flag_unreadable(text, row.number, place))
        return known

    def others(self, row: Row, used: Iterable[int]) -> tuple[tuple[str, Cell], ...]:
        """Every further cell with a heading: kept as text, not read as a number."""
        taken = set(used)
        return tuple(
            (heading, Cell(raw, _KEPT, None, row.number, place))
            for place, (heading, raw) in enumerate(zip(self.headings, row.cells, strict=False), start=1)
            if heading and place not in taken and raw.strip()
        )


def truth_of(text: str) -> bool | None:
    """Yes or no as programs write it; None for any other text."""
    word = folded(text)
    return word in _TRUE if word in _TRUE or word in _FALSE else None


def raw_cell(row: Row, place: int) -> Cell:
    """A column without a meaning here: kept as text."""
    raw = row.cells[place - 1]
    return Cell(raw, CellStatus.EMPTY if not raw.strip() else CellStatus.NOT_APPLICABLE, None, row.number, place)


def unreadable(cell: Cell, heading: str, profile: ImportProfile) -> Reason:
    """Why a cell is no number."""
    letters = column_letters(cell.column)
    return reason(
        "cell.number_unreadable",
        "Row {row}, column {column} ({heading}): “{text}” is no number with the decimal mark “{mark}”; correct the"
        " cell's export, or the decimal and grouping marks in the import profile.",
        at=Where(row=cell.row, column=letters),
        row=cell.row,
        column=letters,
        heading=heading,
        text=cell.raw.strip()[:60],
        mark=profile.decimal_mark.value,
    )


def date_unreadable(text: str, row: int, place: int, profile: ImportProfile) -> Reason:
    """Why a text is no acquisition time."""
    letters = column_letters(place)
    return reason(
        "cell.date_unreadable",
        "Row {row}, column {column}: “{text}” is no date in the order {order}; correct the date order in the import"
        " profile.",
        at=Where(field="date_order", row=row, column=letters),
        row=row,
        column=letters,
        text=text[:60],
        order=profile.date_order.value,
    )


def flag_unreadable(text: str, row: int, place: int) -> Reason:
    """Why a text is no flag."""
    letters = column_letters(place)
    return reason(
        "cell.flag_unreadable",
        "Row {row}, column {column}: the flag of manual integration says “{text}”; TRUE or FALSE is expected.",
        at=Where(row=row, column=letters),
        row=row,
        column=letters,
        text=text[:60],
    )


def shortened(faults: Sequence[Reason], row: int) -> tuple[Reason, ...]:
    """The first faults of a row, and how many more there are."""
    if len(faults) <= MOST_REASONS_PER_ROW:
        return tuple(faults)
    more = reason(
        "row.more_faults",
        "Row {row} has {count} more cells that cannot be read.",
        at=Where(row=row),
        row=row,
        count=len(faults) - MOST_REASONS_PER_ROW,
    )
    return (*faults[:MOST_REASONS_PER_ROW], more)


# ── lines that are no injection ──────────────────────────────────────────────────────────────────────

BLANK = reason("row.blank", "A blank line.")
HEADING = reason("row.heading", "A heading row.")
BESIDE = reason("row.above_table", "Text above the table.")
STATISTIC = reason("row.statistics", "A row of statistics; statistics are never imported.")


def ignored(row: Row, why: Reason) -> Line:
    """A line that is no injection and need not be one."""
    return Line(row.number, None, (why,), content=row.cells)


def refused(row: Row, faults: Sequence[Reason]) -> Line:
    """A line that should have been read and could not."""
    return Line(row.number, None, shortened(faults, row.number), refused=True, content=row.cells)


def too_short(row: Row, right: int) -> Reason:
    """Why a row that ends before the last column is not read."""
    return reason(
        "row.too_short",
        "Row {row} has {found} of {right} cells; the file may be cut off. Export it again.",
        at=Where(row=row.number),
        row=row.number,
        found=len(row.cells),
        right=right,
    )


def too_long(row: Row, right: int) -> Reason:
    """Why a row with cells beyond the last column is not read."""
    return reason(
        "row.too_long",
        "Row {row} has {found} cells for {right} columns; an unquoted comma in a number or a name shifts every value."
        " Export the file again with quotation marks.",
        at=Where(row=row.number),
        row=row.number,
        found=len(row.cells),
        right=right,
    )


def nameless(row: Row) -> Reason:
    """Why a row without a name is not read."""
    return reason(
        "row.nameless",
        "Row {row} has numbers but neither Name nor Data File; nobody can say what was injected.",
        at=Where(row=row.number),
        row=row.number,
    )


def disputed(injection: Injection) -> Reason:
    """Why an injection is not read that occurs with different content."""
    return reason(
        "row.injection_disputed",
        "Row {row}: the injection {name} occurs more than once in this file with different content; export it again"
        " with each injection once.",
        at=Where(row=injection.row),
        row=injection.row,
        name=injection.data_file or injection.name,
    )


def name_too_long(row: Row, most: int) -> Reason:
    """Why a row whose name is longer than any name is not read."""
    return reason(
        "row.name_too_long",
        "Row {row} has a name of more than {most} characters; it is probably no name.",
        at=Where(row=row.number),
        row=row.number,
        most=most,
    )


def keyless(row: Row) -> Reason:
    """Why a row that only a name identifies is not read."""
    return reason(
        "row.no_key",
        "Row {row} has neither Data File nor acquisition time; a name alone identifies no injection.",
        at=Where(row=row.number),
        row=row.number,
    )
