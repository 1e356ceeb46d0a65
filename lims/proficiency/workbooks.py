"""Results of a round as a workbook: the form of one participant, filled as far as it is, and all results with codes."""

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from openpyxl import Workbook

from lims.core.errors import BadInput, refuse_bad
from lims.core.formulas import keep_as_text
from lims.core.reasons import Reason, Where, reason
from lims.core.spreadsheets import Column, read_table
from lims.db.work import LimsSession
from lims.proficiency import queries
from lims.proficiency.evaluating import rows_of
from lims.proficiency.rules import Measurand
from lims.proficiency.schemas import ResultIn
from lims.proficiency.submissions import COLUMNS as ALL_COLUMNS
from lims.proficiency.tables import ProficiencyResult, ProficiencyRound
from lims.science.units import parse_unit
from lims.web.fields import DecimalText, Input
from lims.web.rows import Numbered, orders_of
from lims.web.texts import Text20, Text40, Text100

#: Of a participant's own table: no codes, one row for each value.
OWN_COLUMNS = tuple(
    one for one in ALL_COLUMNS if one.key in {"item", "analyte", "value", "unit", "uncertainty", "method", "replicate"}
)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def workbook_of(rows: Iterable[Mapping[str, str]], columns: Sequence[Column]) -> bytes:
    """Rows under Chinese headings, as text, so that no zero is lost."""
    book = Workbook()
    sheet = book.active
    if sheet is None:
        raise RuntimeError("a new workbook has a sheet")
    sheet.title = "结果"
    sheet.append([next(h for h in column.headings if not h.isascii()) for column in columns])
    for row in rows:
        sheet.append([row.get(column.key, "") for column in columns])
    for cells in sheet.iter_rows(min_row=2):
        for cell in cells:
            keep_as_text(cell)
    for letter in "ABCDEFGHIJK"[: len(columns)]:
        sheet.column_dimensions[letter].width = 20
    sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


class _Cells(Input):
    """One row of a participant's table."""

    item: Text20
    analyte: Text100
    value: Text40 | None = None
    unit: Text20
    uncertainty: DecimalText | None = None
    method: Text100 | None = None
    replicate: Text20 | None = None


def read_own_results(content: bytes, encoding: str, found: ProficiencyRound) -> list[ResultIn]:
    """The results in a participant's table; rows without a value are not filled in yet and are passed over.

    Raises `BadInput` with every fault: units other than asked for, uncertainties or methods that contradict each other.
    """
    rows, faults = orders_of(read_table(content, OWN_COLUMNS, encoding=encoding), OWN_COLUMNS, _Cells)
    units = {one.key: one.unit for one in map(Measurand.of, found.measurands)}
    groups: dict[tuple[str, str], list[Numbered[_Cells]]] = {}
    for row in rows:
        if row.order.value is not None:
            groups.setdefault((row.order.analyte, row.order.item), []).append(row)
            faults += _reasons_against_unit(row, units)
    results = [
        ResultIn(
            item=item,
            analyte=analyte,
            values=[row.order.value for row in group if row.order.value is not None][:10],
            uncertainty=_one(group, "uncertainty", faults),
            method=_one(group, "method", faults),
        )
        for (analyte, item), group in groups.items()
    ]
    if not results and not faults:
        raise BadInput(reason("round.table_empty", "There is no result in the table.", at=Where("file")))
    refuse_bad(faults)
    return results


def own_workbook(found: ProficiencyRound, results: Sequence[ProficiencyResult]) -> bytes:
    """The table of a participant: every value that is asked for, with what was handed in."""
    known = {(one.analyte, one.item): one for one in results}
    rows = []
    for one in map(Measurand.of, found.measurands):
        result = known.get(one.key)
        values = [] if result is None else result.replicates
        for place in range(found.replicates):
            rows.append(
                {
                    "item": one.item,
                    "analyte": one.analyte,
                    "value": values[place] if place < len(values) else "",
                    "unit": one.unit,
                    "uncertainty": ""
                    if result is None or result.uncertainty is None
                    else format(result.uncertainty, "f"),
                    "method": "" if result is None else result.method or "",
                    "replicate": str(place + 1),
                }
            )
    return workbook_of(rows, OWN_COLUMNS)


def whole_workbook(session: LimsSession, found: ProficiencyRound) -> bytes:
    """All results of a round with codes and what they are scored against: a table that the command can evaluate."""
    measurands = [Measurand.of(one) for one in found.measurands]
    return workbook_of(rows_of(queries.all_results(session, found), measurands), ALL_COLUMNS)


def _reasons_against_unit(row: Numbered[_Cells], units: Mapping[tuple[str, str], str]) -> list[Reason]:
    wanted = units.get((row.order.analyte, row.order.item))
    if wanted is None or parse_unit(row.order.unit, at=Where(row=row.row, column="unit")).value == wanted:
        return []
    sentence = "Row {row}: the round asks for {wanted_unit}, not {unit}."
    at = Where(row=row.row, column="unit")
    return [reason("round.other_unit", sentence, at=at, row=row.row, wanted_unit=wanted, unit=row.order.unit)]


def _one(group: Sequence[Numbered[_Cells]], name: str, faults: list[Reason]) -> Any:
    """What all rows of a result say; the rows after the first may leave it empty."""
    said = {getattr(row.order, name) for row in group} - {None}
    if len(said) > 1:
        sentence = "Rows of one result must not differ in {column}."
        at = Where(row=group[-1].row, column=name)
        faults.append(reason("round.rows_differ", sentence, at=at, column=name))
    return next(iter(said), None)
