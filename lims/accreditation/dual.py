"""双认证: whether a laboratory holds both certificates on a day, and the rate of a region's county laboratories."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum

from lims.accreditation.rules import CertificateFacts, Scheme


class DualStatus(StrEnum):
    """Which certificates are in force."""

    BOTH = "both"
    ONLY_CMA = "only_cma"
    ONLY_CATL = "only_catl"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class LaboratoryStatus:
    """A laboratory on a day. `…_until` is the last day without a gap, renewals included; None when not in force."""

    code: str
    name: str
    region_code: str
    status: DualStatus
    cma_until: date | None
    catl_until: date | None


@dataclass(frozen=True, slots=True)
class DualRate:
    """双认证 rate of the county laboratories of a region on a day, with everything that it was computed from."""

    day: date
    region_code: str
    county_laboratories: int
    both: int
    only_cma: int
    only_catl: int
    none: int
    expiring_in_90_days: int
    expiring_in_180_days: int
    laboratories: tuple[LaboratoryStatus, ...]

    @property
    def percent(self) -> Decimal | None:
        """Rate in percent with one decimal, cut and never rounded up to a target; None without laboratories."""
        if self.county_laboratories == 0:
            return None
        exact = Decimal(self.both) * 100 / Decimal(self.county_laboratories)
        return exact.quantize(Decimal("0.1"), rounding=ROUND_DOWN)

    def reaches(self, target_percent: Decimal) -> bool:
        """Whether the exact rate reaches a target."""
        return self.county_laboratories > 0 and Decimal(self.both) * 100 >= target_percent * self.county_laboratories


def in_force_until(certificates: Iterable[CertificateFacts], scheme: Scheme, day: date) -> date | None:
    """The last day up to which the scheme is held from `day` on; certificates that follow without a gap extend it."""
    own = sorted((c for c in certificates if c.scheme is scheme), key=lambda c: c.valid_from)
    if not any(c.in_force_on(day) for c in own):
        return None
    until = day
    for _ in own:
        reached = [_held_until(c, d) for c in own for d in (until, until + timedelta(days=1)) if c.in_force_on(d)]
        until = max([until, *reached])
    return until


def _held_until(certificate: CertificateFacts, day: date) -> date:
    if certificate.suspended_on is not None and certificate.suspended_on > day:
        return min(certificate.valid_until, certificate.suspended_on - timedelta(days=1))
    return certificate.valid_until


def status_on(certificates: Sequence[CertificateFacts], day: date) -> DualStatus:
    """Which of the two certificates a laboratory holds on a day."""
    held = {c.scheme for c in certificates if c.in_force_on(day)}
    match Scheme.CMA in held, Scheme.CATL in held:
        case True, True:
            return DualStatus.BOTH
        case True, False:
            return DualStatus.ONLY_CMA
        case False, True:
            return DualStatus.ONLY_CATL
        case _:
            return DualStatus.NONE


def dual_rate(region_code: str, statuses: Sequence[LaboratoryStatus], day: date) -> DualRate:
    """The rate over the county laboratories that stand in the register; all of them are the denominator.

    Expiring are those with both certificates of which the first to end does so within 90 (180) days.
    """

    def expiring(days: int) -> int:
        last = day + timedelta(days=days)
        return sum(1 for s in statuses if s.cma_until and s.catl_until and min(s.cma_until, s.catl_until) <= last)

    count = {status: sum(s.status is status for s in statuses) for status in DualStatus}
    return DualRate(
        day=day,
        region_code=region_code,
        county_laboratories=len(statuses),
        both=count[DualStatus.BOTH],
        only_cma=count[DualStatus.ONLY_CMA],
        only_catl=count[DualStatus.ONLY_CATL],
        none=count[DualStatus.NONE],
        expiring_in_90_days=expiring(90),
        expiring_in_180_days=expiring(180),
        laboratories=tuple(statuses),
    )
