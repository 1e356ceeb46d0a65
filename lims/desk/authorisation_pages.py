"""授权: what a person may test by, or sign for. Apart from the pages of people: methods are known downstream."""

from collections.abc import Sequence
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.errors import BadInput, LimsError, NotFound
from lims.core.reasons import Where, mark, reason
from lims.db.work import LimsSession
from lims.library.queries import current_library
from lims.library.rules import Library
from lims.people import queries, service
from lims.people.schemas import AuthorisationEnd, AuthorisationIn
from lims.people.tables import AuthorisationKind
from lims.people.views import authorisation_lines
from lims.runtime import Lims
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, FormDep, refused
from lims.web.page import page, see_other
from lims.web.problems import status_of
from lims.web.viewer import PageLanguage, Viewer, ViewerDep

router = APIRouter(prefix="/people/{username}/authorisations")

#: Instead of a method: all of them.
EVERY = "*"


@router.get("")
def authorisations_page(request: Request, username: str, lims: LimsDep, viewer: ViewerDep) -> Response:
    """What a person is or was authorised for; a part of their page."""
    return _page(request, lims, viewer, username, Filled())


@router.post("")
def authorise(
    request: Request, username: str, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Authorise a person for a method of the library, or for all."""
    lims.require(viewer.actor, Action.USER_AUTHORISE)
    try:
        order = form.read(AuthorisationIn)
        with lims.work(viewer.actor, Action.USER_AUTHORISE) as session:
            user = queries.known_user(session, username)
            subject = _subject(current_library(session), order.subject)
            _refuse_reversed(order)
            service.authorise(session, user, order.kind, subject, order.starts_on, order.ends_on)
    except LimsError as refusal:
        return _page(request, lims, viewer, username, refused(form, refusal, language), status_of(refusal))
    note = mark("{name} is authorised from {day} on.")
    return see_other(request, f"/people/{username}", note, name=user.full_name, day=order.starts_on.isoformat())


@router.post("/{authorisation_id}/end")
def end(
    request: Request, username: str, authorisation_id: UUID, lims: LimsDep, viewer: ViewerDep, language: PageLanguage,
    form: FormDep,
) -> Response:  # fmt: skip
    """Say until which day an authorisation counts."""
    lims.require(viewer.actor, Action.USER_AUTHORISE)
    try:
        order = form.read(AuthorisationEnd)
        with lims.work(viewer.actor, Action.USER_AUTHORISE) as session:
            service.end_authorisation(session, authorisation_id, order.ends_on, order.version)
    except LimsError as refusal:
        told = Filled(problems=refused(form, refusal, language).problems)
        return _page(request, lims, viewer, username, told, status_of(refusal))
    note = mark("The authorisation ends with {day}.")
    return see_other(request, f"/people/{username}", note, day=order.ends_on.isoformat())


def _subject(library: Library, typed: str) -> str:
    """The code of a method as the library writes it; a misspelt one would authorise for nothing."""
    if typed == EVERY:
        return EVERY
    found = next((code for code in library.methods if code.casefold() == " ".join(typed.split()).casefold()), None)
    if found is None:
        raise BadInput(
            reason(
                "authorisation.no_method",
                "The library has no method “{name}”; choose one of the list, or * for all.",
                name=typed,
                at=Where("subject"),
            )
        )
    return found


def _refuse_reversed(order: AuthorisationIn) -> None:
    if order.ends_on is not None and order.ends_on < order.starts_on:
        raise BadInput(reason("authorisation.reversed", "The last day lies before the first.", at=Where("ends_on")))


def _methods(session: LimsSession) -> Sequence[str]:
    try:
        return sorted(current_library(session).methods)
    except NotFound:
        return ()  # nothing is loaded yet; who is authorised can be seen all the same


def _page(request: Request, lims: Lims, viewer: Viewer, username: str, form: Filled, status: int = 200) -> Response:
    today = local_day(lims.clock.now())
    with lims.read(viewer.actor, Action.PEOPLE_READ) as session:
        user = queries.known_user(session, username)
        return page(
            request,
            "people/authorisations.html",
            part="people/_authorisations.html",
            status=status,
            user=user,
            lines=authorisation_lines(session, user.id, today),
            methods=_methods(session),
            kinds=list(AuthorisationKind),
            today=today,
            form=form if form.values else Filled({"starts_on": today.isoformat()}, problems=form.problems),
            may_edit=viewer.may(Action.USER_AUTHORISE) and user.laboratory_id == viewer.actor.laboratory_id,
        )
