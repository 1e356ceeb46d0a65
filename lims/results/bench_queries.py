"""Reads of bench records: that of a worksheet, that of the last one of its method, and what keeps it from changing."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlmodel import Session, col, func, select

from lims.db.parts import parts
from lims.equipment.tables import Instrument
from lims.materials.rules import BENCH_ORDER
from lims.materials.tables import Material
from lims.results.bench_record_tables import BenchRecord, EquipmentUse, MaterialUse
from lims.results.rules import ResultStatus
from lims.results.tables import Result
from lims.runs.tables import Measurement, Run, Worksheet, WorksheetEntry


@dataclass(frozen=True, slots=True)
class KeptBench:
    """A bench record with what it names; `worksheet` is the number of its worksheet."""

    record: BenchRecord
    worksheet: str
    lots: Sequence[tuple[MaterialUse, Material]]
    equipment: Sequence[tuple[EquipmentUse, Instrument]]


@dataclass(frozen=True, slots=True)
class Conditions:
    """检验环境: the lowest and the highest temperature (°C) and relative humidity (%); None where none was recorded."""

    temperature_c: tuple[Decimal, Decimal] | None = None
    humidity_percent: tuple[Decimal, Decimal] | None = None


def conditions_of(session: Session, measurement_ids: Iterable[UUID]) -> Conditions:
    """What was recorded of the rooms in which these measurements were worked, over all of their worksheets."""
    records: dict[UUID, BenchRecord] = {}
    for part in parts(set(measurement_ids)):
        worksheets = (
            select(Run.worksheet_id)
            .join(Measurement, col(Measurement.run_id) == col(Run.id))
            .where(col(Measurement.id).in_(part))
        )
        rows = session.exec(select(BenchRecord).where(col(BenchRecord.worksheet_id).in_(worksheets))).all()
        records |= {one.id: one for one in rows}
    return Conditions(
        _span([one.temperature_c for one in records.values()]),
        _span([one.humidity_percent for one in records.values()]),
    )


def _span(recorded: Iterable[Decimal | None]) -> tuple[Decimal, Decimal] | None:
    read = [one for one in recorded if one is not None]
    return (min(read), max(read)) if read else None


def bench_of(session: Session, worksheet: Worksheet) -> KeptBench | None:
    """The bench record of a worksheet; None where nothing was recorded."""
    record = session.exec(select(BenchRecord).where(BenchRecord.worksheet_id == worksheet.id)).one_or_none()
    return None if record is None else _kept(session, record, worksheet.number)


def previous_bench(session: Session, worksheet: Worksheet) -> KeptBench | None:
    """The newest record of another worksheet of the same laboratory and method; what is likely to be used again."""
    found = session.exec(
        select(BenchRecord, Worksheet.number)
        .join(Worksheet, col(Worksheet.id) == col(BenchRecord.worksheet_id))
        .where(
            Worksheet.laboratory_id == worksheet.laboratory_id,
            Worksheet.method_code == worksheet.method_code,
            Worksheet.id != worksheet.id,
        )
        .order_by(col(BenchRecord.recorded_at).desc(), col(BenchRecord.id))
        .limit(1)
    ).first()
    return None if found is None else _kept(session, *found)


def _kept(session: Session, record: BenchRecord, number: str) -> KeptBench:
    lots = session.exec(
        select(MaterialUse, Material)
        .join(Material, col(Material.id) == col(MaterialUse.material_id))
        .where(MaterialUse.bench_record_id == record.id)
        .order_by(col(Material.code))
    ).all()
    lots = sorted(lots, key=lambda pair: BENCH_ORDER.index(pair[1].kind))
    equipment = session.exec(
        select(EquipmentUse, Instrument)
        .join(Instrument, col(Instrument.id) == col(EquipmentUse.instrument_id))
        .where(EquipmentUse.bench_record_id == record.id)
        .order_by(col(Instrument.code))
    ).all()
    return KeptBench(record, number, lots, equipment)


def standing_of_results(session: Session, worksheet_id: UUID) -> tuple[frozenset[ResultStatus], bool]:
    """The statuses of the results of a worksheet's runs, and whether one of them was ever verified."""
    rows = session.exec(
        select(col(Result.status), func.count(col(Result.verified_at)))
        .join(Measurement, col(Measurement.id) == col(Result.measurement_id))
        .join(Run, col(Run.id) == col(Measurement.run_id))
        .where(Run.worksheet_id == worksheet_id)
        .group_by(col(Result.status))
    ).all()
    return frozenset(status for status, _ in rows), any(verified for _, verified in rows)


def samples_on(session: Session, worksheet_id: UUID) -> Sequence[UUID]:
    """The samples of a worksheet, by id."""
    return session.exec(
        select(WorksheetEntry.sample_id)
        .where(WorksheetEntry.worksheet_id == worksheet_id, col(WorksheetEntry.sample_id).is_not(None))
        .distinct()
    ).all()  # type: ignore[return-value]  # those without a sample are left out


def worksheets_with_lots(
    session: Session, material_ids: Collection[UUID], most: int
) -> Sequence[tuple[Worksheet, BenchRecord, Material]]:
    """The worksheets on which any of some lots was used, the newest first; so many at most."""
    return session.exec(
        select(Worksheet, BenchRecord, Material)
        .join(BenchRecord, col(BenchRecord.worksheet_id) == col(Worksheet.id))
        .join(MaterialUse, col(MaterialUse.bench_record_id) == col(BenchRecord.id))
        .join(Material, col(Material.id) == col(MaterialUse.material_id))
        .where(col(MaterialUse.material_id).in_(material_ids))
        .order_by(col(BenchRecord.used_on).desc(), col(Worksheet.number).desc(), col(Material.code))
        .limit(most)
    ).all()
