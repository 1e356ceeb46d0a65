"""The worker: background work (后台任务) that survives being killed at any moment.

What is due stands in the committed records alone: a report issued but not drawn is due. A task is a plain
function `do(lims, key)`, safe to call again with the same key; it looks at the record, does what is missing and
commits it with one act. The worker looks for due keys and hands each to DBOS, a durable-execution library, which
remembers attempts in a database of its own, under an id made of task and key. So a key is worked on by one
process at a time, a killed attempt is taken up again, a failing one is tried anew a few times and then set
aside for a person. Losing that second database loses nothing.

`run_due_now` does the same work at once, without DBOS: for the command line and for tests.
"""

import logging
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Any
from uuid import UUID

from lims.contests import tasks as contests
from lims.db.slots import Slot, first_free_slot, take_slot
from lims.desk.background import TaskState
from lims.documents.renderers import warm_renderer
from lims.exams import tasks as exams
from lims.indicators import tasks as indicators
from lims.proficiency import tasks as proficiency
from lims.quality import tasks as quality
from lims.reports import batches
from lims.reports import tasks as reports
from lims.runtime import Lims

log = logging.getLogger(__name__)

#: The name of the queue, of the workflow and of the schema on PostgreSQL.
_NAME = "lims_work"
_DRAWS = "report.render"
#: Of the shape of the workflow, not of the program: a new release takes up what the old one left.
_SHAPE = "1"
#: Pieces of work in hand for each child process that draws: one is drawn, one is signed and kept, the next one waits.
#: The children are never idle between two looks into the queue.
_AT_ONCE, _LOOK_S = 4, 0.5
_DONE, _IN_HAND, _SET_ASIDE = "SUCCESS", "PENDING", ["ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]


@dataclass(frozen=True, slots=True)
class Task:
    """A kind of background work: which records wait for it, and what to do with one of them."""

    name: str
    due: Callable[[Lims], Sequence[UUID]]
    do: Callable[[Lims, UUID], None]


@dataclass(frozen=True, slots=True)
class SetAside:
    """Work that kept failing and now waits for a person."""

    task: str
    key: UUID
    error: str


def all_tasks() -> tuple[Task, ...]:
    """The background work of every feature."""
    return (
        Task("report.batch", batches.due, batches.work_off),
        Task(_DRAWS, reports.due, reports.render_report),
        Task("log.sign", reports.due_logs, reports.sign_log),
        Task("indicators.book", indicators.due, indicators.book),
        Task("quality.read", quality.due, quality.read_charts),
        Task("proficiency.follow", proficiency.due, proficiency.follow_up),
        Task("exams.take_in", exams.due, exams.take_in),
        Task("contest.certify", contests.due, contests.certify),
    )


def run_due_now(lims: Lims, tasks: Sequence[Task] | None = None) -> int:
    """Do everything that is due, here and now; how much it was. Whatever a task raises is raised."""
    done = 0
    for task in all_tasks() if tasks is None else tasks:
        for key in task.due(lims):
            task.do(lims, key)
            done += 1
    return done


def run_forever(lims: Lims) -> None:
    """Be a worker until the process is told to end (SIGTERM, or Ctrl-C)."""
    ended = Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signal_number, lambda _number, _frame: ended.set())
    worker = Worker()
    worker.start(lims)
    try:
        ended.wait()
    finally:
        worker.close()


class Worker:
    """Background work in this process. One worker at a time in a process; any number of processes on PostgreSQL."""

    def __init__(
        self, tasks: Sequence[Task] | None = None, *, poll_s: float = 1.0, attempts: int = 4, pause_s: float = 2.0
    ) -> None:
        """`poll_s`: how often to look for work; `attempts` with `pause_s` (doubling) before work is set aside."""
        self._tasks = {task.name: task for task in (all_tasks() if tasks is None else tasks)}
        self._poll_s = poll_s
        self._attempts = attempts
        self._pause_s = pause_s
        self._stop = Event()
        self._feeder: Thread | None = None
        self._slot: Slot | None = None
        self._lims: Lims | None = None
        self._enqueue: Callable[[str, str], Any] | None = None

    def start(self, lims: Lims) -> None:
        """Take up what a killed worker left, and look for work until `close`.

        Raises `Conflict` when there are too many workers.
        """
        slot = first_free_slot(lims.engine, lims.settings.data)
        self._lims, self._slot = lims, slot
        # In a thread of its own, for DBOS refuses to work where an event loop runs (as in the start of a server).
        _in_a_thread(lambda: self._launch(lims, slot))
        self._feeder = Thread(target=self._feed, name="lims-worker", daemon=True)
        self._feeder.start()
        if _DRAWS in self._tasks:
            warm_renderer(lims)

    def _launch(self, lims: Lims, slot: Slot) -> None:
        from dbos import DBOS  # takes seconds to import, and only workers need it

        DBOS(config=_configuration(lims, slot))

        @DBOS.workflow(name=_NAME)
        def work(task: str, key: str) -> None:
            options: Any = {
                "name": task,
                "retries_allowed": self._attempts > 1,
                "max_attempts": self._attempts,
                "interval_seconds": self._pause_s,
                "backoff_rate": 2.0,
            }
            DBOS.run_step(options, self._tasks[task].do, lims, UUID(key))

        def enqueue(task: str, key: str) -> None:
            DBOS.enqueue_workflow(_NAME, work, task, key)

        self._enqueue = enqueue
        DBOS.launch()
        DBOS.register_queue(
            _NAME,
            worker_concurrency=_AT_ONCE * lims.settings.render_processes,
            polling_interval_sec=min(self._poll_s, _LOOK_S),
            on_conflict="always_update",
        )

    def run_due(self) -> int:
        """Hand over everything that is due and not in hand yet; how much it was."""
        lims = self._running()
        self._adopt(lims)
        return sum(self._hand_over(task, key) for task in self._tasks.values() for key in self._open_keys(lims, task))

    def set_aside(self) -> list[SetAside]:
        """The work that kept failing, with its last error."""
        from dbos import DBOS

        self._running()
        return [
            SetAside(name, key, str(status.error))
            for status in DBOS.list_workflows(status=_SET_ASIDE, name=_NAME, load_input=False)
            for name, key in [_parts(status.workflow_id)]
        ]

    def states(self) -> list[TaskState]:
        """Every kind of work as it stands now: due by the records, in hand, set aside, last done."""
        lims, aside = self._running(), self.set_aside()
        found = []
        for task in self._tasks.values():
            due = list(task.due(lims))
            found.append(
                TaskState(
                    task.name,
                    due,
                    [key for key, state in _states(task, due).items() if state == _IN_HAND],
                    {one.key: one.error for one in aside if one.task == task.name and one.key in due},
                    _last_done_at(task),
                )
            )
        return found

    def retry(self, task: str, key: UUID) -> None:
        """Try again what was set aside."""
        from dbos import DBOS

        self._running()
        DBOS.delete_workflow(_id(task, key))
        self.run_due()

    def close(self) -> None:
        """Stop; work in hand is taken up at the next start. Closing again does nothing."""
        if self._slot is None:
            return
        from dbos import DBOS

        self._stop.set()
        if self._feeder is not None:
            self._feeder.join()
        _in_a_thread(lambda: DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=10))
        self._slot.close()
        self._slot = self._lims = self._feeder = None

    def _running(self) -> Lims:
        if self._lims is None:
            raise RuntimeError("the worker was not started")
        return self._lims

    def _feed(self) -> None:
        while not self._stop.is_set():
            try:
                self.run_due()
            except Exception:
                # The outermost door of this thread, which must not end: what is away now may be back in a moment.
                log.exception("The worker could not look for work; it will try again.")
            self._stop.wait(self._poll_s)

    def _open_keys(self, lims: Lims, task: Task) -> list[UUID]:
        """The due keys that nobody has in hand and that were not set aside."""
        from dbos import DBOS

        due = list(task.due(lims))
        states = _states(task, due)
        fresh = [key for key in due if key not in states]
        finished = [key for key, state in states.items() if state == _DONE]
        if finished:
            # Done a moment ago, or remembered as done by a memory that is newer than the records (a restored
            # backup). The records decide: what is still due now is done again.
            again = set(task.due(lims)).intersection(finished)
            for key in again:
                DBOS.delete_workflow(_id(task.name, key))
            fresh.extend(again)
        return fresh

    def _hand_over(self, task: Task, key: UUID) -> int:
        from dbos import SetWorkflowID

        if self._enqueue is None:
            raise RuntimeError("the worker was not started")
        with SetWorkflowID(_id(task.name, key)):
            self._enqueue(task.name, str(key))
        return 1

    def _adopt(self, lims: Lims) -> None:
        """Take over what other workers had in hand when they were killed."""
        from dbos import DBOS

        own = _executor(self._slot.number) if self._slot else ""
        abandoned: dict[str, list[str]] = {}
        for status in DBOS.list_workflows(status="PENDING", name=_NAME, load_input=False, load_output=False):
            if status.executor_id and status.executor_id != own:
                abandoned.setdefault(status.executor_id, []).append(status.workflow_id)
        for executor, ids in abandoned.items():
            slot = take_slot(lims.engine, lims.settings.data, int(executor.removeprefix(_executor(""))))
            if slot is not None:
                for workflow_id in ids:
                    DBOS.resume_workflow(workflow_id, queue_name=_NAME)
                slot.close()


class Background:
    """The background work of an installation as pages look at it: through the worker of this process, if it has one."""

    def __init__(self, lims: Lims, worker: Worker | None = None, tasks: Sequence[Task] | None = None) -> None:
        self._lims, self._worker = lims, worker
        self._tasks = all_tasks() if tasks is None else tasks

    @property
    def is_at_work(self) -> bool:
        """Whether this process does the work."""
        return self._worker is not None

    def states(self) -> list[TaskState]:
        """Every kind of work as it stands now; without a worker only what is due."""
        if self._worker is not None:
            return self._worker.states()
        return [TaskState(task.name, list(task.due(self._lims))) for task in self._tasks]

    def retry(self, task: str, key: UUID) -> None:
        """Try again what was set aside. Raises `RuntimeError` without a worker."""
        if self._worker is None:
            raise RuntimeError("there is no worker in this process")
        self._worker.retry(task, key)


def _in_a_thread(act: Callable[[], None]) -> None:
    with ThreadPoolExecutor(1, thread_name_prefix="lims-worker") as thread:
        thread.submit(act).result()


def _configuration(lims: Lims, slot: Slot) -> Any:
    url = lims.settings.database_address
    if url.startswith("sqlite"):
        url = f"sqlite:///{lims.settings.data / 'work.sqlite'}"
    return {
        "name": "lims",
        "system_database_url": url,
        "dbos_system_schema": _NAME,
        "application_version": _SHAPE,
        "executor_id": _executor(slot.number),
        "log_level": "WARNING",
        "max_executor_threads": 16,
    }


def _states(task: Task, keys: Sequence[UUID]) -> dict[UUID, str]:
    from dbos import DBOS

    if not keys:
        return {}
    found = DBOS.list_workflows(workflow_ids=[_id(task.name, key) for key in keys], load_input=False, load_output=False)
    return {_parts(status.workflow_id)[1]: status.status for status in found}


def _last_done_at(task: Task) -> datetime | None:
    from dbos import DBOS

    last = DBOS.list_workflows(
        status=_DONE, workflow_id_prefix=f"{task.name}:", limit=1, sort_desc=True, load_input=False, load_output=False
    )
    told_ms = last[0].completed_at or last[0].updated_at if last else None
    return None if told_ms is None else datetime.fromtimestamp(told_ms / 1000, UTC)


def _executor(number: int | str) -> str:
    return f"worker-{number}"


def _id(task: str, key: UUID) -> str:
    return f"{task}:{key}"


def _parts(workflow_id: str) -> tuple[str, UUID]:
    task, _, key = workflow_id.rpartition(":")
    return task, UUID(key)
