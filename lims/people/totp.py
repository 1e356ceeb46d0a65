"""One-time codes by time (TOTP, RFC 6238): six digits, a new one every 30 seconds, SHA-1 as every app expects.

Pure: the secret, the moment and the last step that was used are given.
"""

import secrets
from datetime import datetime, timedelta

import pyotp

ISSUER = "Qianjian LIMS"
STEP = timedelta(seconds=30)
#: A phone's clock may be this many steps off (RFC 6238, 5.2 recommends one).
TOLERANCE = 1
RECOVERY_CODES = 10
#: 32 characters, five bits each; none that look alike.
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_GROUPS, _GROUP = 4, 4


def new_secret() -> str:
    """A random secret of 160 bits in base 32, as long as RFC 4226 recommends."""
    return pyotp.random_base32(32)


def provisioning_uri(secret: str, username: str) -> str:
    """What the QR code says to the app."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER)


def code_at(secret: str, step: int) -> str:
    """The code of a step."""
    return pyotp.TOTP(secret).generate_otp(step)


def step_at(now: datetime) -> int:
    """The step that an instant falls into."""
    return int(now.timestamp()) // int(STEP.total_seconds())


def step_of(secret: str, code: str, now: datetime, last_used: int | None) -> int | None:
    """The step that a code is of; None when it is wrong, or of a step that is spent.

    All steps in question are computed, so the time says nothing about which one it was.
    """
    current = step_at(now)
    steps = range(current - TOLERANCE, current + TOLERANCE + 1)
    fitting = [step for step in steps if secrets.compare_digest(code_at(secret, step).encode(), code.encode())]
    return next((step for step in fitting if last_used is None or step > last_used), None)


def is_code(text: str) -> bool:
    """Whether a text has the form of a one-time code; otherwise it may be a recovery code."""
    return len(text) == 6 and text.isascii() and text.isdigit()


def normalised(text: str) -> str:
    """A code as it was meant: without blanks and dashes, in capitals."""
    return "".join(c for c in text if not c.isspace() and c != "-").upper()


def new_recovery_codes() -> tuple[str, ...]:
    """Ten codes of 80 random bits, written in groups of four."""
    return tuple(
        "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
        for _ in range(RECOVERY_CODES)
    )
