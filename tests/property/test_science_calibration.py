"""Properties of calibration: exact lines are found, scales do not matter."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.core.errors import RuleRefused
from lims.science.calibration import (
    CalibrationPoint,
    LineFit,
    RangeStatus,
    Weighting,
    fit_line,
    inverse,
    weighted_line,
)

levels = st.lists(
    st.decimals(min_value="0.001", max_value="1000", places=3, allow_nan=False), min_size=3, max_size=8, unique=True
)
slopes = st.decimals(min_value="0.5", max_value="100000", places=2, allow_nan=False)
intercepts = st.decimals(min_value="-100", max_value="100", places=2, allow_nan=False)
weightings = st.sampled_from(Weighting)
by_concentration = st.sampled_from([w for w in Weighting if not w.is_of_response])
responses = st.decimals(min_value="0", max_value="1000000", places=3, allow_nan=False)


def span_of(nominal: list[Decimal]) -> float:
    """How far the levels lie apart, against the largest: a narrow bundle fixes a line badly."""
    return float((max(nominal) - min(nominal)) / max(nominal))


@given(levels, slopes, intercepts, by_concentration)
def test_a_line_is_found_again(
    nominal: list[Decimal], slope: Decimal, intercept: Decimal, weighting: Weighting
) -> None:
    fit = fit_line([CalibrationPoint(x, intercept + slope * x) for x in nominal], weighting)

    size = float(abs(intercept) + slope * max(nominal))
    tolerance = 1e-9 * size / span_of(nominal)
    assert fit.intercept == pytest.approx(float(intercept), abs=tolerance)
    assert fit.slope * float(max(nominal)) == pytest.approx(float(slope * max(nominal)), abs=tolerance)


@given(st.lists(st.tuples(st.integers(1, 1000), st.integers(1, 10**6)), min_size=3, max_size=8), st.integers(1, 10**6))
def test_a_common_factor_of_the_weights_changes_nothing(pairs: list[tuple[int, int]], by: int) -> None:
    x, y = (np.array(column, dtype=np.float64) for column in zip(*pairs, strict=True))
    if len(set(x.tolist())) < 2:
        x[0] += 1

    intercept, slope = weighted_line(x, y, 1 / x)

    size = float(np.abs(y).max())
    assert list(weighted_line(x, y, by / x)) == pytest.approx([intercept, slope], abs=1e-6 * size)


def fitted(standards: list[CalibrationPoint], weighting: Weighting) -> LineFit | list[str]:
    """The line, or the codes of the refusal."""
    try:
        return fit_line(standards, weighting)
    except RuleRefused as refused:
        return [r.code for r in refused.reasons]


@given(st.lists(st.tuples(st.integers(0, 100), responses), max_size=8), by_concentration, responses)
def test_standards_give_a_sound_line_or_a_refusal(
    pairs: list[tuple[int, Decimal]], weighting: Weighting, response: Decimal
) -> None:
    standards = [CalibrationPoint(Decimal(x), y) for x, y in pairs]
    usable = {x for x, _ in pairs if x > 0 or weighting is Weighting.NONE}
    if len(usable) < 3:
        with pytest.raises(RuleRefused, match="at least 3 different"):
            fit_line(standards, weighting)
        return
    fit = fitted(standards, weighting)
    if not isinstance(fit, LineFit):
        assert fit == ["calibration.slope_not_positive"]
        return

    predicted = inverse(fit, response)

    assert fit.slope > 0
    assert 0 <= fit.r_squared <= 1
    assert fit.r <= 1
    assert fit.levels >= 3
    assert len(fit.points) == len(pairs)
    assert (predicted.standard_uncertainty is None) == (predicted.status is not RangeStatus.IN_RANGE)


@given(levels, slopes, weightings)
def test_a_higher_response_means_a_higher_concentration(
    nominal: list[Decimal], slope: Decimal, weighting: Weighting
) -> None:
    fit = fit_line([CalibrationPoint(x, slope * x) for x in nominal], weighting)

    found = [inverse(fit, slope * x).concentration for x in sorted(nominal)]

    assert found == sorted(found)
