"""Admission codes (准考码) and desks: who sits at which browser, and how guessing is slowed down.

A code has twelve of 31 characters (59 bits), without 0, 1, I, L and O that are mixed up: nobody guesses one. Failures
are counted by address all the same, generously, for a whole hall types behind one. Whoever comes with a code gets a
token for the browser; signing in elsewhere ends the former place, so one paper is never open at two.
"""

import hashlib
import secrets
import unicodedata
from datetime import timedelta
from math import ceil
from typing import Final

from sqlalchemy import delete, insert

from lims.core.client_addresses import address_key
from lims.core.errors import TooManyRequests, Unauthenticated
from lims.core.reasons import Where, reason
from lims.db.work import LimsSession, save
from lims.exams import queries
from lims.exams.tables import ATTEMPTS, ExamCandidate

_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_LENGTH: Final = 12
_WINDOW: Final = timedelta(minutes=5)
#: Of a hall of hundreds some mistype; a machine that guesses is through with these in a second.
_FREE: Final = 100


def new_code() -> str:
    """A fresh code, in three groups of four."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    return "-".join(letters[place : place + 4] for place in range(0, _LENGTH, 4))


def digest(text: str) -> str:
    """What is kept of a code or a token; of a code whatever its case, blanks and hyphens."""
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def written(code: str) -> str:
    """A code as it was printed, however it was typed."""
    plain = unicodedata.normalize("NFKC", code[:100]).upper()
    letters = "".join(one for one in plain if one.isalnum())[: _LENGTH + 1]
    return "-".join(letters[place : place + 4] for place in range(0, len(letters), 4))


def admit(session: LimsSession, code: str, address: str) -> tuple[ExamCandidate, str] | None:
    """Whose code it is, and the token of the browser; None, and the failure counted, when it is nobody's.

    Raises `TooManyRequests`.
    """
    where = address_key(address)
    failures = queries.failures_since(session, where, session.instant - _WINDOW)
    if len(failures) >= _FREE:
        wait = ceil((failures[-_FREE] + _WINDOW - session.instant).total_seconds())
        sentence = "Too many wrong codes from here; try again in {wait} seconds."
        raise TooManyRequests(reason("exam.too_often", sentence, wait=wait), retry_after_s=wait)
    found = queries.candidate_with_code(session, digest(written(code)))
    if found is None:
        connection = session.connection()
        connection.execute(delete(ATTEMPTS).where(ATTEMPTS.c.at < session.instant - _WINDOW))
        connection.execute(insert(ATTEMPTS).values(at=session.instant, address=where))
        return None
    token = secrets.token_urlsafe(32)
    found.session_sha256 = digest(token)
    return save(session, found), token


def at_desk(session: LimsSession, token: str, *, for_change: bool = False) -> ExamCandidate:
    """Who sits behind a token. Raises `Unauthenticated`, also when the paper was opened elsewhere since."""
    found = queries.candidate_at_desk(session, digest(token), for_change=for_change) if token else None
    if found is None:
        sentence = "Your paper is not open in this browser: type your admission code. Whatever was saved is kept."
        raise Unauthenticated(reason("exam.no_desk", sentence))
    return found


def unknown_code() -> Unauthenticated:
    """The refusal of a code that opens nothing."""
    sentence = "This code opens no exam. Type the twelve characters of your slip."
    return Unauthenticated(reason("exam.code", sentence, at=Where("code")))
