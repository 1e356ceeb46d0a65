"""Lines, parabolas and average factors: what is refused, what is left out, what a reading is worth."""

from decimal import Decimal

import pytest

from lims.core.errors import BadInput, RuleRefused
from lims.science.calibration import CalibrationPoint, Weighting, fit_line, inverse
from lims.science.calibration_curve import (
    CalibrationModel,
    Curve,
    Origin,
    ReadingStatus,
    predict,
    rules_of_zero,
)
from lims.science.calibration_models import fit_polynomial
from lims.science.response_factor import average_response_factor, response_factor, single_point

LINEAR, QUADRATIC = CalibrationModel.LINEAR, CalibrationModel.QUADRATIC


def points(*pairs: tuple[str, str]) -> list[CalibrationPoint]:
    return [CalibrationPoint(Decimal(x), Decimal(y)) for x, y in pairs]


def values(curve: Curve) -> dict[str, float]:
    return {one.name: one.value for one in curve.coefficients}


def code(refused: pytest.ExceptionInfo[RuleRefused]) -> str:
    return refused.value.reasons[0].code


SCATTERED = points(("1", "1050"), ("2", "1950"), ("5", "5100"), ("10", "9900"), ("20", "20300"))
#: y = 2 + 10 x − 0.1 x², rising up to 252 at x = 50.
BENT = points(*((str(x), str(2 + 10 * x - x * x / 10)) for x in (1, 2, 5, 10, 20, 40)))


@pytest.mark.parametrize("weighting", list(Weighting))
def test_the_line_is_that_of_batches(weighting: Weighting) -> None:
    """`fit_line`, which batches are calculated with, and `fit_polynomial` may never tell two things."""
    fit, curve = fit_line(SCATTERED, weighting), fit_polynomial(SCATTERED, LINEAR, weighting)

    assert values(curve) == {"intercept": fit.intercept, "slope": fit.slope}
    assert curve.coefficient("slope").standard_error == pytest.approx(fit.slope_sd, rel=1e-12)
    assert curve.coefficient("intercept").standard_error == pytest.approx(fit.intercept_sd, rel=1e-12)
    assert curve.r == pytest.approx(fit.r, rel=1e-12)
    assert curve.residual_sd == pytest.approx(fit.residual_sd, rel=1e-12)
    assert curve.relative_standard_error_percent == pytest.approx(fit.relative_standard_error_percent, rel=1e-9)
    ours, theirs = predict(curve, Decimal(4000)), inverse(fit, Decimal(4000))
    assert ours.concentration == theirs.concentration
    assert ours.standard_uncertainty is not None
    assert theirs.standard_uncertainty == pytest.approx(ours.standard_uncertainty, rel=Decimal("1E-10"))


@pytest.mark.parametrize("weighting", list(Weighting))
def test_a_parabola_without_scatter_is_found_whatever_the_weights(weighting: Weighting) -> None:
    curve = fit_polynomial(BENT, QUADRATIC, weighting)

    assert values(curve) == pytest.approx({"c0": 2, "c1": 10, "c2": -0.1}, rel=1e-9)
    assert curve.r_squared == pytest.approx(1)


@pytest.mark.parametrize(
    ("response", "status", "concentration"),
    [
        ("212", ReadingStatus.IN_RANGE, 30.0),  # not 70, which lies on the falling branch
        ("242", ReadingStatus.IN_RANGE, 40.0),
        ("247", ReadingStatus.ABOVE_RANGE, 42.928932),
        ("2", ReadingStatus.BELOW_RANGE, 0.0),
        ("260", ReadingStatus.NO_REAL_ROOT, None),
    ],
)
def test_a_parabola_is_read_on_its_rising_branch(
    response: str, status: ReadingStatus, concentration: float | None
) -> None:
    predicted = predict(fit_polynomial(BENT, QUADRATIC), Decimal(response))

    assert predicted.status is status
    if concentration is None:
        assert predicted.concentration is None
    else:
        assert float(predicted.concentration or 0) == pytest.approx(concentration, abs=1e-6)
    assert (predicted.standard_uncertainty is None) == (status is not ReadingStatus.IN_RANGE)


def test_a_parabola_that_turns_within_the_range_is_refused() -> None:
    with pytest.raises(RuleRefused) as refused:
        fit_polynomial(points(("1", "10"), ("2", "18"), ("3", "20"), ("4", "19"), ("5", "12")), QUADRATIC)

    assert code(refused) == "calibration.curve_turns"


@pytest.mark.parametrize("model", [LINEAR, QUADRATIC])
@pytest.mark.parametrize("origin", list(Origin))
@pytest.mark.parametrize("responses", [("4", "3", "2", "1"), ("2", "2", "2", "2"), ("0", "0", "0", "0")])
def test_a_response_that_does_not_grow_is_refused(
    model: CalibrationModel, origin: Origin, responses: tuple[str, ...]
) -> None:
    standards = points(*zip(("1", "2", "3", "4"), responses, strict=True))

    with pytest.raises(RuleRefused) as refused:
        fit_polynomial(standards, model, origin=origin)

    assert code(refused) == "calibration.slope_not_positive"


@pytest.mark.parametrize(
    ("model", "origin", "fewest"),
    [(LINEAR, Origin.FREE, 3), (LINEAR, Origin.FORCED, 3), (QUADRATIC, Origin.FREE, 4), (QUADRATIC, Origin.FORCED, 3)],
)
def test_a_curve_needs_a_level_more_than_coefficients_and_three(
    model: CalibrationModel, origin: Origin, fewest: int
) -> None:
    fit_polynomial(SCATTERED[:fewest], model, origin=origin)

    with pytest.raises(RuleRefused) as refused:
        fit_polynomial(SCATTERED[: fewest - 1], model, origin=origin)

    assert code(refused) == "calibration.too_few_levels"


def test_a_standard_is_left_out_by_the_caller_alone_and_keeps_the_reason() -> None:
    bad = CalibrationPoint(Decimal(3), Decimal(9000), "S3", is_used=False, why_not="air bubble")

    with_it, without = fit_polynomial([*SCATTERED, bad], LINEAR), fit_polynomial(SCATTERED, LINEAR)

    assert values(with_it) == values(without)
    read = with_it.points[-1]
    assert (read.is_used, read.point.why_not) == (False, "air bubble")
    assert read.deviation_percent is not None
    assert read.deviation_percent > 100
    assert not fit_line([*SCATTERED, bad], Weighting.NONE).points[-1].is_used


def test_zero_standards_follow_the_rule_that_is_printed() -> None:
    zero = points(("0", "12"))

    used = {w: fit_polynomial([*zero, *SCATTERED], LINEAR, w).points[0].is_used for w in Weighting}
    rules = {w: rules_of_zero(fit_polynomial([*zero, *SCATTERED], LINEAR, w))[0].code for w in Weighting}

    assert [w for w, is_used in used.items() if not is_used] == [Weighting.INVERSE_X, Weighting.INVERSE_X_SQUARED]
    assert rules == {
        Weighting.NONE: "calibration.rule_zero_counts",
        Weighting.INVERSE_X: "calibration.rule_zero_left_out",
        Weighting.INVERSE_X_SQUARED: "calibration.rule_zero_left_out",
        Weighting.INVERSE_Y: "calibration.rule_zero_by_response",
        Weighting.INVERSE_Y_SQUARED: "calibration.rule_zero_by_response",
    }


@pytest.mark.parametrize("weighting", [Weighting.INVERSE_Y, Weighting.INVERSE_Y_SQUARED])
def test_weights_of_the_response_need_responses_above_zero(weighting: Weighting) -> None:
    with pytest.raises(BadInput) as refused:
        fit_polynomial([*points(("0", "0"), ("0.5", "-3")), *SCATTERED], LINEAR, weighting)

    assert [(r.code, r.where.row) for r in refused.value.reasons] == [("calibration.no_weight", 2)]


@pytest.mark.parametrize("origin", list(Origin))
def test_the_rule_of_the_origin_is_told(origin: Origin) -> None:
    told = [rule.code for rule in rules_of_zero(fit_polynomial(SCATTERED, LINEAR, origin=origin))[1:]]

    assert (
        told
        == {
            Origin.FREE: [],
            Origin.FORCED: ["calibration.rule_forced"],
            Origin.POINT: ["calibration.rule_origin"],
        }[origin]
    )


def test_the_origin_as_a_point_weighs_as_the_lowest_level() -> None:
    curve = fit_polynomial(SCATTERED, LINEAR, Weighting.INVERSE_X, Origin.POINT)
    by_hand = fit_polynomial([*SCATTERED, *points(("1E-9", "0"))], LINEAR, Weighting.NONE)

    assert curve.n == len(SCATTERED) + 1
    assert 0 < curve.coefficient("intercept").value < by_hand.coefficient("intercept").value + 100
    assert curve.lowest == Decimal(1)


def test_replicates_must_be_counted() -> None:
    curve = fit_polynomial(SCATTERED, LINEAR)

    with pytest.raises(ValueError, match="at least one"):
        predict(curve, Decimal(4000), replicates=0)
    with pytest.raises(BadInput):
        predict(curve, Decimal("NaN"))
    with pytest.raises(ValueError, match="no polynomial"):
        fit_polynomial(SCATTERED, CalibrationModel.FOUR_PARAMETER)


def test_an_average_response_factor_is_the_line_through_zero_weighted_by_the_square() -> None:
    average = average_response_factor(SCATTERED)
    line = fit_polynomial(SCATTERED, LINEAR, Weighting.INVERSE_X_SQUARED, Origin.FORCED)

    assert average.mean == pytest.approx(line.coefficient("slope").value, rel=1e-12)
    assert average.sd == pytest.approx(line.residual_sd, rel=1e-9)
    assert average.rsd_percent == pytest.approx(100 * average.sd / average.mean)
    assert average.curve.coefficients[0].standard_error == pytest.approx(line.coefficient("slope").standard_error)
    assert predict(average.curve, Decimal(4000)).standard_uncertainty == pytest.approx(
        predict(line, Decimal(4000)).standard_uncertainty, rel=Decimal("1E-9")
    )


def test_one_standard_gives_a_factor_when_both_numbers_are_above_zero() -> None:
    (standard,) = points(("2", "500"))

    assert response_factor(standard) == 250
    assert single_point(standard, Decimal(375)) == Decimal("1.5")
    with pytest.raises(BadInput) as refused:
        response_factor(points(("0", "500"))[0])
    assert code(refused) == "calibration.no_response_factor"
