"""How often one address may ask what anybody may ask: the page behind a QR code, the log, whether a file is genuine.

Each address has so many requests in hand, and gets one back every so often (GCRA, as ITU-T I.371 has it for cells of
a network). Whoever reads a paper never notices; whoever tries codes, or sends file after file to be judged, waits. The
count is kept in memory, and for no longer than it matters: `lims serve` is one process. Of several servers each counts
for itself (docs/issuing.md, "Public addresses").
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil
from threading import Lock
from time import monotonic

from fastapi import Depends, Request

from lims.core.client_addresses import address_key
from lims.core.errors import TooManyRequests
from lims.core.reasons import reason

#: Addresses that are remembered; of more, those that have all their requests in hand are forgotten.
_MOST = 10_000


@dataclass(slots=True)
class Pace:
    """So many requests at once (`burst`), and one more every `every_s` seconds, for each address apart."""

    burst: int
    every_s: float
    clock: Callable[[], float] = monotonic
    _full_at: dict[str, float] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def wait_s(self, address: str) -> int:
        """Take one request of an address out of its hand: 0, or the seconds until there is one again."""
        key = address_key(address)
        with self._lock:
            now = self.clock()
            full_at = max(self._full_at.get(key, now), now)
            wait = full_at + self.every_s - now - self.burst * self.every_s
            if wait > 0:
                return ceil(wait)
            if len(self._full_at) >= _MOST:
                self._full_at = {known: at for known, at in self._full_at.items() if at > now}
            self._full_at[key] = full_at + self.every_s
            return 0


@dataclass(frozen=True, slots=True)
class Paces:
    """The paces of one application: for looking something up, and for files, which cost more."""

    looks: Pace = field(default_factory=lambda: Pace(burst=120, every_s=0.5))
    files: Pace = field(default_factory=lambda: Pace(burst=30, every_s=2.0))


def _paces(request: Request) -> Paces:
    paces: Paces = request.app.state.paces
    return paces


def _look(request: Request) -> None:
    _take(_paces(request).looks, request)


def _file(request: Request) -> None:
    _take(_paces(request).files, request)


def _take(pace: Pace, request: Request) -> None:
    if wait := pace.wait_s(request.client.host if request.client else ""):
        said = "Too many requests from your address; try again in {wait} seconds."
        raise TooManyRequests(reason("public.too_often", said, wait=wait), retry_after_s=wait)


#: For routes that anybody may ask.
LookPace = Depends(_look)
#: For routes that judge a file.
FilePace = Depends(_file)
