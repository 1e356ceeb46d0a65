"""What the long tables of several vendors share: one heading row, rows that do not fit it, and peaks not found."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from lims.core.errors import BadInput
from lims.core.reasons import Reason, Where, reason
from lims.runs.cells import Cell, CellStatus, column_letters, folded
from lims.runs.opened import OpenedFile
from lims.runs.profile import ImportProfile
from lims.runs.readers.assembling import Record
from lims.runs.readers.columns import Columns, too_long, too_short
from lims.runs.reading import Row
from lims.runs.records import Compound, Figure, Line

Figures = Mapping[Figure, Sequence[str]]

_DELIMITERS = (",", "\t", ";")

ABOUT = reason("row.about", "A line about the file or an injection; it holds no result.")

#: What a peak that was not found has no value of.
_MEASURED = frozenset(
    {
        Figure.RETENTION_TIME,
        Figure.AREA,
        Figure.HEIGHT,
        Figure.SIGNAL_TO_NOISE,
        Figure.UNDILUTED_CONCENTRATION,
        Figure.FINAL_CONCENTRATION,
        Figure.ACCURACY,
        Figure.INTERNAL_STANDARD_RATIO,
    }
)


class LongTable:
    """The heading row of a long table, and what its rows say.

    `figures` are headings of figures, `named` further headings with a meaning here; all others are kept as text, also
    those of `kept`, which have a meaning besides. `unfinished` is a row whose line does not end (`unfinished_row`).
    Raises `BadInput` when a heading with a meaning stands twice.
    """

    def __init__(
        self,
        headings: Row,
        profile: ImportProfile,
        figures: Figures,
        named: Iterable[str],
        unfinished: int | None = None,
        kept: Iterable[str] = (),
    ) -> None:
        self.row = headings.number
        self.columns = Columns(headings.cells, profile)
        self.figures = self.columns.figure_places(figures)
        self.unfinished = unfinished
        self.used = frozenset([*self.figures.values(), *self._places(named)])
        self._meant = self.used.union(self._places(kept))
        _refuse_twice(headings, self.columns, self._meant)

    def _places(self, headings: Iterable[str]) -> list[int]:
        places = map(self.columns.place, headings)
        return [place for place in places if place is not None]

    def misfit(self, row: Row) -> Reason | None:
        """Why a row cannot belong to these headings: too short, too long, or cut off in its last cell."""
        found, right = len(row.cells), self.columns.width
        if found < right:
            return too_short(row, right)
        if any(cell.strip() for cell in row.cells[right:]):
            return too_long(row, right)
        if row.number == self.unfinished and found in self._meant:
            return reason(
                "row.no_line_end",
                "Row {row} is the last one and its line has no end; the file may be cut off in the middle of a number."
                " Export it again.",
                at=Where(row=row.number),
                row=row.number,
            )
        return None

    def text(self, row: Row, *headings: str) -> str:
        """The text under a heading."""
        return self.columns.text(row, *headings)

    def dilution(self, row: Row, faults: list[Reason], *headings: str) -> Cell | None:
        """The dilution factor; None where the table has none, and for 0, which programs write for none."""
        place = self.columns.place(*headings)
        return None if place is None else stated(self.columns.number(row, place, faults))

    def read_figures(self, row: Row, faults: list[Reason]) -> dict[Figure, Cell]:
        """The figures of a row; one whose area and retention time are both written as 0 was not found."""
        return without_peak(self.columns.figures(row, self.figures, faults))

    def others(self, row: Row) -> tuple[tuple[str, Cell], ...]:
        """Every further cell, as text."""
        return self.columns.others(row, self.used)

    def instant_of(self, row: Row, faults: list[Reason], date: str, time: str) -> datetime | None:
        """The acquisition time of a day and a time in two columns; None where the day's is missing or empty."""
        whole = Row(row.number, (f"{self.text(row, date)} {self.text(row, time)}".strip(),))
        if self.columns.place(date) is None or not self.text(row, date):
            return None
        both = Columns((date,), self.columns.profile)
        instant = both.instant(whole, faults, date)
        self.columns.ambiguous_dates += both.ambiguous_dates
        return instant


def _refuse_twice(headings: Row, columns: Columns, used: Iterable[int]) -> None:
    meant = {folded(columns.headings[place - 1]): place for place in used}
    for place, heading in enumerate(columns.headings, start=1):
        first = meant.get(folded(heading), place)
        if heading and first != place:
            raise BadInput(
                reason(
                    "table.column_twice",
                    "“{heading}” stands twice in row {row}, in columns {first} and {second}; it is not clear which one"
                    " is meant. Export the table with each column once.",
                    at=Where(row=headings.number, column=column_letters(place)),
                    heading=heading,
                    row=headings.number,
                    first=column_letters(first),
                    second=column_letters(place),
                )
            )


def delimiter_of(text: str, is_heading: Callable[[frozenset[str]], bool]) -> str | None:
    """The delimiter with which the first line gives the headings of a table, folded; None when none does."""
    first = next(iter(text.lstrip("\ufeff").splitlines()), "")
    for delimiter in _DELIMITERS:
        if is_heading(frozenset(folded(cell.strip().strip('"')) for cell in first.split(delimiter))):
            return delimiter
    return None


def unfinished_row(file: OpenedFile, rows: Sequence[Row]) -> int | None:
    """The last row, when its line has no end: every program that writes lines ends the last one too."""
    return rows[-1].number if rows and not file.text.text.endswith(("\n", "\r")) else None


def without_peak(figures: dict[Figure, Cell]) -> dict[Figure, Cell]:
    """Area 0 at retention time 0 is how some programs write a peak that was not found: then nothing was measured."""
    area, time = figures.get(Figure.AREA), figures.get(Figure.RETENTION_TIME)
    if area is None or time is None or area.number != 0 or time.number != 0:
        return figures
    return {
        figure: cell._replace(status=CellStatus.NOT_FOUND, number=None)
        if figure in _MEASURED and cell.number == 0
        else cell
        for figure, cell in figures.items()
    }


def stated(cell: Cell) -> Cell | None:
    """A cell, unless it is empty or 0 where 0 means that nobody entered anything."""
    return None if cell.status is CellStatus.EMPTY or cell.number == 0 else cell


def unset(cell: Cell) -> Cell:
    """A figure for which 0 stands where nothing was entered or calculated."""
    return cell._replace(status=CellStatus.NOT_APPLICABLE, number=None) if cell.number == 0 else cell


def compounds_of(parts: Iterable[Line | Record], known: Mapping[str, Compound]) -> tuple[Compound, ...]:
    """The compounds that records name, in the order in which they first stand in the file."""
    names = (trace.compound for part in parts if isinstance(part, Record) for trace in part.traces)
    return tuple(known[name] for name in dict.fromkeys(names))


def refuse_without_records(parts: Sequence[Line | Record], refusal: Reason) -> None:
    """Raise `BadInput` for a file in which no row is a result: neither read nor refused."""
    if not any(isinstance(part, Record) or part.refused for part in parts):
        raise BadInput(refusal)


def uneven(sizes: Mapping[str, int]) -> tuple[Reason, ...]:
    """Messages about compounds with fewer rows than the others have."""
    most = max(sizes.values(), default=0)
    return tuple(
        reason(
            "batch.rows_missing",
            "{compound} has {found} rows, other compounds have {most}; the file may be cut off, or rows were left out.",
            compound=name,
            found=size,
            most=most,
        )
        for name, size in sizes.items()
        if size < most
    )
