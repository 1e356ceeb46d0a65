"""Several people at once at the bench record of a worksheet, and at the results that shut it; on both databases."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from sqlmodel import select

from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.core.clock import FixedClock
from lims.core.errors import RuleRefused
from lims.library.queries import current_library
from lims.results import bench_acts, service
from lims.results.bench_record_tables import BenchRecord, EquipmentUse
from lims.results.bench_schemas import BenchRecordIn
from lims.results.schemas import Chosen
from lims.runtime import Lims
from lims.settings import Settings
from tests.api.laboratory import Door
from tests.api.test_results_of_runs import BEFORE_THE_RUN
from tests.api.test_runs import NOW, Bench, set_up
from tests.api.test_runs_at_once import at_once
from tests.factories import Cast

pytestmark = pytest.mark.both_databases
ORDER = BenchRecordIn.model_validate({"used_on": "2026-11-23", "temperature_c": "21.0"})


@pytest.fixture
def bench(database: Settings, lims: Lims, cast: Cast, clock: FixedClock) -> Bench:
    """A laboratory whose samples were received before the batch of the file was injected."""
    clock.instant = BEFORE_THE_RUN
    made = set_up(lims, cast, database.data)
    clock.instant = NOW
    return Bench(lims, cast, clock, Door(lims), made.blind_codes, made.sample_numbers)


def write(bench: Bench, number: str) -> BenchRecord:
    with bench.lims.work(bench.cast.ann, Action.BENCH_RECORD) as session:
        return bench_acts.record_bench(session, number, ORDER)


def test_a_record_is_begun_once(bench: Bench) -> None:
    number = bench.worksheet()

    answers = at_once(lambda: write(bench, number))

    assert sum(isinstance(answer, BenchRecord) for answer in answers) == 1
    with bench.lims.read(system_actor(), Action.RUN_READ) as session:
        assert len(session.exec(select(BenchRecord)).all()) == 1
        assert len(session.exec(select(EquipmentUse)).all()) == 1


def test_a_record_waits_for_a_submission_under_way_and_is_refused(bench: Bench) -> None:
    number = bench.worksheet()
    ann = bench.door["ann"]
    run = bench.upload(f"/api/worksheets/{number}/runs", bench.export()).json()["id"]
    assert ann.post(f"/api/runs/{run}/results").json()["recorded"] == 3
    chosen = [Chosen(id=r["id"], version=r["version"]) for r in ann.get("/api/results").json()["items"]]
    submitted, tried = Event(), Event()

    def submit() -> None:
        with bench.lims.work(bench.cast.ann, Action.RESULT_SUBMIT) as session:
            service.submit_results(session, current_library(session), chosen)
            submitted.set()
            tried.wait(2)  # the other one is at its beginning, or waits for this one

    with ThreadPoolExecutor(1) as pool:
        handing_over = pool.submit(submit)
        assert submitted.wait(30)
        with pytest.raises(RuleRefused) as refused:
            write(bench, number)
        tried.set()
        handing_over.result(30)

    assert [why.code for why in refused.value.reasons] == ["bench.submitted"]
