"""Proficiency rounds through the JSON door: from the plan to the reports, each laboratory by itself, late, at once."""

import hashlib
import io
from datetime import timedelta
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlmodel import select

from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.core.canonical import canonical_bytes
from lims.core.clock import FixedClock
from lims.proficiency.tables import ProficiencyEvaluation
from lims.runtime import Lims
from lims.worker import run_due_now
from tests.api.laboratory import Door, codes
from tests.api.rounds import ANALYTE, OTHERS, ROUNDS, SECOND, a_plan, a_workbook, ok, opened, put, results, technicians
from tests.factories import Cast


@pytest.fixture
def door(lims: Lims, cast: Cast) -> Door:
    return Door(lims)


def later(lims: Lims, **by: float) -> Door:
    """Some time on; the door anew, for tokens live a day."""
    assert isinstance(lims.clock, FixedClock)
    lims.clock.instant += timedelta(**by)
    return Door(lims)


@pytest.mark.both_databases
def test_a_round_of_twenty_laboratories_goes_from_its_plan_to_the_reports(lims: Lims, cast: Cast, door: Door) -> None:
    technicians(lims)
    found = opened(lims, door, ["LA", *OTHERS])
    path = f"{ROUNDS}/{found['number']}"
    assert found["number"] == "LP-PT2026-001"
    key = {one["laboratory"]: one["code"] for one in found["participants"]}
    assert len(set(key.values())) == 20

    ok(put(door, "ann", f"{path}/mine", {"version": 0, "results": results("0.140")}))
    for place, code in enumerate(OTHERS):
        body = {"version": 0, "results": results(f"0.{98 + place % 5:03d}", f"0.0{48 + place % 5}")}
        ok(put(door, code.lower(), f"{path}/mine", body))
    closed = ok(door["net"].post(f"{path}/close", {"version": found["version"]}))
    frozen = ok(door["net"].post(f"{path}/evaluate", {"version": closed["version"]}))

    analytes = {one["analyte"]: one for one in frozen["outcome"]["analytes"]}
    assert (analytes[ANALYTE]["assigned_by"], analytes[ANALYTE]["assigned_value"]) == ("given", "0.1")
    assert (analytes[SECOND]["assigned_by"], analytes[SECOND]["sigma_by"]) == ("median", "horwitz")
    of_ann = next(one for one in analytes[ANALYTE]["results"] if one["participant"] == key["LA"])
    assert of_ann["grade"] == "unsatisfactory"
    assert of_ann["scores"]["z"]["value"] == "4"
    assert analytes[ANALYTE]["grades"] == {"satisfactory": 19, "questionable": 0, "unsatisfactory": 1}

    assert door["ann"].get(f"{path}/mine/scores").status_code == 404
    assert run_due_now(lims) == 0
    state = ok(door["net"].get(path))
    ok(door["net"].post(f"{path}/publish", {"version": state["version"]}))
    scores = ok(door["ann"].get(f"{path}/mine/scores"))
    assert [(one["analyte"], one["grade"]) for one in scores["own"]] == [
        (ANALYTE, "unsatisfactory"),
        (SECOND, "satisfactory"),
    ]
    assert scores["data_sha256"] == frozen["data_sha256"]

    assert run_due_now(lims) == 20
    assert run_due_now(lims) == 0
    works = ok(door["max"].get("/api/nonconforming"))["items"]
    assert [(one["source"], one["analyte"], one["state"]) for one in works] == [("nc_proficiency", ANALYTE, "nc_open")]
    assert "z = 4" in works[0]["what"]
    assert ok(door["c00"].get("/api/nonconforming"))["total"] == 0


@pytest.mark.both_databases
def test_a_laboratory_sees_its_own_results_and_nobodys_code(lims: Lims, cast: Cast, door: Door) -> None:
    technicians(lims)
    found = opened(lims, door, ["LA", "C00"])
    path = f"{ROUNDS}/{found['number']}"
    key = {one["laboratory"]: one["code"] for one in found["participants"]}
    ok(put(door, "ann", f"{path}/mine", {"version": 0, "results": results("0.1234")}))

    for shown in (door["ann"].get(f"{path}/mine").text, door["ann"].get(ROUNDS).text):
        assert ANALYTE in shown
        assert "0.100" not in shown
        assert "配制值" not in shown
    mine, theirs = ok(door["ann"].get(f"{path}/mine")), door["c00"].get(f"{path}/mine")
    assert (mine["code"], mine["results"][0]["values"]) == (key["LA"], ["0.1234"])
    assert ok(theirs)["results"] == []
    assert key["LA"] not in theirs.text
    assert "C00" not in door["ann"].get(f"{path}/mine").text
    for who in ("c01", "eve"):
        assert door[who].get(f"{path}/mine").status_code == 404
        assert ok(door[who].get(ROUNDS)) == {"organised": [], "participating": []}
        assert put(door, who, f"{path}/mine", {"version": 0, "results": results("0.1")}).status_code == 404
    for tail in ("", "/evaluation", "/results.xlsx"):
        assert door["ann"].get(f"{path}{tail}").status_code == 403
        assert door["eve"].get(f"{path}{tail}").status_code == 403
    trail = door["c00"].get("/api/audit").text
    assert "0.1234" not in trail
    assert key["LA"] not in trail
    assert "proficiency_result" in door["max"].get("/api/audit").text


def test_late_results_are_refused_until_the_organiser_admits_them(lims: Lims, cast: Cast, door: Door) -> None:
    technicians(lims)
    found = opened(lims, door, ["LA", "C00"])
    path = f"{ROUNDS}/{found['number']}"
    early = door["net"].post(f"{path}/close", {"version": found["version"]})
    assert (early.status_code, codes(early)) == (422, ["round.waiting"])
    ok(put(door, "c00", f"{path}/mine", {"version": 0, "results": results("0.1")}))

    door = later(lims, days=11)
    body = {"version": 0, "results": results("0.1")}
    late = put(door, "ann", f"{path}/mine", body)
    assert (late.status_code, codes(late)) == (422, ["round.late"])
    ok(door["net"].post(f"{path}/close", {"version": found["version"]}))
    assert codes(put(door, "ann", f"{path}/mine", body)) == ["round.late"]

    admitted = f"{path}/participants/{ok(door['ann'].get(f'{path}/mine'))['code']}/late"
    until = (lims.clock.now() + timedelta(days=2)).isoformat()
    assert codes(door["net"].post(admitted, {"until": until, "reason": "late"})) == ["round.reason"]
    ok(door["net"].post(admitted, {"until": until, "reason": "The parcel came three days late."}))
    assert ok(put(door, "ann", f"{path}/mine", body))["is_late"] is True
    line = next(one for one in ok(door["net"].get(path))["participants"] if one["laboratory"] == "LA")
    assert (line["is_late"], line["admitted_reason"]) == (True, "The parcel came three days late.")
    assert codes(put(door, "c00", f"{path}/mine", {"version": 1, "results": results("0.2")})) == ["round.late"]
    door = later(lims, days=3)
    assert codes(put(door, "ann", f"{path}/mine", {"version": 1, "results": results("0.2")})) == ["round.late"]


@pytest.mark.both_databases
def test_who_saw_an_older_state_is_refused(lims: Lims, cast: Cast, door: Door) -> None:
    found = opened(lims, door, ["LA"])
    path = f"{ROUNDS}/{found['number']}"
    first = ok(put(door, "ann", f"{path}/mine", {"version": 0, "results": results("0.1")}))
    assert put(door, "bea", f"{path}/mine", {"version": 0, "results": results("0.2")}).status_code == 409
    second = ok(put(door, "bea", f"{path}/mine", {"version": first["version"], "results": results("0.2")[:1]}))
    assert [one["values"] for one in second["results"]] == [["0.2"]]
    assert put(door, "ann", f"{path}/mine", {"version": first["version"], "results": results("0.3")}).status_code == 409
    assert door["net"].post(f"{path}/close", {"version": found["version"] - 1}).status_code == 409
    trail = ok(door["max"].get("/api/audit"))["items"]
    changed = [one for one in trail if one["entity"] == "proficiency_result"]
    assert [one["operation"] for one in changed] == ["delete", "update", "insert", "insert"]
    assert ('["0.1"]' in changed[1]["before"], '["0.2"]' in changed[1]["after"]) == (True, True)


def test_an_evaluation_is_frozen_and_its_digest_is_that_of_its_data(lims: Lims, cast: Cast, door: Door) -> None:
    technicians(lims)
    found = opened(lims, door, ["LA", "C00", "C01"])
    path = f"{ROUNDS}/{found['number']}"
    for who, value in (("ann", "0.11"), ("c00", "0.10"), ("c01", "<0.05")):
        ok(put(door, who, f"{path}/mine", {"version": 0, "results": results(value)}))
    closed = ok(door["net"].post(f"{path}/close", {"version": found["version"]}))
    one = ok(door["net"].post(f"{path}/evaluate", {"version": closed["version"]}))
    table = door["net"].get(f"{path}/results.xlsx")
    lines = list(load_workbook(io.BytesIO(table.content)).worksheets[0].iter_rows(values_only=True))
    assert len(lines) == 7
    left_out = next(a for a in one["outcome"]["analytes"] if a["analyte"] == ANALYTE)["left_out"]
    assert [each["code"] for each in left_out] == ["proficiency.beyond_a_limit"]

    with lims.read(system_actor(), Action.PROFICIENCY_READ) as session:
        kept = session.exec(select(ProficiencyEvaluation)).one()
        digest = hashlib.sha256(canonical_bytes({"rows": kept.rows, "settings": kept.settings})).hexdigest()
    assert one["data_sha256"] == digest

    state = ok(door["net"].get(path))
    again = ok(door["net"].post(f"{path}/evaluate", {"version": state["version"]}))
    assert (again["edition"], again["data_sha256"]) == (2, digest)
    ok(door["net"].post(f"{path}/publish", {"version": ok(door["net"].get(path))["version"]}))
    for act in ("evaluate", "close", "open", "publish"):
        refusal = door["net"].post(f"{path}/{act}", {"version": ok(door["net"].get(path))["version"]})
        assert codes(refusal) == ["round.state"], act
    pdf = door["ann"].get(f"{path}/mine/report.pdf", lang="zh")
    assert (pdf.status_code, pdf.content[:5]) == (200, b"%PDF-"), pdf.text
    whole = door["net"].get(f"{path}/report.pdf", lang="en")
    assert (whole.status_code, whole.content[:5]) == (200, b"%PDF-"), whole.text


def test_a_table_goes_out_and_comes_back_filled(lims: Lims, cast: Cast, door: Door) -> None:
    found = opened(lims, door, ["LA"], replicates=2)
    path = f"{ROUNDS}/{found['number']}/mine"
    book = load_workbook(io.BytesIO(door["ann"].get(f"{path}/results.xlsx").content))
    sheet = book.worksheets[0]
    heading, *rows = sheet.iter_rows(values_only=True)
    assert len(rows) == 4
    place = heading.index("结果") + 1
    for row, value in ((2, "0.110"), (3, "0.112"), (4, "0.050")):
        sheet.cell(row, place).value = value
    out = io.BytesIO()
    book.save(out)
    ann = door["ann"].client
    taken = ok(ann.post(f"{path}/import", files={"file": ("t.xlsx", out.getvalue())}, data={"version": "0"}))
    assert [(one["analyte"], one["values"]) for one in taken["results"]] == [
        (ANALYTE, ["0.110", "0.112"]),
        (SECOND, ["0.050"]),
    ]
    wrong = a_workbook(
        ("样品", "检测项目", "结果", "单位"), ("A", ANALYTE, "110", "ug/kg"), ("A", SECOND, "1", "mg/kg")
    )
    refusal = ann.post(f"{path}/import", files={"file": ("t.xlsx", wrong)}, data={"version": str(taken["version"])})
    assert codes(refusal) == ["round.other_unit"]
    assert ok(door["ann"].get(path))["results"] == taken["results"]


PLANS: list[tuple[dict[str, Any], str]] = [
    ({"items": ["A", "A"]}, "round.item_twice"),
    ({"items": ["B"]}, "round.item_unknown"),
    ({"deadline": "2020-01-01T00:00:00Z"}, "round.deadline_over"),
    ({"measurands": []}, "round.nothing_measured"),
    (
        {"measurands": [{"item": "A", "analyte": ANALYTE, "unit": "mg/kg", "sigma": "algorithm-s"}]},
        "round.no_replicates",
    ),
]


@pytest.mark.parametrize(("change", "code"), PLANS)
def test_a_plan_that_cannot_be_carried_out_is_refused(
    lims: Lims, cast: Cast, door: Door, change: dict[str, Any], code: str
) -> None:
    answer = door["net"].post(ROUNDS, a_plan(lims, **change))
    if answer.status_code == 201:
        made = answer.json()
        answer = door["net"].post(f"{ROUNDS}/{made['number']}/open", {"version": made["version"]})
    assert answer.status_code == 422
    assert code in codes(answer)


def test_the_items_are_tested_and_the_finding_stays_with_the_round(lims: Lims, cast: Cast, door: Door) -> None:
    made = ok(door["net"].post(ROUNDS, a_plan(lims)), 201)
    rows = [(ANALYTE, str(b), f"0.1{b % 3}{p}", "mg/kg") for b in range(10) for p in (0, 2)]
    content = a_workbook(("检测项目", "瓶号", "结果", "单位"), *rows)
    path = f"{ROUNDS}/{made['number']}/homogeneity"
    net = door["net"].client
    form = {"version": str(made["version"]), "sigma": "percent", "sigma_number": "40"}
    tested = ok(net.post(path, files={"file": ("h.xlsx", content)}, data=form))
    assert tested["homogeneity"]["is_fit"] is True
    assert tested["homogeneity"]["sha256"] == [hashlib.sha256(content).hexdigest()]
    assert tested["homogeneity"]["analytes"][0]["homogeneity"]["bottles"] == 10
    stale = net.post(path, files={"file": ("h.xlsx", content)}, data=form)
    assert stale.status_code == 409
    unsaid = net.post(path, files={"file": ("h.xlsx", content)}, data={**form, "version": "2", "sigma": "horwitz"})
    assert codes(unsaid) == ["round.homogeneity_number"]
