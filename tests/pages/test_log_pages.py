"""The transparency log in front of a browser: who sees it, what the check says, and a report's place in it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from lims.core.actors import system_actor
from lims.core.clock import FixedClock
from lims.db.engine import WRITES
from lims.reports import log_acts, tasks
from lims.runtime import Lims
from tests.api.laboratory import Door
from tests.api.reporting import Prepared, a_copy, an_issued_report, prepare
from tests.factories import Cast
from tests.pages.conftest import Browser, text_of

Browse = Callable[..., Browser]


@pytest.fixture(scope="module")
def prepared(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(shared, tmp_path_factory.mktemp("prepared") / "var")


@pytest.fixture
def lims(prepared: Prepared, tmp_path: Path, clock: FixedClock) -> Iterator[Lims]:
    with a_copy(prepared, tmp_path / "var", clock) as installation:
        yield installation


@pytest.fixture
def cast(prepared: Prepared) -> Cast:
    return prepared.cast


@pytest.fixture
def door(lims: Lims) -> Door:
    return Door(lims)


def test_the_log_is_checked_from_its_page_and_names_what_it_finds(
    browse: Browse, cast: Cast, lims: Lims, door: Door
) -> None:
    report = an_issued_report(door)
    for laboratory_id in tasks.due_logs(lims):
        tasks.sign_log(lims, laboratory_id)
    max_ = browse(cast.max, "en")
    before = text_of(max_.get("/log"))
    max_.post("/log/check", {})
    clean = text_of(max_.get("/log"))
    with lims.engine.execution_options(**{WRITES: True}).begin() as connection:
        connection.execute(text("DROP TRIGGER log_leaf_no_update"))
        connection.execute(text("UPDATE log_leaf SET content = replace(content, 'issued', 'withdrawn')"))
    max_.post("/log/check", {})
    found = text_of(max_.get("/log"))

    assert "The log has not been checked here yet." in before
    assert report["number"] in before
    assert "Everything is in order." in clean
    assert "1 entries, 1 heads and 1 reports were checked." in clean
    assert "The leaf was edited: its hash does not fit its content." in found
    assert "says something else of its being issued" in found


def test_a_check_by_the_installation_is_told_in_the_language_of_the_reader(
    browse: Browse, cast: Cast, lims: Lims, door: Door
) -> None:
    an_issued_report(door)
    log_acts.check_logs(lims, system_actor("command line"))

    assert "· 命令行" in text_of(browse(cast.max).get("/log"))
    assert "· the command line" in text_of(browse(cast.max, "en").get("/log"))


def test_another_laboratory_sees_its_own_log_alone(browse: Browse, cast: Cast, door: Door) -> None:
    report = an_issued_report(door)

    theirs = browse(cast.eve).get("/log")

    assert report["number"] not in theirs.text


def test_a_report_shows_its_place_in_the_log(browse: Browse, cast: Cast, lims: Lims, door: Door) -> None:
    report = an_issued_report(door)
    fresh = text_of(browse(cast.cai).get(f"/reports/{report['number']}"))
    for laboratory_id in tasks.due_logs(lims):
        tasks.sign_log(lims, laboratory_id)
    signed = text_of(browse(cast.cai).get(f"/reports/{report['number']}"))

    assert "第 1 条" in fresh
    assert "树头稍后签署" in fresh
    assert "已有签名树头" in signed
