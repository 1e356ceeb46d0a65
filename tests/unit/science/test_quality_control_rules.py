"""Rules of quality control: limits, ranges, presets, and every check of peaks, sequence and precision."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.science.amounts import BelowLoq, Quantified
from lims.science.quality_control import QcCheck, QcVerdict, SourceStatus
from lims.science.quality_control_peaks import (
    check_integration,
    check_ion_ratio,
    check_retention_time,
    check_signal_to_noise,
)
from lims.science.quality_control_precision import check_precision, horwitz_percent, horwitz_thompson_percent
from lims.science.quality_control_presets import PRESETS
from lims.science.quality_control_rules import QcRule, RuleBasis, held, reasons_not_to_set, rule_for, rules_from
from lims.science.quality_control_sequence import (
    check_bracket,
    check_carry_over,
    check_drift,
    check_internal_standard,
    check_standard,
    slope,
)
from lims.science.rounding import round_significant, round_to_places
from lims.science.units import UnitCode

D = Decimal
PASS, FAIL, NOT = QcVerdict.PASS, QcVerdict.FAIL, QcVerdict.NOT_EVALUATED


def rule(check: QcCheck, **limits: object) -> QcRule:
    return QcRule(check, "the method", **limits)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fraction", "percent"),
    [
        ("1", "2.0"), ("0.1", "2.8"), ("0.01", "4.0"), ("0.001", "5.6"), ("0.0001", "8.0"), ("0.00001", "11"),
        ("0.000001", "16"), ("0.0000001", "22"), ("0.00000001", "32"), ("0.000000001", "45"), ("0.0000000001", "63"),
    ],
)  # fmt: skip
def test_horwitz_as_aoac_tabulates_it(fraction: str, percent: str) -> None:
    """AOAC Official Methods, Appendix F; the table rounds as it likes (5.7 for 5.6, 64 for 63)."""
    assert round_significant(horwitz_percent(D(fraction)), 2) == D(percent)


def test_two_thirds_of_horwitz_are_the_table_of_gb_27404() -> None:
    """100 μg/kg: 15 %; 1 μg/kg: 30 %; 1 mg/kg: 11 %."""
    found = [round_significant(horwitz_percent(D(f)) * 2 / 3, 2) for f in ("1e-7", "1e-9", "1e-6")]
    assert found == [D("15"), D("30"), D("11")]


def test_thompson_has_a_floor() -> None:
    assert horwitz_thompson_percent(D("1e-8")) == 22
    assert round_to_places(horwitz_thompson_percent(D("1e-6")), 1) == D("16.0")
    # Where the branches meet they agree.
    assert abs(horwitz_thompson_percent(D("1.2e-7")) - 22) < D("0.1")
    assert abs(horwitz_thompson_percent(D("0.138")) - horwitz_thompson_percent(D("0.1381"))) < D("0.02")


def test_horrat_of_two_determinations() -> None:
    """1.0 and 1.2 mg/kg: RSD 12.86 %, expected 2 · (1.1e-6)^−0.1505 = 15.77 %: HorRat 0.815."""
    horrat = rule(QcCheck.PRECISION, high=D("1.3"))
    outcome = check_precision(Quantified(D("1.0"), UnitCode.MG_PER_KG), Quantified(D(1200), UnitCode.UG_PER_KG), horrat)
    assert outcome.verdict is PASS
    assert outcome.value is not None
    assert round_to_places(outcome.value, 2) == D("0.82")
    below = check_precision(Quantified(D(1), UnitCode.MG_PER_KG), BelowLoq(D(1), UnitCode.MG_PER_KG), horrat)
    assert below.verdict is NOT
    volume = check_precision(Quantified(D(1), UnitCode.MG_PER_L), Quantified(D(1), UnitCode.MG_PER_L), horrat)
    assert volume.verdict is NOT


def test_check_standards_and_their_drift() -> None:
    window = rule(QcCheck.CHECK_STANDARD, low=D(80), high=D(120))
    assert check_standard(D("9"), D(10), window).value == 90
    assert check_standard(None, D(10), window).verdict is FAIL
    drift = rule(QcCheck.DRIFT, high=D(20))
    assert check_drift([(5, D(100)), (15, D(95)), (25, D(90))], drift).value == -10
    assert check_drift([(5, D(100)), (15, D(85)), (25, D(70))], drift).verdict is FAIL
    assert check_drift([(5, D(100)), (15, D(85))], drift).verdict is NOT
    assert slope([(3, D(1)), (3, D(2))]) == 0


def test_brackets() -> None:
    twice = rule(QcCheck.BRACKET, every=2)
    assert check_bracket([False, False, True, False, True], twice).verdict is PASS
    assert check_bracket([False, False, False, True], twice).verdict is FAIL
    unended = check_bracket([False, True, False], twice)
    assert unended.verdict is FAIL
    assert unended.reason is not None
    assert unended.reason.code == "qc.bracket_open"


def test_internal_standard_and_carry_over() -> None:
    window = rule(QcCheck.INTERNAL_STANDARD, low=D(50), high=D(150))
    assert check_internal_standard(D(80), [D(90), D(110)], window).value == 80
    assert check_internal_standard(None, [D(90)], window).verdict is FAIL
    assert check_internal_standard(D(80), [], window).verdict is NOT
    carried = rule(QcCheck.CARRY_OVER, high=D(30))
    assert check_carry_over(D(2), D(10), carried).value == 20
    assert check_carry_over(D(4), D(10), carried).verdict is FAIL
    assert check_carry_over(None, D(10), carried).verdict is PASS
    assert check_carry_over(D(4), None, carried).verdict is NOT


def test_ion_ratio_by_abundance_and_direction() -> None:
    rules = PRESETS["ions-by-abundance"].rules
    # Qualifier 40 % in the standards: ±25 %. Found 49 %: +22.5 %.
    outcome = check_ion_ratio(D(49), D(100), (D(40), D(100)), rules, "347 > 329")
    assert outcome is not None
    assert (outcome.verdict, outcome.value, outcome.limit) == (PASS, D("22.5"), "±25 %")
    assert outcome.status is SourceStatus.RECALLED
    # The same peak the other way round deviates by 100 (204.08 − 250)/250.
    other_way = [rule(QcCheck.ION_RATIO, high=D(18), basis=RuleBasis.QUANTIFIER_OVER_QUALIFIER)]
    turned = check_ion_ratio(D(49), D(100), (D(40), D(100)), other_way, "347 > 329")
    assert turned is not None
    assert turned.verdict is FAIL
    assert turned.value is not None
    assert round_to_places(turned.value, 1) == D("-18.4")


@pytest.mark.parametrize("area", [None, D(0)])
def test_a_missing_area_is_not_evaluated(area: D | None) -> None:
    rules = [rule(QcCheck.ION_RATIO, high=D(30))]
    outcome = check_ion_ratio(area, D(100), (D(40), D(100)), rules, "q")
    assert outcome is not None
    assert outcome.verdict is NOT
    without = check_ion_ratio(D(40), D(100), None, rules, "q")
    assert without is not None
    assert without.verdict is NOT
    assert check_ion_ratio(D(40), D(100), None, [], "q") is None


def test_retention_time_absolute_and_relative() -> None:
    minutes = rule(QcCheck.RETENTION_TIME, high=D("0.1"), basis=RuleBasis.MINUTES)
    assert check_retention_time(D("5.05"), D(5), minutes).limit == "±0.1 min"
    assert check_retention_time(D("4.85"), D(5), minutes).verdict is FAIL
    percent = rule(QcCheck.RETENTION_TIME, high=D(2), basis=RuleBasis.PERCENT_OF_TIME)
    assert check_retention_time(D("5.05"), D(5), percent).value == 1
    assert check_retention_time(None, D(5), percent).verdict is NOT


def test_noise_and_integration() -> None:
    noise = rule(QcCheck.SIGNAL_TO_NOISE, low=D(3))
    assert check_signal_to_noise(D(12), noise).used == D("0.25")
    assert check_signal_to_noise(D(2), noise).verdict is FAIL
    assert check_signal_to_noise(None, noise).verdict is NOT
    by_hand = rule(QcCheck.MANUAL_INTEGRATION)
    assert [check_integration(flag, by_hand).verdict for flag in (True, False, None)] == [FAIL, PASS, NOT]


def test_windows_of_the_presets() -> None:
    """NY/T 788: more than 0.01 to 0.1 mg/kg 70–120 %; GB/T 27404: at most 0.1 mg/kg 60–120 %."""
    found = rule_for(PRESETS["ny-788"].rules, QcCheck.SPIKE_RECOVERY, D("0.05"))
    assert found is not None
    assert (found.limit, found.status) == ("70–120 %", SourceStatus.RECALLED)
    edge = rule_for(PRESETS["gb-27404"].rules, QcCheck.SPIKE_RECOVERY, D("0.1"))
    assert edge is not None
    assert edge.limit == "60–120 %"


@pytest.mark.parametrize("name", PRESETS)
def test_presets_can_be_set_and_stored(name: str) -> None:
    rules = PRESETS[name].rules
    assert reasons_not_to_set(rules) == []
    assert rules_from([one.as_dict() for one in rules]) == rules


def test_faults_of_rules_name_their_row() -> None:
    wrong = [
        rule(QcCheck.BLANK),
        rule(QcCheck.SPIKE_RECOVERY, low=D(120), high=D(70)),
        rule(QcCheck.BRACKET),
        rule(QcCheck.OVER_RANGE),
        QcRule(QcCheck.MANUAL_INTEGRATION, " "),
        rule(QcCheck.BLANK, high=D(1), basis=RuleBasis.MINUTES),
    ]
    found = reasons_not_to_set(wrong)
    assert [(why.code, why.values.get("row")) for why in found] == [
        ("qc.limit_missing", 1),
        ("qc.limits_backwards", 2),
        ("qc.every_missing", 3),
        ("qc.no_rules", 4),
        ("qc.source_missing", 5),
        ("qc.basis_wrong", 6),
    ]


values = st.decimals(-1000, 1000, places=3)


@given(values, values, values)
def test_what_passes_uses_at_most_the_whole_limit(value: D, one: D, other: D) -> None:
    low, high = sorted((one, other))
    outcome = held(rule(QcCheck.SPIKE_RECOVERY, low=low, high=high), value, PRESET_REASON)
    if outcome.used is not None:
        assert (outcome.verdict is PASS) == (outcome.used <= 1)
    assert (outcome.reason is None) == (outcome.verdict is PASS)


@given(st.decimals(min_value="1e-12", max_value="1", allow_nan=False))
def test_horwitz_expects_more_spread_the_less_there_is(fraction: D) -> None:
    assert horwitz_percent(fraction) >= 2
    assert 2 <= horwitz_thompson_percent(fraction) * 2 <= 44
    if fraction < D("0.5"):
        assert horwitz_percent(fraction) > horwitz_percent(fraction * 2)


@given(st.lists(st.decimals(1, 200, places=1), min_size=3, max_size=12), st.integers(1, 5))
def test_drift_does_not_depend_on_where_the_sequence_begins(read: list[D], start: int) -> None:
    drift = rule(QcCheck.DRIFT, high=D(30))
    here = check_drift(list(enumerate(read)), drift).value
    later = check_drift(list(enumerate(read, start=start)), drift).value
    assert here is not None
    assert later is not None
    assert abs(here - later) < D("1e-15")


PRESET_REASON = check_signal_to_noise(D(1), rule(QcCheck.SIGNAL_TO_NOISE, low=D(3))).reason or pytest.fail("no reason")
