"""What who watches over an installation sees first: failed sign-ins, and how the last check of the trail ended."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import func, or_
from sqlmodel import col, select

from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.core.language import Language, translator
from lims.core.reasons import mark
from lims.desk.trail_check import newest_check
from lims.desk.views import Block, Figure
from lims.people.sign_in_tables import SignInAttempt
from lims.people.tables import User
from lims.people.throttle import AttemptOutcome
from lims.runtime import Lims
from lims.web import formats
from lims.web.viewer import Viewer

#: So many failed attempts in a day are no slips of the finger.
MANY_FAILED = 20
#: After so many days the trail should be checked again.
CHECK_DAYS = 30


def watched(lims: Lims, viewer: Viewer, block: Block, language: Language) -> Block:
    """A block of the first page with what is to be watched beside its own figures."""
    more = []
    if block.key == "administration":
        more.append(_sign_ins(lims, viewer, language))
    if block.key in {"administration", "quality"} and viewer.may(Action.AUDIT_READ):
        more.append(_check(lims, viewer, language))
    return replace(block, figures=(*block.figures, *more)) if more else block


def failed_sign_ins(lims: Lims, viewer: Viewer) -> int:
    """Failed attempts of the last day with names of people whom the viewer sees, or with names that nobody has."""
    lims.require(viewer.actor, Action.PEOPLE_READ)
    visible = viewer.actor.visible_laboratories
    # Attempts belong to no laboratory; the database shows them to the installation alone.
    with lims.read(system_actor(), Action.PEOPLE_READ) as session:
        query = select(func.count(col(SignInAttempt.id))).where(
            SignInAttempt.outcome == AttemptOutcome.FAILED, SignInAttempt.at >= lims.clock.now() - timedelta(days=1)
        )
        if visible is not None:
            names = select(User.username).where(col(User.laboratory_id).in_(visible))
            nobody = col(SignInAttempt.username).startswith("?")
            query = query.where(or_(col(SignInAttempt.username).in_(names), nobody))
        return session.exec(query).one()


def _sign_ins(lims: Lims, viewer: Viewer, language: Language) -> Figure:
    count = failed_sign_ins(lims, viewer)
    mood = "bad" if count >= MANY_FAILED else "plain"
    return Figure(formats.number(count), translator(language)(mark("Failed sign-ins in 24 hours")), None, mood)


def _check(lims: Lims, viewer: Viewer, language: Language) -> Figure:
    say = translator(language)
    name, now = say(mark("Last check of the audit trail")), lims.clock.now()
    check = newest_check(lims, viewer.actor)
    if check is None:
        return Figure(say(mark("never")), name, "/audit/check", "warn")
    if check.is_running(now):
        return Figure(say(mark("going on")), name, "/audit/check", "busy")
    if check.ended_at is None or check.failure:
        return Figure(say(mark("not finished")), name, "/audit/check", "bad")
    day = formats.day(check.ended_at)
    if check.count:
        return Figure(day, name, "/audit/check", "bad", say(mark("{count} findings")).format(count=check.count))
    is_old = now - check.ended_at > timedelta(days=CHECK_DAYS)
    return Figure(day, name, "/audit/check", "warn" if is_old else "good", say(mark("everything in order")))
