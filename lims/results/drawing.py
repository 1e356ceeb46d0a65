"""Original records of many pages, drawn in the background: asked for, waited for, fetched.

A drawing lives in this process for a while. Whoever asks another process for it gets it drawn there.
"""

import logging
import weakref
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Final
from uuid import UUID, uuid4

from lims.core.actors import Actor
from lims.core.errors import LimsError
from lims.core.language import Language
from lims.results.original_record import print_record
from lims.runtime import Lims

log = logging.getLogger(__name__)
#: A record of fewer analytes is drawn while one waits for it.
MANY_ANALYTES: Final = 20
#: How long a drawing may be fetched, and how many are kept.
_KEPT: Final = timedelta(minutes=15)
_MOST_KEPT: Final = 12


@dataclass(frozen=True, slots=True)
class Drawing:
    """A record that is being drawn for somebody, or is drawn: its name and its PDF."""

    key: UUID
    run_id: UUID
    language: Language
    asked_by: UUID | None
    begun_at: datetime
    done: "Future[tuple[str, bytes]]"


class Drawings:
    """The drawings of an installation in this process; one is drawn after the other."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: dict[UUID, Drawing] = {}
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="original-record")

    def begin(
        self,
        actor: Actor,
        run_id: UUID,
        language: Language,
        now: datetime,
        draw: Callable[[], tuple[str, bytes]],
        *,
        is_lost: bool = False,
    ) -> Drawing:
        """Draw a record; one that the same person asked for and that is still being drawn is not begun twice.

        `is_lost`: the person waits for one that another process has. What is drawn here already then serves as well,
        or two processes would send the person to and fro for ever.
        """
        with self._lock:
            self._forget(now)
            for one in reversed(self._known.values()):
                same = (one.run_id, one.language, one.asked_by) == (run_id, language, actor.user_id)
                if same and (is_lost or not one.done.done()):
                    return one
            made = Drawing(uuid4(), run_id, language, actor.user_id, now, self._pool.submit(draw))
            self._known[made.key] = made
            return made

    def of(self, actor: Actor, run_id: UUID, key: UUID | None) -> Drawing | None:
        """A drawing that the person asked for, of this run; None when it is not known, or not any more."""
        with self._lock:
            found = None if key is None else self._known.get(key)
        is_own = found is not None and (found.run_id, found.asked_by) == (run_id, actor.user_id)
        return found if is_own else None

    def close(self) -> None:
        """End after what is being drawn."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _forget(self, now: datetime) -> None:
        oldest_first = sorted(self._known.values(), key=lambda one: one.begun_at)
        surplus = max(0, len(oldest_first) - _MOST_KEPT + 1)
        for place, one in enumerate(oldest_first):
            if one.done.done() and (place < surplus or now - one.begun_at > _KEPT):
                del self._known[one.key]


_drawings: "weakref.WeakKeyDictionary[Lims, Drawings]" = weakref.WeakKeyDictionary()
_making = Lock()


def drawings_of(lims: Lims) -> Drawings:
    """The drawings of an installation in this process."""
    with _making:
        if lims not in _drawings:
            made = Drawings()
            _drawings[lims] = made
            weakref.finalize(lims, made.close)
        return _drawings[lims]


def begin_drawing(lims: Lims, actor: Actor, run_id: UUID, language: Language, *, is_lost: bool = False) -> Drawing:
    """Have the record of a run drawn; `is_lost` as `Drawings.begin` has it. What drawing raises, its future keeps."""
    kept = weakref.ref(lims)

    def draw() -> tuple[str, bytes]:
        alive = kept()
        if alive is None:
            raise RuntimeError("the installation was closed before the record was drawn")
        try:
            return print_record(alive, actor, run_id, language)
        except LimsError:
            raise
        except Exception:
            log.exception("the original record of run %s could not be drawn", run_id)
            raise

    return drawings_of(lims).begin(actor, run_id, language, lims.clock.now(), draw, is_lost=is_lost)
