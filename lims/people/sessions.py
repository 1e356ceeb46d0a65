"""Web sessions: a browser that a person has signed in with. The cookie holds a random token, the database its digest.

A session ends when the person signs out, `LIMS_SESSION_HOURS` after it began, when it was not used for
`LIMS_SESSION_IDLE_MINUTES`, or when the account gets a new password or is switched off.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import insert, update
from sqlmodel import col, select

from lims.core.actions import Action
from lims.core.actors import Actor, system_actor
from lims.core.errors import Conflict, NotFound, Unauthenticated
from lims.core.reasons import reason
from lims.db.work import LimsSession, save
from lims.people.rules import reason_against_session
from lims.people.service import actor_of
from lims.people.sign_in_tables import SESSION_USES, SessionUse, SignInMethod, WebSession
from lims.people.tables import ApiToken, User
from lims.runtime import Lims

#: Use is noted no oftener, so that reading stays reading.
_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who sits behind a cookie. `csrf_token` is a secret of the session that forms prove themselves with."""

    actor: Actor
    session_id: UUID
    csrf_token: str
    user: User

    @property
    def must_change_password(self) -> bool:
        """Nothing but a new password is allowed."""
        return self.user.must_change_password


@dataclass(frozen=True, slots=True)
class Opened:
    """A fresh session: the token for the cookie, which is shown this once, and until when it lives at most."""

    token: str
    session_id: UUID
    expires_at: datetime
    must_change_password: bool


def open_session(session: LimsSession, user: User, method: SignInMethod, device: str, hours: int) -> Opened:
    """A session of a person who has proved who they are."""
    token = secrets.token_urlsafe(32)
    record = save(
        session,
        WebSession(
            laboratory_id=user.laboratory_id,
            user_id=user.id,
            token_sha256=_digest(token),
            method=method,
            device=device,
            opened_at=session.instant,
            expires_at=session.instant + timedelta(hours=hours),
        ),
    )
    session.connection().execute(insert(SESSION_USES).values(session_id=record.id, used_at=session.instant))
    return Opened(token, record.id, record.expires_at, user.must_change_password)


def session_of(lims: Lims, token: str, *, is_use: bool = True) -> SignedIn:
    """Who sits behind a cookie, in three queries at most. Raises `Unauthenticated` with the reason why nobody does.

    A page that asks again by itself is no use (`is_use`) of a session: it ends as if the page were closed.
    """
    now = lims.clock.now()
    with lims.read(system_actor(), Action.PEOPLE_READ) as session:
        found = session.exec(
            select(WebSession, User, SessionUse.used_at)
            .join(User, col(User.id) == WebSession.user_id)
            .join(SessionUse, col(SessionUse.session_id) == WebSession.id)
            .where(WebSession.token_sha256 == _digest(token))
        ).one_or_none()
        if found is None:
            raise Unauthenticated(reason("session.unknown", "Sign in first."))
        record, user, used_at = found
        idle = timedelta(minutes=lims.settings.session_idle_minutes)
        if why := reason_against_session(record.expires_at, record.ended_at, used_at, idle, now):
            raise Unauthenticated(why)
        if not user.is_active:
            raise Unauthenticated(reason("user.inactive", "This account is switched off."))
        actor = actor_of(session, user)
    if is_use and now - used_at >= _NOTED_EVERY:
        _note_use(lims, record.id)
    return SignedIn(actor, record.id, _csrf_token(token), user)


def end_session(session: LimsSession, session_id: UUID) -> WebSession:
    """Sign out of one session of one's own. Raises `NotFound`; ending twice changes nothing."""
    record = session.exec(
        select(WebSession).where(WebSession.id == session_id, WebSession.user_id == session.actor.user_id)
    ).one_or_none()
    if record is None:
        raise NotFound.of("session", session_id)
    record.ended_at = record.ended_at or session.instant
    return save(session, record)


def end_all_sessions(session: LimsSession, user_id: UUID, keep: UUID | None = None) -> None:
    """Sign a person out everywhere, or everywhere but here (`keep`)."""
    still_open = select(WebSession).where(
        WebSession.user_id == user_id, col(WebSession.ended_at).is_(None), col(WebSession.expires_at) > session.instant
    )
    for record in session.exec(still_open).all():
        if record.id != keep:
            record.ended_at = session.instant
            save(session, record)


def end_all_access(session: LimsSession, user_id: UUID) -> None:
    """End what an old password opened: every session and every API token."""
    end_all_sessions(session, user_id)
    usable = select(ApiToken).where(ApiToken.user_id == user_id, col(ApiToken.revoked_at).is_(None))
    for token in session.exec(usable).all():
        token.revoked_at = session.instant
        save(session, token)


def _note_use(lims: Lims, session_id: UUID) -> None:
    try:
        with lims.work(system_actor(), Action.SESSION_OPEN) as session:
            session.connection().execute(
                update(SESSION_USES)
                .where(SESSION_USES.c.session_id == session_id, SESSION_USES.c.used_at < session.instant)
                .values(used_at=session.instant)
            )
    except Conflict:
        return  # the database was busy for too long; the next request notes it


def _csrf_token(token: str) -> str:
    # Derived, so that nothing is stored: who knows the cookie may know it, nobody else can.
    return hmac.new(token.encode(), b"lims csrf", hashlib.sha256).hexdigest()


def _digest(token: str) -> str:
    # The token is 256 random bits: a plain digest is enough, and can be looked up.
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
