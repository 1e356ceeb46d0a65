"""The figures of a trace that stand in one row of a table, each made a cell only when somebody asks for it.

A night's file has some hundred thousand of them: the response and a few more are calculated with, the others are only
kept as they are written.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from lims.runs.cells import Cell
from lims.runs.records import Figure

#: Reads a cell: `CellReader.number`.
ReadCell = Callable[[str, int, int], Cell]


class RowFigures(Mapping[Figure, Cell]):
    """`columns` says by figure the column (from 1) of the row; `read` makes the cell."""

    __slots__ = ("cells", "columns", "read", "row")

    def __init__(self, cells: Sequence[str], columns: Mapping[Figure, int], row: int, read: ReadCell) -> None:
        self.cells = cells
        self.columns = columns
        self.row = row
        self.read = read

    def __getitem__(self, figure: Figure) -> Cell:
        column = self.columns[figure]
        return self.read(self.cells[column - 1], self.row, column)

    def get(self, figure: Figure, default: Any = None) -> Any:
        """The cell of a figure; what is inherited asks and catches, which takes as long again."""
        column = self.columns.get(figure)
        return default if column is None else self.read(self.cells[column - 1], self.row, column)

    def __iter__(self) -> Iterator[Figure]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    def __contains__(self, figure: object) -> bool:
        return figure in self.columns


def written(figures: Mapping[Figure, Cell]) -> Iterator[tuple[Figure, str, int, int]]:
    """Every figure as it is written, with its row and column; no number is made of it."""
    if isinstance(figures, RowFigures):
        cells, row = figures.cells, figures.row
        return ((figure, cells[column - 1], row, column) for figure, column in figures.columns.items())
    return ((figure, cell.raw, cell.row, cell.column) for figure, cell in figures.items())
