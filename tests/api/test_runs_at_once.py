"""People at once: one file for one worksheet, numbers of worksheets, one standard left out; on both databases."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlmodel import select

from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.core.clock import FixedClock
from lims.core.errors import Conflict
from lims.library.queries import current_library
from lims.results.levels import LevelChoice, decide_on_level
from lims.runs import importing, queries, service
from lims.runs.previewing import FileImport
from lims.runs.schemas import ProfileIn, WorksheetIn
from lims.runs.tables import Calibration, InstrumentFile, LevelDecision, Run, Signal, Worksheet
from lims.runtime import Lims
from lims.settings import Settings
from tests.api.laboratory import Door
from tests.api.test_runs import PROFILE, Bench, set_up
from tests.factories import Cast

pytestmark = pytest.mark.both_databases


@pytest.fixture
def bench(database: Settings, lims: Lims, cast: Cast, clock: FixedClock) -> Bench:
    made = set_up(lims, cast, database.data)
    return Bench(lims, cast, clock, Door(lims), made.blind_codes, made.sample_numbers)


def at_once(act: Callable[[], Any], times: int = 3) -> list[Any]:
    """What each of several threads gets that start together; a conflict is an answer, anything else fails."""
    barrier = Barrier(times)

    def together(_: int) -> Any:
        barrier.wait()
        try:
            return act()
        except Conflict as conflict:
            return conflict

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(together, range(times)))


def test_one_file_imported_by_several_at_once_is_one_run(bench: Bench) -> None:
    order = FileImport(bench.worksheet(), bench.export(), "batch.csv", ProfileIn(**PROFILE).to_profile())

    answers = at_once(lambda: importing.import_file(bench.lims, bench.cast.ann, order))

    assert any(isinstance(answer, Run) for answer in answers)
    assert len({answer.id for answer in answers if isinstance(answer, Run)}) == 1
    with bench.lims.read(system_actor(), Action.RUN_READ) as session:
        (run,) = session.exec(select(Run)).all()
        assert len(session.exec(select(InstrumentFile)).all()) == 1
        assert len(session.exec(select(Signal)).all()) == queries.signals_of(session, run.id, None, 1, 0)[1]
    assert importing.import_file(bench.lims, bench.cast.ann, order).id == run.id


def test_worksheets_made_at_once_have_numbers_without_gap(bench: Bench) -> None:
    order = WorksheetIn.model_validate(bench.worksheet_body()).to_order()

    def make() -> Worksheet:
        with bench.lims.work(bench.cast.ann, Action.WORKSHEET_CREATE) as session:
            return service.create_worksheet(session, order)

    answers = at_once(make)

    made = sorted(answer.number for answer in answers if isinstance(answer, Worksheet))
    assert made == [f"W2026-{number:06d}" for number in range(1, len(made) + 1)]
    assert made


def test_a_standard_is_left_out_once_by_several_who_saw_the_same(bench: Bench) -> None:
    order = FileImport(bench.worksheet(), bench.export(), "batch.csv", ProfileIn(**PROFILE).to_profile())
    run = importing.import_file(bench.lims, bench.cast.ann, order)
    choice = LevelChoice("chlorpyrifos", "Cal-3", True, "The vial was mixed up.", 1)

    def leave_out() -> Calibration:
        with bench.lims.work(bench.cast.max, Action.LEVEL_DECIDE, choice.reason) as session:
            return decide_on_level(session, current_library(session), run.id, order.content, choice)

    answers = at_once(leave_out)

    assert [type(answer) for answer in answers].count(Calibration) == 1
    with bench.lims.read(system_actor(), Action.RUN_READ) as session:
        assert len(session.exec(select(LevelDecision)).all()) == 1
        (calibration,) = queries.calibrations_of(session, run.id)
        assert [level["is_used"] for level in calibration.levels] == [True, True, False, True, True]
