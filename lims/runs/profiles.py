"""Acts on import profiles (导入配置). A change is a new version with its reason; the versions before it stay."""

from uuid import UUID

from sqlmodel import select

from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.errors import Conflict, NotFound, refuse_if
from lims.core.reasons import Reason, Where, reason
from lims.db.work import LimsSession, check_version, own_laboratory, save
from lims.equipment import queries as equipment
from lims.people import queries as people
from lims.people.tables import AuthorisationKind
from lims.runs import profile_queries
from lims.runs.column_map import mapping_faults
from lims.runs.file_units import unit_faults
from lims.runs.profile import ImportProfile
from lims.runs.service import own_laboratory_and_person
from lims.runs.tables import ProfileVersion, StoredProfile


def make_profile(
    session: LimsSession, instrument_code: str, name: str, settings: ImportProfile, why: str | None = None
) -> StoredProfile:
    """A new profile of an instrument of the own laboratory.

    Raises `NotFound` for the instrument, `Conflict` when the name is taken, `RuleRefused` with every reason.
    """
    laboratory_id, user_id = own_laboratory_and_person(session)
    instrument = equipment.instrument_by_code(session, instrument_code)
    refuse_if([*_reasons_not_to_save(session, user_id), *_faults(settings)])
    _refuse_taken(session, name)
    profile = save(session, StoredProfile(laboratory_id=laboratory_id, instrument_id=instrument.id, name=name))
    _keep(session, profile, user_id, settings, why)
    return profile


def change_profile(
    session: LimsSession,
    profile_id: UUID,
    expected: int | None,
    settings: ImportProfile,
    why: str,
    name: str | None = None,
) -> StoredProfile:
    """A new version of a profile. Raises `NotFound`, `Conflict`, `RuleRefused` with every reason."""
    _, user_id = own_laboratory_and_person(session)
    profile = _own(session, profile_id)
    check_version(profile, expected)
    before = profile_queries.version_of(session, profile)
    is_same = before.settings == settings.as_dict() and name in (None, profile.name)
    refuse_if(
        [
            *_reasons_not_to_save(session, user_id),
            *_retired(profile),
            *_reason_missing(why),
            *([_unchanged(before.number)] if is_same else []),
            *_faults(settings),
        ]
    )
    if name is not None and name != profile.name:
        _refuse_taken(session, name)
        profile.name = name
    profile.latest += 1
    save(session, profile)
    _keep(session, profile, user_id, settings, why)
    return profile


def retire_profile(session: LimsSession, profile_id: UUID, expected: int | None, why: str) -> StoredProfile:
    """Offer a profile for no further file. Raises `NotFound`, `Conflict`, `RuleRefused`."""
    _, user_id = own_laboratory_and_person(session)
    profile = _own(session, profile_id)
    check_version(profile, expected)
    refuse_if([*_reasons_not_to_save(session, user_id), *_retired(profile), *_reason_missing(why)])
    profile.retired_by = user_id
    profile.retired_at = session.instant
    profile.retired_reason = why
    return save(session, profile)


def usable_version(session: LimsSession, profile_id: UUID) -> ProfileVersion:
    """The version of a profile that files are read by now. Raises `NotFound`, `RuleRefused` for a retired one."""
    profile = _own(session, profile_id)
    refuse_if(_retired(profile))
    return profile_queries.version_of(session, profile)


def _own(session: LimsSession, profile_id: UUID) -> StoredProfile:
    profile = profile_queries.profile_by_id(session, profile_id)
    if profile.laboratory_id != own_laboratory(session):
        raise NotFound.of("import profile", profile_id)
    return profile


def _keep(
    session: LimsSession, profile: StoredProfile, user_id: UUID, settings: ImportProfile, why: str | None
) -> None:
    save(
        session,
        ProfileVersion(
            laboratory_id=profile.laboratory_id,
            profile_id=profile.id,
            number=profile.latest,
            settings=settings.as_dict(),
            reason=why or None,
            made_by=user_id,
            made_at=session.instant,
        ),
    )


def _faults(settings: ImportProfile) -> list[Reason]:
    return [
        *unit_faults(settings.concentration_unit),
        *([] if settings.mapping is None else mapping_faults(settings.mapping)),
    ]


def _reasons_not_to_save(session: LimsSession, user_id: UUID) -> list[Reason]:
    """How files are read decides numbers: by who answers for the instruments, or works by some method of their own."""
    if session.actor.may(Action.EQUIPMENT_EDIT):
        return []
    if people.subjects_of(session, user_id, AuthorisationKind.METHOD, local_day(session.instant)):
        return []
    said = "{name} is authorised for no method today; import profiles are saved by authorised technicians."
    return [reason("profile.not_authorised", said, name=session.actor.name)]


def _refuse_taken(session: LimsSession, name: str) -> None:
    taken = select(StoredProfile.id).where(
        StoredProfile.laboratory_id == own_laboratory(session), StoredProfile.name == name
    )
    if session.exec(taken).first() is not None:
        said = "There is an import profile {name} already; choose another name, or change that one."
        raise Conflict(reason("profile.name_taken", said, at=Where(field="name"), name=name))


def _retired(profile: StoredProfile) -> list[Reason]:
    if profile.retired_at is None:
        return []
    return [reason("profile.retired", "The import profile {name} is retired.", name=profile.name)]


def _reason_missing(why: str) -> list[Reason]:
    if why.strip():
        return []
    said = "Write why: it stays beside the version."
    return [reason("profile.reason_missing", said, at=Where(field="reason"))]


def _unchanged(number: int) -> Reason:
    return reason("profile.unchanged", "Nothing here differs from version {number}.", number=number)
