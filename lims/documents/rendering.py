"""Rendering (出具 PDF) in this process (`render`) or in warm child processes (`Renderer`), which keep routes quick.

A child loads WeasyPrint, fonts and styles once, prints until it has made `recycle_after` documents, and is then
replaced, so that what a page leaves behind in memory never adds up; so is one that dies or hangs. Its successor is
started some documents before it is worn, and is warm when it takes over. It ends by itself when its parent is gone.
"""

import gc
import multiprocessing
import queue
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from lims.core.errors import LimsError
from lims.core.reasons import Reason, reason
from lims.documents.annexes import NO_PHOTOS, Photos, RenderingFailed
from lims.documents.contest_papers import ContestAnnouncement, ContestCertificate, ContestPaper
from lims.documents.labels import SampleLabel
from lims.documents.original_record import OriginalRecord
from lims.documents.press import Press
from lims.documents.proficiency_report import ParticipantReport, ProficiencyReport
from lims.documents.snapshot import ReportSnapshot

#: Documents that a worn child still makes while its successor loads.
_AHEAD = 10

__all__ = ["Renderer", "RenderingFailed", "render"]


@dataclass(frozen=True, slots=True)
class _ReportJob:
    snapshot: bytes
    proof: bytes | None
    acts: bytes | None
    photos: Photos


_Job = _ReportJob | tuple[SampleLabel, ...] | OriginalRecord | ProficiencyReport | ParticipantReport | ContestPaper


def render(snapshot: ReportSnapshot, templates_dir: Path, assets_dir: Path) -> bytes:
    """The report as PDF, made in this process; see `press.Press.report`."""
    return Press(templates_dir, assets_dir).report(snapshot)


def _do(press: Press, job: _Job) -> bytes | tuple[Reason, ...]:
    try:
        if isinstance(job, _ReportJob):
            return press.report(ReportSnapshot.model_validate_json(job.snapshot), job.proof, job.acts, job.photos)
        if isinstance(job, OriginalRecord):
            return press.original_record(job)
        if isinstance(job, ProficiencyReport):
            return press.proficiency(job)
        if isinstance(job, ParticipantReport):
            return press.participant(job)
        if isinstance(job, ContestCertificate | ContestAnnouncement):
            return press.contest(job)
        return press.labels(job)
    except LimsError as refused:
        return refused.reasons


def _child(pipe: Connection, templates_dir: Path, assets_dir: Path) -> None:
    """The life of a child: jobs in, bytes or reasons out, until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's affair
    press = Press(templates_dir, assets_dir)
    with suppress(LimsError):  # what stands in the way is told by the first report that asks
        press.warm()
    gc.collect()
    gc.freeze()
    while True:
        try:
            job: _Job = pipe.recv()
        except (EOFError, OSError):
            return
        answer = _do(press, job)
        del job
        try:
            pipe.send(answer)
        except OSError:
            return
        gc.collect()


class _Worker:
    """One child process and the pipe to it."""

    def __init__(self, templates_dir: Path, assets_dir: Path) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(
            target=_child, args=(theirs, templates_dir, assets_dir), daemon=True, name="lims-renderer"
        )
        self.process.start()
        theirs.close()
        self.made = 0
        self.successor: _Worker | None = None

    def ask(self, job: _Job, timeout_s: float) -> bytes | tuple[Reason, ...]:
        """The child's answer. Raises `TimeoutError`, and `EOFError` or `OSError` when the child is dead."""
        self.pipe.send(job)
        if not self.pipe.poll(timeout_s):
            raise TimeoutError
        answer: bytes | tuple[Reason, ...] = self.pipe.recv()
        self.made += 1
        return answer

    def end(self) -> None:
        if self.successor is not None:
            self.successor.end()
        self.pipe.close()
        self.process.kill()
        self.process.join()
        self.process.close()


class Renderer:
    """Warm child processes that print reports, labels and original records. For many threads.

    Making one is cheap: a child is started when it is needed, or all of them by `warm`.
    """

    def __init__(
        self,
        templates_dir: Path,
        assets_dir: Path,
        *,
        processes: int = 1,
        recycle_after: int = 200,
        timeout_s: float = 120,
    ) -> None:
        self._folders = (templates_dir, assets_dir)
        self._recycle_after = recycle_after
        self._timeout_s = timeout_s
        self._processes = processes
        self._closed = False
        self._places: queue.Queue[_Worker | None] = queue.Queue()
        for _ in range(processes):
            self._places.put(None)

    def warm(self) -> None:
        """Start every child that is not there yet, without waiting until it is ready."""
        for _ in range(self._processes):  # one place after the other: they stand in a row
            worker = self._places.get()
            self._places.put(worker or (None if self._closed else _Worker(*self._folders)))

    def report(
        self,
        snapshot: ReportSnapshot,
        proof: bytes | None = None,
        acts: bytes | None = None,
        photos: Photos = NO_PHOTOS,
    ) -> bytes:
        """The report as PDF. Raises `RenderingFailed`, also when the child dies twice or is too slow."""
        return self._print(_ReportJob(snapshot.canonical_bytes(), proof, acts, dict(photos)))

    def labels(self, labels: Sequence[SampleLabel]) -> bytes:
        """Labels as PDF. Raises `RenderingFailed`."""
        return self._print(tuple(labels))

    def original_record(self, record: OriginalRecord) -> bytes:
        """An original record as PDF. Raises `RenderingFailed`."""
        return self._print(record)

    def proficiency(self, report: ProficiencyReport | ParticipantReport) -> bytes:
        """The report of a proficiency round, or of one participant of it, as PDF. Raises `RenderingFailed`."""
        return self._print(report)

    def contest(self, paper: ContestPaper) -> bytes:
        """A certificate or the announcement of a contest as PDF, not yet signed. Raises `RenderingFailed`."""
        return self._print(paper)

    def close(self) -> None:
        """End the children, after the work they are doing. The renderer cannot be used afterwards."""
        if self._closed:
            return
        self._closed = True
        workers = [self._places.get() for _ in range(self._processes)]
        for worker in workers:
            if worker:
                worker.end()
            self._places.put(None)  # whoever still waits for a place learns that it is over

    def __enter__(self) -> "Renderer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _worker(self) -> Iterator[_Worker]:
        """A free child, started if need be. It goes back to its place unless the work with it failed or it is worn."""
        worker = self._places.get()
        kept: _Worker | None = None
        try:
            if self._closed:
                raise RenderingFailed(reason("report.renderer_closed", "The program is ending; render it again later."))
            if worker is None or not worker.process.is_alive():
                if worker is not None:
                    worker.end()
                worker = _Worker(*self._folders)
            yield worker
            if worker.made < self._recycle_after:
                kept = worker
                if worker.successor is None and worker.made >= self._recycle_after - _AHEAD:
                    worker.successor = _Worker(*self._folders)
            else:
                kept, worker.successor = worker.successor, None
        finally:
            if worker is not None and kept is not worker:
                worker.end()
            self._places.put(kept)

    def _print(self, job: _Job) -> bytes:
        answer = self._ask(job)
        if isinstance(answer, bytes):
            return answer
        raise RenderingFailed(*answer)

    def _ask(self, job: _Job) -> bytes | tuple[Reason, ...]:
        for _ in range(2):  # once more with a new child when the first one dies
            try:
                with self._worker() as worker:
                    return worker.ask(job, self._timeout_s)
            except TimeoutError as error:
                raise RenderingFailed(
                    reason(
                        "report.render_timeout",
                        "The page was not ready after {seconds} s and was given up; render it again.",
                        seconds=f"{self._timeout_s:g}",
                    )
                ) from error
            except (EOFError, OSError):
                continue
        raise RenderingFailed(
            reason("report.render_died", "The process that makes pages died twice; see the log, and render it again.")
        )
