"""Reader of the results of Thermo Qtegra (iCAP ICP-OES and ICP-MS), csv with semicolons or tabs.

    ;;Raw.Average;Raw.Average;Raw.RSD;…;ExtCal.Average;ExtCal.Average                  category
    ;;0;0;0;…;0;0                                                                      index
    ;;Cd 228.802 {147} (Axial);Y 371.030 {91} (Axial);…                                line or isotope
    ;;Y (cps);Y (cps);Y (%);…;Y (ppm);Y (ppm)                                          unit
    1;S-0001;377.8;90412;1.2;…;0.111;

A row per injection; the same lines stand under every category. The running number makes the injection: a name occurs
often. What is given in per cent of an internal standard is its recovery. Concentrations are those of the solution
measured, unless the category says that the dilution is in them.
"""

from dataclasses import dataclass

from lims.core.errors import BadInput
from lims.core.reasons import Reason, Where, reason
from lims.runs.cells import Cell, column_letters, folded
from lims.runs.opened import OpenedFile
from lims.runs.profile import ImportProfile
from lims.runs.readers import columns
from lims.runs.readers.assembling import Head, Record, assembled
from lims.runs.readers.batching import batch_of
from lims.runs.readers.columns import Columns
from lims.runs.readers.reader import Reader
from lims.runs.readers.rows import DELIMITERS, misfit, name_and_unit, unfinished_row
from lims.runs.reading import Row
from lims.runs.records import Batch, Compound, Figure, Line, Trace, TraceRole

NAME = "thermo-qtegra"
VERSION = "1"

_HEADING_ROWS = 4
_FIGURES = {
    "raw.average": Figure.INTENSITY,
    "extcal.average": Figure.UNDILUTED_CONCENTRATION,
    "intcal.average": Figure.UNDILUTED_CONCENTRATION,
    "measuredconcentration.average": Figure.UNDILUTED_CONCENTRATION,
    "extcal.standardconcentration": Figure.NOMINAL_CONCENTRATION,
    "intcal.standardconcentration": Figure.NOMINAL_CONCENTRATION,
    "quantifiedconcentration.average": Figure.FINAL_CONCENTRATION,
    "dilutioncorrected.average": Figure.FINAL_CONCENTRATION,
    "extcal.rsd": Figure.RELATIVE_STANDARD_DEVIATION,
    "intcal.rsd": Figure.RELATIVE_STANDARD_DEVIATION,
    "measuredconcentration.rsd": Figure.RELATIVE_STANDARD_DEVIATION,
    "internalstandard.average": Figure.INTERNAL_STANDARD_RECOVERY,
}
_CONCENTRATIONS = (Figure.FINAL_CONCENTRATION, Figure.UNDILUTED_CONCENTRATION, Figure.NOMINAL_CONCENTRATION)


@dataclass(frozen=True, slots=True)
class _Place:
    """A column: the category above it, the line it belongs to, the unit of its numbers, and its figure, if any."""

    column: int
    category: str
    line: str
    unit: str
    figure: Figure | None


def recognises(file: OpenedFile) -> bool:
    """A first row of categories such as Raw.Average, above rows of indices, lines and units."""
    return _delimiter(file) is not None


def _delimiter(file: OpenedFile) -> str | None:
    for mark in DELIMITERS:
        rows = file.first_rows(mark)[:_HEADING_ROWS]
        if rows and "raw.average" in {folded(cell) for cell in rows[0].cells[1:]}:
            return mark
        if rows and sum(folded(cell) in _FIGURES for cell in rows[0].cells[1:]) > 0:
            return mark
    return None


def read(file: OpenedFile, profile: ImportProfile) -> Batch:
    """Read an export of results. Raises `BadInput` when a heading row is missing or a column stands twice."""
    delimiter = _delimiter(file)
    rows = file.rows(delimiter) if delimiter else ()
    if len(rows) < _HEADING_ROWS or not any(cell.strip().startswith("Y") for cell in rows[3].cells[2:]):
        raise BadInput(
            reason(
                "qtegra.no_headings",
                "The four heading rows of a Qtegra export (category, index, line, unit) are missing; export the"
                " results again with all of them.",
                at=Where(row=1),
            )
        )
    places = _places(rows)
    table = _Table(rows, places, profile, unfinished_row(file, rows))
    parts = [table.part(row) for row in rows]
    return batch_of(
        file,
        (NAME, VERSION),
        table.compounds(),
        assembled(parts, profile),
        heading_rows=tuple(row.number for row in rows[:_HEADING_ROWS]),
        ambiguous_dates=table.columns.ambiguous_dates,
        software="Qtegra",
    )


def _places(rows: tuple[Row, ...]) -> tuple[_Place, ...]:
    categories, _, lines, units = (row.cells for row in rows[:_HEADING_ROWS])
    width = min(len(categories), len(lines), len(units))
    found: list[_Place] = []
    taken: dict[tuple[str, Figure], int] = {}
    for column in range(1, width + 1):
        category, line = categories[column - 1].strip(), lines[column - 1].strip()
        if not line or not category or folded(category) == "samplelist":
            continue
        unit = name_and_unit(units[column - 1])[1]
        figure = _FIGURES.get(folded(category))
        if unit == "%" and figure in _CONCENTRATIONS:
            figure = Figure.INTERNAL_STANDARD_RECOVERY
        if figure and taken.setdefault((line, figure), column) != column:
            # Two calibrations of one line in one table: which of them counts is for the laboratory to choose.
            raise BadInput(_twice(category, line, taken[line, figure], column))
        found.append(_Place(column, category, line, unit, figure))
    return tuple(found)


def _twice(category: str, line: str, first: int, second: int) -> Reason:
    return reason(
        "qtegra.column_twice",
        "{line} has two columns for the same figure, {first} and {second} ({category}); export only the one that"
        " counts.",
        at=Where(row=1, column=column_letters(second)),
        line=line,
        first=column_letters(first),
        second=column_letters(second),
        category=category,
    )


class _Table:
    """The four heading rows and what the rows below say."""

    def __init__(
        self, rows: tuple[Row, ...], places: tuple[_Place, ...], profile: ImportProfile, unfinished: int | None
    ) -> None:
        self.profile = profile
        self.places = places
        self.unfinished = unfinished
        self.width = max((len(row.cells) for row in rows[:_HEADING_ROWS]), default=0)
        self.first_data_row = rows[_HEADING_ROWS - 1].number + 1
        # Where no heading stands above the first two columns they are number and name.
        names = [cell.strip() for cell in rows[2].cells]
        own = {place.column for place in places}
        headings = ["" if column in own else name for column, name in enumerate(names, start=1)]
        headings[:2] = [headings[0] or "Number", headings[1] or "Label"]
        self.columns = Columns(headings, profile)
        by_line: dict[str, list[_Place]] = {}
        for place in places:
            by_line.setdefault(place.line, []).append(place)
        self.by_line = by_line

    def part(self, row: Row) -> Line | Record:
        """What became of a row."""
        if row.blank:
            return columns.ignored(row, columns.BLANK)
        if row.number < self.first_data_row:
            return columns.ignored(row, columns.HEADING)
        if fault := misfit(row, self.width, self.unfinished):
            return columns.refused(row, [fault])
        number, name = self.columns.text(row, "Number"), self.columns.text(row, "Label", "Sample name", "Name")
        if folded(name) in columns.STATISTICS and not number:
            return columns.ignored(row, columns.STATISTIC)
        faults: list[Reason] = []
        acquired_at = self.columns.instant(row, faults, "Acquisition time", "Time", "Date", "Run time")
        traces = tuple(self._trace(row, line, faults) for line in self.by_line)
        if not name:
            faults.append(columns.nameless(row))
        if faults:
            return columns.refused(row, faults)
        head = Head(
            key=f"{number} {folded(name)}" + (f" @ {acquired_at}" if acquired_at else ""),
            name=name,
            acquired_at=acquired_at,
            vendor_type=self.columns.text(row, "Sample type", "Type"),
            vial=self.columns.text(row, "Rack position", "Vial", "Position"),
        )
        return Record(row.number, row.cells, head, traces)

    def _trace(self, row: Row, line: str, faults: list[Reason]) -> Trace:
        places = self.by_line[line]
        unit = _unit(places)
        figures: dict[Figure, Cell] = {}
        others = []
        for place in places:
            clashes = place.figure in _CONCENTRATIONS and place.unit != unit
            if place.figure is None or clashes:
                heading = f"{place.category} ({place.unit})" if place.unit else place.category
                others.append((heading, columns.raw_cell(row, place.column)))
            else:
                figures[place.figure] = self.columns.number(row, place.column, faults)
        filled = tuple(other for other in others if other[1].raw.strip())
        return Trace(line, TraceRole.QUANTIFIER, "", figures, None, filled, unit=unit)

    def compounds(self) -> tuple[Compound, ...]:
        """The lines as compounds, each with the first column where it stands."""
        return tuple(
            Compound(
                line,
                min(place.column for place in places),
                (),
                self.profile.is_internal_standard(line)
                or any(place.figure is Figure.INTERNAL_STANDARD_RECOVERY for place in places),
                transition=line,
            )
            for line, places in self.by_line.items()
        )


def _unit(places: list[_Place]) -> str:
    """The unit of the concentrations of a line: that of the most telling one."""
    for figure in _CONCENTRATIONS:
        for place in places:
            if place.figure is figure:
                return place.unit
    return ""


READER = Reader(NAME, VERSION, "Thermo Qtegra: results", recognises=recognises, read=read)
