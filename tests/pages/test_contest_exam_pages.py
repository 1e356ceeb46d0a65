"""The theory paper of a contest on the organiser's page: the forms that it shows are chosen from and posted."""

import re
from collections.abc import Callable
from datetime import timedelta

from lims.core.actions import Action
from lims.core.clock import FixedClock
from lims.demo import contest
from lims.exams import queries, service
from lims.exams.schemas import SlipsIn
from lims.runtime import Lims
from lims.worker import run_due_now
from tests.api import contests as made
from tests.api import exams
from tests.api.laboratory import Door
from tests.api.rounds import ok
from tests.pages.conftest import Browser, text_of

SCORING = f"/contests/{made.NUMBER}/scoring"


def choices(page: str, what: str) -> list[str]:
    """The exams that a form of the page offers."""
    form = re.search(rf'<form[^>]*action="/contests/{made.NUMBER}/marks/T/{what}".*?</form>', page, re.S)
    return re.findall(r'<option value="([^"]+)"', form[0]) if form else []


def test_an_exam_is_chosen_on_the_page_sat_by_the_entrants_and_its_marks_taken_over(
    lims: Lims, clock: FixedClock, quick_passwords: None, browse: Callable[..., Browser]
) -> None:
    made.peopled(lims)
    contest.planned(lims)
    clock.instant += timedelta(hours=1)
    contest.entered(lims, made.NUMBER)
    made.exam_organiser(lims)
    net, organiser = Door(lims)["netty"], browse(contest.person(lims, "org"), "en")
    nothing = organiser.get(SCORING).text
    for order in (exams.single(place) for place in range(4)):
        ok(net.post(exams.BANK, order), 201)
    section = {"kind": "single_choice", "count": 4}
    fitting, other = (
        ok(net.post(exams.EXAMS, exams.a_plan(lims, sections=[section | {"marks": marks}], pass_mark="60")), 201)
        for marks in ("25", "20")
    )
    number = fitting["number"]

    offered = choices(organiser.get(SCORING).text, "candidates")
    small = organiser.post(f"{SCORING.removesuffix('/scoring')}/marks/T/candidates", {"exam": other["number"]})
    none = organiser.post(f"{SCORING.removesuffix('/scoring')}/marks/T/candidates", {"exam": ""})
    seated = organiser.follow(
        organiser.post(f"{SCORING.removesuffix('/scoring')}/marks/T/candidates", {"exam": number})
    )
    actor = contest.person(lims, "netty")
    with lims.work(actor, Action.EXAM_CONDUCT) as session:
        slips = service.issue_codes(session, number, SlipsIn())
        service.open_exam(session, number, queries.own_exam(session, number).version)
    first = slips[0]
    token = exams.seated(lims, first.code)
    exams.answer_rightly(lims, token, 3)
    exams.hand_in(lims, token)
    clock.instant += timedelta(hours=3)
    run_due_now(lims)
    with lims.work(actor, Action.EXAM_CONDUCT) as session:
        service.close_exam(session, number, queries.own_exam(session, number).version)
    marked = choices(organiser.get(SCORING).text, "exam")
    taken = organiser.follow(organiser.post(f"{SCORING.removesuffix('/scoring')}/marks/T/exam", {"exam": number}))

    assert "There is none that fits" in nothing
    assert number in offered
    assert small.status_code == 422
    assert "make them the same first" in text_of(small)
    assert none.status_code == 422
    assert f"30 candidates are added to {number}" in text_of(seated)
    assert all(one.name is None for one in slips)
    assert marked == [number]
    assert f"1 marks are taken over from {number}." in text_of(taken)
    assert "75" in text_of(organiser.get(f"/contests/{made.NUMBER}/ranking/{first.key}"))
