"""Standard addition, bracketing, internal standards, matrix effect, limits: each with its refusals."""

from decimal import Decimal

import pytest

from lims.core.errors import BadInput, RuleRefused
from lims.science.bracketing import BracketLimit, BracketRule, BracketStandard, bracketed, bracketing_standards
from lims.science.calibration import CalibrationPoint, Weighting
from lims.science.calibration_curve import CalibrationModel, Curve, Origin
from lims.science.calibration_models import fit_polynomial
from lims.science.detection_limits import detection_limits, limits_from_blanks
from lims.science.internal_standard import internal_standard_recovery, response_ratio
from lims.science.matrix_effect import matrix_effect
from lims.science.response_factor import average_response_factor
from lims.science.standard_addition import reasons_not_to_extrapolate, standard_addition
from lims.science.student import t_probability, t_quantile

D = Decimal
METHOD = "GB 23200.121-2026"


def points(*pairs: tuple[str, str]) -> list[CalibrationPoint]:
    return [CalibrationPoint(D(x), D(y)) for x, y in pairs]


def code(refused: pytest.ExceptionInfo[RuleRefused]) -> str:
    return refused.value.reasons[0].code


ADDITIONS = points(("0", "40"), ("10", "60.2"), ("20", "79.8"), ("30", "100"))


def test_the_sample_is_read_where_its_line_meets_zero_and_the_dilution_counts() -> None:
    once, twice = standard_addition(ADDITIONS), standard_addition(ADDITIONS, dilution=D(2))

    assert once.concentration == pytest.approx(D(20), abs=D("0.2"))
    assert float(twice.concentration) == pytest.approx(2 * float(once.concentration))
    assert float(twice.standard_uncertainty) == pytest.approx(2 * float(once.standard_uncertainty))
    assert once.extrapolated == pytest.approx(D(2) / 3, abs=D("0.01"))


def test_the_uncertainty_of_an_addition_is_that_of_the_textbook() -> None:
    found = standard_addition(ADDITIONS)
    x, y = [0.0, 10.0, 20.0, 30.0], [40.0, 60.2, 79.8, 100.0]
    slope, s = found.curve.coefficient("slope").value, found.curve.residual_sd
    by_hand = s / slope * (1 / 4 + (sum(y) / 4) ** 2 / (slope**2 * sum((one - 15) ** 2 for one in x))) ** 0.5

    assert float(found.standard_uncertainty) == pytest.approx(by_hand, rel=1e-10)


def test_three_additions_are_needed_beside_the_sample() -> None:
    with pytest.raises(RuleRefused) as refused:
        standard_addition(ADDITIONS[:3])

    assert code(refused) == "calibration.too_few_additions"


@pytest.mark.parametrize("weighting", [Weighting.INVERSE_X, Weighting.INVERSE_X_SQUARED])
def test_additions_are_not_weighted_by_what_was_added(weighting: Weighting) -> None:
    with pytest.raises(BadInput) as refused:
        standard_addition(ADDITIONS, weighting=weighting)

    assert code(refused) == "calibration.weights_of_additions"


@pytest.mark.parametrize("dilution", ["0", "-1", "NaN", "Infinity"])
def test_a_dilution_is_above_zero(dilution: str) -> None:
    with pytest.raises(BadInput) as refused:
        standard_addition(ADDITIONS, dilution=D(dilution))

    assert code(refused) == "calibration.dilution_not_positive"


def test_the_method_bounds_the_extrapolation() -> None:
    found = standard_addition(ADDITIONS)

    assert reasons_not_to_extrapolate(found, D(1), METHOD) == []
    (why,) = reasons_not_to_extrapolate(found, D("0.5"), METHOD)
    assert why.code == "calibration.extrapolated_too_far"
    assert METHOD in why.text


def standard(position: str, response: str, *, is_used: bool = True, label: str = "") -> BracketStandard:
    return BracketStandard(CalibrationPoint(D(2), D(response), label, is_used), D(position))


#: Response factors 500, 520 and 700.
SEQUENCE = [standard("0", "1000", label="B1"), standard("10", "1040", label="B2"), standard("20", "1400", label="B3")]
LIMIT = BracketLimit(D(10), METHOD)


@pytest.mark.parametrize(("rule", "factor"), [(BracketRule.MEAN, D(510)), (BracketRule.INTERPOLATED, D(505))])
def test_a_sample_is_read_from_the_standards_around_it(rule: BracketRule, factor: Decimal) -> None:
    found = bracketed(D(1020), D("2.5"), SEQUENCE, LIMIT, rule)

    assert found.response_factor == factor
    assert found.concentration == pytest.approx(1020 / factor)
    assert found.drift_percent == 4
    assert [one.point.label for one in (found.before, found.after)] == ["B1", "B2"]
    assert found.is_valid


def test_too_much_drift_makes_a_bracket_invalid() -> None:
    found = bracketed(D(1020), D(15), SEQUENCE, LIMIT)

    assert not found.is_valid
    assert [why.code for why in found.reasons] == ["calibration.bracket_drifted"]
    assert [one.point.label for one in (found.before, found.after)] == ["B2", "B3"]


@pytest.mark.parametrize("position", ["-1", "20", "25"])
def test_a_sample_needs_a_standard_on_either_side(position: str) -> None:
    with pytest.raises(RuleRefused) as refused:
        bracketed(D(1020), D(position), SEQUENCE, LIMIT)

    assert code(refused) == "calibration.not_bracketed"


def test_a_standard_that_is_left_out_serves_no_sample() -> None:
    sequence = [SEQUENCE[0], standard("10", "1040", is_used=False), SEQUENCE[2]]

    assert [one.position for one in bracketing_standards(sequence, D(5))] == [0, 20]


def test_a_bracket_refuses_what_is_no_number() -> None:
    with pytest.raises(BadInput) as refused:
        bracketed(D("NaN"), D(5), SEQUENCE, LIMIT)
    assert code(refused) == "calibration.response_not_finite"
    with pytest.raises(BadInput) as refused:
        bracketed(D(5), D(5), [SEQUENCE[0], standard("10", "0")], LIMIT)
    assert code(refused) == "calibration.no_response_factor"


def test_responses_against_an_internal_standard() -> None:
    assert response_ratio(D(50), D(200)) == D("0.25")
    assert response_ratio(D(50), D(200), D(10)) == D("2.5")
    assert internal_standard_recovery(D(90), [D(95), D(105)]) == 90


@pytest.mark.parametrize("area", ["0", "-1", "NaN"])
def test_an_internal_standard_must_have_been_found(area: str) -> None:
    with pytest.raises(BadInput) as refused:
        response_ratio(D(50), D(area))

    assert code(refused) == "calibration.no_internal_standard"


def a_line(slope: int, weighting: Weighting = Weighting.NONE) -> Curve:
    scatter = (1, -1, 2, -2)
    pairs = [(str(x), str(slope * x + off)) for x, off in zip((10, 20, 50, 100), scatter, strict=True)]
    return fit_polynomial(points(*pairs), CalibrationModel.LINEAR, weighting)


def test_the_matrix_effect_is_the_ratio_of_the_slopes() -> None:
    effect = matrix_effect(a_line(80), a_line(100))

    assert float(effect.percent) == pytest.approx(-20, abs=0.1)
    assert 0 < effect.standard_uncertainty < 1


def test_a_matrix_effect_compares_lines_that_were_fitted_alike() -> None:
    with pytest.raises(BadInput) as refused:
        matrix_effect(a_line(80, Weighting.INVERSE_X), a_line(100))

    assert code(refused) == "calibration.slopes_not_comparable"
    factors = [average_response_factor(points(("1", "9"), ("2", "21"), ("3", "30"))).curve for _ in range(2)]
    assert matrix_effect(*factors).percent == 0


def test_limits_need_an_unweighted_line_with_intercept() -> None:
    weighted = a_line(100, Weighting.INVERSE_X)
    forced = fit_polynomial(ADDITIONS, CalibrationModel.LINEAR, origin=Origin.FORCED)

    for curve in (weighted, forced):
        with pytest.raises(RuleRefused) as refused:
            detection_limits(curve)
        assert code(refused) == "calibration.limits_need_a_line"


def test_the_limit_of_quantification_solves_its_equation() -> None:
    """x = k (s/b) t sqrt(1/m + 1/n + (x − x̄)²/Sxx), put in."""
    curve = a_line(100)
    limits = detection_limits(curve, alpha=0.05, k=2, replicates=3)

    x = float(limits.quantification or 0)
    nominal = [10.0, 20.0, 50.0, 100.0]
    spread = sum((one - 45) ** 2 for one in nominal)
    unit = curve.residual_sd / curve.coefficient("slope").value
    assert x == pytest.approx(2 * unit * t_quantile(0.975, 2) * (1 / 3 + 1 / 4 + (x - 45) ** 2 / spread) ** 0.5)
    assert limits.decision < limits.detection


def test_a_line_too_uncertain_has_no_limit_of_quantification() -> None:
    curve = fit_polynomial(points(("1", "30"), ("2", "10"), ("3", "50"), ("4", "40")), CalibrationModel.LINEAR)

    assert detection_limits(curve).quantification is None


def test_limits_from_blanks() -> None:
    """s of 2, 4, 4, 4, 5, 5, 7, 9 is 2.1381; t(0.95, 7) = 1.8946; m = 1, n = 8, b = 10."""
    limits = limits_from_blanks([D(one) for one in (2, 4, 4, 4, 5, 5, 7, 9)], 10, alpha=0.05, beta=0.01)

    at_zero = 2.13809 / 10 * (1 + 1 / 8) ** 0.5
    assert float(limits.decision) == pytest.approx(1.89458 * at_zero, rel=1e-5)
    assert float(limits.detection) == pytest.approx((1.89458 + 2.99795) * at_zero, rel=1e-5)
    assert limits.quantification is None
    with pytest.raises(ValueError, match="two of them"):
        limits_from_blanks([D(1)], 10)


@pytest.mark.parametrize("probability", [0.0, 1.0, -1.0, 2.0])
def test_a_quantile_needs_a_probability(probability: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        t_quantile(probability, 5)
    with pytest.raises(ValueError, match="degree of freedom"):
        t_probability(1.0, 0)
