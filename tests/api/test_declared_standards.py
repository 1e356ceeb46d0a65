"""Standards that a sample is declared to besides the law: loaded by the laboratory, held against it, on its report."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.core.clock import FixedClock
from lims.library import queries
from lims.runtime import Lims
from tests.api.declaring import EDITION, FAMILY, ORDER, TABLE, TITLE, a_buyers_list
from tests.api.laboratory import Door, a_sheet, codes
from tests.api.reporting import NOW, Prepared, a_copy, a_draft, a_tested_sample, an_issued_report, issued, prepare
from tests.api.test_samples_import import ROW
from tests.concurrency.at_once import audit_findings

LAW = "GB 2763-2026"
AMOUNT = {"啶虫脒": {"kind": "quantified", "value": "0.06"}}
NOTHING = {"kind": "not_detected", "limit_of_detection": "0.001"}


@pytest.fixture(scope="module")
def prepared(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """A working laboratory with the buyer's list."""
    made = prepare(shared, tmp_path_factory.mktemp("prepared") / "var")
    with a_copy(made, tmp_path_factory.mktemp("declared") / "var", FixedClock(NOW)) as lims:
        a_buyers_list(Door(lims))
        return Prepared(lims.settings.data, made.cast)


@pytest.fixture
def lims(prepared: Prepared, tmp_path: Path, clock: FixedClock) -> Iterator[Lims]:
    with a_copy(prepared, tmp_path / "var", clock) as installation:
        yield installation


@pytest.fixture
def door(lims: Lims) -> Door:
    return Door(lims)


def snapshot_of(door: Door, report: dict[str, Any]) -> dict[str, Any]:
    return dict(door["cai"].get(f"/api/reports/{report['id']}/snapshot").json())


def judged(door: Door, sample: str) -> dict[str, Any]:
    """The judgement of a sample, its lines by parameter."""
    made = door["cai"].post(f"/api/samples/{sample}/judgement").json()
    return {**made, "lines": {line["parameter"]: line for line in made["lines"]}}


# ── loading ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_buyers_list_is_declared_and_law_for_nobody(lims: Lims, door: Door) -> None:
    with lims.read(system_actor(), Action.LIBRARY_READ) as session:
        library = queries.current_library(session)

    assert library.declared_families == (FAMILY,)
    assert all(FAMILY not in library.families(market) for market in library.markets)
    assert EDITION not in {row.standard for row in library.limits_in_force(NOW.date())}
    (definition,) = library.definitions_of(EDITION, "carbofuran")
    assert [part.substance for part in definition.components] == ["carbofuran", "3-hydroxycarbofuran"]
    answer = door["ann"].post("/api/judge", {"food": "豇豆", "basis_on": "2026-11-20", "measured": AMOUNT}).json()
    assert (answer["overall"], answer["lines"][0]["explanation"]["edition"]["code"]) == ("conforms", LAW)


@pytest.mark.parametrize(
    "order",
    [
        {"standard": "GB 2763-2027", "kind": "declared"},  # what a buyer asks for would be law for everybody
        {"standard": LAW, "kind": "declared"},
        {"standard": "HX 01-2027", "kind": "law"},
        {"standard": "HX 02-2026", "family": "GB 2762", "kind": "declared"},
    ],
)
def test_no_family_is_law_and_declared_at_once(door: Door, order: dict[str, str]) -> None:
    sent = {"file": ("table.csv", TABLE.encode())}

    refused = door["net"].client.post("/api/library/drafts", files=sent, data={**ORDER, **order})

    assert (refused.status_code, codes(refused)) == (422, ["library.family_mixed"])


# ── registering ──────────────────────────────────────────────────────────────────────────────────────


def test_a_sample_keeps_what_it_is_declared_to(lims: Lims, door: Door) -> None:
    made = door["ann"].post("/api/samples", a_sheet(declared=[FAMILY, FAMILY]))
    plain = door["ann"].post("/api/samples", a_sheet(sampling_sheet_number="CY-2"))

    assert (made.status_code, plain.status_code) == (201, 201), made.text
    assert door["ann"].get(f"/api/samples/{made.json()['number']}").json()["declared"] == [FAMILY]
    assert plain.json()["declared"] == []
    bench = door["bea"].get(f"/api/samples/{made.json()['blind_code']}").json()
    assert "declared" not in bench  # a buyer's list would tell whose it is
    assert audit_findings(lims) == []


@pytest.mark.parametrize("name", ["HX 99", "GB 2763", EDITION])
def test_a_standard_that_nobody_can_declare_is_refused_and_those_that_can_be_are_named(door: Door, name: str) -> None:
    sheet = door["ann"].post("/api/samples", a_sheet(declared=[name]))
    question = {"food": "豇豆", "basis_on": "2026-11-20", "measured": AMOUNT, "declared": [name]}
    asked = [door["ann"].post(path, question) for path in ("/api/judge", "/api/markets")]

    for answer in (sheet, *asked):
        assert codes(answer) == ["standard.not_declarable"]
        assert f"the standards that can be are {FAMILY}." in answer.json()["reasons"][0]["text"]
    assert sheet.json()["reasons"][0]["where"]["field"] == "declared"
    assert [answer.status_code for answer in (sheet, *asked)] == [422, 422, 422]


def test_rows_of_a_table_name_their_declared_standards(door: Door) -> None:
    rows = [{**ROW, "声明执行标准": FAMILY}, {**ROW, "抽样单编号": "CY-2"}]
    faulty = [{**ROW, "抽样单编号": "CY-3", "声明执行标准": f"{FAMILY}、有机"}]

    taken = door["ann"].upload("/api/samples/import", "samples.csv", a_csv(rows)).json()["registered"]
    refused = door["ann"].upload("/api/samples/import", "samples.csv", a_csv(faulty))

    assert [door["ann"].get(f"/api/samples/{number}").json()["declared"] for number in taken] == [[FAMILY], []]
    (why,) = refused.json()["reasons"]
    assert (why["code"], why["where"]["row"], why["where"]["column"]) == (
        "standard.not_declarable", 2, "声明执行标准",
    )  # fmt: skip


def a_csv(rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=[*ROW, "声明执行标准"])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


# ── judging ──────────────────────────────────────────────────────────────────────────────────────────


def test_the_stricter_standard_fails_what_the_law_lets_pass(door: Door) -> None:
    declared = judged(door, a_tested_sample(door, found="0.06", declared=[FAMILY]))
    plain = judged(door, a_tested_sample(door, found="0.06", sampling_sheet_number="CY-2"))

    assert (declared["overall"], plain["overall"]) == ("fails", "conforms")
    line = declared["lines"]["acetamiprid"]
    assert (line["verdict"], line["limit_value"]) == ("exceeds", "0.05")
    assert line["explanation"]["edition"]["code"] == EDITION
    assert line["explanation"]["edition"]["declared"] is True
    assert [(one["edition"], one["verdict"], one["declared"]) for one in line["explanation"]["others"]] == [
        (LAW, "conforms", False)
    ]
    assert line["sentence_zh"].startswith(f"啶虫脒：所声明的 {EDITION}（2026-01-01 起施行，")
    assert f"另据 {LAW}：" in line["sentence_zh"]
    assert f"{EDITION}, declared for the sample (in force from 2026-01-01" in line["sentence_en"]


def test_a_banned_substance_fails_whatever_was_declared(door: Door) -> None:
    line = judged(door, a_tested_sample(door, declared=[FAMILY]))["lines"]["carbofuran"]

    assert (line["verdict"], line["banned_detected"]) == ("conforms", False)
    found = {"克百威": {"kind": "quantified", "value": "0.012"}, "16655-82-6": NOTHING}
    question = {"food": "豇豆", "basis_on": "2026-11-20", "measured": found, "declared": [FAMILY]}
    answer = door["ann"].post("/api/judge", question).json()
    assert answer["lines"][0]["verdict"] == "prohibited_detected"


def test_the_report_names_the_declared_standard_that_decided(door: Door) -> None:
    failed = issued(door, a_draft(door, a_tested_sample(door, found="0.06", declared=[FAMILY]), annex=True))
    snapshot = snapshot_of(door, failed)

    acetamiprid = snapshot["lines"][0]
    named = f"{EDITION}《{TITLE}》（声明执行）"
    assert (acetamiprid["limit"], acetamiprid["verdict"]) == ("≤0.05", "不合格")
    assert acetamiprid["remark"] == f"限量依据声明执行的 {EDITION}"
    assert {one.partition("《")[0] for one in snapshot["judgement_standards"]} == {LAW, EDITION}
    assert named in snapshot["judgement_standards"]
    assert f"啶虫脒项目不符合{named}要求" in snapshot["conclusion"]
    assert snapshot["remarks"][0].startswith(f"本样品声明执行 {FAMILY}")
    assert f"所声明的 {EDITION}" in snapshot["annex"][0]["sentence"]


def test_a_report_of_what_keeps_both_names_both_and_one_without_a_promise_only_the_law(door: Door) -> None:
    kept = snapshot_of(door, an_issued_report(door, found="0.04", declared=[FAMILY]))
    plain = snapshot_of(door, an_issued_report(door, found="0.06", sampling_sheet_number="CY-2"))

    assert kept["lines"][0]["limit"] == "≤0.05"
    assert {one.partition("《")[0] for one in kept["judgement_standards"]} == {LAW, EDITION}
    assert "综合判定为合格" in kept["conclusion"]
    assert [one.partition("《")[0] for one in plain["judgement_standards"]] == [LAW]
    assert EDITION not in str(plain)
    assert "声明执行" not in str(plain)


# ── beside the markets ───────────────────────────────────────────────────────────────────────────────


def test_a_declared_standard_stands_beside_the_markets(door: Door) -> None:
    sample = a_tested_sample(door, found="0.06", declared=[FAMILY])

    answers = door["cai"].get(f"/api/samples/{sample}/markets").json()
    question = {"food": "豇豆", "basis_on": "2026-11-20", "measured": AMOUNT, "declared": [FAMILY]}
    asked = door["ann"].post("/api/markets", question).json()

    for told in (answers, asked):
        home, promise = told[0], told[-1]
        assert (home["market"], home["standard"], home["acceptance"]) == ("CN", "", "accepted")
        assert (promise["market"], promise["standard"], promise["acceptance"]) == ("", FAMILY, "refused")
        assert "须降到 1/1.2 以下" in promise["said_zh"]
        assert promise["said_en"].startswith(f"The lot does not meet {FAMILY}: acetamiprid 0.06 mg/kg")


def test_another_laboratory_sees_nothing_of_it(door: Door) -> None:
    sample = a_tested_sample(door, found="0.06", declared=[FAMILY])
    judged(door, sample)

    for address in ("", "/judgement", "/judgements", "/markets"):
        answer = door["eve"].get(f"/api/samples/{sample}{address}")
        assert (answer.status_code, FAMILY in answer.text) == (404, False)
