"""The grid in which results are entered: the tests that wait, a row for each analyte, and what was typed as entries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError

from lims.accreditation import queries as accreditation
from lims.accreditation.tables import VerifiedMethod
from lims.core.errors import LimsError
from lims.core.reasons import Reason, Translate, Where, mark
from lims.core.record_words import column_word
from lims.core.schema_faults import schema_reason
from lims.core.spreadsheets import Row, parse_day
from lims.db.work import LimsSession
from lims.library.rules import Library
from lims.results import queries
from lims.results.findings import Written, read_finding, settled
from lims.results.progress import analytes_needed
from lims.results.rules import RESULT_UNIT
from lims.results.schemas import ResultEntry
from lims.results.views import Names
from lims.samples.tables import AssignedTest, Sample
from lims.science.rounding import plain
from lims.science.units import UnitCode, UnitKind, convert, parse_unit
from lims.web.grids import CellKind, GridColumn
from lims.web.rows import Numbered

#: So many rows are put into one grid; the rest comes when these are done.
MOST_ROWS: Final = 500
#: Units in which a content may be typed: those that convert into that of results.
UNITS: Final = tuple(unit.value for unit in UnitCode if unit.kind is UnitKind.MASS_FRACTION)
#: Where a fault of a schema or rule is shown, by the field that it names.
_COLUMNS: Final[Mapping[str, str]] = {
    "value": "found",
    "finding": "found",
    "detected": "found",
    "limit_of_quantification": "found",
    "limit_of_detection": "found",
    "unit": "unit",
    "analysed_on": "analysed_on",
    "remark": "remark",
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """An analyte of a test that has no result yet. The limits are in mg/kg; None: the laboratory has shown none."""

    sample: Sample
    test: AssignedTest
    analyte: str
    limit_of_quantification: Decimal | None
    limit_of_detection: Decimal | None

    @property
    def key(self) -> str:
        """Tells it from the others in a form."""
        return f"{self.test.parameter}|{self.analyte}"


@dataclass(frozen=True, slots=True)
class Common:
    """What counts for every row that says nothing else."""

    unit: str
    analysed_on: str


def columns_in(say: Translate) -> tuple[GridColumn, ...]:
    """The columns of the grid."""
    return (
        GridColumn("sample", say(mark("Blind code")), width=11, readonly=True, identifies=True),
        GridColumn("name", say(mark("Analyte")), width=20, readonly=True),
        GridColumn(
            "found",
            say(mark("Result")),
            known_as=("结果", "检测结果", "测定值", "Found"),
            width=13,
            example="0.013, <LOQ, ND",
        ),
        GridColumn("loq", say(mark("LOQ (mg/kg)")), width=9, readonly=True),
        GridColumn("lod", say(mark("LOD (mg/kg)")), width=9, readonly=True),
        GridColumn("food", say(mark("Food")), width=9, readonly=True),
        GridColumn("unit", say(mark("Other unit")), known_as=("单位", "Unit"), width=8, suggestions=UNITS),
        GridColumn("analysed_on", say(mark("Other day")), CellKind.DAY, known_as=("检测日期", "Analysed on"), width=11),
        GridColumn("remark", say(mark("Remark")), known_as=("备注",), width=22),
        GridColumn("parameter", "parameter", hidden=True, identifies=True),
        GridColumn("analyte", "analyte", hidden=True, identifies=True),
    )


def waiting_rows(
    session: LimsSession, library: Library, pairs: Sequence[tuple[Sample, AssignedTest]], day: date
) -> list[Waiting]:
    """The analytes that these tests still lack, with the limits that count on a day."""
    recorded = queries.recorded_analytes(session, {test.id for _, test in pairs})
    limits = _Limits(session, library, day)
    return [
        Waiting(sample, test, analyte, *limits.of(sample, test, analyte))
        for sample, test in pairs
        for analyte in analytes_needed(library, sample, test.parameter)
        if (test.id, analyte) not in recorded
    ]


class _Limits:
    """The verified limits of methods, each read once."""

    def __init__(self, session: LimsSession, library: Library, day: date) -> None:
        self.session = session
        self.library = library
        self.day = day
        self.known: dict[str, dict[str, list[VerifiedMethod]]] = {}
        self.converted: dict[UUID, tuple[Decimal, Decimal]] = {}

    def of(self, sample: Sample, test: AssignedTest, analyte: str) -> tuple[Decimal | None, Decimal | None]:
        """Both limits in mg/kg."""
        if test.method_code not in self.known:
            rows = accreditation.verified_methods(
                self.session, test.method_code, self.day, laboratory_id=sample.laboratory_id
            )
            by_analyte = self.known.setdefault(test.method_code, {})
            for row in rows:
                by_analyte.setdefault(row.analyte, []).append(row)
        path = self.library.foods.keys_around(sample.food)
        rows_of = self.known[test.method_code].get(analyte, [])
        found = accreditation.narrowest_limits(rows_of, analyte, path)
        return (None, None) if found is None else self._converted(found)

    def _converted(self, found: VerifiedMethod) -> tuple[Decimal, Decimal]:
        if found.id not in self.converted:
            unit = parse_unit(found.unit)
            self.converted[found.id] = (
                convert(found.limit_of_quantification, unit, RESULT_UNIT),
                convert(found.limit_of_detection, unit, RESULT_UNIT),
            )
        return self.converted[found.id]


def rows_for_grid(waiting: Sequence[Waiting], names: Names) -> list[dict[str, str]]:
    """The rows as the grid begins with them."""
    return [
        {
            "sample": one.sample.blind_code,
            "food": names.food(one.sample.food),
            "name": names.analyte(one.test, one.analyte),
            "loq": "" if one.limit_of_quantification is None else plain(one.limit_of_quantification),
            "lod": "" if one.limit_of_detection is None else plain(one.limit_of_detection),
            "parameter": one.test.parameter,
            "analyte": one.analyte,
        }
        for one in waiting
    ]


def entries_of(
    rows: Sequence[Row], waiting: Sequence[Waiting], common: Common, say: Translate
) -> tuple[list[Numbered[ResultEntry]], list[Reason]]:
    """What was typed as entries, and every fault of the others at its cell.

    A row without a result says nothing, whatever else stands in it. `waiting` gives the limits that `<0.01` is
    compared with; whether an entry may be made is for the service to say.
    """
    headings = {column.key: column.heading for column in columns_in(say)}
    limits = {(one.sample.blind_code, one.test.parameter, one.analyte): one for one in waiting}
    faults: list[Reason] = []
    entries: list[Numbered[ResultEntry]] = []
    for row in rows:
        if not row.cells.get("found"):
            continue
        key = (row.cells.get("sample", ""), row.cells.get("parameter", ""), row.cells.get("analyte", ""))
        found = _entry(row, common, limits.get(key), headings)
        if isinstance(found, list):
            faults += found
        else:
            entries.append(Numbered(found, row.number))
    return entries, faults


def at_cells(reasons: Sequence[Reason], say: Translate) -> list[Reason]:
    """Reasons of the service, which name fields, at the columns of the grid."""
    headings = {column.key: column.heading for column in columns_in(say)}
    return [
        why
        if why.where.row is None or why.where.column
        else replace(why, where=replace(why.where, column=headings.get(_COLUMNS.get(why.where.field or "", ""))))
        for why in reasons
    ]


def _entry(
    row: Row, common: Common, waiting: Waiting | None, headings: Mapping[str, str]
) -> ResultEntry | list[Reason]:
    def at(key: str) -> Where:
        return Where(row=row.number, column=headings[key])

    unit = row.cells.get("unit") or common.unit
    day = row.cells.get("analysed_on") or common.analysed_on
    written = _written(row, unit, waiting, at("found"), at("unit"))
    if isinstance(written, Reason):
        return [written]
    values: dict[str, Any] = {
        "sample": row.cells.get("sample", ""),
        "parameter": row.cells.get("parameter", ""),
        "analyte": row.cells.get("analyte", ""),
        "finding": written.finding,
        "detected": written.detected,
        "unit": unit,
        "analysed_on": (parse_day(day) or day) if day else None,
    }
    if written.value is not None:
        values["value"] = plain(written.value)
    if remark := row.cells.get("remark"):
        values["remark"] = remark
    try:
        return ResultEntry.model_validate(values)
    except ValidationError as error:
        return [_fault(fault, row.number, headings) for fault in error.errors()]


def _written(row: Row, unit: str, waiting: Waiting | None, at: Where, at_unit: Where) -> Written | Reason:
    written = read_finding(row.cells["found"], at)
    if isinstance(written, Reason) or written.bound is None:
        return written
    try:
        code = parse_unit(unit, at=at_unit)
        loq, lod = (
            None if limit is None else convert(limit, RESULT_UNIT, code)
            for limit in (
                (waiting.limit_of_quantification, waiting.limit_of_detection) if waiting is not None else (None, None)
            )
        )
    except LimsError as refusal:
        return refusal.reasons[0]
    return settled(written, loq, lod, at)


def _fault(fault: Any, row: int, headings: Mapping[str, str]) -> Reason:
    name = str(fault["loc"][0]) if fault["loc"] else ""
    heading = headings.get(_COLUMNS.get(name, name))
    where = Where(row=row, column=heading)
    return schema_reason(f"cell.{fault['type']}", fault, heading or column_word(name), where)
