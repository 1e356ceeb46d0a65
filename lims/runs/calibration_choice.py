"""How runs of a method are calibrated (校准方式): model, weighting, origin, internal standard, as data of its plan."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from lims.core.reasons import Reason, Where, reason
from lims.science.bracketing import BracketTerms, reasons_not_to_bracket
from lims.science.calibration import Weighting
from lims.science.calibration_curve import CalibrationModel, Origin
from lims.science.calibration_fitting import MODELS_OF_RUNS


class StandardUse(StrEnum):
    """Which internal standard responses are divided by (内标): that of the import profile, none, or a named one."""

    AS_PROFILE = "as_profile"
    NONE = "no_internal_standard"
    NAMED = "named_internal_standard"


class StandardAmount(StrEnum):
    """How much internal standard an injection holds (内标浓度): always the same, as the file says, or the worksheet.

    Where it differs, y = A·c_IS/A_IS.
    """

    SAME = "same_in_every_injection"
    FILE = "as_the_file_says"
    WORKSHEET = "as_the_worksheet_says"


@dataclass(frozen=True, slots=True)
class CurveChoice:
    """The curve of one analyte. `internal_standard` is the name in the file, given with `StandardUse.NAMED` alone."""

    model: CalibrationModel = CalibrationModel.LINEAR
    weighting: Weighting = Weighting.INVERSE_X
    origin: Origin = Origin.FREE
    standard_use: StandardUse = StandardUse.AS_PROFILE
    internal_standard: str = ""

    def as_dict(self) -> dict[str, str]:
        """Plain texts for JSON."""
        return {name: str(getattr(self, name)) for name in self.__dataclass_fields__}

    @classmethod
    def from_dict(cls, texts: Mapping[str, Any]) -> "CurveChoice":
        """What `as_dict` wrote."""
        return cls(
            CalibrationModel(texts["model"]),
            Weighting(texts["weighting"]),
            Origin(texts["origin"]),
            StandardUse(texts["standard_use"]),
            texts["internal_standard"],
        )


@dataclass(frozen=True, slots=True)
class CalibrationChoice:
    """How a method calibrates: every analyte alike, but for those of `by_analyte` (codes of the library).

    `is_matrix_matched`: the standards are made in extract of the product group of the worksheet, else in solvent.
    `standard_amount` speaks of every internal standard. `bracketing` is given where a curve brackets.
    """

    curve: CurveChoice = CurveChoice()
    is_matrix_matched: bool = False
    by_analyte: Mapping[str, CurveChoice] = field(default_factory=dict)
    standard_amount: StandardAmount = StandardAmount.SAME
    bracketing: BracketTerms | None = None

    @property
    def models(self) -> frozenset[CalibrationModel]:
        """The models of all its curves."""
        return frozenset(one.model for one in (self.curve, *self.by_analyte.values()))

    def of(self, analyte: str) -> CurveChoice:
        """The choice for an analyte."""
        return self.by_analyte.get(analyte, self.curve)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "curve": self.curve.as_dict(),
            "is_matrix_matched": self.is_matrix_matched,
            "by_analyte": {code: one.as_dict() for code, one in self.by_analyte.items()},
            "standard_amount": self.standard_amount.value,
            "bracketing": None if self.bracketing is None else self.bracketing.as_dict(),
        }

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> "CalibrationChoice":
        """What `as_dict` wrote, also before it told amounts and brackets."""
        bracketing = kept.get("bracketing")
        return cls(
            CurveChoice.from_dict(kept["curve"]),
            bool(kept["is_matrix_matched"]),
            {code: CurveChoice.from_dict(one) for code, one in kept["by_analyte"].items()},
            StandardAmount(kept.get("standard_amount", StandardAmount.SAME)),
            None if bracketing is None else BracketTerms.from_dict(bracketing),
        )


def reasons_not_to_calibrate(choice: CalibrationChoice) -> list[Reason]:
    """Everything that contradicts itself in a choice; empty when runs can be calibrated by it."""
    found = _contradictions(choice.curve, "")
    for code, one in choice.by_analyte.items():
        found += _contradictions(one, code)
    if choice.bracketing is not None:
        found += reasons_not_to_bracket(choice.bracketing)
    elif CalibrationModel.BRACKETING in choice.models:
        found.append(
            reason(
                "calibration.bracket_terms_missing",
                "Say how far the response factor may drift within a bracket, and which text says so.",
                at=Where(field="bracketing"),
            )
        )
    return found


def _contradictions(one: CurveChoice, analyte: str) -> list[Reason]:
    at = Where(field="calibration")
    whose = analyte or "—"
    found = []
    if one.model not in MODELS_OF_RUNS:
        found.append(
            reason(
                "calibration.no_model_of_runs",
                "Calibration ({analyte}): standard addition is not a calibration of a whole run.",
                at=at,
                analyte=whose,
            )
        )
    if one.model is CalibrationModel.FOUR_PARAMETER and one.origin is not Origin.FREE:
        found.append(
            reason(
                "calibration.no_origin_to_choose",
                "Calibration ({analyte}): a four-parameter curve has no origin to choose; leave the intercept free.",
                at=at,
                analyte=whose,
            )
        )
    has_name = bool(one.internal_standard.strip())
    if (one.standard_use is StandardUse.NAMED) is not has_name:
        found.append(
            reason(
                "calibration.internal_standard_unclear",
                "Calibration ({analyte}): name the internal standard where one is to be used, and only there.",
                at=at,
                analyte=whose,
            )
        )
    return found
