"""JSON routes of control charts and nonconforming work."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from sqlmodel import col, func, select

from lims.core.actions import Action
from lims.core.errors import NotFound
from lims.quality import queries, service
from lims.quality.rules import ChartKey, NonconformingState, PointSource
from lims.quality.schemas import (
    BrokenOut,
    ChartDetail,
    ChartOut,
    ClosingIn,
    EvaluationIn,
    LimitsIn,
    LimitsOut,
    NonconformingIn,
    NonconformingOut,
    PointOut,
)
from lims.quality.tables import NonconformingWork
from lims.science.control_rules import RULES, broken_rules
from lims.web.dependencies import ActorDep, LimsDep
from lims.web.fields import Limit, Offset, Page

router = APIRouter(prefix="/api", tags=["quality"])
_METHOD = Query(max_length=60, examples=["GB 23200.121-2026"], description="Code of the method.")
_ANALYTE = Query(max_length=100, examples=["carbofuran"], description="Code of the analyte.")
_LEVEL = Query(
    max_length=60, examples=["0.05 mg/kg"], description="Level of spike or check standard; empty for a blank."
)


@router.get("/control-charts")
def control_charts(lims: LimsDep, actor: ActorDep) -> list[ChartOut]:
    """The control charts of the own laboratory, each with how it stands."""
    with lims.read(actor, Action.QUALITY_READ) as session:
        return [
            ChartOut(
                method=one.key.method,
                analyte=one.key.analyte,
                source=one.key.source,
                level=one.key.level,
                points=one.points,
                newest=one.newest,
                state=one.state,
                limits=None if one.limits is None else LimitsOut.model_validate(one.limits),
            )
            for one in queries.charts(session)
        ]


@router.get("/control-charts/points")
def chart_points(
    lims: LimsDep,
    actor: ActorDep,
    method: Annotated[str, _METHOD],
    analyte: Annotated[str, _ANALYTE],
    source: PointSource,
    level: Annotated[str, _LEVEL] = "",
    begins: date | None = None,
    ends: date | None = None,
) -> ChartDetail:
    """The points of a chart, its newest limits, and the rules that the points break."""
    key = ChartKey(method, analyte, source, level)
    with lims.read(actor, Action.QUALITY_READ) as session:
        everything = queries.points_of(session, key)
        if not everything:
            raise NotFound.of("control chart", analyte)
        limits = next(iter(queries.limits_of(session, key)), None)
        shown = queries.points_of(session, key, begins=begins, ends=ends)
        told = {point.check_id for point in shown}
        broken = []
        if limits is not None:
            history = queries.since(everything, limits)
            rules = broken_rules(queries.plotted(history, limits), RULES[limits.rule_set])
            found = [BrokenOut(rule=r.rule, weight=r.weight, check_id=history[r.at].check_id) for r in rules]
            broken = [one for one in found if one.check_id in told]
        return ChartDetail(
            points=[PointOut.model_validate(point) for point in shown],
            limits=None if limits is None else LimitsOut.model_validate(limits),
            broken=broken,
        )


@router.post("/control-charts/limits", status_code=201)
def set_limits(order: LimitsIn, lims: LimsDep, actor: ActorDep) -> LimitsOut:
    """Set the limits of a chart from a reference period, as a new edition."""
    with lims.work(actor, Action.CHART_SET_LIMITS, order.reason) as session:
        return LimitsOut.model_validate(service.set_limits(session, order))


@router.get("/nonconforming")
def nonconforming(
    lims: LimsDep,
    actor: ActorDep,
    state: NonconformingState | None = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> Page[NonconformingOut]:
    """Nonconforming work of the own laboratory, newest first."""
    with lims.read(actor, Action.QUALITY_READ) as session:
        chosen = queries.nonconforming(session)
        if state is not None:
            chosen = chosen.where(NonconformingWork.state == state)
        total = session.exec(select(func.count()).select_from(chosen.subquery())).one()
        newest = chosen.order_by(col(NonconformingWork.opened_at).desc(), col(NonconformingWork.id))
        found = session.exec(newest.limit(limit).offset(offset)).all()
        items = [NonconformingOut.model_validate(one) for one in found]
        return Page(items=items, total=total, limit=limit, offset=offset)


@router.post("/nonconforming", status_code=201)
def open_work(order: NonconformingIn, lims: LimsDep, actor: ActorDep) -> NonconformingOut:
    """Report nonconforming work."""
    with lims.work(actor, Action.NONCONFORMING_OPEN) as session:
        return NonconformingOut.model_validate(service.open_work(session, order))


@router.get("/nonconforming/{number}")
def one_work(number: str, lims: LimsDep, actor: ActorDep) -> NonconformingOut:
    """One record of nonconforming work."""
    with lims.read(actor, Action.QUALITY_READ) as session:
        return NonconformingOut.model_validate(queries.nonconforming_by_number(session, number))


@router.post("/nonconforming/{number}/evaluate")
def evaluate_work(number: str, order: EvaluationIn, lims: LimsDep, actor: ActorDep) -> NonconformingOut:
    """Say how grave it is and what is done about it."""
    with lims.work(actor, Action.NONCONFORMING_DECIDE, order.action) as session:
        return NonconformingOut.model_validate(service.evaluate_work(session, number, order))


@router.post("/nonconforming/{number}/close")
def close_work(number: str, order: ClosingIn, lims: LimsDep, actor: ActorDep) -> NonconformingOut:
    """Close it with what became of it."""
    with lims.work(actor, Action.NONCONFORMING_DECIDE, order.outcome) as session:
        return NonconformingOut.model_validate(service.close_work(session, number, order))
