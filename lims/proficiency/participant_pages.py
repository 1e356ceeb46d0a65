"""Pages of a participant: its results in a round, handed in by hand or as a table."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.errors import LimsError
from lims.core.language import Language
from lims.core.reasons import mark
from lims.proficiency import arriving, looking, queries
from lims.proficiency.doors import reading, working
from lims.proficiency.handing_in import hand_in
from lims.proficiency.rules import ArrivalState, RoundState, reasons_not_to_hand_in
from lims.proficiency.schemas import ArrivalIn, HandInIn, ParticipationOut
from lims.proficiency.workbooks import XLSX, own_workbook, read_own_results
from lims.runtime import Lims
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, Form, FormDep, refused
from lims.web.page import page, see_other
from lims.web.problems import status_of
from lims.web.uploads import read_upload
from lims.web.viewer import PageLanguage, Viewer, ViewerDep

router = APIRouter(prefix="/proficiency/{number}/mine")


@router.get("")
def own_page(number: str, request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """The own results in a round, and the form for them."""
    return _own(request, lims, viewer, number, Filled())


@router.post("")
def save(
    number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Hand in what the form says."""
    lims.require(viewer.actor, Action.PROFICIENCY_ENTER)
    try:
        with reading(lims, viewer.actor, Action.PROFICIENCY_READ) as session:
            asked = looking.own_part(session, number)
        order = form.read(HandInIn, results=_results(form, asked))
        with working(lims, viewer.actor, Action.PROFICIENCY_ENTER) as session:
            hand_in(session, number, order)
    except LimsError as refusal:
        return _own(request, lims, viewer, number, refused(form, refusal, language), status_of(refusal))
    note = mark("Your results are handed in. You can change them until the deadline.")
    return see_other(request, f"/proficiency/{number}/mine", note, draft="proficiency-results")


@router.post("/arrival")
def report_arrival(
    number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Say when and how the items arrived."""
    lims.require(viewer.actor, Action.PROFICIENCY_ENTER)
    try:
        order = form.read(ArrivalIn, version=form.whole("arrival_version") or 0)
        with working(lims, viewer.actor, Action.PROFICIENCY_ENTER) as session:
            arriving.report_arrival(session, number, order)
    except LimsError as refusal:
        return _own(request, lims, viewer, number, refused(form, refusal, language), status_of(refusal))
    return see_other(request, f"/proficiency/{number}/mine", mark("The arrival of the items is noted."))


@router.post("/import")
def import_table(
    number: str, request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Hand in a filled table."""
    lims.require(viewer.actor, Action.PROFICIENCY_ENTER)
    try:
        content = read_upload(form.file("file"), lims)
        with reading(lims, viewer.actor, Action.PROFICIENCY_READ) as session:
            found, _ = queries.participation(session, number)
        order = HandInIn(
            version=form.whole("version") or 0,
            results=read_own_results(content, form.encoding(), found),
        )
        with working(lims, viewer.actor, Action.PROFICIENCY_ENTER) as session:
            hand_in(session, number, order)
    except LimsError as refusal:
        return _own(request, lims, viewer, number, refused(form, refusal, language), status_of(refusal))
    return see_other(request, f"/proficiency/{number}/mine", mark("The table is handed in."))


@router.get("/results.xlsx")
def own_table(number: str, lims: LimsDep, viewer: ViewerDep) -> Response:
    """The table of the own laboratory, to be filled and imported."""
    with reading(lims, viewer.actor, Action.PROFICIENCY_READ) as session:
        found, participant = queries.participation(session, number)
        submission = queries.submission_of(session, found.id, participant.member_id)
        content = own_workbook(found, queries.results_of(session, submission))
    return looking.attached(content, XLSX, f"{number}-{participant.code}.xlsx")


@router.get("/report.pdf")
def own_report(
    number: str, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, lang: Language | None = None
) -> Response:
    """The report of the own laboratory as PDF."""
    content = looking.print_own(lims, viewer.actor, number, lang or language)
    return looking.attached(content, "application/pdf", f"{number}-participant.pdf")


def _own(request: Request, lims: Lims, viewer: Viewer, number: str, form: Filled, status: int = 200) -> Response:
    with reading(lims, viewer.actor, Action.PROFICIENCY_READ) as session:
        mine = looking.own_part(session, number)
        found, participant = queries.participation(session, number)
        closed = reasons_not_to_hand_in(found.state, found.deadline, participant.admitted_until, lims.clock.now())
    known = form.values if "version" in form.values else {**_values(mine, lims.clock.now()), **form.values}
    filled = Filled(known, form.errors, form.problems, form.changes)
    return page(
        request,
        "proficiency/mine.html",
        status=status,
        mine=mine,
        mood=looking.MOODS[found.state],
        admitted_until=participant.admitted_until,
        is_published=found.state is RoundState.PUBLISHED,
        may_report=found.state in {RoundState.OPEN, RoundState.CLOSED} and viewer.may(Action.PROFICIENCY_ENTER),
        arrivals=tuple(ArrivalState),
        may_enter=not closed and viewer.may(Action.PROFICIENCY_ENTER),
        form=filled,
    )


def _results(form: Form, asked: ParticipationOut) -> list[dict[str, Any]]:
    """The rows of the form that say something."""
    rows = []
    for place, one in enumerate(asked.round.measurands):
        values = [text for n in range(asked.round.replicates) if (text := form.text(f"value-{place}-{n}"))]
        if values:
            row: dict[str, Any] = {"item": one["item"], "analyte": one["analyte"], "values": values}
            for name in ("uncertainty", "method"):
                if text := form.text(f"{name}-{place}"):
                    row[name] = text
            rows.append(row)
    return rows


def _values(mine: ParticipationOut, now: datetime) -> dict[str, Any]:
    arrival = mine.arrival
    values: dict[str, Any] = {
        "version": mine.version,
        "received_on": arrival.received_on if arrival else local_day(now),
        "arrival": arrival.arrival.value if arrival else ArrivalState.INTACT.value,
        "note": (arrival.note or "") if arrival else "",
    }
    known = {(one.analyte, one.item): one for one in mine.results}
    for place, one in enumerate(mine.round.measurands):
        if (result := known.get((one["analyte"], one["item"]))) is None:
            continue
        values |= {f"value-{place}-{n}": text for n, text in enumerate(result.values)}
        values[f"uncertainty-{place}"] = "" if result.uncertainty is None else format(result.uncertainty, "f")
        values[f"method-{place}"] = result.method or ""
    return values
