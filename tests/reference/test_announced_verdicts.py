"""Verdicts that authorities published: food, substance, result, limit and what was said of it, each with its citation.

A case is judged in two ways. By the shipped library, as a laboratory would today: whatever it decides must be what the
authority decided. And, because most notices speak of editions that are not shipped whole, by the limit that the notice
itself prints, laid down for its food as an edition of its day: reading, units, comparison and verdict must then lead to
what was published. Prohibitions are those of the shipped library in both.
"""

import csv
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from lims.library.facts import (
    Basis,
    Coverage,
    DateIs,
    DefinitionComponent,
    DefinitionState,
    Food,
    FoodLevel,
    Form,
    LimitKind,
    LimitRow,
    ResidueDefinition,
    Standard,
    StandardKind,
    SubstanceCoverage,
    SubstanceKind,
)
from lims.library.files import parse_library, read_library
from lims.library.rules import Library
from lims.limits.questions import COLUMNS, Question, answer
from lims.science.conformity import Comparison
from lims.science.units import UnitCode, parse_unit

LIBRARY = Library(parse_library(read_library()))
DATA = Path(__file__).parent / "data" / "announced_verdicts.csv"
PRINTED = "as printed"
MUST_NOT = {"不得检出", "不得使用"}
#: Where the shipped library rightly says something else, and why.
NOT_AS_TODAY: dict[str, str] = {}


@dataclass(frozen=True)
class Case:
    """One published case."""

    case: str
    food: str
    substance: str
    result: str
    result_unit: str
    limit: str
    limit_unit: str
    day: str
    official_verdict: str
    citation: str


def cases() -> list[Case]:
    with DATA.open(encoding="utf-8", newline="") as file:
        wanted = Case.__dataclass_fields__
        return [Case(**{name: row[name] for name in wanted}) for row in csv.DictReader(file)]


CASES = cases()


def asked(case: Case, food: str) -> Question:
    cells = {"sample": case.case, "food": food, "date": case.day, "analyte": case.substance, "value": case.result}
    return Question(case.case, [tuple({**cells, "unit": case.result_unit}.get(name, "") for name in COLUMNS)])


def of_notice(case: Case, code: str) -> Library:
    """The shipped library with nothing but the limit of the notice, for a tree of its one food."""
    facts = LIBRARY.facts
    must_not = case.limit in MUST_NOT
    parts = (DefinitionComponent(PRINTED, code, Decimal(1), case.citation),)
    return Library(
        replace(
            facts,
            foods=(*facts.foods, Food(PRINTED, case.food, case.food, "", FoodLevel.FOOD, (), Form.ANY, "", "")),
            standards=(
                Standard(
                    code=PRINTED, title=PRINTED, kind=StandardKind.LAW, market="CN", family=PRINTED, tree=PRINTED,
                    subjects=(SubstanceKind.PESTICIDE, SubstanceKind.VETERINARY_DRUG, SubstanceKind.CONTAMINANT),
                    supplements="", published_on=None, effective_on=date(2000, 1, 1), effective_is=DateIs.PRINTED,
                    ended_on=None, replaced_by="", limits_loaded=True, is_complete=False, default_value=None,
                    default_unit=UnitCode.MG_PER_KG, comparison=Comparison.FULL_VALUE, note="", source=case.citation,
                ),
            ),
            limits=(
                LimitRow(
                    standard=PRINTED, clause="", substance=code, food=case.food, exclude=(), condition="",
                    basis=Basis.AS_RECEIVED, value=None if must_not else Decimal(case.limit),
                    unit=parse_unit(case.limit_unit or case.result_unit),
                    kind=LimitKind.MUST_NOT_DETECT if must_not else LimitKind.MRL,
                    starts_on=None, ends_on=None, printed=case.food, source=case.citation,
                ),
            ),
            coverage=(SubstanceCoverage(PRINTED, code, Coverage.COMPLETE, ""),),
            definitions=(
                ResidueDefinition(
                    definition=PRINTED, standard=PRINTED, substance=code, foods=(), except_foods=(), text="",
                    expressed_as=code, clause="", state=DefinitionState.COMPONENTS_KNOWN, source="", components=parts,
                ),
            ),
            screenings=(),
        )
    )  # fmt: skip


def test_there_are_enough_cases_and_each_has_its_source() -> None:
    assert len(CASES) >= 60
    assert all(case.citation and case.day and case.result and case.limit for case in CASES)
    assert {case.official_verdict for case in CASES} == {"fails", "conforms"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.case)
def test_the_verdict_is_the_published_one_by_the_limit_of_the_notice(case: Case) -> None:
    substance = LIBRARY.find_substance(case.substance)
    assert substance is not None, case.substance

    found = answer(of_notice(case, substance.code), asked(case, case.food))

    assert found.sample["overall"] == case.official_verdict, found.lines[0]["explanation_en"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.case)
def test_what_the_shipped_library_decides_is_what_was_published(case: Case) -> None:
    found = answer(LIBRARY, asked(case, case.food))

    overall = found.sample["overall"]
    if case.case in NOT_AS_TODAY:
        assert overall != case.official_verdict, "the exception is not needed any more"
    else:
        assert overall in {case.official_verdict, "not_judged", "pending"}, found.lines[0]["explanation_en"]


def test_the_shipped_library_decides_a_part_of_them() -> None:
    decided = [case.case for case in CASES if answer(LIBRARY, asked(case, case.food)).sample["overall"] == "fails"]

    assert len(decided) >= 25, decided
