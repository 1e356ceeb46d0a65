"""Acts on people: accounts, tokens, authorisations, and finding out who is asking."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlmodel import col, select

from lims.core.actions import Action, Role
from lims.core.actors import Actor, system_actor
from lims.core.errors import Conflict, NotFound, Unauthenticated, refuse_if
from lims.core.reasons import reason
from lims.db.work import LimsSession, save
from lims.network import queries as network
from lims.people import queries
from lims.people.rules import (
    reasons_against_password,
    reasons_against_region,
    reasons_against_roles,
    token_is_usable,
)
from lims.people.tables import ApiToken, Authorisation, AuthorisationKind, User, UserRole
from lims.runtime import Lims

_HASHER = PasswordHasher()
#: Verified when nobody has the name, so that the answer takes as long.
_NOBODY = _HASHER.hash(secrets.token_urlsafe(16))
_WRONG = reason("sign_in.wrong", "User name or password is wrong.")


@dataclass(frozen=True, slots=True)
class UserOrder:
    """Who a new user is."""

    username: str
    full_name: str
    password: str
    roles: frozenset[Role]
    laboratory_code: str
    region_code: str | None = None


def create_user(session: LimsSession, order: UserOrder) -> User:
    """A new account.

    Raises `RuleRefused` for a weak password, impossible roles or a region wider than the laboratory's, `Conflict` for
    a taken name.
    """
    refuse_if(reasons_against_password(order.password, order.username) + reasons_against_roles(order.roles))
    laboratory = network.laboratory_by_code(session, order.laboratory_code)
    if order.region_code is not None:
        region = network.region_by_code(session, order.region_code)
        refuse_if(reasons_against_region(region.code, laboratory.region_code))
    if queries.user_by_name(session, order.username):
        raise Conflict(reason("user.name_taken", "The user name {name} is taken.", name=order.username))
    user = save(
        session,
        User(
            laboratory_id=laboratory.id,
            username=order.username,
            full_name=order.full_name,
            password_hash=_HASHER.hash(order.password),
            region_code=order.region_code,
        ),
    )
    roles = [UserRole(laboratory_id=laboratory.id, user_id=user.id, role=role) for role in sorted(order.roles)]
    save(session, *roles)
    return user


def deactivate_user(session: LimsSession, username: str) -> User:
    """An account that may no longer be used; its records stay."""
    user = queries.user_by_name(session, username)
    if user is None:
        raise NotFound.of("user", username)
    user.is_active = False
    return save(session, user)


def authorise(
    session: LimsSession, user: User, kind: AuthorisationKind, subject: str, starts_on: date, ends_on: date | None
) -> Authorisation:
    """Authorise a person for a method, or as a signatory for a field ("*": all)."""
    return save(
        session,
        Authorisation(
            laboratory_id=user.laboratory_id,
            user_id=user.id,
            kind=kind,
            subject=subject,
            starts_on=starts_on,
            ends_on=ends_on,
        ),
    )


def actor_of(session: LimsSession, user: User) -> Actor:
    """The actor that a user is: with a region, the laboratories inside it are visible too."""
    visible = {user.laboratory_id}
    if user.region_code is not None:
        visible |= {lab.id for lab in network.laboratories(session, user.region_code)}
    roles = queries.roles_of(session, user.id)
    return Actor(user.id, user.full_name, roles, user.laboratory_id, frozenset(visible))


def sign_in(lims: Lims, username: str, password: str, label: str) -> tuple[str, ApiToken]:
    """A new API token for a user name and password; the token is shown this once.

    Raises `Unauthenticated`, in the same time and words whether the name or the password is wrong.
    """
    with lims.read(system_actor(), Action.PEOPLE_READ) as session:
        user = queries.user_by_name(session, username)
        known = user is not None and user.is_active
        matches = _matches(user.password_hash if user and known else _NOBODY, password)
        if user is None or not known or not matches:
            raise Unauthenticated(_WRONG)
        actor = actor_of(session, user)
    with lims.work(actor, Action.TOKEN_CREATE) as session:
        return issue_token(session, user, label, lims.settings.token_days)


def issue_token(session: LimsSession, user: User, label: str, days: int) -> tuple[str, ApiToken]:
    """A token that lives some days; only its digest is kept."""
    token = "lims_" + secrets.token_urlsafe(32)
    record = ApiToken(
        laboratory_id=user.laboratory_id,
        user_id=user.id,
        label=label,
        token_sha256=_digest(token),
        expires_at=session.instant + timedelta(days=days),
    )
    return token, save(session, record)


def revoke_token(session: LimsSession, token_id: UUID) -> ApiToken:
    """A token of one's own that may no longer be used."""
    token = session.exec(
        select(ApiToken).where(ApiToken.id == token_id, ApiToken.user_id == session.actor.user_id)
    ).one_or_none()
    if token is None:
        raise NotFound.of("token", token_id)
    token.revoked_at = token.revoked_at or session.instant
    return save(session, token)


def authenticate(lims: Lims, token: str) -> Actor:
    """The actor behind a token. Raises `Unauthenticated` for an unknown, expired or revoked one."""
    with lims.read(system_actor(), Action.PEOPLE_READ) as session:
        found = session.exec(
            select(ApiToken, User)
            .join(User, col(User.id) == ApiToken.user_id)
            .where(ApiToken.token_sha256 == _digest(token))
        ).one_or_none()
        if found is None or not token_is_usable(found[0].expires_at, found[0].revoked_at, lims.clock.now()):
            raise Unauthenticated(reason("token.unusable", "This token is unknown, expired or revoked; sign in again."))
        if not found[1].is_active:
            raise Unauthenticated(reason("user.inactive", "This account is switched off."))
        return actor_of(session, found[1])


def _digest(token: str) -> str:
    # The token is 256 random bits: a plain digest is enough, and can be looked up.
    return hashlib.sha256(token.encode()).hexdigest()


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
