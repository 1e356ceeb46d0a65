"""Pages of one's own account: who I am, password, open sessions, API tokens."""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.errors import LimsError
from lims.core.language import translator
from lims.core.reasons import mark
from lims.db.work import check_version
from lims.network import queries as network
from lims.people import accounts, passkeys, queries, service
from lims.people.doors import client_of, enter, new_password, secret
from lims.people.rules import SHORTEST_PASSWORD
from lims.people.schemas import TokenLabel
from lims.people.second_factor import own_user
from lims.people.sessions import end_all_sessions, end_session
from lims.people.sign_in import confirm_password
from lims.people.views import authorisation_lines, in_order, named_region
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, FormDep, refused
from lims.web.page import own_path, page, see_other
from lims.web.problems import status_of
from lims.web.viewer import PageLanguage, ViewerDep

router = APIRouter(prefix="/account")


@router.get("")
def account_page(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """Everything of the person who looks, and where each of it is changed."""
    now = lims.clock.now()
    hindrances = passkeys.reasons_against_passkeys(lims.settings.public_url)
    with lims.read(viewer.actor, Action.PASSWORD_CHANGE) as session:
        user = own_user(session)
        return page(
            request,
            "account/account.html",
            user=user,
            laboratory=network.laboratory_by_id(session, user.laboratory_id).name,
            region=named_region(session, user.region_code),
            roles=in_order(viewer.actor.roles),
            authorisations=authorisation_lines(session, user.id, local_day(now)),
            totp=queries.totp_of(session, user.id),
            codes_left=len(queries.recovery_codes_left(session, user.id)),
            passkeys=queries.passkeys_of(session, user.id),
            no_passkeys=[why.translated(translator(language)) for why in hindrances],
            sessions=queries.open_sessions_of(session, user.id, now),
            tokens=queries.usable_tokens_of(session, user.id, now),
        )


@router.get("/password")
def password_page(request: Request, viewer: ViewerDep, next: str = "") -> Response:  # noqa: A002  # the name in the address
    """A form for a new password; whoever has a temporary one sees nothing else."""
    return _password_page(request, Filled(), own_path(next, "/" if viewer.must_change_password else "/account"))


@router.post("/password")
def change_password(
    request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Replace the own password; every session and every API token ends, and this browser gets a fresh session."""
    address = own_path(form.text("next"), "/account")
    try:
        new = new_password(form)
        opened = accounts.change_password(
            lims, viewer.actor, secret(form, "old_password"), new, client_of(request), viewer.session_id
        )
    except LimsError as refusal:
        return _password_page(request, refused(form, refusal, language), address, status_of(refusal))
    return enter(request, lims, opened, address, mark("Your password is changed. You are signed out everywhere else."))


@router.post("/sessions/{session_id}/end")
def end_one_session(request: Request, session_id: UUID, lims: LimsDep, viewer: ViewerDep, _form: FormDep) -> Response:
    """Sign out in another browser."""
    with lims.work(viewer.actor, Action.SESSION_END) as session:
        end_session(session, session_id)
    return see_other(request, "/account#sessions", mark("That session is ended."))


@router.post("/sessions/end-others")
def end_other_sessions(request: Request, lims: LimsDep, viewer: ViewerDep, _form: FormDep) -> Response:
    """Sign out everywhere but here."""
    with lims.work(viewer.actor, Action.SESSION_END) as session:
        end_all_sessions(session, own_user(session).id, viewer.session_id)
    return see_other(request, "/account#sessions", mark("You are signed out everywhere else."))


@router.get("/tokens/new")
def new_token_page(request: Request, lims: LimsDep, viewer: ViewerDep) -> Response:
    """A form for an API token."""
    lims.require(viewer.actor, Action.TOKEN_CREATE)
    return page(request, "account/token.html", form=Filled(), days=lims.settings.token_days)


@router.post("/tokens/new")
def create_token(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """A token with the rights of its owner, shown this once. The password is asked for: it opens a second door."""
    days = lims.settings.token_days
    try:
        order = form.read(TokenLabel)
        confirmed = confirm_password(lims, viewer.actor, secret(form, "old_password"), client_of(request))
        with lims.work(viewer.actor, Action.TOKEN_CREATE) as session:
            user = own_user(session)
            check_version(user, confirmed.version)
            token, record = service.issue_token(session, user, order.label, days)
    except LimsError as refusal:
        shown = refused(form, refusal, language)
        return page(request, "account/token.html", status=status_of(refusal), form=shown, days=days)
    return page(request, "account/token_made.html", token=token, record=record)


@router.post("/tokens/{token_id}/revoke")
def revoke_token(request: Request, token_id: UUID, lims: LimsDep, viewer: ViewerDep, _form: FormDep) -> Response:
    """Make a token useless."""
    with lims.work(viewer.actor, Action.TOKEN_REVOKE) as session:
        revoked = service.revoke_token(session, token_id)
    return see_other(request, "/account#tokens", mark("The token “{name}” is revoked."), name=revoked.label)


def _password_page(request: Request, form: Filled, address: str, status: int = 200) -> Response:
    return page(request, "account/password.html", status=status, form=form, next=address, shortest=SHORTEST_PASSWORD)
