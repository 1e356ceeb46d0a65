"""Reports through the front door: three people, one frozen snapshot, amendments, withdrawal, and who may not."""

import hashlib
import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from lims.accreditation.queries import certificates
from lims.accreditation.schemas import SuspensionIn
from lims.accreditation.service import suspend_certificate
from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.core.clock import FixedClock
from lims.core.errors import RuleRefused
from lims.library.queries import current_library
from lims.limits.service import judge_sample
from lims.people.tables import AuthorisationKind
from lims.reports.service import compile_report
from lims.runtime import Lims
from lims.samples import queries as samples
from tests.api.laboratory import METHOD, Door, codes
from tests.api.reporting import (
    Prepared,
    a_copy,
    a_draft,
    a_received_sample,
    a_tested_sample,
    an_issued_report,
    chosen,
    entered,
    give_role,
    issued,
    may,
    prepare,
    step,
)
from tests.factories import Cast, confirmed

WHY = "The batch number was misread."


@pytest.fixture(scope="module")
def prepared(shared: Path, tmp_path_factory: pytest.TempPathFactory, quick_passwords: None) -> Prepared:
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


def snapshot_of(door: Door, report: dict[str, Any]) -> dict[str, Any]:
    return dict(door["cai"].get(f"/api/reports/{report['id']}/snapshot").json())


def corrected(door: Door, sample: str, value: str) -> None:
    """Ann corrects acetamiprid of a sample to `value`, Vic verifies it."""
    (old,) = door["ann"].get("/api/results", sample=sample, parameter="acetamiprid", status="verified").json()["items"]
    order = {"version": old["version"], "reason": "Wrong dilution factor.", "finding": "quantified", "unit": "mg/kg"}
    new = door["ann"].post(f"/api/results/{old['id']}/correct", {**order, "value": value}).json()
    submitted = door["ann"].post("/api/results/submit", chosen([new])).json()
    assert door["vic"].post("/api/results/verify", chosen(submitted)).status_code == 200


def test_three_people_make_a_report_and_it_is_numbered_and_frozen(door: Door) -> None:
    report = an_issued_report(door, found="0.053")

    snapshot = snapshot_of(door, report)
    assert (report["status"], report["number"]) == ("issued", "LA2026000001")
    assert [snapshot["people"][p]["name"] for p in ("compiled_by", "reviewed_by", "approved_by")] == [
        "Cai",
        "Rui",
        "Sun",
    ]
    content = door["cai"].get("/api/reports/LA2026000001/snapshot").content
    assert hashlib.sha256(content).hexdigest() == report["snapshot_sha256"]
    assert door["cai"].get(f"/api/samples/{report['sample']}").json()["status"] == "reported"


def test_a_report_says_what_was_found_against_which_limit(door: Door) -> None:
    snapshot = snapshot_of(door, an_issued_report(door, found="0.0534"))

    acetamiprid, carbofuran = snapshot["lines"]
    assert (acetamiprid["parameter"], acetamiprid["result"], acetamiprid["verdict"]) == ("啶虫脒", "0.053", "合格")
    assert acetamiprid["limit"].startswith("≤")
    assert (carbofuran["parameter"], carbofuran["result"], carbofuran["loq"]) == ("克百威", "未检出", "0.01")
    assert snapshot["verdict"] == "conforms"
    assert "综合判定为合格" in snapshot["conclusion"]
    assert snapshot["marks"]["cma_number"] == "232404090030"
    assert snapshot["marks"]["catl_number"] == "[2023]农质检核（黔）字第0021号"
    assert snapshot["methods"][0].startswith(METHOD)
    assert snapshot["judgement_standards"][0].startswith("GB 2763-2026")
    assert snapshot["tested_on"] == "2026.11.23"
    assert snapshot["sample"]["grade"] == "—"
    assert snapshot["development_ca"] is True


def test_a_failing_item_fails_the_report_and_stands_out(door: Door) -> None:
    snapshot = snapshot_of(door, an_issued_report(door, found="5"))

    failing = [line for line in snapshot["lines"] if line["failing"]]
    assert [(line["parameter"], line["verdict"]) for line in failing] == [("啶虫脒", "不合格")]
    assert snapshot["verdict"] == "fails"
    assert "啶虫脒项目不符合" in snapshot["conclusion"]


def test_tests_that_are_not_verified_have_no_report(door: Door) -> None:
    number = a_received_sample(door)["number"]
    entered(door, number)

    answer = door["cai"].sign("/api/reports", {"sample": number})

    assert answer.status_code == 422
    assert codes(answer) == ["report.tests_open"]


def test_a_sample_has_one_report_at_a_time(door: Door) -> None:
    number = a_tested_sample(door)
    draft = a_draft(door, number)

    second = door["cai"].sign("/api/reports", {"sample": number})
    issued(door, draft)
    third = door["cai"].sign("/api/reports", {"sample": number})

    assert codes(second) == ["report.draft_exists"]
    assert codes(third) == ["report.issued_exists"]


@pytest.mark.parametrize(("who", "roles"), [("cai", ["report_reviewer"]), ("rui", ["authorised_signatory"])])
def test_the_same_person_does_not_act_twice(lims: Lims, door: Door, who: str, roles: list[str]) -> None:
    give_role(lims, who, roles[0])
    may(lims, who, AuthorisationKind.SIGNATORY, "*")
    report = a_draft(door, a_tested_sample(door))
    act = "review"
    if who == "rui":
        report, act = step(door, "rui", report, "review"), "approve"

    answer = door[who].sign(f"/api/reports/{report['id']}/{act}", {"version": report["version"]})

    assert answer.status_code == 422
    assert codes(answer) == ["report.same_person"]


def test_the_compiler_does_not_approve_what_another_reviewed(lims: Lims, door: Door) -> None:
    give_role(lims, "cai", "authorised_signatory")
    may(lims, "cai", AuthorisationKind.SIGNATORY, "*")
    report = step(door, "rui", a_draft(door, a_tested_sample(door)), "review")

    answer = door["cai"].sign(f"/api/reports/{report['id']}/approve", {"version": report["version"]})

    assert codes(answer) == ["report.same_person"]


@pytest.mark.parametrize(
    ("subject", "code"),
    [("GB 23200.121-2026", None), ("蔬菜", None), ("水果", "report.not_signatory"), ("", "report.not_signatory")],
)
def test_a_signatory_approves_within_the_field_authorised(
    lims: Lims, door: Door, subject: str, code: str | None
) -> None:
    give_role(lims, "max", "authorised_signatory")
    if subject:
        may(lims, "max", AuthorisationKind.SIGNATORY, subject)
    report = step(door, "rui", a_draft(door, a_tested_sample(door)), "review")

    answer = door["max"].sign(f"/api/reports/{report['id']}/approve", {"version": report["version"]})

    assert (codes(answer) if code else answer.status_code) == ([code] if code else 200)


def test_a_draft_is_not_approved_before_its_review_nor_twice(door: Door) -> None:
    draft = a_draft(door, a_tested_sample(door))

    early = door["sun"].sign(f"/api/reports/{draft['id']}/approve", {"version": draft["version"]})
    report = issued(door, draft)
    again = door["sun"].sign(f"/api/reports/{report['id']}/approve", {"version": report["version"]})

    assert codes(early) == ["report.wrong_status"]
    assert codes(again) == ["report.wrong_status"]


def test_a_stale_decision_is_a_conflict(door: Door) -> None:
    draft = a_draft(door, a_tested_sample(door))
    step(door, "rui", draft, "review")

    answer = door["sun"].sign(f"/api/reports/{draft['id']}/approve", {"version": draft["version"]})

    assert answer.status_code == 409


def test_each_act_needs_its_role(door: Door) -> None:
    number = a_tested_sample(door)
    draft = a_draft(door, number)
    body = {"version": draft["version"]}

    assert door["ann"].sign("/api/reports", {"sample": number}).status_code == 403
    assert door["sun"].sign(f"/api/reports/{draft['id']}/review", body).status_code == 403
    assert door["rui"].sign(f"/api/reports/{draft['id']}/approve", body).status_code == 403
    assert door["cai"].post(f"/api/reports/{draft['id']}/withdraw", {**body, "reason": WHY}).status_code == 403
    assert door["cai"].post(f"/api/reports/{draft['id']}/send-back", {**body, "reason": WHY}).status_code == 403


def test_numbers_have_no_gap_although_an_approval_was_refused(door: Door) -> None:
    first = an_issued_report(door)
    draft = step(door, "rui", a_draft(door, a_tested_sample(door, sampling_sheet_number="S-2")), "review")
    refused = door["sun"].sign(f"/api/reports/{draft['id']}/approve", {"version": 99})
    second = step(door, "sun", draft, "approve")

    assert refused.status_code == 409
    assert (first["number"], second["number"]) == ("LA2026000001", "LA2026000002")


def test_a_draft_whose_results_changed_is_outdated_and_compiled_again(door: Door) -> None:
    number = a_tested_sample(door)
    draft = a_draft(door, number)
    corrected(door, number, "0.02")

    outdated = door["rui"].sign(f"/api/reports/{draft['id']}/review", {"version": draft["version"]})
    sent_back = step(door, "rui", draft, "send-back", reason="The results were corrected.")
    again = issued(door, a_draft(door, number))

    assert codes(outdated) == ["report.outdated"]
    assert (sent_back["status"], sent_back["number"]) == ("sent_back", None)
    assert snapshot_of(door, again)["lines"][0]["result"] == "0.020"


def test_judging_again_with_the_same_word_does_not_outdate_a_draft(lims: Lims, cast: Cast, door: Door) -> None:
    number = a_tested_sample(door)
    draft = a_draft(door, number)
    with lims.work(cast.cai, Action.SAMPLE_JUDGE) as session:
        judge_sample(session, current_library(session), samples.sample_by_number(session, number).id)

    assert issued(door, draft)["status"] == "issued"


def test_an_issued_snapshot_stays_whatever_happens_to_the_records(door: Door, clock: FixedClock) -> None:
    report = an_issued_report(door, found="0.053")
    before = door["cai"].get(f"/api/reports/{report['id']}/snapshot").content
    clock.instant += timedelta(hours=3)
    corrected(door, report["sample"], "0.09")

    after = door["cai"].get(f"/api/reports/{report['id']}/snapshot").content

    assert after == before
    assert json.loads(after)["lines"][0]["result"] == "0.053"


def test_an_amended_report_replaces_the_old_one_when_it_is_issued(door: Door) -> None:
    old = an_issued_report(door, found="0.053")
    corrected(door, old["sample"], "0.09")
    answer = door["cai"].sign(f"/api/reports/{old['number']}/replace", {"reason": "A result was corrected."})
    draft = answer.json()
    meanwhile = door["cai"].get(f"/api/reports/{old['id']}").json()["status"]
    new = issued(door, draft)

    snapshot = snapshot_of(door, new)
    assert answer.status_code == 201
    assert meanwhile == "issued"
    assert (new["number"], new["revision"], new["replaces_id"]) == ("LA2026000001-G1", 1, old["id"])
    assert snapshot["replaces"] == "LA2026000001"
    assert "更改原因：A result was corrected." in snapshot["remarks"][-1]
    assert door["cai"].get(f"/api/reports/{old['id']}").json()["status"] == "replaced"
    history = door["cai"].get(f"/api/reports/{new['id']}/history").json()
    assert [r["number"] for r in history] == ["LA2026000001", "LA2026000001-G1"]


def test_a_report_explains_its_judgement_in_an_annex_when_it_is_asked_for(door: Door) -> None:
    asked = issued(door, a_draft(door, a_tested_sample(door, found="5"), annex=True))
    plain = an_issued_report(door, sampling_sheet_number="S-2")

    snapshot = snapshot_of(door, asked)
    stored = door["cai"].get(f"/api/samples/{asked['sample']}/judgement").json()
    assert (asked["annex"], plain["annex"]) == (True, False)
    assert [(line["parameter"], line["verdict"], line["failing"]) for line in snapshot["annex"]] == [
        ("啶虫脒", "不合格", True),
        ("克百威", "合格", False),
    ]
    assert [line["sentence"] for line in snapshot["annex"]] == [line["sentence_zh"] for line in stored["lines"]]
    assert "annex" not in snapshot_of(door, plain)


def test_the_compiler_adds_an_annex_or_leaves_it_out_until_the_review(door: Door) -> None:
    draft = a_draft(door, a_tested_sample(door))

    added = step(door, "cai", draft, "annex", annex=True)
    stale = door["cai"].post(f"/api/reports/{draft['id']}/annex", {"version": draft["version"], "annex": False})
    reviewed = step(door, "rui", added, "review")
    late = door["cai"].post(f"/api/reports/{draft['id']}/annex", {"version": reviewed["version"], "annex": False})
    by_another = door["rui"].post(f"/api/reports/{draft['id']}/annex", {"version": added["version"], "annex": False})

    assert (draft["annex"], added["annex"], reviewed["annex"]) == (False, True, True)
    assert (stale.status_code, by_another.status_code) == (409, 403)
    assert codes(late) == ["report.annex_settled"]
    assert len(snapshot_of(door, step(door, "sun", reviewed, "approve"))["annex"]) == 2


def test_a_template_without_annex_refuses_one_instead_of_leaving_it_out(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample, other = a_tested_sample(door), a_tested_sample(door, sampling_sheet_number="S-2")
    reviewed = step(door, "rui", a_draft(door, other, annex=True), "review")
    monkeypatch.setattr("lims.documents.templates.newest_version", lambda *_: "1")

    asked = door["cai"].sign("/api/reports", {"sample": sample, "annex": True})
    draft = a_draft(door, sample)
    added = door["cai"].post(f"/api/reports/{draft['id']}/annex", {"version": draft["version"], "annex": True})
    late = door["sun"].sign(f"/api/reports/{reviewed['id']}/approve", {"version": reviewed["version"]})

    assert [codes(answer) for answer in (asked, added, late)] == [["report.template_without_annex"]] * 3
    assert issued(door, draft)["annex"] is False  # without one it is as good as any


def test_an_amended_report_keeps_its_annex(door: Door) -> None:
    old = issued(door, a_draft(door, a_tested_sample(door), annex=True))
    other = an_issued_report(door, sampling_sheet_number="S-2")

    new, without = (
        door["cai"].sign(f"/api/reports/{report['id']}/replace", {"reason": WHY}).json() for report in (old, other)
    )

    assert (new["annex"], without["annex"]) == (True, False)
    assert len(snapshot_of(door, issued(door, new))["annex"]) == 2


def test_a_report_is_amended_once_and_the_amended_one_again(door: Door) -> None:
    old = an_issued_report(door)
    first = issued(door, door["cai"].sign(f"/api/reports/{old['id']}/replace", {"reason": WHY}).json())
    twice = door["cai"].sign(f"/api/reports/{old['id']}/replace", {"reason": WHY})
    second = issued(door, door["cai"].sign(f"/api/reports/{first['id']}/replace", {"reason": WHY}).json())

    assert "report.amended" in codes(twice)
    assert second["number"] == "LA2026000001-G2"


def test_a_withdrawn_report_keeps_everything_but_its_force(door: Door) -> None:
    report = an_issued_report(door)
    short = door["sun"].post(f"/api/reports/{report['id']}/withdraw", {"version": report["version"], "reason": "no"})
    withdrawn = step(door, "sun", report, "withdraw", reason=WHY)
    again = door["sun"].post(f"/api/reports/{report['id']}/withdraw", {"version": withdrawn["version"], "reason": WHY})

    assert codes(short) == ["reason.too_short"]
    assert (withdrawn["status"], withdrawn["withdrawal_reason"]) == ("withdrawn", WHY)
    assert withdrawn["snapshot_sha256"] == report["snapshot_sha256"]
    assert codes(again) == ["report.not_to_withdraw"]
    assert door["cai"].get(f"/api/samples/{report['sample']}").json()["status"] == "tested"


def test_an_issued_report_is_not_sent_back(door: Door) -> None:
    report = an_issued_report(door)

    answer = door["rui"].post(f"/api/reports/{report['id']}/send-back", {"version": report["version"], "reason": WHY})

    assert codes(answer) == ["report.not_to_send_back"]


def test_without_a_certificate_the_report_goes_out_without_marks_and_says_so(
    lims: Lims, cast: Cast, door: Door
) -> None:
    with lims.work(cast.max, Action.ACCREDITATION_EDIT) as session:
        for certificate in certificates(session):
            suspension = SuspensionIn(version=certificate.version, suspended_on=date(2026, 11, 1))
            suspend_certificate(session, certificate.id, suspension)

    snapshot = snapshot_of(door, an_issued_report(door, methods=True))

    assert snapshot["marks"]["cma_number"] is None
    assert snapshot["marks"]["catl_number"] is None
    assert len(snapshot["marks"]["statements"]) == 2
    assert [line["parameter"][-1] for line in snapshot["lines"]] == ["*", "*"]
    assert "不具有对社会的证明作用" in snapshot["out_of_scope_statement"]


def test_a_preview_shows_the_draft_without_a_number(door: Door) -> None:
    draft = a_draft(door, a_tested_sample(door))

    snapshot = snapshot_of(door, draft)

    assert snapshot["number"] == "（待编号）"
    assert snapshot["people"]["approved_by"]["name"] == "（待签）"


def test_reports_are_listed_by_what_is_asked(door: Door) -> None:
    report = an_issued_report(door)
    a_draft(door, a_tested_sample(door, sampling_sheet_number="S-2"))

    def count(**query: Any) -> int:
        return int(door["cai"].get("/api/reports", **query).json()["total"])

    assert count() == 2
    assert count(status="issued") == 1
    assert count(sample=report["sample"]) == 1
    assert count(region="520300") == 2
    assert count(region="520322") == 0
    assert count(issued_from="2026-11-23", issued_until="2026-11-23") == 1
    assert count(issued_from="2026-11-24") == 0
    page = door["cai"].get("/api/reports", limit=1, offset=1).json()
    assert (page["total"], len(page["items"])) == (2, 1)


def test_another_laboratory_sees_no_report(door: Door) -> None:
    report = an_issued_report(door)
    body = {"version": report["version"], "reason": WHY}

    assert door["eve"].get("/api/reports").json()["total"] == 0
    for path in ("", "/pdf", "/snapshot", "/history"):
        assert door["eve"].get(f"/api/reports/{report['id']}{path}").status_code == 404
    assert door["eve"].get(f"/api/reports/{report['number']}").status_code == 404
    assert door["eve"].post(f"/api/reports/{report['id']}/withdraw", body).status_code == 404
    assert door["eve"].sign("/api/reports", {"sample": report["sample"]}).status_code == 404


def test_the_inspector_of_the_region_reads_but_does_not_act(door: Door) -> None:
    report = an_issued_report(door)

    assert door["ian"].get(f"/api/reports/{report['number']}").json()["status"] == "issued"
    assert door["ian"].sign("/api/reports", {"sample": report["sample"]}).status_code == 403


def test_anybody_with_the_code_sees_what_stands_on_the_paper_and_no_more(door: Door) -> None:
    report = an_issued_report(door)
    url = f"/v/{report['verification_token']}"
    nobody = door["ann"].client
    nobody.headers.pop("Authorization")

    page = nobody.get(url, headers={"Accept": "text/html"})
    view = nobody.get(url, headers={"Accept": "application/json"}).json()

    assert page.status_code == 200
    assert "有效" in page.text
    assert "LA2026000001" in page.text
    assert view["client"] == "播州****村局"
    assert (view["status"], view["sample_name"], view["verdict"]) == ("issued", "豇豆", "合格")
    for hidden in ("播州区农业农村局", "绿源蔬菜专业合作社", "南白街道", report["sample"]):
        assert hidden not in page.text
        assert hidden not in json.dumps(view, ensure_ascii=False)


def test_the_public_page_says_when_a_report_is_no_longer_in_force(door: Door) -> None:
    old = an_issued_report(door)
    new = issued(door, door["cai"].sign(f"/api/reports/{old['id']}/replace", {"reason": WHY}).json())
    step(door, "sun", new, "withdraw", reason=WHY)

    def view(report: dict[str, Any]) -> dict[str, Any]:
        path = f"/v/{report['verification_token']}"
        return dict(door["ann"].client.get(path, headers={"Accept": "application/json"}).json())

    assert (view(old)["status"], view(old)["replaced_by"]) == ("replaced", "LA2026000001-G1")
    assert (view(new)["status"], view(new)["withdrawn_on"]) == ("withdrawn", "2026-11-23")


@pytest.mark.parametrize("token", ["x", "LA2026000001", "a" * 43, "%3Cscript%3E"])
def test_an_unknown_code_shows_nothing(door: Door, token: str) -> None:
    an_issued_report(door)

    page = door["ann"].client.get(f"/v/{token}", headers={"Accept": "text/html"})
    answer = door["ann"].client.get(f"/v/{token}", headers={"Accept": "application/json"})

    assert (page.status_code, answer.status_code) == (404, 404)
    assert "查无此报告" in page.text
    assert "<script>" not in page.text


def test_tokens_cannot_be_guessed(door: Door) -> None:
    report = an_issued_report(door)

    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", report["verification_token"])
    assert f"/v/{report['verification_token']}" in snapshot_of(door, report)["verification_url"]


def test_a_system_cannot_compile(prepared: Prepared, lims: Lims, door: Door) -> None:
    number = a_tested_sample(door)
    confirmation = confirmed(lims, prepared.cast.cai, Action.REPORT_COMPILE, number)
    with pytest.raises(RuleRefused) as refused, lims.work(system_actor(), Action.REPORT_COMPILE) as session:
        compile_report(session, current_library(session), number, confirmation)
    assert [r.code for r in refused.value.reasons] == ["result.no_person"]
