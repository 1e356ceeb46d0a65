"""Pages of proficiency rounds: the organiser's way from a plan to published scores, and that of a laboratory in it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import select

from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.core.clock import FixedClock, local_day
from lims.network import queries as network
from lims.proficiency.tables import ProficiencyParticipant
from lims.runtime import Lims
from tests.api.laboratory import Door
from tests.api.rounds import ANALYTE, OTHERS, a_workbook, ok, opened, put, technicians
from tests.factories import Cast
from tests.pages.conftest import Browser, text_of

PLAN = {
    "title": "Residues in cowpea",
    "year": "2026",
    "items": "A",
    "replicates": "1",
    "coverage": "2",
    "item-0": "A",
    "analyte-0": ANALYTE,
    "unit-0": "mg/kg",
    "assigned-0": "given",
    "assigned_value-0": "0.100",
    "assigned_uncertainty-0": "0.004",
    "sigma-0": "value",
    "sigma_number-0": "0.010",
}
DAY = timedelta(days=1)
NUMBER = "LP-PT2026-001"
ROUND = f"/proficiency/{NUMBER}"


@pytest.fixture
def net(cast: Cast, browse: Callable[..., Browser]) -> Browser:
    return browse(cast.net, "en")


@pytest.fixture
def ann(cast: Cast, browse: Callable[..., Browser]) -> Browser:
    return browse(cast.ann, "en")


def planned(lims: Lims, net: Browser) -> None:
    """A round of laboratory A, open."""
    deadline = (lims.clock.now() + timedelta(days=10)).strftime("%Y-%m-%dT%H:%M")
    made = net.follow(net.post("/proficiency/new", {**PLAN, "deadline": deadline}))
    assert "is planned" in text_of(made)
    net.follow(net.post(f"{ROUND}/participants", {"version": "1", "laboratories": ["LA", "LB"]}))
    net.follow(net.post(f"{ROUND}/open", {"version": "2"}))


def test_a_round_is_planned_handed_in_evaluated_and_published_on_pages(lims: Lims, net: Browser, ann: Browser) -> None:
    planned(lims, net)
    key = text_of(net.get(ROUND))
    assert "播州区检测中心" in key
    assert NUMBER in text_of(ann.get("/proficiency"))
    assert "waited for" in text_of(ann.get(f"{ROUND}/mine"))

    saved = ann.post(f"{ROUND}/mine", {"version": "0", "value-0-0": "0.140", "uncertainty-0": "0.02"})
    assert "Your results are handed in" in text_of(ann.follow(saved))
    assert 'value="0.140"' in ann.get(f"{ROUND}/mine").text

    early = net.post(f"{ROUND}/close", {"version": "3"})
    assert early.status_code == 422
    assert "1 participants have not handed in yet" in text_of(early)
    assert isinstance(lims.clock, FixedClock)
    lims.clock.instant += timedelta(days=11)
    late = ann.post(f"{ROUND}/mine", {"version": "1", "value-0-0": "0.1"})
    assert late.status_code == 422
    assert "Results are not taken any more" in text_of(late)
    net.follow(net.post(f"{ROUND}/close", {"version": "3"}))
    shown = text_of(net.follow(net.post(f"{ROUND}/evaluate", {"version": "4"})))
    assert "unsatisfactory" in shown
    assert "SHA-256 of the data" in shown

    assert ann.get(f"{ROUND}/evaluation").status_code == 404
    net.follow(net.post(f"{ROUND}/publish", {"version": "5"}))
    own = text_of(ann.get(f"{ROUND}/evaluation"))
    assert "Own scores" in own
    assert "z = 4.00" in own


def test_parcels_are_noted_and_what_arrives_damaged_is_sent_again(lims: Lims, net: Browser, ann: Browser) -> None:
    planned(lims, net)
    today = local_day(lims.clock.now())
    code = own_code(lims, "LA")
    sent = {"version": "3", "codes": [code], "sent_on": today.isoformat(), "parcel": "SF-1"}
    wrong = net.post(f"{ROUND}/sendings", {**sent, "codes": ["0001"], "sent_on": (today + DAY).isoformat()})
    assert wrong.status_code == 422
    assert "0001 take no part" in text_of(wrong)
    assert "still to come" in text_of(wrong)
    assert "The parcels of" in text_of(net.follow(net.post(f"{ROUND}/sendings", sent)))
    assert net.get(f"{ROUND}/labels.pdf").content.startswith(b"%PDF")

    assert "SF-1" in text_of(ann.get(f"{ROUND}/mine"))
    arrived = {"arrival_version": "0", "received_on": today.isoformat(), "arrival": "pt_damaged"}
    undescribed = ann.post(f"{ROUND}/mine/arrival", arrived)
    assert undescribed.status_code == 422
    assert "Describe what is wrong" in text_of(undescribed)
    ann.follow(ann.post(f"{ROUND}/mine/arrival", {**arrived, "note": "bottle broken"}))
    assert ann.post(f"{ROUND}/mine/arrival", {**arrived, "note": "again"}).status_code == 409
    shown = text_of(net.get(ROUND))
    assert "arrived damaged" in shown
    assert "bottle broken" in shown

    net.follow(net.post(f"{ROUND}/sendings", {**sent, "parcel": "SF-2"}))
    assert "SF-2" in text_of(ann.get(f"{ROUND}/mine"))
    ann.follow(ann.post(f"{ROUND}/mine/arrival", {**arrived, "arrival_version": "1", "arrival": "pt_intact"}))
    assert "arrived as sent" in text_of(net.get(ROUND))


def own_code(lims: Lims, laboratory: str) -> str:
    with lims.read(system_actor(), Action.PROFICIENCY_READ) as session:
        member = network.laboratory_by_code(session, laboratory).id
        query = select(ProficiencyParticipant.code).where(ProficiencyParticipant.member_id == member)
        return session.exec(query).one()


def test_what_is_wrong_with_a_plan_or_a_result_stands_on_the_page(lims: Lims, net: Browser, ann: Browser) -> None:
    undated = net.post("/proficiency/new", PLAN)
    assert undated.status_code == 422
    assert "Write a day and time" in text_of(undated)
    assert 'value="0.004"' in undated.text
    planned(lims, net)
    stale = net.post(f"{ROUND}/close", {"version": "1"})
    assert stale.status_code == 409
    wrong = ann.post(f"{ROUND}/mine", {"version": "0", "value-0-0": "0,1"})
    assert wrong.status_code == 422
    assert "is not a number" in text_of(wrong)
    assert 'value="0,1"' in wrong.text
    assert ann.get(ROUND).status_code == 403


def test_a_table_is_handed_in_and_items_are_tested_on_pages(lims: Lims, net: Browser, ann: Browser) -> None:
    planned(lims, net)
    table = a_workbook(("样品", "检测项目", "结果", "单位"), ("A", ANALYTE, "0.0980", "mg/kg"))
    ann.follow(ann.post(f"{ROUND}/mine/import", {"version": "0"}, {"file": ("t.xlsx", table)}))
    assert 'value="0.0980"' in ann.get(f"{ROUND}/mine").text

    rows = [(ANALYTE, str(b), f"0.1{b % 3}{p}", "mg/kg") for b in range(10) for p in (0, 2)]
    content = a_workbook(("检测项目", "瓶号", "结果", "单位"), *rows)
    form = {"version": "3", "sigma": "percent", "sigma_number": "40"}
    shown = text_of(net.follow(net.post(f"{ROUND}/homogeneity", form, {"file": ("h.xlsx", content)})))
    assert "fit for the round" in shown


def test_the_evaluation_shows_youden_pairs_and_the_report_what_was_found_of_the_items(
    lims: Lims, quick_passwords: None, net: Browser
) -> None:
    technicians(lims)
    door = Door(lims)
    one = {"analyte": ANALYTE, "unit": "mg/kg", "assigned": "given", "sigma": "value", "sigma_number": "0.010"}
    measurands = [
        {**one, "item": "A", "assigned_value": "0.100", "origin": "配制值"},
        {**one, "item": "B", "assigned_value": "0.200"},
    ]
    found = opened(lims, door, OTHERS, items=["A", "B"], measurands=measurands)
    for place, code in enumerate(OTHERS):
        # The first is off to the same side in both items.
        first, second = ("0.140", "0.240") if place == 0 else (f"0.{95 + place % 10:03d}", f"0.{195 + place % 10:03d}")
        reported = [
            {"item": item, "analyte": ANALYTE, "values": [value]} for item, value in (("A", first), ("B", second))
        ]
        mine = f"/api/proficiency/rounds/{found['number']}/mine"
        ok(put(door, code.lower(), mine, {"version": 0, "results": reported}))
    bottles = [(ANALYTE, str(n), f"{0.1 + n / 10_000 + d / 20_000:.5f}", "mg/kg") for n in range(10) for d in (0, 1)]
    table = ("t.xlsx", a_workbook(("analyte", "bottle", "value", "unit"), *bottles))
    order = {"version": str(found["version"]), "sigma": "value", "sigma_number": "0.010"}
    net.follow(net.post(f"{ROUND}/homogeneity", order, {"file": table}))
    net.follow(net.post(f"{ROUND}/close", {"version": str(found["version"] + 1)}))
    shown = text_of(net.follow(net.post(f"{ROUND}/evaluate", {"version": str(found["version"] + 2)})))

    assert f"Youden plot: {ANALYTE}" in shown
    assert "Participants off the middle" in shown
    assert "4.00 4.00" in shown
    assert shown.count("The assigned value comes from: 配制值.") == 1
    assert shown.count("Homogeneity of 10 bottles: s_s = 0.0003") == 2
    assert "by the expanded criterion 0.004" in shown
    assert "(mg/kg): passed." in shown
