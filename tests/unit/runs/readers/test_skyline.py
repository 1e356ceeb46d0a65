"""Skyline: reports of transitions."""

from datetime import datetime
from decimal import Decimal

import pytest

from lims.core.clock import CHINA
from lims.core.errors import BadInput
from lims.runs.accounting import Disposition
from lims.runs.profile import ImportProfile, InjectionType, NameRule
from lims.runs.readers.registry import read as read_file
from lims.runs.records import Batch, Figure, TraceRole
from tests.unit.runs.readers.remade import codes, content, counts, injection, number

D = Decimal

PROFILE = ImportProfile(
    "nM", name_rules=(NameRule("SBLK*", InjectionType.BLANK), NameRule("SST*", InjectionType.SAMPLE))
)
STEROIDS = "skyline/Skyline_MoleculeTransitionResults.csv"


def read(given: str | bytes, profile: ImportProfile = PROFILE) -> Batch:
    return read_file(given if isinstance(given, bytes) else given.encode(), profile)


def test_a_report_of_steroids_is_read_whole() -> None:
    batch = read(content(STEROIDS))

    assert (len(batch.lines), len(batch.injections), len(batch.compounds)) == (110, 6, 21)
    counted = counts(batch, PROFILE)
    assert (counted[Disposition.READ], counted[Disposition.IGNORED]) == (109, 1)
    standard = injection(batch, "SST1")
    assert number(standard, "Cortisol (363.2 -> 121.1)", Figure.AREA) == 695348
    assert number(standard, "Cortisol (363.2 -> 91.1)", Figure.RETENTION_TIME) == D("3.05")
    blank = injection(batch, "SBLK1")
    assert blank.type is InjectionType.BLANK
    assert number(blank, "Aldosterone (361.2 -> 343.1)", Figure.AREA) == 121860
    last = injection(batch, "SST5")
    assert number(last, "Cortisone 13C3 (364.1 -> 105.1)", Figure.AREA) == 150005


HEADINGS = (
    "Molecule Name,Replicate Name,File Name,Acquired Time,Sample Type,Precursor Mz,Product Mz,Quantitative,"
    "Retention Time,Area,Analyte Concentration"
)
ROW = "A,S-1,s1.raw,2026-03-04 05:06:07,Standard,300.1,{},{},3.5,{},10"


def test_the_column_quantitative_tells_quantifier_and_qualifier() -> None:
    batch = read("\n".join([HEADINGS, ROW.format("50.1", "False", 40), ROW.format("90.1", "True", 100), ""]))

    (one,) = batch.injections
    assert (one.type, one.acquired_at) == (InjectionType.STANDARD, datetime(2026, 3, 4, 5, 6, 7, tzinfo=CHINA))
    assert [(trace.role, trace.label) for trace in one.traces] == [
        (TraceRole.QUALIFIER, "300.1 -> 50.1"),
        (TraceRole.QUANTIFIER, ""),
    ]
    assert number(one, "A", Figure.AREA) == 100
    (compound,) = batch.compounds
    assert (compound.transition, compound.qualifiers) == ("300.1 -> 90.1", ("300.1 -> 50.1",))


def test_two_quantitative_transitions_stay_apart() -> None:
    batch = read("\n".join([HEADINGS, ROW.format("50.1", "True", 40), ROW.format("90.1", "True", 100), ""]))

    assert [one.name for one in batch.compounds] == ["A (300.1 -> 50.1)", "A (300.1 -> 90.1)"]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([ROW.format("50.1", "True", 40), ROW.format("50.1", "True", 41)], "row.trace_disputed"),
        ([ROW.format("50.1", "True", "4o")], "cell.number_unreadable"),
        ([ROW.format("50.1", "True", 40).replace("2026-03-04", "03/04/26x")], "cell.date_unreadable"),
        ([ROW.format("50.1", "True", 40).removesuffix(",10")], "row.too_short"),
        ([ROW.format("50.1", "True", 40).removeprefix("A")], "row.nameless"),
    ],
)
def test_a_transition_that_cannot_be_read_is_refused(rows: list[str], expected: str) -> None:
    batch = read("\n".join([HEADINGS, *rows, ""]))

    assert expected in codes(batch)
    assert batch.injections == ()


def test_a_report_without_rows_is_refused() -> None:
    with pytest.raises(BadInput) as refused:
        read(HEADINGS + "\n")

    assert refused.value.reasons[0].code == "skyline.not_a_report"
