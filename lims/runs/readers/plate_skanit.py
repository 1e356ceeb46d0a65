"""Reader of the reports of Thermo SkanIt (Varioskan, Multiskan): a workbook with a sheet per step, or text with `;`.

    Measurement results
    session.skax
    5/8/2024 3:54:50 PM

    Absorbance 450                     the step
    Wavelength: 450 nm
    Plate 1                            the plate
    Abs       1     2     …  12
    A               0.0499
    Sample    1     2     …  12        names of the wells
    A               Blank1

The Multiskan text has CR line ends, a decimal comma and cells padded with blanks. A well is known by its plate. A step
that reads a signal is a compound; what later steps make of it is kept beside it: concentrations as figures, the rest as
text. Averages, standard deviations and coefficients of variation are statistics.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from lims.core.errors import BadInput, LimsError
from lims.core.reasons import Where, reason
from lims.runs.cells import folded
from lims.runs.opened import OpenedFile
from lims.runs.profile import ImportProfile
from lims.runs.readers import columns
from lims.runs.readers.assembling import Head
from lims.runs.readers.batching import batch_of
from lims.runs.readers.joining import Pieces, compounds_in, joined
from lims.runs.readers.plates import (
    PLATE_STATISTIC,
    Matrix,
    MatrixLine,
    WellReader,
    figure_trace,
    incomplete,
    label_parts,
    matrices_of,
    text_trace,
)
from lims.runs.readers.reader import Reader
from lims.runs.readers.rows import ABOUT, as_written, unfinished_row
from lims.runs.reading import Container, Row
from lims.runs.records import Batch, Compound, Figure, Line, VendorCurve

NAME = "skanit"
VERSION = "1"

_SIGNALS = {"abs": Figure.ABSORBANCE, "rfu": Figure.INTENSITY, "rlu": Figure.INTENSITY}
_STATISTICS = frozenset({"avg", "sd", "cv%", "average", "mean", "%cv"})
_UNIT = re.compile(r".*?([^\s/()\[\]]+/[^\s/()\[\]]+)[)\]]?")
_PARAMETER = re.compile(r"\s*(a|b|c|d|e|r2|r²|r|slope|intercept)\s*=\s*(\S.*)?", re.IGNORECASE)


def recognises(file: OpenedFile) -> bool:
    """A sheet that begins with Measurement results, or a text with the matrices Abs and Sample."""
    if file.container is Container.TEXT:
        corners = {folded(row.cells[0]) for row in file.first_rows(";") if len(row.cells) > 12}
        return "sample" in corners and bool(corners & _SIGNALS.keys())
    if file.container is not Container.XLSX:
        return False
    try:
        return any(sheet.rows and _begins(sheet.rows) == "measurement results" for sheet in file.sheets)
    except LimsError:
        return False


def _begins(rows: Sequence[Row]) -> str:
    return folded(rows[0].cells[0]) if rows[0].cells else ""


@dataclass
class _Step:
    """A step of the session: a sheet of a workbook, or a whole text."""

    title: str
    rows: Sequence[Row]
    matrices: Sequence[Matrix]
    is_layout: bool = False
    plates: dict[int, str] = field(default_factory=dict)
    wavelengths: dict[int, str] = field(default_factory=dict)


def read(file: OpenedFile, profile: ImportProfile) -> Batch:
    """Read a report. Raises `BadInput` when no matrix of it holds a signal."""
    steps = _steps(file)
    if not any(folded(m.corner) in _SIGNALS for step in steps for m in step.matrices):
        raise BadInput(
            reason(
                "skanit.no_signal",
                "This SkanIt report holds no matrix of absorbances (or of another signal); export it with the"
                " steps that were measured, in plate format.",
                at=Where(row=1),
            )
        )
    unfinished = None if file.sheets else unfinished_row(file, steps[0].rows)
    reader = _Report(steps, profile, unfinished)
    parts = reader.parts()
    names = compounds_in(parts)
    return batch_of(
        file,
        (NAME, VERSION),
        [
            Compound(n, 0, (), profile.is_internal_standard(n), transition=reader.wavelength_of.get(n, n), curve=curve)
            for n in names
            for curve in (reader.curve if n in reader.calibrated else None,)
        ],
        joined(parts, profile),
        heading_rows=[matrix.heading.number for step in steps for matrix in step.matrices],
        ambiguous_dates=reader.ambiguous_dates,
        software="SkanIt",
        messages=incomplete(matrix for step in steps for matrix in step.matrices),
    )


def _steps(file: OpenedFile) -> list[_Step]:
    if file.container is Container.TEXT:
        rows = file.rows(";")
        return [_step(_title(rows) or "Absorbance", rows, is_layout=False)]
    return [
        _step(_title(sheet.rows) or sheet.name, sheet.rows, is_layout=folded(sheet.name) == "layout definitions")
        for sheet in file.sheets
    ]


def _title(rows: Sequence[Row]) -> str:
    """The step stands below the program's heading, the session and its time."""
    if not rows or _begins(rows) != "measurement results":
        return ""
    written = [row.cells[0].strip() for row in rows[:8] if row.cells and row.cells[0].strip()]
    return written[3] if len(written) > 3 else ""


def _step(title: str, rows: Sequence[Row], *, is_layout: bool) -> _Step:
    matrices = matrices_of(rows)
    step = _Step(title, rows, matrices, is_layout)
    plate = wavelength = ""
    by_row = {matrix.above: matrix for matrix in matrices}
    for position, row in enumerate(rows):
        first = row.cells[0].strip() if row.cells else ""
        if position in by_row:
            step.plates[position], step.wavelengths[position] = plate, wavelength
        elif folded(first) == "name" and len(row.cells) > 1:
            plate = row.cells[1].strip()
        elif folded(first).startswith("wavelength:"):
            wavelength = first.partition(":")[2].strip()
        elif first and not any(cell.strip() for cell in row.cells[1:]) and not _is_inside(matrices, position):
            plate = first if first != title else plate
    return step


def _is_inside(matrices: Sequence[Matrix], position: int) -> bool:
    return any(matrix.above <= position < matrix.end for matrix in matrices)


class _Report:
    """Goes through all steps; names of wells first, since every step repeats them below its numbers."""

    def __init__(self, steps: Sequence[_Step], profile: ImportProfile, unfinished: int | None) -> None:
        self.steps = steps
        self.profile = profile
        self.wells = WellReader(profile, unfinished)
        self.ambiguous_dates: list[str] = []
        self.names: dict[tuple[str, str], str] = {}
        self.measured: set[tuple[str, str]] = set()
        self.wavelength_of: dict[str, str] = {}
        self.calibrated: set[str] = set()
        self.raw: list[str] = []
        for step in steps:
            self._look(step)
        self.acquired_at = self._acquired_at()
        self.curve = self._curve()

    def _look(self, step: _Step) -> None:
        for matrix in step.matrices:
            plate = step.plates[matrix.above]
            corner = folded(matrix.corner)
            wells = {(plate, well): raw.strip() for line in matrix.lines for well, _, raw in matrix.wells(line)}
            if corner == "sample":
                self.names |= wells
            elif corner in _SIGNALS:
                self.measured |= wells.keys()
                if step.title not in self.raw:
                    self.raw.append(step.title)
                self.wavelength_of[step.title] = step.wavelengths[matrix.above]

    def _acquired_at(self) -> datetime | None:
        texts = [row.cells[0].strip() for step in self.steps for row in step.rows[:6] if row.cells]
        for text in texts:
            if instant := self.wells.cells.instant(text):
                if self.wells.cells.ambiguous(text):
                    self.ambiguous_dates.append(text)
                return instant
        return None

    def _curve(self) -> VendorCurve | None:
        """Parameters as `a = 0.05`, in one cell or in two, on the sheet of a standard curve."""
        found: dict[str, str] = {}
        for step in self.steps:
            if "curve" not in folded(step.title):
                continue
            for row in step.rows:
                for cell, beside in zip(row.cells, (*row.cells[1:], ""), strict=True):
                    if parts := _PARAMETER.fullmatch(cell):
                        found.setdefault(parts[1].lower(), (parts[2] or beside).strip())
        return VendorCurve(coefficients=tuple(found.items())) if found else None

    def parts(self) -> list[Line | Pieces]:
        """A part for every row."""
        parts: list[Line | Pieces] = []
        for step in self.steps:
            of_rows: dict[int, Line | Pieces] = {}
            for matrix in step.matrices:
                of_rows[matrix.heading.number] = columns.ignored(matrix.heading, columns.HEADING)
                for line in matrix.lines:
                    of_rows[line.row.number] = self._line(step, matrix, line)
            for row in step.rows:
                about = columns.ignored(row, columns.BLANK if row.blank else ABOUT)
                parts.append(of_rows.get(row.number, about))
        return parts

    def _head(self, plate: str, well: str) -> Head | None:
        if (plate, well) not in self.measured:
            return None
        name = self.names.get((plate, well), "")
        kind, number = label_parts(name)
        return Head(
            key=f"{folded(plate)} @ {self.acquired_at or '-'} {well.lower()}",
            name=name or well,
            acquired_at=self.acquired_at,
            vendor_type=kind,
            level=number if folded(kind) in ("std", "cal") else "",
            vial=well,
        )

    def _line(self, step: _Step, matrix: Matrix, line: MatrixLine) -> Line | Pieces:
        plate, corner = step.plates[matrix.above], folded(matrix.corner)
        part = f"{step.title} {plate} {matrix.corner}"

        def head(well: str) -> Head | None:
            return self._head(plate, well)

        if corner in _STATISTICS:
            return columns.ignored(line.row, PLATE_STATISTIC)
        if step.is_layout:
            return self._layout(matrix, line, plate, part)
        if corner == "sample":
            return self.wells.texts(matrix, line, lambda well, _, __: head(well), part)
        if figure := _SIGNALS.get(corner):
            return self.wells.numbers(matrix, line, head, lambda _, c: figure_trace(step.title, figure, c), part)
        return self._calculated(step, matrix, line, part)

    def _layout(self, matrix: Matrix, line: MatrixLine, plate: str, part: str) -> Line | Pieces:
        """Names as in the steps; groups and dilutions below them, kept as text."""

        def head(well: str, place: int, text: str) -> Head | None:
            of_well = self._head(plate, well)
            if of_well is None or line.index == 0:
                return of_well
            kept = (f"layout {line.index + 1}", as_written(text, line.row.number, place))
            return Head(of_well.key, of_well.name, acquired_at=of_well.acquired_at, vial=well, others=(kept,))

        return self.wells.texts(matrix, line, head, part)

    def _calculated(self, step: _Step, matrix: Matrix, line: MatrixLine, part: str) -> Line | Pieces:
        plate, corner = step.plates[matrix.above], folded(matrix.corner)
        wavelength = step.wavelengths[matrix.above]
        same = [name for name in self.raw if wavelength and self.wavelength_of[name] == wavelength]
        only = self.raw[0] if len(self.raw) == 1 else ""
        is_concentration = corner.startswith("conc") or (
            corner == "value" and folded(step.title).startswith(("conc", "quantitative"))
        )
        compound = only or (same[0] if len(same) == 1 else step.title)
        unit = _unit(step.title, matrix.corner)

        def head(well: str) -> Head | None:
            return self._head(plate, well)

        if is_concentration:
            self.calibrated.add(compound)
            figure = Figure.UNDILUTED_CONCENTRATION
            return self.wells.numbers(matrix, line, head, lambda _, c: figure_trace(compound, figure, c, unit), part)
        heading = f"{step.title} {matrix.corner}".strip()
        return self.wells.numbers(matrix, line, head, lambda _, c: text_trace(compound, heading, c), part)


def _unit(*texts: str) -> str:
    for text in reversed(texts):
        if parts := _UNIT.fullmatch(text.strip()):
            return parts[1]
    return ""


READER = Reader(NAME, VERSION, "Thermo SkanIt, Multiskan: report", recognises=recognises, read=read)
