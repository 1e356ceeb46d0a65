"""Reader of a laboratory's matrix of results from OpenLab (xlsx, xls): compounds across, samples down.

    ,Glyoxylate,Glycolate,Succinate,…          below any number of blank rows
    std 500,0,0.4715,10.7129,…                 one sample per row

Nothing says what the values are. They are read as the response that the import profile names (area or height), and the
batch tells so. A sample is known by its name alone: two rows of one name with different values are both refused.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lims.core.clock import CHINA
from lims.core.errors import BadInput
from lims.core.reasons import Reason, Where, reason
from lims.runs.cells import CellReader, CellStatus, DateOrder, DecimalMark, folded
from lims.runs.opened import OpenedFile, Sheet
from lims.runs.profile import ImportProfile, Response
from lims.runs.readers import columns
from lims.runs.readers.assembling import Head, Record, assembled
from lims.runs.readers.batching import batch_of, sheets_of
from lims.runs.readers.columns import Columns
from lims.runs.readers.reader import Reader
from lims.runs.reading import Container, Row
from lims.runs.records import Batch, Compound, Figure, Line, Trace, TraceRole

NAME = "openlab-matrix"
VERSION = "1"

_FEWEST_COMPOUNDS = 2
#: Only for telling whether a cell is a number at all, in a workbook, which knows no decimal comma.
_PLAIN = CellReader(DecimalMark.POINT, None, DateOrder.YEAR_MONTH_DAY, CHINA)
_FIGURE_OF = {Response.AREA: Figure.AREA, Response.HEIGHT: Figure.HEIGHT}


@dataclass(frozen=True)
class _Matrix:
    """The sheet with the matrix, and its row of compounds."""

    sheet: Sheet
    heading: Row


def recognises(file: OpenedFile) -> bool:
    """A workbook with nothing but names across, from the second column, and rows of a name and numbers below."""
    return file.container in (Container.XLSX, Container.XLS) and _matrix_of(sheets_of(file)) is not None


def read(file: OpenedFile, profile: ImportProfile) -> Batch:
    """Read a matrix.

    Raises BadInput for a workbook that is none, with a compound twice, or whose values the profile calls no peaks.
    """
    matrix = _matrix_of(file.sheets)
    if matrix is None:
        raise BadInput(
            reason(
                "openlab.not_a_matrix",
                "This is no matrix of results: a row of compounds, and below it rows with the name of a sample and"
                " numbers. Print the report of ChemStation or OpenLab to a text file, or export it in this layout.",
                at=Where(row=1),
            )
        )
    _refuse_twice(matrix.heading)
    figure = _FIGURE_OF.get(profile.response)
    if figure is None:
        raise BadInput(
            reason(
                "openlab.response_unfit",
                "The import profile names {stated} as the response, which peaks of a chromatogram do not have; set"
                " area or height.",
                at=Where(field="response"),
                stated=profile.response.value,
            )
        )
    cells = Columns(matrix.heading.cells, profile)
    parts = [_part(row, matrix, cells, figure) for sheet in file.sheets for row in sheet.rows]
    compounds = [
        Compound(name, place, (), profile.is_internal_standard(name))
        for place, name in enumerate(cells.headings, start=1)
        if name
    ]
    told = reason(
        "openlab.values_unnamed",
        "The table does not say what its values are; they are read as {stated}, the response of the import profile."
        " If they are amounts, import another export.",
        stated=profile.response.value,
    )
    return batch_of(
        file,
        (NAME, VERSION),
        compounds,
        assembled(parts, profile),
        heading_rows=(matrix.heading.number,),
        messages=[told],
        asks_about_end=True,
    )


def _matrix_of(sheets: Sequence[Sheet]) -> _Matrix | None:
    written = [(sheet, [row for row in sheet.rows if not row.blank]) for sheet in sheets]
    written = [(sheet, rows) for sheet, rows in written if rows]
    if len(written) != 1:
        return None
    sheet, rows = written[0]
    heading, body = rows[0], rows[1:]
    if not body or not _names_compounds(heading) or not all(_is_sample(row, heading) for row in body):
        return None
    return _Matrix(sheet, heading)


def _names_compounds(row: Row) -> bool:
    first, *names = [cell.strip() for cell in row.cells]
    while names and not names[-1]:
        names.pop()
    return not first and len(names) >= _FEWEST_COMPOUNDS and all(_is_name(name) for name in names)


def _is_name(text: str) -> bool:
    return bool(text) and _PLAIN.number(text, 1, 1).status is CellStatus.UNREADABLE


def _is_sample(row: Row, heading: Row) -> bool:
    first, *values = row.cells
    numbers = [_PLAIN.number(value, 1, 1) for value in values[: len(heading.cells) - 1]]
    return _is_name(first.strip()) and any(cell.number is not None for cell in numbers)


def _refuse_twice(heading: Row) -> None:
    seen: set[str] = set()
    for name in filter(None, map(folded, heading.cells)):
        if name in seen:
            raise BadInput(
                reason(
                    "openlab.compound_twice",
                    "Row {row}: the compound {compound} has two columns; which of them counts is not to be seen.",
                    at=Where(row=heading.number),
                    row=heading.number,
                    compound=name,
                )
            )
        seen.add(name)


def _part(row: Row, matrix: _Matrix, cells: Columns, figure: Figure) -> Line | Record:
    if row.blank:
        return columns.ignored(row, columns.BLANK)
    if row is matrix.heading:
        return columns.ignored(row, columns.HEADING)
    name = row.cells[0].strip()
    if folded(name) in columns.STATISTICS:
        return columns.ignored(row, columns.STATISTIC)
    if any(cell.strip() for cell in row.cells[cells.width :]):
        return columns.refused(row, [columns.too_long(row, cells.width)])
    faults: list[Reason] = []
    traces = tuple(_traces(row, cells, figure, faults))
    return columns.refused(row, faults) if faults else Record(row.number, row.cells, Head(folded(name), name), traces)


def _traces(row: Row, cells: Columns, figure: Figure, faults: list[Reason]) -> Iterator[Trace]:
    for place, compound in enumerate(cells.headings, start=1):
        if compound:
            figures = {figure: cells.number(row, place, faults)}
            yield Trace(compound, TraceRole.QUANTIFIER, "", figures, None, ())


READER = Reader(NAME, VERSION, "Agilent OpenLab: matrix of samples and compounds", recognises=recognises, read=read)
