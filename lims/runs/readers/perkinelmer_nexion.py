"""Reader of the report workbook of PerkinElmer NexION (Syngistix for ICP-MS).

    sheet Net Intensities:   ,Sample Id,R,Acquisition Time,QC Status,Dataset File,Method File,Ag 107⏎(cps),Al 27⏎(cps)
                            1,BLK,,13/09/19 11:47:11 AM,,C:\\…\\BLK.1098,C:\\…\\STD.mth,198.0,390.7
    sheet Concentrations:    the same columns, with the unit of this sheet below each isotope: Ag 107⏎(mg/L)

An injection stands on a row of every sheet, and its data file identifies it. Headings change within a sheet when the
method does. What each sheet gives:

- Net Intensities (else Raw Intensities): the intensity
- Concentrations: the concentration with its dilution; its unit is that of the compound
- Unfactored Concentrations: the concentration in the solution, as a figure if its unit is the same
- everything else, relative standard deviations among it (a fraction in one release, per cent in another): kept as text

Rows such as `Calibration Curves` are markers. `S` is a saturated detector.
"""

from lims.core.errors import BadInput, LimsError
from lims.core.reasons import Reason, Where, reason
from lims.runs.cells import Cell, CellStatus, folded
from lims.runs.opened import OpenedFile, Sheet
from lims.runs.profile import ImportProfile
from lims.runs.readers import columns
from lims.runs.readers.assembling import Head
from lims.runs.readers.batching import batch_of
from lims.runs.readers.columns import Columns
from lims.runs.readers.joining import Piece, Pieces, compounds_in, joined
from lims.runs.readers.reader import Reader
from lims.runs.readers.rows import ABOUT, MARKER, has_headings, name_and_unit, number_or_word
from lims.runs.reading import Container, Row
from lims.runs.records import Batch, Compound, Figure, Line, Trace, TraceRole

NAME = "perkinelmer-nexion"
VERSION = "1"

_CONCENTRATIONS, _UNFACTORED = "concentrations", "unfactored concentrations"
_NET, _RAW = "net intensities", "raw intensities"
_HEADINGS = ("sample id", "acquisition time", "dataset file")
_WORDS = {"s": CellStatus.FLAGGED}


def recognises(file: OpenedFile) -> bool:
    """A workbook with a sheet of intensities or concentrations under Sample Id, Acquisition Time and Dataset File."""
    if file.container is not Container.XLSX:
        return False
    try:
        return any(_has_results(sheet) for sheet in file.sheets)
    except LimsError:
        return False


def _has_results(sheet: Sheet) -> bool:
    named = any(word in folded(sheet.name) for word in ("intensities", "concentrations"))
    return named and any(has_headings(row, *_HEADINGS) for row in sheet.rows[:5])


def read(file: OpenedFile, profile: ImportProfile) -> Batch:
    """Read the workbook. Raises `BadInput` when no sheet holds results."""
    if not any(_has_results(sheet) for sheet in file.sheets):
        raise BadInput(
            reason(
                "nexion.no_results",
                "No sheet of this workbook holds results of a NexION; export the report with the sheets Net Intensities"
                " and Concentrations.",
                at=Where(row=1),
            )
        )
    names = {folded(sheet.name) for sheet in file.sheets}
    units = _units(file.sheets)
    parts: list[Line | Pieces] = []
    dates: list[str] = []
    headings: list[int] = []
    for sheet in file.sheets:
        reader = _SheetReader(sheet, _figure_of(folded(sheet.name), names), units, profile)
        parts += [reader.part(row) for row in sheet.rows]
        dates += reader.dates
        headings += reader.heading_rows
    return batch_of(
        file,
        (NAME, VERSION),
        [Compound(name, 0, (), profile.is_internal_standard(name), transition=name) for name in compounds_in(parts)],
        joined(parts, profile),
        heading_rows=headings,
        ambiguous_dates=dates,
        software="Syngistix",
    )


def _figure_of(sheet: str, sheets: set[str]) -> Figure | None:
    if sheet == _NET or (sheet == _RAW and _NET not in sheets):
        return Figure.INTENSITY
    if sheet == _CONCENTRATIONS:
        return Figure.FINAL_CONCENTRATION
    return Figure.UNDILUTED_CONCENTRATION if sheet == _UNFACTORED else None


def _units(sheets: tuple[Sheet, ...]) -> dict[str, str]:
    """The unit of each isotope: on the sheet of concentrations, else on the sheet of unfactored ones."""
    found: dict[str, str] = {}
    for wanted in (_CONCENTRATIONS, _UNFACTORED):
        of_sheet: dict[str, str] = {}
        for sheet in sheets:
            if folded(sheet.name) == wanted:
                for row in sheet.rows:
                    if has_headings(row, *_HEADINGS):
                        of_sheet |= dict(name_and_unit(cell) for cell in row.cells)
        found = {**of_sheet, **found}
    return found


class _SheetReader:
    """Reads the rows of one sheet; headings hold until the next ones."""

    def __init__(self, sheet: Sheet, figure: Figure | None, units: dict[str, str], profile: ImportProfile) -> None:
        self.name = " ".join(sheet.name.split())
        self.figure = figure
        self.units = units
        self.profile = profile
        self.columns: Columns | None = None
        self.elements: tuple[tuple[int, str, str], ...] = ()
        self.dates: list[str] = []
        self.heading_rows: list[int] = []

    def part(self, row: Row) -> Line | Pieces:
        """What became of a row."""
        if row.blank:
            return columns.ignored(row, columns.BLANK)
        if has_headings(row, *_HEADINGS):
            self._take_headings(row)
            return columns.ignored(row, columns.HEADING)
        if self.columns is None:
            return columns.ignored(row, ABOUT)
        data_file = self.columns.text(row, "Dataset File")
        values = [row.cells[column - 1] for column, _, _ in self.elements if column <= len(row.cells)]
        if not data_file and not any(value.strip() for value in values):
            return columns.ignored(row, MARKER)
        return self._piece(row, self.columns, data_file)

    def _take_headings(self, row: Row) -> None:
        self.columns = Columns(row.cells, self.profile)
        self.heading_rows.append(row.number)
        first = max(self.columns.place(name) or 0 for name in ("Method File", "Dataset File")) + 1
        self.elements = tuple(
            (column, *name_and_unit(cell))
            for column, cell in enumerate(row.cells, start=1)
            if column >= first and cell.strip()
        )

    def _piece(self, row: Row, table: Columns, data_file: str) -> Line | Pieces:
        faults: list[Reason] = []
        name = table.text(row, "Sample Id")
        acquired_at = table.instant(row, faults, "Acquisition Time")
        if not name or not data_file:
            faults.append(columns.nameless(row))
        traces = tuple(self._trace(row, table, place, faults) for place in self.elements)
        if faults:
            return columns.refused(row, faults)
        self.dates += table.ambiguous_dates
        head = Head(
            key=f"{folded(data_file)[-200:]} @ {acquired_at}",
            name=name,
            data_file=data_file,
            acquired_at=acquired_at,
            messages=tuple(text for text in (table.text(row, "QC Status"),) if text),
        )
        return Pieces(row.number, row.cells, (Piece(head, traces),), self.name)

    def _trace(self, row: Row, table: Columns, place: tuple[int, str, str], faults: list[Reason]) -> Trace:
        column, element, unit = place
        raw = row.cells[column - 1] if column <= len(row.cells) else ""
        as_figure = self.figure is not None and (
            self.figure is Figure.INTENSITY or unit == self.units.get(element, unit)
        )
        if not as_figure or self.figure is None:
            heading = f"{self.name} ({unit})" if unit else self.name
            others = ((heading, columns.raw_cell(row, column)),) if raw.strip() else ()
            return Trace(element, TraceRole.QUANTIFIER, "", {}, None, others, unit=self.units.get(element, ""))
        cell: Cell = number_or_word(table.cells, raw, row.number, column, _WORDS)
        if cell.status is CellStatus.UNREADABLE:
            faults.append(columns.unreadable(cell, element, self.profile))
        figures = {self.figure: cell}
        return Trace(element, TraceRole.QUANTIFIER, "", figures, None, (), unit=self.units.get(element, ""))


READER = Reader(NAME, VERSION, "PerkinElmer NexION: report workbook", recognises=recognises, read=read)
