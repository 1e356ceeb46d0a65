"""The batch of the rehearsal: its worksheet, and the file that the instrument would export for it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from lims.core.clock import CHINA
from lims.demo.instrument_export import PlannedInjection, masshunter_table
from lims.demo.laboratory import INSTRUMENT
from lims.demo.produce import LOTS, METHOD
from lims.runs.profile import ImportProfile
from lims.runs.rules import EntryKind
from lims.runs.service import EntryOrder, WorksheetOrder
from lims.runs.tables import WorksheetEntry
from lims.samples.tables import Sample

#: Nominal concentrations of the standards, µg/L.
LEVELS = tuple(Decimal(level) for level in ("1", "2", "5", "10", "20", "50", "100"))
#: 10 g in 10 mL: one µg/L in the extract is 0.001 mg/kg in the sample.
PORTION, VOLUME = Decimal("10.00"), Decimal("10.0")
SPIKED = Decimal("0.020")  # mg/kg
RECOVERED = Decimal("0.93")
DUPLICATED, SPIKED_LOT = 2, 5  # positions in LOTS, from 1: 芹菜 and 番茄
PROFILE_NAME = "MassHunter 批处理表"
PROFILE = ImportProfile(concentration_unit="μg/L", internal_standard="Triphenyl phosphate (ISTD)")


def worksheet(samples: Sequence[Sample]) -> WorksheetOrder:
    """Standards, blank, the samples, a duplicate and a spike."""
    duplicated, spiked = samples[DUPLICATED - 1].blind_code, samples[SPIKED_LOT - 1].blind_code
    standards = tuple(
        EntryOrder(EntryKind.CALIBRATION_STANDARD, f"STD-{n}", nominal_concentration=level)
        for n, level in enumerate(LEVELS, start=1)
    )
    return WorksheetOrder(
        method_code=METHOD,
        instrument_code=INSTRUMENT,
        matrix_group="植物源性食品",
        test_portion=PORTION,
        final_volume=VOLUME,
        entries=(
            *standards,
            EntryOrder(EntryKind.BLANK, "BLK-1"),
            *(EntryOrder(EntryKind.SAMPLE, sample.blind_code) for sample in samples),
            EntryOrder(EntryKind.DUPLICATE, f"{duplicated}-D", parent=duplicated),
            EntryOrder(EntryKind.MATRIX_SPIKE, f"{spiked}-S", parent=spiked, spiked_content=SPIKED),
        ),
    )


def export(
    entries: Sequence[WorksheetEntry], samples: Sequence[Sample], compounds: Sequence[str], started_at: datetime
) -> bytes:
    """The instrument's file for a worksheet; the same worksheet gives the same bytes."""
    lots = {sample.blind_code: lot for sample, lot in zip(samples, LOTS, strict=True)}
    names = {entry.id: entry.label for entry in entries}
    injections = []
    for entry in entries:
        lot = lots.get(names[entry.parent_entry_id] if entry.parent_entry_id else entry.label)
        injections.append(_injection(entry, lot.contents if lot else {}, compounds))
    return masshunter_table(injections, compounds, started_at.astimezone(CHINA).replace(tzinfo=None))


def _injection(entry: WorksheetEntry, contents: Mapping[str, Decimal], compounds: Sequence[str]) -> PlannedInjection:
    per_litre = {code: content * 1000 * PORTION / VOLUME for code, content in contents.items()}
    match entry.kind:
        case EntryKind.CALIBRATION_STANDARD:
            level = entry.nominal_concentration or Decimal(0)
            return PlannedInjection(
                entry.label, "Cal", entry.label.removeprefix("STD-"), level, dict.fromkeys(compounds, level)
            )
        case EntryKind.BLANK:
            return PlannedInjection(entry.label, "Blank")
        case EntryKind.MATRIX_SPIKE:
            added = SPIKED * 1000 * PORTION / VOLUME * RECOVERED
            vial = {code: per_litre.get(code, Decimal(0)) + added for code in compounds}
            return PlannedInjection(entry.label, "QC", concentrations=vial)
        case _:
            return PlannedInjection(entry.label, "Sample", concentrations=per_litre)
