"""Attempts to sign in, counted before a password is looked at. The rule is in `lims.people.throttle`."""

import hashlib

from sqlalchemy import delete, insert, update
from sqlmodel import Session, col, or_, select

from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.core.client_addresses import address_key
from lims.core.errors import TooManyRequests
from lims.core.reasons import reason
from lims.db.locks import Matter, one_at_a_time
from lims.db.work import LimsSession
from lims.people import queries
from lims.people.sign_in_tables import ATTEMPTS, SignInAttempt
from lims.people.throttle import KEPT, LONGEST_WINDOW, Attempt, AttemptOutcome, wait_s
from lims.runtime import Lims


def begin(lims: Lims, username: str, address: str) -> int:
    """Count an attempt, as failed until `settle` says otherwise, and give back its number.

    `username` is empty for a passkey. Raises `TooManyRequests`, for names that nobody has as well.
    """
    # The installation itself: nobody is known yet, and row-level security shows attempts to nobody else.
    with lims.work(system_actor(), Action.SESSION_OPEN) as session:
        one_at_a_time(session, Matter.SIGN_IN_ATTEMPTS)
        name, where = _name_key(session, username), address_key(address)
        wait = wait_s(
            _recent(session, name, where),
            name,
            where,
            session.instant,
            is_known_address=_is_known(session, name, where),
        )
        if wait:
            raise TooManyRequests(
                reason("sign_in.too_often", "Too many attempts; try again in {wait} seconds.", wait=wait),
                retry_after_s=wait,
            )
        connection = session.connection()
        connection.execute(delete(ATTEMPTS).where(ATTEMPTS.c.at < session.instant - KEPT))
        attempt = {"at": session.instant, "username": name, "address": where, "outcome": AttemptOutcome.FAILED}
        number: int = connection.execute(insert(ATTEMPTS).values(attempt).returning(ATTEMPTS.c.id)).scalar_one()
        return number


def settle(lims: Lims, number: int, outcome: AttemptOutcome) -> None:
    """Say what became of an attempt that did not fail."""
    with lims.work(system_actor(), Action.SESSION_OPEN) as session:
        session.connection().execute(update(ATTEMPTS).where(ATTEMPTS.c.id == number).values(outcome=outcome))


def _name_key(session: Session, username: str) -> str:
    if not username or queries.user_signing_in(session, username):
        return username
    return "?" + hashlib.sha256(username.encode(errors="replace")).hexdigest()


def _recent(session: LimsSession, name: str, address: str) -> list[Attempt]:
    theirs = SignInAttempt.address == address
    if name:
        theirs = or_(theirs, SignInAttempt.username == name)  # type: ignore[assignment]  # both are conditions
    found = session.exec(
        select(SignInAttempt).where(theirs, col(SignInAttempt.at) > session.instant - LONGEST_WINDOW)
    ).all()
    return [Attempt(a.at, a.username, a.address, a.outcome) for a in found]


def _is_known(session: LimsSession, name: str, address: str) -> bool:
    query = select(SignInAttempt.id).where(
        SignInAttempt.username == name,
        SignInAttempt.address == address,
        SignInAttempt.outcome == AttemptOutcome.SUCCEEDED,
        col(SignInAttempt.at) > session.instant - KEPT,
    )
    return bool(name) and session.exec(query).first() is not None
