"""Pure decisions about worksheets: what stands on them, and what a batch must hold before it may be measured."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from lims.core.reasons import Reason, Where, reason
from lims.runs.cells import folded
from lims.science.units import UnitCode, UnitKind


class EntryKind(StrEnum):
    """What stands on a position of a worksheet (上机位内容)."""

    CALIBRATION_STANDARD = "calibration_standard"
    CHECK_STANDARD = "check_standard"
    BLANK = "blank"
    MATRIX_SPIKE = "matrix_spike"
    DUPLICATE = "duplicate"
    SAMPLE = "sample"


#: Kinds that are prepared like a sample: they have a portion, a volume and a dilution.
PREPARED = frozenset({EntryKind.BLANK, EntryKind.MATRIX_SPIKE, EntryKind.DUPLICATE, EntryKind.SAMPLE})
_STANDARDS = frozenset({EntryKind.CALIBRATION_STANDARD, EntryKind.CHECK_STANDARD})
#: Kinds that are made from a sample of the worksheet.
_FROM_A_SAMPLE = frozenset({EntryKind.MATRIX_SPIKE, EntryKind.DUPLICATE})


class WorksheetStatus(StrEnum):
    """Where a worksheet is on its way. IMPORTED: at least one accepted run."""

    OPEN = "open"
    IMPORTED = "imported"
    CLOSED = "closed"


class RunStatus(StrEnum):
    """ACCEPTED: at least one content could be calculated. FAILED: none; the reasons are kept."""

    ACCEPTED = "accepted"
    FAILED = "failed"


class QcDecisionKind(StrEnum):
    """What is decided on a check that holds results back (质控判定).

    ACCEPT: the results stand, with a reservation. REJECT: they do not; the batch is run again. REPEAT: dilute or
    prepare again what the check speaks of.
    """

    ACCEPT = "qc_accepted"
    REJECT = "qc_rejected"
    REPEAT = "qc_repeat"


@dataclass(frozen=True, slots=True)
class PlannedEntry:
    """One position. `label` is its name in the sequence: the blind code (盲样编号) for a sample.

    `parent` is the label of the sample a duplicate or spike is made from. `nominal` is the concentration of a
    standard in the worksheet's concentration unit, `spiked` the content added to a spike in its result unit.
    Portion, volume and dilution are in the worksheet's units; a standard has none of its own. `moisture_percent` is
    given where the formula of the method asks for it, `standard_concentration` (of the internal standard in the
    measured solution, in the concentration unit) where the method says that it differs.
    """

    position: int
    kind: EntryKind
    label: str
    parent: str | None
    nominal: Decimal | None
    spiked: Decimal | None
    test_portion: Decimal
    final_volume: Decimal
    dilution: Decimal
    moisture_percent: Decimal | None = None
    standard_concentration: Decimal | None = None


@dataclass(frozen=True, slots=True)
class WorksheetFacts:
    """A worksheet as the calculation needs it."""

    entries: tuple[PlannedEntry, ...]
    concentration_unit: UnitCode
    test_portion_unit: UnitCode
    final_volume_unit: UnitCode
    result_unit: UnitCode
    _by_kind: dict[EntryKind, tuple[PlannedEntry, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_kind = {kind: tuple(entry for entry in self.entries if entry.kind is kind) for kind in EntryKind}
        object.__setattr__(self, "_by_kind", by_kind)

    def of_kind(self, kind: EntryKind) -> tuple[PlannedEntry, ...]:
        """The positions of a kind, in order."""
        return self._by_kind[kind]


def reasons_not_to_create(worksheet: WorksheetFacts, fewest_levels: int, *, is_bracketed: bool = False) -> list[Reason]:
    """Everything that keeps a worksheet from being a batch; `is_bracketed`: standards must enclose what is measured."""
    return [
        *(_unbracketed(worksheet) if is_bracketed else ()),
        *_unit_reasons(worksheet),
        *_label_reasons(worksheet.entries),
        *(why for entry in worksheet.entries for why in _entry_reasons(entry, worksheet)),
        *_batch_reasons(worksheet, fewest_levels),
    ]


def _unit_reasons(worksheet: WorksheetFacts) -> list[Reason]:
    portion_is_volume = worksheet.test_portion_unit.kind is UnitKind.VOLUME
    wanted = {
        "concentration_unit": (worksheet.concentration_unit, {UnitKind.MASS_CONCENTRATION}),
        "test_portion_unit": (worksheet.test_portion_unit, {UnitKind.MASS, UnitKind.VOLUME}),
        "final_volume_unit": (worksheet.final_volume_unit, {UnitKind.VOLUME}),
        "result_unit": (
            worksheet.result_unit,
            {UnitKind.MASS_CONCENTRATION if portion_is_volume else UnitKind.MASS_FRACTION},
        ),
    }
    return [
        reason(
            "worksheet.unit_wrong",
            "{unit} cannot be the {field}; a unit of {kinds} is needed.",
            at=Where(field=field),
            unit=unit.value,
            field=field.replace("_", " "),
            kinds=" or ".join(sorted(kind.value.replace("_", " ") for kind in kinds)),
        )
        for field, (unit, kinds) in wanted.items()
        if unit.kind not in kinds
    ]


def _label_reasons(entries: Sequence[PlannedEntry]) -> list[Reason]:
    counted = Counter(folded(entry.label) for entry in entries)
    return [
        reason(
            "worksheet.label_twice",
            "The name {label} stands on {count} positions; each needs a name of its own, or the file cannot be mapped.",
            at=Where(field="entries"),
            label=label,
            count=count,
        )
        for label, count in counted.items()
        if count > 1
    ]


def _entry_reasons(entry: PlannedEntry, worksheet: WorksheetFacts) -> list[Reason]:
    at = Where(field=f"entries.{entry.position - 1}", row=entry.position)
    reasons = []
    if not entry.label.strip():
        reasons.append(
            reason("worksheet.label_missing", "Position {position} has no name.", at=at, position=entry.position)
        )
    if entry.kind in _STANDARDS and (entry.nominal is None or entry.nominal < 0):
        reasons.append(
            reason(
                "worksheet.nominal_missing",
                "The standard {label} needs its concentration, 0 or more.",
                at=at,
                label=entry.label,
            )
        )
    if entry.kind is EntryKind.MATRIX_SPIKE and (entry.spiked is None or entry.spiked <= 0):
        reasons.append(
            reason(
                "worksheet.spike_missing",
                "The spike {label} needs the content that was added, above 0.",
                at=at,
                label=entry.label,
            )
        )
    samples = {folded(sample.label) for sample in worksheet.of_kind(EntryKind.SAMPLE)}
    if entry.kind in _FROM_A_SAMPLE and folded(entry.parent or "") not in samples:
        reasons.append(
            reason(
                "worksheet.parent_missing",
                "{label} must name the sample of this worksheet that it is made from, not {parent}.",
                at=at,
                label=entry.label,
                parent=entry.parent or "-",
            )
        )
    if entry.kind in PREPARED and min(entry.test_portion, entry.final_volume, entry.dilution) <= 0:
        reasons.append(
            reason(
                "worksheet.factor_not_positive",
                "{label} has a test portion of {portion}, a final volume of {volume} and a dilution of {dilution}; each"
                " must be above 0.",
                at=at,
                label=entry.label,
                portion=entry.test_portion,
                volume=entry.final_volume,
                dilution=entry.dilution,
            )
        )
    return [*reasons, *_impossible_numbers(entry, at)]


def _impossible_numbers(entry: PlannedEntry, at: Where) -> list[Reason]:
    """Moisture and internal standard, where they are given."""
    reasons = []
    if entry.moisture_percent is not None and not 0 <= entry.moisture_percent < 100:
        reasons.append(
            reason(
                "worksheet.moisture_impossible",
                "{label} has a moisture of {moisture} %; it must be 0 or more, and less than 100.",
                at=at,
                label=entry.label,
                moisture=entry.moisture_percent,
            )
        )
    if entry.standard_concentration is not None and entry.standard_concentration <= 0:
        reasons.append(
            reason(
                "worksheet.standard_concentration_impossible",
                "{label} has an internal standard of {concentration}; its concentration must be above 0.",
                at=at,
                label=entry.label,
                concentration=entry.standard_concentration,
            )
        )
    return reasons


def _unbracketed(worksheet: WorksheetFacts) -> list[Reason]:
    """Every prepared position must stand between two standards of one level."""
    places: dict[Decimal, list[int]] = {}
    for entry in worksheet.of_kind(EntryKind.CALIBRATION_STANDARD):
        if entry.nominal:
            places.setdefault(entry.nominal, []).append(entry.position)
    open_ones = [
        entry.label
        for entry in worksheet.entries
        if entry.kind in PREPARED and not any(min(at) < entry.position < max(at) for at in places.values())
    ]
    if not open_ones:
        return []
    return [
        reason(
            "worksheet.not_bracketed",
            "The method brackets: {labels} must stand between two standards of one level, one before and one after.",
            at=Where(field="entries"),
            labels=", ".join(open_ones),
        )
    ]


def _batch_reasons(worksheet: WorksheetFacts, fewest_levels: int) -> list[Reason]:
    reasons = []
    standards = worksheet.of_kind(EntryKind.CALIBRATION_STANDARD)
    levels = len({entry.nominal for entry in standards if entry.nominal})
    if levels < fewest_levels:
        reasons.append(
            reason(
                "worksheet.too_few_levels",
                "The worksheet has {levels} levels of standards above 0; at least {fewest} are needed.",
                at=Where(field="entries"),
                levels=levels,
                fewest=fewest_levels,
            )
        )
    needed = (EntryKind.SAMPLE, EntryKind.BLANK, EntryKind.MATRIX_SPIKE)
    reasons += [
        reason(
            "worksheet.kind_missing",
            "The worksheet has no position of the kind {kind}; a batch needs at least one.",
            at=Where(field="entries"),
            kind=kind.value.replace("_", " "),
        )
        for kind in needed
        if not worksheet.of_kind(kind)
    ]
    return reasons
