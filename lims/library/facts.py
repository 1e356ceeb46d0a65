"""The facts of one release as plain values: what the files say and the tables keep."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from lims.science.units import UnitCode


class SubstanceKind(StrEnum):
    """What a substance is to the laboratory (物质类别)."""

    PESTICIDE = "pesticide"
    VETERINARY_DRUG = "veterinary_drug"
    RESIDUE_COMPONENT = "residue_component"


class FoodLevel(StrEnum):
    """A food that can be a sample, or a group of foods."""

    FOOD = "food"
    GROUP = "group"


class LimitKind(StrEnum):
    """The kind of a limit (限量类型).

    A temporary limit binds like any other; an extraneous one (再残留限量) is set for persistent pesticides that are
    banned and still in the environment. `UNREADABLE` keeps the place of a printed limit whose number is not known.
    """

    MRL = "mrl"
    TEMPORARY_MRL = "temporary_mrl"
    EMRL = "emrl"
    UNREADABLE = "unreadable"


class Basis(StrEnum):
    """What a content is related to: the food as received, or its fat."""

    AS_RECEIVED = "as_received"
    FAT = "fat"


class Coverage(StrEnum):
    """Are all limits of a substance loaded, or only some?"""

    COMPLETE = "complete"
    PARTIAL = "partial"


class DefinitionState(StrEnum):
    """Whether a residue definition (残留物定义) can be calculated with."""

    COMPONENTS_KNOWN = "components_known"
    COMPONENTS_UNKNOWN = "components_unknown"
    NOT_READ = "not_read"


class ProhibitionKind(StrEnum):
    """What a rule forbids (禁用规定)."""

    NATIONAL_BAN = "national_ban"
    MUST_NOT_DETECT = "must_not_detect"
    LOCAL_USE_BAN = "local_use_ban"


class DateIs(StrEnum):
    """Is a date the one the rule prints, or a day on which the rule was certainly in force already?"""

    PRINTED = "printed"
    NO_LATER_THAN = "no_later_than"


class Citation(StrEnum):
    """How a method is known: cited by a limit standard without a year, or published as an edition."""

    CITED_UNDATED = "cited_undated"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class Substance:
    """A substance; `code` is its key everywhere, `cas` is empty when not known."""

    code: str
    name_zh: str
    name_en: str
    cas: str
    kind: SubstanceKind
    source: str


@dataclass(frozen=True, slots=True)
class SubstanceAlias:
    """Another name of a substance."""

    alias: str
    substance: str
    source: str


@dataclass(frozen=True, slots=True)
class Food:
    """A node of a food tree; `food` is its path (蔬菜/豆类蔬菜/…/豇豆) and its key within the tree of a standard.

    `printed_within` are the groups that the standard itself names around it; a link to any other group of the path
    has not been confirmed against Annex A.
    """

    standard: str
    food: str
    name: str
    parent: str
    level: FoodLevel
    printed_within: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class FoodAlias:
    """A name in use for a food; one name may stand for several foods."""

    standard: str
    alias: str
    food: str
    source: str


@dataclass(frozen=True, slots=True)
class Standard:
    """An edition of a standard, and when it decides."""

    code: str
    title: str
    kind: str
    published_on: date | None
    effective_on: date | None
    ended_on: date | None
    replaced_by: str
    limits_loaded: bool
    note: str
    source: str


@dataclass(frozen=True, slots=True)
class LimitRow:
    """One row of a table of limits: for `food` and everything in it, without what is in `exclude`."""

    standard: str
    clause: str
    substance: str
    food: str
    exclude: tuple[str, ...]
    condition: str
    basis: Basis
    value: Decimal | None
    unit: UnitCode
    kind: LimitKind
    printed: str
    source: str


@dataclass(frozen=True, slots=True)
class SubstanceCoverage:
    """That the limits of a substance are loaded for an edition. A substance without one has simply not been loaded."""

    standard: str
    substance: str
    coverage: Coverage
    note: str


@dataclass(frozen=True, slots=True)
class DefinitionComponent:
    """A component of a residue definition; its content counts times `factor`."""

    definition: str
    substance: str
    factor: Decimal
    source: str


@dataclass(frozen=True, slots=True)
class ResidueDefinition:
    """What counts as residue of a substance in the foods it is for (all foods when `foods` is empty)."""

    definition: str
    standard: str
    substance: str
    foods: tuple[str, ...]
    except_foods: tuple[str, ...]
    text: str
    expressed_as: str
    clause: str
    state: DefinitionState
    source: str
    components: tuple[DefinitionComponent, ...]


@dataclass(frozen=True, slots=True)
class Prohibition:
    """A substance that may not be used, or may not be found, in some foods (all when `foods` is empty)."""

    substance: str
    kind: ProhibitionKind
    foods: tuple[str, ...]
    except_foods: tuple[str, ...]
    region: str
    rule: str
    in_force_on: date
    date_is: DateIs
    note: str
    source: str


@dataclass(frozen=True, slots=True)
class Method:
    """A test method (检测方法); `substances` are those that a limit standard cites it for."""

    code: str
    undated_code: str
    edition: str
    title: str
    technique: str
    matrices: tuple[str, ...]
    published_on: date | None
    citation: Citation
    source: str
    substances: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Division:
    """An administrative division with its residents in a census year."""

    code: str
    name: str
    level: str
    kind: str
    parent: str
    population: int
    population_year: int
    population_source: str
    code_source: str


@dataclass(frozen=True, slots=True)
class Target:
    """A number that a plan asks for, and from when to when it holds (`ends_on` None: until replaced)."""

    id: str
    item: str
    comparison: str
    value: Decimal
    unit: str
    scope: str
    period: str
    starts_on: date
    ends_on: date | None
    note: str
    source: str


@dataclass(frozen=True, slots=True)
class LibraryFacts:
    """A whole release. `sha256` covers every byte of it."""

    edition: str
    title: str
    sha256: str
    substances: tuple[Substance, ...]
    substance_aliases: tuple[SubstanceAlias, ...]
    foods: tuple[Food, ...]
    food_aliases: tuple[FoodAlias, ...]
    standards: tuple[Standard, ...]
    limits: tuple[LimitRow, ...]
    coverage: tuple[SubstanceCoverage, ...]
    definitions: tuple[ResidueDefinition, ...]
    prohibitions: tuple[Prohibition, ...]
    methods: tuple[Method, ...]
    divisions: tuple[Division, ...]
    targets: tuple[Target, ...]
