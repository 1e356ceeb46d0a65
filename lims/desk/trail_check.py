"""The check of the audit trail as a page starts it: it runs on beside the pages, and says how far it is.

A year's trail takes longer than anybody waits for a page. The state of the newest check of a laboratory is a small
file in the data folder, which all servers of an installation share; it is no record, since anybody can check again.
"""

import json
import logging
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock, Thread
from time import sleep
from typing import Any

from lims.core.actions import Action
from lims.core.actors import Actor
from lims.core.errors import Conflict
from lims.core.reasons import Reason, mark, reason
from lims.db.audit_check import AuditReport, still, verify
from lims.db.audit_tables import NETWORK_CHAIN
from lims.runtime import Lims

log = logging.getLogger(__name__)

#: A check that has not said anything for so long was ended together with its server.
SILENCE = timedelta(seconds=60)
#: More findings than anybody reads: something has gone wrong as a whole.
MOST_FINDINGS = 500
_FAILED = mark("The check itself failed; the fault is in the log of the server.")
#: After each part of the work the pages have their turn.
_REST_S = 0.005
_starting = Lock()


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that is not as the program left it."""

    place: str
    code: str
    sentence: str
    values: dict[str, Any]

    @property
    def why(self) -> Reason:
        """What was found, to be translated."""
        return Reason(self.code, self.sentence, self.values)


@dataclass(frozen=True, slots=True)
class Check:
    """A check of the trail: under way until `ended_at`. `done` and `total` count entries and records."""

    started_at: datetime
    started_by: str
    said_at: datetime
    done: int = 0
    total: int = 0
    ended_at: datetime | None = None
    chains: int = 0
    entries: int = 0
    records: int = 0
    count: int = 0
    findings: tuple[Found, ...] = ()
    failure: str = ""

    def is_running(self, now: datetime) -> bool:
        """Whether it still goes on."""
        return self.ended_at is None and now - self.said_at < SILENCE

    @property
    def is_whole(self) -> bool:
        """Whether it came to its end and found nothing."""
        return self.ended_at is not None and not self.failure and not self.count


def newest_check(lims: Lims, actor: Actor) -> Check | None:
    """The newest check of the actor's laboratory; None when there was none. Raises `Forbidden`."""
    lims.require(actor, Action.AUDIT_READ)
    return _read(_path(lims, actor))


def start_check(lims: Lims, actor: Actor) -> Thread:
    """Begin to check what the actor may see, in a thread that is given back.

    Raises `Forbidden`, and `Conflict` while a check of the laboratory is under way.
    """
    lims.require(actor, Action.AUDIT_VERIFY)
    path = _path(lims, actor)
    with _starting:
        now = lims.clock.now()
        last = _read(path)
        if last is not None and last.is_running(now):
            raise Conflict(reason("audit.check_runs", "The trail is being checked already; wait until that is done."))
        check = Check(now, actor.name, now)
        _write(path, check)
    thread = Thread(target=_run, args=(lims, actor, path, check), name="lims-audit-check", daemon=True)
    thread.start()
    return thread


def _run(lims: Lims, actor: Actor, path: Path, check: Check) -> None:
    try:
        done = _checked(lims, actor, check, lambda going: _write(path, going))
    except Exception:
        # The outermost door of this thread: who waits for the check must learn that it came to nothing.
        log.exception("The check of the audit trail failed")
        done = replace(check, failure=_FAILED)
    now = lims.clock.now()
    _write(path, replace(done, ended_at=now, said_at=now))


def _checked(lims: Lims, actor: Actor, check: Check, keep: Callable[[Check], None]) -> Check:
    said = check

    def tell(done: int, total: int) -> None:
        nonlocal said
        sleep(_REST_S)
        now = lims.clock.now()
        if now - said.said_at >= timedelta(seconds=1):
            said = replace(said, done=done, total=total, said_at=now)
            keep(said)

    visible = actor.visible_laboratories
    chains = None if visible is None else {NETWORK_CHAIN, *map(str, visible)}
    with still(lims.engine) as connection:
        return _with(said, verify(connection, chains, tell))


def _with(check: Check, report: AuditReport) -> Check:
    findings = tuple(
        Found(f.place, f.why.code, f.why.sentence, dict(f.why.values)) for f in report.findings[:MOST_FINDINGS]
    )
    return replace(
        check,
        done=check.total,
        chains=report.chains,
        entries=report.entries,
        records=report.records,
        count=len(report.findings),
        findings=findings,
    )


def _path(lims: Lims, actor: Actor) -> Path:
    return lims.settings.data / "audit-checks" / f"{actor.laboratory_id or NETWORK_CHAIN}.json"


def _write(path: Path, check: Check) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    fresh.write_text(json.dumps(asdict(check), default=datetime.isoformat, ensure_ascii=False), encoding="utf-8")
    fresh.replace(path)


def _read(path: Path) -> Check | None:
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        for name in ("started_at", "said_at", "ended_at"):
            kept[name] = datetime.fromisoformat(kept[name]) if kept[name] else None
        kept["findings"] = tuple(Found(**found) for found in kept["findings"])
        return Check(**kept)
    except FileNotFoundError:
        return None
    except (ValueError, LookupError, TypeError):
        log.warning("%s is no state of a check; it is passed over", path)
        return None
