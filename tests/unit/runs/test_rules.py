"""A worksheet is a batch: standards, a blank, a spike, samples; every fault is told at once."""

from dataclasses import replace
from decimal import Decimal

import pytest

from lims.runs.quality_plan import STARTING_PLAN, QualityPlan
from lims.runs.rules import EntryKind, PlannedEntry, WorksheetFacts, reasons_not_to_create
from lims.science.units import UnitCode
from tests.unit.runs.batches import D, a_worksheet, an_entry


def codes(worksheet: WorksheetFacts, fewest_levels: int = 5) -> list[str]:
    return [why.code for why in reasons_not_to_create(worksheet, fewest_levels)]


def without(*kinds: EntryKind) -> WorksheetFacts:
    worksheet = a_worksheet()
    return replace(worksheet, entries=tuple(e for e in worksheet.entries if e.kind not in kinds))


def test_a_whole_batch_may_be_measured() -> None:
    assert codes(a_worksheet()) == []


@pytest.mark.parametrize(
    ("worksheet", "expected"),
    [
        (without(EntryKind.BLANK), ["worksheet.kind_missing"]),
        (without(EntryKind.MATRIX_SPIKE), ["worksheet.kind_missing"]),
        (without(EntryKind.DUPLICATE), []),
        (without(EntryKind.CALIBRATION_STANDARD), ["worksheet.too_few_levels"]),
        (without(EntryKind.SAMPLE), ["worksheet.parent_missing", "worksheet.parent_missing", "worksheet.kind_missing"]),
        (replace(a_worksheet(), concentration_unit=UnitCode.MG_PER_KG), ["worksheet.unit_wrong"]),
        (replace(a_worksheet(), test_portion_unit=UnitCode.ML), ["worksheet.unit_wrong"]),
    ],
)
def test_what_a_batch_lacks_is_told(worksheet: WorksheetFacts, expected: list[str]) -> None:
    assert codes(worksheet) == expected


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (an_entry(12, EntryKind.SAMPLE, "ｓ－1"), "worksheet.label_twice"),
        (an_entry(12, EntryKind.SAMPLE, " "), "worksheet.label_missing"),
        (an_entry(12, EntryKind.CHECK_STANDARD, "CCV"), "worksheet.nominal_missing"),
        (an_entry(12, EntryKind.MATRIX_SPIKE, "M", parent="S-1", spiked=Decimal(0)), "worksheet.spike_missing"),
        (an_entry(12, EntryKind.DUPLICATE, "M", parent="Blank"), "worksheet.parent_missing"),
        (an_entry(12, EntryKind.SAMPLE, "M", dilution=Decimal(0)), "worksheet.factor_not_positive"),
    ],
)
def test_a_position_that_cannot_be_is_told(entry: PlannedEntry, expected: str) -> None:
    assert codes(a_worksheet(entry)) == [expected]


def test_a_quality_plan_comes_back_from_json_as_it_was() -> None:
    plan = replace(STARTING_PLAN, least_r=None, ion_ratio_tolerance_percent=D("30.0"))

    assert QualityPlan.from_dict(plan.as_dict()) == plan
