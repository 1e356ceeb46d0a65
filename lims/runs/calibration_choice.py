"""How runs of a method are calibrated (校准方式): model, weighting, origin, internal standard, as data of its plan."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from lims.core.reasons import Reason, Where, reason
from lims.science.calibration import Weighting
from lims.science.calibration_curve import CalibrationModel, Origin
from lims.science.calibration_fitting import MODELS_OF_RUNS


class StandardUse(StrEnum):
    """Which internal standard responses are divided by (内标): that of the import profile, none, or a named one."""

    AS_PROFILE = "as_profile"
    NONE = "no_internal_standard"
    NAMED = "named_internal_standard"


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
    """

    curve: CurveChoice = CurveChoice()
    is_matrix_matched: bool = False
    by_analyte: Mapping[str, CurveChoice] = field(default_factory=dict)

    def of(self, analyte: str) -> CurveChoice:
        """The choice for an analyte."""
        return self.by_analyte.get(analyte, self.curve)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "curve": self.curve.as_dict(),
            "is_matrix_matched": self.is_matrix_matched,
            "by_analyte": {code: one.as_dict() for code, one in self.by_analyte.items()},
        }

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> "CalibrationChoice":
        """What `as_dict` wrote."""
        return cls(
            CurveChoice.from_dict(kept["curve"]),
            bool(kept["is_matrix_matched"]),
            {code: CurveChoice.from_dict(one) for code, one in kept["by_analyte"].items()},
        )


def reasons_not_to_calibrate(choice: CalibrationChoice) -> list[Reason]:
    """Everything that contradicts itself in a choice; empty when runs can be calibrated by it."""
    found = _contradictions(choice.curve, "")
    for code, one in choice.by_analyte.items():
        found += _contradictions(one, code)
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
