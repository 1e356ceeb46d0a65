"""How candidates act: as the installation, each for the one desk whose token they hold, one after the other in line.

SQLite has one writer. Whoever finds it busy there sleeps and tries again, so that of a hundred some wait for half a
minute while others pass; here they wait in the order in which they came, and nobody sleeps longer than needed.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock
from typing import Final
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.db.work import LimsSession
from lims.runtime import Lims

#: Nobody with an account; the queries name which candidate it is.
CANDIDATE: Final = system_actor("candidate")


class Line:
    """A lock that lets in who came first."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: deque[Event] = deque()
        self._is_taken = False

    @contextmanager
    def place(self) -> Iterator[None]:
        """Wait until it is one's turn; the next one's comes on leaving."""
        turn = Event()
        with self._lock:
            if self._is_taken:
                self._waiting.append(turn)
            else:
                self._is_taken = True
                turn.set()
        turn.wait()
        try:
            yield
        finally:
            with self._lock:
                if self._waiting:
                    self._waiting.popleft().set()
                else:
                    self._is_taken = False


_lines: WeakKeyDictionary[Engine, Line] = WeakKeyDictionary()
_making = Lock()


@contextmanager
def acting(lims: Lims, action: Action) -> Iterator[LimsSession]:
    """As `Lims.work`, for a candidate."""
    if lims.engine.name != "sqlite":
        with lims.work(CANDIDATE, action) as session:
            yield session
        return
    with _making:
        line = _lines.setdefault(lims.engine, Line())
    with line.place(), lims.work(CANDIDATE, action) as session:
        yield session
