"""Reads of the network."""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from sqlmodel import Session, col, select

from lims.core.errors import NotFound
from lims.db.parts import parts
from lims.network.rules import PROVINCE_CODE, Level, TargetKind, is_in_force, is_within, significant
from lims.network.tables import Laboratory, Region, RegionPopulation, Target


def region_by_code(session: Session, code: str) -> Region:
    """Raises `NotFound`."""
    region = session.exec(select(Region).where(Region.code == code)).one_or_none()
    if region is None:
        raise NotFound.of("region", code)
    return region


def regions_within(session: Session, code: str) -> Sequence[Region]:
    """The region and everything inside it, by code."""
    inside = col(Region.code).startswith(significant(code), autoescape=True)
    return session.exec(select(Region).where(inside).order_by(Region.code)).all()


def divisions(session: Session) -> Sequence[Region]:
    """The province, its prefectures and counties, by code; without what is smaller."""
    inside = col(Region.code).startswith(significant(PROVINCE_CODE), autoescape=True)
    return session.exec(select(Region).where(inside, Region.level != Level.TOWNSHIP).order_by(Region.code)).all()


def region_names(session: Session, codes: Iterable[str]) -> dict[str, str]:
    """The names of those of these regions that exist, by code."""
    found: dict[str, str] = {}
    for part in parts(set(codes)):
        found |= dict(session.exec(select(Region.code, Region.name).where(col(Region.code).in_(part))).all())
    return found


def populations(session: Session, codes: Iterable[str], day: date) -> dict[str, RegionPopulation]:
    """For each region the newest census figure not later than the year of `day`."""
    rows = session.exec(
        select(RegionPopulation)
        .where(col(RegionPopulation.region_code).in_(list(codes)), RegionPopulation.year <= day.year)
        .order_by(col(RegionPopulation.year))
    ).all()
    return {row.region_code: row for row in rows}


def laboratory_by_code(session: Session, code: str) -> Laboratory:
    """Raises `NotFound`."""
    laboratory = session.exec(select(Laboratory).where(Laboratory.code == code)).one_or_none()
    if laboratory is None:
        raise NotFound.of("laboratory", code)
    return laboratory


def laboratory_by_id(session: Session, laboratory_id: UUID | None) -> Laboratory:
    """Raises `NotFound`."""
    laboratory = session.get(Laboratory, laboratory_id) if laboratory_id else None
    if laboratory is None:
        raise NotFound.of("laboratory", laboratory_id)
    return laboratory


def laboratories(session: Session, within: str | None = None) -> Sequence[Laboratory]:
    """All laboratories, or those of a region, by code."""
    found = session.exec(select(Laboratory).order_by(Laboratory.code)).all()
    return [lab for lab in found if within is None or is_within(lab.region_code, within)]


def is_subordinate(session: Session, laboratory: Laboratory, superior_id: UUID) -> bool:
    """Whether the chain of superiors of a laboratory leads to `superior_id`."""
    above, seen = laboratory.superior_id, set[UUID]()
    while above is not None and above not in seen:
        if above == superior_id:
            return True
        seen.add(above)
        above = laboratory_by_id(session, above).superior_id
    return False


def targets_in_force(session: Session, day: date) -> Sequence[Target]:
    """All targets that count on a day, by code."""
    rows = session.exec(select(Target).order_by(col(Target.code))).all()
    return [t for t in rows if is_in_force(t.starts_on, t.ends_on, day)]


def target_in_force(session: Session, kind: TargetKind, day: date) -> Target | None:
    """The target of a kind that counts on a day: the one that started last."""
    rows = session.exec(select(Target).where(Target.kind == kind).order_by(col(Target.starts_on).desc())).all()
    return next((t for t in rows if is_in_force(t.starts_on, t.ends_on, day)), None)
