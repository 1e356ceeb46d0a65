"""Values of GB 2763-2026 as printed, and the factors of its sums.

Limits: GB 2763-2026, 食品安全国家标准 食品中农药最大残留限量, clause named. Published supervision notices print
the same for celery chlorpyrifos, ginger clothianidin and thiamethoxam, banana imidacloprid, and carbofuran and
omethoate in leaf vegetables; the 2021 edition has the same limit for glyphosate in tea.
Factors: ratio of the molar masses, g/mol, of the parent and the component.
"""

from decimal import ROUND_HALF_EVEN, Decimal

import pytest

from lims.library.files import parse_library, read_library
from lims.library.rules import Library
from lims.limits.search import find_limit

LIBRARY = Library(parse_library(read_library()))


@pytest.mark.parametrize(
    ("food", "substance", "limit", "clause"),
    [
        ("芹菜", "毒死蜱", "0.05", "4.125"),
        ("姜", "噻虫胺", "0.2", "4.370"),
        ("姜", "噻虫嗪", "0.3", "4.372"),
        ("香蕉", "吡虫啉", "0.05", "4.48"),
        ("菠菜", "克百威", "0.02", "4.263"),
        ("菠菜", "氧乐果", "0.02", "4.497"),
        ("茶叶", "草甘膦", "1", "4.72"),
        ("茶叶", "灭多威", "0.2", "4.341"),
        ("豇豆", "甲氨基阿维菌素苯甲酸盐", "0.2", "4.226"),
        ("香蕉", "吡唑醚菌酯", "1", "4.55"),
        ("韭菜", "多菌灵", "5", "4.129"),
        ("小油菜", "阿维菌素", "0.1", "4.12"),
    ],
)
def test_a_limit_as_it_is_printed(food: str, substance: str, limit: str, clause: str) -> None:
    path = LIBRARY.foods.resolve(food).food.food

    row = find_limit(LIBRARY, (LIBRARY.standard("GB 2763-2026"),), LIBRARY.substance(substance).code, path).row

    assert row is not None
    assert (row.value, row.unit, row.clause) == (Decimal(limit), "mg/kg", clause)


@pytest.mark.parametrize(
    ("definition", "component", "parent_g_mol", "component_g_mol"),
    [
        ("carbofuran", "3-hydroxycarbofuran", "221.25", "237.25"),
        ("aldicarb", "aldicarb-sulfoxide", "190.26", "206.26"),
        ("aldicarb", "aldicarb-sulfone", "190.26", "222.26"),
        ("phorate", "phorate-sulfoxide", "260.38", "276.38"),
        ("phorate", "phorate-sulfone", "260.38", "292.38"),
        ("fipronil", "fipronil-sulfone", "437.15", "453.15"),
        ("fipronil", "fipronil-sulfide", "437.15", "421.15"),
        ("fipronil", "fipronil-desulfinyl", "437.15", "389.08"),
        ("thiophanate-methyl", "thiophanate-methyl", "191.19", "342.39"),  # expressed as carbendazim
        ("benomyl", "benomyl", "191.19", "290.32"),
    ],
)
def test_a_conversion_factor_is_the_ratio_of_molar_masses(
    definition: str, component: str, parent_g_mol: str, component_g_mol: str
) -> None:
    found = {c.code: c.factor for c in LIBRARY.components(definition, "蔬菜/叶菜类蔬菜/菠菜")}

    ratio = Decimal(parent_g_mol) / Decimal(component_g_mol)
    assert found[component] == ratio.quantize(Decimal("0.0001"), ROUND_HALF_EVEN)


def test_the_residents_of_the_prefectures_make_up_the_province() -> None:
    """Seventh national census, 2020: 38 562 148 residents of Guizhou, 57 843.2 batches at 1.5 per thousand."""
    divisions = LIBRARY.facts.divisions
    province = next(d.population for d in divisions if d.level == "province")

    assert sum(d.population for d in divisions if d.level == "prefecture") == province == 38_562_148
    assert Decimal(province) * Decimal("1.5") / 1000 == Decimal("57843.222")
    assert (sum(d.level == "prefecture" for d in divisions), sum(d.level == "county" for d in divisions)) == (9, 88)
