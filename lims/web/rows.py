"""Rows of a spreadsheet as inputs: the same schema as the JSON door, every fault at its row and column."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Literal, TypeVar

from fastapi import Query
from pydantic import BaseModel, ValidationError

from lims.core.reasons import Reason, Where, reason
from lims.core.schema_faults import schema_reason
from lims.core.spreadsheets import Column, Row, cell_value

M = TypeVar("M", bound=BaseModel)

#: The encoding of a text table; it is told, never guessed.
Encoding = Annotated[Literal["utf-8", "gb18030"], Query(description="Encoding of a CSV file; a workbook needs none.")]


@dataclass(frozen=True, slots=True)
class Numbered(Generic[M]):
    """An order and the row of the file that it came from (None: it came alone)."""

    order: M
    row: int | None = None


def orders_of(rows: Sequence[Row], columns: Sequence[Column], model: type[M]) -> tuple[list[Numbered[M]], list[Reason]]:
    """The rows that fit the schema, and the faults of the others."""
    by_key = {column.key: column for column in columns}
    orders: list[Numbered[M]] = []
    faults: list[Reason] = []
    for row in rows:
        wrong: list[Reason] = []
        values: dict[str, Any] = {
            key: cell_value(text, by_key[key], row.number, wrong) for key, text in row.cells.items()
        }
        try:
            order = model.model_validate(values)
        except ValidationError as error:
            known = {fault.where.column for fault in wrong}
            found = (_fault(fault, by_key, row.number) for fault in error.errors())
            wrong.extend(fault for fault in found if fault.where.column not in known)
        else:
            if not wrong:
                orders.append(Numbered(order, row.number))
        faults.extend(wrong)
    return orders, faults


def _fault(fault: Any, by_key: dict[str, Column], row: int) -> Reason:
    key = str(fault["loc"][0]) if fault["loc"] else ""
    heading = by_key[key].headings[0] if key in by_key else key
    at = Where(row=row, column=heading)
    if fault["type"] == "missing":
        return reason("cell.empty", "“{heading}” is empty; it needs a value.", heading=heading, at=at)
    return schema_reason(f"cell.{fault['type']}", fault, heading, at)
