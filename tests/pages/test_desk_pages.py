"""The first page: what waits for whom, what of it is late, and nothing of another laboratory."""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from lims.core.actions import Action
from lims.core.clock import FixedClock
from lims.desk.rules import DEADLINES, Wait, days_waited, late_before
from lims.equipment import service as equipment
from lims.equipment.schemas import InstrumentIn
from lims.people.tables import AuthorisationKind
from lims.runtime import Lims
from tests.api.laboratory import Door, a_sheet
from tests.api.reporting import (
    Prepared,
    a_copy,
    a_draft,
    a_received_sample,
    a_tested_sample,
    an_issued_report,
    chosen,
    entered,
    may,
    prepare,
    step,
)
from tests.factories import TODAY, Cast
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


def figures(browser: Browser, address: str = "/") -> dict[str, str]:
    """The numbers of a page by their names, hints behind them."""
    page = browser.get(address)
    assert page.status_code == 200, text_of(page)
    found = re.findall(
        r'class="figure [^"]*"[^>]*><strong>(.*?)</strong> <span>(.*?)</span>(.*?)</(?:a|div)>', page.text
    )
    return {name: f"{number} {re.sub('<[^>]+>', '', hint).strip()}".strip() for number, name, hint in found}


@pytest.mark.parametrize("person", ["ann", "vic", "cai", "rui", "sun", "max", "ada", "ian", "net", "eve"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_everybody_has_a_first_page(browse: Browse, cast: Cast, person: str, language: str) -> None:
    page = browse(getattr(cast, person), language).get("/")

    assert page.status_code == 200
    assert ("今日" if language == "zh" else "Today") in text_of(page)


def test_nobody_is_sent_to_sign_in(browse: Browse) -> None:
    assert browse(None).get("/").headers["location"] == "/sign-in"


def test_the_bench_sees_what_waits_and_since_when(browse: Browse, cast: Cast, door: Door, clock: FixedClock) -> None:
    assert door["ann"].post("/api/samples", a_sheet(sampling_sheet_number="CY-1")).status_code == 201
    a_received_sample(door, sampling_sheet_number="CY-2")
    entered(door, a_received_sample(door, sampling_sheet_number="CY-3")["number"])
    clock.instant += timedelta(days=9)

    found = figures(browse(cast.ann, "en"))

    assert found["Samples to receive"] == "1 1 late, the oldest 9 days"
    assert found["Tests waiting"] == "2 2 late, the oldest 9 days"
    assert found["Entered, not submitted"] == "3 3 late, the oldest 9 days"
    assert found["Returned to me"] == "0"


def test_fresh_work_is_not_late(browse: Browse, cast: Cast, door: Door) -> None:
    a_received_sample(door)

    assert figures(browse(cast.ann, "en"))["Tests waiting"] == "2 the oldest since today"


def test_the_first_page_of_the_bench_tells_nobody_whose_a_sample_is(browse: Browse, cast: Cast, door: Door) -> None:
    sample = a_received_sample(door)

    text = browse(cast.bea).get("/").text

    assert sample["number"] not in text
    assert sample["inspected_party"] not in text


def test_returned_results_come_back_to_who_entered_them(browse: Browse, cast: Cast, door: Door) -> None:
    results = entered(door, a_received_sample(door)["number"])
    submitted = door["ann"].post("/api/results/submit", chosen(results)).json()
    back = {"version": submitted[0]["version"], "reason": "The dilution is missing."}
    assert door["vic"].post(f"/api/results/{submitted[0]['id']}/return", back).status_code == 200

    assert figures(browse(cast.ann, "en"))["Returned to me"].startswith("1")
    assert figures(browse(cast.bea, "en"))["Returned to me"] == "0"


def test_the_verifier_sees_what_others_handed_over(browse: Browse, cast: Cast, door: Door) -> None:
    results = entered(door, a_received_sample(door)["number"])
    door["ann"].post("/api/results/submit", chosen(results))

    found = figures(browse(cast.vic, "en"))

    assert found["Results to verify"] == "3 the oldest since today"
    assert found["of them with failed quality control"] == "0"


def test_a_report_waits_for_each_of_three_people_in_turn(browse: Browse, cast: Cast, door: Door) -> None:
    number = a_tested_sample(door)
    names = {"cai": "Reports to compile", "rui": "Reports to review", "sun": "Reports to approve and sign"}

    def waiting() -> list[str]:
        return [figures(browse(getattr(cast, who), "en"))[name][0] for who, name in names.items()]

    steps = [waiting()]
    draft = a_draft(door, number)
    steps.append(waiting())
    assert number in browse(cast.rui).get("/").text
    reviewed = step(door, "rui", draft, "review")
    steps.append(waiting())
    step(door, "sun", reviewed, "approve")
    steps.append(waiting())

    assert steps == [["1", "0", "0"], ["0", "1", "0"], ["0", "0", "1"], ["0", "0", "0"]]


def test_the_quality_manager_sees_what_runs_out(browse: Browse, cast: Cast, lims: Lims) -> None:
    with lims.work(cast.max, Action.EQUIPMENT_EDIT) as session:
        for code, ends in (("GC-OLD", TODAY - timedelta(days=1)), ("GC-SOON", TODAY + timedelta(days=90)),
                           ("GC-FINE", TODAY + timedelta(days=91))):  # fmt: skip
            order = InstrumentIn(code=code, name="GC", model="7890", serial_number=code, calibrated_until=ends)
            equipment.register_instrument(session, order)
    may(lims, "bea", AuthorisationKind.METHOD, "*", ends_on=TODAY + timedelta(days=5))

    page = browse(cast.max, "en")
    found = figures(page)

    assert found["Calibrations that end in 90 days"] == "2 1 over already"
    assert found["Authorisations that end in 90 days"] == "1"
    assert found["CMA certificate"].startswith("2030-12-31")
    assert found["Accredited parameters"] == "2"
    assert "GC-FINE" not in text_of(page.get("/"))


def test_a_laboratory_without_certificates_is_told_so(browse: Browse, cast: Cast) -> None:
    assert figures(browse(cast.eve, "en"))["CATL certificate"] == "none in force"


def test_the_inspector_sees_failing_samples_of_the_region(browse: Browse, cast: Cast, door: Door) -> None:
    report = an_issued_report(door, found="9.9")
    an_issued_report(door, sampling_sheet_number="CY-2")
    assert door["ian"].get("/api/indicators", period="2026").status_code == 200  # books what was issued

    page = browse(cast.ian, "en").get("/")

    assert figures(browse(cast.ian, "en"))["Failing samples in 30 days"] == "1"
    assert f'href="/reports/{report["number"]}"' in page.text


def test_the_network_manager_sees_who_has_not_reported(browse: Browse, cast: Cast) -> None:
    browser = browse(cast.net, "en")

    assert figures(browser)["Laboratories without a return for 2026-10"] == "2"
    assert 'href="/laboratories/LA"' in browser.get("/").text
    part = browser.part("/today/indicators")
    assert part.status_code == 200
    assert "Pass rate, %" in text_of(part)
    assert "<html" not in part.text


def test_the_glance_at_the_network_is_for_who_may_read_indicators(browse: Browse, cast: Cast) -> None:
    assert browse(cast.ada).get("/today/indicators").status_code == 403


def test_the_administrator_sees_accounts_and_failed_sign_ins(browse: Browse, cast: Cast, lims: Lims) -> None:
    from lims.people.attempts import begin

    begin(lims, "ann", "192.0.2.1")
    begin(lims, "eve", "192.0.2.1")  # of another laboratory
    begin(lims, "nobody at all", "192.0.2.1")

    found = figures(browse(cast.ada, "en"))

    assert found["Active users"] == "9"
    assert found["Failed sign-ins in 24 hours"] == "2"
    assert found["Last check of the audit trail"] == "never"


def test_another_laboratorys_work_is_not_counted(browse: Browse, cast: Cast, door: Door) -> None:
    a_tested_sample(door)
    a_received_sample(door, sampling_sheet_number="CY-2")

    found = figures(browse(cast.eve, "en"))

    assert {found[name] for name in ("Tests waiting", "Results to verify", "Reports to compile")} == {"0"}


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 11, 27), date(2026, 11, 26)),  # a Friday
        (date(2026, 11, 28), date(2026, 11, 27)),  # a Saturday
        (date(2026, 11, 30), date(2026, 11, 27)),  # a Monday: the weekend does not count
    ],
)
def test_only_working_days_make_work_late(today: date, expected: date) -> None:
    assert DEADLINES[Wait.RECEIPT].working_days == 1
    assert late_before(Wait.RECEIPT, today).date() == expected


def test_days_are_counted_in_china(clock: FixedClock) -> None:
    just_before_midnight = clock.instant.replace(hour=15, minute=59)

    assert days_waited(just_before_midnight, just_before_midnight + timedelta(minutes=2)) == 1
