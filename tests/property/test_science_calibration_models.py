"""Properties of every model of calibration: what scales, what is irrelevant, what comes back."""

from decimal import Decimal
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.core.errors import RuleRefused
from lims.science.calibration import CalibrationPoint, Weighting
from lims.science.calibration_curve import CalibrationModel, Curve, Origin, ReadingStatus, predict
from lims.science.calibration_models import fit_polynomial
from lims.science.four_parameter import Logistic, fit_four_parameter
from lims.science.least_squares import least_squares
from lims.science.response_factor import average_response_factor
from lims.science.rounding import decimal_from_float
from lims.science.standard_addition import standard_addition
from lims.science.student import t_probability, t_quantile

#: Levels well apart and responses that rise, scattered by up to a tenth.
LEVELS = (1, 2, 5, 10, 20, 50, 100)
scatters = st.lists(st.integers(-100, 100), min_size=len(LEVELS), max_size=len(LEVELS))
slopes = st.integers(5, 10**6)
weightings = st.sampled_from(Weighting)
origins = st.sampled_from(Origin)
models = st.sampled_from([CalibrationModel.LINEAR, CalibrationModel.QUADRATIC])
scales = st.sampled_from([Decimal("0.001"), Decimal("0.3"), Decimal(7), Decimal(10000)])


def scattered(slope: int, scatter: list[int]) -> list[CalibrationPoint]:
    return [
        CalibrationPoint(Decimal(x), slope * x * (1 + Decimal(off) / 1000), f"S{x}")
        for x, off in zip(LEVELS, scatter, strict=True)
    ]


def scaled(standards: list[CalibrationPoint], x: Decimal, y: Decimal) -> list[CalibrationPoint]:
    return [CalibrationPoint(p.concentration * x, p.response * y, p.label) for p in standards]


def values(curve: Curve) -> list[float]:
    return [one.value for one in curve.coefficients]


def fitted(
    standards: list[CalibrationPoint], model: CalibrationModel, weighting: Weighting, origin: Origin
) -> Curve | None:
    """The curve; None when a scattered parabola turns."""
    try:
        return fit_polynomial(standards, model, weighting, origin)
    except RuleRefused as refused:
        if [r.code for r in refused.reasons] != ["calibration.curve_turns"]:
            raise
        return None


@given(slopes, scatters, models, weightings, origins, scales, scales)
def test_units_of_x_and_y_scale_the_coefficients(
    slope: int,
    scatter: list[int],
    model: CalibrationModel,
    weighting: Weighting,
    origin: Origin,
    by_x: Decimal,
    by_y: Decimal,
) -> None:
    standards = scattered(slope, scatter)
    curve = fitted(standards, model, weighting, origin)
    other = fitted(scaled(standards, by_x, by_y), model, weighting, origin)
    if curve is None or other is None:
        return

    first = 1 if origin is Origin.FORCED else 0
    for power, (one, scaled_one) in enumerate(zip(curve.coefficients, other.coefficients, strict=True), start=first):
        factor = float(by_y / by_x**power)
        height = float(slope) * 100 ** (1 - power)
        assert scaled_one.value == pytest.approx(one.value * factor, rel=1e-8, abs=1e-9 * height * factor)
        assert scaled_one.standard_error == pytest.approx(
            one.standard_error * factor, rel=1e-6, abs=1e-9 * height * factor
        )
    assert other.r_squared == pytest.approx(curve.r_squared, abs=1e-9)
    assert other.relative_standard_error_percent == pytest.approx(
        curve.relative_standard_error_percent, rel=1e-6, abs=1e-6
    )


@given(slopes, scatters, models, weightings, origins, st.randoms(use_true_random=False))
def test_the_order_of_standards_is_irrelevant(
    slope: int, scatter: list[int], model: CalibrationModel, weighting: Weighting, origin: Origin, random: Random
) -> None:
    standards = scattered(slope, scatter)
    shuffled = list(standards)
    random.shuffle(shuffled)
    curve, other = (fitted(one, model, weighting, origin) for one in (standards, shuffled))
    if curve is None or other is None:
        assert curve is other
        return

    assert values(other) == pytest.approx(values(curve), rel=1e-9, abs=1e-10 * slope)
    assert {p.point for p in other.points} == {p.point for p in curve.points}


@given(slopes, scatters, models, weightings, origins, st.integers(1, 100))
def test_a_point_on_the_curve_changes_no_coefficient(
    slope: int, scatter: list[int], model: CalibrationModel, weighting: Weighting, origin: Origin, at: int
) -> None:
    standards = scattered(slope, scatter)
    curve = fitted(standards, model, weighting, origin)
    if curve is None:
        return
    response = decimal_from_float(curve.shape.response(float(at)))
    if weighting.is_of_response and response <= 0:
        return
    other = fitted([*standards, CalibrationPoint(Decimal(at), response)], model, weighting, origin)

    assert other is not None
    assert values(other) == pytest.approx(values(curve), rel=1e-7, abs=1e-8 * slope)
    assert other.n == curve.n + 1


@given(slopes, scatters, models, weightings, origins, st.integers(1, 100))
def test_what_goes_forward_comes_back(
    slope: int, scatter: list[int], model: CalibrationModel, weighting: Weighting, origin: Origin, at: int
) -> None:
    curve = fitted(scattered(slope, scatter), model, weighting, origin)
    if curve is None:
        return

    back = predict(curve, decimal_from_float(curve.shape.response(float(at))))

    assert float(back.concentration or 0) == pytest.approx(at, rel=1e-8)
    if 1 < at < 100:
        assert back.status is ReadingStatus.IN_RANGE


@given(slopes, scatters, st.integers(-40, 40))
def test_a_common_factor_of_the_weights_changes_s_alone(slope: int, scatter: list[int], power: int) -> None:
    standards = scattered(slope, scatter)
    x, y = (np.array([float(getattr(p, name)) for p in standards]) for name in ("concentration", "response"))
    design, factor = np.column_stack((x**0, x, x**2)), 2.0**power

    once, again = (least_squares(design, y, by / x) for by in (1.0, factor))

    height = slope * 100
    assert again.coefficients == pytest.approx(once.coefficients, rel=1e-9, abs=1e-11 * height)
    assert again.standard_errors == pytest.approx(once.standard_errors, rel=1e-6, abs=1e-11 * height)
    assert again.residual_sd == pytest.approx(once.residual_sd * factor**0.5, rel=1e-6, abs=1e-11 * height)


@given(slopes, scatters, weightings)
def test_more_injections_never_make_a_reading_less_certain(
    slope: int, scatter: list[int], weighting: Weighting
) -> None:
    curve = fit_polynomial(scattered(slope, scatter), CalibrationModel.LINEAR, weighting)
    response = decimal_from_float(curve.shape.response(30.0))

    one, many = (predict(curve, response, replicates=m).standard_uncertainty for m in (1, 10))

    if one is not None and many is not None:
        assert many <= one


@given(slopes, scatters)
def test_an_average_factor_lies_between_its_factors(slope: int, scatter: list[int]) -> None:
    average = average_response_factor(scattered(slope, scatter))

    assert min(average.factors) <= average.mean * (1 + 1e-12)
    assert average.mean <= max(average.factors) * (1 + 1e-12)


@given(st.integers(1, 1000), slopes)
def test_an_addition_to_a_straight_sample_finds_it(content: int, slope: int) -> None:
    standards = [CalibrationPoint(Decimal(x), Decimal(slope * (content + x))) for x in (0, 100, 200, 300)]

    found = standard_addition(standards)

    assert float(found.concentration) == pytest.approx(content, rel=1e-9)


@given(
    st.floats(0.5, 3), st.floats(0.01, 0.3), st.floats(0.6, 3), st.sampled_from([0.02, 0.5, 40.0]), st.booleans(),
    st.sampled_from([Weighting.NONE, Weighting.INVERSE_Y]),
)  # fmt: skip
def test_a_logistic_is_found_and_read_back(
    high: float, low: float, b: float, c: float, is_rising: bool, weighting: Weighting
) -> None:
    a, d = (low, high) if is_rising else (high, low)
    curve = Logistic(a, b, c, d)
    levels = [0.0, *(c * 10**power for power in (-1.5, -1, -0.5, 0, 0.5, 1, 1.5))]
    standards = [CalibrationPoint(Decimal(repr(x)), Decimal(repr(curve.response(x)))) for x in levels]

    fit = fit_four_parameter(standards, weighting)

    assert values(fit) == pytest.approx([a, b, c, d], rel=1e-5)
    back = predict(fit, decimal_from_float(fit.shape.response(1.3 * c)))
    assert float(back.concentration or 0) == pytest.approx(1.3 * c, rel=1e-8)


@given(st.floats(0.001, 0.999), st.integers(1, 200))
def test_a_quantile_is_the_inverse_of_its_probability(probability: float, freedom: int) -> None:
    assert t_probability(t_quantile(probability, freedom), freedom) == pytest.approx(probability, abs=1e-9)
