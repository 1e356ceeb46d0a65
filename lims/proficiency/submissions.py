"""What participants handed in (结果提交表): a table becomes a round, and every row that cannot count says why.

Only what makes the whole table unreadable refuses it: a heading, a row without participant or analyte, or assigned
values that contradict each other. A result that is no number is left out, and the round goes on without it.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Final

import numpy as np

from lims.core.errors import BadInput, LimsError
from lims.core.reasons import Reason, Where, reason
from lims.core.spreadsheets import Column, Row, read_table
from lims.proficiency.cells import is_number, read_unit, why_no_number
from lims.science.proficiency import Measured, Round
from lims.science.proficiency_setting import Given
from lims.science.rounding import CALCULATION
from lims.science.units import UnitCode, convert, parse_unit

#: Enough for 1 000 participants with 100 results each.
MOST_ROWS: Final = 100_000
COLUMNS: Final = (
    Column(
        "participant", ("participant", "参加者", "参加者编号", "实验室", "实验室编号"), required=True, example="L01"
    ),
    Column("analyte", ("analyte", "检测项目", "项目", "参数"), required=True, example="毒死蜱"),
    Column("value", ("value", "结果", "检测结果", "测定值"), required=True, example="0.125"),
    Column("unit", ("unit", "单位", "计量单位"), required=True, example="mg/kg"),
    Column("item", ("item", "样品", "样品编号"), example="A"),
    Column("uncertainty", ("uncertainty", "扩展不确定度", "不确定度"), example="0.025"),
    Column("method", ("method", "方法", "检测方法"), example="GB 23200.113-2018"),
    Column("replicate", ("replicate", "平行", "平行号", "重复"), example="1"),
    Column("assigned_value", ("assigned_value", "指定值"), example="0.120"),
    Column("assigned_uncertainty", ("assigned_uncertainty", "指定值扩展不确定度", "指定值不确定度"), example="0.004"),
    Column("sigma_pt", ("sigma_pt", "能力评定标准差", "标准偏差"), example="0.026"),
)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row that does not count: where it stands, what was written, and why not."""

    row: int
    participant: str
    analyte: str
    item: str
    text: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Result:
    """What one participant found for one analyte in one item: the mean of its replicates, in the unit of the round."""

    participant: str
    method: str
    value: Decimal
    replicates: tuple[Decimal, ...]
    uncertainty: Decimal | None
    remarks: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Submissions:
    """A table of results: the round as it is calculated, and beside each of its analytes the results as handed in."""

    round: Round
    results: tuple[tuple[Result, ...], ...]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A row with a number and a unit."""

    row: int
    participant: str
    analyte: str
    item: str
    replicate: str
    method: str
    value: Decimal
    unit: UnitCode
    uncertainty: str

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What may occur only once."""
        return self.participant, self.analyte, self.item, self.replicate


def read_submissions(content: bytes, *, encoding: str = "utf-8") -> Submissions:
    """The results of a CSV file or workbook. Raises `BadInput` with every fault of the whole table."""
    return submissions_of(read_table(content, COLUMNS, encoding=encoding, most_rows=MOST_ROWS))


def submissions_of(rows: Sequence[Row]) -> Submissions:
    """The results of rows with the keys of `COLUMNS`. Raises `BadInput` with every fault of the whole table."""
    _refuse_unnamed(rows)
    left_out: list[LeftOut] = []
    entries = _without_doubles([entry for row in rows if (entry := _entry(row, left_out))], left_out)
    units = _units(entries)
    given = _given(rows, units)
    groups: dict[tuple[str, str], list[_Entry]] = defaultdict(list)
    for entry in entries:
        if entry.unit.kind is units[entry.analyte].kind:
            groups[entry.analyte, entry.item].append(entry)
        else:
            left_out.append(_left(entry, _other_kind(entry.unit, units[entry.analyte])))
    participants = tuple(dict.fromkeys(row.cells["participant"] for row in rows))
    places = {name: place for place, name in enumerate(participants)}
    measured, results = [], []
    for (analyte, item), found in groups.items():
        one, of_one = _measured(found, units[analyte], places, given.get((analyte, item), Given()))
        measured.append(one)
        results.append(of_one)
    left_out.sort(key=lambda one: one.row)
    return Submissions(Round(participants, tuple(measured)), tuple(results), tuple(left_out))


def _refuse_unnamed(rows: Sequence[Row]) -> None:
    sentence = "Row {row}: the cell under {column} is empty."
    faults = [
        reason("proficiency.unnamed", sentence, row=row.number, column=name, at=Where(row=row.number, column=name))
        for row in rows
        for name in ("participant", "analyte")
        if name not in row.cells
    ]
    if faults:
        raise BadInput(*faults)


def _entry(row: Row, left_out: list[LeftOut]) -> _Entry | None:
    """The row as a result; None when it is left out, and why is added."""
    cells = row.cells
    unit = read_unit(cells.get("unit", ""), row.number)
    text = cells.get("value", "")
    why = why_no_number(text, row.number, unit if isinstance(unit, UnitCode) else None)
    if isinstance(unit, Reason) or why:
        refused = why or unit
        if isinstance(refused, Reason):
            left_out.append(
                LeftOut(row.number, cells["participant"], cells["analyte"], cells.get("item", ""), text, refused)
            )
        return None
    return _Entry(
        row=row.number,
        participant=cells["participant"],
        analyte=cells["analyte"],
        item=cells.get("item", ""),
        replicate=cells.get("replicate", ""),
        method=cells.get("method", ""),
        value=Decimal(text),
        unit=unit,
        uncertainty=cells.get("uncertainty", ""),
    )


def _left(entry: _Entry, why: Reason) -> LeftOut:
    return LeftOut(entry.row, entry.participant, entry.analyte, entry.item, format(entry.value, "f"), why)


def _without_doubles(entries: list[_Entry], left_out: list[LeftOut]) -> list[_Entry]:
    """Nobody knows which of two rows counts: neither does."""
    rows: dict[tuple[str, str, str, str], list[int]] = defaultdict(list)
    for entry in entries:
        rows[entry.key].append(entry.row)
    kept = []
    for entry in entries:
        if len(same := rows[entry.key]) == 1:
            kept.append(entry)
            continue
        sentence = (
            "{participant} gave {analyte} more than once (rows {rows}), and it is not known which counts; number"
            " repeated measurements in the column replicate."
        )
        listed = ", ".join(map(str, same[:10]))
        at = Where(row=entry.row, column="participant")
        said = {"participant": entry.participant, "analyte": entry.analyte, "rows": listed}
        left_out.append(_left(entry, reason("proficiency.participant_twice", sentence, at=at, **said)))
    return kept


def _units(entries: Sequence[_Entry]) -> dict[str, UnitCode]:
    """The unit of each analyte: the one that most results are given in, the first among equals."""
    counted: dict[str, Counter[UnitCode]] = defaultdict(Counter)
    for entry in entries:
        counted[entry.analyte][entry.unit] += 1
    return {analyte: count.most_common(1)[0][0] for analyte, count in counted.items()}


def _other_kind(unit: UnitCode, wanted: UnitCode) -> Reason:
    return reason(
        "proficiency.unit_of_other_kind",
        "A result in {unit} cannot be compared with those in {wanted_unit}: the units measure different kinds of"
        " quantity.",
        unit=unit.value,
        wanted_unit=wanted.value,
    )


def _given(rows: Sequence[Row], units: dict[str, UnitCode]) -> dict[tuple[str, str], Given]:
    """What the table says of each analyte and item: the same in all its rows. Raises `BadInput`."""
    faults: list[Reason] = []
    said: dict[tuple[str, str], dict[str, dict[Decimal, int]]] = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        analyte, item = row.cells["analyte"], row.cells.get("item", "")
        for name in ("assigned_value", "assigned_uncertainty", "sigma_pt"):
            if name in row.cells and analyte in units:
                value = _setting(row, name, units[analyte], faults)
                if value is not None:
                    said[analyte, item][name].setdefault(value, row.number)
    for (analyte, _), settings in said.items():
        for name, values in settings.items():
            if len(values) > 1:
                first, second = list(values.values())[:2]
                sentence = "{analyte}: {column} of row {first} differs from that of row {second}; it must be one value."
                at = Where(row=second, column=name)
                told = {"analyte": analyte, "column": name, "first": first, "second": second}
                faults.append(reason("proficiency.setting_differs", sentence, at=at, **told))
    if faults:
        raise BadInput(*faults)
    return {
        key: Given(*(_only(settings.get(name)) for name in ("assigned_value", "assigned_uncertainty", "sigma_pt")))
        for key, settings in said.items()
    }


def _only(values: dict[Decimal, int] | None) -> float | None:
    return float(next(iter(values))) if values else None


def _setting(row: Row, name: str, unit: UnitCode, faults: list[Reason]) -> Decimal | None:
    text = row.cells[name]
    at = Where(row=row.number, column=name)
    if not is_number(text) or Decimal(text) < 0 or (Decimal(text) == 0 and name != "assigned_value"):
        sentence = "Row {row}, column {column}: “{text}” is not a number above 0."
        said = {"row": row.number, "column": name, "text": text[:40]}
        faults.append(reason("proficiency.setting_not_a_number", sentence, at=at, **said))
        return None
    try:
        return convert(Decimal(text), parse_unit(row.cells.get("unit", ""), at=at), unit).normalize()
    except LimsError as refused:
        faults.extend(refused.reasons)
        return None


def _measured(
    entries: Sequence[_Entry], unit: UnitCode, places: dict[str, int], given: Given
) -> tuple[Measured, tuple[Result, ...]]:
    by_participant: dict[str, list[_Entry]] = defaultdict(list)
    for entry in entries:
        by_participant[entry.participant].append(entry)
    # As many replicates as most participants gave; the larger of two equally common numbers.
    common = Counter(len(own) for own in by_participant.values())
    asked = max(common, key=lambda number: (common[number], number))
    results = tuple(_result(own, unit, asked) for own in by_participant.values())
    replicates = np.full((len(results), asked), np.nan)
    for number, result in enumerate(results):
        own = [float(value) for value in result.replicates[:asked]]
        replicates[number, : len(own)] = own
    return Measured(
        analyte=entries[0].analyte,
        item=entries[0].item,
        unit=unit,
        places=np.array([places[name] for name in by_participant], dtype=np.intp),
        values=np.array([float(result.value) for result in results]),
        expanded=np.array([np.nan if r.uncertainty is None else float(r.uncertainty) for r in results]),
        counts=~np.isnan(replicates).any(axis=1),
        figures=np.array(
            [max(len(entry.value.as_tuple().digits) for entry in own) for own in by_participant.values()], dtype=np.intp
        ),
        replicates=replicates,
        given=given,
        methods=tuple(result.method for result in results) if any(result.method for result in results) else (),
    ), results


def _result(entries: Sequence[_Entry], unit: UnitCode, asked: int) -> Result:
    values = tuple(convert(entry.value, entry.unit, unit) for entry in entries)
    remarks = []
    if len(values) < asked:
        sentence = "{count} of {asked} replicates are usable; the result is scored, but takes no part in the consensus."
        remarks.append(reason("proficiency.replicate_missing", sentence, count=len(values), asked=asked))
    uncertainty = _uncertainty(entries, unit)
    if isinstance(uncertainty, Reason):
        remarks.append(uncertainty)
    with localcontext(CALCULATION):
        mean = values[0] if len(values) == 1 else sum(values, Decimal(0)) / len(values)
    return Result(
        participant=entries[0].participant,
        method=entries[0].method,
        value=mean,
        replicates=values,
        uncertainty=uncertainty if isinstance(uncertainty, Decimal) else None,
        remarks=tuple(remarks),
    )


def _uncertainty(entries: Sequence[_Entry], unit: UnitCode) -> Decimal | Reason | None:
    """The expanded uncertainty of a result: one for all its replicates, above 0."""
    written = [entry for entry in entries if entry.uncertainty]
    if not written:
        return None
    for entry in written:
        text = entry.uncertainty
        if not is_number(text) or Decimal(text) <= 0:
            sentence = "Row {row}: the uncertainty “{text}” is not a number above 0 and is not used."
            at = Where(row=entry.row, column="uncertainty")
            return reason("proficiency.uncertainty_unusable", sentence, row=entry.row, text=text[:40], at=at)
    found = {convert(Decimal(entry.uncertainty), entry.unit, unit) for entry in written}
    if len(found) > 1:
        return reason(
            "proficiency.uncertainties_differ",
            "The replicates come with different uncertainties; the one of their mean is not known and none is used.",
        )
    return found.pop()
