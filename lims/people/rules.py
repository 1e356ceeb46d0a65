"""Pure decisions about people and their passwords."""

from datetime import datetime

from lims.core.actions import Role
from lims.core.reasons import Reason, Where, reason
from lims.network.rules import is_within

SHORTEST_PASSWORD = 10


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
