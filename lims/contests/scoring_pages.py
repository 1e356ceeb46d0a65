"""Pages of scoring for the organiser: progress, marks, ranking, how a total came about, corrections, appeals."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.contests import looking, publishing, queries, scoring, theory
from lims.contests.acting import acted
from lims.contests.doors import reading, working
from lims.contests.entry_pages import attached
from lims.contests.judge_pages import sheet_fields
from lims.contests.rules import ContestState, CorrectionState, EventKind, Finding, Settings
from lims.contests.schemas import ConfirmIn, CorrectionIn, DecisionIn, FromExamIn
from lims.contests.score_data import said
from lims.contests.standing import outcome_of, raw_of
from lims.contests.workbooks import XLSX, marks_workbook, read_marks, scores_workbook
from lims.core.actions import Action
from lims.core.errors import BadInput, LimsError, NotFound
from lims.core.language import Language, translator
from lims.core.reasons import Where, mark, reason
from lims.db.work import LimsSession
from lims.runtime import Lims
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, Form, FormDep, refused
from lims.web.page import page, see_other
from lims.web.problems import status_of
from lims.web.uploads import read_upload
from lims.web.viewer import PageLanguage, Viewer, ViewerDep

router = APIRouter(prefix="/contests/{number}")


@router.get("/scoring")
def scoring_page(number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """How far scoring is, tables of marks, and corrections that wait."""
    return _scoring(request, lims, viewer, language, number, Filled())


@router.get("/marks/{event}/table")
def marks_file(number: str, event: str, lims: LimsDep, viewer: ViewerDep) -> Response:
    """The table of marks of an event, to be filled."""
    with reading(lims, viewer.actor, Action.CONTEST_RECORD) as session:
        found = queries.own_contest(session, number)
        codes = sorted(one.code for one in queries.entrants_of(session, found) if not one.withdrawn_reason)
        content = marks_workbook(codes, queries.event_of(session, found, event))
    return attached(content, XLSX, f"{number}-{event}.xlsx")


@router.post("/marks/{event}")
def import_marks(
    number: str, event: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Record marks or results from a table."""

    def act() -> None:
        file = form.file("file")
        content = read_upload(file, lims)
        with reading(lims, viewer.actor, Action.CONTEST_RECORD) as session:
            wanted = queries.event_of(session, queries.own_contest(session, number), event)
        orders = read_marks(content, form.encoding(), wanted, (file.filename or "import")[:100])
        with working(lims, viewer.actor, Action.CONTEST_RECORD) as session:
            scoring.record_marks(session, number, event, orders)

    lims.require(viewer.actor, Action.CONTEST_RECORD)
    note = mark("The marks are recorded.")
    return acted(act, _again(request, lims, viewer, language, number), request, language, form,
                 f"/contests/{number}/scoring", note)  # fmt: skip


@router.post("/marks/{event}/candidates")
def seat_entrants(
    number: str, event: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Make entrants candidates of an exam."""
    note = mark("{count} candidates are added to {exam}; make their slips there.")
    return _with_exam(theory.seat_entrants, event, note, request, lims, viewer, language, number, form)


@router.post("/marks/{event}/exam")
def take_over_marks(
    number: str, event: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Take over the marks of an exam; who was absent is told."""
    note = mark("{count} marks are taken over from {exam}. Absent: {absent}.")
    return _with_exam(theory.take_over_marks, event, note, request, lims, viewer, language, number, form)


@router.get("/scores.xlsx")
def scores_file(number: str, lims: LimsDep, viewer: ViewerDep) -> Response:
    """Ranks and all raw scores as a workbook."""
    with reading(lims, viewer.actor, Action.CONTEST_RECORD) as session:
        content = scores_workbook(session, queries.own_contest(session, number))
    return attached(content, XLSX, f"{number}-scores.xlsx")


@router.post("/corrections/{key}")
def decide_correction(
    number: str, key: UUID, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Approve or refuse a correction."""

    def act() -> None:
        order = form.read(ConfirmIn, approve=form.text("approve") == "true")
        with working(lims, viewer.actor, Action.CONTEST_CORRECT) as session:
            scoring.decide_correction(session, number, key, order)

    lims.require(viewer.actor, Action.CONTEST_CORRECT)
    note = mark("The correction is decided.")
    return acted(act, _again(request, lims, viewer, language, number), request, language, form,
                 f"/contests/{number}/scoring", note)  # fmt: skip


@router.get("/ranking")
def ranking_page(number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """Where everybody stands."""
    with reading(lims, viewer.actor, Action.CONTEST_READ) as session:
        ranking = looking.ranking(session, number)
        organises = _organises(viewer, [one.number for one in queries.own_contests(session)], number)
        found = queries.own_contest(session, number) if organises else queries.contest_for(session, number)
        titles = {one.code: one.title for one in queries.events_of(session, found)}
        own = {str(one.id) for one in queries.own_entries(session, found)}
        is_stale = organises and ranking.edition > 0 and raw_of(session, found).sha256 != ranking.data_sha256
    settings = Settings.of(found.settings)
    return page(
        request,
        "contests/ranking.html",
        found=found,
        mood=looking.MOODS[found.state],
        ranking=ranking,
        own_entries=own,
        organises=organises,
        is_stale=is_stale,
        titles=titles,
        settings=settings,
        prizes={one["code"]: looking.prize_words(settings, one, language) for one in ranking.outcome["entrants"]},
        steps={one["team"]: [said(step, translator(language)) for step in one["steps"]]
               for one in ranking.outcome["teams"]},
    )  # fmt: skip


@router.get("/ranking/{code}")
def entrant_page(
    number: str, code: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage
) -> Response:
    """How the total of an entrant came about."""
    return _entrant(request, lims, viewer, language, number, code, Filled())


@router.post("/ranking/{code}/correct")
def propose_correction(
    number: str, code: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Propose a correction of one of the scores of an entrant."""

    def act() -> None:
        order = form.read(CorrectionIn, **_correction_of(form))
        with working(lims, viewer.actor, Action.CONTEST_CORRECT, order.reason) as session:
            scoring.propose_correction(session, number, code, order)

    def again(filled: Filled, status: int) -> Response:
        return _entrant(request, lims, viewer, language, number, code, filled, status)

    lims.require(viewer.actor, Action.CONTEST_CORRECT)
    note = mark("The correction is proposed; a second person decides on it.")
    return acted(act, again, request, language, form, f"/contests/{number}/ranking/{code}", note)


@router.get("/appeals")
def appeals_page(number: str, request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """Every appeal, and what is to be decided."""
    return _appeals(request, lims, viewer, number, Filled())


@router.post("/appeals/{key}/propose")
def propose_decision(
    number: str, key: UUID, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Propose a decision on an appeal."""

    def act() -> None:
        order = form.read(DecisionIn)
        with working(lims, viewer.actor, Action.CONTEST_DECIDE, order.findings) as session:
            publishing.propose_decision(session, number, key, order)

    note = mark("The decision is proposed; a second person confirms it.")
    return _decided(act, request, lims, viewer, language, number, form, note)


@router.post("/appeals/{key}/confirm")
def confirm_decision(
    number: str, key: UUID, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Confirm a decision on an appeal, or drop it."""

    def act() -> None:
        order = form.read(ConfirmIn, approve=form.text("approve") == "true")
        with working(lims, viewer.actor, Action.CONTEST_DECIDE) as session:
            publishing.confirm_decision(session, number, key, order)

    return _decided(act, request, lims, viewer, language, number, form, mark("The appeal is decided."))


def _decided(
    act: Callable[[], None],
    request: Request,
    lims: Lims,
    viewer: Viewer,
    language: Language,
    number: str,
    form: Form,
    note: str,
) -> Response:
    lims.require(viewer.actor, Action.CONTEST_DECIDE)

    def again(filled: Filled, status: int) -> Response:
        return _appeals(request, lims, viewer, number, filled, status)

    return acted(act, again, request, language, form, f"/contests/{number}/appeals", note)


def _with_exam(
    step: Callable[[LimsSession, str, str, str], theory.Sat],
    event: str,
    note: str,
    request: Request,
    lims: Lims,
    viewer: Viewer,
    language: Language,
    number: str,
    form: Form,
) -> Response:
    lims.require(viewer.actor, Action.CONTEST_RECORD)
    gaps: dict[str, Any] = {}
    try:
        order = form.read(FromExamIn)
        with working(lims, viewer.actor, Action.CONTEST_RECORD) as session:
            sat = step(session, number, event, order.exam)
        gaps |= {"count": len(sat.done), "exam": order.exam, "absent": "、".join(sat.absent) or "—"}
    except LimsError as refusal:
        return _scoring(request, lims, viewer, language, number, refused(form, refusal, language), status_of(refusal))
    return see_other(request, f"/contests/{number}/scoring", note, **gaps)


def _again(
    request: Request, lims: Lims, viewer: Viewer, language: Language, number: str
) -> Callable[[Filled, int], Response]:
    return lambda filled, status: _scoring(request, lims, viewer, language, number, filled, status)


def _scoring(
    request: Request, lims: Lims, viewer: Viewer, language: Language, number: str, form: Filled, status: int = 200
) -> Response:
    with reading(lims, viewer.actor, Action.CONTEST_RECORD) as session:
        found = looking.organised(session, number)
        raw = raw_of(session, queries.own_contest(session, number))
        corrections = looking.corrections(session, number)
        choices = theory.exam_choices(session, queries.own_contest(session, number))
    outcome = outcome_of(raw, Settings.of(found.settings))
    lacking = {(one["entrant"], one["event"]): said(one, translator(language)) for one in outcome["lacking"]}
    lines = sorted(outcome["entrants"], key=lambda one: int(one["start"]))
    return page(
        request,
        "contests/scoring.html",
        status=status,
        found=found,
        mood=looking.MOODS[found.state],
        lines=lines,
        lacking=lacking,
        withdrawn=outcome["withdrawn"],
        corrections=corrections,
        may_decide=[one.id for one in corrections if one.proposed_by != viewer.actor.user_id],
        proposed=CorrectionState.PROPOSED,
        may_record=found.state is ContestState.SCORING,
        theory=EventKind.THEORY,
        seatings=[(one.number, f"{one.number} {one.title}") for one in choices if one.takes_candidates],
        marked=[(one.number, f"{one.number} {one.title}") for one in choices if one.is_marked],
        form=form,
    )


def _entrant(
    request: Request,
    lims: Lims,
    viewer: Viewer,
    language: Language,
    number: str,
    code: str,
    form: Filled,
    status: int = 200,
) -> Response:
    with reading(lims, viewer.actor, Action.CONTEST_READ) as session:
        explained = looking.explanation(session, number, code, language)
        organises = _organises(viewer, [one.number for one in queries.own_contests(session)], number)
        found = queries.own_contest(session, number) if organises else queries.contest_for(session, number)
        events = {one.code: one for one in queries.events_of(session, found)}
        raw = raw_of(session, found) if organises else None
        entrant = queries.entrant_of(session, found, code)
        name = looking.ranking(session, number).names.get(code, "")
    say = translator(language)
    sheets = []
    if raw is not None:
        for event in raw.events:
            for sheet in raw.sheets.get((event.id, entrant.id), ()):
                kept = event.sheets[sheet.sheet_version - 1]
                sheets.append((event, raw.labels[sheet.judge_id], kept, raw.given_by(sheet)))
    marks = [] if raw is None else [
        (event, raw.given_in(one)) for event in raw.events if (one := raw.marks.get((event.id, entrant.id)))
    ]  # fmt: skip
    return page(
        request,
        "contests/entrant.html",
        status=status,
        found=found,
        explained=explained,
        name=name,
        organises=organises,
        events=events,
        told=[(event, [(judge, [said(one, say) for one in judge["steps"]]) for judge in event["judges"]],
               [said(one, say) for one in event["steps"]]) for event in explained.entrant["events"]],
        sum=[said(one, say) for one in explained.entrant["steps"]],
        tie=None if explained.entrant["tie"] is None else said(explained.entrant["tie"], say),
        sheets=sheets,
        marks=marks,
        may_correct=organises and found.state in {ContestState.SCORING, ContestState.ANNOUNCED},
        form=form,
    )  # fmt: skip


def _appeals(request: Request, lims: Lims, viewer: Viewer, number: str, form: Filled, status: int = 200) -> Response:
    with reading(lims, viewer.actor, Action.CONTEST_DECIDE) as session:
        found = looking.organised(session, number)
        appeals = looking.all_appeals(session, number)
    return page(
        request,
        "contests/appeals.html",
        status=status,
        found=found,
        mood=looking.MOODS[found.state],
        appeals=appeals,
        findings=tuple(Finding),
        is_open=found.state is ContestState.ANNOUNCED,
        person=viewer.actor.user_id,
        form=form,
    )


def _organises(viewer: Viewer, own: list[str], number: str) -> bool:
    return viewer.may(Action.CONTEST_PLAN) and number in own


def _correction_of(form: Form) -> dict[str, Any]:
    """The fields of a correction: `which` names the event and, for a sheet, the judge."""
    event, _, judge = form.text("which").partition(":")
    if not event:
        raise NotFound.of("event", event)
    more: dict[str, Any] = {"event": event, "judge": judge or None}
    if judge:
        return more | sheet_fields(form)
    values = {name.removeprefix("r-"): form.text(name) for name in form.data if name.startswith("r-")}
    try:
        results = {
            name: [Decimal(part) for part in text.replace("，", ",").split(",")]
            for name, text in values.items()
            if text
        }
    except InvalidOperation as error:
        said = "Write results as numbers, apart by commas."
        raise BadInput(reason("contest.results_written", said, at=Where("results"))) from error
    return {**more, "results": results}
