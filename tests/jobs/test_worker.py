"""Background work is done once, whatever happens to the process that does it."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from lims.runtime import Lims
from lims.worker import Background, Task, Worker, run_due_now

ROOT = Path(__file__).parents[2]


class Board:
    """Work to be done, in memory: what is due, what was done, and what fails."""

    def __init__(self) -> None:
        self.open: list[UUID] = []
        self.done: list[UUID] = []
        self.failing: set[UUID] = set()

    def due(self, _lims: Lims) -> list[UUID]:
        return list(self.open)

    def do(self, _lims: Lims, key: UUID) -> None:
        if key in self.failing:
            raise ValueError(f"{key} cannot be drawn")
        self.done.append(key)
        self.open.remove(key)


@pytest.fixture
def board() -> Board:
    return Board()


@pytest.fixture
def worker(lims: Lims, board: Board) -> Iterator[Worker]:
    """A worker of one attempt that is quick to look."""
    started = Worker([Task("test.work", board.due, board.do)], poll_s=0.05, attempts=1)
    started.start(lims)
    yield started
    started.close()


def until(condition: Callable[[], bool], timeout_s: float = 30.0) -> None:
    """Wait for a condition; fail when it does not come true."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def test_due_work_is_done_at_once_without_a_worker(lims: Lims, board: Board) -> None:
    board.open = [uuid4(), uuid4()]
    expected = list(board.open)

    count = run_due_now(lims, [Task("test.work", board.due, board.do)])

    assert (count, board.done) == (2, expected)
    assert run_due_now(lims, [Task("test.work", board.due, board.do)]) == 0


def test_a_worker_finds_what_is_due_and_does_it_once(board: Board, worker: Worker) -> None:
    keys = [uuid4() for _ in range(5)]
    board.open = list(keys)

    until(lambda: not board.open)
    worker.run_due()

    assert sorted(board.done) == sorted(keys)


def test_failing_work_is_set_aside_with_its_error_and_a_person_can_retry_it(board: Board, worker: Worker) -> None:
    good, bad = uuid4(), uuid4()
    board.failing = {bad}
    board.open = [bad, good]

    until(lambda: board.done == [good] and bool(worker.set_aside()))
    assert [(item.task, item.key) for item in worker.set_aside()] == [("test.work", bad)]
    assert "cannot be drawn" in worker.set_aside()[0].error

    board.failing = set()
    worker.retry("test.work", bad)
    until(lambda: board.done == [good, bad])
    assert worker.set_aside() == []


def test_pages_are_told_how_the_work_stands(lims: Lims, board: Board, worker: Worker) -> None:
    good, bad = uuid4(), uuid4()
    board.failing, board.open = {bad}, [bad, good]
    until(lambda: board.done == [good] and bool(worker.set_aside()))

    (seen,) = Background(lims, worker).states()
    (from_outside,) = Background(lims, None, [Task("test.work", board.due, board.do)]).states()

    assert (seen.name, list(seen.due), list(seen.set_aside)) == ("test.work", [bad], [bad])
    assert seen.last_done_at is not None
    assert (list(from_outside.due), from_outside.set_aside, from_outside.last_done_at) == ([bad], {}, None)
    board.open = []  # done by somebody else
    assert Background(lims, worker).states()[0].set_aside == {}


def test_what_the_records_call_due_is_done_again_whatever_the_worker_remembers(board: Board, worker: Worker) -> None:
    key = uuid4()
    board.open = [key]
    until(lambda: board.done == [key])

    board.open = [key]  # as after restoring a backup of the records

    until(lambda: board.done == [key, key])
    assert worker.set_aside() == []


def test_a_worker_starts_and_ends_where_an_event_loop_runs(lims: Lims, board: Board) -> None:
    async def serve() -> None:
        worker = Worker([Task("test.work", board.due, board.do)], poll_s=0.05)
        worker.start(lims)
        await asyncio.to_thread(until, lambda: not board.open)
        worker.close()

    board.open = [uuid4()]
    asyncio.run(serve())

    assert len(board.done) == 1


def test_a_worker_that_was_not_started_says_so() -> None:
    with pytest.raises(RuntimeError, match="not started"):
        Worker([]).run_due()


@pytest.mark.both_databases
def test_killing_workers_half_way_loses_nothing_and_does_nothing_twice(lims: Lims) -> None:
    with lims.engine.begin() as connection:
        connection.execute(text("CREATE TABLE piece (piece VARCHAR(36) PRIMARY KEY)"))
        connection.execute(text("CREATE TABLE effect (piece VARCHAR(36), step INTEGER)"))
        connection.execute(
            text("INSERT INTO piece (piece) VALUES (:piece)"), [{"piece": str(uuid4())} for _ in range(20)]
        )
    arguments = [str(lims.settings.data), *([lims.settings.database_url] if lims.settings.database_url else [])]

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-m", "tests.jobs.victim", *arguments], cwd=ROOT)

    def effects() -> int:
        with lims.engine.connect() as connection:
            return int(connection.execute(text("SELECT COUNT(*) FROM effect")).scalar_one())

    # Two at once, as on two machines; later a single one, which must take over what the other had in hand.
    for enough, how_many in ((7, 2), (20, 1)):
        victims = [start() for _ in range(how_many)]
        until(lambda: effects() >= enough)  # noqa: B023  # called at once
        for victim in victims:
            victim.kill()
            victim.wait()
        assert enough <= effects() < 40
    assert start().wait(timeout=60) == 0

    with lims.engine.connect() as connection:
        rows = connection.execute(text("SELECT piece, step, COUNT(*) FROM effect GROUP BY piece, step")).all()
    assert len(rows) == 40
    assert {row[2] for row in rows} == {1}
