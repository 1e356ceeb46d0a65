"""A result calculated again from what is stored of it, step by step, each beside the number that is kept (复算). Pure.

From the cells of the file to the amount: response, curve, concentration, content, what may be said of it, rounding.
Statistics are floats, so the curve and a concentration agree when twelve digits do; everything else must agree exactly.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import StrEnum
from typing import Any, Final

from lims.core.errors import LimsError
from lims.runs.kept_brackets import kept_bracket
from lims.runs.kept_content import kept_content
from lims.runs.kept_curve import KeptCurve, fitted_again, letter_of
from lims.science.amounts import Amount, Quantified, amount_from_dict, amount_to_dict, in_unit
from lims.science.bracketing import BracketRule
from lims.science.calibration import STEADY_DIGITS, Weighting
from lims.science.calibration_curve import CalibrationModel
from lims.science.internal_standard import response_ratio
from lims.science.quantification import amount_found
from lims.science.rounding import (
    CALCULATION,
    FLOAT_DIGITS,
    SANTE_FIGURES,
    decimal_from_float,
    plain,
    round_for_report,
    round_significant,
)
from lims.science.units import UnitCode, convert

#: Letters and digits of the steps.
_FORMULAS: Final[Mapping[CalibrationModel, str]] = {
    CalibrationModel.LINEAR: "y = a + b·x",
    CalibrationModel.QUADRATIC: "y = c₀ + c₁·x + c₂·x²",
    CalibrationModel.AVERAGE_RF: "y = RF·x",
    CalibrationModel.FOUR_PARAMETER: "y = d + (a − d) / (1 + (x/c)^b)",
}
_BRACKETS: Final[Mapping[BracketRule, str]] = {
    BracketRule.MEAN: "RF = (RF₁ + RF₂) / 2",
    BracketRule.INTERPOLATED: "RF = RF₁ + (RF₂ − RF₁) · (t − t₁) / (t₂ − t₁)",
}
_FIGURES: Final = 6
_DIGITS_BY_STEPS: Final = 7


class StepKind(StrEnum):
    """A step of the calculation."""

    RESPONSE = "peak_response"
    LINE = "calibration_line"
    CONCENTRATION = "concentration_in_solution"
    CONTENT = "content_in_sample"
    AMOUNT = "against_the_limits"
    ROUNDING = "rounding_to_report"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: the formula, the same with its numbers, what came out now and what is kept.

    `kept` is None where nothing was kept to compare with (rounding is done where a number is shown).
    """

    kind: StepKind
    formula: str
    filled: str
    found: str
    kept: str | None
    agrees: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """What is stored of a result and the way to it. `response` and `standard` are the cells of the file."""

    response: Decimal | None
    standard: Decimal | None
    has_standard: bool
    factors: Mapping[str, Any]
    curve: KeptCurve | None
    levels: Sequence[Mapping[str, Any]]
    content: Decimal | None
    unit: str
    limit_of_quantification: Decimal
    limit_of_detection: Decimal
    measured: Mapping[str, str] | None
    result: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Recalculation:
    """All steps, in order. `fault` says why the calculation could not be done to its end."""

    steps: tuple[Step, ...]
    fault: LimsError | None = None

    @property
    def agrees(self) -> bool:
        """Whether the number that is kept came out again."""
        return self.fault is None and bool(self.steps) and all(step.agrees for step in self.steps)


def recalculate(kept: Kept) -> Recalculation:
    """Calculate again; a step is left out where there is nothing to calculate, as without a peak."""
    steps: list[Step] = []
    try:
        for step in (_response, _line, _concentration, _content, _amount, _rounding):
            found = step(kept)
            if found is not None:
                steps.append(found)
    except LimsError as refusal:
        return Recalculation(tuple(steps), refusal)
    return Recalculation(tuple(steps))


def short(value: Decimal, figures: int = 6) -> str:
    """A number to be read beside the whole one."""
    return plain(value if len(value.as_tuple().digits) <= figures else round_significant(value, figures))


def _response(kept: Kept) -> Step | None:
    if kept.response is None:
        return None
    stored = _decimal(kept.factors.get("response"))
    if not kept.has_standard:
        return Step(
            StepKind.RESPONSE, "y = A", f"y = {plain(kept.response)}", _long(kept.response), _long(stored),
            stored == kept.response,
        )  # fmt: skip
    if kept.standard is None:
        return None
    amount = _decimal(kept.factors.get("standard_concentration"))
    found = response_ratio(kept.response, kept.standard, amount)
    times = "" if amount is None else f" × {plain(amount)}"
    return Step(
        StepKind.RESPONSE,
        "y = A / A(IS)" if amount is None else "y = A · c(IS) / A(IS)",
        f"y = {plain(kept.response)}{times} / {plain(kept.standard)}",
        _long(found),
        _long(stored),
        stored == found,
    )


def _line(kept: Kept) -> Step | None:
    if kept.curve is None:
        return None
    if kept.curve.model is CalibrationModel.BRACKETING:
        return _bracket(kept)
    again = fitted_again(kept.curve, kept.levels)
    found = {one.name: one.value for one in again.coefficients}
    weighting = again.weighting
    weight = "" if weighting is Weighting.NONE else f", w = {weighting.value.replace('2', '²')}"
    return Step(
        StepKind.LINE,
        f"{_FORMULAS[again.model]}{weight}",
        f"n = {again.n}, r = {short(decimal_from_float(again.r))}",
        _told(found),
        _told(kept.curve.values),
        found.keys() == kept.curve.values.keys()
        and all(_are_alike(value, kept.curve.values[name], again.model) for name, value in found.items()),
    )


def _bracket(kept: Kept) -> Step | None:
    """The response factor from the two standards that served, which must stand in the calibration as they do here."""
    bracket = kept_bracket(kept.factors.get("bracket"))
    if bracket is None:
        return None
    found, standards = bracket.factor_again(), (bracket.before, bracket.after)
    used = {(one["label"], Decimal(one["response"])) for one in kept.levels if not one.get("why_not")}
    shares = ", ".join(
        f"RF({one.point.label}) = {short(one.point.response)} / {plain(one.point.concentration)} = {short(one.factor)}"
        for one in standards
    )
    return Step(
        StepKind.LINE,
        _BRACKETS[bracket.rule],
        f"{shares}; t = {plain(bracket.place)} ({plain(bracket.before.position)}–{plain(bracket.after.position)})",
        f"RF = {_long(found)}",
        f"RF = {_long(bracket.response_factor)}",
        found == bracket.response_factor and all((one.point.label, one.point.response) in used for one in standards),
    )


def _told(values: Mapping[str, float]) -> str:
    return ", ".join(
        f"{letter_of(name)} = {plain(decimal_from_float(values[name]))}" for name in reversed(list(values))
    )


def _are_alike(one: float, other: float, model: CalibrationModel) -> bool:
    """In twelve digits; a logistic is found by steps, which another computer ends a little elsewhere."""
    digits = _DIGITS_BY_STEPS if model is CalibrationModel.FOUR_PARAMETER else STEADY_DIGITS
    return abs(one - other) <= max(abs(one), abs(other)) * 10.0**-digits


def _concentration(kept: Kept) -> Step | None:
    response = _decimal(kept.factors.get("response"))
    if response is None or kept.curve is None:
        return None
    unit = kept.factors["concentration_unit"]
    if kept.curve.model is CalibrationModel.BRACKETING:
        return _by_bracket(kept, response, unit)
    read = kept.curve.read(response)
    stored, spread = (_decimal(kept.factors.get(name)) for name in ("concentration", "concentration_uncertainty"))
    # Older records tell no uncertainty.
    has_spread = kept.factors.get("concentration_uncertainty") is not None
    found = read.standard_uncertainty if has_spread else None
    return Step(
        StepKind.CONCENTRATION,
        kept.curve.read_by,
        f"y = {short(response)}: {kept.curve.told(_FIGURES)}",
        _with_spread(read.concentration, found, unit),
        None if stored is None else _with_spread(stored, spread, unit),
        _is_near(read.concentration, stored, _noise(kept.curve, response, read.concentration))
        and (not has_spread or (found is not None and spread is not None and _alike(found, spread))),
    )


def _by_bracket(kept: Kept, response: Decimal, unit: str) -> Step | None:
    bracket = kept_bracket(kept.factors.get("bracket"))
    if bracket is None:
        return None
    found = CALCULATION.divide(response, bracket.response_factor)
    stored = _decimal(kept.factors.get("concentration"))
    return Step(
        StepKind.CONCENTRATION,
        "c = y / RF",
        f"c = {short(response)} / {short(bracket.response_factor)}",
        f"{_long(found)} {unit}",
        None if stored is None else f"{_long(stored)} {unit}",
        found == stored,
    )


def _with_spread(concentration: Decimal | None, uncertainty: Decimal | None, unit: str) -> str:
    if concentration is None:
        return "—"
    spread = "" if uncertainty is None else f", u(c) = {short(uncertainty, 3)} {unit}"
    return f"{plain(concentration)} {unit}{spread}"


def _is_near(one: Decimal | None, other: Decimal | None, noise: Decimal) -> bool:
    return one is other if one is None or other is None else abs(one - other) <= noise


def _noise(curve: KeptCurve, response: Decimal, concentration: Decimal | None) -> Decimal:
    """How far two concentrations may be apart by the last digits of floats; near the intercept few are left."""
    if concentration is None:
        return Decimal(0)
    at = float(concentration)
    steepness = abs(curve.shape.steepness(at))
    if not steepness:
        return Decimal(0)
    height = max(abs(float(response)), abs(curve.shape.response(0.0)))
    with localcontext(CALCULATION):
        return decimal_from_float(height / steepness) * Decimal(10) ** -STEADY_DIGITS


def _content(kept: Kept) -> Step | None:
    calculation = kept_content(kept.factors)
    if calculation is None:
        return None
    used = calculation.factors
    found = calculation.value(UnitCode(kept.unit))
    if calculation.formula.is_usual:
        formula = "w = c · V · f / m"
        volume = f"{plain(used.final_volume)} {used.final_volume_unit.value}"
        portion = f"{plain(used.test_portion)} {used.test_portion_unit.value}"
        concentration = f"{short(used.concentration)} {used.concentration_unit.value}"
        filled = f"{concentration} × {volume} × {plain(used.dilution)} / {portion}"
    else:
        formula, filled = calculation.formula.printed, calculation.filled(_FIGURES)
    return Step(
        StepKind.CONTENT,
        formula,
        f"w = {filled}",
        f"{plain(found)} {kept.unit}",
        None if kept.content is None else f"{plain(kept.content)} {kept.unit}",
        found == kept.content,
    )


def _amount(kept: Kept) -> Step:
    unit = UnitCode(kept.unit)
    stored = amount_from_dict(kept.result)
    uncertainty = None
    if kept.measured is not None:
        measured = amount_from_dict(kept.measured)
        uncertainty = measured.expanded_uncertainty if isinstance(measured, Quantified) else None
    said = amount_found(
        kept.content,
        unit,
        limit_of_quantification=kept.limit_of_quantification,
        limit_of_detection=kept.limit_of_detection,
        identified=bool(kept.factors.get("identified")),
        expanded_uncertainty=uncertainty,
        reporting=stored.reporting if isinstance(stored, Quantified) else None,
    )
    found = in_unit(said, stored.unit)
    loq, lod = plain(kept.limit_of_quantification), plain(kept.limit_of_detection)
    if kept.content is None:
        filled = f"LOD {lod}, LOQ {loq} {kept.unit}"
    else:
        sign = "≥" if kept.content >= kept.limit_of_quantification else "<"
        filled = f"{short(kept.content)} {sign} LOQ {loq} {kept.unit}"
        if sign == "<":
            below = "<" if kept.content < kept.limit_of_detection else "≥"
            filled += f", {below} LOD {lod} {kept.unit}"
    return Step(
        StepKind.AMOUNT,
        "w ≥ LOQ · LOD ≤ w < LOQ · w < LOD",
        filled,
        _brief(found),
        _brief(stored),
        amount_to_dict(found) == amount_to_dict(stored),
    )


def _rounding(kept: Kept) -> Step | None:
    stored = amount_from_dict(kept.result)
    if not isinstance(stored, Quantified):
        return None
    return _rounded(stored)


def _rounded(stored: Quantified) -> Step:
    """As the method has it, with its source; the whole value stands before it and is what is judged."""
    rounded = f"{plain(round_for_report(stored.value, stored.unit, stored.reporting))} {stored.unit.value}"
    source = (stored.reporting or SANTE_FIGURES).source
    filled = f"{plain(stored.value)} → {rounded}"
    return Step(StepKind.ROUNDING, f"GB/T 8170; {source}", filled, rounded, None, agrees=True)


def hand_steps(entered: Mapping[str, Any], result: Mapping[str, str]) -> Recalculation:
    """Of a result entered by hand: its number in the unit of results, and rounded."""
    stored = amount_from_dict(result)
    if not isinstance(stored, Quantified) or entered.get("value") is None:
        return Recalculation(())
    try:
        unit = UnitCode(entered["unit"])
        found = convert(Decimal(entered["value"]), unit, stored.unit)
    except LimsError as refusal:
        return Recalculation((), refusal)
    conversion = Step(
        StepKind.CONTENT,
        "w" if unit is stored.unit else f"{unit.value} → {stored.unit.value}",
        f"{entered['value']} {unit.value}",
        f"{plain(found)} {stored.unit.value}",
        f"{plain(stored.value)} {stored.unit.value}",
        found == stored.value,
    )
    return Recalculation((conversion, _rounded(stored)))


def _brief(amount: Amount) -> str:
    match amount:
        case Quantified(value=value, unit=unit):
            return f"{plain(value)} {unit.value}"
        case _:
            texts = amount_to_dict(amount)
            bound = texts.get("limit_of_detection") or texts["limit_of_quantification"]
            sign = "ND" if texts["kind"] == "not_detected" else "+" if texts.get("detected") == "yes" else ""
            return f"{sign} <{bound} {texts['unit']}".strip()


def _alike(one: Decimal, other: Decimal) -> bool:
    return round_significant(one, STEADY_DIGITS) == round_significant(other, STEADY_DIGITS)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _long(value: Decimal | None) -> str:
    """A quotient carries 28 digits, all of which are compared; fewer are read."""
    return "" if value is None else short(value, FLOAT_DIGITS)
