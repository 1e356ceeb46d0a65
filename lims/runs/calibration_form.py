"""The form of how runs of a method are calibrated: a choice for all analytes, and others for some."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from lims.core.errors import BadInput, refuse_bad
from lims.core.reasons import Reason, Where, reason
from lims.library.rules import Library
from lims.runs.calibration_choice import CalibrationChoice, CurveChoice, StandardAmount, StandardUse
from lims.science.bracketing import BracketRule, BracketTerms
from lims.science.calibration import Weighting
from lims.science.calibration_curve import CalibrationModel, Origin
from lims.science.calibration_fitting import MODELS_OF_RUNS
from lims.web.forms import Filled, Form

#: Analytes of the form with a choice of their own; more go through the JSON door.
MOST_ANALYTES: Final = 40
_EMPTY_ROWS: Final = 2
_FIELDS: Final = ("model", "weighting", "origin", "standard_use", "internal_standard")
_BRACKET_FIELDS: Final = ("rule", "max_drift_percent", "reach_percent", "source")


def calibration_of(form: Form, library: Library) -> CalibrationChoice | None:
    """What was chosen; None: as the worksheet has it. Raises `BadInput` with every fault."""
    if not form.text("curve_model"):
        return None
    faults: list[Reason] = []
    by_analyte: dict[str, CurveChoice] = {}
    for row in range(MOST_ANALYTES):
        if not (name := form.text(f"own_analyte_{row}")):
            continue
        found = library.find_substance(name)
        if found is None:
            faults.append(
                reason(
                    "calibration.analyte_unknown",
                    "The library has no substance {analyte}.",
                    analyte=name[:100],
                    at=Where(field=f"own_analyte_{row}"),
                )
            )
            continue
        by_analyte[found.code] = _curve(form, "own_{name}_" + str(row))
    curve = _curve(form, "curve_{name}")
    terms = None
    if CalibrationModel.BRACKETING in {one.model for one in (curve, *by_analyte.values())}:
        terms = _terms(form, faults)
    refuse_bad(faults)
    amount = form.text("standard_amount")
    return CalibrationChoice(
        curve,
        form.text("is_matrix_matched") == "yes",
        by_analyte,
        StandardAmount(amount) if amount in set(StandardAmount) else StandardAmount.SAME,
        terms,
    )


def _terms(form: Form, faults: list[Reason]) -> BracketTerms | None:
    """The terms of bracketing; nothing where none were typed at all."""
    texts = {name: form.text(f"bracket_{name}") for name in _BRACKET_FIELDS}
    if not (texts["max_drift_percent"] or texts["source"]):
        return None
    numbers: dict[str, Decimal] = {}
    for name in ("max_drift_percent", "reach_percent"):
        try:
            number = Decimal(texts[name] or "0")
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite():
            faults.append(
                reason("calibration.bracket_number", "Write a number in percent.", at=Where(field=f"bracket_{name}"))
            )
        numbers[name] = number
    rule = texts["rule"] if texts["rule"] in set(BracketRule) else BracketRule.MEAN
    return BracketTerms(BracketRule(rule), source=texts["source"][:200], **numbers)


def _curve(form: Form, named: str) -> CurveChoice:
    texts = {name: form.text(named.format(name=name)) for name in _FIELDS}
    try:
        return CurveChoice(
            CalibrationModel(texts["model"]),
            Weighting(texts["weighting"]),
            Origin(texts["origin"]),
            StandardUse(texts["standard_use"]),
            texts["internal_standard"][:200],
        )
    except ValueError as fault:
        raise BadInput(
            reason(
                "calibration.choice_unreadable",
                "Choose model, weighting, origin and internal standard of the calibration.",
                at=Where(field=named.format(name="model")),
            )
        ) from fault


def calibration_fields(choice: CalibrationChoice | None, form: Filled) -> dict[str, Any]:
    """What the form shows: as it was typed, or the choice in force; the lists to choose from besides."""
    typed = form.values if form.values else _values(choice)
    shown = Filled(typed, form.errors)
    rows = [row for row in range(MOST_ANALYTES) if shown.value(f"own_analyte_{row}")]
    return {
        "calibration": shown,
        "own_rows": range(min((max(rows) + 1 if rows else 0) + _EMPTY_ROWS, MOST_ANALYTES)),
        "models": MODELS_OF_RUNS,
        "weightings": tuple(Weighting),
        "origins": tuple(Origin),
        "standard_uses": tuple(StandardUse),
        "standard_amounts": tuple(StandardAmount),
        "bracket_rules": tuple(BracketRule),
    }


def _values(choice: CalibrationChoice | None) -> dict[str, str]:
    if choice is None:
        return {f"curve_{name}": text for name, text in CurveChoice().as_dict().items() if name != "model"}
    values = {f"curve_{name}": text for name, text in choice.curve.as_dict().items()}
    values["is_matrix_matched"] = "yes" if choice.is_matrix_matched else "no"
    values["standard_amount"] = choice.standard_amount.value
    if choice.bracketing is not None:
        values |= {f"bracket_{name}": text for name, text in choice.bracketing.as_dict().items()}
    own: Sequence[tuple[str, CurveChoice]] = list(choice.by_analyte.items())[:MOST_ANALYTES]
    for row, (code, one) in enumerate(own):
        values[f"own_analyte_{row}"] = code
        values |= {f"own_{name}_{row}": text for name, text in one.as_dict().items()}
    return values
