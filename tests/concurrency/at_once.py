"""Several people at the same moment: each in a thread of its own, released together."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Generic, TypeVar

from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.core.errors import Conflict, RuleRefused
from lims.db.audit_check import verify
from lims.runtime import Lims

T = TypeVar("T")


class Outcome(Generic[T]):
    """What became of the acts: values of those that succeeded, refusals of the others."""

    def __init__(self) -> None:
        self.done: list[T] = []
        self.refused: list[Conflict | RuleRefused] = []


def at_once(acts: Sequence[Callable[[], T]]) -> Outcome[T]:
    """Do the acts at the same moment. Only a refusal that a person understands may keep one from its end."""
    outcome, start = Outcome[T](), Barrier(len(acts))

    def run(act: Callable[[], T]) -> T | Conflict | RuleRefused:
        start.wait(timeout=30)
        try:
            return act()
        except (Conflict, RuleRefused) as refused:
            return refused

    with ThreadPoolExecutor(len(acts)) as pool:
        for found in [future.result(timeout=60) for future in [pool.submit(run, act) for act in acts]]:
            if isinstance(found, Conflict | RuleRefused):
                outcome.refused.append(found)
            else:
                outcome.done.append(found)
    return outcome


def audit_findings(lims: Lims) -> list[str]:
    """What is wrong with the audit trail."""
    with lims.read(system_actor(), Action.AUDIT_VERIFY) as session:
        return [f"{f.kind} {f.place}" for f in verify(session.connection()).findings]
