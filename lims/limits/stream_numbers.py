"""Plain numbers in rows of questions (数值结果), and what is the same of all answers to them."""

import re
from dataclasses import dataclass, field
from decimal import Decimal

from lims.core.errors import LimsError
from lims.limits.asked import most_of, read_amount
from lims.limits.stream_forms import AnswerForm, Outcome
from lims.science.amounts import Amount, Quantified
from lims.science.residues import ResidueDefinition
from lims.science.units import UnitCode

#: The cells of a row of a question, in the order of their columns.
Cells = tuple[str, ...]

_PLAIN_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,9})?")
#: So many units and bounds are remembered, so that memory stays flat.
_MOST_KEPT = 10_000


@dataclass(slots=True)
class Pattern:
    """What is said of a parameter where the same analytes have a number, whichever, and the rest the same cells.

    `amounts` are those of the rest; `sum_of` is None where nothing is added up. `limit` is in `unit`.
    """

    numbered: tuple[str, ...]
    amounts: dict[str, Amount]
    sum_of: ResidueDefinition | None
    unit: UnitCode
    limit: Decimal | None
    forms: dict[Outcome, AnswerForm | None] = field(default_factory=dict)

    @property
    def is_single(self) -> bool:
        """Is a number taken as it is? Then nothing needs to be added up."""
        return self.sum_of is None or (len(self.sum_of.components) == 1 and self.sum_of.components[0].factor == 1)


class Numbers:
    """Reads plain numbers: what stands beside them is read once."""

    def __init__(self) -> None:
        self._beside: dict[Cells, tuple[UnitCode, Decimal] | None] = {}

    def read(self, cells: Cells) -> Quantified | None:
        """The plain number above 0 of a row, without an uncertainty; None for whatever else it says."""
        number = cells[0]
        if not _PLAIN_NUMBER.fullmatch(number):
            return None
        beside = cells[1:]
        if beside not in self._beside:
            if len(self._beside) > _MOST_KEPT:
                self._beside.clear()
            self._beside[beside] = _unit_of(beside)
        found = self._beside[beside]
        value = Decimal(number)
        return Quantified(value, found[0]) if found is not None and 0 < value <= found[1] else None


def _unit_of(beside: Cells) -> tuple[UnitCode, Decimal] | None:
    """The unit of a number, and the most it can be; None where what stands beside it may change what is said of it."""
    try:
        amount = read_amount("1", *beside)
    except LimsError:
        return None
    most = most_of(amount.unit)
    return None if beside[-1].strip() or most is None else (amount.unit, most)  # an uncertainty may enter the decision
