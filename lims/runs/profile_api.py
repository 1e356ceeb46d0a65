"""JSON routes of import profiles."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from sqlmodel import col

from lims.core.actions import Action
from lims.db.work import LimsSession
from lims.equipment.tables import Instrument
from lims.people.queries import names_of
from lims.runs import profile_queries, profiles
from lims.runs.profile_schemas import (
    NewProfileIn,
    ProfileChangeIn,
    ProfileRetirementIn,
    ProfileVersionOut,
    StoredProfileDetail,
    StoredProfileOut,
)
from lims.runs.tables import ProfileVersion, StoredProfile
from lims.web.dependencies import ActorDep, LimsDep

router = APIRouter(prefix="/import-profiles")


@router.get("")
def import_profiles(
    lims: LimsDep,
    actor: ActorDep,
    instrument: Annotated[str | None, Query(max_length=40, examples=["LCMS-01"])] = None,
    retired: Annotated[bool, Query(description="Those that are used no more as well.")] = False,
) -> list[StoredProfileOut]:
    """The import profiles of the own laboratory with the version in use, by name."""
    with lims.read(actor, Action.RUN_READ) as session:
        query = profile_queries.profiles_with_version(session)
        if instrument is not None:
            query = query.where(Instrument.code == instrument)
        if not retired:
            query = query.where(col(StoredProfile.retired_at).is_(None))
        rows = session.exec(query.order_by(col(StoredProfile.name))).all()
        return [_shown(profile, found, version) for profile, found, version in rows]


@router.post("", status_code=201)
def make_profile(order: NewProfileIn, lims: LimsDep, actor: ActorDep) -> StoredProfileDetail:
    """A new import profile of an instrument, by an authorised technician or the quality manager."""
    with lims.work(actor, Action.PROFILE_SAVE, order.reason) as session:
        made = profiles.make_profile(
            session, order.instrument_code, order.name, order.profile.to_profile(), order.reason
        )
        return _detail(session, made)


@router.get("/{profile_id}")
def import_profile(profile_id: UUID, lims: LimsDep, actor: ActorDep) -> StoredProfileDetail:
    """An import profile with all its versions, the newest first."""
    with lims.read(actor, Action.RUN_READ) as session:
        return _detail(session, profile_queries.profile_by_id(session, profile_id))


@router.post("/{profile_id}/versions", status_code=201)
def change_profile(profile_id: UUID, order: ProfileChangeIn, lims: LimsDep, actor: ActorDep) -> StoredProfileDetail:
    """A new version of an import profile, with its reason; the versions before it stay."""
    with lims.work(actor, Action.PROFILE_SAVE, order.reason) as session:
        settings = order.profile.to_profile()
        changed = profiles.change_profile(session, profile_id, order.version, settings, order.reason, order.name)
        return _detail(session, changed)


@router.post("/{profile_id}/retire")
def retire_profile(profile_id: UUID, order: ProfileRetirementIn, lims: LimsDep, actor: ActorDep) -> StoredProfileDetail:
    """Use an import profile no more; its versions stay, for the runs that were read by them."""
    with lims.work(actor, Action.PROFILE_RETIRE, order.reason) as session:
        return _detail(session, profiles.retire_profile(session, profile_id, order.version, order.reason))


def _shown(profile: StoredProfile, instrument: Instrument, version: ProfileVersion) -> StoredProfileOut:
    return StoredProfileOut.model_validate(
        {**profile.model_dump(), "instrument_code": instrument.code, "settings": version.settings}
    )


def _detail(session: LimsSession, profile: StoredProfile) -> StoredProfileDetail:
    versions = profile_queries.versions_of(session, profile.id)
    instrument = session.get_one(Instrument, profile.instrument_id)
    names = names_of(session, {version.made_by for version in versions})
    runs = profile_queries.run_counts_of_versions(session, profile.id)
    return StoredProfileDetail.model_validate(
        {
            **profile.model_dump(),
            "instrument_code": instrument.code,
            "settings": versions[0].settings,
            "versions": [
                ProfileVersionOut.model_validate(
                    {**one.model_dump(), "made_by": names.get(one.made_by, ""), "runs": runs.get(one.id, 0)}
                )
                for one in versions
            ],
        }
    )
