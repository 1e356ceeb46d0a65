"""Conversion factors of residue components against those a provincial laboratory system has in use.

Molar masses in g/mol; parent over component, four decimals.
"""

from decimal import Decimal

import pytest

from lims.science.residues import conversion_factor
from lims.science.rounding import round_to_places

FACTORS = [
    ("3-hydroxycarbofuran as carbofuran", "221.25", "237.25", "0.9326"),
    ("aldicarb sulfoxide as aldicarb", "190.26", "206.26", "0.9224"),
    ("aldicarb sulfone as aldicarb", "190.26", "222.26", "0.8560"),
    ("phorate sulfoxide as phorate", "260.38", "276.38", "0.9421"),
    ("phorate sulfone as phorate", "260.38", "292.37", "0.8906"),
    ("fipronil sulfone as fipronil", "437.15", "453.15", "0.9647"),
    ("fipronil sulfide as fipronil", "437.15", "421.15", "1.0380"),
    ("fipronil desulfinyl as fipronil", "437.15", "389.08", "1.1235"),
]


@pytest.mark.parametrize(("case", "parent", "component", "factor"), FACTORS)
def test_factors_are_those_in_use(case: str, parent: str, component: str, factor: str) -> None:
    found = conversion_factor(Decimal(parent), Decimal(component))

    assert str(round_to_places(found, 4)) == factor, case
