"""Levels of the network, and what makes a laboratory's place in it right."""

from datetime import date
from enum import StrEnum

from lims.core.reasons import Reason, Where, reason

#: Guizhou (GB/T 2260): the region that is meant where nobody names one.
PROVINCE_CODE = "520000"


class Level(StrEnum):
    """Province (省), prefecture (市州), county (县), township (乡镇)."""

    PROVINCE = "province"
    PREFECTURE = "prefecture"
    COUNTY = "county"
    TOWNSHIP = "township"

    @property
    def rank(self) -> int:
        """0 at the top."""
        return list(Level).index(self)


class TargetKind(StrEnum):
    """What the system itself computes for a target; OTHER is only reported by hand."""

    PASS_RATE = "pass_rate"  # noqa: S105  # no password
    BATCHES_PER_THOUSAND = "batches_per_thousand"
    DISPOSAL_RATE = "disposal_rate"
    DUAL_ACCREDITATION_RATE = "dual_accreditation_rate"
    PARAMETERS_PROVINCE = "parameters_province"
    PARAMETERS_PREFECTURE = "parameters_prefecture"
    PARAMETERS_COUNTY = "parameters_county"
    OTHER = "other"


def is_within(region_code: str, ancestor_code: str) -> bool:
    """Whether a region is the other or lies inside it. Codes of divisions nest: 52 > 5203 > 520304 (GB/T 2260)."""
    return region_code.startswith(significant(ancestor_code))


def significant(region_code: str) -> str:
    """The part of a division code that its inner regions share: 520000 → 52, 520300 → 5203 (GB/T 2260)."""
    if len(region_code) > 6:
        return region_code
    for width in (2, 4):
        if region_code[width:].strip("0") == "":
            return region_code[:width]
    return region_code


def is_in_force(starts_on: date, ends_on: date | None, day: date) -> bool:
    """Whether a period with an inclusive end covers a day."""
    return starts_on <= day and (ends_on is None or day <= ends_on)


def reasons_not_to_register(level: Level, superior_level: Level | None) -> list[Reason]:
    """A laboratory's superior stands above it; only the province's has none."""
    if superior_level is None:
        if level is Level.PROVINCE:
            return []
        return [
            reason("laboratory.no_superior", "A laboratory below the province needs a superior.", at=Where("superior"))
        ]
    if superior_level.rank >= level.rank:
        return [
            reason(
                "laboratory.superior_level",
                "A superior of level {superior} cannot stand above a laboratory of level {level}.",
                superior=superior_level.value,
                level=level.value,
                at=Where("superior"),
            )
        ]
    return []
