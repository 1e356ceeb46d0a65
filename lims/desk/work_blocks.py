"""The blocks of the first page that follow a sample: sampling, the bench, verification, reports."""

from collections.abc import Sequence

from lims.core.actions import Action
from lims.core.reasons import mark
from lims.desk import queries
from lims.desk.look import MOST, Look, filled
from lims.desk.lots import lots_that_expire
from lims.desk.queries import Lying, Waiting
from lims.desk.rules import Wait
from lims.desk.views import Block, Figure
from lims.people.queries import subjects_of
from lims.people.tables import AuthorisationKind
from lims.rapid.queries import waiting_for_confirmation
from lims.reports import waiting as reports_waiting
from lims.web import formats


def bench(look: Look) -> Block:
    """Technicians: from the counter to handing results over."""
    say, late = look.say, look.late
    receive = queries.samples_to_receive(look.session, late(Wait.RECEIPT))
    methods = queries.tests_waiting(look.session, late(Wait.TEST))
    lots, first_lots = lots_that_expire(look)
    entered, returned = queries.own_results(look.session, late(Wait.SUBMISSION), late(Wait.RETURNED))
    positives = Waiting(*waiting_for_confirmation(look.session, late(Wait.CONFIRMATION)))
    tests = Waiting(
        sum(m.tests for m in methods),
        sum(m.late for m in methods),
        min((m.oldest for m in methods if m.oldest is not None), default=None),
    )
    return Block(
        "bench",
        say(mark("At the bench")),
        (
            look.figure(returned, mark("Returned to me"), "/results?status=returned", mood="bad"),
            look.figure(receive, mark("Samples to receive"), "/samples/receive"),
            look.figure(tests, mark("Tests waiting"), "/worksheets/new"),
            look.figure(entered, mark("Entered, not submitted"), "/results?status=entered"),
            look.figure(positives, mark("Positive rapid tests to confirm"), "/rapid?waiting=true", mood="bad"),
            lots,
        ),
        filled(
            [
                look.by_method(mark("Tests waiting by method"), methods, "/worksheets/new?method={}", "/worksheets"),
                first_lots,
            ]
        ),
        acts=(
            ("/samples/receive", say(mark("Receive samples"))),
            ("/worksheets/new", say(mark("New worksheet"))),
            ("/results/enter", say(mark("Enter results"))),
        ),
        deadlines=look.deadlines(Wait.RECEIPT, Wait.TEST, Wait.SUBMISSION, Wait.RETURNED, Wait.CONFIRMATION),
    )


def sampling(look: Look) -> Block:
    """Samplers: what they registered and has not arrived."""
    own = queries.samples_of(look.session, look.late(Wait.RECEIPT))
    return Block(
        "sampling",
        look.say(mark("Sampling")),
        (look.figure(own, mark("My samples on their way to the counter"), "/samples?status=registered"),),
        acts=(
            ("/samples/new", look.say(mark("Register a sample"))),
            ("/samples/many", look.say(mark("Register many samples"))),
        ),
        deadlines=look.deadlines(Wait.RECEIPT),
    )


def verification(look: Look) -> Block:
    """Verifiers: others' submitted results, the flagged ones told apart."""
    late = look.late(Wait.VERIFICATION)
    waiting = queries.results_to_verify(look.session, late)
    flagged = queries.flagged_to_verify(look.session) if waiting.count else 0
    methods = queries.results_by_method(look.session, late) if waiting.count else ()
    by_method = look.by_method(mark("Results to verify by method"), methods, "/results/verify", "/results/verify")
    return Block(
        "verification",
        look.say(mark("Verification")),
        (
            look.figure(waiting, mark("Results to verify"), "/results/verify"),
            Figure(
                formats.number(flagged),
                look.say(mark("of them with failed quality control")),
                "/results/verify" if flagged else None,
                "bad" if flagged else "plain",
            ),
        ),
        filled([by_method]),
        deadlines=look.deadlines(Wait.VERIFICATION),
    )


def reports(look: Look) -> Block:
    """Compilers, reviewers and signatories: their queues, and what could not be drawn."""
    figures, lists, waits = [], [], []
    for wait, needs, title, found in (
        (Wait.COMPILING, Action.REPORT_COMPILE, mark("Reports to compile"), queries.samples_to_compile),
        (Wait.REVIEW, Action.REPORT_REVIEW, mark("Reports to review"), queries.drafts_to_review),
    ):
        if look.may(needs):
            waiting, oldest = found(look.session, look.late(wait), MOST)
            figures.append(look.figure(waiting, title, "/reports/work"))
            lists.append(look.lying(title, oldest, waiting, wait))
            waits.append(wait)
    if look.may(Action.REPORT_APPROVE):
        waiting, oldest = _to_approve(look)
        title = mark("Reports to approve and sign")
        figures.append(look.figure(waiting, title, "/reports/work"))
        lists.append(look.lying(title, oldest, waiting, Wait.APPROVAL))
        waits.append(Wait.APPROVAL)
    if look.may(Action.REPORT_RETRY):
        failed = Waiting(queries.failed_drawings(look.session))
        figures.append(look.figure(failed, mark("Reports that could not be drawn"), "/background", mood="bad"))
    title = look.say(mark("Reports"))
    return Block("reports", title, tuple(figures), filled(lists), deadlines=look.deadlines(*waits))


def _to_approve(look: Look) -> tuple[Waiting, Sequence[Lying]]:
    """Of the reviewed drafts those in the fields that the signatory may sign for."""
    late, person = look.late(Wait.APPROVAL), look.actor.user_id
    if person is None or "*" in subjects_of(look.session, person, AuthorisationKind.SIGNATORY, look.day):
        return queries.drafts_to_approve(look.session, late, MOST)
    drafts, _ = reports_waiting.to_approve(look.session, look.day)
    found = [Lying(d.sample.number, d.sample.product_name, d.report.reviewed_at, d.report.id) for d in drafts]
    found.sort(key=lambda one: one.since or look.now)
    since = [one.since for one in found if one.since is not None]
    return Waiting(len(found), sum(at < late for at in since), min(since, default=None)), found[:MOST]
