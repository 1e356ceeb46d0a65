"""Acts on lots."""

from uuid import UUID

from sqlmodel import select

from lims.core.clock import local_day
from lims.core.errors import Conflict, refuse_if
from lims.core.reasons import Reason, Where, reason
from lims.db.work import LimsSession, acting_person, check_version, own_laboratory, save
from lims.materials import queries
from lims.materials.rules import (
    Taken,
    reasons_not_to_prepare,
    reasons_not_to_register,
    reasons_of_future,
    reasons_of_strength,
    strength_made,
)
from lims.materials.schemas import ClosingIn, LotIn, OpeningIn, SolutionIn, SourceIn
from lims.materials.tables import Material, MaterialSource
from lims.science.units import UnitCode, UnitKind


def register_lot(session: LimsSession, order: LotIn) -> Material:
    """A lot that was bought. Raises `Conflict` when its number is taken, `RuleRefused` with every reason."""
    laboratory_id, person = own_laboratory(session), acting_person(session)
    _refuse_taken(session, laboratory_id, order.code)
    today = local_day(session.instant)
    refuse_if(
        [
            *reasons_not_to_register(order.kind, order.expires_on, order.received_on, order.opened_on, today),
            *reasons_of_strength(order.strength, order.strength_unit, order.strength_uncertainty, order.kind),
        ]
    )
    facts = {name: getattr(order, name) for name in LotIn.model_fields if name != "strength_unit"}
    unit = None if order.strength_unit is None else order.strength_unit.value
    return save(
        session,
        Material(
            laboratory_id=laboratory_id,
            **facts,
            strength_unit=unit,
            registered_by=person,
            registered_at=session.instant,
        ),
    )


def prepare_solution(session: LimsSession, order: SolutionIn) -> Material:
    """A solution of the own laboratory (标准溶液配制), prepared by the person at work.

    Raises `Conflict` when its number is taken, and `RuleRefused` with every reason: a source unknown, not in date on
    the day, or shorter-lived; no standard among the sources of a standard solution; no concentration.
    """
    laboratory_id, person = own_laboratory(session), acting_person(session)
    _refuse_taken(session, laboratory_id, order.code)
    found = queries.materials_named(session, {source.code for source in order.sources})
    refuse_if(_source_reasons(order.sources, found))
    taken = [Taken(queries.lot_of(found[s.code]), s.taken, s.unit) for s in order.sources]
    today = local_day(session.instant)
    strength, unit = order.strength, order.strength_unit
    if strength is None and order.final_volume_unit.kind is UnitKind.VOLUME:
        unit = unit or UnitCode.MG_PER_L
        strength = strength_made(taken, order.final_volume, order.final_volume_unit, unit)
        unit = unit if strength is not None else order.strength_unit
    refuse_if(
        [
            *reasons_not_to_prepare(order.kind, order.prepared_on, order.expires_on, taken, today),
            *reasons_of_strength(strength, unit, None, order.kind),
            *_volume_reasons(order),
        ]
    )
    solution = save(
        session,
        Material(
            laboratory_id=laboratory_id,
            code=order.code,
            kind=order.kind,
            name=order.name,
            strength=strength,
            strength_unit=None if unit is None else unit.value,
            storage=order.storage,
            expires_on=order.expires_on,
            prepared_on=order.prepared_on,
            prepared_by=person,
            final_volume=order.final_volume,
            final_volume_unit=order.final_volume_unit.value,
            preparation=order.preparation,
            registered_by=person,
            registered_at=session.instant,
        ),
    )
    sources = (
        MaterialSource(
            laboratory_id=laboratory_id,
            material_id=solution.id,
            source_id=found[source.code].id,
            taken=source.taken,
            taken_unit=source.unit.value,
        )
        for source in order.sources
    )
    save(session, *sources)
    return solution


def open_lot(session: LimsSession, code: str, order: OpeningIn) -> Material:
    """The day on which a lot was opened (开封); once only. Raises `NotFound`, `Conflict`, `RuleRefused`."""
    material = queries.material_by_code(session, code)
    check_version(material, order.version)
    reasons = reasons_of_future(order.opened_on, local_day(session.instant), "opened_on")
    if material.opened_on is not None:
        text = "It was opened on {opened} already."
        reasons.append(reason("material.open", text, at=Where("opened_on"), opened=material.opened_on.isoformat()))
    if material.received_on is not None and order.opened_on < material.received_on:
        text = "It was opened on {opened}, before it was received on {received}."
        said = {"opened": order.opened_on.isoformat(), "received": material.received_on.isoformat()}
        reasons.append(reason("material.opened_early", text, at=Where("opened_on"), **said))
    if material.prepared_on is not None:
        text = "A solution that was prepared here is in use from that day; it is not opened."
        reasons.append(reason("material.prepared_open", text, at=Where("opened_on")))
    refuse_if(reasons)
    material.opened_on = order.opened_on
    return save(session, material)


def close_lot(session: LimsSession, code: str, order: ClosingIn) -> Material:
    """A lot that is used up or must not be used any more. Raises `NotFound`, `Conflict`, `RuleRefused`."""
    material = queries.material_by_code(session, code)
    check_version(material, order.version)
    reasons = reasons_of_future(order.closed_on, local_day(session.instant), "closed_on")
    if material.closed_on is not None:
        text = "It was taken out of use on {closed} already."
        reasons.append(
            reason("material.closed_before", text, at=Where("closed_on"), closed=material.closed_on.isoformat())
        )
    refuse_if(reasons)
    material.closed_on = order.closed_on
    material.closed_reason = order.reason
    return save(session, material)


def _refuse_taken(session: LimsSession, laboratory_id: UUID, code: str) -> None:
    taken = select(Material.id).where(Material.laboratory_id == laboratory_id, Material.code == code)
    if session.exec(taken).first() is not None:
        raise Conflict(reason("material.code_taken", "There is a lot {code} already.", code=code, at=Where("code")))


def _source_reasons(sources: list[SourceIn], found: dict[str, Material]) -> list[Reason]:
    reasons = []
    for place, source in enumerate(sources):
        at = Where("sources", row=place + 1)
        if source.code not in found:
            text = "There is no lot {code} in this laboratory; register it first."
            reasons.append(reason("material.unknown", text, at=at, code=source.code))
        if source.code in {earlier.code for earlier in sources[:place]}:
            text = "The lot {code} stands there twice; add up what was taken of it."
            reasons.append(reason("material.source_twice", text, at=at, code=source.code))
    return reasons


def _volume_reasons(order: SolutionIn) -> list[Reason]:
    if order.final_volume > 0 and order.final_volume_unit.kind is UnitKind.VOLUME:
        return []
    text = "The final volume must be a volume above 0."
    return [reason("material.final_volume", text, at=Where("final_volume"))]
