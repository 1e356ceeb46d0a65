"""Readers of spectrophotometers that write a list: Tecan Magellan (a row per well) and Thermo VISIONlite (per sample).

    Label1   Label2   Well positions     Magellan, a workbook: names of the measurements
    0s       0s
    24.8 °C  25.1 °C
    0.4002   0.3741   A1
    …
    Date: 2021-07-08, Time: 15:01:21     what was measured, and when, below the wells

    Sample Name,Dilution factor,Ordinate [A],Concentration [mg/L],Error      VISIONlite, csv, often UTF-16
    x,1,0.02505,2.23503296,

Neither names the analyte: a measurement of Magellan is a compound; that of VISIONlite is called Concentration.
"""

import re
from collections.abc import Sequence
from datetime import datetime

from lims.core.errors import BadInput, LimsError
from lims.core.reasons import Reason, Where, reason
from lims.runs.cells import CellReader, CellStatus, folded
from lims.runs.opened import OpenedFile, Sheet
from lims.runs.profile import ImportProfile
from lims.runs.readers import columns
from lims.runs.readers.assembling import Head, Record, assembled
from lims.runs.readers.batching import batch_of
from lims.runs.readers.columns import Columns
from lims.runs.readers.plates import WELL, WORDS, figure_trace
from lims.runs.readers.reader import Reader
from lims.runs.readers.rows import (
    ABOUT,
    Occurrences,
    compounds_of,
    delimiter_of,
    misfit,
    name_and_unit,
    number_or_word,
    unfinished_row,
)
from lims.runs.reading import Container, Row
from lims.runs.records import Batch, Figure, Line, Trace, TraceRole

MAGELLAN, VISIONLITE = "tecan-magellan", "thermo-visionlite"
VERSION = "1"

_DATE = re.compile(r"Date: (\S+), Time: (\S+)")
_MODE = re.compile(r"Measurement mode: (.+)")
_WAVELENGTH = re.compile(r"Measurement wavelength: (.+)")


# ── Magellan ─────────────────────────────────────────────────────────────────────────────────────────


def recognises_magellan(file: OpenedFile) -> bool:
    """A first row that ends in Well positions."""
    if file.container is not Container.XLSX:
        return False
    try:
        return any(_is_well_list(sheet) for sheet in file.sheets)
    except LimsError:
        return False


def _is_well_list(sheet: Sheet) -> bool:
    return bool(sheet.rows) and "well positions" in {folded(cell) for cell in sheet.rows[0].cells}


def read_magellan(file: OpenedFile, profile: ImportProfile) -> Batch:
    """Read a list of wells. Raises `BadInput` when no sheet holds one."""
    if not any(_is_well_list(sheet) for sheet in file.sheets):
        raise BadInput(
            reason(
                "magellan.no_wells",
                "No sheet of this workbook holds a list of wells under Well positions; export the measurement of"
                " Magellan as a list.",
                at=Where(row=1),
            )
        )
    reader = _WellList(file.sheets, profile)
    parts = reader.parts()
    return batch_of(
        file,
        (MAGELLAN, VERSION),
        compounds_of(parts, profile, reader.wavelengths),
        assembled(parts, profile),
        heading_rows=[sheet.rows[0].number for sheet in file.sheets if _is_well_list(sheet)],
        ambiguous_dates=reader.ambiguous_dates,
        software="Magellan",
    )


class _WellList:
    """The sheets of a workbook with lists of wells."""

    def __init__(self, sheets: Sequence[Sheet], profile: ImportProfile) -> None:
        self.sheets = sheets
        self.profile = profile
        self.cells: CellReader = profile.cells()
        self.wavelengths: dict[str, str] = {}
        self.ambiguous_dates: list[str] = []

    def parts(self) -> list[Line | Record]:
        """A part for every row of every sheet."""
        parts: list[Line | Record] = []
        for place, sheet in enumerate(self.sheets):
            if not _is_well_list(sheet):
                parts += [columns.ignored(row, columns.BLANK if row.blank else ABOUT) for row in sheet.rows]
                continue
            top = sheet.rows[0]
            position = [folded(cell) for cell in top.cells].index("well positions")
            names = [cell.strip() for cell in top.cells[:position]]
            acquired_at, figures = self._said_below(sheet, names)
            plate = sheet.name if place else ""
            for row in sheet.rows:
                parts.append(self._part(row, top, position, names, figures, (plate, acquired_at)))
        return parts

    def _said_below(self, sheet: Sheet, names: Sequence[str]) -> tuple[datetime | None, list[Figure]]:
        """Time, wavelengths and kinds of the measurements, as written below the wells."""
        acquired_at = None
        modes: list[str] = []
        waves: list[str] = []
        for row in sheet.rows:
            text = row.cells[0] if row.cells else ""
            if found := _DATE.fullmatch(text.strip()):
                written = f"{found[1]} {found[2]}"
                acquired_at = self.cells.instant(written)
                self.ambiguous_dates += [written] if self.cells.ambiguous(written) else []
            elif found := _MODE.fullmatch(text.strip()):
                modes.append(found[1])
            elif found := _WAVELENGTH.fullmatch(text.strip()):
                waves.append(found[1])
        self.wavelengths |= dict(zip(names, waves, strict=False))
        is_signal = [Figure.ABSORBANCE if folded(mode) == "absorbance" else Figure.INTENSITY for mode in modes]
        return acquired_at, [*is_signal, *[Figure.ABSORBANCE] * len(names)][: len(names)]

    def _part(
        self,
        row: Row,
        top: Row,
        position: int,
        names: Sequence[str],
        signals: Sequence[Figure],
        plate: tuple[str, datetime | None],
    ) -> Line | Record:
        if row.blank:
            return columns.ignored(row, columns.BLANK)
        well = WELL.fullmatch(row.cells[position].strip().upper()) if position < len(row.cells) else None
        if row.number == top.number:
            return columns.ignored(row, columns.HEADING)
        if well is None:
            return columns.ignored(row, ABOUT)
        faults: list[Reason] = []
        traces = []
        for place, (name, figure) in enumerate(zip(names, signals, strict=True), start=1):
            cell = number_or_word(self.cells, row.cells[place - 1], row.number, place, WORDS)
            if cell.status is CellStatus.UNREADABLE:
                faults.append(columns.unreadable(cell, name, self.profile))
            traces.append(figure_trace(name, figure, cell))
        if faults:
            return columns.refused(row, faults)
        named = f"{well[1]}{int(well[2])}"
        head = Head(
            key=f"{folded(plate[0])} @ {plate[1] or '-'} {named.lower()}",
            name=named,
            acquired_at=plate[1],
            vial=named,
        )
        return Record(row.number, row.cells, head, tuple(traces))


# ── VISIONlite ───────────────────────────────────────────────────────────────────────────────────────


def recognises_visionlite(file: OpenedFile) -> bool:
    """The headings Sample Name, Dilution factor and an ordinate with its unit."""
    return delimiter_of(file, _is_heading) is not None


def _is_heading(row: Row) -> bool:
    cells = [folded(cell) for cell in row.cells]
    return "sample name" in cells and any(cell.startswith("ordinate [") for cell in cells)


def read_visionlite(file: OpenedFile, profile: ImportProfile) -> Batch:
    """Read a table of quantities. Raises `BadInput` when the headings are missing."""
    delimiter = delimiter_of(file, _is_heading)
    if delimiter is None:
        raise BadInput(
            reason(
                "visionlite.no_headings",
                "No row holds the headings Sample Name and Ordinate; export the table of the quantification again with"
                " column headings.",
                at=Where(row=1),
            )
        )
    rows = file.rows(delimiter)
    top = next(row for row in rows if _is_heading(row))
    reader = _Quantities(top, profile, unfinished_row(file, rows))
    parts = [reader.part(row) for row in rows]
    return batch_of(
        file,
        (VISIONLITE, VERSION),
        compounds_of(parts, profile),
        assembled(parts, profile),
        heading_rows=(top.number,),
        software="VISIONlite",
    )


class _Quantities:
    """The table of VISIONlite. A sample that occurs again is another measurement of it."""

    def __init__(self, top: Row, profile: ImportProfile, unfinished: int | None) -> None:
        self.top = top
        self.unfinished = unfinished
        self.units = dict(name_and_unit(cell) for cell in top.cells)
        self.columns = Columns([name_and_unit(cell)[0] for cell in top.cells], profile)
        self.figures = self.columns.figure_places(
            {Figure.ABSORBANCE: ("Ordinate",), Figure.FINAL_CONCENTRATION: ("Concentration",)}
        )
        self.occurrences = Occurrences()

    def part(self, row: Row) -> Line | Record:
        """What became of a row."""
        if row.blank:
            return columns.ignored(row, columns.BLANK)
        if row.number <= self.top.number:
            return columns.ignored(row, columns.HEADING if row.number == self.top.number else columns.BESIDE)
        if fault := misfit(row, self.columns.width, self.unfinished):
            return columns.refused(row, [fault])
        faults: list[Reason] = []
        figures = self.columns.figures(row, self.figures, faults)
        place = self.columns.place("Dilution factor")
        dilution = self.columns.number(row, place, faults) if place else None
        name, error = self.columns.text(row, "Sample Name"), self.columns.text(row, "Error")
        if not name:
            faults.append(columns.nameless(row))
        if faults:
            return columns.refused(row, faults)
        number = self.occurrences.number((name,), row.cells)
        unit = self.units.get("Concentration", "")
        trace = Trace("Concentration", TraceRole.QUANTIFIER, "", figures, None, (), unit=unit)
        head = Head(f"{folded(name)} #{number}", name, dilution=dilution, messages=(error,) if error else ())
        return Record(row.number, row.cells, head, (trace,))


MAGELLAN_READER = Reader(
    MAGELLAN, VERSION, "Tecan Magellan: list of wells", recognises=recognises_magellan, read=read_magellan
)
VISIONLITE_READER = Reader(
    VISIONLITE, VERSION, "Thermo VISIONlite: quantities", recognises=recognises_visionlite, read=read_visionlite
)
