"""The calculation of a content as its measurement keeps it: formula and every quantity, to be done and told again."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lims.science.content_formula import CONCENTRATION, ContentFormula, positional, quantities_from
from lims.science.formula import Measured
from lims.science.quantification import QuantificationInput
from lims.science.rounding import round_significant
from lims.science.units import UnitCode


@dataclass(frozen=True, slots=True)
class KeptContent:
    """What a content was calculated from. `own` are the quantities beyond those of the position, by their letters."""

    factors: QuantificationInput
    formula: ContentFormula
    own: Mapping[str, Measured]

    def value(self, unit: UnitCode) -> Decimal:
        """The content once more, nothing rounded. Raises as `ContentFormula.content` does."""
        return self.formula.content(self.factors, self.own, unit)

    def filled(self, figures: int) -> str:
        """The formula with its numbers and units; what was calculated before is shortened to so many figures."""
        shown = positional(self.factors)
        calculated = {CONCENTRATION: shown[CONCENTRATION], **self.own}
        shown |= {name: Measured(_short(one.value, figures), one.unit) for name, one in calculated.items()}
        return self.formula.formula.filled(shown)


def _short(value: Decimal, figures: int) -> Decimal:
    return value if len(value.as_tuple().digits) <= figures else round_significant(value, figures)


def kept_content(factors: Mapping[str, Any]) -> KeptContent | None:
    """What `lims.runs.stored` keeps; None without a concentration. Older measurements have the usual formula."""
    if factors.get("concentration") is None:
        return None
    used = QuantificationInput(
        concentration=Decimal(factors["concentration"]),
        concentration_unit=UnitCode(factors["concentration_unit"]),
        final_volume=Decimal(factors["final_volume"]),
        final_volume_unit=UnitCode(factors["final_volume_unit"]),
        test_portion=Decimal(factors["test_portion"]),
        test_portion_unit=UnitCode(factors["test_portion_unit"]),
        dilution=Decimal(factors["dilution"]),
    )
    if "quantities" not in factors:
        return KeptContent(used, ContentFormula(), {})
    return KeptContent(used, ContentFormula(factors["formula"]), quantities_from(factors["quantities"]))
