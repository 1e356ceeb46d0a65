"""Tokens against forged requests: each form carries one, made of the session's secret and a salt.

A new salt for every page keeps the token from being guessed bit by bit out of compressed answers (BREACH).
"""

import hashlib
import hmac
import secrets

HEADER = "X-CSRF-Token"
FIELD = "csrf_token"


def issue(secret: str) -> str:
    """A token for one page of a session."""
    salt = secrets.token_hex(8)
    return f"{salt}.{_digest(secret, salt)}"


def is_genuine(secret: str, token: str) -> bool:
    """Whether the token was made of this secret."""
    salt, _, digest = token.partition(".")
    return hmac.compare_digest(digest.encode(), _digest(secret, salt).encode())


def _digest(secret: str, salt: str) -> str:
    return hmac.new(secret.encode(), salt.encode(), hashlib.sha256).hexdigest()
