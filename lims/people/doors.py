"""What the pages of signing in and of accounts share: who is asking, the cookie, secrets as they were typed."""

from urllib.parse import quote

from fastapi import Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.errors import NotFound, RuleRefused, Unauthenticated
from lims.core.reasons import Where, reason
from lims.people.sessions import Opened, end_session
from lims.people.sign_in import Client
from lims.runtime import Lims
from lims.web.forms import Form
from lims.web.page import see_other
from lims.web.viewer import NEW_PASSWORD, FindSession, SignedIn, is_https, session_cookie


def client_of(request: Request) -> Client:
    """Where a request comes from."""
    return Client(request.client.host if request.client else "", request.headers.get("user-agent", ""))


def secret(form: Form, name: str) -> str:
    """A password as it was typed: blanks at its ends belong to it."""
    value = form.data.get(name)
    return value if isinstance(value, str) else ""


def new_password(form: Form) -> str:
    """A new password that was typed twice alike. Raises `RuleRefused` at `password_again`."""
    typed = secret(form, "password")
    if typed != secret(form, "password_again"):
        raise RuleRefused(
            reason("password.differs", "The two new passwords are not the same.", at=Where("password_again"))
        )
    return typed


def signed_in(request: Request, lims: Lims) -> SignedIn | None:
    """Who sits behind the cookie; None where nobody does. Raises `Unauthenticated` for a cookie that is over."""
    cookie = request.cookies.get(session_cookie(request))
    find: FindSession = request.app.state.session_of
    return find(lims, cookie) if cookie else None


def enter(request: Request, lims: Lims, opened: Opened, address: str, note: str | None = None) -> Response:
    """On to `address` with a fresh session; the one that this browser had before ends."""
    _end_former(request, lims)
    if opened.must_change_password:
        address = NEW_PASSWORD if address == "/" else f"{NEW_PASSWORD}?next={quote(address, safe='')}"
    response = see_other(request, address, note)
    # Without an age: it goes when the browser is closed; the server ends it earlier.
    response.set_cookie(
        session_cookie(request), opened.token, httponly=True, samesite="lax", secure=is_https(lims), path="/"
    )
    return response


def leave(request: Request, lims: Lims, response: Response) -> Response:
    """The answer that takes the cookie away."""
    response.delete_cookie(session_cookie(request), httponly=True, samesite="lax", secure=is_https(lims), path="/")
    return response


def _end_former(request: Request, lims: Lims) -> None:
    try:
        former = signed_in(request, lims)
        if former is not None:
            with lims.work(former.actor, Action.SESSION_END) as session:
                end_session(session, former.session_id)
    except (Unauthenticated, NotFound):
        return  # it was over already
