"""Pure decisions about people and their passwords."""

from datetime import date, datetime, timedelta
from enum import StrEnum

from lims.core.actions import Role
from lims.core.reasons import Reason, Where, reason
from lims.network.rules import is_within

SHORTEST_PASSWORD = 10
#: Hashing a longer one would cost the server time and add nothing.
LONGEST_PASSWORD = 200


class AccountState(StrEnum):
    """Whether somebody can sign in. NEW: with a temporary password, which they replace first."""

    ACTIVE = "active"
    NEW = "temporary_password"
    OFF = "switched_off"


class AuthorisationState(StrEnum):
    """Where a day stands to the days of an authorisation."""

    IN_FORCE = "in_force"
    NOT_YET = "not_yet_in_force"
    ENDED = "ended"


def account_state(*, is_active: bool, has_temporary_password: bool) -> AccountState:
    """What an account is good for."""
    if not is_active:
        return AccountState.OFF
    return AccountState.NEW if has_temporary_password else AccountState.ACTIVE


def authorisation_on(starts_on: date, ends_on: date | None, day: date) -> AuthorisationState:
    """Whether an authorisation counts on a day; both its ends do."""
    if day < starts_on:
        return AuthorisationState.NOT_YET
    return AuthorisationState.ENDED if ends_on is not None and day > ends_on else AuthorisationState.IN_FORCE


def reasons_against_password(password: str, username: str) -> list[Reason]:
    """Length counts, not symbols (NIST SP 800-63B, 5.1.1.2)."""
    reasons = []
    if len(password) < SHORTEST_PASSWORD:
        reasons.append(
            reason(
                "password.short",
                "The password needs at least {least} characters.",
                least=SHORTEST_PASSWORD,
                at=Where("password"),
            )
        )
    if len(password) > LONGEST_PASSWORD:
        reasons.append(
            reason(
                "password.long",
                "The password may have at most {most} characters.",
                most=LONGEST_PASSWORD,
                at=Where("password"),
            )
        )
    if username.lower() in password.lower():
        reasons.append(reason("password.username", "The password may not contain the user name.", at=Where("password")))
    return reasons


def reasons_against_roles(roles: frozenset[Role]) -> list[Reason]:
    """Somebody with at least one role; an administrator handles no laboratory data."""
    if not roles:
        return [reason("user.no_role", "A user needs at least one role.", at=Where("roles"))]
    if Role.ADMINISTRATOR in roles and roles != {Role.ADMINISTRATOR}:
        return [
            reason(
                "user.administrator_only",
                "An administrator handles users and settings and has no other role; use a second account.",
                at=Where("roles"),
            )
        ]
    return []


def reasons_against_region(region_code: str, laboratory_region: str) -> list[Reason]:
    """Nobody sees farther than the region of their laboratory: a county's administrator cannot open the province."""
    if is_within(region_code, laboratory_region):
        return []
    return [
        reason(
            "user.region_outside",
            "Region {region} is not inside region {own} of the laboratory; name one inside it or none.",
            region=region_code,
            own=laboratory_region,
            at=Where("region_code"),
        )
    ]


def token_is_usable(expires_at: datetime, revoked_at: datetime | None, now: datetime) -> bool:
    """Neither expired nor revoked."""
    return revoked_at is None and now < expires_at


def reason_against_session(
    expires_at: datetime, ended_at: datetime | None, used_at: datetime, idle: timedelta, now: datetime
) -> Reason | None:
    """Why a web session can no longer be used: ended, over, or left alone for too long."""
    if ended_at is not None:
        return reason("session.ended", "You have signed out, or your account was changed. Sign in again.")
    if now >= expires_at:
        return reason("session.over", "Your session is over. Sign in again.")
    if now - used_at >= idle:
        return reason("session.idle", "You were away for a while. Sign in again.")
    return None


def reasons_against_own_reset(*, is_own: bool) -> list[Reason]:
    """One's own password and second factor are changed by whoever knows the password, not by whoever sits there."""
    if not is_own:
        return []
    return [
        reason(
            "user.own_reset",
            "This is for other people's accounts; change your own password and second factor on the page “My account”.",
        )
    ]


def reasons_against_no_administrator(others: int) -> list[Reason]:
    """Somebody must be left who can look after the accounts."""
    if others:
        return []
    return [
        reason(
            "user.last_administrator",
            "This is the last administrator of the laboratory; make another one first.",
            at=Where("roles"),
        )
    ]
