"""The batches of the rehearsal: their worksheets, and the files that the instruments would export for them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from lims.core.clock import CHINA
from lims.demo.instrument_export import PlannedInjection, masshunter_table
from lims.demo.laboratory import INSTRUMENT, SECOND_INSTRUMENT
from lims.demo.produce import LOTS, METHOD
from lims.demo.tracefinder_export import tracefinder_table
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
PROFILE_NAME = "MassHunter 批处理表"
PROFILE = ImportProfile(concentration_unit="μg/L", internal_standard="Triphenyl phosphate (ISTD)")


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """One batch: which samples are measured on which instrument, and in whose layout its file comes.

    `lots`, `duplicated` and `spiked` are positions in LOTS, from 1. `recovered` is the recovery of analytes in the
    spike that is not the usual one; where it is beyond its limits, `accepted_because` is why the quality manager
    accepts the check. `table` writes injections, compounds and the local time of the first injection.
    """

    instrument: str
    lots: tuple[int, ...]
    duplicated: int
    spiked: int
    profile_name: str
    profile: ImportProfile
    table: Callable[[Sequence[PlannedInjection], Sequence[str], datetime], bytes]
    recovered: Mapping[str, Decimal] = field(default_factory=dict)
    accepted_because: str = ""


FIRST = BatchPlan(
    instrument=INSTRUMENT,
    lots=(1, 2, 3, 4, 5, 6),
    duplicated=2,  # 芹菜
    spiked=5,  # 番茄
    profile_name=PROFILE_NAME,
    profile=PROFILE,
    table=masshunter_table,
)
SECOND = BatchPlan(
    instrument=SECOND_INSTRUMENT,
    lots=(7, 8, 9, 10, 11, 12),
    duplicated=8,  # 黄瓜
    spiked=9,  # 茄子
    profile_name="TraceFinder 结果表",
    profile=ImportProfile(concentration_unit="ng/mL", internal_standard="Triphenyl phosphate"),
    table=tracefinder_table,
    # Too much was found of what is in none of these samples: that hides nothing.
    recovered={"methomyl": Decimal("1.27"), "omethoate": Decimal("1.31")},
    accepted_because="灭多威、氧乐果加标回收率高于上限，而本批六个样品均未检出这两种农药：回收率偏高不会造成漏检。"
    "空白、校准点、平行样和其余分析物的回收率均符合要求。接受本次检查，并在原始记录中注明；下一批加测基质匹配标准，核查基质增强。",
)
PLANS = (FIRST, SECOND)


def worksheet(plan: BatchPlan, samples: Sequence[Sample]) -> WorksheetOrder:
    """Standards, blank, the samples of the batch, a duplicate and a spike; `samples` are those of all LOTS."""
    duplicated, spiked = (samples[position - 1].blind_code for position in (plan.duplicated, plan.spiked))
    standards = tuple(
        EntryOrder(EntryKind.CALIBRATION_STANDARD, f"STD-{n}", nominal_concentration=level)
        for n, level in enumerate(LEVELS, start=1)
    )
    return WorksheetOrder(
        method_code=METHOD,
        instrument_code=plan.instrument,
        matrix_group="植物源性食品",
        test_portion=PORTION,
        final_volume=VOLUME,
        entries=(
            *standards,
            EntryOrder(EntryKind.BLANK, "BLK-1"),
            *(EntryOrder(EntryKind.SAMPLE, samples[position - 1].blind_code) for position in plan.lots),
            EntryOrder(EntryKind.DUPLICATE, f"{duplicated}-D", parent=duplicated),
            EntryOrder(EntryKind.MATRIX_SPIKE, f"{spiked}-S", parent=spiked, spiked_content=SPIKED),
        ),
    )


def export(
    entries: Sequence[WorksheetEntry],
    samples: Sequence[Sample],
    compounds: Sequence[str],
    started_at: datetime,
    plan: BatchPlan = FIRST,
) -> bytes:
    """The instrument's file for a worksheet; the same worksheet gives the same bytes. `samples` are those of all LOTS.

    A worksheet may hold other samples than its plan says: what is in them is known by their blind code.
    """
    lots = {sample.blind_code: lot for sample, lot in zip(samples, LOTS, strict=True)}
    names = {entry.id: entry.label for entry in entries}
    injections = []
    for entry in entries:
        lot = lots.get(names[entry.parent_entry_id] if entry.parent_entry_id else entry.label)
        injections.append(_injection(entry, lot.contents if lot else {}, compounds, plan.recovered))
    return plan.table(injections, compounds, started_at.astimezone(CHINA).replace(tzinfo=None))


def _injection(
    entry: WorksheetEntry,
    contents: Mapping[str, Decimal],
    compounds: Sequence[str],
    recovered: Mapping[str, Decimal],
) -> PlannedInjection:
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
            added = SPIKED * 1000 * PORTION / VOLUME
            vial = {
                code: per_litre.get(code, Decimal(0)) + added * recovered.get(code, RECOVERED) for code in compounds
            }
            return PlannedInjection(entry.label, "QC", concentrations=vial)
        case _:
            return PlannedInjection(entry.label, "Sample", concentrations=per_litre)
