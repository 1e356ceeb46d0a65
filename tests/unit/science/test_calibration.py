"""Calibration: what is refused, how good a line is, what may be read from it."""

from decimal import Decimal

import pytest

from lims.core.errors import BadInput, RuleRefused
from lims.science.calibration import (
    CalibrationPoint,
    LineFit,
    RangeStatus,
    Weighting,
    fit_line,
    inverse,
)
from lims.science.calibration_acceptance import CalibrationCriteria, reasons_not_to_accept, require_acceptable

METHOD = "GB 23200.121-2026"


def points(*pairs: tuple[str, str]) -> list[CalibrationPoint]:
    return [CalibrationPoint(Decimal(x), Decimal(y)) for x, y in pairs]


def a_line(weighting: Weighting = Weighting.INVERSE_X) -> LineFit:
    """y = 10 + 1000 x, without any scatter."""
    return fit_line(points(("1", "1010"), ("2", "2010"), ("5", "5010"), ("10", "10010")), weighting)


def deviation_at_lowest(fit: LineFit) -> Decimal:
    deviation = fit.points[0].deviation_percent
    assert deviation is not None
    return abs(deviation)


def codes(refused: pytest.ExceptionInfo[RuleRefused]) -> list[str]:
    return [r.code for r in refused.value.reasons]


@pytest.mark.parametrize("weighting", list(Weighting))
def test_a_line_without_scatter_is_found_whatever_the_weights(weighting: Weighting) -> None:
    fit = a_line(weighting)

    assert fit.slope == pytest.approx(1000, rel=1e-12)
    assert fit.intercept == pytest.approx(10, rel=1e-9)
    assert fit.r == pytest.approx(1, abs=1e-12)
    assert fit.relative_standard_error_percent == pytest.approx(0, abs=1e-9)
    assert (fit.n, fit.levels, fit.lowest, fit.highest) == (4, 4, Decimal(1), Decimal(10))


def test_weights_pull_the_line_to_the_low_standards() -> None:
    scattered = points(("1", "100"), ("10", "1000"), ("100", "11000"))

    unweighted, weighted = (fit_line(scattered, w) for w in (Weighting.NONE, Weighting.INVERSE_X_SQUARED))

    assert deviation_at_lowest(weighted) < deviation_at_lowest(unweighted)


def test_a_zero_standard_counts_only_without_weighting() -> None:
    with_zero = points(("0", "12"), ("1", "1010"), ("2", "2010"), ("5", "5010"))

    unweighted, weighted = fit_line(with_zero, Weighting.NONE), fit_line(with_zero, Weighting.INVERSE_X)

    assert (unweighted.n, unweighted.points[0].is_used) == (4, True)
    assert (weighted.n, weighted.points[0].is_used) == (3, False)
    assert unweighted.points[0].deviation_percent is None
    assert unweighted.lowest == Decimal(1)


@pytest.mark.parametrize(
    ("pairs", "weighting"),
    [
        ([("1", "1"), ("2", "2")], Weighting.NONE),
        ([("1", "1"), ("2", "2"), ("2.0", "2.1")], Weighting.NONE),  # three points, two levels
        ([("0", "0"), ("1", "1"), ("2", "2")], Weighting.INVERSE_X),  # zero has no weight
        ([], Weighting.NONE),
    ],
)
def test_a_line_needs_three_levels(pairs: list[tuple[str, str]], weighting: Weighting) -> None:
    with pytest.raises(RuleRefused) as refused:
        fit_line(points(*pairs), weighting)

    assert codes(refused) == ["calibration.too_few_levels"]


def test_a_method_may_ask_for_more_levels_but_never_for_fewer_than_three() -> None:
    three = points(("1", "1"), ("2", "2"), ("3", "3"))

    with pytest.raises(RuleRefused) as refused:
        fit_line(three, Weighting.NONE, fewest_levels=5)
    with pytest.raises(ValueError, match="at least 3"):
        fit_line(three, Weighting.NONE, fewest_levels=2)

    assert codes(refused) == ["calibration.too_few_levels"]


@pytest.mark.parametrize("responses", [("3", "2", "1"), ("2", "2", "2"), ("0", "0", "0")])
def test_a_response_that_does_not_grow_is_refused(responses: tuple[str, str, str]) -> None:
    with pytest.raises(RuleRefused) as refused:
        fit_line(points(*zip(("1", "2", "3"), responses, strict=True)), Weighting.NONE)

    assert codes(refused) == ["calibration.slope_not_positive"]


def test_every_standard_that_cannot_be_used_is_named_at_once() -> None:
    wrong = points(("1", "NaN"), ("Infinity", "2"), ("-3", "3"), ("4", "1E+400"), ("5", "5"))

    with pytest.raises(BadInput) as refused:
        fit_line(wrong, Weighting.NONE)

    assert [(r.code, r.where.row) for r in refused.value.reasons] == [
        ("calibration.not_finite", 1),
        ("calibration.not_finite", 2),
        ("calibration.negative_concentration", 3),
        ("calibration.not_finite", 4),
    ]


@pytest.mark.parametrize(
    ("response", "concentration", "status"),
    [
        ("1010", "1", RangeStatus.IN_RANGE),
        ("3010", "3", RangeStatus.IN_RANGE),
        ("10010", "10", RangeStatus.IN_RANGE),  # the highest standard itself is inside
        ("10011", "10.001", RangeStatus.ABOVE_RANGE),
        ("1009", "0.999", RangeStatus.BELOW_RANGE),
        ("0", "-0.01", RangeStatus.BELOW_RANGE),
    ],
)
def test_a_concentration_knows_whether_it_lies_in_the_range(
    response: str, concentration: str, status: RangeStatus
) -> None:
    predicted = inverse(a_line(Weighting.NONE), Decimal(response))

    assert predicted.concentration == pytest.approx(Decimal(concentration), abs=Decimal("1E-12"))
    assert predicted.status is status
    assert (predicted.standard_uncertainty is not None) == (status is RangeStatus.IN_RANGE)


def test_a_mean_of_several_injections_is_more_certain() -> None:
    fit = fit_line(points(("1", "1050"), ("2", "1950"), ("5", "5100"), ("10", "9900")), Weighting.INVERSE_X)

    one, three = inverse(fit, Decimal(4000)), inverse(fit, Decimal(4000), replicates=3)

    assert one.standard_uncertainty is not None
    assert three.standard_uncertainty is not None
    assert three.standard_uncertainty < one.standard_uncertainty


def test_a_response_that_is_no_number_is_not_read() -> None:
    with pytest.raises(BadInput) as refused:
        inverse(a_line(), Decimal("NaN"))

    assert refused.value.reasons[0].code == "calibration.response_not_finite"


def test_a_good_line_is_accepted() -> None:
    criteria = CalibrationCriteria(METHOD, 4, Decimal("0.99"), Decimal(20), Decimal(20), Decimal(20))

    assert reasons_not_to_accept(a_line(), criteria) == []
    require_acceptable(a_line(), criteria)


def test_a_high_r_does_not_hide_a_level_that_deviates() -> None:
    fit = fit_line(points(("1", "1500"), ("10", "10000"), ("50", "50000"), ("100", "100000")), Weighting.NONE)

    reasons = reasons_not_to_accept(
        fit, CalibrationCriteria(METHOD, least_r=Decimal("0.999"), max_deviation_percent=Decimal(20))
    )

    assert fit.r > 0.9999
    assert [(r.code, r.where.row) for r in reasons] == [("calibration.level_deviates", 1)]
    assert METHOD in reasons[0].text


def test_the_lowest_level_may_deviate_more_if_the_method_says_so() -> None:
    fit = fit_line(points(("1", "1450"), ("10", "10000"), ("50", "50000"), ("100", "100000")), Weighting.NONE)
    assert 20 < deviation_at_lowest(fit) < 30

    criteria = CalibrationCriteria(METHOD, max_deviation_percent=Decimal(20), max_deviation_percent_lowest=Decimal(30))

    assert reasons_not_to_accept(fit, criteria) == []


def test_every_way_in_which_a_line_is_bad_is_told() -> None:
    fit = fit_line(points(("1", "2500"), ("5", "4000"), ("10", "12000")), Weighting.NONE)
    criteria = CalibrationCriteria(METHOD, 5, Decimal("0.99"), Decimal(20), None, Decimal(20))

    told = [r.code for r in reasons_not_to_accept(fit, criteria)]

    assert told[:2] == ["calibration.fewer_levels_than_asked", "calibration.r_too_low"]
    assert "calibration.level_deviates" in told
    assert told[-1] == "calibration.error_too_large"
    with pytest.raises(RuleRefused):
        require_acceptable(fit, criteria)


def test_an_error_that_cannot_be_calculated_is_no_small_error() -> None:
    fit = fit_line(points(("0", "0"), ("1", "1000"), ("2", "2000")), Weighting.NONE)

    reasons = reasons_not_to_accept(fit, CalibrationCriteria(METHOD, max_relative_standard_error_percent=Decimal(20)))

    assert fit.relative_standard_error_percent is None
    assert [r.code for r in reasons] == ["calibration.error_not_known"]
