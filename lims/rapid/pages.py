"""Pages of rapid tests: what readers sent, positives that wait for a confirmation, and the part of a sample's page."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.errors import BadInput, LimsError
from lims.core.language import Language, translator
from lims.core.reasons import Where, mark, reason
from lims.db.work import LimsSession
from lims.library.queries import current_library
from lims.library.rules import Library
from lims.rapid import queries, service
from lims.rapid.rules import POSITIVE_FROM, ConfirmedOn, RapidOutcome
from lims.rapid.schemas import ConfirmationIn
from lims.rapid.tables import RapidTest
from lims.rapid.views import OUTCOME_MOODS, Confirming, RapidLine, contradicts_itself, found_by
from lims.runtime import Lims
from lims.samples import queries as samples
from lims.samples.rules import TestStatus
from lims.samples.schemas import TestOrder
from lims.samples.tables import AssignedTest, Sample
from lims.science.amounts import amount_from_dict
from lims.web.amounts import amount_text
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, FormDep, refused
from lims.web.page import page, see_other
from lims.web.problems import status_of
from lims.web.uploads import read_upload
from lims.web.viewer import PageLanguage, Viewer, ViewerDep

router = APIRouter(prefix="/rapid")
#: The newest so many are listed; older ones stand on the pages of their samples.
_MOST = 200


@router.get("")
def rapid_page(
    request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, waiting: bool = False
) -> Response:
    """The newest rapid tests, positives that wait for a confirmation first; `waiting`: these alone."""
    return _list(request, lims, viewer, language, Filled(), waiting=waiting)


@router.post("")
def record(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """Keep the records of a rapid reader."""
    lims.require(viewer.actor, Action.RAPID_RECORD)
    try:
        file = form.file("file")
        content, limit = read_upload(file, lims), _percent(form.text("positive_from"))
        with lims.work(viewer.actor, Action.RAPID_RECORD) as session:
            kept = service.record_tests(
                session,
                current_library(session),
                content,
                file.filename or "",
                method_code=form.text("method") or service.USUAL_METHOD,
                positive_from=limit,
            )
            positive = sum(one.outcome is RapidOutcome.POSITIVE for one in kept.tests)
    except LimsError as refusal:
        shown = refused(form, refusal, language)
        return _list(request, lims, viewer, language, shown, status=status_of(refusal))
    note = mark("{recorded} rapid tests are kept, {positive} of them positive; {duplicates} were known.")
    return see_other(request, "/rapid", note, recorded=len(kept.tests), positive=positive, duplicates=kept.duplicates)


@router.post("/{test_id}/confirmation")
def confirm(
    test_id: UUID, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Order what confirms a positive."""
    lims.require(viewer.actor, Action.RAPID_CONFIRM)
    try:
        names = [*form.texts("parameter"), *(part for part in [form.text("other")] if part)]
        method = form.text("method") or None
        orders = [TestOrder(parameter=name[:100], method=method) for name in dict.fromkeys(names)]
        on = form.text("confirmed_on")
        order = ConfirmationIn(
            parameters=orders,
            confirmed_on=ConfirmedOn(on) if on in set(ConfirmedOn) else ConfirmedOn.SAMPLE,
            note=form.text("note")[:500] or None,
        )
        with lims.work(viewer.actor, Action.RAPID_CONFIRM, order.note) as session:
            made = service.order_confirmation(session, current_library(session), test_id, order)
    except LimsError as refusal:
        shown = refused(form, refusal, language)
        return _list(request, lims, viewer, language, shown, status=status_of(refusal))
    note = mark("{count} tests are ordered to confirm it.")
    return see_other(request, "/rapid", note, count=len(made))


@router.get("/of-sample/{code}")
def of_sample_part(code: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """The rapid tests of a sample, by its blind code or number, for its own page."""
    with lims.read(viewer.actor, Action.RESULT_READ) as session:
        sample = samples.sample_by_code(session, code)
        tests = [(one, sample) for one in queries.tests_of_sample(session, sample.id)]
        lines = _lines(session, current_library(session), tests, language)
        return page(
            request,
            "rapid/of_sample.html",
            part="rapid/_of_sample.html",
            sample=sample,
            lines=lines,
            address=f"/samples/bench/{quote(sample.blind_code, safe='')}",
        )


def _percent(text: str) -> Decimal:
    if not text:
        return POSITIVE_FROM
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise BadInput(reason("calibration.bracket_number", "Write a number in percent.", at=Where("positive_from")))
    return found


def _list(
    request: Request,
    lims: Lims,
    viewer: Viewer,
    language: Language,
    form: Filled,
    *,
    waiting: bool = False,
    status: int = 200,
) -> Response:
    with lims.read(viewer.actor, Action.RESULT_READ) as session:
        tests = session.exec(queries.rapid_tests(session, unconfirmed=waiting).limit(_MOST)).all()
        lines = _lines(session, current_library(session), tests, language)
        return page(
            request,
            "rapid/list.html",
            status=status,
            lines=sorted(lines, key=lambda line: not line.is_open),
            waiting=waiting,
            form=form,
            usual_method=service.USUAL_METHOD,
            positive_from=POSITIVE_FROM,
            portions=tuple(ConfirmedOn),
            may_record=viewer.may(Action.RAPID_RECORD),
            may_confirm=viewer.may(Action.RAPID_CONFIRM),
        )


def _lines(
    session: LimsSession, library: Library, tests: Sequence[tuple[RapidTest, Sample]], language: Language
) -> list[RapidLine]:
    ordered = queries.confirmations(session, {test.id for test, _ in tests})
    sample_ids = {sample.id for _, sample in tests}
    own, found, say = samples.tests_by_sample(session, sample_ids), found_by(session, sample_ids), translator(language)

    def confirming(test: AssignedTest) -> list[str]:
        return [amount_text(amount_from_dict(one), say) for one in found.get(test.id, ())]

    return [
        RapidLine(
            test=test,
            sample=sample,
            food=library.food_name(sample.food),
            mood=OUTCOME_MOODS[test.outcome],
            contradicts=contradicts_itself(test),
            confirming=[
                Confirming(one, library.substance_name(one.test.parameter, language), confirming(one.test))
                for one in ordered.get(test.id, ())
            ],
            proposed=[
                (one.parameter, library.substance_name(one.parameter, language))
                for one in own.get(sample.id, ())
                if one.status is TestStatus.ASSIGNED and not library.is_screening(one.method_code)
            ],
        )
        for test, sample in tests
    ]
