"""Indicators through the front door: figures, their parts, the batches behind them, and who sees which."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event

from lims.core.actions import Action
from lims.core.actors import Actor, system_actor
from lims.core.clock import FixedClock
from lims.core.errors import Forbidden, RuleRefused
from lims.indicators import service, tasks
from lims.indicators.rules import BatchVerdict, Breakdown, Period
from lims.indicators.service import Question
from lims.reports.rules import ReportStatus
from lims.runtime import Lims
from lims.samples.rules import Programme, Stage
from tests.factories import Cast
from tests.unit.indicators.world import (
    PDF,
    a_report,
    a_sample,
    a_township,
    batches,
    booked,
    change_report,
    residents_and_targets,
)

NOVEMBER = "2026-11"
Ask = Callable[..., dict[str, Any]]
Client = Callable[[Actor | None], TestClient]


@pytest.fixture
def ask(lims: Lims, cast: Cast, client: Client) -> Ask:
    """Ask for indicators as one of the cast; the answer must be 200."""
    residents_and_targets(lims)

    def asking(who: str, path: str = "/api/indicators", **query: Any) -> dict[str, Any]:
        answer = client(getattr(cast, who)).get(path, params={"period": NOVEMBER, **query})
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    return asking


def by_key(table: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["key"]: row for row in table["rows"]}


@pytest.mark.both_databases
def test_the_figures_of_a_county_stand_beside_their_targets(lims: Lims, ask: Ask) -> None:
    batches(lims, "LA", 97)
    batches(lims, "LA", 2, verdict=BatchVerdict.FAILS)
    batches(lims, "LA", 5, verdict=BatchVerdict.NOT_JUDGED)
    batches(lims, "LA", 3, withdrawn=True)

    total = ask("max")["total"]

    assert (total["key"], total["name"]) == ("520304", "播州区")
    counts = [total[name] for name in ("batches", "judged", "conforming", "failing", "not_judged", "withdrawn")]
    assert counts == [104, 99, 97, 2, 5, 3]
    assert total["pass_rate"] == {
        "shown": "97.97",  # 97.9798; one decimal would be 98.0, which it has not reached
        "target": "98",
        "target_code": "T01",
        "reached": False,
        "gap": "-0.02",
    }
    density = total["batches_per_thousand"]
    assert (density["residents"], density["census_year"], density["quota"]) == (761_491, 2020, 1143)
    assert (density["figure"]["shown"], density["figure"]["target"], density["missing"]) == ("0.14", "1.5", 1039)


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("by", "rows"),
    [
        (Breakdown.LABORATORY, {"LA": (4, 1)}),
        (Breakdown.PROGRAMME, {"routine": (3, 0), "supervision": (1, 1)}),
        (Breakdown.STAGE, {"farm": (3, 0), "supermarket": (1, 1)}),
        (Breakdown.FOOD_GROUP, {"茶叶": (1, 1), "蔬菜": (3, 0)}),
        (Breakdown.FOOD, {"茶叶/茶叶": (1, 1), "蔬菜/茄果类蔬菜/番茄": (3, 0)}),
        (Breakdown.MONTH, {"2026-10": (2, 0), "2026-11": (1, 0), "2026-12": (1, 1)}),
        (Breakdown.QUARTER, {"2026-Q4": (4, 1)}),
        (Breakdown.REGION, {"520304": (4, 1)}),
    ],
)
def test_the_rows_of_every_breakdown_add_up(
    lims: Lims, ask: Ask, by: Breakdown, rows: dict[str, tuple[int, int]]
) -> None:
    tea = {
        "programme": Programme.SUPERVISION,
        "stage": Stage.SUPERMARKET,
        "food": "茶叶/茶叶",
        "food_group": "茶叶",
        "sampled_on": date(2026, 12, 1),
    }
    batches(lims, "LA", 2, sampled_on=date(2026, 10, 31))
    batches(lims, "LA", 1)
    batches(lims, "LA", 1, verdict=BatchVerdict.FAILS, **tea)
    batches(lims, "LA", 7, sampled_on=date(2026, 9, 30))  # counts for the year, not for the quarter

    table = ask("max", period="2026-Q4", by=by.value)

    assert {key: (row["judged"], row["failing"]) for key, row in by_key(table).items()} == rows
    assert (table["total"]["judged"], table["total"]["failing"]) == (4, 1)
    assert table["total"]["accepted_this_year"] == 11


def test_a_region_includes_everything_inside_it(lims: Lims, ask: Ask) -> None:
    batches(lims, "LA", 3)
    a_township(lims)
    batches(lims, "LA", 1, region_code="520304101")
    batches(lims, "LB", 2, region_code="520322", verdict=BatchVerdict.FAILS)
    batches(lims, "LP", 1, region_code="520300")

    prefecture = ask("net", region="520300")

    assert prefecture["total"]["judged"] == 7
    judged = {key: row["judged"] for key, row in by_key(prefecture).items()}
    assert judged == {"520300": 1, "520304": 4, "520322": 2}
    assert by_key(prefecture)["520300"]["batches_per_thousand"] is None
    assert ask("net", region="520304")["total"]["judged"] == 4


def test_a_region_where_nothing_was_drawn_is_shown_all_the_same(lims: Lims, ask: Ask) -> None:
    batches(lims, "LA", 3)

    rows = by_key(ask("net", region="520300"))

    assert list(rows) == ["520304", "520322"]
    assert (rows["520322"]["batches"], rows["520322"]["pass_rate"]["shown"]) == (0, None)


def test_commissioned_samples_count_only_when_they_are_asked_for(lims: Lims, ask: Ask) -> None:
    batches(lims, "LA", 3)
    batches(lims, "LA", 1, programme=Programme.COMMISSIONED, verdict=BatchVerdict.FAILS)

    assert ask("max")["total"]["failing"] == 0
    asked = ask("max", programme=["commissioned", "routine"])
    assert (asked["total"]["failing"], asked["total"]["judged"]) == (1, 4)
    assert asked["programmes"] == ["routine", "commissioned"]


def test_residents_say_nothing_of_one_product(lims: Lims, ask: Ask) -> None:
    batches(lims, "LA", 3)

    assert ask("max", food_group="蔬菜")["total"]["batches_per_thousand"] is None
    assert ask("max", food_group="水果")["total"]["batches"] == 0


def test_a_target_counts_from_its_first_day(lims: Lims, ask: Ask) -> None:
    batches(lims, "LA", 3, sampled_on=date(2020, 5, 1))

    rate = ask("max", period="2020")["total"]["pass_rate"]

    assert (rate["shown"], rate["target"], rate["reached"]) == ("100.0", None, None)


@pytest.mark.both_databases
def test_a_batch_that_two_laboratories_keep_counts_once_in_its_newest_revision(lims: Lims, ask: Ask) -> None:
    batches(lims, "LA", 2, stem="both")
    batches(lims, "LP", 2, stem="both", origin_code="LA")
    batches(lims, "LA", 1, stem="newer", revision=2, verdict=BatchVerdict.FAILS)
    batches(lims, "LP", 1, stem="newer", origin_code="LA")

    seen_by_both = ask("net", region="520304")["total"]
    seen_by_own = ask("max")["total"]

    assert (seen_by_both["judged"], seen_by_both["failing"]) == (3, 1)
    assert (seen_by_own["judged"], seen_by_own["failing"]) == (3, 1)
    assert ask("net", "/api/indicators/batches", region="520304")["total"] == 3


@pytest.mark.both_databases
def test_a_newer_copy_that_is_not_ours_to_see_hides_nothing(lims: Lims, ask: Ask) -> None:
    batches(lims, "LA", 1, stem="seen")
    batches(lims, "LP", 1, stem="seen", origin_code="LA", revision=5, verdict=BatchVerdict.FAILS)

    total = ask("max")["total"]

    assert (total["judged"], total["failing"]) == (1, 0)


def test_another_laboratory_sees_none_of_it(lims: Lims, ask: Ask) -> None:
    batches(lims, "LA", 3)
    batches(lims, "LA", 1, region_code="520322")

    assert ask("eve")["total"]["batches"] == 0
    assert ask("eve", "/api/indicators/batches")["items"] == []


def test_a_region_of_which_only_a_part_is_seen_is_refused(cast: Cast, client: Client) -> None:
    for path in ("/api/indicators", "/api/indicators/batches"):
        answer = client(cast.max).get(path, params={"period": NOVEMBER, "region": "520000"})
        assert answer.status_code == 422
        assert [r["code"] for r in answer.json()["reasons"]] == ["indicators.region_beyond"]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"period": "November"}, 422, "period.unreadable"),
        ({"period": NOVEMBER, "region": "529999"}, 404, "not_found"),
        ({"period": NOVEMBER, "region": "Guizhou"}, 422, "field.string_pattern_mismatch"),
        ({}, 422, "field.missing"),
    ],
)
def test_a_question_that_makes_no_sense_is_told_why(
    cast: Cast, client: Client, query: dict[str, str], status: int, code: str
) -> None:
    answer = client(cast.net).get("/api/indicators", params=query)

    assert (answer.status_code, [r["code"] for r in answer.json()["reasons"]]) == (status, [code])


def test_figures_need_a_permission(lims: Lims, cast: Cast) -> None:
    question = Question(Period.parse(NOVEMBER))

    for stranger in (cast.ada, Actor(uuid4(), "Nobody", frozenset(), None, frozenset())):
        with pytest.raises(Forbidden):
            service.indicator_table(lims, stranger, question)


def test_the_batches_behind_a_figure_are_as_many_as_it_says(lims: Lims, ask: Ask) -> None:
    batches(lims, "LA", 4)
    batches(lims, "LA", 2, verdict=BatchVerdict.FAILS, stem="bad")
    batches(lims, "LA", 1, verdict=BatchVerdict.FAILS, withdrawn=True)
    batches(lims, "LA", 3, sampled_on=date(2026, 10, 1))
    total = ask("max")["total"]

    failing = ask("max", "/api/indicators/batches", verdict="fails")
    every = ask("max", "/api/indicators/batches", limit=3, offset=2)

    assert failing["total"] == total["failing"] == 2
    assert [batch["report_number"] for batch in failing["items"]] == ["Rbad-00000", "Rbad-00001"]
    assert {batch["failing"] for batch in failing["items"]} == {"克百威"}
    assert every["total"] == total["batches"] + total["withdrawn"] == 7
    assert len(every["items"]) == 3


def test_the_number_of_statements_does_not_grow_with_the_batches(lims: Lims, cast: Cast) -> None:
    residents_and_targets(lims)
    statements: list[str] = []
    event.listen(lims.engine, "before_cursor_execute", lambda *told: statements.append(told[2]))

    counts = []
    for _ in range(2):
        batches(lims, "LA", 200)
        statements.clear()
        service.indicator_table(lims, cast.net, Question(Period.parse("2026")), Breakdown.REGION)
        counts.append(len(statements))

    assert 0 < counts[0] == counts[1] < 30


@pytest.mark.both_databases
def test_an_issued_report_counts_at_once_and_only_once(lims: Lims, cast: Cast, ask: Ask) -> None:
    a_report(lims, a_sample(lims, number="S1"), "LA2026000001")
    a_report(lims, a_sample(lims, number="S2"), "LA2026000002", "fails", ["克百威", "氧乐果"])
    a_report(lims, a_sample(lims, number="S3"), "LA2026000003", "not_judged")

    first, second = ask("max")["total"], ask("max")["total"]

    assert first == second
    assert (first["conforming"], first["failing"], first["not_judged"]) == (1, 1, 1)
    rows = booked(lims, "LA")
    assert [(row.sample_number, row.revision, row.failing) for row in rows] == [
        ("S1", 1, None),
        ("S2", 1, "克百威、氧乐果"),
        ("S3", 1, None),
    ]
    assert {(row.origin_code, row.food_group, row.pdf_sha256) for row in rows} == {("LA", "蔬菜", PDF)}


def test_a_draft_counts_in_nothing(lims: Lims, cast: Cast, ask: Ask) -> None:
    draft = {"status": ReportStatus.REVIEWED, "issued_at": None, "snapshot": None, "pdf_sha256": None}
    a_report(lims, a_sample(lims), None, **draft)  # type: ignore[arg-type]  # a draft has no number

    assert tasks.due(lims) == []
    assert ask("max")["total"]["batches"] == 0


def test_a_withdrawn_report_counts_in_nothing_until_another_is_issued(
    lims: Lims, cast: Cast, ask: Ask, clock: FixedClock
) -> None:
    sample = a_sample(lims)
    report = a_report(lims, sample, "LA2026000001", "fails", ["克百威"])
    assert ask("max")["total"]["failing"] == 1

    change_report(lims, report.id, status=ReportStatus.WITHDRAWN, withdrawn_at=clock.now())
    withdrawn = ask("max")["total"]
    clock.instant += timedelta(days=1)
    a_report(lims, sample, "LA2026000002")
    again = ask("max")["total"]

    assert (withdrawn["failing"], withdrawn["withdrawn"]) == (0, 1)
    assert (again["conforming"], again["withdrawn"]) == (1, 0)
    assert [(row.report_number, row.revision, row.failing) for row in booked(lims, "LA")] == [("LA2026000002", 3, None)]
    assert tasks.due(lims) == []


def test_an_amended_report_takes_the_place_of_the_one_it_replaces(
    lims: Lims, cast: Cast, ask: Ask, clock: FixedClock
) -> None:
    sample = a_sample(lims)
    first = a_report(lims, sample, "LA2026000001", "fails", ["克百威"])
    ask("max")

    clock.instant += timedelta(days=1)
    a_report(lims, sample, "LA2026000002", replaces_id=first.id)
    change_report(lims, first.id, status=ReportStatus.REPLACED)

    assert (ask("max")["total"]["conforming"], ask("max")["total"]["failing"]) == (1, 0)
    assert [(row.report_number, row.revision) for row in booked(lims, "LA")] == [("LA2026000002", 2)]


def test_the_hash_of_the_pdf_follows_without_a_new_revision(lims: Lims, cast: Cast) -> None:
    report = a_report(lims, a_sample(lims), "LA2026000001", pdf_sha256=None)
    tasks.book_due(lims)
    assert [(row.pdf_sha256, row.revision) for row in booked(lims, "LA")] == [(None, 1)]

    change_report(lims, report.id, pdf_sha256=PDF)

    assert tasks.due(lims) == [report.id]
    tasks.book(lims, report.id)
    assert [(row.pdf_sha256, row.revision) for row in booked(lims, "LA")] == [(PDF, 1)]
    assert tasks.due(lims) == []


def test_booking_a_report_twice_changes_nothing(lims: Lims, cast: Cast) -> None:
    report = a_report(lims, a_sample(lims), "LA2026000001")
    tasks.book(lims, report.id)
    before = booked(lims, "LA")

    tasks.book(lims, report.id)

    assert tasks.book_due(lims) == 0
    assert [(row.id, row.version) for row in booked(lims, "LA")] == [(row.id, row.version) for row in before]


def test_a_report_that_says_something_else_is_not_counted_silently(lims: Lims, cast: Cast) -> None:
    a_report(lims, a_sample(lims), "LA2026000001", "pending")

    with pytest.raises(RuleRefused) as refused:
        tasks.book_due(lims)

    assert [r.code for r in refused.value.reasons] == ["batch.verdict"]


def test_a_food_given_by_name_alone_finds_its_group_or_says_that_it_has_none(lims: Lims, cast: Cast) -> None:
    from lims.library.files import read_library
    from lims.library.service import load_library

    with lims.work(system_actor(), Action.LIBRARY_LOAD) as session:
        load_library(session, read_library(lims.settings.method_library))
    a_report(lims, a_sample(lims, number="S1", food="豇豆"), "LA2026000001")
    a_report(lims, a_sample(lims, number="S2", food="不存在的食品"), "LA2026000002")

    tasks.book_due(lims)

    assert [row.food_group for row in booked(lims, "LA")] == ["蔬菜", "未分类"]


def test_the_year_of_the_forecast_is_the_present_one(lims: Lims, ask: Ask, clock: FixedClock) -> None:
    batches(lims, "LA", 327)  # 23 November is day 327
    assert ask("max", period="2026")["total"]["batches_per_thousand"]["forecast"] == 365

    clock.instant = datetime(2027, 1, 2, tzinfo=UTC)

    assert ask("max", period="2026")["total"]["batches_per_thousand"]["forecast"] is None
