"""Reader of the text export of BioTek/Agilent Gen5 (plate reader), tab-separated.

    Plate Number ⇥ Plate 1 …  Procedure Details …
    Layout                                     names of the wells, below them concentration or dilution
         ⇥ 1    ⇥ 2    ⇥ …
    A    ⇥ STD1 ⇥ SPL1:1 ⇥ …  ⇥ Well ID
         ⇥ 320  ⇥ 0.5  ⇥ …    ⇥ Conc/Dil
    Results                                    raw, blank-corrected and calculated values below one another
    A    ⇥ 3.337 ⇥ …          ⇥ 450nmRead:450
         ⇥ 3.336 ⇥ …          ⇥ Blank 450nmRead:450
         ⇥ 1980.4 ⇥ …         ⇥ [Concentration]
    StdCurve Fitting Results                   formula and parameters of the curve

Each raw read is a compound. `[Concentration]` is what the curve gives, before any dilution.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from lims.core.errors import BadInput
from lims.core.reasons import Reason, Where, reason
from lims.runs.cells import folded
from lims.runs.opened import OpenedFile
from lims.runs.profile import ImportProfile
from lims.runs.readers import columns
from lims.runs.readers.assembling import Head
from lims.runs.readers.batching import batch_of
from lims.runs.readers.joining import Piece, Pieces, compounds_in, joined
from lims.runs.readers.plates import (
    CURVE,
    Matrix,
    MatrixLine,
    WellReader,
    figure_trace,
    incomplete,
    label_parts,
    matrices_of,
    signal_of,
    text_trace,
)
from lims.runs.readers.reader import Reader
from lims.runs.readers.rows import ABOUT, as_written, unfinished_row
from lims.runs.reading import Row
from lims.runs.records import Batch, Compound, Figure, Line, VendorCurve

NAME = "gen5"
VERSION = "1"


def recognises(file: OpenedFile) -> bool:
    """The files of the protocol and the experiment in the words of this program."""
    head = file.head
    return "\t" in head and "Protocol File Path:" in head and "Software Version" in head and "Plate Number" in head


@dataclass
class _Plate:
    """What the file says of one plate before its matrices."""

    name: str = ""
    date: str = ""
    time: str = ""
    procedure: str = ""
    reads: list[str] = field(default_factory=list)
    layout: dict[str, str] = field(default_factory=dict)


def read(file: OpenedFile, profile: ImportProfile) -> Batch:
    """Read an export. Raises `BadInput` when it holds no matrix of results."""
    rows = file.rows("\t")
    matrices = matrices_of(rows)
    if not any(_is_results(matrix) for matrix in matrices):
        raise BadInput(
            reason(
                "gen5.no_results",
                "This export of Gen5 holds no matrix of results; export it with the sections Layout and Results in the"
                " format of a matrix, endpoint reads only.",
                at=Where(row=1),
            )
        )
    reader = _File(rows, matrices, profile, unfinished_row(file, rows))
    parts = reader.parts()
    curve = _curve(rows)
    return batch_of(
        file,
        (NAME, VERSION),
        [
            Compound(name, 0, (), profile.is_internal_standard(name), transition=name, curve=curve)
            for name in compounds_in(parts)
        ],
        joined(parts, profile),
        heading_rows=[matrix.heading.number for matrix in matrices],
        ambiguous_dates=reader.ambiguous_dates,
        software=_software(rows),
        messages=(*incomplete(matrices), *reader.messages),
    )


def _is_results(matrix: Matrix) -> bool:
    return folded(matrix.title) not in ("layout", "")


def _software(rows: Sequence[Row]) -> str:
    version = next((row.cells[1] for row in rows if row.cells[:1] == ("Software Version",) and len(row.cells) > 1), "")
    return f"Gen5 {version}".strip()


class _File:
    """Goes through the rows once; the plate changes where a new `Plate Number` stands."""

    def __init__(
        self, rows: Sequence[Row], matrices: Sequence[Matrix], profile: ImportProfile, unfinished: int | None
    ) -> None:
        self.rows = rows
        self.matrices = {matrix.above: matrix for matrix in matrices}
        self.profile = profile
        self.wells = WellReader(profile, unfinished)
        self.plate = _Plate()
        self.ambiguous_dates: list[str] = []
        self.messages: list[Reason] = []
        self.curve_rows = _curve_rows(rows)

    def parts(self) -> list[Line | Pieces]:
        """A part for every row."""
        parts: list[Line | Pieces] = []
        position = 0
        while position < len(self.rows):
            if matrix := self.matrices.get(position):
                parts += self._matrix(matrix)
                position = matrix.end
                continue
            row = self.rows[position]
            self._note(row)
            why = CURVE if row.number in self.curve_rows else ABOUT
            parts.append(columns.ignored(row, columns.BLANK if row.blank else why))
            position += 1
        return parts

    def _note(self, row: Row) -> None:
        """Keep what a row says of the plate."""
        first = folded(row.cells[0]) if row.cells else ""
        value = row.cells[1].strip() if len(row.cells) > 1 else ""
        if first == "plate number":
            self.plate = _Plate(name=value)
        elif first == "date":
            self.plate.date = value
        elif first == "time":
            self.plate.time = value
        elif first == "read":
            self.plate.reads.append(value)
        elif not first:
            self.plate.procedure += f" {value}"

    def _matrix(self, matrix: Matrix) -> list[Line | Pieces]:
        inner = self.rows[matrix.above + 1 : matrix.end]
        lines = {line.row.number: line for line in matrix.lines}
        parts: list[Line | Pieces] = [columns.ignored(matrix.heading, columns.HEADING)]
        acquired_at = self._acquired_at()
        if not _is_results(matrix):
            self.plate.layout = {
                well: raw.strip()
                for line in matrix.lines
                if folded(line.label) in ("well id", "name")
                for well, _, raw in matrix.wells(line)
            }
        for row in inner:
            line = lines.get(row.number)
            parts.append(columns.ignored(row, columns.BLANK) if line is None else self._line(matrix, line, acquired_at))
        return parts

    def _acquired_at(self) -> datetime | None:
        text = f"{self.plate.date} {self.plate.time}".strip()
        acquired_at = self.wells.cells.instant(text) if text else None
        if text and acquired_at is None:
            self.messages.append(columns.date_unreadable(text, 1, 2, self.profile))
        elif self.wells.cells.ambiguous(text):
            self.ambiguous_dates.append(text)
        return acquired_at

    def _head(self, well: str, acquired_at: datetime | None) -> Head:
        name = self.plate.layout.get(well, "")
        kind, number = label_parts(name)
        return Head(
            key=f"{folded(self.plate.name)} @ {acquired_at or '-'} {well.lower()}",
            name=name or well,
            acquired_at=acquired_at,
            vendor_type=kind,
            level=number if folded(kind) == "std" else "",
            vial=well,
            others=(),
        )

    def _raw_label(self, matrix: Matrix) -> list[str]:
        labels = list(dict.fromkeys(line.label for line in matrix.lines if line.label))
        read = [label for label in labels if label.split(":")[0] in self.plate.reads]
        plain = [label for label in labels if not label.startswith("[") and not folded(label).startswith("blank")]
        return read or plain[:1] or labels[:1]

    def _line(self, matrix: Matrix, line: MatrixLine, acquired_at: datetime | None) -> Line | Pieces:
        def head(well: str) -> Head:
            return self._head(well, acquired_at)

        part = f"{self.plate.name} {matrix.title}"
        if not _is_results(matrix):
            return self._layout_line(matrix, line, acquired_at, part)
        raw = self._raw_label(matrix)
        if line.label in raw:
            figure = signal_of(self.plate.procedure)
            return self.wells.numbers(matrix, line, head, lambda _, c: figure_trace(line.label, figure, c), part)
        of = next((label for label in raw if line.label.endswith(label)), raw[0])
        if folded(line.label) == "[concentration]" and len(raw) == 1:
            figure = Figure.UNDILUTED_CONCENTRATION
            return self.wells.numbers(matrix, line, head, lambda _, c: figure_trace(of, figure, c), part)
        return self.wells.numbers(matrix, line, head, lambda _, c: text_trace(of, line.label, c), part)

    def _layout_line(self, matrix: Matrix, line: MatrixLine, acquired_at: datetime | None, part: str) -> Line | Pieces:
        """Names, or below them the concentration of a standard and the dilution of a sample."""
        results = self._results_below(matrix)
        raw = self._raw_label(results) if results else []
        measured = {well for one in results.lines for well, _, _ in results.wells(one)} if results else set()

        def head(well: str) -> Head | None:
            return self._head(well, acquired_at) if well in measured else None

        if folded(line.label) != "conc/dil" or not raw:
            return self.wells.texts(matrix, line, lambda well, _, __: head(well), part)

        def of_standard(well: str) -> bool:
            return folded(label_parts(self.plate.layout.get(well, ""))[0]) == "std"

        pieces = self.wells.numbers(
            matrix, line, head, lambda _, c: figure_trace(raw[0], Figure.NOMINAL_CONCENTRATION, c), part
        )
        return _with_dilutions(pieces, of_standard)

    def _results_below(self, layout: Matrix) -> Matrix | None:
        following = (m for above, m in sorted(self.matrices.items()) if above > layout.above)
        return next((matrix for matrix in following if _is_results(matrix)), None)


def _with_dilutions(part: Line | Pieces, of_standard: Callable[[str], bool]) -> Line | Pieces:
    """The number below a standard is its concentration; below a sample it is its dilution.

    The dilution is a part (0.5), not a factor (2): it is kept as text, so that nobody multiplies with it.
    """
    if isinstance(part, Line):
        return part
    pieces = []
    for piece in part.pieces:
        (cell,) = piece.traces[0].figures.values()
        dilution = Piece(replace(piece.head, others=(("Conc/Dil", as_written(cell.raw, cell.row, cell.column)),)))
        pieces.append(piece if of_standard(piece.head.vial) else dilution)
    return replace(part, pieces=tuple(pieces))


def _curve_rows(rows: Sequence[Row]) -> frozenset[int]:
    begins = next((p for p, row in enumerate(rows) if row.cells and row.cells[0].endswith("Fitting Results")), None)
    return frozenset() if begins is None else frozenset(row.number for row in rows[begins:] if not row.blank)


def _curve(rows: Sequence[Row]) -> VendorCurve | None:
    """The first curve: the headings below `Fitting Results` say which value is which."""
    of_curve = _curve_rows(rows)
    written = [row for row in rows if row.number in of_curve]
    if len(written) < 3:
        return None
    values = dict(zip(written[1].cells, written[2].cells, strict=False))
    named = {name: value.strip() for name, value in values.items() if name and value.strip()}
    equation, name = named.pop("Curve Formula", ""), named.pop("Curve Name", "")
    return VendorCurve(model=name, equation=equation, coefficients=tuple(named.items()))


READER = Reader(NAME, VERSION, "BioTek/Agilent Gen5: text export", recognises=recognises, read=read)
