"""JSON routes of the bench record of a worksheet."""

from fastapi import APIRouter

from lims.core.actions import Action
from lims.db.work import LimsSession
from lims.results import bench_acts, bench_queries
from lims.results.bench_queries import KeptBench
from lims.results.bench_schemas import BenchOut, BenchRecordIn, BenchRecordOut, EquipmentUsed, LotUsed
from lims.runs import queries as runs
from lims.runs.tables import Worksheet
from lims.web.dependencies import ActorDep, LimsDep

router = APIRouter()


@router.get("/worksheets/{number}/bench-record")
def bench_record(number: str, lims: LimsDep, actor: ActorDep) -> BenchOut:
    """What a worksheet was worked with: day, room, lots, equipment; and what the last one of its method was."""
    with lims.read(actor, Action.RUN_READ) as session:
        return _shown(session, runs.worksheet_by_number(session, number))


@router.post("/worksheets/{number}/bench-record")
def record_bench(number: str, order: BenchRecordIn, lims: LimsDep, actor: ActorDep) -> BenchOut:
    """Record what a worksheet was worked with, or change it, until results of the worksheet are submitted."""
    with lims.work(actor, Action.BENCH_RECORD) as session:
        bench_acts.record_bench(session, number, order)
        return _shown(session, runs.worksheet_by_number(session, number))


def _shown(session: LimsSession, worksheet: Worksheet) -> BenchOut:
    return BenchOut(
        worksheet=worksheet.number,
        record=_record(bench_queries.bench_of(session, worksheet)),
        previous=_record(bench_queries.previous_bench(session, worksheet)),
        can_be_changed=not bench_acts.reasons_not_to_change_bench(session, worksheet),
    )


def _record(kept: KeptBench | None) -> BenchRecordOut | None:
    if kept is None:
        return None
    facts = {name: getattr(kept.record, name) for name in BenchRecordOut.model_fields if hasattr(kept.record, name)}
    return BenchRecordOut(
        **facts,
        materials=[LotUsed.model_validate(lot) for _, lot in kept.lots],
        equipment=[
            EquipmentUsed(code=device.code, name=device.name, calibrated_until=use.calibrated_until)
            for use, device in kept.equipment
        ],
    )
