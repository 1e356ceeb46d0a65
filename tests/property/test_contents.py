"""Contents of made-up batches against the plain formula in fractions, and against what is stored of them."""

from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lims.runs.contents import Content, contents_of, factors_of
from lims.runs.kept_content import kept_content
from lims.runs.records import Injection
from lims.runs.rules import EntryKind, PlannedEntry, WorksheetFacts
from lims.runs.stored import planned_factors
from lims.science.calibration_curve import Prediction, ReadingStatus
from lims.science.content_formula import ContentFormula, quantities_as_dict
from lims.science.formula import Measured
from lims.science.rounding import plain
from lims.science.units import UnitCode, UnitKind, registry

#: What each part of a unit is of a gram, a litre or 1.
_PARTS: Final = {
    "kg": Fraction(1000), "g": Fraction(1), "mg": Fraction(1, 10**3), "μg": Fraction(1, 10**6),
    "ng": Fraction(1, 10**9), "L": Fraction(1), "mL": Fraction(1, 10**3), "μL": Fraction(1, 10**6),
    "100g": Fraction(100), "%": Fraction(1, 100), "1": Fraction(1),
}  # fmt: skip
_CONSTANT: Final = Measured(Decimal("1.25"), UnitCode.ONE)
_INJECTED: Final = Injection("", 1, 1, "", "", None, "", None, "", "", None, (), (), ())
FORMULAS: Final = (
    "c * V * f / m", "(c - c0) * V * f / m", "c * V * f / m / R", "(c - c0) * V * f / m / R",
    "c * V * f / (m * (1 - H))", "(c - c0) * V * f * k / (m * (1 - H) * R)",
)  # fmt: skip


def of(unit: UnitCode) -> Fraction:
    """A unit in grams, litres and 1."""
    measured, _, per = unit.value.partition("/")
    return _PARTS[measured] / (_PARTS[per] if per else 1)


def units(*kinds: UnitKind) -> st.SearchStrategy[UnitCode]:
    return st.sampled_from([unit for unit in UnitCode if unit.kind in kinds])


def numbers(low: str, high: str, places: int) -> st.SearchStrategy[Decimal]:
    return st.decimals(low, high, places=places)


@st.composite
def positions(draw: st.DrawFn) -> list[PlannedEntry]:
    """A blank, a sample, its duplicate and its spike, each weighed and diluted by itself."""
    kinds = (EntryKind.BLANK, EntryKind.SAMPLE, EntryKind.DUPLICATE, EntryKind.MATRIX_SPIKE)
    moisture = draw(numbers("0", "99", 2))
    return [
        PlannedEntry(
            place,
            kind,
            kind.name,
            "SAMPLE" if kind in kinds[2:] else None,
            None,
            draw(numbers("1000", "9000", 4)) if kind is EntryKind.MATRIX_SPIKE else None,
            draw(numbers("0.1", "50", 3)),
            draw(numbers("0.5", "100", 2)),
            draw(numbers("1", "500", 1)),
            moisture_percent=moisture if kind is EntryKind.SAMPLE else None,
        )
        for place, kind in enumerate(kinds, start=1)
    ]


def _most(entry: PlannedEntry, facts: WorksheetFacts) -> Fraction:
    """What a concentration of 1000 would be in the sample: differences of two such lose that many digits."""
    solution = 1000 * of(facts.concentration_unit) * Fraction(entry.final_volume) * of(facts.final_volume_unit)
    portion = Fraction(entry.test_portion) * of(facts.test_portion_unit)
    return solution * Fraction(entry.dilution) / portion / of(facts.result_unit)


def by_hand(
    formula: str, entries: list[PlannedEntry], read: dict[str, Decimal], facts: WorksheetFacts
) -> dict[str, Fraction | None]:
    """The contents of sample and duplicate, in fractions; None where there is no recovery to correct by."""
    known = {one.label: one for one in entries}
    blank = max(Fraction(read["BLANK"]), Fraction(0)) * Fraction(known["BLANK"].dilution)

    def content(label: str, recovery: Fraction) -> Fraction:
        one = known[label]
        found = Fraction(read[label])
        if "c0" in formula:
            found -= blank / Fraction(one.dilution)
        found *= of(facts.concentration_unit) * Fraction(one.final_volume) * of(facts.final_volume_unit)
        found *= Fraction(one.dilution) / (Fraction(one.test_portion) * of(facts.test_portion_unit))
        found *= Fraction(_CONSTANT.value) if "k" in formula else 1
        found /= 1 - Fraction(known["SAMPLE"].moisture_percent or 0) / 100 if "H" in formula else 1
        return found / (recovery if "R" in formula else 1) / of(facts.result_unit)

    spike, native = content("MATRIX_SPIKE", Fraction(1)), content("SAMPLE", Fraction(1))
    recovery = (spike - max(native, Fraction(0))) / Fraction(known["MATRIX_SPIKE"].spiked or 0)
    assume("R" not in formula or abs(recovery) > Fraction(1, 10**6))  # what is left of a difference has few digits
    if "R" in formula and recovery <= 0:
        return {"SAMPLE": None, "DUPLICATE": None}
    return {label: content(label, recovery) for label in ("SAMPLE", "DUPLICATE")}


@pytest.fixture(scope="module", autouse=True)
def _registry_is_built() -> None:
    """Building it takes longer than one example may."""
    registry()


@given(st.data(), st.sampled_from(FORMULAS), positions())
def test_every_content_is_that_of_the_plain_formula_and_comes_again_from_what_is_stored(
    data: Any, text: str, entries: list[PlannedEntry]
) -> None:
    by_mass = data.draw(st.booleans())
    facts = WorksheetFacts(
        tuple(entries),
        data.draw(units(UnitKind.MASS_CONCENTRATION)),
        data.draw(units(UnitKind.MASS if by_mass else UnitKind.VOLUME)),
        data.draw(units(UnitKind.VOLUME)),
        data.draw(units(UnitKind.MASS_FRACTION if by_mass else UnitKind.MASS_CONCENTRATION)),
    )
    read = {one.label: data.draw(numbers("-5", "900", 6)) for one in entries}
    formula = ContentFormula(text, {"k": _CONSTANT} if "k" in text else {})
    found = contents_of(
        facts,
        formula,
        "X",
        {
            label: Content(_INJECTED, Prediction(value, ReadingStatus.IN_RANGE), None, response=value)
            for label, value in read.items()
        },
    ).reported

    for label, wanted in by_hand(text, entries, read, facts).items():
        one, entry = found[label], next(e for e in entries if e.label == label)
        assert (one.value is None) == (wanted is None) == bool(one.reasons)
        if one.value is None or wanted is None:
            continue
        assert float(one.value) == pytest.approx(float(wanted), rel=1e-9, abs=1e-12 * float(_most(entry, facts)))
        planned = planned_factors(entry, facts, formula)
        own = {"quantities": {**planned["quantities"], **quantities_as_dict(one.quantities)}} if one.quantities else {}
        again = kept_content({**planned, **own, "concentration": plain(read[label])})
        assert again is not None
        assert again.value(facts.result_unit) == one.value
        assert factors_of(entry, facts, read[label]) == again.factors
