"""What a batch must meet (质控计划): limits are data with their source, kept with every worksheet."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lims.science.calibration import Weighting
from lims.science.calibration_acceptance import CalibrationCriteria
from lims.science.quality_control import QcCriteria, RecoveryWindow
from lims.science.units import UnitCode


@dataclass(frozen=True, slots=True)
class QualityPlan:
    """The criteria of one batch and the text they come from.

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
        window = RecoveryWindow(
            above=Decimal(0),
            up_to=None,
            unit=result_unit,
            low_percent=self.recovery_low_percent,
            high_percent=self.recovery_high_percent,
            source=self.source,
        )
        return QcCriteria(
            source=self.source,
            blank_fraction=self.blank_fraction,
            duplicate_difference_percent=self.duplicate_difference_percent,
            level_deviation_percent=self.level_deviation_percent,
            recovery_windows=(window,),
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain texts for JSON."""
        return {
            name: None if value is None else value if isinstance(value, int) else str(value)
            for name, value in ((name, getattr(self, name)) for name in self.__dataclass_fields__)
        }

    @classmethod
    def from_dict(cls, texts: Mapping[str, Any]) -> "QualityPlan":
        """What `as_dict` wrote."""

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
