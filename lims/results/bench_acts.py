"""The act that records what a worksheet was worked with."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from lims.core.clock import local_day
from lims.core.errors import refuse_if
from lims.core.reasons import Reason, Where, reason
from lims.db.locks import hold_all
from lims.db.work import LimsSession, check_version, save
from lims.equipment import queries as equipment
from lims.equipment.rules import reasons_not_to_use as reasons_not_to_use_equipment
from lims.equipment.tables import Instrument
from lims.materials import queries as materials
from lims.materials.rules import reasons_not_to_use as reasons_not_to_use_lot
from lims.materials.tables import Material
from lims.results import bench_queries
from lims.results.bench_record_tables import BenchRecord, EquipmentUse, MaterialUse
from lims.results.bench_rules import reasons_not_to_change, reasons_of_conditions, reasons_of_day
from lims.results.bench_schemas import BenchRecordIn
from lims.runs import queries as runs
from lims.runs.service import own_laboratory_and_person, reasons_not_authorised
from lims.runs.tables import Worksheet
from lims.samples.tables import Sample


def record_bench(session: LimsSession, number: str, order: BenchRecordIn) -> BenchRecord:
    """Record the day, the room, the lots and the equipment of a worksheet, or change them until results are submitted.

    The instrument of the worksheet is always among the equipment. Raises `NotFound`, `Conflict` for a record that
    changed meanwhile, and `RuleRefused` with every reason: not authorised, results submitted, a day or a condition that
    cannot be, a lot unknown or not in date on the day, equipment unknown or out of calibration.
    """
    laboratory_id, person = own_laboratory_and_person(session)
    worksheet = runs.worksheet_by_number(session, number)
    # Every act on results holds their samples: while this one is under way, none of them is submitted.
    samples = hold_all(session, Sample, bench_queries.samples_on(session, worksheet.id))
    received = [local_day(sample.received_at) for sample in samples.values() if sample.received_at is not None]
    kept = bench_queries.bench_of(session, worksheet)
    lots = materials.materials_named(session, set(order.materials))
    devices = _devices(session, worksheet, order)
    refuse_if(
        [
            *reasons_not_to_change_bench(session, worksheet),
            *reasons_not_authorised(session, person, worksheet.method_code, order.used_on),
            *reasons_of_day(order.used_on, local_day(session.instant), min(received, default=None)),
            *reasons_of_conditions(order.temperature_c, order.humidity_percent),
            *_unknown(order, lots, devices),
            *(why for lot in lots.values() for why in reasons_not_to_use_lot(materials.lot_of(lot), order.used_on)),
            *(why for device in devices.values() for why in _device_reasons(device, order)),
        ]
    )
    if kept is None:
        record = BenchRecord(
            laboratory_id=laboratory_id,
            worksheet_id=worksheet.id,
            used_on=order.used_on,
            recorded_by=person,
            recorded_at=session.instant,
        )
    else:
        record = kept.record
        check_version(record, order.version)
        record.used_on, record.recorded_by, record.recorded_at = order.used_on, person, session.instant
    record.room, record.temperature_c, record.humidity_percent = order.room, order.temperature_c, order.humidity_percent
    save(session, record)
    _save_lots(session, record, kept, lots.values())
    _save_devices(session, record, kept, devices.values())
    return record


def reasons_not_to_change_bench(session: LimsSession, worksheet: Worksheet) -> list[Reason]:
    """Why the record of a worksheet may not be changed any more; none while it may."""
    statuses, was_verified = bench_queries.standing_of_results(session, worksheet.id)
    return reasons_not_to_change(statuses, was_verified=was_verified)


def _devices(session: LimsSession, worksheet: Worksheet, order: BenchRecordIn) -> dict[str, Instrument]:
    """The equipment that was named and is there, and the instrument of the worksheet, by their numbers."""
    named = {one.code: one for one in equipment.instruments_named(session, set(order.equipment))}
    own = session.get_one(Instrument, worksheet.instrument_id)
    return {**named, own.code: own}


def _unknown(order: BenchRecordIn, lots: Mapping[str, Material], devices: Mapping[str, Instrument]) -> list[Reason]:
    reasons = [
        reason("material.unknown", "There is no lot {code} in this laboratory; register it first.",
               at=Where("materials"), code=code)
        for code in dict.fromkeys(order.materials)
        if code not in lots
    ]  # fmt: skip
    return reasons + [
        reason("bench.no_equipment", "There is no equipment {code} in this laboratory.",
               at=Where("equipment"), code=code)
        for code in dict.fromkeys(order.equipment)
        if code not in devices
    ]  # fmt: skip


def _device_reasons(device: Instrument, order: BenchRecordIn) -> list[Reason]:
    found = reasons_not_to_use_equipment(device.code, device.calibrated_until, order.used_on)
    return [replace(why, where=Where("equipment")) for why in found]


def _save_lots(
    session: LimsSession, record: BenchRecord, kept: bench_queries.KeptBench | None, lots: Iterable[Material]
) -> None:
    had = {use.material_id: use for use, _ in kept.lots} if kept is not None else {}
    wanted = {lot.id for lot in lots}
    for gone in had.keys() - wanted:
        session.delete(had[gone])
    for key in sorted(wanted - had.keys()):
        session.add(MaterialUse(laboratory_id=record.laboratory_id, bench_record_id=record.id, material_id=key))
    session.flush()


def _save_devices(
    session: LimsSession, record: BenchRecord, kept: bench_queries.KeptBench | None, devices: Iterable[Instrument]
) -> None:
    had = {use.instrument_id: use for use, _ in kept.equipment} if kept is not None else {}
    wanted = {device.id: device for device in devices}
    for gone in had.keys() - wanted.keys():
        session.delete(had[gone])
    for key, device in wanted.items():
        if key not in had:
            session.add(
                EquipmentUse(
                    laboratory_id=record.laboratory_id,
                    bench_record_id=record.id,
                    instrument_id=key,
                    calibrated_until=device.calibrated_until,
                )
            )
        elif had[key].calibrated_until < record.used_on:  # the day was moved past a calibration that was renewed since
            had[key].calibrated_until = device.calibrated_until
    session.flush()
