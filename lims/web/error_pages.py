"""What a page answers when something is refused or fails: who asks for a page gets a page."""

from collections.abc import Sequence
from urllib.parse import quote

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from lims.core.language import translator
from lims.core.reasons import Reason
from lims.web.page import is_htmx, page
from lims.web.viewer import language_of


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
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    address = "/sign-in" if request.method != "GET" or asked == "/" else f"/sign-in?next={quote(asked, safe='')}"
    if is_htmx(request):
        return Response(status_code=401, headers={"HX-Redirect": "/sign-in"})
    return RedirectResponse(address, 303)
