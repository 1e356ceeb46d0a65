"""Who looks at a page: the person behind a session cookie, their language and their theme.

Who a cookie belongs to depends on people's records, which are downstream of this room; `make_app` gives the function
that finds out.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Protocol
from uuid import UUID

from fastapi import Depends, Request

from lims.core.actions import Action
from lims.core.actors import Actor
from lims.core.errors import Forbidden, Unauthenticated
from lims.core.language import Language, preferred_language
from lims.core.reasons import reason
from lims.runtime import Lims
from lims.web.dependencies import LimsDep

LANGUAGE_COOKIE = "lims_language"
THEME_COOKIE = "lims_theme"
#: What a part of a page sends when it asks again by itself (`polled` in ui/parts.html): that is nobody's use of the
#: session, which would else live as long as the page is open. Whoever sends it without need shortens only their own.
POLLED = "X-Polled"
#: Where whoever has a temporary password chooses their own, and the way out: all that such a session may do.
NEW_PASSWORD = "/account/password"  # noqa: S105  # an address
SIGN_OUT = "/sign-out"


class NewPasswordNeeded(Forbidden):
    """Somebody else knows the password; every page leads to where it is replaced first."""


class Theme(StrEnum):
    """Colours of the pages; AUTO is what the person's machine prefers."""

    AUTO = "auto"
    LIGHT = "light"
    DARK = "dark"


class SignedIn(Protocol):
    """What the application knows of an open session."""

    @property
    def actor(self) -> Actor: ...
    @property
    def session_id(self) -> UUID: ...
    @property
    def csrf_token(self) -> str: ...
    @property
    def must_change_password(self) -> bool: ...


class FindSession(Protocol):
    """Finds the open session behind a cookie; raises `Unauthenticated`. `is_use`: the person is there."""

    def __call__(self, lims: Lims, token: str, /, *, is_use: bool = True) -> SignedIn: ...


@dataclass(frozen=True, slots=True)
class Viewer:
    """A signed-in person in front of a page. `csrf_secret` is the session's, pages carry tokens made of it."""

    actor: Actor
    session_id: UUID
    csrf_secret: str
    must_change_password: bool

    def may(self, action: Action) -> bool:
        """Whether this person holds the permission for an act."""
        return self.actor.may(action)

    @property
    def key(self) -> str:
        """Tells this person's drafts in a browser from other people's."""
        return str(self.actor.user_id)


def session_cookie(request: Request) -> str:
    """The name of the session cookie: bound to the host (`__Host-`) where everything is https."""
    lims: Lims = request.app.state.lims
    return "__Host-lims_session" if is_https(lims) else "lims_session"


def is_https(lims: Lims) -> bool:
    """Whether people reach this installation by https; cookies are then sent no other way."""
    return lims.settings.public_url.startswith("https://")


def language_of(request: Request) -> Language:
    """The language of a page: the one chosen here, else the browser's; Chinese unless English is asked for first."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in set(Language):
        return Language(chosen)
    return preferred_language(request.headers.get("accept-language"))


def theme_of(request: Request) -> Theme:
    """The colours that the person chose here."""
    chosen = request.cookies.get(THEME_COOKIE)
    return Theme(chosen) if chosen in set(Theme) else Theme.AUTO


def _viewer(request: Request, lims: LimsDep) -> Viewer:
    cookie = request.cookies.get(session_cookie(request))
    if not cookie:
        raise Unauthenticated(reason("sign_in.page", "Sign in first."))
    find: FindSession = request.app.state.session_of
    found = find(lims, cookie, is_use=POLLED not in request.headers)
    viewer = Viewer(found.actor, found.session_id, found.csrf_token, found.must_change_password)
    request.state.viewer = viewer
    if viewer.must_change_password and request.url.path not in {NEW_PASSWORD, SIGN_OUT}:
        raise NewPasswordNeeded(reason("password.first", "Replace your temporary password first."))
    return viewer


#: The signed-in person; a page that asks for it sends everybody else to the sign-in page.
ViewerDep = Annotated[Viewer, Depends(_viewer)]
PageLanguage = Annotated[Language, Depends(language_of)]
