"""Acts on accounts that exist: of an administrator on anybody's, of a person on their own."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm.attributes import flag_modified
from sqlmodel import select

from lims.core.actions import Action, Role
from lims.core.actors import Actor
from lims.core.errors import Conflict, RuleRefused, refuse_if
from lims.core.reasons import Where, reason
from lims.db.locks import Matter, one_at_a_time
from lims.db.work import LimsSession, check_version, save
from lims.network import queries as network
from lims.people import passkeys, queries, second_factor
from lims.people.passwords import hash_password, matches
from lims.people.rules import (
    reasons_against_no_administrator,
    reasons_against_own_reset,
    reasons_against_password,
    reasons_against_region,
    reasons_against_roles,
)
from lims.people.sessions import Opened, end_all_access, open_session
from lims.people.sign_in import Client, confirm_password
from lims.people.sign_in_tables import WebSession
from lims.people.tables import User, UserRole
from lims.runtime import Lims


@dataclass(frozen=True, slots=True)
class AccountChange:
    """What an account is to be; the user name and the laboratory stay."""

    full_name: str
    roles: frozenset[Role]
    region_code: str | None = None


def edit_user(session: LimsSession, username: str, change: AccountChange, version: int) -> User:
    """Change the name, the roles and the region of a person; it holds from their next request on.

    Raises `RuleRefused` for impossible roles, a region wider than the laboratory's, or the last administrator;
    `NotFound`; `Conflict` when the account was changed meanwhile.
    """
    user = _account(session, username, version)
    refuse_if(reasons_against_roles(change.roles))
    if change.region_code is not None:
        own = network.laboratory_by_id(session, user.laboratory_id)
        region = network.region_by_code(session, change.region_code)
        refuse_if(reasons_against_region(region.code, own.region_code))
    if Role.ADMINISTRATOR not in change.roles:
        _keep_an_administrator(session, user)
    user.full_name, user.region_code = change.full_name, change.region_code
    _renew_version(user)
    _set_roles(session, user, change.roles)
    return save(session, user)


def deactivate_user(session: LimsSession, username: str, version: int) -> User:
    """Switch an account off; its records stay. Sessions end and tokens are revoked, for good.

    Raises `RuleRefused` for the last administrator, `NotFound`, `Conflict`.
    """
    user = _account(session, username, version)
    _keep_an_administrator(session, user)
    user.is_active = False
    end_all_access(session, user.id)
    return save(session, user)


def reactivate_user(session: LimsSession, username: str, version: int) -> User:
    """Switch an account on again, with its password and second factor. Raises `NotFound`, `Conflict`."""
    user = _account(session, username, version)
    user.is_active = True
    return save(session, user)


def set_temporary_password(session: LimsSession, username: str, password: str, version: int) -> User:
    """A password to hand over, which the person must replace when they sign in. Ends their sessions and tokens.

    Raises `RuleRefused` for a weak one and for one's own account, `NotFound`, `Conflict`.
    """
    user = _anothers_account(session, username, version)
    refuse_if(reasons_against_password(password, user.username))
    user.password_hash = hash_password(password)
    user.temporary_password_at = session.instant
    end_all_access(session, user.id)
    return save(session, user)


def reset_second_factor(session: LimsSession, username: str, version: int) -> User:
    """Take one-time codes, recovery codes and passkeys from somebody who lost them. Ends their sessions and tokens.

    Raises `RuleRefused` for one's own account, `NotFound`, `Conflict`.
    """
    user = _anothers_account(session, username, version)
    second_factor.remove_second_factors(session, user.id)
    end_all_access(session, user.id)
    _renew_version(user)
    return save(session, user)


def change_password(lims: Lims, actor: Actor, old: str, new: str, client: Client, session_id: UUID) -> Opened:
    """Replace one's own password. Every session and every API token ends; a fresh session takes the place of this one.

    Raises `RuleRefused`: at `old_password` for a wrong old one, at `password` for a weak new one; `TooManyRequests`.
    """
    confirmed = confirm_password(lims, actor, old, client)
    refuse_if(reasons_against_password(new, confirmed.username))
    if matches(confirmed.password_hash, new):
        raise RuleRefused(reason("password.same", "Choose a password that is not the old one.", at=Where("password")))
    with lims.work(actor, Action.PASSWORD_CHANGE) as session:
        user = second_factor.own_user(session)
        check_version(user, confirmed.version)
        user.password_hash = hash_password(new)
        user.temporary_password_at = None
        end_all_access(session, user.id)
        save(session, user)
        method = session.get_one(WebSession, session_id).method
        return open_session(session, user, method, client.device, lims.settings.session_hours)


def switch_off_totp(lims: Lims, actor: Actor, password: str, client: Client) -> None:
    """Do without one-time codes; the recovery codes go with them.

    Raises `RuleRefused` at `old_password` for a wrong password, `TooManyRequests`, `Conflict` when there are none.
    """
    user = confirm_password(lims, actor, password, client)
    with lims.work(actor, Action.SECOND_FACTOR_EDIT) as session:
        if queries.totp_of(session, user.id) is None:
            raise Conflict(reason("totp.off", "One-time codes are not in force; set them up first."))
        second_factor.remove_totp(session, user.id)


def remove_passkey(lims: Lims, actor: Actor, passkey_id: UUID, password: str, client: Client) -> None:
    """Take one of one's own passkeys away.

    Raises `RuleRefused` at `old_password` for a wrong password, `TooManyRequests`, `NotFound`.
    """
    confirm_password(lims, actor, password, client)
    with lims.work(actor, Action.SECOND_FACTOR_EDIT) as session:
        passkeys.remove_own_passkey(session, passkey_id)


def _account(session: LimsSession, username: str, version: int) -> User:
    user = queries.known_user(session, username)
    check_version(user, version)
    return user


def _anothers_account(session: LimsSession, username: str, version: int) -> User:
    user = _account(session, username, version)
    refuse_if(reasons_against_own_reset(is_own=user.id == session.actor.user_id))
    return user


def _renew_version(user: User) -> None:
    """Who changes what stands in rows of its own (roles, second factors) changes the account: two at once collide, and
    whoever is half signed in begins again. The attribute must be one that stays: flagging forgets its old value.
    """
    flag_modified(user, "username")


def _keep_an_administrator(session: LimsSession, user: User) -> None:
    one_at_a_time(session, Matter.ADMINISTRATORS)
    administrators = queries.active_administrators(session, user.laboratory_id)
    if user.id in administrators:
        refuse_if(reasons_against_no_administrator(len(administrators - {user.id})))


def _set_roles(session: LimsSession, user: User, roles: frozenset[Role]) -> None:
    held = {row.role: row for row in session.exec(select(UserRole).where(UserRole.user_id == user.id)).all()}
    for role in held.keys() - roles:
        session.delete(held[role])
    added = sorted(roles - held.keys())
    session.add_all(UserRole(laboratory_id=user.laboratory_id, user_id=user.id, role=role) for role in added)
    session.flush()
