"""The frozen snapshot: one spelling, nothing unprintable, complete by ISO/IEC 17025:2017 7.8.2.1."""

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lims.documents.completeness import ELEMENTS, missing_elements, untrue_marks
from lims.documents.snapshot import NOT_APPLICABLE, AnnexLine, MarksBlock, PartyBlock, ReportSnapshot
from tests.documents.examples import ISSUED_AT, a_snapshot, some_lines


def part(block: str, /, **changed: Any) -> dict[str, Any]:
    """A block of the example, changed."""
    return {block: getattr(a_snapshot(), block).model_copy(update=changed)}


def line(**changed: Any) -> dict[str, Any]:
    return {"lines": (some_lines(1)[0].model_copy(update=changed),)}


@pytest.mark.parametrize(
    ("letter", "change"),
    [
        ("a", {"title": ""}),
        ("b", part("laboratory", address="")),
        ("b", part("laboratory", name="—")),
        ("c", part("laboratory", place_of_activity="")),
        ("d", {"number": ""}),
        ("e", {"client": PartyBlock(name="")}),
        ("e", {"client": PartyBlock(name="县局", address="—", contact="—")}),
        ("f", {"methods": ()}),
        ("f", line(method="")),
        ("g", part("sample", condition="")),
        ("g", part("sample", accession="—")),
        ("h", part("sample", received_on="—")),
        ("h", part("sample", sampled_on="")),
        ("i", {"tested_on": ""}),
        ("j", {"issued_at": ISSUED_AT - timedelta(days=1)}),
        ("k", part("sample", sampling_method="—", sampling_plan="—")),
        ("l", {"scope_statement": ""}),
        ("m", {"lines": ()}),
        ("m", line(result="")),
        ("m", line(unit="")),
        ("n", {"deviations": ""}),
        ("n", {"deviations": "—"}),
        ("p", line(external=True)),
    ],
)
def test_each_element_of_the_standard_is_missed_when_it_is_not_there(letter: str, change: dict[str, Any]) -> None:
    missing = missing_elements(a_snapshot(**change))

    assert [r.code for r in missing] == [f"report.missing_{letter}"]


def test_the_person_who_authorised_is_missed() -> None:
    people = a_snapshot().people
    nameless = people.approved_by.model_copy(update={"name": ""})

    missing = missing_elements(a_snapshot(people=people.model_copy(update={"approved_by": nameless})))

    assert [r.code for r in missing] == ["report.missing_o"]


def test_a_complete_report_misses_nothing_and_every_letter_is_asked() -> None:
    assert missing_elements(a_snapshot()) == []
    assert [why.code[-1] for _, why in ELEMENTS] == list("abcdefghijklmnop")


def test_a_sample_that_was_brought_needs_no_sampling_plan() -> None:
    brought = part("sample", sampled_on="—", sampling_method="—", sampling_plan="—")

    assert missing_elements(a_snapshot(**brought)) == []


@pytest.mark.parametrize(
    ("family", "version", "is_asked"),
    [
        ("supervised", "4", True),
        ("supervised", "5", True),
        ("supervised", "3", False),
        ("supervised", "own", False),
        ("retest", "1", True),
        ("contest", "1", False),
    ],
)
def test_a_judging_report_says_by_which_rule_where_its_template_prints_it(
    family: str, version: str, is_asked: bool
) -> None:
    def faults(**change: Any) -> list[str]:
        given = a_snapshot(**change)
        template = given.template.model_copy(update={"family": family, "version": version})
        missing = missing_elements(given.model_copy(update={"template": template}))
        return [why.code for why in missing if why.code == "report.no_decision_rule"]

    unjudged = tuple(
        line.model_copy(update={"verdict": verdict, "failing": False})
        for line, verdict in zip(a_snapshot().lines, ("不作判定", "Not judged", "不作判定\nNot judged"), strict=False)
    )

    assert faults() == (["report.no_decision_rule"] if is_asked else [])
    assert faults(decision_rule="判定规则：检测结果与标准值直接比较。") == []
    assert faults(lines=unjudged) == []
    assert faults(lines=(*unjudged, a_snapshot().lines[-1])) == faults()


def test_a_notice_judges_nothing_and_carries_no_mark() -> None:
    drawn = a_snapshot()
    silent = tuple(
        line.model_copy(update={"limit": NOT_APPLICABLE, "verdict": NOT_APPLICABLE, "failing": False})
        for line in drawn.lines
    )
    complete: dict[str, Any] = {
        "template": drawn.template.model_copy(update={"family": "risk_monitoring"}),
        "lines": silent,
        "marks": MarksBlock(),
        "judgement_standards": (),
        "verdict": "not_judged",
    }

    assert missing_elements(a_snapshot(**complete)) == []
    for changed in ("lines", "marks", "judgement_standards", "verdict"):
        judging = a_snapshot(**complete | {changed: getattr(drawn, changed)})
        assert [why.code for why in missing_elements(judging)] == ["report.notice_judges"]


def test_a_commissioned_report_answers_for_the_sample_as_received_and_claims_no_sampling() -> None:
    drawn = a_snapshot()
    template = drawn.template.model_copy(update={"family": "commissioned"})
    nothing = dict.fromkeys(
        ("sampling_sheet", "sampling_method", "sampling_place", "samplers", "sampled_on"), NOT_APPLICABLE
    )
    brought = drawn.sample.model_copy(update=nothing)
    said = "本报告的检验结果仅对来样负责。"

    complete = a_snapshot(template=template, sample=brought, scope_statement=said)
    silent = a_snapshot(template=template, sample=brought)
    claiming = a_snapshot(template=template, scope_statement=said)

    assert missing_elements(complete) == []
    for one in (silent, claiming):
        assert [why.code for why in missing_elements(one)] == ["report.not_as_received"]


def test_several_faults_are_told_together() -> None:
    codes = [r.code for r in missing_elements(a_snapshot(title="", methods=(), scope_statement=""))]

    assert codes == ["report.missing_a", "report.missing_f", "report.missing_l"]


@pytest.mark.parametrize(
    ("marks", "in_scope", "statement", "codes"),
    [
        (MarksBlock(cma_number="242404090030"), True, "", []),
        (MarksBlock(cma_number="242404090030"), False, "", ["report.mark_without_scope"]),
        (MarksBlock(), False, "", []),
    ],
)
def test_a_mark_needs_results_in_its_scope(marks: MarksBlock, in_scope: bool, statement: str, codes: list[str]) -> None:
    lines = tuple(x.model_copy(update={"in_cma": in_scope, "in_catl": in_scope}) for x in some_lines(2))

    found = untrue_marks(a_snapshot(marks=marks, lines=lines, out_of_scope_statement=statement))

    assert [r.code for r in found] == codes


def test_a_line_outside_the_scope_must_be_explained() -> None:
    lines = (some_lines(1)[0], some_lines(2)[1].model_copy(update={"in_catl": False}))

    unexplained = untrue_marks(a_snapshot(lines=lines))
    explained = untrue_marks(a_snapshot(lines=lines, out_of_scope_statement="标 * 的项目不在能力范围内。"))

    assert [r.code for r in unexplained] == ["report.out_of_scope_unexplained"]
    assert "CATL" in unexplained[0].text
    assert explained == []


def test_equal_snapshots_have_equal_bytes_whatever_the_time_zone() -> None:
    in_china = ISSUED_AT.astimezone(timezone(timedelta(hours=8)))

    assert a_snapshot(issued_at=in_china).canonical_bytes() == a_snapshot().canonical_bytes()


def test_the_bytes_lead_back_to_the_snapshot() -> None:
    snapshot = a_snapshot(replaces="QJ2026J000001")

    again = ReportSnapshot.model_validate_json(snapshot.canonical_bytes())

    assert again == snapshot
    assert again.sha256 == snapshot.sha256


def test_a_snapshot_without_annex_has_the_bytes_that_it_had_before_there_were_annexes() -> None:
    assert b"annex" not in a_snapshot().canonical_bytes()
    assert a_snapshot().sha256 == "f7601c28b7ef4cd643ac0e3d9975f7f99a7cba2e2c030b16c120bb4950f7fea8"


def test_an_annex_is_part_of_the_bytes_and_leads_back() -> None:
    line = AnnexLine(parameter="毒死蜱", verdict="不合格", failing=True, sentence="毒死蜱：0.12 > 0.05；结论：不符合。")
    snapshot = a_snapshot(annex=(line,))

    again = ReportSnapshot.model_validate_json(snapshot.canonical_bytes())

    assert again == snapshot
    assert again.annex == (line,)
    assert snapshot.sha256 != a_snapshot().sha256


@pytest.mark.parametrize("line", [{}, {"parameter": "铅", "verdict": "合格"}, {"parameter": "铅", "why": "无"}])
def test_a_line_of_the_annex_has_parameter_verdict_and_sentence(line: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        AnnexLine.model_validate(line)


def test_the_day_of_issue_is_the_day_in_china() -> None:
    late = datetime(2026, 11, 20, 17, 0, tzinfo=ISSUED_AT.tzinfo)

    assert a_snapshot(issued_at=late).issued_on.isoformat() == "2026-11-21"


@given(st.text())
def test_any_text_becomes_printable_and_stays_the_same_from_then_on(text: str) -> None:
    once = PartyBlock(name=text).name

    assert PartyBlock(name=once).name == once
    assert all(c == "\n" or c.isprintable() or ord(c) >= 0x80 for c in once)
    once.encode()


@pytest.mark.parametrize("change", [{"issued_at": datetime(2026, 11, 20)}, {"numbr": "x"}, {"schema_version": 2}])  # noqa: DTZ001 -- naive on purpose
def test_a_naive_instant_or_an_unknown_field_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        a_snapshot(**change)


def test_a_snapshot_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        a_snapshot().number = "other"
