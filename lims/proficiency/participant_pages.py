"""Pages of a participant: its results in a round, handed in by hand or as a table."""

from datetime import datetime
from functools import partial
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.language import Language
from lims.core.reasons import mark
from lims.proficiency import arriving, looking, queries
from lims.proficiency.doors import reading, working
from lims.proficiency.handing_in import hand_in
from lims.proficiency.rules import ArrivalState, RoundState, reasons_not_to_hand_in
from lims.proficiency.schemas import ArrivalIn, HandInIn, ParticipationOut
from lims.proficiency.workbooks import XLSX, own_workbook, read_own_results
from lims.web.acting import Act, Post, PostDep, Visit, VisitDep
from lims.web.forms import Filled, Form
from lims.web.uploads import read_upload

router = APIRouter(prefix="/proficiency/{number}/mine")


@router.get("")
def own_page(number: str, visit: VisitDep) -> Response:
    """The own results in a round, and the form for them."""
    return _own(visit, number, Filled())


@router.post("")
def save(number: str, post: PostDep) -> Response:
    """Hand in what the form says."""

    def act() -> None:
        with reading(post.lims, post.actor, Action.PROFICIENCY_READ) as session:
            asked = looking.own_part(session, number)
        order = post.form.read(HandInIn, results=_results(post.form, asked))
        with working(post.lims, post.actor, Action.PROFICIENCY_ENTER) as session:
            hand_in(session, number, order)

    note = mark("Your results are handed in. You can change them until the deadline.")
    return _after(post, number, act, note, draft="proficiency-results")


@router.post("/arrival")
def report_arrival(number: str, post: PostDep) -> Response:
    """Say when and how the items arrived."""

    def act() -> None:
        order = post.form.read(ArrivalIn, version=post.form.whole("arrival_version") or 0)
        with working(post.lims, post.actor, Action.PROFICIENCY_ENTER) as session:
            arriving.report_arrival(session, number, order)

    return _after(post, number, act, mark("The arrival of the items is noted."))


@router.post("/import")
def import_table(number: str, post: PostDep) -> Response:
    """Hand in a filled table."""

    def act() -> None:
        content = read_upload(post.form.file("file"), post.lims)
        with reading(post.lims, post.actor, Action.PROFICIENCY_READ) as session:
            found, _ = queries.participation(session, number)
        order = HandInIn(
            version=post.form.whole("version") or 0,
            results=read_own_results(content, post.form.encoding(), found),
        )
        with working(post.lims, post.actor, Action.PROFICIENCY_ENTER) as session:
            hand_in(session, number, order)

    return _after(post, number, act, mark("The table is handed in."))


@router.get("/results.xlsx")
def own_table(number: str, visit: VisitDep) -> Response:
    """The table of the own laboratory, to be filled and imported."""
    with reading(visit.lims, visit.actor, Action.PROFICIENCY_READ) as session:
        found, participant = queries.participation(session, number)
        submission = queries.submission_of(session, found.id, participant.member_id)
        content = own_workbook(found, queries.results_of(session, submission))
    return looking.attached(content, XLSX, f"{number}-{participant.code}.xlsx")


@router.get("/report.pdf")
def own_report(number: str, visit: VisitDep, lang: Language | None = None) -> Response:
    """The report of the own laboratory as PDF."""
    content = looking.print_own(visit.lims, visit.actor, number, lang or visit.language)
    return looking.attached(content, "application/pdf", f"{number}-participant.pdf")


def _after(post: Post, number: str, act: Act, note: str, draft: str = "") -> Response:
    again = partial(_own, post, number)
    return post.act(Action.PROFICIENCY_ENTER, act, again, f"/proficiency/{number}/mine", note, draft=draft)


def _own(visit: Visit, number: str, form: Filled, status: int = 200) -> Response:
    now = visit.lims.clock.now()
    with reading(visit.lims, visit.actor, Action.PROFICIENCY_READ) as session:
        mine = looking.own_part(session, number)
        found, participant = queries.participation(session, number)
        closed = reasons_not_to_hand_in(found.state, found.deadline, participant.admitted_until, now)
    known = form.values if "version" in form.values else {**_values(mine, now), **form.values}
    may_enter = visit.viewer.may(Action.PROFICIENCY_ENTER)
    return visit.show(
        "proficiency/mine.html",
        status=status,
        mine=mine,
        mood=looking.MOODS[found.state],
        admitted_until=participant.admitted_until,
        is_published=found.state is RoundState.PUBLISHED,
        may_report=found.state in {RoundState.OPEN, RoundState.CLOSED} and may_enter,
        arrivals=tuple(ArrivalState),
        may_enter=not closed and may_enter,
        form=Filled(known, form.errors, form.problems, form.changes),
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
