"""Passwords: hashed with Argon2id, compared in the same time whether or not anybody has the name."""

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from lims.people.rules import LONGEST_PASSWORD, reasons_against_password

_HASHER = PasswordHasher()
#: Compared with when nobody has the name, so that the answer takes as long.
_NOBODY = _HASHER.hash(secrets.token_urlsafe(16))
#: Without letters and digits that look alike when they are read out or written down.
_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"


def hash_password(password: str) -> str:
    """The hash that is stored, with its parameters and salt in it."""
    return _HASHER.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Whether a password is the one of the hash; never, but as slowly, without a hash."""
    if len(password) > LONGEST_PASSWORD:
        return False
    try:
        _HASHER.verify(password_hash or _NOBODY, password)
    except (VerifyMismatchError, InvalidHashError, UnicodeEncodeError):
        return False
    return password_hash is not None


def random_password(username: str) -> str:
    """A temporary password to hand over to a person, 12 readable characters in threes: 59 random bits.

    Drawn again where a rule is against it: by chance the user name stands in it.
    """
    while True:
        drawn = "-".join("".join(secrets.choice(_READABLE) for _ in range(3)) for _ in range(4))
        if not reasons_against_password(drawn, username):
            return drawn
