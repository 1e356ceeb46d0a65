"""Reads of people."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session, col, func, select

from lims.core.actions import Role
from lims.core.errors import NotFound
from lims.network.rules import is_in_force
from lims.network.tables import Laboratory
from lims.people.sign_in_tables import Passkey, PasskeyUse, RecoveryCode, SessionUse, Totp, WebSession
from lims.people.tables import ApiToken, Authorisation, AuthorisationKind, User, UserRole


def user_by_name(session: Session, username: str) -> User | None:
    """The user of that name whom the session may see."""
    return session.exec(select(User).where(User.username == username)).one_or_none()


def user_signing_in(session: Session, username: str) -> User | None:
    """The user of a name as a stranger typed it. What cannot be a name is not looked up: a database may choke on it."""
    if not (username.isascii() and username.isprintable()):
        return None
    return user_by_name(session, username)


def known_user(session: Session, username: str) -> User:
    """The user of that name whom the session may see. Raises `NotFound`."""
    user = user_by_name(session, username)
    if user is None:
        raise NotFound.of("user", username)
    return user


def roles_of(session: Session, user_id: UUID) -> frozenset[Role]:
    """The roles of a user."""
    return frozenset(row.role for row in session.exec(select(UserRole).where(UserRole.user_id == user_id)).all())


def users(session: Session) -> Sequence[User]:
    """The users whom the session may see, by name."""
    return session.exec(select(User).order_by(col(User.username))).all()


def roles_by_user(session: Session) -> dict[UUID, frozenset[Role]]:
    """The roles of everybody whom the session may see; for lists."""
    found: dict[UUID, frozenset[Role]] = {}
    for user_id, role in session.exec(select(UserRole.user_id, UserRole.role)).all():
        found[user_id] = found.get(user_id, frozenset()) | {Role(role)}
    return found


def active_administrators(session: Session, laboratory_id: UUID) -> set[UUID]:
    """Who can look after the accounts of a laboratory."""
    query = (
        select(User.id)
        .join(UserRole, col(UserRole.user_id) == User.id)
        .where(User.laboratory_id == laboratory_id, col(User.is_active), UserRole.role == Role.ADMINISTRATOR)
    )
    return set(session.exec(query).all())


def names_of(session: Session, user_ids: set[UUID]) -> dict[UUID, str]:
    """Full names by id."""
    rows = session.exec(select(User.id, User.full_name).where(col(User.id).in_(user_ids))).all()
    return dict(rows)


def is_authorised(session: Session, user_id: UUID, kind: AuthorisationKind, subject: str, day: date) -> bool:
    """Whether a person is authorised for a method, or as a signatory for a field, on a day."""
    return not subjects_of(session, user_id, kind, day).isdisjoint((subject, "*"))


def subjects_of(session: Session, user_id: UUID, kind: AuthorisationKind, day: date) -> frozenset[str]:
    """The methods a person is authorised for on a day, or the fields they may sign for (授权签字领域); "*" is all."""
    rows = session.exec(select(Authorisation).where(Authorisation.user_id == user_id, Authorisation.kind == kind)).all()
    return frozenset(a.subject for a in rows if is_in_force(a.starts_on, a.ends_on, day))


def authorisations_of(session: Session, user_id: UUID) -> Sequence[Authorisation]:
    """Every authorisation of a person, ended ones too, the newest first."""
    query = select(Authorisation).where(Authorisation.user_id == user_id)
    return session.exec(query.order_by(col(Authorisation.starts_on).desc(), col(Authorisation.subject))).all()


def totp_of(session: Session, user_id: UUID, *, confirmed: bool = True) -> Totp | None:
    """The one-time codes of a person: those in force, or also those being set up."""
    totp = session.exec(select(Totp).where(Totp.user_id == user_id)).one_or_none()
    return None if totp is None or (confirmed and totp.confirmed_at is None) else totp


def recovery_codes_left(session: Session, user_id: UUID) -> Sequence[RecoveryCode]:
    """The recovery codes that still serve."""
    query = select(RecoveryCode).where(RecoveryCode.user_id == user_id, col(RecoveryCode.used_at).is_(None))
    return session.exec(query).all()


def passkeys_of(session: Session, user_id: UUID) -> Sequence[tuple[Passkey, PasskeyUse]]:
    """The passkeys of a person with their use, the oldest first."""
    return session.exec(
        select(Passkey, PasskeyUse)
        .join(PasskeyUse, col(PasskeyUse.passkey_id) == Passkey.id)
        .where(Passkey.user_id == user_id)
        .order_by(col(Passkey.registered_at))
    ).all()


def open_sessions_of(session: Session, user_id: UUID, now: datetime) -> Sequence[tuple[WebSession, SessionUse]]:
    """Where a person is signed in: neither ended nor over, the last used first. The idle limit is not looked at."""
    return session.exec(
        select(WebSession, SessionUse)
        .join(SessionUse, col(SessionUse.session_id) == WebSession.id)
        .where(WebSession.user_id == user_id, col(WebSession.ended_at).is_(None), col(WebSession.expires_at) > now)
        .order_by(col(SessionUse.used_at).desc())
    ).all()


def usable_tokens_of(session: Session, user_id: UUID, now: datetime) -> Sequence[ApiToken]:
    """The API tokens of a person that are neither revoked nor over, the one that lives longest first."""
    query = select(ApiToken).where(
        ApiToken.user_id == user_id, col(ApiToken.revoked_at).is_(None), col(ApiToken.expires_at) > now
    )
    return session.exec(query.order_by(col(ApiToken.expires_at).desc())).all()


def last_sign_ins(session: Session, user_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """When people last signed in on a page; those who never did are left out."""
    query = (
        select(WebSession.user_id, func.max(col(WebSession.opened_at)))
        .where(col(WebSession.user_id).in_(user_ids))
        .group_by(col(WebSession.user_id))
    )
    return dict(session.exec(query).all())


def second_factors(session: Session, user_ids: Collection[UUID]) -> tuple[set[UUID], set[UUID]]:
    """Who of these people has one-time codes in force, and who has a passkey."""
    with_codes = select(Totp.user_id).where(col(Totp.user_id).in_(user_ids), col(Totp.confirmed_at).is_not(None))
    with_passkeys = select(Passkey.user_id).where(col(Passkey.user_id).in_(user_ids))
    return set(session.exec(with_codes).all()), set(session.exec(with_passkeys).all())


def working_laboratories(session: Session) -> Sequence[Laboratory]:
    """The laboratories that work in this installation, those with users, by code."""
    owners = select(User.laboratory_id).distinct()
    return session.exec(select(Laboratory).where(col(Laboratory.id).in_(owners)).order_by(Laboratory.code)).all()
