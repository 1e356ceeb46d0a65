"""JSON routes of rapid tests: the inbox of readers, and what confirms a positive."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, UploadFile
from sqlmodel import func, select

from lims.core.actions import Action
from lims.library.queries import current_library
from lims.rapid import queries, service
from lims.rapid.rules import POSITIVE_FROM, RapidOutcome
from lims.rapid.schemas import ConfirmationIn, RapidRecorded, RapidTestOut
from lims.rapid.views import shown
from lims.samples import queries as samples
from lims.web.dependencies import ActorDep, LimsDep
from lims.web.fields import DecimalText, Limit, Offset, Page
from lims.web.texts import Text60
from lims.web.uploads import read_upload

router = APIRouter(prefix="/api/rapid-tests", tags=["rapid"])


@router.get("")
def rapid_tests(
    lims: LimsDep,
    actor: ActorDep,
    outcome: RapidOutcome | None = None,
    unconfirmed: bool = False,  # a question of the address
    limit: Limit = 100,
    offset: Offset = 0,
) -> Page[RapidTestOut]:
    """The rapid tests of the own laboratory, the newest first; `unconfirmed`: positives that wait for an order."""
    with lims.read(actor, Action.RESULT_READ) as session:
        chosen = queries.rapid_tests(session, outcome=outcome, unconfirmed=unconfirmed)
        total = session.exec(select(func.count()).select_from(chosen.subquery())).one()
        items = shown(session, session.exec(chosen.limit(limit).offset(offset)).all())
        return Page(items=items, total=total, limit=limit, offset=offset)


@router.post("", status_code=201)
def record_tests(
    lims: LimsDep,
    actor: ActorDep,
    file: UploadFile,
    method: Annotated[Text60, Form(description="Method of the rapid test.")] = service.USUAL_METHOD,
    positive_from: Annotated[DecimalText, Form(description="Inhibition in percent.")] = POSITIVE_FROM,
) -> RapidRecorded:
    """Keep the records of a rapid reader, JSON or table; what was sent before is kept once."""
    content = read_upload(file, lims)
    with lims.work(actor, Action.RAPID_RECORD) as session:
        kept = service.record_tests(
            session,
            current_library(session),
            content,
            file.filename or "",
            method_code=method,
            positive_from=Decimal(positive_from),
        )
        found = samples.samples_by_id(session, {one.sample_id for one in kept.tests})
        return RapidRecorded(
            read=len(kept.tests) + kept.duplicates,
            recorded=len(kept.tests),
            duplicates=kept.duplicates,
            positive=sum(one.outcome is RapidOutcome.POSITIVE for one in kept.tests),
            tests=shown(session, [(one, found[one.sample_id]) for one in kept.tests]),
        )


@router.post("/{test_id}/confirmation", status_code=201)
def order_confirmation(test_id: UUID, order: ConfirmationIn, lims: LimsDep, actor: ActorDep) -> RapidTestOut:
    """Order what confirms a positive rapid test by an instrument method, on the same sample or its retained portion."""
    with lims.work(actor, Action.RAPID_CONFIRM, order.note) as session:
        service.order_confirmation(session, current_library(session), test_id, order)
        test = queries.rapid_test_by_id(session, test_id)
        return shown(session, [(test, samples.sample_by_id(session, test.sample_id))])[0]
