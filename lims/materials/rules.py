"""Pure decisions about lots: what they are worth on a day, how they are prepared, and when they may be used."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from lims.core.reasons import Reason, Where, reason
from lims.science.rounding import round_significant
from lims.science.units import UnitCode, UnitKind, factor

#: A new lot is ordered, or a solution made anew, weeks ahead; from here on people are told.
SOON = timedelta(days=30)
#: Figures of a calculated concentration: as many as a certificate of a reference material shows.
_FIGURES = 4


class MaterialKind(StrEnum):
    """What a lot is: 标准物质, 标准储备溶液, 标准中间溶液, 标准工作溶液, 试剂, 耗材."""

    REFERENCE_MATERIAL = "reference_material"
    STOCK_SOLUTION = "stock_solution"
    INTERMEDIATE_SOLUTION = "intermediate_solution"
    WORKING_SOLUTION = "working_solution"
    REAGENT = "reagent"
    CONSUMABLE = "consumable"


#: What a calibration is traced to (GB/T 27025-2019, 6.5): a certified material or a solution of it.
STANDARDS = frozenset(
    {
        MaterialKind.REFERENCE_MATERIAL,
        MaterialKind.STOCK_SOLUTION,
        MaterialKind.INTERMEDIATE_SOLUTION,
        MaterialKind.WORKING_SOLUTION,
    }
)
#: What the laboratory may make itself; a mixed reagent is a reagent.
PREPARED = STANDARDS - {MaterialKind.REFERENCE_MATERIAL} | {MaterialKind.REAGENT}


#: As people reach for them at the bench: what is used every day first.
BENCH_ORDER = (
    MaterialKind.WORKING_SOLUTION,
    MaterialKind.INTERMEDIATE_SOLUTION,
    MaterialKind.STOCK_SOLUTION,
    MaterialKind.REFERENCE_MATERIAL,
    MaterialKind.REAGENT,
    MaterialKind.CONSUMABLE,
)


class LotState(StrEnum):
    """What a lot is worth on a day."""

    IN_DATE = "in_date"
    EXPIRES_SOON = "expires_soon"
    EXPIRED = "expired"
    CLOSED = "lot_closed"


@dataclass(frozen=True, slots=True)
class Lot:
    """What decides whether a lot may be used: its number, the days between which it may, and how strong it is.

    `available_on`: the day it was received or prepared; None when nobody wrote it down.
    """

    code: str
    kind: MaterialKind
    expires_on: date
    available_on: date | None = None
    opened_on: date | None = None
    closed_on: date | None = None
    strength: Decimal | None = None
    strength_unit: UnitCode | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """How much of a lot went into a solution."""

    lot: Lot
    amount: Decimal
    unit: UnitCode


def state_on(expires_on: date, closed_on: date | None, day: date) -> LotState:
    """What a lot with this last day is worth on a day; a closed lot (用完或停用) is no longer asked for its expiry."""
    if closed_on is not None and closed_on <= day:
        return LotState.CLOSED
    if expires_on < day:
        return LotState.EXPIRED
    return LotState.EXPIRES_SOON if expires_on - day <= SOON else LotState.IN_DATE


def reasons_not_to_use(lot: Lot, day: date, field: str = "materials") -> list[Reason]:
    """Why a lot may not be used on a day; none when it may (GB/T 27025-2019, 6.4 and 6.5)."""
    at, reasons = Where(field), []
    said = {"code": lot.code, "day": day.isoformat()}
    if lot.expires_on < day:
        text = "The lot {code} was valid until {until}; on {day} it may not be used."
        reasons.append(reason("material.expired", text, at=at, until=lot.expires_on.isoformat(), **said))
    if lot.closed_on is not None and lot.closed_on < day:
        text = "The lot {code} was used up or taken out of use on {closed}; on {day} it was not there any more."
        reasons.append(reason("material.closed", text, at=at, closed=lot.closed_on.isoformat(), **said))
    begun = max((d for d in (lot.available_on, lot.opened_on) if d is not None), default=None)
    if begun is not None and begun > day:
        text = "The lot {code} was received, prepared or opened only on {begun}, after {day}."
        reasons.append(reason("material.not_yet", text, at=at, begun=begun.isoformat(), **said))
    return reasons


def reasons_not_to_register(
    kind: MaterialKind, expires_on: date, received_on: date | None, opened_on: date | None, today: date
) -> list[Reason]:
    """Why a lot that was bought may not be registered like this."""
    reasons = []
    if kind in STANDARDS - {MaterialKind.REFERENCE_MATERIAL}:
        text = (
            "A solution that was bought is a reference material; one that was made here is prepared from its sources."
        )
        reasons.append(reason("material.kind_prepared", text, at=Where("kind")))
    if received_on is not None and received_on > expires_on:
        text = "It was received on {received}, after its last day {until}."
        said = {"received": received_on.isoformat(), "until": expires_on.isoformat()}
        reasons.append(reason("material.received_expired", text, at=Where("expires_on"), **said))
    if received_on is not None and opened_on is not None and opened_on < received_on:
        text = "It was opened on {opened}, before it was received on {received}."
        said = {"opened": opened_on.isoformat(), "received": received_on.isoformat()}
        reasons.append(reason("material.opened_early", text, at=Where("opened_on"), **said))
    reasons += reasons_of_future(received_on, today, "received_on")
    return reasons + reasons_of_future(opened_on, today, "opened_on")


def reasons_of_future(day: date | None, today: date, field: str) -> list[Reason]:
    """What has been done cannot have been done after today."""
    if day is None or day <= today:
        return []
    return [reason("material.future", "{day} is still to come; today is {today}.", at=Where(field),
                   day=day.isoformat(), today=today.isoformat())]  # fmt: skip


def reasons_of_strength(
    strength: Decimal | None, unit: UnitCode | None, uncertainty: Decimal | None, kind: MaterialKind
) -> list[Reason]:
    """A purity is a share, a concentration an amount in a volume or mass; neither is a number without a unit."""
    at, reasons = Where("strength"), []
    if (strength is None) != (unit is None):
        text = "Give the concentration or purity together with its unit."
        reasons.append(reason("material.strength_half", text, at=at))
    elif unit is not None and unit.kind not in _STRENGTHS:
        text = "{unit} is no unit of a concentration or purity; use % or, for example, mg/L."
        reasons.append(reason("material.strength_unit", text, at=Where("strength_unit"), unit=unit.value))
    if strength is not None and (strength <= 0 or (unit is UnitCode.PERCENT and strength > 100)):
        text = "{strength} cannot be a concentration or purity."
        reasons.append(reason("material.strength_impossible", text, at=at, strength=strength))
    if uncertainty is not None and (strength is None or not 0 < uncertainty < strength):
        text = "The uncertainty must be above 0 and smaller than the value that it belongs to."
        reasons.append(reason("material.uncertainty", text, at=Where("strength_uncertainty")))
    if kind in STANDARDS and strength is None and unit is None:
        text = (
            "A reference material or standard solution needs its concentration or purity: copy it from its "
            "certificate, or give that of the solution."
        )
        reasons.append(reason("material.strength_missing", text, at=at))
    return reasons


_STRENGTHS = frozenset({UnitKind.MASS_CONCENTRATION, UnitKind.MASS_FRACTION, UnitKind.RATIO})


def reasons_not_to_prepare(
    kind: MaterialKind, prepared_on: date, expires_on: date, sources: Sequence[Taken], today: date
) -> list[Reason]:
    """Why a solution may not be prepared like this: what it is made of must be in date, and it lives no longer."""
    reasons = reasons_of_future(prepared_on, today, "prepared_on")
    if kind not in PREPARED:
        text = "Only solutions and reagents are prepared here; register what was bought as a lot."
        reasons.append(reason("material.not_prepared", text, at=Where("kind")))
    if expires_on < prepared_on:
        text = "It would be valid until {until}, before it was prepared on {prepared}."
        said = {"until": expires_on.isoformat(), "prepared": prepared_on.isoformat()}
        reasons.append(reason("material.expires_early", text, at=Where("expires_on"), **said))
    if kind in STANDARDS and not any(taken.lot.kind in STANDARDS for taken in sources):
        text = "Name the reference material or standard solution that it is made of, or nothing can be traced to it."
        reasons.append(reason("material.untraced", text, at=Where("sources")))
    for taken in sources:
        reasons += reasons_not_to_use(taken.lot, prepared_on, "sources")
        if taken.amount <= 0 or taken.unit.kind not in {UnitKind.MASS, UnitKind.VOLUME}:
            text = "Of {code} a mass or a volume above 0 must have been taken."
            reasons.append(reason("material.taken", text, at=Where("sources"), code=taken.lot.code))
        if taken.lot.kind in STANDARDS and taken.lot.expires_on < expires_on:
            text = "It would be valid until {until}, longer than {code}, which it is made of ({last})."
            said = {"until": expires_on.isoformat(), "code": taken.lot.code, "last": taken.lot.expires_on.isoformat()}
            reasons.append(reason("material.outlives_source", text, at=Where("expires_on"), **said))
    return reasons


def strength_made(sources: Sequence[Taken], volume: Decimal, volume_unit: UnitCode, unit: UnitCode) -> Decimal | None:
    """The concentration of a solution: what was taken of its one standard, in the final volume.

    A volume of a solution counts with its concentration, a mass of a pure material with its purity. None where it does
    not follow: from no standard or several, or where a strength is missing.
    """
    standards = [taken for taken in sources if taken.lot.kind in STANDARDS]
    if len(standards) != 1 or unit.kind is not UnitKind.MASS_CONCENTRATION or volume <= 0:
        return None
    taken = standards[0]
    strength, of = taken.lot.strength, taken.lot.strength_unit
    if strength is None or of is None:
        return None
    match of.kind, taken.unit.kind:
        case UnitKind.MASS_CONCENTRATION, UnitKind.VOLUME:
            milligrams = strength * factor(of, UnitCode.MG_PER_L) * taken.amount * factor(taken.unit, UnitCode.L)
        case UnitKind.RATIO, UnitKind.MASS:
            share = strength / 100 if of is UnitCode.PERCENT else strength
            milligrams = share * taken.amount * factor(taken.unit, UnitCode.MG)
        case UnitKind.MASS_FRACTION, UnitKind.MASS:
            milligrams = strength * factor(of, UnitCode.MG_PER_KG) * taken.amount * factor(taken.unit, UnitCode.KG)
        case _:
            return None
    litres = volume * factor(volume_unit, UnitCode.L)
    return round_significant(milligrams / litres * factor(UnitCode.MG_PER_L, unit), _FIGURES)
