"""Reads of import profiles."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, func, select

from lims.core.errors import NotFound
from lims.db.work import LimsSession
from lims.equipment.tables import Instrument
from lims.runs.tables import ProfileVersion, Run, StoredProfile, Worksheet


def profile_by_id(session: Session, profile_id: UUID) -> StoredProfile:
    """A profile that the actor may see. Raises `NotFound`."""
    found = session.exec(select(StoredProfile).where(StoredProfile.id == profile_id)).one_or_none()
    if found is None:
        raise NotFound.of("import profile", profile_id)
    return found


def versions_of(session: Session, profile_id: UUID) -> Sequence[ProfileVersion]:
    """Every version of a profile, the newest first."""
    return session.exec(
        select(ProfileVersion)
        .where(ProfileVersion.profile_id == profile_id)
        .order_by(col(ProfileVersion.number).desc())
    ).all()


def version_of(session: Session, profile: StoredProfile, number: int | None = None) -> ProfileVersion:
    """One version of a profile, the one in use unless another is named. Raises `NotFound`."""
    wanted = profile.latest if number is None else number
    found = session.exec(
        select(ProfileVersion).where(ProfileVersion.profile_id == profile.id, ProfileVersion.number == wanted)
    ).one_or_none()
    if found is None:
        raise NotFound.of("version of the import profile", wanted)
    return found


def version_of_laboratory(session: Session, laboratory_id: UUID, version_id: UUID) -> ProfileVersion:
    """A version by its id, of this laboratory. Raises `NotFound`."""
    found = session.exec(
        select(ProfileVersion).where(ProfileVersion.id == version_id, ProfileVersion.laboratory_id == laboratory_id)
    ).one_or_none()
    if found is None:
        raise NotFound.of("version of the import profile", version_id)
    return found


def profile_of_run(session: Session, run: Run) -> tuple[StoredProfile, ProfileVersion] | None:
    """The stored profile that a run was read by, in its version then; None where it was read by none."""
    if run.profile_version_id is None:
        return None
    return session.exec(
        select(StoredProfile, ProfileVersion)
        .join(ProfileVersion, col(ProfileVersion.profile_id) == col(StoredProfile.id))
        .where(ProfileVersion.id == run.profile_version_id)
    ).one()


def profiles_with_version(session: LimsSession) -> Any:
    """The profiles of the own laboratory with instrument and version in use, to be limited and ordered."""
    own = [session.actor.laboratory_id] if session.actor.laboratory_id is not None else []
    return (
        select(StoredProfile, Instrument, ProfileVersion)
        .join(Instrument, col(Instrument.id) == col(StoredProfile.instrument_id))
        .join(
            ProfileVersion,
            (col(ProfileVersion.profile_id) == col(StoredProfile.id))
            & (col(ProfileVersion.number) == col(StoredProfile.latest)),
        )
        .where(col(StoredProfile.laboratory_id).in_(own))
    )


def profiles_for(
    session: Session, laboratory_id: UUID, instrument_id: UUID
) -> Sequence[tuple[StoredProfile, ProfileVersion]]:
    """What a file of an instrument may be read by: profiles in use of its laboratory, the instrument's own first."""
    rows = session.exec(
        select(StoredProfile, ProfileVersion)
        .join(
            ProfileVersion,
            (col(ProfileVersion.profile_id) == col(StoredProfile.id))
            & (col(ProfileVersion.number) == col(StoredProfile.latest)),
        )
        .where(StoredProfile.laboratory_id == laboratory_id, col(StoredProfile.retired_at).is_(None))
        .order_by(col(StoredProfile.name))
    ).all()
    return sorted(rows, key=lambda pair: pair[0].instrument_id != instrument_id)


def last_used(session: Session, instrument_id: UUID) -> UUID | None:
    """The profile that the last file of an instrument was read by; None where it was read by none, or by no file."""
    latest = session.exec(
        select(Run.profile_version_id)
        .join(Worksheet, col(Worksheet.id) == col(Run.worksheet_id))
        .where(Worksheet.instrument_id == instrument_id)
        .order_by(col(Run.imported_at).desc())
        .limit(1)
    ).first()
    if latest is None:
        return None
    return session.exec(select(ProfileVersion.profile_id).where(ProfileVersion.id == latest)).one()


def run_counts(session: Session, profile_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many runs were read by profiles, whatever version of them."""
    return dict(
        session.exec(
            select(ProfileVersion.profile_id, func.count())
            .join(Run, col(Run.profile_version_id) == col(ProfileVersion.id))
            .where(col(ProfileVersion.profile_id).in_(profile_ids))
            .group_by(col(ProfileVersion.profile_id))
        ).all()
    )


def run_counts_of_versions(session: Session, profile_id: UUID) -> dict[UUID, int]:
    """How many runs were read by each version of a profile."""
    return dict(
        session.exec(
            select(ProfileVersion.id, func.count())
            .join(Run, col(Run.profile_version_id) == col(ProfileVersion.id))
            .where(ProfileVersion.profile_id == profile_id)
            .group_by(col(ProfileVersion.id))
        ).all()
    )
