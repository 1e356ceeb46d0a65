"""What is half finished: a second factor that is waited for, a passkey that is asked for.

Whoever is in the middle holds a random token; here is its digest, the challenge that was sent, and for whom. It gives
no right to anything and lives for five minutes.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete, insert, select

from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.core.client_addresses import address_key
from lims.core.errors import Unauthenticated
from lims.core.reasons import reason
from lims.people.sign_in_tables import CEREMONIES, PendingKind
from lims.people.tables import User
from lims.runtime import Lims

LIFE = timedelta(minutes=5)
#: Of one address; who asks for more loses the oldest, so nobody can fill the table.
_MOST = 50


@dataclass(frozen=True, slots=True)
class Pending:
    """A ceremony under way; `user_version` is the account's when it began."""

    user_id: UUID | None
    user_version: int | None
    challenge: bytes

    def is_of(self, user: User) -> bool:
        """Whether it is this person's, and their account is still as it was."""
        return user.id == self.user_id and user.version == self.user_version and user.is_active


@dataclass(frozen=True, slots=True)
class Begun:
    """What whoever began a ceremony gets: a token to go on with, until when, and the challenge."""

    token: str
    expires_at: datetime
    challenge: bytes


def begin(lims: Lims, kind: PendingKind, address: str, user: User | None = None) -> Begun:
    """Begin a ceremony; what is over is cleared away."""
    token, challenge = secrets.token_urlsafe(32), secrets.token_bytes(32)
    with lims.work(system_actor(), Action.SESSION_OPEN) as session:
        connection, where = session.connection(), address_key(address)
        connection.execute(delete(CEREMONIES).where(CEREMONIES.c.expires_at <= session.instant))
        older = select(CEREMONIES.c.id).where(CEREMONIES.c.address == where).order_by(CEREMONIES.c.expires_at.desc())
        surplus = connection.execute(older.offset(_MOST - 1)).scalars().all()
        connection.execute(delete(CEREMONIES).where(CEREMONIES.c.id.in_(surplus)))
        expires_at = session.instant + LIFE
        row = {
            "id": uuid4(),
            "kind": kind,
            "token_sha256": _digest(token),
            "user_id": user.id if user else None,
            "user_version": user.version if user else None,
            "challenge": challenge.hex(),
            "address": where,
            "expires_at": expires_at,
        }
        connection.execute(insert(CEREMONIES).values(row))
    return Begun(token, expires_at, challenge)


def look(lims: Lims, kind: PendingKind, token: str) -> Pending:
    """The ceremony of a token, which stays. Raises `Unauthenticated` when it is over or was never begun."""
    columns = (CEREMONIES.c.user_id, CEREMONIES.c.user_version, CEREMONIES.c.challenge)
    with lims.read(system_actor(), Action.PEOPLE_READ) as session:
        query = select(*columns).where(
            CEREMONIES.c.token_sha256 == _digest(token),
            CEREMONIES.c.kind == kind,
            CEREMONIES.c.expires_at > lims.clock.now(),
        )
        found = session.connection().execute(query).one_or_none()
    if found is None:
        raise over()
    return Pending(found.user_id, found.user_version, bytes.fromhex(found.challenge))


def take(lims: Lims, kind: PendingKind, token: str) -> Pending:
    """The ceremony of a token, which ends with this: it serves once. Raises `Unauthenticated` as `look` does."""
    with lims.work(system_actor(), Action.SESSION_OPEN) as session:
        ended = (
            delete(CEREMONIES)
            .where(
                CEREMONIES.c.token_sha256 == _digest(token),
                CEREMONIES.c.kind == kind,
                CEREMONIES.c.expires_at > session.instant,
            )
            .returning(CEREMONIES.c.user_id, CEREMONIES.c.user_version, CEREMONIES.c.challenge)
        )
        found = session.connection().execute(ended).one_or_none()
    if found is None:
        raise over()
    return Pending(found.user_id, found.user_version, bytes.fromhex(found.challenge))


def over() -> Unauthenticated:
    """The refusal of a ceremony that took too long, was finished already, or whose account changed meanwhile."""
    return Unauthenticated(reason("sign_in.over", "This took too long, or was finished already. Begin again."))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
