"""Pages of scoring for the organiser: progress, marks, ranking, how a total came about, corrections, appeals."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from lims.contests import looking, publishing, queries, scoring, theory
from lims.contests.doors import reading, working
from lims.contests.entry_pages import attached
from lims.contests.judge_pages import sheet_fields
from lims.contests.rules import ContestState, CorrectionState, EventKind, Finding, Settings
from lims.contests.schemas import ConfirmIn, CorrectionIn, DecisionIn, FromExamIn, MarkIn
from lims.contests.score_data import differences, said
from lims.contests.score_workbook import scores_workbook
from lims.contests.standing import outcome_of, raw_of
from lims.contests.workbooks import XLSX, marks_workbook, read_marks
from lims.core.actions import Action
from lims.core.errors import BadInput, NotFound
from lims.core.language import translator
from lims.core.reasons import Where, mark, reason
from lims.db.work import LimsSession
from lims.web.acting import Act, Post, PostDep, Visit, VisitDep
from lims.web.forms import Filled, Form
from lims.web.uploads import read_upload
from lims.web.viewer import Viewer

router = APIRouter(prefix="/contests/{number}")


@router.get("/scoring")
def scoring_page(number: str, visit: VisitDep) -> Response:
    """How far scoring is, tables of marks, and corrections that wait."""
    return _scoring(visit, number, Filled())


@router.get("/marks/{event}/table")
def marks_file(number: str, event: str, visit: VisitDep) -> Response:
    """The table of marks of an event, to be filled."""
    with reading(visit.lims, visit.actor, Action.CONTEST_RECORD) as session:
        found = queries.own_contest(session, number)
        codes = sorted(one.code for one in queries.entrants_of(session, found) if not one.withdrawn_reason)
        content = marks_workbook(codes, queries.event_of(session, found, event))
    return attached(content, XLSX, f"{number}-{event}.xlsx")


@router.post("/marks/{event}")
def import_marks(number: str, event: str, post: PostDep) -> Response:
    """Record marks or results from a table."""

    def act() -> None:
        file = post.form.file("file")
        content = read_upload(file, post.lims)
        with reading(post.lims, post.actor, Action.CONTEST_RECORD) as session:
            wanted = queries.event_of(session, queries.own_contest(session, number), event)
        read = read_marks(content, post.form.encoding(), wanted, file.filename or "")
        with working(post.lims, post.actor, Action.CONTEST_RECORD) as session:
            scoring.record_marks(session, number, event, read.orders, read.rows)

    return _scored(post, number, Action.CONTEST_RECORD, act, mark("The marks are recorded."))


@router.post("/marks/{event}/one")
def record_mark(number: str, event: str, post: PostDep) -> Response:
    """Record the mark of one paper."""

    def act() -> None:
        order = post.form.read(MarkIn, source="by hand")
        with working(post.lims, post.actor, Action.CONTEST_RECORD) as session:
            scoring.record_mark(session, number, event, post.form.text("code"), order)

    return _scored(post, number, Action.CONTEST_RECORD, act, mark("The marks are recorded."))


@router.post("/marks/{event}/candidates")
def seat_entrants(number: str, event: str, post: PostDep) -> Response:
    """Make entrants candidates of an exam."""
    note = mark("{count} candidates are added to {exam}; make their slips there.")
    return _with_exam(post, number, event, theory.seat_entrants, note)


@router.post("/marks/{event}/exam")
def take_over_marks(number: str, event: str, post: PostDep) -> Response:
    """Take over the marks of an exam; who was absent is told."""
    note = mark("{count} marks are taken over from {exam}. Absent: {absent}.")
    return _with_exam(post, number, event, theory.take_over_marks, note)


@router.get("/scores.xlsx")
def scores_file(number: str, visit: VisitDep) -> Response:
    """Ranks and all raw scores as a workbook."""
    with reading(visit.lims, visit.actor, Action.CONTEST_RECORD) as session:
        content = scores_workbook(session, queries.own_contest(session, number), visit.language)
    return attached(content, XLSX, f"{number}-scores.xlsx")


@router.post("/corrections/{key}")
def decide_correction(number: str, key: UUID, post: PostDep) -> Response:
    """Approve or refuse a correction."""

    def act() -> None:
        order = post.form.read(ConfirmIn, approve=post.form.text("approve") == "true")
        with working(post.lims, post.actor, Action.CONTEST_CORRECT) as session:
            scoring.decide_correction(session, number, key, order)

    return _scored(post, number, Action.CONTEST_CORRECT, act, mark("The correction is decided."))


@router.get("/ranking")
def ranking_page(number: str, visit: VisitDep) -> Response:
    """Where everybody stands."""
    with reading(visit.lims, visit.actor, Action.CONTEST_READ) as session:
        ranking = looking.ranking(session, number)
        organises = _organises(visit.viewer, [one.number for one in queries.own_contests(session)], number)
        found = queries.own_contest(session, number) if organises else queries.contest_for(session, number)
        events = queries.events_of(session, found)
        own = {str(one.id) for one in queries.own_entries(session, found)}
        is_stale = organises and ranking.edition > 0 and raw_of(session, found).sha256 != ranking.data_sha256
    settings = Settings.of(found.settings)
    return visit.show(
        "contests/ranking.html",
        found=found,
        mood=looking.MOODS[found.state],
        ranking=ranking,
        own_entries=own,
        organises=organises,
        is_stale=is_stale,
        events=events,
        settings=settings,
        prizes={one["code"]: looking.prize_words(settings, one, visit.language) for one in ranking.outcome["entrants"]},
        steps={one["team"]: [said(step, translator(visit.language)) for step in one["steps"]]
               for one in ranking.outcome["teams"]},
    )  # fmt: skip


@router.get("/ranking/{code}")
def entrant_page(number: str, code: str, visit: VisitDep) -> Response:
    """How the total of an entrant came about."""
    return _entrant(visit, number, code, Filled())


@router.post("/ranking/{code}/correct")
def propose_correction(number: str, code: str, post: PostDep) -> Response:
    """Propose a correction of one of the scores of an entrant."""

    def act() -> None:
        order = post.form.read(CorrectionIn, **_correction_of(post.form))
        with working(post.lims, post.actor, Action.CONTEST_CORRECT, order.reason) as session:
            scoring.propose_correction(session, number, code, order)

    note = mark("The correction is proposed; a second person decides on it.")
    again = partial(_entrant, post, number, code)
    return post.act(Action.CONTEST_CORRECT, act, again, f"/contests/{number}/ranking/{code}", note)


@router.get("/appeals")
def appeals_page(number: str, visit: VisitDep) -> Response:
    """Every appeal, and what is to be decided."""
    return _appeals(visit, number, Filled())


@router.post("/appeals/{key}/propose")
def propose_decision(number: str, key: UUID, post: PostDep) -> Response:
    """Propose a decision on an appeal."""

    def act() -> None:
        order = post.form.read(DecisionIn)
        with working(post.lims, post.actor, Action.CONTEST_DECIDE, order.findings) as session:
            publishing.propose_decision(session, number, key, order)

    note = mark("The decision is proposed; a second person confirms it.")
    return _decided(post, number, act, note)


@router.post("/appeals/{key}/confirm")
def confirm_decision(number: str, key: UUID, post: PostDep) -> Response:
    """Confirm a decision on an appeal, or drop it."""

    def act() -> None:
        order = post.form.read(ConfirmIn, approve=post.form.text("approve") == "true")
        with working(post.lims, post.actor, Action.CONTEST_DECIDE) as session:
            publishing.confirm_decision(session, number, key, order)

    return _decided(post, number, act, mark("The appeal is decided."))


def _decided(post: Post, number: str, act: Act, note: str) -> Response:
    again = partial(_appeals, post, number)
    return post.act(Action.CONTEST_DECIDE, act, again, f"/contests/{number}/appeals", note)


def _scored(post: Post, number: str, action: Action, act: Act, note: str) -> Response:
    return post.act(action, act, partial(_scoring, post, number), f"/contests/{number}/scoring", note)


def _with_exam(
    post: Post, number: str, event: str, step: Callable[[LimsSession, str, str, str], theory.Sat], note: str
) -> Response:
    def act() -> dict[str, object]:
        order = post.form.read(FromExamIn)
        with working(post.lims, post.actor, Action.CONTEST_RECORD) as session:
            sat = step(session, number, event, order.exam)
        return {"count": len(sat.done), "exam": order.exam, "absent": "、".join(sat.absent) or "—"}

    return _scored(post, number, Action.CONTEST_RECORD, act, note)


def _scoring(visit: Visit, number: str, form: Filled, status: int = 200) -> Response:
    with reading(visit.lims, visit.actor, Action.CONTEST_RECORD) as session:
        found = looking.organised(session, number)
        raw = raw_of(session, queries.own_contest(session, number))
        corrections = looking.corrections(session, number)
        choices = theory.exam_choices(session, queries.own_contest(session, number))
    sheets = {one.code: one.sheet for one in found.events}
    changed = {
        one.id: differences(sheets[one.event] if one.judge else None, one.before, one.change)
        for one in corrections
        if one.event
    }
    outcome = outcome_of(raw, Settings.of(found.settings))
    lacking = {(one["entrant"], one["event"]): said(one, translator(visit.language)) for one in outcome["lacking"]}
    lines = sorted(outcome["entrants"], key=lambda one: int(one["start"]))
    return visit.show(
        "contests/scoring.html",
        status=status,
        found=found,
        mood=looking.MOODS[found.state],
        lines=lines,
        lacking=lacking,
        withdrawn=outcome["withdrawn"],
        corrections=corrections,
        changed=changed,
        may_decide=[one.id for one in corrections if one.proposed_by != visit.actor.user_id],
        proposed=CorrectionState.PROPOSED,
        may_record=found.state is ContestState.SCORING,
        theory=EventKind.THEORY,
        seatings=[(one.number, f"{one.number} {one.title}") for one in choices if one.takes_candidates],
        marked=[(one.number, f"{one.number} {one.title}") for one in choices if one.is_marked],
        form=form,
    )


def _entrant(visit: Visit, number: str, code: str, form: Filled, status: int = 200) -> Response:
    with reading(visit.lims, visit.actor, Action.CONTEST_READ) as session:
        explained = looking.explanation(session, number, code, visit.language)
        organises = _organises(visit.viewer, [one.number for one in queries.own_contests(session)], number)
        found = queries.own_contest(session, number) if organises else queries.contest_for(session, number)
        events = {one.code: one for one in queries.events_of(session, found)}
        raw = raw_of(session, found) if organises else None
        entrant = queries.entrant_of(session, found, code)
        name = looking.ranking(session, number).names.get(code, "")
    say = translator(visit.language)
    sheets = []
    if raw is not None:
        for event in raw.events:
            for sheet in raw.sheets.get((event.id, entrant.id), ()):
                kept = event.sheets[sheet.sheet_version - 1]
                sheets.append((event, raw.labels[sheet.judge_id], kept, raw.given_by(sheet), sheet.note))
    marks = []
    for event in () if raw is None else raw.events:
        if raw is not None and (mark_of_event := raw.marks.get((event.id, entrant.id))) is not None:
            unasked: dict[str, Any] = {target["analyte"]: [] for target in event.targets}
            marks.append((event, unasked | dict(raw.given_in(mark_of_event))))
    return visit.show(
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


def _appeals(visit: Visit, number: str, form: Filled, status: int = 200) -> Response:
    with reading(visit.lims, visit.actor, Action.CONTEST_DECIDE) as session:
        found = looking.organised(session, number)
        appeals = looking.all_appeals(session, number)
    return visit.show(
        "contests/appeals.html",
        status=status,
        found=found,
        mood=looking.MOODS[found.state],
        appeals=appeals,
        findings=tuple(Finding),
        is_open=found.state is ContestState.ANNOUNCED,
        person=visit.actor.user_id,
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
