"""Peaks that a triple quadrupole might have found: invented, and the same for the same seed.

An area is slope · concentration · internal-standard response, with the scatter a good instrument has.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from zlib import crc32

#: From one injection to the next.
_CYCLE = timedelta(minutes=14)
#: Repeatability of area ratios on a maintained triple quadrupole, and of the internal standard's area.
_SCATTER, _INTERNAL_SCATTER = 0.012, 0.04


@dataclass(frozen=True, slots=True)
class Chemistry:
    """How a compound behaves on an instrument; drawn from its name, so always the same. Ions are m/z."""

    retention_min: float
    response: float
    qualifier_ratio: float
    precursor: float
    product: float
    qualifier: float

    @classmethod
    def of(cls, compound: str) -> "Chemistry":
        """The behaviour of a compound of this name."""
        draw = random.Random(crc32(compound.encode()))  # noqa: S311 - invented peaks, nothing secret
        precursor = draw.randint(1900, 4600) / 10
        return cls(
            retention_min=draw.uniform(1.6, 11.5),
            response=draw.uniform(0.012, 0.06),
            qualifier_ratio=draw.uniform(18, 75),
            precursor=precursor,
            product=round(precursor * draw.uniform(0.5, 0.8), 1),
            qualifier=round(precursor * draw.uniform(0.25, 0.48), 1),
        )


@dataclass(frozen=True, slots=True)
class Peak:
    """The peak of a compound in an injection. `ratio` is its area over that of the internal standard.

    `concentration` is the vendor's own in µg/L, from its own (here: the true) curve; shown beside ours, never used.
    """

    retention_min: float
    area: int
    ratio: float
    concentration: float
    qualifier_retention_min: float
    qualifier_area: int
    qualifier_ratio: float

    @property
    def height(self) -> int:
        """The height that belongs to the area."""
        return round(self.area * 0.36)

    @property
    def signal_to_noise(self) -> float:
        """The signal-to-noise ratio that belongs to the area."""
        return max(3.2, self.area / 95)


class Draws:
    """The chance in a sequence of injections; the same seed gives the same."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - invented peaks, nothing secret

    def internal_area(self, mean: int) -> int:
        """The area of the internal standard in one injection."""
        return round(mean * self._random.gauss(1, _INTERNAL_SCATTER))

    def time(self, expected_min: float) -> float:
        """A retention time near the expected one."""
        return self._random.gauss(expected_min, 0.006)

    def peak(self, ions: Chemistry, concentration: float, internal_area: int) -> Peak | None:
        """The peak of what is in the vial in µg/L; None where nothing is there."""
        if concentration == 0 or internal_area == 0:
            return None
        retention = self.time(ions.retention_min)
        noise = self._random.gauss(1, _SCATTER)
        area = max(1, round(internal_area * ions.response * concentration * noise))
        ratio = area / internal_area
        qualifier_ratio = ions.qualifier_ratio * self._random.gauss(1, 0.03)
        return Peak(
            retention_min=retention,
            area=area,
            ratio=ratio,
            concentration=ratio / ions.response,
            qualifier_retention_min=self._random.gauss(retention, 0.002),
            qualifier_area=round(area * qualifier_ratio / 100),
            qualifier_ratio=qualifier_ratio,
        )


def cycle_of(started_at: datetime, injections: int) -> timedelta:
    """The time of an injection. A sequence that begins late in the day is quicker, so that none is of tomorrow."""
    midnight = started_at.replace(hour=23, minute=59, second=0, microsecond=0)
    return max(min(_CYCLE, (midnight - started_at) / max(injections, 1)), timedelta(0))
