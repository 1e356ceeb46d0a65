"""The facts of one release as plain values: what the files say and the tables keep."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from lims.library.region_facts import Division, Target
from lims.science.conformity import Comparison
from lims.science.units import UnitCode

#: The standard whose food tree samples are named by, and whose limits decide for pesticides.
FOOD_STANDARD = "GB 2763"
#: The market whose law decides unless another is asked about.
HOME_MARKET = "CN"


class SubstanceKind(StrEnum):
    """What a substance is to the laboratory (物质类别)."""

    PESTICIDE = "pesticide"
    VETERINARY_DRUG = "veterinary_drug"
    CONTAMINANT = "contaminant"
    RESIDUE_COMPONENT = "residue_component"


class FoodLevel(StrEnum):
    """A food that can be a sample, or a group of foods."""

    FOOD = "food"
    GROUP = "group"


class Form(StrEnum):
    """In which form a food is (食品形态): a dried one has limits of its own; any where the name says nothing."""

    ANY = "any"
    FRESH = "fresh"
    DRIED = "dried"
    PROCESSED = "processed"


class StandardKind(StrEnum):
    """What makes a limit standard bind: the law of a market, or a promise (标签明示、合同、有机、绿色食品)."""

    LAW = "law"
    DECLARED = "declared"


class LimitKind(StrEnum):
    """The kind of a limit (限量类型).

    A temporary limit binds like any other; an extraneous one (再残留限量) is set for persistent pesticides that are
    banned and still in the environment. `DEFAULT` is what an edition sets for whatever it does not list.
    `MUST_NOT_DETECT` (不得检出) allows no trace, and has no number. `UNREADABLE` keeps the place of a printed limit
    whose number is not known.
    """

    MRL = "mrl"
    TEMPORARY_MRL = "temporary_mrl"
    EMRL = "emrl"
    DEFAULT = "default"
    MUST_NOT_DETECT = "must_not_detect"
    UNREADABLE = "unreadable"


#: Kinds of limit that are printed without a number.
WITHOUT_NUMBER = frozenset({LimitKind.UNREADABLE, LimitKind.MUST_NOT_DETECT})


class Basis(StrEnum):
    """What a content is related to: the food as received, or its fat."""

    AS_RECEIVED = "as_received"
    FAT = "fat"


class Coverage(StrEnum):
    """Are all limits of a substance loaded, or only some?

    `COMPILED`: taken from a compilation of the standard; rows decide, with a reservation; where there is no row,
    nothing is known. `PARTIAL`: single limits; only a row of the very food decides.
    """

    COMPLETE = "complete"
    COMPILED = "compiled"
    PARTIAL = "partial"


class DefinitionState(StrEnum):
    """Whether a residue definition (残留物定义) can be calculated with."""

    COMPONENTS_KNOWN = "components_known"
    COMPONENTS_UNKNOWN = "components_unknown"
    NOT_READ = "not_read"


class ProhibitionKind(StrEnum):
    """What a rule forbids (禁用规定).

    A lay-period ban (产蛋期禁用) forbids any trace in eggs until the standard of the day sets a number for them.
    """

    NATIONAL_BAN = "national_ban"
    MUST_NOT_DETECT = "must_not_detect"
    LAY_PERIOD_BAN = "lay_period_ban"
    LOCAL_USE_BAN = "local_use_ban"


class DateIs(StrEnum):
    """Is a date the one that is printed, a day on which the rule was certainly in force already, or not verified?"""

    PRINTED = "printed"
    NO_LATER_THAN = "no_later_than"
    UNVERIFIED = "unverified"


class Citation(StrEnum):
    """How a method is known: cited by a limit standard without a year, or published as an edition."""

    CITED_UNDATED = "cited_undated"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class Substance:
    """A substance; `code` is its key everywhere, `cas` is empty when not known.

    `molar_mass` in g/mol; `adi` (每日允许摄入量) and `arfd` (急性参考剂量) in mg per kg body weight; None: not known.
    """

    code: str
    name_zh: str
    name_en: str
    cas: str
    kind: SubstanceKind
    molar_mass: Decimal | None
    adi: Decimal | None
    arfd: Decimal | None
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
    has not been confirmed against Annex A. `measured_part` (测定部位) has not been read in the standard; it is shown
    with that word and decides nothing.
    """

    standard: str
    food: str
    name: str
    parent: str
    level: FoodLevel
    printed_within: tuple[str, ...]
    form: Form
    measured_part: str
    source: str


@dataclass(frozen=True, slots=True)
class FoodAlias:
    """A name in use for a food; one name may stand for several foods."""

    standard: str
    alias: str
    food: str
    source: str


@dataclass(frozen=True, slots=True)
class FoodLink:
    """That a food (or every food of a group) of one tree is a food of another standard's tree (分类对应)."""

    standard: str
    food: str
    to_standard: str
    to_food: str
    source: str


@dataclass(frozen=True, slots=True)
class Standard:
    """An edition of a limit standard: whose law it is, of what it speaks, and when it decides.

    `market` is the jurisdiction (`CN`, `KR`); `family` the standard without its year (`GB 2763`), whose newest edition
    in force decides; `tree` the standard whose food tree its limits are written in. `supplements` names the edition it
    is read together with (GB 31650.1-2022 with GB 31650-2019). `subjects` are the kinds of substance it sets limits
    for; `comparison` is how it has a result held against them (GB/T 8170-2008, 4.3). `is_complete`: every limit of it
    is loaded, so what has none has none; `default_value` then decides for it.
    """

    code: str
    title: str
    kind: StandardKind
    market: str
    family: str
    tree: str
    subjects: tuple[SubstanceKind, ...]
    supplements: str
    published_on: date | None
    effective_on: date | None
    effective_is: DateIs
    ended_on: date | None
    replaced_by: str
    limits_loaded: bool
    is_complete: bool
    default_value: Decimal | None
    default_unit: UnitCode
    comparison: Comparison
    note: str
    source: str


@dataclass(frozen=True, slots=True)
class LimitRow:
    """One row of a table of limits: for `food` and everything in it, without what is in `exclude`.

    `starts_on` and `ends_on` (first day no longer) only where it is in force shorter than its edition.
    """

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
    starts_on: date | None
    ends_on: date | None
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
class Screening:
    """初筛: a total that, within the limit of `parameter`, shows that the parameter conforms too.

    Total mercury within the limit of methylmercury needs no speciation; above it, methylmercury must be measured.
    """

    standard: str
    parameter: str
    screened_by: str
    source: str


@dataclass(frozen=True, slots=True)
class Prohibition:
    """A substance that may not be used, or may not be found, in some foods (all when `foods` is empty).

    Foods are those of the GB 2763 tree. `ended_on` is the first day on which the rule no longer holds.
    """

    substance: str
    kind: ProhibitionKind
    foods: tuple[str, ...]
    except_foods: tuple[str, ...]
    region: str
    rule: str
    in_force_on: date
    date_is: DateIs
    ended_on: date | None
    note: str
    source: str


@dataclass(frozen=True, slots=True)
class AnnouncedLimit:
    """A limit as an inspection notice printed it (公告所载限量), its edition not named: history, decides nothing."""

    substance: str
    product: str
    printed_limit: str
    unit: str
    standard: str
    source: str


@dataclass(frozen=True, slots=True)
class MethodAnalyte:
    """What a method measures and how far down; bounds and transitions as its source gives them, empty when not."""

    method: str
    substance: str
    run: str
    retention_min: str
    polarity: str
    quantifier: str
    qualifiers: str
    limit_of_detection: Decimal | None
    limit_of_quantification: Decimal | None
    unit: UnitCode
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
class LibraryFacts:
    """A whole release. `sha256` covers every byte of it."""

    edition: str
    title: str
    sha256: str
    substances: tuple[Substance, ...]
    substance_aliases: tuple[SubstanceAlias, ...]
    foods: tuple[Food, ...]
    food_aliases: tuple[FoodAlias, ...]
    food_links: tuple[FoodLink, ...]
    standards: tuple[Standard, ...]
    limits: tuple[LimitRow, ...]
    coverage: tuple[SubstanceCoverage, ...]
    definitions: tuple[ResidueDefinition, ...]
    screenings: tuple[Screening, ...]
    prohibitions: tuple[Prohibition, ...]
    announced: tuple[AnnouncedLimit, ...]
    methods: tuple[Method, ...]
    method_analytes: tuple[MethodAnalyte, ...]
    divisions: tuple[Division, ...]
    targets: tuple[Target, ...]
