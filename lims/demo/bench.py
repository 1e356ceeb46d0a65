"""What the rehearsal is worked with: bought lots, the solutions that were made of them, the conditions of the day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from lims.core.actions import Action
from lims.core.actors import Actor
from lims.core.clock import local_day
from lims.demo.laboratory import BALANCE, INSTRUMENT, PIPETTE, SECOND_INSTRUMENT, THERMOMETER
from lims.materials import queries as materials
from lims.materials import service
from lims.materials.schemas import LotIn, SolutionIn
from lims.results import bench_acts, bench_queries
from lims.results.bench_schemas import BenchRecordIn
from lims.runs import queries as runs
from lims.runtime import Lims

MIXTURE, INTERNAL, ACETONITRILE, SALTS = "RM-001", "RM-002", "RE-001", "CO-001"
SORBENT, CARBON_SORBENT = "CO-002", "CO-003"
INTERMEDIATE, WORKING, INTERNAL_WORKING, SECOND_WORKING = "IS-001", "WS-001", "WS-002", "WS-003"


@dataclass(frozen=True, slots=True)
class Bench:
    """What one batch is worked with, and the conditions in its room."""

    room: str
    temperature_c: Decimal
    humidity_percent: Decimal
    materials: tuple[str, ...]


#: By the instrument that the batch is measured on. Tea and ginger are cleaned up with carbon.
BENCHES = {
    INSTRUMENT: Bench(
        "液质室 203", Decimal("22.4"), Decimal(46), (WORKING, INTERNAL_WORKING, ACETONITRILE, SALTS, SORBENT)
    ),
    SECOND_INSTRUMENT: Bench(
        "液质室 205",
        Decimal("23.1"),
        Decimal(49),
        (SECOND_WORKING, INTERNAL_WORKING, ACETONITRILE, SALTS, SORBENT, CARBON_SORBENT),
    ),
}


def stock(lims: Lims, technician: Actor) -> None:
    """Register the lots and record the solutions, each once."""
    today = local_day(lims.clock.now())
    for lot in _lots(today):
        with lims.work(technician, Action.MATERIAL_REGISTER) as session:
            if not materials.materials_named(session, [lot.code]):
                service.register_lot(session, lot)
    for solution in _solutions(today):
        with lims.work(technician, Action.MATERIAL_PREPARE) as session:
            if not materials.materials_named(session, [solution.code]):
                service.prepare_solution(session, solution)


def record(lims: Lims, technician: Actor, number: str, bench: Bench) -> None:
    """Record what a worksheet is worked with, unless that was done before."""
    with lims.work(technician, Action.BENCH_RECORD) as session:
        if bench_queries.bench_of(session, runs.worksheet_by_number(session, number)) is not None:
            return
        order = BenchRecordIn(
            used_on=local_day(session.instant),
            room=bench.room,
            temperature_c=bench.temperature_c,
            humidity_percent=bench.humidity_percent,
            materials=list(bench.materials),
            equipment=[BALANCE, PIPETTE, THERMOMETER],
        )
        bench_acts.record_bench(session, number, order)


def _lots(today: date) -> Sequence[LotIn]:
    received, opened, until = today - timedelta(days=40), today - timedelta(days=12), today + timedelta(days=330)
    dates = {"received_on": received, "opened_on": opened, "expires_on": until}
    standard = {
        "kind": "reference_material", "supplier": "标准物质供应商（演示）", "storage": "-18 ℃ 避光",
        "strength_unit": "μg/mL", **dates,
    }  # fmt: skip
    bought = {"supplier": "试剂供应商（演示）", "storage": "室温", **dates}
    lots: Sequence[dict[str, Any]] = (
        {"code": MIXTURE, "name": "农药混合溶液标准物质", "lot": "B2409031", "certificate": "YS-2409031（演示）",
         "strength": "100", "strength_uncertainty": "3", **standard},
        {"code": INTERNAL, "name": "磷酸三苯酯溶液标准物质", "lot": "B2405117", "certificate": "YS-2405117（演示）",
         "strength": "1000", "strength_uncertainty": "20", **standard},
        {"code": ACETONITRILE, "kind": "reagent", "name": "乙腈", "grade": "色谱纯", "lot": "240817-A", **bought},
        {"code": SALTS, "kind": "consumable", "name": "萃取盐包（硫酸镁、氯化钠）", "lot": "Q24066", **bought},
        {"code": SORBENT, "kind": "consumable", "name": "净化管（PSA、C18）", "lot": "P24071", **bought},
        {"code": CARBON_SORBENT, "kind": "consumable", "name": "净化管（PSA、C18、GCB）", "lot": "G24018", **bought},
    )  # fmt: skip
    return [LotIn.model_validate(lot) for lot in lots]


def _solutions(today: date) -> Sequence[SolutionIn]:
    made = {"strength_unit": "mg/L", "preparation": "用乙腈定容", "storage": "4 ℃ 避光"}
    solutions: Sequence[dict[str, Any]] = (
        {"code": INTERMEDIATE, "kind": "intermediate_solution", "name": "农药混合标准中间溶液", "final_volume": "10.0",
         "sources": [_taken(MIXTURE), _taken(ACETONITRILE, "9.0")],
         "prepared_on": today - timedelta(days=10), "expires_on": today + timedelta(days=80), **made},
        {"code": WORKING, "name": "农药混合标准工作溶液", "final_volume": "10.0", "sources": [_taken(INTERMEDIATE)],
         "prepared_on": today, "expires_on": today + timedelta(days=14), **made},
        {"code": INTERNAL_WORKING, "name": "内标工作溶液", "final_volume": "100", "sources": [_taken(INTERNAL)],
         "prepared_on": today, "expires_on": today + timedelta(days=45), **made},
        {"code": SECOND_WORKING, "name": "农药混合标准工作溶液", "final_volume": "10.0",
         "sources": [_taken(INTERMEDIATE)], "prepared_on": today, "expires_on": today + timedelta(days=14), **made},
    )  # fmt: skip
    return [SolutionIn.model_validate(solution) for solution in solutions]


def _taken(code: str, millilitres: str = "1.00") -> dict[str, str]:
    return {"code": code, "taken": millilitres, "unit": "mL"}
