"""Acts on worksheets."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

from lims.core.clock import local_day
from lims.core.errors import RuleRefused, refuse_if
from lims.core.reasons import Reason, Where, reason
from lims.db.numbers import allocate
from lims.db.work import LimsSession, insert_many, save
from lims.equipment import queries as equipment
from lims.equipment.rules import reasons_not_to_use
from lims.people import queries as people
from lims.people.tables import AuthorisationKind
from lims.runs import queries
from lims.runs.contents import factors_of
from lims.runs.plans import with_rules
from lims.runs.quality_plan import STARTING_PLAN, QualityPlan
from lims.runs.rules import PREPARED, EntryKind, PlannedEntry, WorksheetFacts, reasons_not_to_create
from lims.runs.tables import Worksheet, WorksheetEntry
from lims.samples.rules import SampleStatus, TestStatus
from lims.samples.tables import Sample
from lims.science.content_formula import reasons_not_to_fit
from lims.science.units import UnitCode


@dataclass(frozen=True, slots=True)
class EntryOrder:
    """One position to be. `label` of a sample is its blind code or number; the blind code stands on the worksheet.

    Portion, volume and dilution are the worksheet's where they are not given.
    """

    kind: EntryKind
    label: str
    parent: str | None = None
    nominal_concentration: Decimal | None = None
    spiked_content: Decimal | None = None
    test_portion: Decimal | None = None
    final_volume: Decimal | None = None
    dilution: Decimal | None = None
    moisture_percent: Decimal | None = None
    standard_concentration: Decimal | None = None


@dataclass(frozen=True, slots=True)
class WorksheetOrder:
    """What a new worksheet is to be."""

    method_code: str
    instrument_code: str
    matrix_group: str
    test_portion: Decimal
    final_volume: Decimal
    entries: tuple[EntryOrder, ...]
    dilution: Decimal = Decimal(1)
    concentration_unit: UnitCode = UnitCode.UG_PER_L
    test_portion_unit: UnitCode = UnitCode.G
    final_volume_unit: UnitCode = UnitCode.ML
    result_unit: UnitCode = UnitCode.MG_PER_KG
    quality_plan: QualityPlan = field(default=STARTING_PLAN)


def create_worksheet(session: LimsSession, order: WorksheetOrder) -> Worksheet:
    """A new worksheet of the own laboratory, made by a technician who is authorised for the method today.

    Raises `NotFound` for the instrument, `RuleRefused` with every reason: not authorised, instrument out of
    calibration, a sample unknown, not received or without an open test by the method, a batch without standards, blank
    or spike, a name that stands twice.
    """
    laboratory_id, user_id = own_laboratory_and_person(session)
    day = local_day(session.instant)
    instrument = equipment.instrument_by_code(session, order.instrument_code)
    named = queries.samples_named(session, {e.label for e in order.entries if e.kind is EntryKind.SAMPLE})
    facts = _planned(order, named)
    plan = with_rules(session, order.quality_plan, order.method_code, day)
    refuse_if(
        [
            *reasons_not_authorised(session, user_id, order.method_code, day),
            *reasons_not_to_use(instrument.code, instrument.calibrated_until, day),
            *_sample_reasons(session, order, named),
            *reasons_not_to_create(facts, plan.levels_needed, is_bracketed=plan.bracketing is not None),
            *_formula_reasons(plan, facts),
        ]
    )
    serial = allocate(session, laboratory_id, f"worksheet-{day.year}")[0]
    worksheet = save(
        session,
        Worksheet(
            laboratory_id=laboratory_id,
            number=f"W{day.year}-{serial:06d}",
            method_code=order.method_code,
            instrument_id=instrument.id,
            matrix_group=order.matrix_group,
            concentration_unit=order.concentration_unit.value,
            test_portion_unit=order.test_portion_unit.value,
            final_volume_unit=order.final_volume_unit.value,
            result_unit=order.result_unit.value,
            quality_plan=plan.as_dict(),
            created_by=user_id,
            created_at=session.instant,
        ),
    )
    _save_entries(session, worksheet, facts, named)
    return worksheet


def _formula_reasons(plan: QualityPlan, facts: WorksheetFacts) -> list[Reason]:
    """Whether the formula of the method gives a content in the units of the worksheet."""
    prepared = next((entry for entry in facts.entries if entry.kind in PREPARED), None)
    if prepared is None:
        return []
    return reasons_not_to_fit(plan.content_formula, factors_of(prepared, facts, Decimal(0)), facts.result_unit)


def own_laboratory_and_person(session: LimsSession) -> tuple[UUID, UUID]:
    """Work at the bench is a person's, in a laboratory. Raises `RuleRefused` for the installation itself."""
    actor = session.actor
    if actor.laboratory_id is None or actor.user_id is None:
        raise RuleRefused(
            reason("run.nobody", "Bench work is done by a person of a laboratory; sign in as a technician.")
        )
    return actor.laboratory_id, actor.user_id


def reasons_not_authorised(session: LimsSession, user_id: UUID, method_code: str, day: date) -> list[Reason]:
    """A technician works only by methods they are authorised for (ISO/IEC 17025:2017, 6.2.6)."""
    if people.is_authorised(session, user_id, AuthorisationKind.METHOD, method_code, day):
        return []
    return [
        reason(
            "run.not_authorised",
            "{name} is not authorised for {method} on {day}; the quality manager records authorisations.",
            at=Where(field="method_code"),
            name=session.actor.name,
            method=method_code,
            day=day.isoformat(),
        )
    ]


def _sample_reasons(session: LimsSession, order: WorksheetOrder, named: dict[str, Sample]) -> list[Reason]:
    tests = queries.tests_by_sample(session, {sample.id for sample in named.values()}, order.method_code)
    reasons = []
    for place, entry in enumerate(order.entries):
        if entry.kind is not EntryKind.SAMPLE:
            continue
        at = Where(field=f"entries.{place}.label", row=place + 1)
        sample = named.get(entry.label)
        if sample is None:
            reasons.append(
                reason(
                    "worksheet.sample_unknown",
                    "There is no sample {label} in this laboratory; give its blind code or number.",
                    at=at,
                    label=entry.label,
                )
            )
        elif sample.status is SampleStatus.REGISTERED:
            reasons.append(
                reason(
                    "worksheet.sample_not_received",
                    "The sample {label} was not received yet; receive it first.",
                    at=at,
                    label=entry.label,
                )
            )
        elif not any(test.status is TestStatus.ASSIGNED for test in tests.get(sample.id, ())):
            reasons.append(
                reason(
                    "worksheet.no_test",
                    "The sample {label} has no open test by {method}.",
                    at=at,
                    label=entry.label,
                    method=order.method_code,
                )
            )
    return reasons


def _planned(order: WorksheetOrder, named: dict[str, Sample]) -> WorksheetFacts:
    """The worksheet as it will stand; samples are called by their blind code, whatever they were ordered by."""
    blind = {name: sample.blind_code for name, sample in named.items()}
    return WorksheetFacts(
        entries=tuple(
            PlannedEntry(
                position=position,
                kind=entry.kind,
                label=blind.get(entry.label, entry.label) if entry.kind is EntryKind.SAMPLE else entry.label,
                parent=None if entry.parent is None else blind.get(entry.parent, entry.parent),
                nominal=entry.nominal_concentration,
                spiked=entry.spiked_content,
                test_portion=order.test_portion if entry.test_portion is None else entry.test_portion,
                final_volume=order.final_volume if entry.final_volume is None else entry.final_volume,
                dilution=order.dilution if entry.dilution is None else entry.dilution,
                moisture_percent=entry.moisture_percent,
                standard_concentration=entry.standard_concentration,
            )
            for position, entry in enumerate(order.entries, start=1)
        ),
        concentration_unit=order.concentration_unit,
        test_portion_unit=order.test_portion_unit,
        final_volume_unit=order.final_volume_unit,
        result_unit=order.result_unit,
    )


def _save_entries(session: LimsSession, worksheet: Worksheet, facts: WorksheetFacts, named: dict[str, Sample]) -> None:
    sample_ids = {sample.blind_code: sample.id for sample in named.values()}
    ids = {entry.label: uuid4() for entry in facts.entries}
    rows = [
        {
            "id": ids[entry.label],
            "laboratory_id": worksheet.laboratory_id,
            "worksheet_id": worksheet.id,
            "position": entry.position,
            "kind": entry.kind,
            "label": entry.label,
            "sample_id": sample_ids[entry.label] if entry.kind is EntryKind.SAMPLE else None,
            "parent_entry_id": None if entry.parent is None else ids[entry.parent],
            "nominal_concentration": entry.nominal,
            "spiked_content": entry.spiked,
            "test_portion": entry.test_portion,
            "final_volume": entry.final_volume,
            "dilution": entry.dilution,
            "moisture_percent": entry.moisture_percent,
            "standard_concentration": entry.standard_concentration,
        }
        for entry in facts.entries
    ]
    # Duplicates and spikes refer to their sample, which must be there before them.
    insert_many(session, WorksheetEntry, [row for row in rows if row["parent_entry_id"] is None])
    insert_many(session, WorksheetEntry, [row for row in rows if row["parent_entry_id"] is not None])
