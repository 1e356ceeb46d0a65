"""The concentration that the vendor's program gives beside ours (厂商值对照). Pure.

Ours is always calculated here; the other is never used. Where the two are far apart, a person must know why: another
curve, an integration that was changed after the export, or a dilution that the program has multiplied in already.
"""

from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Final

from lims.science.rounding import CALCULATION

#: Two programs that lay the same curve through the same standards agree far better, but for the digits of the export.
FAR_PERCENT: Final = Decimal(5)


@dataclass(frozen=True, slots=True)
class Compared:
    """One reading by both. `difference_percent` is 100 (ours − theirs)/theirs; None when theirs is 0."""

    ours: Decimal | None
    theirs: Decimal
    difference_percent: Decimal | None
    is_far: bool


def compared(ours: Decimal | None, theirs: Decimal, lowest: Decimal | None) -> Compared:
    """Two concentrations in one unit. Far apart: by more than `FAR_PERCENT`, where one of them reaches the lowest
    standard; below it a relative difference says nothing.
    """
    if ours is None or theirs == 0:
        only = theirs if ours is None else ours
        return Compared(ours, theirs, None, lowest is not None and only >= lowest)
    with localcontext(CALCULATION):
        difference = 100 * (ours - theirs) / theirs
    reaches = lowest is None or max(ours, theirs) >= lowest
    return Compared(ours, theirs, difference, reaches and abs(difference) > FAR_PERCENT)
