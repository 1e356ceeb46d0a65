"""What a batch must meet (质控计划): limits are data with their source, kept with every worksheet."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lims.runs.calibration_choice import CalibrationChoice, CurveChoice, StandardAmount
from lims.science.bracketing import BracketTerms
from lims.science.calibration import Weighting
from lims.science.calibration_acceptance import CalibrationCriteria
from lims.science.calibration_curve import CalibrationModel
from lims.science.content_formula import MOISTURE, ContentFormula
from lims.science.quality_control import QcCheck, QcCriteria, RecoveryWindow, SourceStatus
from lims.science.quality_control_rules import QcRule, RuleBasis, rule_for, rules_from
from lims.science.rounding import ReportingRule, reporting_as_dict, reporting_from_dict
from lims.science.units import UnitCode, UnitKind

_NESTED = frozenset({"rules", "calibration", "formula", "reporting"})


@dataclass(frozen=True, slots=True)
class QualityPlan:
    """The criteria of one batch and the text they come from.

    `rules`, `calibration`, `formula` and `reporting` are those set for the method, of the `edition` that was in force;
    where there are some, they count before the numbers and the weighting here, the usual formula and rounding.

    Percentages are relative. `retention_time_tolerance_min` and `ion_ratio_tolerance_percent` decide whether a peak is
    the substance; None: not asked.
    """

    source: str
    weighting: Weighting
    fewest_levels: int
    least_r: Decimal | None
    level_deviation_percent: Decimal | None
    blank_fraction: Decimal | None
    duplicate_difference_percent: Decimal | None
    recovery_low_percent: Decimal
    recovery_high_percent: Decimal
    retention_time_tolerance_min: Decimal | None
    ion_ratio_tolerance_percent: Decimal | None
    rules: tuple[QcRule, ...] = ()
    edition: int | None = None
    calibration: CalibrationChoice | None = None
    formula: ContentFormula | None = None
    reporting: ReportingRule | None = None

    @property
    def content_formula(self) -> ContentFormula:
        """By which contents are calculated: that of the method, else w = c · V · f / m."""
        return self.formula or ContentFormula()

    def curve_of(self, analyte: str) -> CurveChoice:
        """How an analyte is calibrated: as the method has it, else by a straight line with the weighting here."""
        if self.calibration is None:
            return CurveChoice(weighting=self.weighting)
        return self.calibration.of(analyte)

    @property
    def levels_needed(self) -> int:
        """The fewest levels of a worksheet; one is enough where every analyte is read from brackets."""
        only_brackets = self.calibration is not None and self.calibration.models == {CalibrationModel.BRACKETING}
        return 1 if only_brackets else self.fewest_levels

    @property
    def bracketing(self) -> BracketTerms | None:
        """How the method brackets; None where no analyte is read from brackets."""
        if self.calibration is None or CalibrationModel.BRACKETING not in self.calibration.models:
            return None
        return self.calibration.bracketing

    @property
    def asks_moisture(self) -> bool:
        """Whether contents are calculated with the moisture of each position."""
        return self.content_formula.needs(MOISTURE)

    @property
    def standard_amount(self) -> StandardAmount:
        """Where the concentration of the internal standard in an injection is told."""
        return StandardAmount.SAME if self.calibration is None else self.calibration.standard_amount

    @property
    def is_matched(self) -> bool | None:
        """Whether the standards are made in matrix; None where the method does not say."""
        return None if self.calibration is None else self.calibration.is_matrix_matched

    def rule(self, check: QcCheck, place: Decimal | None = None) -> QcRule | None:
        """The rule of a check for a content or abundance; None when the method sets none."""
        return rule_for(self.rules, check, place)

    def status_of(self, check: QcCheck, source: str) -> SourceStatus | None:
        """How well the source of a limit is known."""
        return next((one.status for one in self.rules if (one.check, one.source) == (check, source)), None)

    def time_tolerance(self, expected: Decimal) -> Decimal | None:
        """How far a retention time may be from that of the standards, in minutes."""
        rule = self.rule(QcCheck.RETENTION_TIME)
        if rule is None or rule.high is None:
            return self.retention_time_tolerance_min
        return expected * rule.high / 100 if rule.basis is RuleBasis.PERCENT_OF_TIME else rule.high

    def ratio_tolerance(self, expected: Decimal) -> tuple[Decimal | None, RuleBasis | None]:
        """How far an ion ratio may be from that of the standards (qualifier over quantifier, %), and its direction."""
        if not any(one.check is QcCheck.ION_RATIO for one in self.rules):
            return self.ion_ratio_tolerance_percent, None
        abundance = min(expected, 10000 / expected) if expected else Decimal(0)
        rule = self.rule(QcCheck.ION_RATIO, abundance)
        return (None, None) if rule is None else (rule.high, rule.basis)

    def for_calibration(self) -> CalibrationCriteria:
        """The part that the calibration must meet."""
        return CalibrationCriteria(
            source=self.source,
            fewest_levels=self.fewest_levels,
            least_r=self.least_r,
            max_deviation_percent=self.level_deviation_percent,
        )

    def for_checks(self, result_unit: UnitCode) -> QcCriteria:
        """The part that blanks, spikes and duplicates must meet; spikes are given in `result_unit`."""
        blank, level = self.rule(QcCheck.BLANK), self.rule(QcCheck.CALIBRATION_LEVEL)
        duplicate = self.rule(QcCheck.DUPLICATE)
        return QcCriteria(
            source=self.source,
            blank_fraction=self.blank_fraction if blank is None else blank.high,
            duplicate_difference_percent=self.duplicate_difference_percent if duplicate is None else duplicate.high,
            level_deviation_percent=self.level_deviation_percent if level is None else level.high,
            recovery_windows=self._windows(result_unit),
        )

    def _windows(self, result_unit: UnitCode) -> tuple[RecoveryWindow, ...]:
        is_fraction = result_unit.kind is UnitKind.MASS_FRACTION
        ruled = tuple(
            RecoveryWindow(
                above=rule.above or Decimal(0),
                up_to=rule.up_to,
                unit=UnitCode.MG_PER_KG if is_fraction else UnitCode.MG_PER_L,
                low_percent=rule.low or Decimal(0),
                high_percent=rule.high,
                source=rule.source,
            )
            for rule in self.rules
            if rule.check is QcCheck.SPIKE_RECOVERY and rule.high is not None
        )
        window = RecoveryWindow(
            above=Decimal(0),
            up_to=None,
            unit=result_unit,
            low_percent=self.recovery_low_percent,
            high_percent=self.recovery_high_percent,
            source=self.source,
        )
        return ruled or (window,)

    def as_dict(self) -> dict[str, Any]:
        """Plain texts for JSON."""
        plain = {
            name: None if value is None else value if isinstance(value, int) else str(value)
            for name, value in (
                (name, getattr(self, name)) for name in self.__dataclass_fields__ if name not in _NESTED
            )
        }
        # Only where it was chosen: worksheets from before it could be stay as they are.
        chosen = {
            name: one.as_dict()
            for name, one in (("calibration", self.calibration), ("formula", self.formula))
            if one is not None
        }
        if self.reporting is not None:
            chosen["reporting"] = dict(reporting_as_dict(self.reporting))
        return {**plain, "rules": [rule.as_dict() for rule in self.rules], **chosen}

    @classmethod
    def from_dict(cls, texts: Mapping[str, Any]) -> "QualityPlan":
        """What `as_dict` wrote, also before there were rules."""

        def number(name: str) -> Decimal | None:
            return None if texts[name] is None else Decimal(texts[name])

        return cls(
            source=texts["source"],
            weighting=Weighting(texts["weighting"]),
            fewest_levels=int(texts["fewest_levels"]),
            least_r=number("least_r"),
            level_deviation_percent=number("level_deviation_percent"),
            blank_fraction=number("blank_fraction"),
            duplicate_difference_percent=number("duplicate_difference_percent"),
            recovery_low_percent=Decimal(texts["recovery_low_percent"]),
            recovery_high_percent=Decimal(texts["recovery_high_percent"]),
            retention_time_tolerance_min=number("retention_time_tolerance_min"),
            ion_ratio_tolerance_percent=number("ion_ratio_tolerance_percent"),
            rules=rules_from(texts.get("rules", ())),
            edition=texts.get("edition"),
            calibration=None if not texts.get("calibration") else CalibrationChoice.from_dict(texts["calibration"]),
            formula=None if not texts.get("formula") else ContentFormula.from_dict(texts["formula"]),
            reporting=None if not texts.get("reporting") else reporting_from_dict(texts["reporting"]),
        )


#: What a laboratory starts with; it is the laboratory's own and says so. A method with its own numbers overrules it.
STARTING_PLAN = QualityPlan(
    source="Quality plan of the laboratory, edition 1",
    weighting=Weighting.INVERSE_X,
    fewest_levels=5,
    least_r=Decimal("0.990"),
    level_deviation_percent=Decimal(20),
    blank_fraction=Decimal("0.3"),
    duplicate_difference_percent=Decimal(20),
    recovery_low_percent=Decimal(70),
    recovery_high_percent=Decimal(120),
    retention_time_tolerance_min=Decimal("0.1"),
    ion_ratio_tolerance_percent=Decimal(30),
)
