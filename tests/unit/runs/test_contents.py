"""Contents by the formula of a method: blanks subtracted, recoveries corrected for, and nothing where they lack."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from lims.runs import stored
from lims.runs.kept_content import kept_content
from lims.runs.outcomes import Evaluation, Measurement
from lims.runs.quality_plan import STARTING_PLAN
from lims.runs.rules import EntryKind, WorksheetFacts
from lims.science.amounts import Quantified
from lims.science.content_formula import ContentFormula
from lims.science.quality_control import QcCheck
from lims.science.units import UnitCode
from tests.unit.runs.batches import CONTENTS, a_worksheet, evaluated, measured

D = Decimal
ANALYTE = "chlorpyrifos"
#: A blank of 1.5, a spike of 50 found to 80 % above it, and a sample of 45 μg/L.
MADE = {
    **CONTENTS,
    "Blank": {ANALYTE: D("1.5")},
    "S-1 spike": {"carbofuran": D(48), ANALYTE: D("41.5")},
    "S-2": {"carbofuran": D(45), ANALYTE: D(45)},
    "S-2 dup": {"carbofuran": D(45), ANALYTE: D(45)},
}


def by(text: str, worksheet: WorksheetFacts | None = None, left_out: tuple[str, ...] = ()) -> Evaluation:
    plan = replace(STARTING_PLAN, formula=ContentFormula(text))
    return evaluated(MADE, plan=plan, worksheet=worksheet, left_out=left_out)


def with_entries(**changes: object) -> WorksheetFacts:
    """The batch with something else on the positions of samples, duplicates and spikes."""
    facts = a_worksheet()
    kinds = {EntryKind.SAMPLE, EntryKind.DUPLICATE, EntryKind.MATRIX_SPIKE}
    return replace(
        facts,
        entries=tuple(
            replace(entry, **changes) if entry.kind in kinds else entry  # type: ignore[arg-type]  # fields of any type
            for entry in facts.entries
        ),
    )


def outcome(evaluation: Evaluation, check: QcCheck) -> Decimal:
    found = next(one.outcome for one in evaluation.checks if (one.analyte, one.outcome.check) == (ANALYTE, check))
    assert found.value is not None
    return found.value


def kept_of(one: Measurement, formula: str, facts: WorksheetFacts | None = None) -> list[dict[str, Any]]:
    worksheet = facts or a_worksheet()
    entry = next(entry for entry in worksheet.entries if entry.label == one.label)
    planned = stored.planned_factors(entry, worksheet, ContentFormula(formula))
    return [stored.measurement_row(one, planned, worksheet.result_unit)]


def test_a_method_that_writes_the_usual_formula_changes_no_digit() -> None:
    usual, written = evaluated(MADE), by("c*V*f/m")

    assert written.measurements == usual.measurements
    assert written.checks == usual.checks
    one = measured(usual, "S-2", ANALYTE)
    (row,) = kept_of(one, "c*V*f/m")
    assert row["factors"]["formula"] == "w = c · V · f / m"
    assert "quantities" not in row["factors"]


@pytest.mark.parametrize("formula", ["(c - c0) * V * f / m", "c * V * f / m / R", "(c - c0) * V * f / m / R"])
def test_blanks_are_subtracted_and_recoveries_corrected_for_where_the_formula_says_so(formula: str) -> None:
    usual, found = evaluated(MADE), by(formula)
    content, blank = measured(usual, "S-2", ANALYTE).content or D(0), outcome(usual, QcCheck.BLANK)
    spiked = outcome(usual, QcCheck.SPIKE_RECOVERY) * D("0.05") / 100
    subtracted = blank if "c0" in formula else D(0)
    recovery = (spiked - subtracted) / D("0.05")

    one = measured(found, "S-2", ANALYTE)

    assert isinstance(one.amount, Quantified)
    corrected = (content - subtracted) / (recovery if "R" in formula else 1)
    assert one.amount.value == pytest.approx(corrected, rel=D("1e-20"))
    # The relative uncertainty that was shown for the method is carried along: 20 % of the content.
    assert one.amount.expanded_uncertainty == pytest.approx(one.amount.value / 5)
    # A blank is not subtracted from itself, a recovery not corrected by itself.
    assert outcome(found, QcCheck.BLANK) == pytest.approx(blank)
    assert outcome(found, QcCheck.SPIKE_RECOVERY) == pytest.approx(recovery * 100, rel=D("1e-20"))


def test_what_is_stored_gives_every_content_again() -> None:
    formula = "(c - c0) * V * f / m / R"

    for one in by(formula).measurements:
        (row,) = kept_of(one, formula)
        again = kept_content(row["factors"])
        assert (None if again is None else again.value(UnitCode.MG_PER_KG)) == one.content


@pytest.mark.parametrize(
    ("formula", "missing", "code"),
    [
        ("(c - c0) * V * f / m", "Blank", "run.no_mean_blank"),
        ("c * V * f / m / R", "S-1 spike", "run.no_mean_recovery"),
        ("c * V * f / (m * (1 - H))", "S-3", "run.no_moisture"),
    ],
)
def test_without_a_quantity_there_is_no_amount(formula: str, missing: str, code: str) -> None:
    one = measured(by(formula, left_out=(missing,)), "S-2", ANALYTE)

    assert (one.content, one.amount, one.withheld) == (None, None, None)
    assert code in {why.code for why in one.reasons}


def test_a_spike_that_was_not_recovered_corrects_nothing() -> None:
    plan = replace(STARTING_PLAN, formula=ContentFormula("c * V * f / m / R"))
    one = measured(evaluated({**MADE, "S-1 spike": {}}, plan=plan), "S-2", ANALYTE)

    assert (one.amount, one.withheld) == (None, None)
    assert "run.no_mean_recovery" in {why.code for why in one.reasons}


def test_a_blank_counts_for_a_solution_as_diluted_as_the_sample() -> None:
    formula = "(c - c0) * V * f / m"
    facts = with_entries(dilution=D(2))

    one = measured(by(formula, facts), "S-2", ANALYTE)

    usual = evaluated(MADE)
    content, blank = measured(usual, "S-2", ANALYTE).content or D(0), outcome(usual, QcCheck.BLANK)
    assert one.content == pytest.approx((content - blank / 2) * 2, rel=D("1e-20"))


def test_a_content_is_given_in_dry_matter() -> None:
    formula = "c * V * f / (m * (1 - H))"
    facts = with_entries(moisture_percent=D(20))

    one = measured(by(formula, facts), "S-2", ANALYTE)

    assert (one.content or 0) * D("0.8") == pytest.approx(measured(evaluated(MADE), "S-2", ANALYTE).content)
    (row,) = kept_of(one, formula, facts)
    assert row["factors"]["quantities"] == {"H": {"value": "20", "unit": "%"}}


def test_a_duplicate_is_as_moist_as_its_sample() -> None:
    facts = a_worksheet()
    moist = {"S-1": D(20), "S-2": D(20), "S-3": D(20)}
    facts = replace(facts, entries=tuple(replace(one, moisture_percent=moist.get(one.label)) for one in facts.entries))

    found = by("c * V * f / (m * (1 - H))", facts)

    assert outcome(found, QcCheck.DUPLICATE) == pytest.approx(
        outcome(evaluated(MADE), QcCheck.DUPLICATE), rel=D("1e-9")
    )
