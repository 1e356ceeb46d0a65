"""Reader of the csv of Varian/Agilent ICP Expert (Vista-PRO, 700 series).

    "Solution Label",…,"Type","Element","Flags","Soln Conc","Units","Corr Con","Units","Int",…,"NumReps","Replicates",,,
    "S-0001","","","","Samp","Mn 257.610","",0.0083,"mg/L",0.0083,"mg/L",741.9,…,2,737.857,"",745.897,""

A row per solution and line. Two columns are called Units: the first belongs to the concentration in the solution, the
second to the one corrected for weight and dilution. The replicates follow beyond the last heading, each with its flag
(`u`, `v`, `x` …). A concentration of `-` under the flag `x` is one that was left out.
"""

from lims.core.errors import BadInput
from lims.core.reasons import Reason, Where, reason
from lims.runs.cells import Cell, folded
from lims.runs.opened import OpenedFile
from lims.runs.profile import ImportProfile
from lims.runs.readers import columns
from lims.runs.readers.assembling import Head, Record, assembled
from lims.runs.readers.batching import batch_of
from lims.runs.readers.columns import Columns
from lims.runs.readers.reader import Reader
from lims.runs.readers.rows import (
    as_written,
    compounds_of,
    date_and_time,
    delimiter_of,
    has_headings,
    unfinished_row,
    without_end,
)
from lims.runs.reading import Row
from lims.runs.records import Batch, Figure, Line, Trace, TraceRole

NAME = "varian-vista"
VERSION = "1"

_IN_SOLUTION, _CORRECTED = "Soln Conc", "Corr Con"
_FIGURES = {
    Figure.INTENSITY: ("Int",),
    Figure.UNDILUTED_CONCENTRATION: (_IN_SOLUTION,),
    Figure.FINAL_CONCENTRATION: (_CORRECTED, "Corr Conc"),
    Figure.RELATIVE_STANDARD_DEVIATION: ("RSD", "%RSD"),
}


def recognises(file: OpenedFile) -> bool:
    """The headings Solution Label, Element and Soln Conc."""
    return delimiter_of(file, _is_heading) is not None


def _is_heading(row: Row) -> bool:
    return has_headings(row, "solution label", "element", "soln conc")


def read(file: OpenedFile, profile: ImportProfile) -> Batch:
    """Read an export. Raises `BadInput` when the headings are missing."""
    delimiter = delimiter_of(file, _is_heading)
    if delimiter is None:
        raise BadInput(
            reason(
                "vista.no_headings",
                "No row holds the headings Solution Label, Element and Soln Conc; export the results of ICP Expert"
                " again with column headings.",
                at=Where(row=1),
            )
        )
    rows = file.rows(delimiter)
    top = next(row for row in rows if _is_heading(row))
    table = _Table(top, profile, unfinished_row(file, rows))
    parts = [table.part(row) for row in rows]
    return batch_of(
        file,
        (NAME, VERSION),
        compounds_of(parts, profile, table.transitions),
        assembled(parts, profile),
        heading_rows=(top.number,),
        ambiguous_dates=table.columns.ambiguous_dates,
        software="ICP Expert",
    )


class _Table:
    """The columns and what the rows say."""

    def __init__(self, top: Row, profile: ImportProfile, unfinished: int | None) -> None:
        self.top = top
        self.profile = profile
        self.unfinished = unfinished
        self.columns = Columns(top.cells, profile)
        self.figures = self.columns.figure_places(_FIGURES)
        self.replicates = self.columns.place("Replicates")
        self.transitions: dict[str, str] = {}

    def part(self, row: Row) -> Line | Record:
        """What became of a row."""
        if row.blank:
            return columns.ignored(row, columns.BLANK)
        if row.number < self.top.number:
            return columns.ignored(row, columns.BESIDE)
        if row.number == self.top.number or row.cells == self.top.cells:
            return columns.ignored(row, columns.HEADING)
        if len(row.cells) < self.columns.width:
            return columns.refused(row, [columns.too_short(row, self.columns.width)])
        if row.number == self.unfinished:
            return columns.refused(row, [without_end(row)])
        return self._record(row)

    def _record(self, row: Row) -> Line | Record:
        text = self.columns.text
        name, element = text(row, "Solution Label"), text(row, "Element")
        faults: list[Reason] = []
        acquired_at = date_and_time(self.columns, row, faults, "Date", "Time")
        trace = self._trace(row, element, faults)
        place = self.columns.place("DF")
        dilution = self.columns.number(row, place, faults) if place else None
        if not name or not element:
            faults.append(columns.nameless(row))
        if faults:
            return columns.refused(row, faults)
        head = Head(
            key=f"{folded(name)} @ {acquired_at or '-'}",
            name=name,
            acquired_at=acquired_at,
            vendor_type=text(row, "Type"),
            vial=text(row, "Tube", "Rack:Tube"),
            dilution=dilution,
        )
        return Record(row.number, row.cells, head, (trace,))

    def _trace(self, row: Row, element: str, faults: list[Reason]) -> Trace:
        figures = self.columns.figures(row, self.figures, faults)
        in_solution, corrected = self._unit_after(row, _IN_SOLUTION), self._unit_after(row, _CORRECTED)
        if corrected and in_solution and corrected != in_solution:
            figures.pop(Figure.UNDILUTED_CONCENTRATION, None)
        flags = self.columns.text(row, "Flags")
        self.transitions.setdefault(element, element)
        used = [cell.column for cell in figures.values()]
        named = [
            self.columns.place(name) for name in ("Solution Label", "Element", "Date", "Time", "Type", "Replicates")
        ]
        others = self.columns.others(row, [*used, *(place for place in named if place)])
        excluded = True if "x" in folded(flags) else None
        return Trace(
            element,
            TraceRole.QUANTIFIER,
            "",
            figures,
            None,
            (*others, *self._replicates(row)),
            unit=corrected or in_solution,
            is_excluded=excluded,
        )

    def _unit_after(self, row: Row, heading: str) -> str:
        """The text under the Units that stand right of a concentration."""
        place = self.columns.place(heading)
        if place is None or place >= len(self.columns.headings) or folded(self.columns.headings[place]) != "units":
            return ""
        return row.cells[place].strip()

    def _replicates(self, row: Row) -> tuple[tuple[str, Cell], ...]:
        """Replicates and their flags, from the heading Replicates to the end of the row."""
        if self.replicates is None:
            return ()
        cells = enumerate(row.cells[self.replicates - 1 :], start=self.replicates)
        return tuple(("Replicates", as_written(raw, row.number, column)) for column, raw in cells if raw.strip())


READER = Reader(NAME, VERSION, "Varian/Agilent ICP Expert: results", recognises=recognises, read=read)
