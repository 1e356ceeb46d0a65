"""What a batch says: calibrations, checks and measurements, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from lims.core.reasons import Reason
from lims.runs.calibration_choice import CurveChoice
from lims.runs.identification import Identification
from lims.runs.records import Injection
from lims.science.amounts import Amount
from lims.science.bracketing import Bracketed, BracketStandard, BracketTerms
from lims.science.calibration_curve import Curve, ReadingStatus
from lims.science.formula import Measured
from lims.science.quality_control import QcOutcome


@dataclass(frozen=True, slots=True)
class VerifiedLimits:
    """What the laboratory has shown for an analyte in a product (方法验证), in the worksheet's result unit."""

    limit_of_quantification: Decimal
    limit_of_detection: Decimal
    expanded_uncertainty_percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class BracketedInjection:
    """An injection that was read from a bracket: its key in the file, the name of its position, its place in the
    sequence (from 1) and the bracket."""

    key: str
    label: str
    place: int
    bracket: Bracketed


@dataclass(frozen=True, slots=True)
class Brackets:
    """By which terms an analyte is bracketed, the standards along the sequence, and what was read between them."""

    terms: BracketTerms
    standards: tuple[BracketStandard, ...]
    injections: tuple[BracketedInjection, ...]


@dataclass(frozen=True, slots=True)
class AnalyteCalibration:
    """The calibration of one analyte by the `choice` of its plan. `fit` is None when no curve could be laid; accepted
    when there is no reason.

    `internal_standard` as the file writes it. `is_matrix_matched` is None where the plan does not say. Bracketed
    analytes have `brackets`; their `fit` is an overview. `standard_concentrations` are those of the internal standard
    by the key of the injection, where they differ.
    """

    analyte: str
    compound: str
    fit: Curve | None
    reasons: tuple[Reason, ...]
    choice: CurveChoice
    internal_standard: str | None = None
    is_matrix_matched: bool | None = None
    brackets: Brackets | None = None
    standard_concentrations: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def is_accepted(self) -> bool:
        """Whether contents may be read from it."""
        return self.fit is not None and not self.reasons


@dataclass(frozen=True, slots=True)
class EntryCheck:
    """A check of the batch for one analyte; `label` is the position it was made on, None for the batch itself."""

    analyte: str
    label: str | None
    outcome: QcOutcome


@dataclass(frozen=True, slots=True)
class Measurement:
    """What was measured of an analyte in a position.

    `amount` is None when it may not be calculated; `reasons` then say why. `concentration` is that of the measured
    solution, `content` that of the sample, unrounded, in the result unit; both None without a peak. `withheld` is the
    amount that nothing but the quality control holds back. `response` is over that of the `internal_standard`, if there
    is one; `concentration_uncertainty` is the standard uncertainty that the calibration gives, None outside its range.
    `quantities` are those of the batch by which the content was calculated (`lims.runs.contents`). `bracket` is what
    the concentration was read from, if it was from one; `standard_concentration` that of the internal standard, where
    it differs between injections.
    """

    label: str
    analyte: str
    injection: Injection | None
    concentration: Decimal | None
    range_status: ReadingStatus | None
    content: Decimal | None
    limits: VerifiedLimits
    amount: Amount | None
    identification: Identification
    reasons: tuple[Reason, ...]
    withheld: Amount | None = None
    response: Decimal | None = None
    concentration_uncertainty: Decimal | None = None
    internal_standard: str | None = None
    quantities: Mapping[str, Measured] = field(default_factory=dict)
    bracket: Bracketed | None = None
    standard_concentration: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All that a batch says."""

    calibrations: tuple[AnalyteCalibration, ...]
    checks: tuple[EntryCheck, ...]
    measurements: tuple[Measurement, ...]


#: For each sample position: the analytes its tests need, with the verified limits.
Needs = Mapping[str, Mapping[str, VerifiedLimits]]

#: Calibration levels that somebody excluded: why, by analyte and by label of the position.
LeftOut = Mapping[str, Mapping[str, str]]
