"""Several standards, markets and promises at once, each rule of the engine on a small library made by hand."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.library.facts import Coverage, LimitRow, StandardKind, SubstanceCoverage
from lims.library.rules import Library
from lims.limits.rules import judge_lines
from lims.limits.verdicts import Flag, Line, Overall, Verdict
from lims.science.amounts import UNSTATED, BelowLoq, NotDetected, Quantified
from lims.science.conformity import Comparison, DecisionRule
from tests.unit.limits.small import FACTS, MG, PESTICIDE, SMALL, UG, limit, line_of, standard

CONFORMS, EXCEEDS, NOT_JUDGED = Verdict.CONFORMS, Verdict.EXCEEDS, Verdict.NOT_JUDGED


def found(value: str, u: str | None = None) -> Quantified:
    return Quantified(Decimal(value), MG, None if u is None else Decimal(u))


def nothing() -> NotDetected:
    return NotDetected(Decimal("0.0001"), MG)


def test_the_strictest_standard_that_speaks_of_the_food_fails_it() -> None:
    line = line_of("鸡肉", "both", {"both": found("0.05")})

    assert (line.verdict, line.edition.code if line.edition else "") == (EXCEEDS, "GB 31650-2019")  # 20 μg/kg
    assert [other.verdict for other in line.others] == [CONFORMS]  # 0.1 mg/kg
    assert line_of("菠菜", "both", {"both": found("0.05")}).verdict is CONFORMS  # a drug is no matter of spinach


def test_a_food_is_found_by_species_and_tissue() -> None:
    measured = {"drug": found("0.06"), "metabolite": found("0.05")}
    by_link = line_of("鸡肉", "drug", measured)
    by_species = line_of("鸡", "drug", measured, species="鸡", tissue="肌肉")

    assert by_link.verdict is by_species.verdict is EXCEEDS  # 110 μg/kg, limit 100
    assert by_link.assessment is not None
    assert by_link.assessment.compared == "110 > 100"
    assert {Flag.FOOD_UNCONFIRMED, Flag.SOURCE_UNVERIFIED} <= set(by_link.flags)


def test_a_species_without_its_tissue_asks_which() -> None:
    line = line_of("鸡", "drug", {"drug": found("1"), "metabolite": nothing()}, species="鸡")

    assert (line.verdict, line.reasons[0].code) == (NOT_JUDGED, "food.ambiguous")


def test_a_number_for_eggs_decides_from_its_day_on() -> None:
    before = line_of("鸡蛋", "egg-drug", {"egg-drug": found("0.005")}, on=date(2023, 1, 31))
    after = line_of("鸡蛋", "egg-drug", {"egg-drug": found("0.005")}, on=date(2023, 2, 1))
    much = line_of("鸡蛋", "egg-drug", {"egg-drug": found("0.011")}, on=date(2023, 2, 1))

    assert (before.verdict, before.banned_detected) == (Verdict.PROHIBITED_DETECTED, True)
    assert (after.verdict, after.banned_detected) == (CONFORMS, False)
    assert much.verdict is EXCEEDS


def test_a_banned_drug_without_any_limit_must_be_absent() -> None:
    assert line_of("鸡肉", "banned-drug", {"banned-drug": nothing()}).verdict is CONFORMS
    assert line_of("鸡肉", "banned-drug", {"banned-drug": found("0.0002")}).banned_detected


def test_total_mercury_screens_for_methylmercury() -> None:
    low = line_of("鲤鱼", "total-mercury", {"total-mercury": found("0.5")})
    high = line_of("鲤鱼", "total-mercury", {"total-mercury": found("0.6")})
    measured = line_of("鲤鱼", "methylmercury", {"total-mercury": found("0.6"), "methylmercury": found("0.4")})

    assert (low.verdict, low.flags) == (CONFORMS, (Flag.SCREENED, Flag.FOOD_UNCONFIRMED))
    assert (high.verdict, high.reasons[0].code) == (NOT_JUDGED, "limit.needs_further_test")
    assert judge_lines([high]).overall is Overall.PENDING
    assert (measured.verdict, measured.ruling.screening) == (CONFORMS, None)


def test_every_standard_has_its_own_tree() -> None:
    line = line_of("菠菜", "lead", {"lead": found("0.2")})

    assert line.found is not None
    assert line.found.row is not None
    assert (line.verdict, str(line.found.row.value)) == (CONFORMS, "0.3")  # a leaf vegetable there, excepted from 0.1


def test_another_market_decides_by_its_own_law() -> None:
    home = line_of("菠菜", "sprayed", {"sprayed": found("3")})
    korea = line_of("菠菜", "sprayed", {"sprayed": found("3")}, market="KR")
    unlisted = line_of("菠菜", "unlisted", {"unlisted": found("0.02")}, market="KR")
    drug = line_of("鸡肉", "drug", {"drug": nothing(), "metabolite": nothing()}, market="KR")

    assert (home.verdict, korea.verdict) == (EXCEEDS, CONFORMS)
    assert (unlisted.verdict, unlisted.assessment.compared if unlisted.assessment else "") == (EXCEEDS, "0.02 > 0.01")
    assert (drug.verdict, drug.reasons[0].code) == (NOT_JUDGED, "limit.standard_not_loaded")


def test_a_promise_is_kept_or_broken_beside_the_law() -> None:
    trace = line_of("菠菜", "sprayed", {"sprayed": found("0.01")}, declared=("NY/T 1",))
    absent = line_of("菠菜", "sprayed", {"sprayed": nothing()}, declared=("NY/T 1",))

    assert line_of("菠菜", "sprayed", {"sprayed": found("0.01")}).verdict is CONFORMS
    assert (trace.verdict, trace.edition.code if trace.edition else "") == (EXCEEDS, "NY/T 1-2024")
    assert absent.verdict is CONFORMS


def promising(*rows: LimitRow, is_complete: bool = True, **changes: object) -> Library:
    """The small library with another declared standard, HX 1, that has these limits and all of its own."""
    kind = StandardKind.DECLARED
    promised = standard("HX 1", "CN", "HX 1", PESTICIDE, kind=kind, tree="GB 2763", is_complete=is_complete, **changes)
    covered = tuple(SubstanceCoverage("HX 1", row.substance, Coverage.COMPLETE, "") for row in rows)
    facts = replace(
        FACTS,
        standards=(*FACTS.standards, promised),
        limits=(*FACTS.limits, *rows),
        coverage=(*FACTS.coverage, *covered),
    )
    return Library(facts)


def decided(line: Line) -> tuple[Verdict, str]:
    """The verdict and the edition that it is by."""
    return line.verdict, line.edition.code if line.edition else ""


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0.4", (CONFORMS, "HX 1")),  # the lower limit is the one that is kept
        ("0.6", (EXCEEDS, "HX 1")),
        ("2.1", (EXCEEDS, "GB 2763-2026")),  # both are broken: the law is named
    ],
)
def test_law_and_promise_are_both_to_be_kept(value: str, expected: tuple[Verdict, str]) -> None:
    library = promising(limit("HX 1", "sprayed", "蔬菜", "0.5"))

    line = line_of("菠菜", "sprayed", {"sprayed": found(value)}, library=library, declared=("HX 1",))

    assert decided(line) == expected
    assert [other.family for other in line.others] == ["GB 2763" if expected[1] == "HX 1" else "HX 1"]
    assert line.is_by_promise is (expected[1] == "HX 1")


def test_a_promise_laxer_than_the_law_changes_nothing() -> None:
    library = promising(limit("HX 1", "sprayed", "蔬菜", "5"))

    for value in ("0.1", "3"):
        line = line_of("菠菜", "sprayed", {"sprayed": found(value)}, library=library, declared=("HX 1",))
        assert decided(line) == (CONFORMS if value == "0.1" else EXCEEDS, "GB 2763-2026")


def test_a_whole_list_that_does_not_name_a_substance_leaves_it_to_the_law() -> None:
    whole = promising(limit("HX 1", "both", "蔬菜", "0.5"))
    partial = promising(limit("HX 1", "both", "蔬菜", "0.5"), is_complete=False)
    measured = {"sprayed": found("0.1")}

    assert decided(line_of("菠菜", "sprayed", measured, library=whole, declared=("HX 1",))) == (
        CONFORMS, "GB 2763-2026",
    )  # fmt: skip
    open_ = line_of("菠菜", "sprayed", measured, library=partial, declared=("HX 1",))
    assert (open_.verdict, open_.reasons[0].code) == (NOT_JUDGED, "limit.substance_not_loaded")


def test_a_promise_that_is_not_loaded_is_open_and_not_passed_over() -> None:
    later = promising(limit("HX 1", "sprayed", "蔬菜", "0.5"), effective_on=date(2026, 6, 1))

    for library in (SMALL, later):
        kept = line_of("菠菜", "sprayed", {"sprayed": found("0.1")}, library=library, declared=("HX 1",))
        broken = line_of("菠菜", "sprayed", {"sprayed": found("3")}, library=library, declared=("HX 1",))
        assert (kept.verdict, kept.reasons[0].code) == (NOT_JUDGED, "limit.edition_not_loaded")
        assert broken.verdict is EXCEEDS


def test_a_promise_stands_for_no_law_that_is_not_loaded() -> None:
    library = promising(limit("HX 1", "unlisted", "蔬菜", "0.5"))

    line = line_of("菠菜", "unlisted", {"unlisted": found("0.1")}, library=library, declared=("HX 1",))

    assert (line.limit_verdict, line.is_by_promise) == (NOT_JUDGED, False)


def test_a_promise_lifts_no_prohibition() -> None:
    library = promising(limit("HX 1", "banned-drug", "动物源食品", "0.01"))

    def line(amount: Quantified | NotDetected) -> Line:
        return line_of("鸡肉", "banned-drug", {"banned-drug": amount}, library=library, declared=("HX 1",))

    assert line(found("0.0002")).verdict is Verdict.PROHIBITED_DETECTED
    assert decided(line(nothing())) == (CONFORMS, "HX 1")


def test_a_number_of_the_law_decides_beside_a_prohibition_whatever_was_promised() -> None:
    library = promising(limit("HX 1", "egg-drug", "动物源食品", "0.005"))

    def line(value: str) -> Line:
        return line_of("鸡蛋", "egg-drug", {"egg-drug": found(value)}, library=library, declared=("HX 1",))

    assert (line("0.004").verdict, line("0.004").banned_detected) == (CONFORMS, False)
    assert (decided(line("0.006")), line("0.006").banned_detected) == ((EXCEEDS, "HX 1"), False)


@pytest.mark.parametrize(
    ("rule", "value", "u", "verdict"),
    [
        (DecisionRule.SIMPLE, "2.1", "0.5", EXCEEDS),
        (DecisionRule.SUBTRACT_U, "2.1", "0.5", CONFORMS),
        (DecisionRule.SUBTRACT_U, "2.6", "0.5", EXCEEDS),
        (DecisionRule.ADD_U, "1.9", "0.5", EXCEEDS),  # guarded acceptance
        (DecisionRule.ADD_U, "1.5", "0.5", CONFORMS),
        (DecisionRule.SANTE_50, "4", None, CONFORMS),  # 4 − 50 % is the limit itself
        (DecisionRule.SANTE_50, "4.1", None, EXCEEDS),
        (DecisionRule.SUBTRACT_U, "2.1", None, NOT_JUDGED),
    ],
)
def test_a_decision_rule_is_as_agreed(rule: DecisionRule, value: str, u: str | None, verdict: Verdict) -> None:
    line = line_of("菠菜", "sprayed", {"sprayed": found(value, u)}, rule=rule)

    assert line.verdict is verdict


def test_europe_subtracts_half_of_the_value_unless_agreed_otherwise() -> None:
    line = line_of("菠菜", "sprayed", {"sprayed": found("4")}, market="EU")

    assert line.occasion.decision_rule is DecisionRule.SANTE_50
    assert line.verdict is NOT_JUDGED  # nothing of it is loaded


def test_what_was_detected_without_a_number_waits_for_one() -> None:
    line = line_of("菠菜", "sprayed", {"sprayed": BelowLoq(UNSTATED, MG, detected=True)})
    absent = line_of("菠菜", "sprayed", {"sprayed": NotDetected(UNSTATED, MG)})

    assert (line.verdict, line.reasons[0].code) == (NOT_JUDGED, "conformity.not_quantified")
    assert (absent.verdict, absent.reservations[0].code) == (CONFORMS, "conformity.loq_not_stated")


def test_a_limit_within_an_edition_holds_on_its_days_only() -> None:
    rows = tuple(
        replace(row, ends_on=date(2026, 1, 1)) if (row.standard, row.substance) == ("GB 2763-2026", "sprayed") else row
        for row in FACTS.limits
    )
    library = Library(replace(FACTS, limits=rows))

    assert (
        line_of("菠菜", "sprayed", {"sprayed": found("9")}, library=library, on=date(2025, 12, 31)).verdict is EXCEEDS
    )
    assert line_of("菠菜", "sprayed", {"sprayed": found("9")}, library=library).verdict is Verdict.NO_LIMIT


values = st.decimals("0.0001", "10", places=4)


@given(values, values, values)
def test_a_stricter_limit_never_turns_a_failure_into_a_pass(value: Decimal, one: Decimal, other: Decimal) -> None:
    strict, lax = sorted((one, other))

    def verdict(limit: Decimal) -> Verdict:
        rows = tuple(
            replace(row, value=limit) if (row.standard, row.substance) == ("GB 2763-2026", "sprayed") else row
            for row in FACTS.limits
        )
        library = Library(replace(FACTS, limits=rows))
        return line_of("菠菜", "sprayed", {"sprayed": Quantified(value, MG)}, library=library).verdict

    assert not (verdict(lax) is EXCEEDS and verdict(strict) is CONFORMS)


@given(values)
def test_a_unit_changes_no_verdict(value: Decimal) -> None:
    for food, parameter in (("菠菜", "sprayed"), ("鸡肉", "both"), ("鸡蛋", "egg-drug")):
        in_mg = line_of(food, parameter, {parameter: Quantified(value, MG)}, library=SMALL)
        in_ug = line_of(food, parameter, {parameter: Quantified(value * 1000, UG)}, library=SMALL)

        assert in_mg.verdict is in_ug.verdict


def test_a_standard_that_says_so_has_rounded_values_compared() -> None:
    rounding = replace(
        SMALL.facts,
        standards=tuple(
            replace(s, comparison=Comparison.ROUNDED_VALUE) if s.code == "GB 2762-2022" else s
            for s in SMALL.facts.standards
        ),
    )
    lead = {"lead": found("0.349")}
    by_standard = line_of("菠菜", "lead", lead, library=Library(rounding))
    agreed = line_of("菠菜", "lead", lead, library=Library(rounding), comparison=Comparison.FULL_VALUE)

    assert (by_standard.verdict, line_of("菠菜", "lead", lead).verdict) == (CONFORMS, EXCEEDS)
    assert agreed.verdict is EXCEEDS
    assert line_of("菠菜", "lead", {"lead": found("0.35")}, library=Library(rounding)).verdict is EXCEEDS  # to 0.4
