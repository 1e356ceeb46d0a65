"""Acts on people: new accounts, tokens, authorisations, and finding out who is asking."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlmodel import col, select

from lims.core.actions import Action, Role
from lims.core.actors import Actor, system_actor
from lims.core.errors import BadInput, Conflict, NotFound, Unauthenticated, refuse_if
from lims.core.reasons import Where, reason
from lims.db.work import LimsSession, check_version, save
from lims.network import queries as network
from lims.people import queries
from lims.people.passwords import hash_password
from lims.people.rules import (
    reasons_against_password,
    reasons_against_region,
    reasons_against_roles,
    token_is_usable,
)
from lims.people.tables import ApiToken, Authorisation, AuthorisationKind, User, UserRole
from lims.runtime import Lims


@dataclass(frozen=True, slots=True)
class UserOrder:
    """Who a new user is. `must_change_password`: somebody else knows the password, so it serves once."""

    username: str
    full_name: str
    password: str
    roles: frozenset[Role]
    laboratory_code: str
    region_code: str | None = None
    must_change_password: bool = False


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
            password_hash=hash_password(order.password),
            region_code=order.region_code,
            temporary_password_at=session.instant if order.must_change_password else None,
        ),
    )
    roles = [UserRole(laboratory_id=laboratory.id, user_id=user.id, role=role) for role in sorted(order.roles)]
    save(session, *roles)
    return user


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


def end_authorisation(session: LimsSession, authorisation_id: UUID, ends_on: date, version: int) -> Authorisation:
    """Say until which day, inclusive, somebody is authorised; what they did until then stays as it is.

    Raises `NotFound`, `Conflict` when it was changed meanwhile, `BadInput` for a day before it began.
    """
    authorisation = session.exec(select(Authorisation).where(Authorisation.id == authorisation_id)).one_or_none()
    if authorisation is None:
        raise NotFound.of("authorisation", authorisation_id)
    check_version(authorisation, version)
    if ends_on < authorisation.starts_on:
        raise BadInput(
            reason(
                "authorisation.ends_before",
                "It began on {start}; it cannot end on {end}.",
                start=authorisation.starts_on.isoformat(),
                end=ends_on.isoformat(),
                at=Where("ends_on"),
            )
        )
    authorisation.ends_on = ends_on
    return save(session, authorisation)


def actor_of(session: LimsSession, user: User) -> Actor:
    """The actor that a user is: with a region, the laboratories inside it are visible too."""
    visible = {user.laboratory_id}
    if user.region_code is not None:
        visible |= {lab.id for lab in network.laboratories(session, user.region_code)}
    roles = queries.roles_of(session, user.id)
    return Actor(user.id, user.full_name, roles, user.laboratory_id, frozenset(visible))


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
