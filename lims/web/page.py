"""Pages: one template, two doors. A whole page for a browser, its part for htmx; both from the same context."""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.kept_reasons import told
from lims.core.language import Language, translator
from lims.core.words import word
from lims.runtime import Lims
from lims.web import csrf, formats
from lims.web.assets import OWN, address_of
from lims.web.navigation import menu_for
from lims.web.viewer import Theme, Viewer, is_https, language_of, theme_of

TEMPLATES = Path(__file__).parent / "templates"
_NOTE = "lims_note"
_GAP = re.compile(r"\{(\w+)\}")


def page(request: Request, template: str, *, part: str | None = None, status: int = 200, **context: Any) -> Response:
    """The template as a whole page, or `part` alone when htmx asks for it.

    A template finds here, besides its own context: `viewer` (None when nobody has signed in), `Action`, `menu`,
    `path`, `query`, `note` (what the last act has to say), `csrf_token`, `asset(name)`, `own(name)`, `language`,
    `theme`; `_(sentence, **gaps)` translates, and the filters `word`, `day`, `instant`, `number`, `short`, `percent`,
    `size` and `or_nothing` show values.
    """
    is_part = part is not None and is_htmx(request)
    lims: Lims = request.app.state.lims
    viewer: Viewer | None = getattr(request.state, "viewer", None)
    language = language_of(request)
    note = _note_of(request, language)
    text = (
        environment(language)
        .get_template(part if is_part and part is not None else template)
        .render(
            {
                "viewer": viewer,
                "Action": Action,
                "menu": menu_for(viewer) if viewer and not is_part else (),
                "path": request.url.path,
                "query": request.url.query,
                "note": note,
                "csrf_token": csrf.issue(viewer.csrf_secret) if viewer else "",
                "asset": partial(address_of, lims.settings.assets / "web"),
                "own": partial(address_of, OWN),
                "language": language,
                "theme": theme_of(request),
                "themes": tuple(Theme),
            }
            | context
        )
    )
    # A browser keeps the page and the part apart, and asks again when it goes back.
    response = HTMLResponse(text, status, headers={"Vary": "HX-Request, Cookie"})
    if note and not is_part:
        response.delete_cookie(_NOTE, path="/")
    return response


def is_htmx(request: Request) -> bool:
    """Whether only a part of the page is wanted."""
    return "hx-request" in request.headers and "hx-boosted" not in request.headers


@dataclass(frozen=True, slots=True)
class Note:
    """What the last act has to say, once; `draft` is the form whose kept draft is done with."""

    text: str
    draft: str


def see_other(request: Request, url: str, note: str | None = None, *, draft: str = "", **gaps: Any) -> Response:
    """After an act: on to the page that shows what it did.

    `note` is a marked sentence with gaps, shown there once; `draft` names the form (`data-draft`) that was sent.
    """
    response = RedirectResponse(url, 303)
    if note or draft:
        lims: Lims = request.app.state.lims
        told = json.dumps([note or "", {name: str(value) for name, value in gaps.items()}, draft])
        packed = urlsafe_b64encode(told.encode()).decode()
        response.set_cookie(_NOTE, packed, max_age=60, httponly=True, samesite="lax", secure=is_https(lims), path="/")
    return response


def _note_of(request: Request, language: Language) -> Note | None:
    packed = request.cookies.get(_NOTE)
    if not packed or len(packed) > 4000:
        return None
    try:
        sentence, gaps, draft = json.loads(urlsafe_b64decode(packed))
        # Not `format`: whoever writes a cookie could ask it for a text of gigabytes.
        filled = _GAP.sub(lambda gap: str(gaps[gap[1]]), translator(language)(sentence)) if sentence else ""
        return Note(filled, str(draft))
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return None  # not ours


def own_path(address: str | None, otherwise: str = "/") -> str:
    """The address when it is a path of this application; somebody else's is not followed."""
    if not address or not address.startswith("/") or address.startswith(("//", "/\\")):
        return otherwise
    parts = urlsplit(address)
    if parts.scheme or parts.netloc or any(ord(c) < 32 or c == "\\" for c in address):
        return otherwise
    return address


@cache
def environment(language: Language) -> Environment:
    """The templates in a language. What a page shows is escaped; a name that is not in the context is a fault."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    say = translator(language)
    made.globals["_"] = partial(_said, say)
    made.globals["colon"] = "：" if language is Language.CHINESE else ": "
    made.filters |= _filters(say)
    return made


def _said(say: Callable[[str], str], sentence: str, /, **gaps: Any) -> Markup:
    """A sentence in the language of the page; what stands in its gaps is escaped."""
    return escape(say(sentence)).format(**gaps) if gaps else escape(say(sentence))


def _filters(say: Callable[[str], str]) -> Mapping[str, Callable[..., Any]]:
    return {
        "fault": lambda text: told(text or "", say),
        "word": lambda value: formats.NOTHING if value is None else say(word(value)),
        "day": formats.day,
        "instant": formats.instant,
        "second": formats.second,
        "number": formats.number,
        "percent": formats.percent,
        "short": formats.short,
        "size": formats.size,
        "or_nothing": formats.or_nothing,
    }
