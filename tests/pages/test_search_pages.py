"""One box for any number or name: straight to the record, or what is found, and only what somebody may see."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlmodel import select

from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.core.clock import FixedClock
from lims.desk.rules import LONGEST_SEARCH, search_text, verification_token
from lims.desk.search import MOST
from lims.reports.tables import Report
from lims.runtime import Lims
from tests.api.laboratory import Door, a_sheet
from tests.api.reporting import Prepared, a_copy, a_received_sample, an_issued_report, prepare
from tests.factories import Cast
from tests.pages.conftest import Browser, text_of

Browse = Callable[..., Browser]
PARTY = "绿源蔬菜专业合作社"


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


def found(browser: Browser, text: str) -> str:
    """The page of hits."""
    page = browser.get(f"/search?q={quote(text)}")
    assert page.status_code == 200, page.headers.get("location")
    return page.text


def led_to(browser: Browser, text: str) -> str:
    """Where an exact hit leads."""
    answer = browser.get(f"/search?q={quote(text)}")
    assert answer.status_code == 303, text_of(answer)
    return str(answer.headers["location"])


def token_of(lims: Lims) -> str:
    with lims.read(system_actor(), Action.REPORT_READ) as session:
        return session.exec(select(Report.verification_token)).one() or ""


def test_the_number_of_a_record_leads_straight_to_it(browse: Browse, cast: Cast, door: Door) -> None:
    sample = a_received_sample(door)
    cai, max_ = browse(cast.cai), browse(cast.max)

    for text in (sample["number"], sample["number"].lower(), f" {sample['blind_code']}\n", "CY2026-0117"):
        assert led_to(cai, text) == f"/samples/{sample['number']}"
    assert led_to(max_, "232404090030").startswith("/accreditation/certificates/")
    assert led_to(cai, "1563-66-2").startswith("/library/substances/")
    assert led_to(cai, "gb 23200.121-2026") == "/library/methods/GB%2023200.121-2026"


def test_a_report_is_found_by_its_number_and_by_what_its_code_holds(
    browse: Browse, cast: Cast, door: Door, lims: Lims
) -> None:
    report = an_issued_report(door)
    token = token_of(lims)

    assert led_to(browse(cast.cai), report["number"]) == f"/reports/{report['number']}"
    assert led_to(browse(cast.ian), f"http://127.0.0.1:8000/v/{token}") == f"/reports/{report['number']}"
    assert led_to(browse(cast.ian), token) == f"/reports/{report['number']}"


def test_the_code_of_a_report_that_one_may_not_read_leads_to_its_public_page(
    browse: Browse, cast: Cast, door: Door, lims: Lims
) -> None:
    an_issued_report(door)
    token = token_of(lims)

    for stranger in (cast.eve, cast.ada):
        assert led_to(browse(stranger), f"https://lims.example/v/{token}?from=scan") == f"/v/{token}"


def test_the_bench_finds_samples_by_blind_code_and_food_alone(browse: Browse, cast: Cast, door: Door) -> None:
    sample = a_received_sample(door)
    bea = browse(cast.bea)

    assert led_to(bea, sample["blind_code"]) == f"/samples/bench/{sample['blind_code']}"
    by_food = found(bea, "豇豆")
    assert sample["blind_code"] in by_food
    for hidden in (sample["number"], PARTY, "CY2026-0117", "播州区农业农村局"):
        assert hidden not in by_food
        assert sample["blind_code"] not in found(bea, hidden)


def test_who_may_see_whose_a_sample_is_finds_it_by_its_party(browse: Browse, cast: Cast, door: Door) -> None:
    sample = a_received_sample(door)
    report = an_issued_report(door, sampling_sheet_number="CY-2")

    page = found(browse(cast.cai), "绿源")

    assert f'href="/samples/{sample["number"]}"' in page
    assert f'href="/reports/{report["number"]}"' in page


def test_nothing_of_another_laboratory_is_found(browse: Browse, cast: Cast, door: Door) -> None:
    sample = a_received_sample(door)
    report = an_issued_report(door, sampling_sheet_number="CY-2")
    eve = browse(cast.eve)

    for text in (sample["number"], sample["blind_code"], report["number"], PARTY, "232404090030", "bea"):
        page = found(eve, text)
        assert 'href="/samples/' not in page
        assert 'href="/reports/' not in page
        assert 'href="/accreditation/certificates/' not in page
        assert 'href="/people/' not in page


def test_who_has_no_right_to_a_kind_of_record_does_not_find_it(browse: Browse, cast: Cast, door: Door) -> None:
    a_received_sample(door)

    assert "豇豆" in found(browse(cast.ada), "豇豆")  # the food of the library, which everybody may read
    assert 'href="/samples/' not in found(browse(cast.ada), "豇豆")
    assert 'href="/people/bea"' in found(browse(cast.ada), "bea")
    assert 'href="/people/bea"' not in found(browse(cast.ann), "bea")


def test_laboratories_substances_foods_and_methods_are_found_by_their_names(browse: Browse, cast: Cast) -> None:
    page = found(browse(cast.ann), "播州")
    assert 'href="/laboratories/LA"' in page
    assert 'href="/library/substances/' in found(browse(cast.ann), "克百")
    assert "/library/food?path=" in found(browse(cast.ann), "长豆角")  # another name of the cowpea
    assert 'href="/library/methods/' in found(browse(cast.ann), "23200.121")


@pytest.mark.parametrize("text", ["%", "_", "\\", "'", '"><script>alert(1)</script>', "\x00", "{x}", "x" * 5000])
def test_hostile_texts_are_texts(browse: Browse, cast: Cast, door: Door, text: str) -> None:
    a_received_sample(door)

    page = browse(cast.cai).get(f"/search?q={quote(text)}")

    assert page.status_code == 200
    assert "<script>alert" not in page.text
    if text in {"%", "\\"}:
        assert 'href="/samples/' not in page.text


def test_a_long_list_of_hits_ends_with_the_way_to_all_of_them(browse: Browse, cast: Cast, door: Door) -> None:
    for number in range(MOST + 1):
        sheet = a_sheet(sampling_sheet_number=f"CY-{number}", parameters=[{"parameter": "克百威"}])
        assert door["ann"].post("/api/samples", sheet).status_code == 201

    page = found(browse(cast.cai), "绿源")

    assert page.count('<li><a href="/samples/') == MOST
    assert f'href="/samples?q={quote("绿源")}"' in page


def test_without_a_text_the_page_says_what_can_be_found(browse: Browse, cast: Cast) -> None:
    page = browse(cast.ann, "en").get("/search?q=%20")

    assert page.status_code == 200
    assert "A scanned code works too." in text_of(page)


def test_what_a_scanner_adds_is_taken_off() -> None:
    assert search_text(" LA-2026-000001\r\n") == "LA-2026-000001"
    assert len(search_text("x" * 1000)) == LONGEST_SEARCH


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("a" * 43, "a" * 43),
        ("https://lims.example/v/" + "b" * 43, "b" * 43),
        ("https://lims.example/v/" + "b" * 43 + "?x=1", "b" * 43),
        ("https://lims.example/v/short", None),
        ("a" * 42, None),
        ("LA2026000001", None),
    ],
)
def test_the_address_behind_a_code_is_understood(text: str, token: str | None) -> None:
    assert verification_token(text) == token
