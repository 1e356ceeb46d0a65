"""How long somebody has to wait before they may try to sign in again.

Three bounds, because each alone can be walked around or turned against the person it protects:

- **name and address**: guessing one person's password from one place. After 5 failures the wait grows, 30 s at first,
  doubled by each further failure up to 15 minutes. Only a success of the same name from the same address clears it.
  Somebody elsewhere cannot lock the person out this way: their failures count against their own address.
- **address**: guessing a common password for many names from one place. It allows more, because a whole laboratory may
  stand behind one address, and no success clears it: an attacker with one account of their own would sign in between.
- **name**: guessing one person's password from many places. It does not hold at an address where the person signed in
  during the last 30 days, so nobody can shut them out of their own desk; elsewhere it lets one attempt a minute pass.
  Signing in with a passkey asks for no name and is not bound by it at all.

A right password that waits for its second factor is neither a failure nor a success: else codes could be guessed for
ever, with a right password between them. Attempts are counted before the password is looked at, so many at once are
not better than many in a row; those that are refused here are not counted, so waiting always ends.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil

FIRST_WAIT_S = 30
#: How long attempts are kept, and how long an address stays known for a person.
KEPT = timedelta(days=30)


class AttemptOutcome(StrEnum):
    """What became of an attempt to sign in."""

    FAILED = "failed"
    #: The password was right; a second factor is still asked for.
    HALF = "half"
    SUCCEEDED = "succeeded"


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody tried to sign in."""

    at: datetime
    name: str
    address: str
    outcome: AttemptOutcome


@dataclass(frozen=True, slots=True)
class Bound:
    """So many failures within a window are free; then the wait doubles with each, up to the longest."""

    free: int
    window: timedelta
    longest_s: int


PERSON_HERE = Bound(5, timedelta(hours=1), 900)
ADDRESS = Bound(40, timedelta(minutes=15), 900)
PERSON_ANYWHERE = Bound(50, timedelta(hours=1), 60)
#: Older attempts change nothing.
LONGEST_WINDOW = max(PERSON_HERE.window, ADDRESS.window, PERSON_ANYWHERE.window)


def wait_s(attempts: Sequence[Attempt], name: str, address: str, now: datetime, *, is_known_address: bool) -> int:
    """Seconds until `name` may try again from `address`; 0: now. An empty name (passkeys) is bound by address alone.

    Args:
        attempts: those of the name and those from the address, in any order.
        is_known_address: whether the person signed in from there during the last 30 days.
    """
    from_here = [a for a in attempts if a.address == address]
    waits = [_wait_s(ADDRESS, _failures(from_here), now)]
    if name:
        waits.append(_wait_s(PERSON_HERE, _failures_since_success([a for a in from_here if a.name == name]), now))
    if name and not is_known_address:
        waits.append(_wait_s(PERSON_ANYWHERE, _failures_since_success([a for a in attempts if a.name == name]), now))
    return max(waits)


def _failures(attempts: Sequence[Attempt]) -> list[datetime]:
    return [a.at for a in attempts if a.outcome is AttemptOutcome.FAILED]


def _failures_since_success(attempts: Sequence[Attempt]) -> list[datetime]:
    cleared = max((a.at for a in attempts if a.outcome is AttemptOutcome.SUCCEEDED), default=None)
    return [at for at in _failures(attempts) if cleared is None or at > cleared]


def _wait_s(bound: Bound, failures: Sequence[datetime], now: datetime) -> int:
    recent = [at for at in failures if now - at < bound.window]
    if len(recent) < bound.free:
        return 0
    doubled = min(len(recent) - bound.free, 10)  # beyond, it is the longest in any case
    until = max(recent) + timedelta(seconds=min(FIRST_WAIT_S * 2**doubled, bound.longest_s))
    return max(0, ceil((until - now).total_seconds()))
