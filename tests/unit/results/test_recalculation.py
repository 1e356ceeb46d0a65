"""A result calculated again from what is stored, step by step."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from lims.results.recalculation import Kept, StepKind, hand_steps, recalculate
from lims.runs.kept_curve import kept_curve
from lims.science.calibration import CalibrationPoint, Weighting, fit_line, inverse
from lims.science.calibration_curve import CalibrationModel, Origin, predict
from lims.science.calibration_fitting import curve_as_dict, fit_curve
from lims.science.quantification import QuantificationInput, content
from lims.science.rounding import CALCULATION, decimal_from_float, plain
from lims.science.units import UnitCode

D = Decimal
LEVELS = [("1", "0.0468"), ("2", "0.0923"), ("5", "0.2351"), ("10", "0.4767"), ("50", "2.3593"), ("100", "4.7812")]
POINTS = [CalibrationPoint(D(x), D(y), f"S{x}") for x, y in LEVELS]
FIT = fit_line(POINTS, Weighting.INVERSE_X)
#: An older record keeps the line alone.
LINE = {
    "slope": decimal_from_float(FIT.slope),
    "intercept": decimal_from_float(FIT.intercept),
    "weighting": "1/x",
}


def kept(area: str | None, standard: str = "469676", **changes: Any) -> Kept:
    """What is stored of a sample: 10 g in 10 mL, measured in μg/L against an internal standard."""
    response = None if area is None else CALCULATION.divide(D(area), D(standard))
    concentration = None if response is None else inverse(FIT, response).concentration
    found = None
    if concentration is not None:
        used = QuantificationInput(
            concentration, UnitCode.UG_PER_L, D("10.0"), UnitCode.ML, D("10.00"), UnitCode.G, D(1)
        )
        found = content(used, UnitCode.MG_PER_KG)
    amount = {"kind": "not_detected", "limit_of_detection": "0.0005", "limit_of_quantification": "0.002"}
    if found is not None and found >= D("0.002"):
        amount = {"kind": "quantified", "value": plain(found)}
    amount["unit"] = "mg/kg"
    whole = Kept(
        response=None if area is None else D(area),
        standard=D(standard),
        has_standard=True,
        factors={
            "concentration_unit": "μg/L",
            "final_volume": "10.0",
            "final_volume_unit": "mL",
            "test_portion": "10.00",
            "test_portion_unit": "g",
            "dilution": "1",
            "concentration": None if concentration is None else plain(concentration),
            "response": None if response is None else plain(response),
            "identified": True,
        },
        curve=kept_curve(LINE),
        levels=[{"label": f"S{x}", "concentration": x, "response": y} for x, y in LEVELS],
        content=found,
        unit="mg/kg",
        limit_of_quantification=D("0.002"),
        limit_of_detection=D("0.0005"),
        measured=amount,
        result=amount,
    )
    return replace(whole, **changes)


def steps(one: Kept) -> dict[StepKind, bool]:
    return {step.kind: step.agrees for step in recalculate(one).steps}


def test_a_number_comes_out_again_through_every_step() -> None:
    again = recalculate(kept("1018392"))

    assert again.agrees
    assert [step.kind for step in again.steps] == list(StepKind)
    assert again.steps[-1].found == "0.046 mg/kg"


def test_without_a_peak_only_the_line_and_the_limits_are_there() -> None:
    again = recalculate(kept(None))

    assert again.agrees
    assert [step.kind for step in again.steps] == [StepKind.LINE, StepKind.AMOUNT]


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"response": D(1018393)}, StepKind.RESPONSE),
        ({"curve": kept_curve({**LINE, "slope": D("0.0478")})}, StepKind.LINE),
        ({"content": D("0.0455")}, StepKind.CONTENT),
        ({"result": {"kind": "quantified", "value": "0.0455", "unit": "mg/kg"}}, StepKind.AMOUNT),
        ({"limit_of_quantification": D("0.05")}, StepKind.AMOUNT),
    ],
)
def test_the_step_that_does_not_come_out_is_named(changes: dict[str, Any], kind: StepKind) -> None:
    changed = kept("1018392", **changes)

    assert not recalculate(changed).agrees
    assert steps(changed)[kind] is False


@pytest.mark.parametrize("model", ["linear", "quadratic", "average-rf"])
def test_a_whole_record_tells_its_uncertainty_and_a_changed_one_is_found(model: str) -> None:
    curve = fit_curve(POINTS, CalibrationModel(model), Weighting.INVERSE_X, Origin.FREE)
    true = kept("1018392")
    read = predict(curve, D(true.factors["response"]))
    assert read.standard_uncertainty is not None
    told = {
        "concentration": plain(read.concentration or D(0)),
        "concentration_uncertainty": plain(read.standard_uncertainty),
    }
    whole = replace(
        true, curve=kept_curve({"fitted": {"curve": curve_as_dict(curve)}}), factors={**true.factors, **told}
    )
    wrong = {**whole.factors, "concentration_uncertainty": plain(read.standard_uncertainty * 2)}

    assert steps(whole)[StepKind.LINE]
    assert steps(whole)[StepKind.CONCENTRATION]
    assert not steps(replace(whole, factors=wrong))[StepKind.CONCENTRATION]
    assert not steps(replace(whole, levels=[*whole.levels[:-1], {**whole.levels[-1], "why_not": "mixed up"}]))[
        StepKind.LINE
    ]


def test_a_concentration_that_is_not_that_of_its_response_is_found() -> None:
    true = kept("1018392")
    changed = replace(true, factors={**true.factors, "concentration": "45.5"})

    assert steps(changed)[StepKind.CONCENTRATION] is False


def test_what_cannot_be_calculated_says_why() -> None:
    true = kept("1018392")

    again = recalculate(replace(true, factors={**true.factors, "test_portion": "0"}))

    assert not again.agrees
    assert again.fault is not None
    assert again.fault.reasons[0].code == "quantification.factor_not_positive"


def test_a_number_by_hand_is_converted_again() -> None:
    entered = {"finding": "quantified", "value": "53.0", "unit": "μg/kg"}

    good = hand_steps(entered, {"kind": "quantified", "value": "0.0530", "unit": "mg/kg"})
    bad = hand_steps(entered, {"kind": "quantified", "value": "0.53", "unit": "mg/kg"})

    assert good.agrees
    assert good.steps[-1].found == "0.053 mg/kg"
    assert not bad.agrees
