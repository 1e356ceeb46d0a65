"""A mapping of columns as a form: shown over the rows of a file, and read back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from lims.core.reasons import Reason, Where
from lims.core.record_words import column_word
from lims.core.schema_faults import schema_reason
from lims.runs.cells import column_letters
from lims.runs.column_guess import compound_in, table_rows, unit_in
from lims.runs.column_map import CONCENTRATIONS, OF_A_COMPOUND, ColumnMap, ColumnMeaning, MappedColumn, TableLayout
from lims.runs.column_map_schemas import ColumnMapIn
from lims.runs.opened import OpenedFile
from lims.web.forms import Form

#: More columns than this are not put on one page.
MOST_COLUMNS: Final = 400
#: So many rows below the headings show what the columns hold.
ROWS_SHOWN: Final = 12
_ABOVE: Final = 3
_MOST_SKIP_RULES: Final = 20


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """A column of the grid: what it is mapped to, and its heading."""

    column: int
    letters: str
    heading: str
    meaning: str
    compound: str
    is_of_compound: bool


@dataclass(frozen=True, slots=True)
class ShownGridRow:
    """A row of the grid: its number in the sheet, its cells, and whether it is the heading or above the data."""

    number: int
    cells: Sequence[str]
    is_heading: bool
    is_above: bool


@dataclass(frozen=True, slots=True)
class Grid:
    """The first rows of the table under the columns that a person maps."""

    columns: Sequence[ShownColumn]
    rows: Sequence[ShownGridRow]
    columns_left_out: int
    sheets: Sequence[str]


def read_mapping(form: Form, file: OpenedFile) -> tuple[ColumnMap, list[Reason]]:
    """The mapping as the form has it, with the headings of the file, and a fault for everything that is left out."""
    values: dict[str, Any] = {name: text for name in _PLAIN if (text := form.text(name))}
    values["columns"] = [
        {"column": number, "meaning": meaning, "compound": compound}
        for number, meaning, compound in _rows_of_fields(form, "column", "meaning", "of")
        if meaning
    ]
    values["skip"] = [
        {"pattern": pattern, "column": number or "0"}
        for pattern, number in _rows_of_fields(form, "skip", "skip_column")
        if pattern
    ][:_MOST_SKIP_RULES]
    faults: list[Reason] = []
    try:
        read = ColumnMapIn.model_validate(values)
    except ValidationError as error:
        faults = [_fault(fault) for fault in error.errors()]
        read = ColumnMapIn.model_validate(_without(values, [fault["loc"] for fault in error.errors()]))
    return with_headings(read.to_map(), file), faults


def _without(values: dict[str, Any], places: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """The values without those that could not be read."""
    kept = {"layout": TableLayout.LONG.value, **values}
    for name in {place[0] for place in places if place}:
        wrong = {place[1] for place in places if place[0] == name and len(place) > 1}
        if wrong and isinstance(kept.get(name), list):
            kept[name] = [one for place, one in enumerate(kept[name]) if place not in wrong]
        elif name != "layout":
            kept.pop(name, None)
        else:
            kept[name] = TableLayout.LONG.value
    return kept


_PLAIN = ("layout", "sheet", "delimiter", "heading_row", "first_row", "compound")


def with_headings(mapping: ColumnMap, file: OpenedFile) -> ColumnMap:
    """The mapping with the headings that its columns have in this file. In a wide table a figure of no compound is
    proposed to be of the one that its heading names.
    """
    rows, before = table_rows(file, mapping)
    heading = next((row for row in rows if row.number == mapping.heading_row + before), None)
    cells = heading.cells if heading is not None and mapping.heading_row else ()
    columns = []
    for column in mapping.columns:
        text = cells[column.column - 1].strip()[:500] if column.column <= len(cells) else ""
        compound, unit = column.compound, column.unit
        if mapping.layout is TableLayout.LONG:
            compound = ""
        elif column.meaning in OF_A_COMPOUND:
            compound = compound or compound_in(text)
            unit = unit_in(text) if column.meaning in CONCENTRATIONS else ""
        columns.append(MappedColumn(column.column, column.meaning, text, compound, unit))
    return ColumnMap(
        mapping.layout, tuple(columns), mapping.heading_row, mapping.first_row, mapping.delimiter, mapping.sheet,
        mapping.compound, mapping.skip,
    )  # fmt: skip


def grid_of(file: OpenedFile, mapping: ColumnMap) -> Grid:
    """The columns to map, with a few rows above and below the headings."""
    rows, before = table_rows(file, mapping)
    first = max(min(mapping.heading_row or mapping.first_row, len(rows)) - _ABOVE, 1)
    shown = [row for row in rows if row.number - before >= first][: ROWS_SHOWN + _ABOVE]
    width = max((len(row.cells) for row in rows[:2000]), default=0)
    heading = next((row.cells for row in rows if row.number - before == mapping.heading_row), ())
    mapped = {column.column: column for column in mapping.columns}
    count = min(width, MOST_COLUMNS)
    columns = []
    for place in range(1, count + 1):
        one = mapped.get(place)
        text = heading[place - 1].strip() if place <= len(heading) else ""
        meaning = "" if one is None else one.meaning.value
        compound = "" if one is None else one.compound
        columns.append(
            ShownColumn(place, column_letters(place), text, meaning, compound, mapping.layout is TableLayout.WIDE)
        )
    return Grid(
        columns,
        [
            ShownGridRow(
                row.number - before,
                [row.cells[place] if place < len(row.cells) else "" for place in range(count)],
                row.number - before == mapping.heading_row,
                row.number - before < mapping.first_row,
            )
            for row in shown
        ],
        width - count,
        [sheet.name for sheet in file.sheets],
    )


def mapping_texts(mapping: ColumnMap) -> dict[str, Any]:
    """The values of the plain fields."""
    return {
        "layout": mapping.layout.value,
        "sheet": mapping.sheet,
        "delimiter": mapping.delimiter.value,
        "heading_row": mapping.heading_row,
        "first_row": mapping.first_row,
        "compound": mapping.compound,
    }


MEANINGS: Final = tuple(ColumnMeaning)


def _rows_of_fields(form: Form, *names: str) -> list[tuple[str, ...]]:
    """Fields that are sent once for each row, empty ones too."""
    columns = ([v.strip() for v in form.data.getlist(name) if isinstance(v, str)] for name in names)
    return list(zip(*columns, strict=False))


def _fault(fault: Any) -> Any:
    """At the field of the form; a fault of one column says which."""
    place = fault["loc"]
    name = str(place[0]) if place else "columns"
    return schema_reason(f"field.{fault['type']}", fault, column_word(str(place[-1]) if place else name), Where(name))
