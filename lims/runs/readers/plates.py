"""Microplates in a file: matrices of 1 to 12 over A to H or 1 to 24 over A to P, found wherever they stand.

            1      2      …  12
    A       0.051  0.049     0.062   label
            320    320               label of a second line of row A, as some programs write them
    B       …

A well is an injection. The row of a matrix is one line of the file with up to 24 of them.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lims.core.reasons import Reason, reason
from lims.runs.cells import Cell, CellReader, CellStatus, folded
from lims.runs.profile import ImportProfile
from lims.runs.readers import columns
from lims.runs.readers.assembling import Head
from lims.runs.readers.columns import too_short
from lims.runs.readers.joining import Piece, Pieces
from lims.runs.readers.rows import number_or_word, without_end
from lims.runs.reading import Row
from lims.runs.records import Figure, Line, Trace, TraceRole

NO_WELLS = reason("plate.no_wells", "A row of a plate in which no well was measured.")
PLATE_STATISTIC = reason("plate.statistic", "A statistic over wells; statistics are never imported.")
CURVE = reason("plate.curve", "The calibration curve of the program; it is shown beside ours.")

_LETTERS = "ABCDEFGHIJKLMNOP"
#: Number of columns and of rows of the plates known here.
_SHAPES = {12: 8, 24: 16}
#: Statuses that programs of plate readers write besides the usual ones, folded.
WORDS: Mapping[str, CellStatus] = {
    "?????": CellStatus.NOT_APPLICABLE,
    "#sat": CellStatus.FLAGGED,
    "sat": CellStatus.FLAGGED,
    "over": CellStatus.FLAGGED,
    "invalid": CellStatus.FLAGGED,
    "low": CellStatus.FLAGGED,
    "high": CellStatus.FLAGGED,
}
_LABEL = re.compile(r"([A-Za-z]+)[ _]?(\d+)(?::\d+)?")
WELL = re.compile(r"([A-P])0?([1-9]|1\d|2[0-4])")


@dataclass(frozen=True, slots=True)
class MatrixLine:
    """A line of a matrix: its letter, which line of that letter it is (from 0), and the text right of the wells."""

    letter: str
    index: int
    label: str
    row: Row


@dataclass(frozen=True, slots=True)
class Matrix:
    """One matrix. `corner` is the text left of the 1, `title` the nearest text above, `places` the cell of each column.

    `above` is the position of its heading row among the rows that were searched; `end` the one after its last line.
    """

    heading: Row
    corner: str
    title: str
    places: tuple[int, ...]
    lines: tuple[MatrixLine, ...]
    above: int
    end: int

    @property
    def is_complete(self) -> bool:
        """Whether all rows of such a plate are there."""
        return len({line.letter for line in self.lines}) == _SHAPES[len(self.places)]

    def wells(self, line: MatrixLine) -> Iterator[tuple[str, int, str]]:
        """Well, column of the cell and text, for every well of a line in which something is written."""
        for number, place in enumerate(self.places, start=1):
            raw = line.row.cells[place - 1] if place <= len(line.row.cells) else ""
            if raw.strip():
                yield f"{line.letter}{number}", place, raw


def matrices_of(rows: Sequence[Row], *, labelled: bool = True) -> tuple[Matrix, ...]:
    """All matrices, from top to bottom. Where rows are not `labelled` with letters, their order says which they are."""
    found = []
    position = 0
    while position < len(rows):
        places = _numbered(rows[position])
        if places is None:
            position += 1
            continue
        lines, end = (_labelled if labelled else _ordered)(rows, position + 1, places)
        if lines:
            corner = rows[position].cells[places[0] - 2].strip() if places[0] > 1 else ""
            title = _title(rows, position)
            found.append(Matrix(rows[position], corner, title, places, tuple(lines), position, end))
        position = max(end, position + 1)
    return tuple(found)


def _numbered(row: Row) -> tuple[int, ...] | None:
    """The places of 1, 2, … in a row of nothing but these and at most two texts before them."""
    cells = [cell.strip() for cell in row.cells]
    if "1" not in cells:
        return None
    first = cells.index("1")
    count = 0
    while first + count < len(cells) and cells[first + count] == str(count + 1):
        count += 1
    if count not in _SHAPES or any(cells[first + count :]) or sum(map(bool, cells[:first])) > 1:
        return None
    return tuple(range(first + 1, first + count + 1))


def _labelled(rows: Sequence[Row], position: int, places: tuple[int, ...]) -> tuple[list[MatrixLine], int]:
    letters = _LETTERS[: _SHAPES[len(places)]]
    lines: list[MatrixLine] = []
    current, index, end = -1, 0, position
    while position < len(rows):
        row = rows[position]
        mark = _mark(row, places)
        if current + 1 < len(letters) and mark == letters[current + 1]:
            current, index = current + 1, 0
        elif mark or current < 0 or _numbered(row):
            break
        elif row.blank:
            if not _goes_on(rows, position, places, letters[current + 1 : current + 2]):
                break
            position += 1
            continue
        lines.append(MatrixLine(letters[current], index, _label(row, places), row))
        index += 1
        position += 1
        end = position
    return lines, end


def _goes_on(rows: Sequence[Row], position: int, places: tuple[int, ...], letter: str) -> bool:
    following = next((row for row in rows[position : position + 6] if not row.blank), None)
    return bool(letter) and following is not None and _mark(following, places) == letter


def _ordered(rows: Sequence[Row], position: int, places: tuple[int, ...]) -> tuple[list[MatrixLine], int]:
    lines: list[MatrixLine] = []
    for letter in _LETTERS[: _SHAPES[len(places)]]:
        if position >= len(rows) or rows[position].blank:
            break
        lines.append(MatrixLine(letter, 0, _label(rows[position], places), rows[position]))
        position += 1
    return lines, position


def _mark(row: Row, places: tuple[int, ...]) -> str:
    """The text left of the wells."""
    return "".join(cell.strip() for cell in row.cells[: places[0] - 1])


def _label(row: Row, places: tuple[int, ...]) -> str:
    return next((cell.strip() for cell in row.cells[places[-1] :] if cell.strip()), "")


def _title(rows: Sequence[Row], position: int) -> str:
    """The first text of the nearest row above that is not blank."""
    above = next((row for row in reversed(rows[:position]) if not row.blank), None)
    return next((cell.strip() for cell in above.cells if cell.strip()), "") if above else ""


def label_parts(label: str) -> tuple[str, str]:
    """`STD1`, `SPL2:1`, `Blank1`: the kind of the well and its number; nothing for a name of somebody's own."""
    parts = _LABEL.fullmatch(label)
    if parts:
        return parts[1], parts[2].lstrip("0") or "0"
    return (label, "") if folded(label) in ("blk", "blank") else ("", "")


@dataclass
class WellReader:
    """Makes records of the lines of matrices. `unfinished` is a last row whose line has no end."""

    profile: ImportProfile
    unfinished: int | None = None

    def __post_init__(self) -> None:
        self.cells: CellReader = self.profile.cells()

    def numbers(
        self,
        matrix: Matrix,
        line: MatrixLine,
        head: Callable[[str], Head | None],
        trace: Callable[[str, Cell], Trace],
        part: str,
    ) -> Line | Pieces:
        """A line of numbers: `head` and `trace` say whose well it is (None: of nobody) and what the number means."""
        faults: list[Reason] = []
        pieces = []
        for well, place, raw in matrix.wells(line):
            of_well = head(well)
            if of_well is None:
                continue
            cell = number_or_word(self.cells, raw, line.row.number, place, WORDS)
            if cell.status is CellStatus.UNREADABLE:
                faults.append(columns.unreadable(cell, well, self.profile))
            pieces.append(Piece(of_well, (trace(well, cell),)))
        return self._made(matrix, line, pieces, faults, part)

    def texts(
        self, matrix: Matrix, line: MatrixLine, head: Callable[[str, int, str], Head | None], part: str
    ) -> Line | Pieces:
        """A line of names or other texts: `head` takes well, column and text and gives what they say of the well."""
        heads = [head(well, place, raw.strip()) for well, place, raw in matrix.wells(line)]
        return self._made(matrix, line, [Piece(one) for one in heads if one is not None], [], part)

    def _made(
        self, matrix: Matrix, line: MatrixLine, pieces: list[Piece], faults: list[Reason], part: str
    ) -> Line | Pieces:
        row = line.row
        if len(row.cells) < matrix.places[-1]:
            faults.append(too_short(row, matrix.places[-1]))
        if row.number == self.unfinished:
            faults.append(without_end(row))
        if faults:
            return columns.refused(row, faults)
        if not pieces:
            return columns.ignored(row, NO_WELLS)
        return Pieces(row.number, row.cells, tuple(pieces), f"{part} {line.index}")


def figure_trace(compound: str, figure: Figure, cell: Cell, unit: str = "") -> Trace:
    """A trace with one figure."""
    return Trace(compound, TraceRole.QUANTIFIER, "", {figure: cell}, None, (), unit=unit)


def text_trace(compound: str, heading: str, cell: Cell) -> Trace:
    """A trace that keeps a number without a meaning here, as text."""
    kept = cell._replace(status=CellStatus.NOT_APPLICABLE, number=None) if cell.raw.strip() else cell
    return Trace(compound, TraceRole.QUANTIFIER, "", {}, None, ((heading, kept),))


def incomplete(matrices: Iterable[Matrix]) -> tuple[Reason, ...]:
    """What a person should know of matrices that end before the last row of the plate."""
    return tuple(
        reason(
            "plate.incomplete",
            "The plate that begins in row {row} ends with row {letter}; if it has more rows, the file is cut off:"
            " export it again.",
            row=matrix.heading.number,
            letter=matrix.lines[-1].letter,
        )
        for matrix in matrices
        if not matrix.is_complete
    )


def signal_of(text: str) -> Figure:
    """Whether what was read is an absorbance or another signal."""
    words = folded(text)
    other = any(word in words for word in ("fluor", "lumin", "rfu", "rlu", "alpha"))
    return Figure.INTENSITY if other else Figure.ABSORBANCE
