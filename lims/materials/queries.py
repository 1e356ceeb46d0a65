"""Reads of lots."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlmodel import Session, col, or_, select

from lims.core.errors import NotFound
from lims.db.work import LimsSession
from lims.materials.rules import Lot, MaterialKind
from lims.materials.tables import Material, MaterialSource
from lims.science.units import UnitCode


def lot_of(material: Material) -> Lot:
    """What decides whether a lot may be used."""
    return Lot(
        code=material.code,
        kind=material.kind,
        expires_on=material.expires_on,
        available_on=material.prepared_on or material.received_on,
        opened_on=material.opened_on,
        closed_on=material.closed_on,
        strength=material.strength,
        strength_unit=None if material.strength_unit is None else UnitCode(material.strength_unit),
    )


def materials(session: LimsSession, kind: MaterialKind | None, limit: int, offset: int) -> Sequence[Material]:
    """The lots that the actor may see, by number."""
    query = select(Material).order_by(col(Material.code), col(Material.id))
    if kind is not None:
        query = query.where(Material.kind == kind)
    return session.exec(query.limit(limit).offset(offset)).all()


def material_by_code(session: LimsSession, code: str) -> Material:
    """A lot of the own laboratory by the number on its label. Raises `NotFound`."""
    found = materials_named(session, [code])
    if code not in found:
        raise NotFound.of("material", code)
    return found[code]


def material_by_key(session: LimsSession, key: str) -> Material:
    """A lot that the actor may see by its id, or one of the own laboratory by its number. Raises `NotFound`."""
    try:
        wanted = UUID(key)
    except ValueError:
        return material_by_code(session, key)
    found = session.exec(select(Material).where(Material.id == wanted)).one_or_none()
    if found is None:
        raise NotFound.of("material", key)
    return found


def materials_named(session: LimsSession, codes: Collection[str]) -> dict[str, Material]:
    """Lots of the own laboratory by their numbers, for each number that there is."""
    own = session.actor.laboratory_id
    rows = session.exec(select(Material).where(Material.laboratory_id == own, col(Material.code).in_(codes))).all()
    return {material.code: material for material in rows}


def materials_with(session: Session, ids: Collection[UUID]) -> dict[UUID, Material]:
    """Lots by id."""
    return {one.id: one for one in session.exec(select(Material).where(col(Material.id).in_(ids))).all()}


def usable_on(session: LimsSession, day: date, most: int) -> Sequence[Material]:
    """Lots of the own laboratory in date and not closed on a day, by kind, name and number; so many at most."""
    return session.exec(
        select(Material)
        .where(
            Material.laboratory_id == session.actor.laboratory_id,
            Material.expires_on >= day,
            or_(col(Material.closed_on).is_(None), col(Material.closed_on) >= day),
            or_(col(Material.opened_on).is_(None), col(Material.opened_on) <= day),
            or_(col(Material.received_on).is_(None), col(Material.received_on) <= day),
            or_(col(Material.prepared_on).is_(None), col(Material.prepared_on) <= day),
        )
        .order_by(col(Material.kind), col(Material.name), col(Material.code))
        .limit(most)
    ).all()


def expiring(session: LimsSession, until: date) -> Sequence[Material]:
    """Lots of the own laboratory in use that expire by a day or have expired, the first to expire first."""
    return session.exec(
        select(Material)
        .where(
            Material.laboratory_id == session.actor.laboratory_id,
            col(Material.closed_on).is_(None),
            Material.expires_on <= until,
        )
        .order_by(col(Material.expires_on), col(Material.code))
    ).all()


def sources_of(session: Session, ids: Collection[UUID]) -> Mapping[UUID, Sequence[tuple[MaterialSource, Material]]]:
    """What lots were made of, by the id of the lot; nothing for one that was bought."""
    rows = session.exec(
        select(MaterialSource, Material)
        .join(Material, col(Material.id) == col(MaterialSource.source_id))
        .where(col(MaterialSource.material_id).in_(ids))
        .order_by(col(Material.code))
    ).all()
    found: dict[UUID, list[tuple[MaterialSource, Material]]] = {}
    for source, material in rows:
        found.setdefault(source.material_id, []).append((source, material))
    return found


def made_of(session: Session, material_id: UUID) -> Sequence[Material]:
    """The solutions that were made of a lot, the newest first."""
    return session.exec(
        select(Material)
        .join(MaterialSource, col(MaterialSource.material_id) == col(Material.id))
        .where(MaterialSource.source_id == material_id)
        .order_by(col(Material.prepared_on).desc(), col(Material.code))
    ).all()


def with_all_made_of(session: Session, material_id: UUID) -> frozenset[UUID]:
    """A lot and every solution that was made of it, of that, and so on."""
    found, newest = {material_id}, {material_id}
    while newest:
        made = session.exec(
            select(MaterialSource.material_id).where(col(MaterialSource.source_id).in_(newest)).distinct()
        ).all()
        newest = set(made) - found
        found |= newest
    return frozenset(found)


def all_sources_of(session: Session, ids: Collection[UUID]) -> Mapping[UUID, Sequence[tuple[MaterialSource, Material]]]:
    """What lots were made of, what that was made of, and so on down to what was bought."""
    found: dict[UUID, Sequence[tuple[MaterialSource, Material]]] = {}
    newest = set(ids)
    while newest:
        level = sources_of(session, newest)
        found |= level
        newest = {lot.id for several in level.values() for _, lot in several} - found.keys()
    return found
