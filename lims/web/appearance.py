"""The language and the colours that somebody chose, kept in cookies of a year: no account is needed to read a page."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from lims.core.language import Language
from lims.runtime import Lims
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
    language, theme = data.get("language"), data.get("theme")
    if language in set(Language):
        keep_language(response, lims, Language(str(language)))
    if theme in set(Theme):
        _keep(response, lims, THEME_COOKIE, str(theme))
    return response


def keep_language(response: Response, lims: Lims, language: Language) -> None:
    """The language that pages have in this browser from now on."""
    _keep(response, lims, LANGUAGE_COOKIE, language.value)


def _keep(response: Response, lims: Lims, cookie: str, chosen: str) -> None:
    response.set_cookie(cookie, chosen, max_age=_YEAR, samesite="lax", secure=is_https(lims), path="/")
