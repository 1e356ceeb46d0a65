"""The language and the colours that somebody chose, kept in cookies of a year: no account is needed to read a page."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from lims.core.language import Language
from lims.web.dependencies import LimsDep
from lims.web.forms import read_form
from lims.web.page import own_path
from lims.web.viewer import LANGUAGE_COOKIE, THEME_COOKIE, Theme, is_https

router = APIRouter()
_YEAR = 365 * 24 * 3600


@router.post("/appearance")
def choose(_request: Request, lims: LimsDep, data: Annotated[FormData, Depends(read_form)]) -> Response:
    """Keep the choice and go back to the page it was made on."""
    target = data.get("next")
    response = RedirectResponse(own_path(target if isinstance(target, str) else None), 303)
    for field, cookie, known in (("language", LANGUAGE_COOKIE, set(Language)), ("theme", THEME_COOKIE, set(Theme))):
        chosen = data.get(field)
        if isinstance(chosen, str) and chosen in known:
            response.set_cookie(cookie, chosen, max_age=_YEAR, samesite="lax", secure=is_https(lims), path="/")
    return response
