"""Reader of the results table of PerkinElmer WinLab32 and Syngistix (flame and furnace AAS, ICP-OES).

    Sample ID  Analyte Name  Date      Time         Int (Corr)  Conc (Calib)  Units (Calib)  Conc (Samp)  Units (Samp)
    S-0001     Cd 228.802    28-05-21  12:40:54 PM  1280        0.111         mg/L           0.222        mg/kg
    S-0001     Sc 361.383    28-05-21  12:40:54 PM  901422      98.7          %

A row per sample and line, as csv or as tab-separated text, often UTF-16 and called csv all the same. Replicates follow
in groups (`Repl No1, Date1, …`) and are kept as they are. An empty cell may hold one blank. The internal standard is
given in per cent of its intensity: that is its recovery, not a concentration. One export may hold an injection twice.
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
from lims.runs.readers.rows import compounds_of, date_and_time, delimiter_of, misfit, unfinished_row
from lims.runs.reading import Row
from lims.runs.records import Batch, Figure, Line, Trace, TraceRole

NAME = "perkinelmer-table"
VERSION = "1"

_NAMES = ("Sample ID", "Sample Id")
_ELEMENTS = ("Analyte Name", "Elem", "Element")
_CALIBRATED = ("Conc (Calib)", "Mean Conc (Calib)", "Reported Conc (Calib)")
_IN_SAMPLE = ("Conc (Samp)", "Mean Conc (Samp)", "Reported Conc (Samp)", "Reported Conc")
_FIGURES = {
    Figure.INTENSITY: ("Int (Corr)", "Mean Int (Corr)", "Mean Corr Intensity"),
    Figure.ABSORBANCE: ("Abs (Corr)", "Mean Abs (Corr)", "Signal (Corr)"),
    Figure.UNDILUTED_CONCENTRATION: _CALIBRATED,
    Figure.FINAL_CONCENTRATION: _IN_SAMPLE,
    Figure.RELATIVE_STANDARD_DEVIATION: ("RSD (Conc)", "RSD (Corr Int)", "RSD (Corr Abs)"),
}
_UNIT_CALIBRATED, _UNIT_IN_SAMPLE = ("Units (Calib)", "Conc Units"), ("Units (Samp)", "Units", "Reported Units")
_CONCENTRATIONS = (Figure.UNDILUTED_CONCENTRATION, Figure.FINAL_CONCENTRATION)


def recognises(file: OpenedFile) -> bool:
    """The columns Sample ID and an analyte beside a concentration in the words of this program."""
    return delimiter_of(file, _is_heading) is not None


def _is_heading(row: Row) -> bool:
    cells = {folded(cell) for cell in row.cells}
    named = "sample id" in cells and any(folded(element) in cells for element in _ELEMENTS)
    return named and any(
        folded(heading) in cells for heading in (*_CALIBRATED, *_IN_SAMPLE, "Int (Corr)", "Abs (Corr)")
    )


def read(file: OpenedFile, profile: ImportProfile) -> Batch:
    """Read a results table. Raises `BadInput` when the headings are missing."""
    delimiter = delimiter_of(file, _is_heading)
    if delimiter is None:
        raise BadInput(
            reason(
                "perkinelmer.no_headings",
                "No row holds the headings Sample ID, Analyte Name and a concentration; export the results of WinLab32"
                " or Syngistix again with column headings.",
                at=Where(row=1),
            )
        )
    rows = file.rows(delimiter)
    top = next(row for row in rows if _is_heading(row))
    table = _Table(Columns(top.cells, profile), profile, unfinished_row(file, rows))
    parts = [_outside(row, top) or table.part(row) for row in rows]
    return batch_of(
        file,
        (NAME, VERSION),
        compounds_of(parts, profile, table.transitions, table.internal),
        assembled(parts, profile),
        heading_rows=(top.number,),
        ambiguous_dates=table.columns.ambiguous_dates,
        messages=table.messages(top),
    )


def _outside(row: Row, top: Row) -> Line | None:
    if row.blank:
        return columns.ignored(row, columns.BLANK)
    if row.number < top.number:
        return columns.ignored(row, columns.BESIDE)
    if row.number == top.number or row.cells == top.cells:  # printed again on every page
        return columns.ignored(row, columns.HEADING)
    return None


class _Table:
    """The columns of the table and what its rows say."""

    def __init__(self, table: Columns, profile: ImportProfile, unfinished: int | None) -> None:
        self.columns = table
        self.profile = profile
        self.unfinished = unfinished
        self.figures = table.figure_places(_FIGURES)
        self.transitions: dict[str, str] = {}
        self.internal: set[str] = set()

    def part(self, row: Row) -> Line | Record:
        """What became of a row."""
        if fault := misfit(row, self.columns.width, self.unfinished):
            return columns.refused(row, [fault])
        name, element = self.columns.text(row, *_NAMES), self.columns.text(row, *_ELEMENTS)
        if folded(name) in columns.STATISTICS:
            return columns.ignored(row, columns.STATISTIC)
        faults: list[Reason] = []
        acquired_at = date_and_time(self.columns, row, faults, "Date", "Time")
        trace = self._trace(row, element, faults)
        if not name or not element:
            faults.append(columns.nameless(row))
        if faults:
            return columns.refused(row, faults)
        vial = self.columns.text(row, "A/S Loc", "A/S Location", "AS Loc", "Position")
        head = Head(
            key=f"{folded(name)} @ {acquired_at or vial or '-'}",
            name=name,
            acquired_at=acquired_at,
            vendor_type=self.columns.text(row, "Sample Type", "Type"),
            vial=vial,
        )
        return Record(row.number, row.cells, head, (trace,))

    def _trace(self, row: Row, element: str, faults: list[Reason]) -> Trace:
        table = self.columns
        figures = table.figures(row, self.figures, faults)
        calibrated, in_sample = table.text(row, *_UNIT_CALIBRATED), table.text(row, *_UNIT_IN_SAMPLE)
        unit = in_sample if Figure.FINAL_CONCENTRATION in figures else calibrated or in_sample
        if calibrated == "%" or (in_sample == "%" and not calibrated and self.profile.is_internal_standard(element)):
            figures, unit = _as_internal_standard(figures), ""
            self.internal.add(element)
        elif unit != calibrated and calibrated and Figure.FINAL_CONCENTRATION in figures:
            # A trace has one unit: that of the sample. The concentration in the solution stays as text, with its own.
            figures.pop(Figure.UNDILUTED_CONCENTRATION, None)
        wavelength = table.text(row, "Wavelength")
        self.transitions.setdefault(element, wavelength or element)
        used = {cell.column for cell in figures.values()}
        named = (table.place(*_NAMES), table.place(*_ELEMENTS), table.place("Date"), table.place("Time"))
        others = table.others(row, [*used, *(place for place in named if place)])
        return Trace(element, TraceRole.QUANTIFIER, "", figures, None, others, unit=unit)

    def messages(self, top: Row) -> tuple[Reason, ...]:
        """What a person should know: a concentration of the solution beside a unit of the sample only."""
        table = self.columns
        in_solution = table.place(*_CALIBRATED) and not table.place(*_IN_SAMPLE)
        if not in_solution or not table.place("Units (Samp)") or table.place(*_UNIT_CALIBRATED):
            return ()
        return (
            reason(
                "perkinelmer.unit_of_sample",
                "The only concentration of this table is that of the calibration, the only unit that of the sample;"
                " make sure that they belong together, or export Conc (Samp) and Units (Samp).",
                at=Where(row=top.number),
            ),
        )


def _as_internal_standard(figures: dict[Figure, Cell]) -> dict[Figure, Cell]:
    """The same figures with what is given in per cent as a recovery."""
    per_cent = next((figures[figure] for figure in _CONCENTRATIONS if figure in figures), None)
    kept = {figure: cell for figure, cell in figures.items() if figure not in _CONCENTRATIONS}
    return kept if per_cent is None else {**kept, Figure.INTERNAL_STANDARD_RECOVERY: per_cent}


READER = Reader(NAME, VERSION, "PerkinElmer WinLab32, Syngistix: results", recognises=recognises, read=read)
