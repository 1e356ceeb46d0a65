"""What a page answers when something is refused or fails: who asks for a page gets a page."""

from collections.abc import Sequence
from urllib.parse import quote

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from lims.core.language import translator
from lims.core.reasons import Reason
from lims.web.page import is_htmx, page
from lims.web.viewer import NEW_PASSWORD, language_of


def is_for_a_page(request: Request) -> bool:
    """Whether a person in front of a browser is asking, not a program."""
    return not request.url.path.startswith("/api")


def error_page(request: Request, status: int, title: str, reasons: Sequence[Reason]) -> Response:
    """The reasons, and a way on."""
    say = translator(language_of(request))
    told = [why.translated(say) for why in reasons]
    return page(request, "error.html", part="_error.html", status=status, title=title, reasons=told, code=status)


def to_sign_in(request: Request) -> Response:
    """To the sign-in page, and back from there to what was asked for."""
    if is_htmx(request):
        return Response(status_code=401, headers={"HX-Redirect": "/sign-in"})
    return RedirectResponse(f"/sign-in{_and_back(request)}", 303)


def to_new_password(request: Request) -> Response:
    """To the page on which a temporary password is replaced, and back from there."""
    if is_htmx(request):
        return Response(status_code=403, headers={"HX-Redirect": NEW_PASSWORD})
    return RedirectResponse(f"{NEW_PASSWORD}{_and_back(request)}", 303)


def _and_back(request: Request) -> str:
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return "" if request.method != "GET" or asked == "/" else f"?next={quote(asked, safe='')}"
