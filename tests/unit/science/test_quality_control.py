"""Quality control: each check against its limits as data."""

from decimal import Decimal

import pytest

from lims.core.errors import BadInput
from lims.science.amounts import Amount, BelowLoq, NotDetected, Quantified
from lims.science.calibration import CalibrationPoint, LineFit, Weighting, fit_line, inverse
from lims.science.quality_control import (
    QcCriteria,
    QcOutcome,
    QcVerdict,
    RecoveryWindow,
    check_blank,
    check_calibration_levels,
    check_duplicate,
    check_range,
    check_recovery,
)
from lims.science.units import UnitCode

D = Decimal
MG_KG, UG_KG, NG_ML = UnitCode.MG_PER_KG, UnitCode.UG_PER_KG, UnitCode.NG_PER_ML
PASS, FAIL, NOT_EVALUATED = QcVerdict.PASS, QcVerdict.FAIL, QcVerdict.NOT_EVALUATED

CRITERIA = QcCriteria(
    source="GB 23200.121",
    blank_fraction=D("0.3"),
    duplicate_difference_percent=D("20"),
    level_deviation_percent=D("20"),
    recovery_windows=(
        RecoveryWindow(D("0.1"), D("1"), MG_KG, D(80), D(110), "level 0.1 to 1", includes_above=True),
        RecoveryWindow(D("0"), D("0.1"), MG_KG, D(60), D(120), "level below 0.1"),
    ),
)
NONE_SET = QcCriteria(source="a method without limits")


def code(outcome: QcOutcome) -> str | None:
    return None if outcome.reason is None else outcome.reason.code


@pytest.mark.parametrize(
    ("found", "was_measured", "verdict", "why"),
    [
        ("0.003", True, PASS, None),  # exactly 30 % of 0.01
        ("0.0031", True, FAIL, "qc.blank_too_high"),
        ("-0.001", True, PASS, None),
        (None, True, PASS, None),  # no peak
        (None, False, NOT_EVALUATED, "qc.blank_not_measured"),
    ],
)
def test_a_blank_stays_below_a_part_of_the_limit_of_quantification(
    found: str | None, was_measured: bool, verdict: QcVerdict, why: str | None
) -> None:
    value = None if found is None else D(found)

    outcome = check_blank(value, D("0.01"), MG_KG, CRITERIA, was_measured=was_measured)

    assert (outcome.verdict, code(outcome), outcome.value) == (verdict, why, value)
    assert (outcome.limit, outcome.source) == ("≤ 0.003 mg/kg", "GB 23200.121")


@pytest.mark.parametrize(
    ("spiked", "unspiked", "added", "recovery", "verdict", "source"),
    [
        ("0.06", None, "0.1", "60", FAIL, "level 0.1 to 1"),
        ("0.08", None, "0.1", "80", PASS, "level 0.1 to 1"),
        ("0.11", None, "0.1", "110", PASS, "level 0.1 to 1"),
        ("0.1101", None, "0.1", "110.1", FAIL, "level 0.1 to 1"),
        ("0.06", "0.03", "0.05", "60", PASS, "level below 0.1"),
        ("0.0599", "0.03", "0.05", "59.8", FAIL, "level below 0.1"),
        (None, None, "0.05", None, FAIL, "level below 0.1"),
        ("4", None, "5", "80", NOT_EVALUATED, "GB 23200.121"),  # no window for this level
    ],
)
def test_a_recovery_lies_in_the_window_of_its_level(
    spiked: str | None, unspiked: str | None, added: str, recovery: str | None, verdict: QcVerdict, source: str
) -> None:
    outcome = check_recovery(
        None if spiked is None else D(spiked), None if unspiked is None else D(unspiked), D(added), MG_KG, CRITERIA
    )

    assert outcome.verdict is verdict
    assert outcome.value == (None if recovery is None else D(recovery))
    assert outcome.source == source
    assert (outcome.reason is None) == (verdict is PASS)


def test_the_window_of_a_level_is_found_in_another_unit() -> None:
    assert check_recovery(D(50), D(0), D(50), UG_KG, CRITERIA).source == "level below 0.1"


def test_nothing_added_cannot_be_recovered() -> None:
    with pytest.raises(BadInput) as refused:
        check_recovery(D(1), None, D(0), MG_KG, CRITERIA)

    assert refused.value.reasons[0].code == "qc.added_not_positive"


@pytest.mark.parametrize(("above", "up_to", "low", "high"), [("1", "0.1", "80", "110"), ("0", "1", "110", "80")])
def test_a_window_that_ends_before_it_begins_is_refused(above: str, up_to: str, low: str, high: str) -> None:
    with pytest.raises(BadInput) as refused:
        RecoveryWindow(D(above), D(up_to), MG_KG, D(low), D(high), "a slip of the pen")

    assert refused.value.reasons[0].code == "qc.window_backwards"


LOQ = BelowLoq(D("0.01"), MG_KG)


@pytest.mark.parametrize(
    ("first", "second", "difference", "verdict"),
    [
        (Quantified(D("0.10"), MG_KG), Quantified(D("0.10"), MG_KG), "0", PASS),
        (Quantified(D("0.09"), MG_KG), Quantified(D("110"), UG_KG), "20", PASS),
        (Quantified(D("0.09"), MG_KG), Quantified(D("0.12"), MG_KG), "28.57142857142857142857142857", FAIL),
        (LOQ, LOQ, None, NOT_EVALUATED),
        (NotDetected(D("0.003"), MG_KG), LOQ, None, NOT_EVALUATED),
        (Quantified(D("0.011"), MG_KG), LOQ, None, NOT_EVALUATED),
        # not quantified, but never as much as the other
        (Quantified(D("0.09"), MG_KG), LOQ, "160", FAIL),
        (LOQ, Quantified(D("0.09"), MG_KG), "160", FAIL),
        # the bound lies above the measured value: that is no difference
        (Quantified(D("0.01"), MG_KG), BelowLoq(D("0.05"), MG_KG), None, NOT_EVALUATED),
        (Quantified(D(0), MG_KG), Quantified(D(0), MG_KG), None, NOT_EVALUATED),
    ],
)
def test_duplicates_agree_where_both_are_quantified(
    first: Amount, second: Amount, difference: str | None, verdict: QcVerdict
) -> None:
    outcome = check_duplicate(first, second, CRITERIA)

    assert outcome.verdict is verdict
    assert outcome.value == (None if difference is None else D(difference))
    assert (outcome.reason is None) == (verdict is PASS)


def a_fit(*pairs: tuple[str, str], weighting: Weighting = Weighting.NONE) -> LineFit:
    return fit_line([CalibrationPoint(D(x), D(y)) for x, y in pairs], weighting)


def test_each_used_standard_reads_back_near_its_concentration() -> None:
    fit = a_fit(("0", "10"), ("1", "1450"), ("10", "10000"), ("50", "50000"), ("100", "100000"))

    outcomes = check_calibration_levels(fit, CRITERIA)

    assert [outcome.verdict for outcome in outcomes] == [NOT_EVALUATED, FAIL, PASS, PASS, PASS]
    assert [code(outcome) for outcome in outcomes[:2]] == ["qc.zero_standard", "qc.level_deviates"]


def test_the_lowest_standard_may_have_its_own_limit() -> None:
    fit = a_fit(("1", "1450"), ("10", "10000"), ("50", "50000"), ("100", "100000"))
    criteria = QcCriteria("ICH M10", level_deviation_percent=D(15), level_deviation_percent_lowest=D(40))

    lowest, second, *_ = check_calibration_levels(fit, criteria)

    assert (lowest.verdict, lowest.limit) == (PASS, "±40 %")
    assert (second.verdict, second.limit) == (PASS, "±15 %")


def test_a_standard_that_was_not_used_is_not_checked() -> None:
    fit = a_fit(("0", "10"), ("1", "1000"), ("2", "2000"), ("3", "3000"), weighting=Weighting.INVERSE_X)

    assert len(check_calibration_levels(fit, CRITERIA)) == 3


@pytest.mark.parametrize(("response", "verdict"), [("3000", PASS), ("3001", FAIL), ("500", PASS)])
def test_a_concentration_above_the_highest_standard_fails(response: str, verdict: QcVerdict) -> None:
    fit = a_fit(("1", "1000"), ("2", "2000"), ("3", "3000"))

    outcome = check_range(inverse(fit, D(response)), fit, NG_ML, CRITERIA)

    assert outcome.verdict is verdict
    assert outcome.limit == "≤ 3 ng/mL"


def test_a_check_without_a_limit_never_passes() -> None:
    fit = a_fit(("1", "1000"), ("2", "2000"), ("3", "3000"))
    amount = Quantified(D("0.1"), MG_KG)

    outcomes = [
        check_blank(D(0), D("0.01"), MG_KG, NONE_SET),
        check_recovery(D(1), None, D(1), MG_KG, NONE_SET),
        check_duplicate(amount, amount, NONE_SET),
        *check_calibration_levels(fit, NONE_SET),
    ]

    assert {outcome.verdict for outcome in outcomes} == {NOT_EVALUATED}
    assert {code(outcome) for outcome in outcomes} == {"qc.no_limit"}
