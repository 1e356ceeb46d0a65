"""JSON routes of indicators and returns."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Query, UploadFile
from fastapi.responses import Response

from lims.core.actions import Action
from lims.core.patterns import ANY_REGION_CODE
from lims.indicators import queries, service
from lims.indicators.return_file import json_schema, open_return
from lims.indicators.rules import MONITORING, BatchVerdict, Breakdown, Period
from lims.indicators.schemas import (
    BatchOut,
    IndicatorsOut,
    IntakeOut,
    ReturnOrder,
    ReturnOut,
    ReturnReceivedOut,
)
from lims.indicators.service import Question
from lims.samples.rules import Programme, Stage
from lims.web.dependencies import ActorDep, LimsDep
from lims.web.fields import Limit, Offset, Page
from lims.web.uploads import read_upload

router = APIRouter(prefix="/api", tags=["indicators"])

Text = Annotated[str | None, Query(max_length=200)]


def _question(
    period: Annotated[str, Query(examples=["2026-11"], description="2026, 2026-Q4 or 2026-11, by day of sampling.")],
    region: Annotated[
        str | None, Query(pattern=ANY_REGION_CODE, description="Code of a region; your laboratory's when left out.")
    ] = None,
    programme: Annotated[
        list[Programme] | None, Query(description="Programmes to count; all monitoring when left out.")
    ] = None,
    food_group: Text = None,
    food: Text = None,
    stage: Stage | None = None,
    laboratory: Text = None,
) -> Question:
    return Question(
        period=Period.parse(period),
        region=region,
        programmes=frozenset(programme) if programme else MONITORING,
        food_group=food_group,
        food=food,
        stage=stage,
        laboratory=laboratory,
    )


QuestionDep = Annotated[Question, Depends(_question)]


@router.get("/indicators")
def indicators(
    lims: LimsDep, actor: ActorDep, question: QuestionDep, by: Breakdown = Breakdown.REGION
) -> IndicatorsOut:
    """Pass rate and batches per thousand residents of a region and period, in total and by one breakdown.

    Computed from the reports issued here and those returned from below, at this moment. Withdrawn reports count in
    nothing, samples that could not be judged in no pass rate. Without `programme` all monitoring counts: neither
    commissioned samples nor retests.
    """
    return IndicatorsOut.of(service.indicator_table(lims, actor, question, by))


@router.get("/indicators/batches")
def batches(
    lims: LimsDep,
    actor: ActorDep,
    question: QuestionDep,
    verdict: BatchVerdict | None = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> Page[BatchOut]:
    """The batches behind a figure, with their report numbers; with a verdict only those that count in it."""
    found = service.indicator_batches(lims, actor, question, verdict, limit, offset)
    items = [BatchOut.model_validate(batch) for batch in found.batches]
    return Page(items=items, total=found.total, limit=limit, offset=offset)


@router.post("/returns/export")
def export_return(order: ReturnOrder, lims: LimsDep, actor: ActorDep) -> ReturnOut:
    """The signed return of the own laboratory for a period. When nothing changed since the last one, that one.

    Refused while a report of the period waits for its signed PDF.
    """
    data = service.export_return(lims, actor, Period.parse(order.period))
    opened = open_return(data)
    return ReturnOut(
        number=opened.payload.number,
        starts_on=opened.payload.period.starts_on,
        ends_on=opened.payload.period.ends_on,
        records=opened.payload.counts.records,
        sha256=opened.sha256,
        created_at=opened.payload.created_at,
    )


@router.post("/returns/import")
def import_return(file: Annotated[UploadFile, File()], lims: LimsDep, actor: ActorDep) -> IntakeOut:
    """Take in the return of a laboratory below: verified against its registered certificate, all of it or nothing.

    The same return a second time changes nothing. A record in a higher revision replaces what was imported before.
    """
    lims.require(actor, Action.RETURN_IMPORT)
    return IntakeOut.of(service.import_return(lims, actor, read_upload(file, lims)))


@router.get("/returns")
def returns_sent(lims: LimsDep, actor: ActorDep, limit: Limit = 100, offset: Offset = 0) -> Page[ReturnOut]:
    """The returns handed out, newest first."""
    with lims.read(actor, Action.INDICATORS_READ) as session:
        rows, total = queries.returns_sent(session, limit, offset)
        items = [ReturnOut.model_validate(row) for row in rows]
    return Page(items=items, total=total, limit=limit, offset=offset)


@router.get("/returns/received")
def returns_received(lims: LimsDep, actor: ActorDep, limit: Limit = 100, offset: Offset = 0) -> Page[ReturnReceivedOut]:
    """The returns taken in from below, newest first."""
    with lims.read(actor, Action.INDICATORS_READ) as session:
        rows, total = queries.returns_received(session, limit, offset)
        items = [ReturnReceivedOut.model_validate(row) for row in rows]
    return Page(items=items, total=total, limit=limit, offset=offset)


@router.get("/returns/schema")
def return_schema(_actor: ActorDep) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a return file."""
    return json_schema()


@router.get(
    "/returns/{number}/file",
    response_class=Response,
    responses={200: {"content": {"application/json": {}}, "description": "The return file, byte for byte."}},
)
def return_file(number: str, lims: LimsDep, actor: ActorDep) -> Response:
    """The file of a return, sent or received."""
    data = service.return_bytes(lims, actor, number)
    name = f'attachment; filename="{number}.json"'
    return Response(data, media_type="application/json", headers={"Content-Disposition": name})
