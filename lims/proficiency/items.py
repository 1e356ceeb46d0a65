"""Homogeneity and stability of the items of a round (均匀性、稳定性检验), from tables of what was measured in them.

A design with a gap tests nothing: whatever is wrong in such a table refuses it whole.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np

from lims.core.errors import BadInput, LimsError
from lims.core.reasons import Reason, Where, reason
from lims.core.spreadsheets import Column, Row, read_table
from lims.proficiency.cells import read_unit, why_no_number
from lims.science.homogeneity import Homogeneity, Stability, homogeneity, stability
from lims.science.proficiency_setting import Assigned, AssignedBy, Choice, Given, Sigma, sigma_pt
from lims.science.robust import Floats, Robust
from lims.science.units import UnitCode, convert

COLUMNS: Final = (
    Column("analyte", ("analyte", "检测项目", "项目", "参数"), required=True, example="毒死蜱"),
    Column("bottle", ("bottle", "瓶号", "样品瓶", "单元"), required=True, example="07"),
    Column("value", ("value", "结果", "测定值"), required=True, example="0.125"),
    Column("unit", ("unit", "单位", "计量单位"), required=True, example="mg/kg"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Portions:
    """What was measured of an analyte: an array of the shape (bottles, portions), in one unit."""

    unit: UnitCode
    bottles: tuple[str, ...]
    values: Floats


@dataclass(frozen=True, slots=True)
class ItemCheck:
    """What the tests of one analyte found; `stability` is None where nothing was measured later."""

    analyte: str
    unit: UnitCode
    bottles: tuple[str, ...]
    sigma: float
    homogeneity: Homogeneity
    stability: Stability | None

    @property
    def is_fit(self) -> bool:
        """Homogeneous and, if it was tested, stable: by the plain or by the expanded criterion."""
        one, other = self.homogeneity, self.stability
        is_homogeneous = one.is_homogeneous or one.is_homogeneous_by_expanded
        return is_homogeneous and (other is None or other.is_stable or other.is_stable_by_expanded)


@dataclass(frozen=True, slots=True)
class ItemTables:
    """What was measured in the items, by analyte: at first and, for stability, later; with SHA-256 of the files."""

    first: Mapping[str, Portions]
    later: Mapping[str, Portions]
    sha256: tuple[str, ...]


def read_items(first: bytes, later: bytes | None) -> ItemTables:
    """The tables of a test of the items. Raises `BadInput` with every fault of a table."""
    files = [content for content in (first, later) if content is not None]
    return ItemTables(
        read_portions(first),
        {} if later is None else read_portions(later),
        tuple(hashlib.sha256(content).hexdigest() for content in files),
    )


def read_portions(content: bytes, *, encoding: str = "utf-8") -> dict[str, Portions]:
    """What was measured, by analyte. Raises `BadInput` with every fault."""
    rows = read_table(content, COLUMNS, encoding=encoding)
    faults: list[Reason] = []
    values: dict[str, dict[str, list[Decimal]]] = defaultdict(lambda: defaultdict(list))
    units: dict[str, UnitCode] = {}
    for row in rows:
        if (found := _value(row, units, faults)) is not None:
            values[row.cells["analyte"]][row.cells["bottle"]].append(found)
    for analyte, bottles in values.items():
        counts = {len(portions) for portions in bottles.values()}
        if len(counts) > 1:
            sentence = "{analyte}: every bottle must be measured equally often; some have {fewest}, some {most} values."
            said = {"analyte": analyte, "fewest": min(counts), "most": max(counts)}
            faults.append(reason("homogeneity.unequal", sentence, at=Where(column="bottle"), **said))
    if faults:
        raise BadInput(*faults)
    return {
        analyte: Portions(
            units[analyte], tuple(bottles), np.array([[float(v) for v in own] for own in bottles.values()])
        )
        for analyte, bottles in values.items()
    }


def check_items(first: Mapping[str, Portions], later: Mapping[str, Portions], choice: Choice) -> tuple[ItemCheck, ...]:
    """Homogeneity of what was measured first and, of analytes measured later too, stability.

    Raises `BadInput`: σ_pt cannot be set, too few bottles, single portions, an analyte that was not measured first.
    """
    faults: list[Reason] = []
    for analyte in later:
        if analyte not in first:
            sentence = "{analyte} was measured later, but is not in the first table."
            faults.append(reason("homogeneity.not_measured_first", sentence, analyte=analyte))
    checks = []
    for analyte, portions in first.items():
        try:
            checks.append(_check(analyte, portions, later.get(analyte), choice))
        except LimsError as refused:
            faults.extend(refused.reasons)
    if faults:
        raise BadInput(*faults)
    return tuple(checks)


def _check(analyte: str, first: Portions, later: Portions | None, choice: Choice) -> ItemCheck:
    mean = float(first.values.mean())
    sigma = sigma_pt(Given(), Robust(mean, 0.0), Assigned(mean, None, AssignedBy.GIVEN), first.unit, choice)
    if not isinstance(sigma, Sigma):
        raise BadInput(sigma)
    moved = None
    if later is not None:
        scale = float(convert(Decimal(1), later.unit, first.unit))
        moved = stability(first.values.mean(axis=1), later.values.mean(axis=1) * scale, sigma.value)
    return ItemCheck(analyte, first.unit, first.bottles, sigma.value, homogeneity(first.values, sigma.value), moved)


def _value(row: Row, units: dict[str, UnitCode], faults: list[Reason]) -> Decimal | None:
    """The value of a row in the unit that its analyte is first given in."""
    empty = [name for name in ("analyte", "bottle") if name not in row.cells]
    sentence = "Row {row}: the cell under {column} is empty."
    faults += [
        reason("proficiency.unnamed", sentence, row=row.number, column=name, at=Where(row=row.number, column=name))
        for name in empty
    ]
    text = row.cells.get("value", "")
    unit = read_unit(row.cells.get("unit", ""), row.number)
    wrong = [unit] if isinstance(unit, Reason) else []
    if why := why_no_number(text, row.number, None if isinstance(unit, Reason) else unit):
        wrong.append(why)
    faults += wrong
    if empty or wrong or isinstance(unit, Reason):
        return None
    try:
        return convert(Decimal(text), unit, units.setdefault(row.cells["analyte"], unit))
    except LimsError as refused:
        faults += refused.reasons
        return None
