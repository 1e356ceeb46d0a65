"""JSON of what the law says of a food and what a new edition changes."""

from collections.abc import Mapping
from datetime import date

from pydantic import Field

from lims.library.facts import Coverage
from lims.library.schemas import LimitOut, ProhibitionOut
from lims.limits.edition_comparison import Difference
from lims.web.fields import Output, Page


class DifferenceOut(Output):
    """How one limit differs between two editions.

    `before` and `after` are the rows; in a comparison for a food those that decide for it, whichever node they stand at
    (`food` of the row).
    """

    kind: Difference
    substance: str = Field(examples=["carbofuran"])
    food: str = Field(description="The food that was asked about, else the node of the limit.")
    before: LimitOut | None
    after: LimitOut | None
    is_redefined: bool = Field(description="What counts as residue changed too: the numbers do not mean the same.")


class ComparisonOut(Output):
    """What an edition changes. Counts are of all differences, not of this part of the list alone."""

    before: list[str] = Field(description="The older edition and the supplements read with it, which come first.")
    after: list[str]
    changes_on: date | None
    food: str | None = Field(description="The food that was asked about, in the tree of the editions.")
    substance: str | None
    counts: Mapping[Difference, int]
    unchanged: int | None = Field(description="None where one substance was asked for.")
    unread: list[str] = Field(description="Supplements that were in force and of which nothing is loaded.")
    differences: Page[DifferenceOut]


class PlaceOut(Output):
    """Where a food stands in the tree of a family of standards, and the editions that decide there."""

    family: str = Field(examples=["GB 2763"])
    editions: list[str]
    tree: str
    food: str


class PassedOut(Output):
    """A row of a group that does not reach the food, because it is excepted there."""

    food: str = Field(description="The group of the row.")
    excepted: str


class FoodLimitOut(Output):
    """What reaches a food of one substance in one family: the row that decides, or why none can be named."""

    substance: str = Field(examples=["carbofuran"])
    family: str | None = Field(description="None where nothing but a prohibition speaks of it.")
    limit: LimitOut | None
    inherited_from: str | None = Field(description="The group that the row stands at; None for the food's own row.")
    is_confirmed: bool | None = Field(description="Does the standard itself name the food within that group?")
    coverage: Coverage | None = Field(description="How well the substance is loaded there.")
    passed: list[PassedOut]
    reason: str | None = Field(description="Code of why no row can be named.", examples=["food.not_specific"])
    said: str | None
    prohibitions: list[ProhibitionOut]


class FoodLimitsOut(Output):
    """All that reaches a food on a day in a market. No limit does not mean that it conforms."""

    food: str
    standard: str = Field(description="The standard whose food tree `food` is a path of.")
    day: date
    market: str
    places: list[PlaceOut]
    missing: list[str] = Field(description="Families with no place for the food, or with nothing loaded for that day.")
    unknown: list[str] = Field(
        description="Substances of which a part alone is loaded, and no row certainly reaches it."
    )
    limits: Page[FoodLimitOut]
