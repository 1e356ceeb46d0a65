"""A small batch for tests: two analytes, five levels, blank, spike, duplicate and three samples."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from lims.core.clock import CHINA
from lims.demo.instrument_export import PlannedInjection, masshunter_table
from lims.runs.evaluation import evaluate
from lims.runs.outcomes import Evaluation, Measurement, VerifiedLimits
from lims.runs.profile import ImportProfile
from lims.runs.quality_plan import STARTING_PLAN, QualityPlan
from lims.runs.readers.masshunter_wide import READER
from lims.runs.readers.registry import read as read_file
from lims.runs.rules import EntryKind, PlannedEntry, WorksheetFacts
from lims.science.units import UnitCode

D = Decimal
STARTED_AT = datetime(2026, 11, 20, 8, 30, tzinfo=CHINA)
COMPOUNDS = ("carbofuran", "chlorpyrifos")
INTERNAL_STANDARD = "Triphenyl phosphate (ISTD)"
PROFILE = ImportProfile("μg/L", internal_standard=INTERNAL_STANDARD)
LIMITS = VerifiedLimits(D("0.01"), D("0.003"), D(20))
LEVELS = (D(2), D(5), D(20), D(50), D(100))

#: What is in the vials, in μg/L; with 10 g in 10 mL that is the content in μg/kg.
CONTENTS: Mapping[str, Mapping[str, Decimal]] = {
    "S-1": {},
    "S-2": {"carbofuran": D(45), "chlorpyrifos": D(5)},
    "S-3": {"carbofuran": D("1.2")},
    "S-1 spike": {"carbofuran": D(48), "chlorpyrifos": D(52)},
    "S-2 dup": {"carbofuran": D(46), "chlorpyrifos": D(5)},
    "Blank": {},
}


def an_entry(position: int, kind: EntryKind, label: str, **changes: object) -> PlannedEntry:
    entry = PlannedEntry(position, kind, label, None, None, None, D("10.00"), D("10.0"), D(1))
    return replace(entry, **changes)  # type: ignore[arg-type]  # fields of any type


def a_worksheet(*more: PlannedEntry) -> WorksheetFacts:
    standards = [
        an_entry(place, EntryKind.CALIBRATION_STANDARD, f"Cal-{place}", nominal=level)
        for place, level in enumerate(LEVELS, start=1)
    ]
    others = [
        an_entry(6, EntryKind.BLANK, "Blank"),
        an_entry(7, EntryKind.SAMPLE, "S-1"),
        an_entry(8, EntryKind.SAMPLE, "S-2"),
        an_entry(9, EntryKind.SAMPLE, "S-3"),
        an_entry(10, EntryKind.MATRIX_SPIKE, "S-1 spike", parent="S-1", spiked=D("0.05")),
        an_entry(11, EntryKind.DUPLICATE, "S-2 dup", parent="S-2"),
    ]
    return WorksheetFacts((*standards, *others, *more), UnitCode.UG_PER_L, UnitCode.G, UnitCode.ML, UnitCode.MG_PER_KG)


def injections_of(worksheet: WorksheetFacts, contents: Mapping[str, Mapping[str, Decimal]]) -> list[PlannedInjection]:
    """The sequence of a worksheet; a standard contains its nominal concentration unless `contents` says otherwise."""
    planned = []
    for entry in worksheet.entries:
        if entry.nominal is not None:
            amounts = contents.get(entry.label, dict.fromkeys(COMPOUNDS, entry.nominal))
            planned.append(PlannedInjection(entry.label, "Cal", str(entry.position), entry.nominal, amounts))
        else:
            kind = "Blank" if entry.kind is EntryKind.BLANK else "Sample"
            planned.append(PlannedInjection(entry.label, kind, concentrations=contents.get(entry.label, {})))
    return planned


def an_export(
    worksheet: WorksheetFacts | None = None, contents: Mapping[str, Mapping[str, Decimal]] = CONTENTS
) -> bytes:
    planned = injections_of(worksheet or a_worksheet(), contents)
    return masshunter_table(planned, COMPOUNDS, STARTED_AT, internal_standard=INTERNAL_STANDARD)


def evaluated(
    contents: Mapping[str, Mapping[str, Decimal]] = CONTENTS,
    *,
    worksheet: WorksheetFacts | None = None,
    plan: QualityPlan = STARTING_PLAN,
    profile: ImportProfile = PROFILE,
    left_out: Sequence[str] = (),
) -> Evaluation:
    """The evaluation of the batch when the vials hold `contents`."""
    facts = worksheet or a_worksheet()
    batch = read_file(an_export(facts, contents), profile, READER.name)
    needs = {entry.label: dict.fromkeys(COMPOUNDS, LIMITS) for entry in facts.of_kind(EntryKind.SAMPLE)}
    injected = [(injection, injection.name) for injection in batch.injections if injection.name not in left_out]
    return evaluate(facts, plan, profile, {name: name for name in COMPOUNDS}, injected, needs)


def measured(evaluation: Evaluation, label: str, analyte: str) -> Measurement:
    return next(m for m in evaluation.measurements if (m.label, m.analyte) == (label, analyte))
