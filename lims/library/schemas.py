"""JSON of the library."""

from datetime import date, datetime
from enum import StrEnum

from pydantic import Field

from lims.library.facts import (
    Basis,
    Citation,
    DateIs,
    DefinitionState,
    Food,
    FoodLevel,
    Form,
    LimitKind,
    ProhibitionKind,
    StandardKind,
    Substance,
    SubstanceKind,
)
from lims.library.lookup import Fit, Hit
from lims.web.fields import DecimalText, Output


class ReleaseOut(Output):
    """A loaded release of the library."""

    edition: str = Field(examples=["2026.1"])
    title: str
    sha256: str
    loaded_at: datetime


class SubstanceOut(Output):
    """A substance; `code` is its key in every other route."""

    code: str = Field(examples=["carbofuran"])
    name_zh: str = Field(examples=["克百威"])
    name_en: str
    cas: str = Field(examples=["1563-66-2"], description="Empty when not known.")
    kind: SubstanceKind
    molar_mass: DecimalText | None = Field(description="In g/mol.")
    adi: DecimalText | None = Field(description="Acceptable daily intake, in mg per kg body weight.")
    arfd: DecimalText | None = Field(description="Acute reference dose, in mg per kg body weight.")
    source: str


class ComponentOut(Output):
    """A component of a residue with its conversion factor."""

    substance: str
    factor: DecimalText
    source: str


class DefinitionOut(Output):
    """A residue definition."""

    definition: str
    standard: str
    substance: str
    foods: tuple[str, ...]
    except_foods: tuple[str, ...]
    text: str
    expressed_as: str
    clause: str
    state: DefinitionState
    components: list[ComponentOut]


class ProhibitionOut(Output):
    """A rule that forbids a substance in some foods (all when `foods` is empty)."""

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


class MethodOut(Output):
    """A test method."""

    code: str = Field(examples=["GB 23200.121-2026"])
    undated_code: str
    edition: str
    title: str
    technique: str
    matrices: tuple[str, ...]
    published_on: date | None
    citation: Citation
    substances: tuple[str, ...]
    source: str


class SubstanceDetail(SubstanceOut):
    """A substance with everything the library says of it."""

    aliases: list[str]
    definitions: list[DefinitionOut]
    prohibitions: list[ProhibitionOut]
    methods: list[str]


class FoodOut(Output):
    """A node of the food tree; `food` is its path and its key."""

    food: str = Field(examples=["蔬菜/豆类蔬菜/荚可食类豆类蔬菜/豇豆"])
    name: str
    level: FoodLevel
    parent: str
    printed_within: tuple[str, ...] = Field(description="The groups that the standard itself names around it.")
    standard: str = Field(description="Whose food tree it stands in.", examples=["GB 2763"])
    form: Form
    measured_part: str = Field(description="Not verified against annex A; it decides nothing.")
    source: str


class CandidateOut(Output):
    """A food that a name may stand for, and the alias it was found by (empty: its own name)."""

    food: FoodOut
    alias: str


class LimitOut(Output):
    """A row of a table of limits."""

    standard: str
    clause: str
    substance: str
    food: str
    exclude: tuple[str, ...]
    condition: str
    basis: Basis
    value: DecimalText | None
    unit: str
    kind: LimitKind
    printed: str
    source: str


class StandardOut(Output):
    """An edition of a limit standard."""

    code: str
    title: str
    kind: StandardKind
    market: str = Field(examples=["CN"])
    family: str = Field(examples=["GB 2763"])
    tree: str = Field(description="The standard whose food tree its limits are written in.")
    supplements: str
    published_on: date | None
    effective_on: date | None
    effective_is: DateIs
    ended_on: date | None
    replaced_by: str
    limits_loaded: bool
    is_complete: bool
    note: str
    source: str


class Found(StrEnum):
    """What a look-up may find."""

    SUBSTANCE = "substance"
    FOOD = "food"


class Closeness(StrEnum):
    """How well a text fits a name."""

    EXACT = "exact"
    BEGINS = "begins"
    INSIDE = "inside"


class LookupOut(Output):
    """A thing that a text may mean, and the name that it was found by."""

    kind: Found
    key: str = Field(description="The code of a substance, the path of a food.", examples=["carbofuran"])
    name: str = Field(examples=["克百威"])
    found_by: str = Field(examples=["呋喃丹"])
    fit: Closeness


def substance_found(hit: Hit[Substance]) -> LookupOut:
    """A substance of a look-up."""
    one = hit.found
    return LookupOut(
        kind=Found.SUBSTANCE, key=one.code, name=one.name_zh or one.code, found_by=hit.name, fit=_FITS[hit.fit]
    )


def food_found(hit: Hit[Food]) -> LookupOut:
    """A food of a look-up."""
    return LookupOut(kind=Found.FOOD, key=hit.found.food, name=hit.found.name, found_by=hit.name, fit=_FITS[hit.fit])


_FITS = {Fit.EXACT: Closeness.EXACT, Fit.BEGINS: Closeness.BEGINS, Fit.INSIDE: Closeness.INSIDE}
