"""JSON routes of batches: one act on hundreds of reports."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import AwareDatetime, Field

from lims.core.actions import Action
from lims.core.actors import Actor
from lims.core.language import Language, translator
from lims.db.work import LimsSession
from lims.people.asking import confirmed_by
from lims.people.confirming import Confirmation, Purpose
from lims.people.schemas import AuthenticationIn
from lims.reports import batch_rules, batch_views, batches
from lims.reports.batch_rules import BatchAct, ItemState
from lims.reports.batch_tables import ReportBatch
from lims.reports.rules import require_whole
from lims.reports.schemas import CompileIn
from lims.runtime import Lims
from lims.web.dependencies import ActorDep, LanguageDep, LimsDep
from lims.web.fields import Input, Output

router = APIRouter(prefix="/api/report-batches", tags=["reports"])


class DraftIn(Input):
    """A draft in the version that was looked at."""

    id: UUID
    version: int = Field(ge=1, examples=[1])


class DraftsIn(Input):
    """The drafts that one act is done with, and who does it: one proof serves all of them."""

    authentication: AuthenticationIn
    reports: Annotated[list[DraftIn], Field(min_length=1, max_length=batch_rules.MOST)]


class SamplesIn(Input):
    """The samples whose reports are compiled, each with its layout, and who does it."""

    authentication: AuthenticationIn
    reports: Annotated[list[CompileIn], Field(min_length=1, max_length=batch_rules.MOST)]


class RefusedOut(Output):
    """A report of a batch that was refused; nothing of it was changed."""

    sample: str
    report_id: UUID | None
    reasons: list[str]


class BatchOut(Output):
    """How far a batch is. `waiting`, `signed` and `failed` are of the files of issued reports.

    A file is drawn and signed in one step: `signed` counts those with which both are done.
    """

    id: UUID
    act: BatchAct
    ordered_at: AwareDatetime
    total: int
    open: int
    done: int
    refused: int
    waiting: int
    signed: int
    failed: int
    is_over: bool
    refusals: list[RefusedOut]


@router.post("/compile", status_code=202)
def compile_many(order: SamplesIn, request: Request, lims: LimsDep, actor: ActorDep, language: LanguageDep) -> BatchOut:
    """编制 the reports of many samples. They are done in the background, each for itself."""
    subjects = [one.sample for one in order.reports]
    confirmation = _confirmed(request, lims, actor, Action.REPORT_COMPILE, subjects, order.authentication)
    with lims.work(actor, Action.REPORT_COMPILE) as session:
        return _out(session, batches.order_reports(session, order.reports, confirmation), language)


@router.post("/review", status_code=202)
def review_many(order: DraftsIn, request: Request, lims: LimsDep, actor: ActorDep, language: LanguageDep) -> BatchOut:
    """审核 many drafts. They are done in the background, each for itself."""
    subjects = [str(one.id) for one in order.reports]
    confirmation = _confirmed(request, lims, actor, Action.REPORT_REVIEW, subjects, order.authentication)
    with lims.work(actor, Action.REPORT_REVIEW) as session:
        return _out(session, batches.order_drafts(session, BatchAct.REVIEW, _drafts(order), confirmation), language)


@router.post("/approve", status_code=202)
def approve_many(order: DraftsIn, request: Request, lims: LimsDep, actor: ActorDep, language: LanguageDep) -> BatchOut:
    """批准 many drafts. They are numbered, frozen, drawn and signed in the background, each for itself."""
    subjects = [str(one.id) for one in order.reports]
    confirmation = _confirmed(request, lims, actor, Action.REPORT_APPROVE, subjects, order.authentication)
    with lims.work(actor, Action.REPORT_APPROVE) as session:
        return _out(session, batches.order_drafts(session, BatchAct.APPROVE, _drafts(order), confirmation), language)


@router.get("/{batch_id}")
def get_batch(batch_id: UUID, lims: LimsDep, actor: ActorDep, language: LanguageDep) -> BatchOut:
    """How far a batch is, and what was refused."""
    require_whole(actor)
    with lims.read(actor, Action.REPORT_READ) as session:
        return _out(session, batch_views.batch_by_id(session, batch_id), language)


def _confirmed(
    request: Request, lims: Lims, actor: Actor, action: Action, subjects: list[str], given: AuthenticationIn
) -> Confirmation:
    lims.require(actor, action)
    return confirmed_by(request, lims, actor, given, Purpose(action, tuple(subjects)))


def _drafts(order: DraftsIn) -> list[batches.Draft]:
    return [batches.Draft(one.id, one.version) for one in order.reports]


def _out(session: LimsSession, batch: ReportBatch, language: Language) -> BatchOut:
    progress = batch_views.progress_of(session, batch)
    say = translator(language)
    counts = {
        name: getattr(progress, name) for name in ("total", "open", "done", "refused", "waiting", "signed", "failed")
    }
    lines = batch_views.lines_of(session, batch) if progress.refused else ()
    return BatchOut(
        id=batch.id,
        act=batch.act,
        ordered_at=batch.ordered_at,
        is_over=progress.is_over,
        refusals=[
            RefusedOut(
                sample=line.sample,
                report_id=line.report_id,
                reasons=[why.translated(say) for why in line.refusals],
            )
            for line in lines
            if line.state is ItemState.REFUSED
        ],
        **counts,
    )
