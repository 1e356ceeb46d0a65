"""A stored calibration of any model gives the same number to the last digit, and is laid again from its levels."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims.core.errors import LimsError
from lims.runs.calibration_choice import CalibrationChoice, CurveChoice, StandardUse
from lims.runs.kept_curve import fitted_again, kept_curve, read_response
from lims.runs.outcomes import AnalyteCalibration
from lims.runs.stored import calibration_row
from lims.science.calibration import CalibrationPoint, Weighting, fit_line, inverse
from lims.science.calibration_curve import CalibrationModel, Origin
from lims.science.calibration_fitting import MODELS_OF_RUNS, fit_curve
from tests.unit.runs.batches import a_worksheet

LEVELS = (1, 2, 5, 10, 20, 50, 100)
choices = st.builds(
    CurveChoice,
    st.sampled_from(MODELS_OF_RUNS),
    st.sampled_from(Weighting),
    st.sampled_from(Origin),
    st.sampled_from(StandardUse),
    st.sampled_from(["", "TPP"]),
)


@given(
    choices,
    st.lists(st.integers(-40, 40), min_size=len(LEVELS), max_size=len(LEVELS)),
    st.sampled_from(["", "S20"]),
    st.integers(0, 130),
)
def test_a_stored_curve_reads_the_same_number(choice: CurveChoice, scatter: list[int], left_out: str, at: int) -> None:
    points = [
        CalibrationPoint(
            Decimal(x),
            Decimal(x) / (40 + x) * (1000 + off),
            f"S{x}",
            f"S{x}" != left_out,
            "mixed up" * (f"S{x}" == left_out),
        )
        for x, off in zip(LEVELS, scatter, strict=True)
    ]
    try:
        curve = fit_curve(points, choice.model, choice.weighting, choice.origin)
    except LimsError:
        return
    row = calibration_row(AnalyteCalibration("x", "x", curve, (), choice), a_worksheet())
    stored = json.loads(json.dumps({name: row[name] for name in ("fitted", "levels")}))
    kept = kept_curve(stored)
    assert kept is not None

    response = Decimal(at) / (40 + at) * 1000
    assert kept.read(response) == read_response(curve, response)
    assert [one.value for one in fitted_again(kept, stored["levels"]).coefficients] == list(kept.values.values())
    assert kept.equation().startswith("y = ")


@given(choices, st.booleans(), st.dictionaries(st.sampled_from(["a", "b"]), choices))
def test_a_choice_comes_back_from_its_plain_form(
    choice: CurveChoice, is_matched: bool, own: dict[str, CurveChoice]
) -> None:
    whole = CalibrationChoice(choice, is_matched, own)

    assert CalibrationChoice.from_dict(json.loads(json.dumps(whole.as_dict()))) == whole


@given(st.lists(st.integers(-40, 40), min_size=len(LEVELS), max_size=len(LEVELS)), st.sampled_from(Weighting))
def test_straight_lines_give_the_numbers_they_gave_before_there_were_other_models(
    scatter: list[int], weighting: Weighting
) -> None:
    points = [CalibrationPoint(Decimal(x), x * (1000 + Decimal(off))) for x, off in zip(LEVELS, scatter, strict=True)]
    line = fit_line(points, weighting)
    curve = fit_curve(points, CalibrationModel.LINEAR, weighting, Origin.FREE)

    assert [one.value for one in curve.coefficients] == [line.intercept, line.slope]
    assert read_response(curve, Decimal(30_000)).concentration == inverse(line, Decimal(30_000)).concentration
    assert curve.r == pytest.approx(line.r, abs=1e-12)
