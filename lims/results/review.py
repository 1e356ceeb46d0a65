"""What a verifier's eye should rest on: the flags of a result (复核要点). Everything without one is routine. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from lims.library.rules import Library
from lims.results.rules import ResultOrigin
from lims.samples.tables import Sample
from lims.science.amounts import Amount, Quantified, is_detected

#: From this part of a limit on a content is near it: the uncertainty of residue methods reaches about as far.
NEAR = Decimal("0.8")


class Flag(StrEnum):
    """Why a result is looked at by itself before it is verified."""

    QC_FAILED = "quality_control_failed"
    RESERVED = "accepted_with_reservation"
    PROHIBITED = "prohibited_detected"
    ABOVE_LIMIT = "above_the_limit"
    NEAR_LIMIT = "near_the_limit"
    DETECTED = "substance_found"
    DOUBTFUL = "identity_doubtful"
    OUT_OF_RANGE = "outside_the_calibrated_range"
    MANUAL_INTEGRATION = "integrated_by_hand"
    BY_HAND = "entered_by_hand"
    OWN_LIMITS = "limits_given_by_hand"
    RETURNED = "returned_before"
    CORRECTED = "corrected"


#: Flags that speak against a number, and those that ask for a second look.
GRAVE = frozenset({Flag.QC_FAILED, Flag.PROHIBITED, Flag.ABOVE_LIMIT})
WARNING = frozenset(
    {Flag.RESERVED, Flag.NEAR_LIMIT, Flag.DOUBTFUL, Flag.OUT_OF_RANGE, Flag.MANUAL_INTEGRATION, Flag.OWN_LIMITS}
)


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What the limits will say of a parameter; nothing is decided by it. `limit` and `total` are in mg/kg."""

    limit: Decimal | None = None
    total: Decimal | None = None
    exceeds: bool = False
    banned: bool = False

    @property
    def is_near(self) -> bool:
        """Not above the limit, but not far from it."""
        if self.exceeds or self.limit is None or self.total is None:
            return False
        return self.total >= NEAR * self.limit


#: Foresees the judgement of a parameter of a sample from what was found of every analyte. The limits are downstream of
#: this room: `make_app` gives the function.
Foresee = Callable[[Library, Sample, str, Mapping[str, Amount]], Foreseen]


@dataclass(frozen=True, slots=True)
class Looked:
    """What flags are made of."""

    amount: Amount
    origin: ResultOrigin
    is_correction: bool = False
    was_returned: bool = False
    has_own_limits: bool = False
    failed_checks: tuple[str, ...] = ()
    doubts: int = 0
    has_reservations: bool = False
    range_status: str | None = None
    manually_integrated: bool = False
    foreseen: Foreseen = Foreseen()


def flags_of(looked: Looked) -> tuple[Flag, ...]:
    """The flags of a result, the gravest first."""
    found = is_detected(looked.amount)
    is_number = isinstance(looked.amount, Quantified)
    said = {
        Flag.QC_FAILED: bool(looked.failed_checks),
        Flag.RESERVED: looked.has_reservations,
        Flag.PROHIBITED: found and looked.foreseen.banned,
        Flag.ABOVE_LIMIT: found and looked.foreseen.exceeds,
        Flag.NEAR_LIMIT: found and looked.foreseen.is_near,
        Flag.DETECTED: found,
        Flag.DOUBTFUL: found and looked.doubts > 0,
        Flag.OUT_OF_RANGE: is_number and looked.range_status in {"above_range", "below_range"},
        Flag.MANUAL_INTEGRATION: looked.manually_integrated,
        Flag.BY_HAND: looked.origin is ResultOrigin.HAND,
        Flag.OWN_LIMITS: looked.has_own_limits,
        Flag.RETURNED: looked.was_returned,
        Flag.CORRECTED: looked.is_correction,
    }
    return tuple(flag for flag, holds in said.items() if holds)


def gravity(flags: Sequence[Flag]) -> int:
    """0 for what speaks against a number, 1 for what asks for a second look, 2 for the rest: the order of review."""
    if GRAVE & set(flags):
        return 0
    return 1 if WARNING & set(flags) else 2
