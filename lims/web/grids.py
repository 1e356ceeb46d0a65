"""Tables that are typed or pasted into a page: what was sent as rows, and what is shown, with faults at their cells.

A grid travels in one field, `grid`: a JSON list with an object for each row, texts by column key. Without scripts it
is a text area, `grid_text`, with cells apart by tabs as spreadsheet programs copy them. Either way the rows come out
as those of a spreadsheet file do (`lims.core.spreadsheets.Row`) and go on to `orders_of`; a row's number is its place
in the grid, from 1.
"""

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from lims.core.errors import BadInput, refuse_bad
from lims.core.language import Language, translator
from lims.core.reasons import Reason, Where, reason
from lims.core.spreadsheets import LONGEST_CELL, Column, ColumnKind, Row, folded_heading
from lims.web.forms import Form

MOST_ROWS: Final = 1_000
#: Half of a character, which JSON can spell and neither a page nor a database can hold.
_HALF: Final = re.compile("[\ud800-\udfff]")
#: Texts by column key; as many as there are rows, the empty ones too.
Typed = list[dict[str, str]]


class CellKind(StrEnum):
    """What is typed into a cell."""

    TEXT = "text"
    DAY = "day"
    NUMBER = "number"
    CHOICE = "choice"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class GridColumn:
    """A column of a grid.

    `known_as` are further headings by which a pasted one is recognised. `options` are pairs of value and shown text,
    `words` other texts that mean a value. `suggestions` are offered in a text cell, and anything else may stand there.
    `lookup` is what the library is asked for while somebody types, `food` or `substance`; a page with one loads
    `f.lookup_scripts`. `width` is in characters. A `readonly` column is shown, a `hidden` one is not, both come back as
    they were given: whoever reads them looks up what they name and asks again whether it may be touched. Columns that
    `identify` tell rows that are fixed from each other: by them a draft finds its row again.
    """

    key: str
    heading: str
    kind: CellKind = CellKind.TEXT
    known_as: tuple[str, ...] = ()
    required: bool = False
    width: int = 12
    options: tuple[tuple[str, str], ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    suggestions: tuple[str, ...] = ()
    lookup: str = ""
    example: str = ""
    readonly: bool = False
    hidden: bool = False
    identifies: bool = False

    @property
    def is_typed(self) -> bool:
        """Whether somebody fills it in here."""
        return not (self.readonly or self.hidden)

    def is_meant_by(self, heading: str) -> bool:
        """Whether a heading of a pasted table or the column of a fault is this one."""
        folded = folded_heading(heading)
        return any(folded_heading(name) == folded for name in (self.key, self.heading, *self.known_as))


def grid_columns(
    columns: Sequence[Column], language: Language, widths: Mapping[str, int], numbers: Sequence[str] = ()
) -> tuple[GridColumn, ...]:
    """The columns of a spreadsheet as those of a grid, headed in the reader's language.

    `widths` are in characters by key; `numbers` are the keys of columns that hold numbers.
    """
    return tuple(
        GridColumn(
            column.key,
            _heading(column, language),
            CellKind.NUMBER if column.key in numbers else _KINDS[column.kind],
            known_as=column.headings,
            required=column.required,
            width=widths.get(column.key, 12),
            options=tuple(
                (value, word if language is Language.CHINESE else value.replace("_", " "))
                for word, value in column.choices.items()
            ),
            words=column.choices,
            example=column.example,
        )
        for column in columns
    )


def read_grid(form: Form, columns: Sequence[GridColumn], *, name: str = "grid") -> list[Row]:
    """The rows in which something was typed.

    Raises `BadInput` with every fault: nothing typed, too many rows, unknown columns, formulas, cells too long.
    """
    rows = _sent(form, columns, name)
    if len(rows) > MOST_ROWS:
        raise BadInput(
            reason(
                "table.too_long",
                "The table has {rows} rows; hand in at most {most} at once.",
                rows=len(rows),
                most=MOST_ROWS,
                at=Where(name),
            )
        )
    filled = [
        Row(number, {key: text for key, text in cells.items() if text})
        for number, cells in enumerate(rows, start=1)
        if any(cells.get(column.key) for column in columns if column.is_typed)
    ]
    if not filled:
        raise BadInput(reason("grid.empty", "The table is empty; fill in at least one row.", at=Where(name)))
    refuse_bad([fault for row in filled for fault in _faults(row, columns)])
    return filled


def typed_rows(form: Form, columns: Sequence[GridColumn], *, name: str = "grid") -> Typed:
    """What was sent, to be shown again with its faults; nothing when it cannot be read."""
    try:
        return _sent(form, columns, name)[:MOST_ROWS]
    except BadInput:
        return []


def _sent(form: Form, columns: Sequence[GridColumn], name: str) -> Typed:
    # Not `form.text`: it would strip the tab of an empty first cell.
    table, text = form.data.get(name), form.data.get(f"{name}_text")
    if isinstance(table, str) and table.strip():
        return _from_json(table, columns, name)
    return _from_text(text, columns, name) if isinstance(text, str) else []


def _from_json(table: str, columns: Sequence[GridColumn], name: str) -> Typed:
    try:
        rows = json.loads(table)
    except (ValueError, RecursionError) as error:
        raise _unreadable(name) from error
    keys = {column.key for column in columns}
    if not isinstance(rows, list) or not all(_is_row(row, keys) for row in rows):
        raise _unreadable(name)
    return [{key: text.strip() for key, text in row.items()} for row in rows]


def _is_row(row: Any, keys: set[str]) -> bool:
    return isinstance(row, dict) and keys.issuperset(row) and all(_is_text(text) for text in row.values())


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and not _HALF.search(value)


def _unreadable(name: str) -> BadInput:
    return BadInput(
        reason(
            "grid.unreadable",
            "The table did not arrive as it was sent; open the page again and send it anew.",
            at=Where(name),
        )
    )


def _from_text(text: str, columns: Sequence[GridColumn], name: str) -> Typed:
    """Cells apart by tabs; a cell with line breaks or tabs stands in quotation marks."""
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter="\t"))
    except csv.Error as error:
        raise _unreadable(name) from error
    if not any(any(map(str.strip, line)) for line in lines):
        return []
    shown = [column for column in columns if not column.hidden]
    order = _order(lines[0], columns)
    if order is None:
        order = [column.key for column in shown]
    else:
        refuse_bad([*_unknown(lines[0], order, shown, name), *_doubled(order, columns, name)])
        lines.pop(0)
    while lines and not any(map(str.strip, lines[-1])):
        lines.pop()
    _refuse_astray(lines, len(order), name)
    return [{key: cell.strip() for key, cell in zip(order, line, strict=False) if key} for line in lines]


def _order(line: Sequence[str], columns: Sequence[GridColumn]) -> list[str | None] | None:
    """The column of each heading, when the line is one of headings: at least two of its cells, and half of them."""
    keys = [next((c.key for c in columns if cell.strip() and c.is_meant_by(cell)), None) for cell in line]
    known, given = sum(key is not None for key in keys), sum(bool(cell.strip()) for cell in line)
    return keys if known and known >= min(2, given) and known * 2 >= given else None


def _unknown(
    headings: Sequence[str], order: Sequence[str | None], columns: Sequence[GridColumn], name: str
) -> list[Reason]:
    return [
        reason(
            "table.heading_unknown",
            "The heading “{heading}” is not known; allowed are {allowed}.",
            heading=heading.strip()[:60],
            allowed=", ".join(column.heading for column in columns),
            at=Where(name),
        )
        for heading, key in zip(headings, order, strict=True)
        if heading.strip() and key is None
    ]


def _doubled(order: Sequence[str | None], columns: Sequence[GridColumn], name: str) -> list[Reason]:
    return [
        reason(
            "table.heading_doubled",
            "The heading “{heading}” appears {times} times; once is right.",
            heading=column.heading,
            times=order.count(column.key),
            at=Where(name),
        )
        for column in columns
        if order.count(column.key) > 1
    ]


def _refuse_astray(lines: Sequence[Sequence[str]], width: int, name: str) -> None:
    refuse_bad(
        [
            reason(
                "table.cell_astray",
                "The cell “{text}” stands under no heading.",
                text=cell.strip()[:40],
                at=Where(name, row=number),
            )
            for number, line in enumerate(lines, start=1)
            for cell in line[width:]
            if cell.strip()
        ]
    )


def _faults(row: Row, columns: Sequence[GridColumn]) -> list[Reason]:
    faults = []
    for column in columns:
        text = row.cells.get(column.key, "")
        at = Where(row=row.number, column=column.heading)
        if text.startswith(("=", "@")):
            faults.append(
                reason("table.formula", "The cell “{text}” is a formula; write the value.", text=text[:40], at=at)
            )
        elif len(text) > LONGEST_CELL:
            faults.append(
                reason("table.cell_long", "The cell has more than {most} characters.", most=LONGEST_CELL, at=at)
            )
    return faults


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something is refused, and the id of the cell or field (empty: of none) that it is about."""

    anchor: str
    row: int | None
    column: str
    text: str


@dataclass(frozen=True, slots=True)
class GridView:
    """A grid as its template shows it. `rows_are_fixed`: they were given, none is added or taken away."""

    name: str
    columns: tuple[GridColumn, ...]
    rows: Typed
    problems: tuple[Problem, ...]
    rows_are_fixed: bool
    spare_rows: int

    @property
    def identity(self) -> list[str]:
        """The columns by which a fixed row is found again; all that are given, when none is said to identify."""
        return [c.key for c in self.columns if c.identifies] or [c.key for c in self.columns if not c.is_typed]

    @property
    def drawing(self) -> dict[str, Any]:
        """What the script builds the table of, as JSON."""
        return {
            "columns": [
                {
                    "key": c.key,
                    "heading": c.heading,
                    "names": [folded_heading(name) for name in (c.key, c.heading, *c.known_as)],
                    "kind": c.kind,
                    "required": c.required,
                    "width": c.width,
                    "options": c.options,
                    "words": dict(c.words),
                    "suggestions": c.suggestions,
                    "lookup": c.lookup,
                    "example": c.example,
                    "readonly": c.readonly,
                    "hidden": c.hidden,
                }
                for c in self.columns
            ],
            "rows": self.rows,
            "faults": [{"id": p.anchor, "text": p.text} for p in self.problems if p.anchor and p.row],
            "fixed": self.rows_are_fixed,
            "identity": self.identity,
            "spare": self.spare_rows,
            "most": MOST_ROWS,
            "longest": LONGEST_CELL,
        }

    @property
    def text(self) -> str:
        """The rows with their headings, cells apart by tabs, for who has no scripts."""
        if not self.rows:
            return ""
        shown = [column for column in self.columns if not column.hidden or self.rows_are_fixed]
        out = io.StringIO()
        writer = csv.writer(out, delimiter="\t", lineterminator="\n")
        writer.writerow([column.heading for column in shown])
        writer.writerows([row.get(column.key, "") for column in shown] for row in self.rows)
        return out.getvalue()


def grid_view(
    columns: Sequence[GridColumn],
    language: Language,
    rows: Sequence[Mapping[str, str]] = (),
    faults: Sequence[Reason] = (),
    *,
    name: str = "grid",
    rows_are_fixed: bool = False,
    spare_rows: int = 5,
) -> GridView:
    """A grid to be shown, with every fault at its cell, at its field, or above them all.

    `spare_rows` is how many empty rows it begins with, at least.
    """
    say = translator(language)
    problems = tuple(_problem(why.where, why.translated(say), columns, name) for why in faults)
    return GridView(name, tuple(columns), [dict(row) for row in rows], problems, rows_are_fixed, spare_rows)


def _problem(where: Where, text: str, columns: Sequence[GridColumn], name: str) -> Problem:
    if where.row is None:
        return Problem(f"f-{where.field}" if where.field else "", None, "", text)
    column = next((c for c in columns if where.column and c.is_meant_by(where.column)), None)
    if column is None or column.hidden:
        return Problem("", where.row, "", text)
    anchor = "" if column.readonly else f"{name}-{where.row}-{column.key}"
    return Problem(anchor, where.row, column.heading, text)


def _heading(column: Column, language: Language) -> str:
    english = next((heading for heading in column.headings if heading.isascii()), column.headings[0])
    return column.headings[0] if language is Language.CHINESE else english


_KINDS: Final = {
    ColumnKind.TEXT: CellKind.TEXT,
    ColumnKind.DAY: CellKind.DAY,
    ColumnKind.CHOICE: CellKind.CHOICE,
    ColumnKind.LIST: CellKind.LIST,
}
