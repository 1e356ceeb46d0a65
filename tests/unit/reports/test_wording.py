"""What a report says: units behind results, the rule behind verdicts, whom to object to."""

import pytest

from lims.documents.phrases import Phrase
from lims.reports.wording import decision_rule, notes_for, with_unit
from lims.samples.rules import Programme
from lims.science.conformity import Comparison, DecisionRule


@pytest.mark.parametrize(
    ("result", "unit", "said"),
    [
        ("0.12", "mg/kg", "0.12 mg/kg"),
        ("<0.01（检出）", "mg/kg", "<0.01 mg/kg（检出）"),
        ("未检出（<0.003）\nNot detected (<0.003)", "mg/kg", "未检出（<0.003 mg/kg）\nNot detected (<0.003 mg/kg)"),
        ("0.12；<0.01", "μg/kg", "0.12 μg/kg；<0.01 μg/kg"),
        ("未检出", "mg/kg", "未检出"),
        ("0.12", "—", "0.12"),
    ],
)
def test_the_unit_stands_behind_each_number_and_outside_of_no_bracket(result: str, unit: str, said: str) -> None:
    assert with_unit(result, unit) == said


def test_the_rule_of_a_verdict_says_how_uncertainty_and_rounding_entered_it() -> None:
    plain = decision_rule([(DecisionRule.SIMPLE, Comparison.FULL_VALUE)], prohibited=False)
    both = decision_rule([(DecisionRule.ADD_U, Comparison.ROUNDED_VALUE)], prohibited=True)

    assert plain.zh == "判定规则：检测结果与标准值直接比较，不考虑测量不确定度（GB/T 8170 全数值比较法）。"
    assert "unrounded" in plain.en
    assert "加上扩展不确定度（k = 2）" in both.zh
    assert both.zh.endswith("（GB/T 8170 修约值比较法）；国家禁止使用的物质，检出即判为不合格。")
    assert decision_rule([], prohibited=False) == Phrase.same("")


def test_an_objection_has_somebody_to_go_to_and_a_retest_invites_none() -> None:
    said = {programme: " ".join(note.zh for note in notes_for(programme)) for programme in Programme}

    assert "五个工作日内，向实施监督抽查的农业农村主管部门" in said[Programme.SUPERVISION]
    assert "异议" not in said[Programme.RETEST]
    assert all("异议" in text for programme, text in said.items() if programme is not Programme.RETEST)
