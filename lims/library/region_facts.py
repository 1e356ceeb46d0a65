"""The facts of a release about the province: its divisions with their residents, and what its plan asks for."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


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
