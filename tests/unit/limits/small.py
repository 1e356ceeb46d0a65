"""A small library made by hand: two markets, four families of standards, a declared one, each thing once."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from lims.library.facts import (
    Basis,
    Coverage,
    DateIs,
    DefinitionComponent,
    DefinitionState,
    Food,
    FoodLevel,
    FoodLink,
    Form,
    LibraryFacts,
    LimitKind,
    LimitRow,
    Prohibition,
    ProhibitionKind,
    ResidueDefinition,
    Screening,
    Standard,
    StandardKind,
    Substance,
    SubstanceCoverage,
    SubstanceKind,
)
from lims.library.rules import Library
from lims.limits.rules import judge_parameter
from lims.limits.verdicts import Line, Occasion
from lims.samples.rules import BasisKind
from lims.science.amounts import Amount
from lims.science.conformity import Comparison
from lims.science.units import UnitCode

DAY = date(2026, 5, 10)
PESTICIDE, DRUG, METAL = SubstanceKind.PESTICIDE, SubstanceKind.VETERINARY_DRUG, SubstanceKind.CONTAMINANT
MG, UG = UnitCode.MG_PER_KG, UnitCode.UG_PER_KG


def standard(code: str, market: str, family: str, subject: SubstanceKind, **changes: object) -> Standard:
    """An edition in force since 2020."""
    usual = Standard(
        code=code,
        title=code,
        kind=StandardKind.LAW,
        market=market,
        family=family,
        tree=family,
        subjects=(subject,),
        supplements="",
        published_on=None,
        effective_on=date(2020, 1, 1),
        effective_is=DateIs.PRINTED,
        ended_on=None,
        replaced_by="",
        limits_loaded=True,
        is_complete=False,
        default_value=None,
        default_unit=MG,
        comparison=Comparison.FULL_VALUE,
        note="",
        source="by hand",
    )
    return replace(usual, **changes)  # type: ignore[arg-type]  # fields by name


def limit(edition: str, substance: str, food: str, value: str | None, **changes: object) -> LimitRow:
    """A limit in mg/kg; without a value, nothing may be found."""
    usual = LimitRow(
        standard=edition,
        clause="1",
        substance=substance,
        food=food,
        exclude=(),
        condition="",
        basis=Basis.AS_RECEIVED,
        value=None if value is None else Decimal(value),
        unit=MG,
        kind=LimitKind.MUST_NOT_DETECT if value is None else LimitKind.MRL,
        starts_on=None,
        ends_on=None,
        printed=food,
        source="by hand",
    )
    return replace(usual, **changes)  # type: ignore[arg-type]  # fields by name


def _substance(code: str, kind: SubstanceKind) -> Substance:
    return Substance(code, f"{code}药", code, "", kind, None, None, None, "by hand")


def _food(tree: str, path: str, level: FoodLevel = FoodLevel.FOOD) -> Food:
    parent, _, name = path.rpartition("/")
    around = tuple("/".join(path.split("/")[: n + 1]) for n in range(path.count("/")))
    return Food(tree, path, name, parent, level, around, Form.ANY, "", "by hand")


def _alone(edition: str, substance: str) -> ResidueDefinition:
    parts = (DefinitionComponent(substance, substance, Decimal(1), "by hand"),)
    known = DefinitionState.COMPONENTS_KNOWN
    return ResidueDefinition(substance, edition, substance, (), (), "", substance, "", known, "by hand", parts)


def _sum(edition: str, name: str, *parts: str) -> ResidueDefinition:
    components = tuple(DefinitionComponent(name, part, Decimal(1), "by hand") for part in parts)
    known = DefinitionState.COMPONENTS_KNOWN
    return ResidueDefinition(name, edition, name, (), (), " + ".join(parts), name, "", known, "by hand", components)


def _ban(substance: str, kind: ProhibitionKind, *foods: str) -> Prohibition:
    since = date(2020, 1, 1)
    return Prohibition(substance, kind, foods, (), "", "公告", since, DateIs.PRINTED, None, "", "by hand")


_GROUP = FoodLevel.GROUP
FACTS = LibraryFacts(
    edition="small",
    title="small",
    sha256="0" * 64,
    substances=(
        *(_substance(code, PESTICIDE) for code in ("sprayed", "both", "unlisted")),
        *(_substance(code, DRUG) for code in ("drug", "metabolite", "egg-drug", "banned-drug")),
        *(_substance(code, METAL) for code in ("total-mercury", "methylmercury", "lead")),
    ),
    substance_aliases=(),
    foods=(
        _food("GB 2763", "蔬菜", _GROUP),
        _food("GB 2763", "蔬菜/菠菜"),
        _food("GB 2763", "动物源食品", _GROUP),
        _food("GB 2763", "动物源食品/鸡肉"),
        _food("GB 2763", "动物源食品/鸡蛋"),
        _food("GB 2763", "动物源食品/水产品", _GROUP),
        _food("GB 2763", "动物源食品/水产品/鲤鱼"),
        _food("GB 31650", "肌肉", _GROUP),
        _food("GB 31650", "肌肉/家禽", _GROUP),
        _food("GB 31650", "肌肉/家禽/鸡"),
        _food("GB 31650", "蛋", _GROUP),
        _food("GB 31650", "蛋/家禽", _GROUP),
        _food("GB 31650", "蛋/家禽/鸡"),
        _food("GB 2762", "水产动物", _GROUP),
        _food("GB 2762", "新鲜蔬菜", _GROUP),
        _food("GB 2762", "新鲜蔬菜/叶菜"),
        _food("KR", "菠菜"),
        _food("KR", "鸡肉"),
    ),
    food_aliases=(),
    food_links=(
        FoodLink("GB 2763", "动物源食品/鸡肉", "GB 31650", "肌肉/家禽/鸡", "by hand"),
        FoodLink("GB 2763", "动物源食品/鸡蛋", "GB 31650", "蛋/家禽/鸡", "by hand"),
        FoodLink("GB 2763", "动物源食品/水产品", "GB 2762", "水产动物", "by hand"),
        FoodLink("GB 2763", "蔬菜/菠菜", "GB 2762", "新鲜蔬菜/叶菜", "by hand"),
    ),
    standards=(
        standard("GB 2763-2026", "CN", "GB 2763", PESTICIDE),
        standard("GB 31650-2019", "CN", "GB 31650", DRUG, effective_is=DateIs.UNVERIFIED),
        standard("GB 31650.1-2022", "CN", "GB 31650", DRUG, supplements="GB 31650-2019", effective_on=date(2023, 2, 1)),
        standard("GB 2762-2022", "CN", "GB 2762", METAL),
        standard("KR-2025", "KR", "KR", PESTICIDE, is_complete=True, default_value=Decimal("0.01")),
        standard("NY/T 1-2024", "CN", "NY/T 1", PESTICIDE, kind=StandardKind.DECLARED, tree="GB 2763"),
    ),
    limits=(
        limit("GB 2763-2026", "sprayed", "蔬菜", "2"),
        limit("GB 2763-2026", "both", "蔬菜", "1"),
        limit("GB 2763-2026", "both", "动物源食品/鸡肉", "0.1"),
        limit("GB 31650-2019", "both", "肌肉/家禽", "20", unit=UG),
        limit("GB 31650-2019", "drug", "肌肉/家禽", "100", unit=UG),
        limit("GB 31650.1-2022", "egg-drug", "蛋/家禽", "10", unit=UG),
        limit("GB 2762-2022", "methylmercury", "水产动物", "0.5"),
        limit("GB 2762-2022", "lead", "新鲜蔬菜", "0.1", exclude=("新鲜蔬菜/叶菜",)),
        limit("GB 2762-2022", "lead", "新鲜蔬菜/叶菜", "0.3"),
        limit("KR-2025", "sprayed", "菠菜", "5"),
        limit("NY/T 1-2024", "sprayed", "蔬菜", None),
    ),
    coverage=(
        SubstanceCoverage("GB 2763-2026", "sprayed", Coverage.COMPLETE, ""),
        SubstanceCoverage("GB 2763-2026", "both", Coverage.COMPLETE, ""),
        SubstanceCoverage("GB 31650-2019", "both", Coverage.COMPLETE, ""),
        SubstanceCoverage("GB 31650-2019", "drug", Coverage.COMPILED, ""),
        SubstanceCoverage("GB 31650-2019", "egg-drug", Coverage.COMPILED, ""),
        SubstanceCoverage("GB 31650.1-2022", "egg-drug", Coverage.COMPLETE, ""),
        SubstanceCoverage("GB 2762-2022", "methylmercury", Coverage.COMPLETE, ""),
        SubstanceCoverage("GB 2762-2022", "total-mercury", Coverage.COMPLETE, ""),
        SubstanceCoverage("GB 2762-2022", "lead", Coverage.COMPLETE, ""),
        SubstanceCoverage("NY/T 1-2024", "sprayed", Coverage.COMPLETE, ""),
    ),
    definitions=(
        *(_alone("GB 2763-2026", code) for code in ("sprayed", "both")),
        _alone("GB 31650-2019", "both"),
        _sum("GB 31650-2019", "drug", "drug", "metabolite"),
        _alone("GB 31650.1-2022", "egg-drug"),
        *(_alone("GB 2762-2022", code) for code in ("total-mercury", "methylmercury", "lead")),
        _alone("KR-2025", "sprayed"),
        _alone("NY/T 1-2024", "sprayed"),
    ),
    screenings=(Screening("GB 2762-2022", "methylmercury", "total-mercury", "by hand"),),
    prohibitions=(
        _ban("banned-drug", ProhibitionKind.NATIONAL_BAN, "动物源食品"),
        _ban("egg-drug", ProhibitionKind.LAY_PERIOD_BAN, "动物源食品/鸡蛋"),
    ),
    announced=(),
    methods=(),
    method_analytes=(),
    divisions=(),
    targets=(),
)
SMALL = Library(FACTS)


def line_of(
    food: str,
    parameter: str,
    measured: Mapping[str, Amount],
    *,
    on: date = DAY,
    library: Library = SMALL,
    **occasion: object,
) -> Line:
    """The line of a parameter by the small library."""
    asked = Occasion(food, on, BasisKind.PRODUCTION, **occasion)  # type: ignore[arg-type]  # fields by name
    return judge_parameter(library, asked, parameter, measured)
