"""One lot before every market: who would accept it, and what would have to change."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from lims.core.language import Language
from lims.library.rules import Library
from lims.limits.markets import Acceptance, MarketAnswer, Obstacle, everywhere, plain_line
from lims.limits.rules import judge_lines, judge_parameter
from lims.limits.verdicts import Occasion, SampleJudgement, Verdict
from lims.samples.rules import BasisKind
from lims.science.amounts import Amount
from lims.science.conformity import DecisionRule
from tests.unit.limits.asking import below, found, nothing
from tests.unit.limits.small import DAY, FACTS, SMALL


def answers(
    food: str, measured: Mapping[str, Amount], *, on: date = DAY, library: Library = SMALL, **occasion: object
) -> dict[str, MarketAnswer]:
    """What every market says by its code, and every declared standard by its name."""

    def judge(one: Occasion) -> SampleJudgement:
        return judge_lines([judge_parameter(library, one, code, measured) for code in measured])

    asked = Occasion(food, on, BasisKind.PRODUCTION, **occasion)  # type: ignore[arg-type]  # fields by name
    return {answer.standard or answer.market: answer for answer in everywhere(library, asked, judge)}


def said(answer: MarketAnswer, library: Library = SMALL) -> tuple[str, str]:
    """The plain line in both languages."""
    return plain_line(answer, library, Language.CHINESE), plain_line(answer, library, Language.ENGLISH)


def test_what_one_market_refuses_another_accepts() -> None:
    told = answers("菠菜", {"sprayed": found("3")})

    assert list(told) == ["CN", "KR"]
    assert (told["CN"].acceptance, told["KR"].acceptance) == (Acceptance.REFUSED, Acceptance.ACCEPTED)
    (way,) = told["CN"].hindrances
    assert (way.obstacle, way.limit, way.found, way.factor) == (
        Obstacle.TOO_MUCH, Decimal(2), Decimal(3), Decimal("1.50"),
    )  # fmt: skip
    assert told["KR"].hindrances == ()
    chinese, english = said(told["CN"])
    assert chinese == "中国：会被拒收。sprayed药检出 3 mg/kg，限量 2 mg/kg，须降到 1/1.5 以下。"
    assert english == "China would refuse this lot: sprayed 3 mg/kg, limit 2 mg/kg, must fall by a factor of 1.5."
    assert said(told["KR"]) == ("韩国：可接收。", "Korea would accept this lot.")


def test_each_market_is_judged_by_its_own_law() -> None:
    told = answers("菠菜", {"both": found("0.5")})

    limits = {m: one.judgement.lines[0].assessment.limit.value for m, one in told.items()}  # type: ignore[union-attr]
    assert limits == {"CN": Decimal(1), "KR": Decimal("0.01")}


def test_a_factor_is_rounded_up_so_that_falling_by_it_is_enough() -> None:
    told = answers("菠菜", {"sprayed": found("2.0001")})

    assert told["CN"].hindrances[0].factor == Decimal("1.01")


def test_a_method_that_does_not_reach_the_limit_says_how_far_it_must_reach() -> None:
    korea = answers("菠菜", {"both": below("0.05")})["KR"]

    assert korea.acceptance is Acceptance.UNDECIDED
    assert (korea.hindrances[0].obstacle, korea.hindrances[0].needed) == (Obstacle.LOQ_TOO_HIGH, Decimal("0.01"))
    chinese, english = said(korea)
    assert "需定量限不高于 0.01 mg/kg 的方法" in chinese
    assert "needs a limit of quantification of 0.01 mg/kg or lower" in english


def test_a_part_of_the_residue_that_was_not_measured_is_named() -> None:
    china = answers("鸡肉", {"drug": found("0.01")})["CN"]

    assert china.hindrances[0].obstacle is Obstacle.COMPONENTS_MISSING
    chinese, english = said(china)
    assert "metabolite药" in chinese
    assert "metabolite" in english


def test_a_prohibited_substance_has_no_factor() -> None:
    china = answers("鸡肉", {"banned-drug": found("0.001")})["CN"]

    assert (china.acceptance, china.hindrances[0].obstacle) == (Acceptance.REFUSED, Obstacle.MUST_BE_ABSENT)
    assert china.hindrances[0].factor is None
    assert "规定不得检出" in said(china)[0]


def test_a_declared_standard_that_allows_nothing_is_no_number_to_fall_to() -> None:
    promise = answers("菠菜", {"sprayed": found("1")}, declared=("NY/T 1",))["NY/T 1"]

    assert (promise.acceptance, promise.hindrances[0].obstacle) == (Acceptance.REFUSED, Obstacle.MUST_BE_ABSENT)


def test_a_declared_standard_stands_beside_the_markets_and_changes_none_of_them() -> None:
    alone = answers("菠菜", {"sprayed": found("1")})
    told = answers("菠菜", {"sprayed": found("1")}, declared=("NY/T 1",))

    assert list(told) == ["CN", "KR", "NY/T 1"]
    assert [told[market].acceptance for market in alone] == [one.acceptance for one in alone.values()]
    assert [(one.market, one.standard) for one in told.values()] == [("CN", ""), ("KR", ""), ("", "NY/T 1")]
    assert said(told["NY/T 1"]) == (
        "NY/T 1：不符合。sprayed药检出，而规定不得检出。",
        "The lot does not meet NY/T 1: sprayed was found and may not be there at all.",
    )


def test_a_declared_standard_that_does_not_speak_of_a_substance_sets_no_limit_for_it() -> None:
    told = answers("菠菜", {"sprayed": nothing("0.01"), "lead": found("0.2")}, declared=("NY/T 1",))["NY/T 1"]

    assert [line.verdict for line in told.judgement.lines] == [Verdict.CONFORMS, Verdict.NO_LIMIT]
    assert said(told) == ("NY/T 1：符合。", "The lot meets NY/T 1.")


def test_a_declared_standard_without_an_edition_of_the_day_says_so_alone() -> None:
    told = answers("菠菜", {"sprayed": nothing("0.01")}, on=date(2010, 1, 1), declared=("NY/T 1",))["NY/T 1"]

    assert said(told) == (
        "NY/T 1：当日有效的版本未载入，不能断定。",
        "No edition of NY/T 1 of that day is loaded; nothing can be said.",
    )


def test_what_a_market_has_no_law_for_is_not_loaded_and_no_acceptance() -> None:
    korea = answers("菠菜", {"lead": found("0.1")})["KR"]

    assert korea.judgement.lines[0].verdict is Verdict.NOT_JUDGED
    assert (korea.acceptance, korea.hindrances[0].obstacle) == (Acceptance.UNDECIDED, Obstacle.NOT_LOADED)
    assert "限量未载入：lead药" in said(korea)[0]


def test_a_market_without_an_edition_of_the_day_says_so_alone() -> None:
    told = answers("菠菜", {"sprayed": nothing("0.01")}, on=date(2010, 1, 1))

    assert {one.is_loaded for one in told.values()} == {False}
    assert said(told["KR"]) == (
        "韩国：当日有效的标准未载入，不能断定。",
        "Korea: nothing of its law on that day is loaded; nothing can be said.",
    )


def test_a_market_decides_by_its_own_rule_unless_one_was_agreed() -> None:
    europe = [replace(s, market="EU") if s.market == "KR" else s for s in FACTS.standards]
    library = Library(replace(FACTS, standards=tuple(europe)))

    own = answers("菠菜", {"sprayed": found("8")}, library=library)["EU"]
    agreed = answers("菠菜", {"sprayed": found("8")}, library=library, rule=DecisionRule.SIMPLE)["EU"]

    assert (own.rule, own.acceptance) == (DecisionRule.SANTE_50, Acceptance.ACCEPTED)
    assert (agreed.rule, agreed.acceptance) == (DecisionRule.SIMPLE, Acceptance.REFUSED)


def test_nothing_measured_is_no_acceptance() -> None:
    china = answers("菠菜", {})["CN"]

    assert china.acceptance is Acceptance.UNDECIDED
    assert said(china)[1] == "Whether China would accept this lot cannot be said: nothing was measured."


@pytest.mark.parametrize("amount", [found("0.5"), found("7"), below("0.001"), nothing("0.001"), below("9")])
def test_a_lot_is_accepted_exactly_when_nothing_stands_in_the_way(amount: Amount) -> None:
    for answer in answers("菠菜", {"sprayed": amount}).values():
        assert (answer.acceptance is Acceptance.ACCEPTED) is (answer.hindrances == ())


def test_silence_of_a_foreign_law_is_no_acceptance_of_what_was_found() -> None:
    """Without a default limit Korea says nothing of it; whether it may be there is not known."""
    silent = [replace(one, default_value=None) if one.code == "KR-2025" else one for one in FACTS.standards]
    library = Library(replace(FACTS, standards=tuple(silent)))
    measured = {"sprayed": found("3"), "both": found("0.5")}

    korea = answers("菠菜", measured, library=library)["KR"]
    clean = answers("菠菜", {**measured, "both": nothing("0.01")}, library=library)["KR"]

    assert (korea.acceptance, [one.obstacle for one in korea.hindrances]) == (
        Acceptance.UNDECIDED, [Obstacle.NO_LIMIT],
    )  # fmt: skip
    assert "无限量规定" in said(korea, library)[0]
    assert clean.acceptance is Acceptance.ACCEPTED
