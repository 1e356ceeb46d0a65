"""What routes ask for: the installation and the actor.

Who the actor is depends on people's records, which are downstream of this room; `make_app` gives
the function that finds out.
"""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from lims.core.actors import Actor
from lims.core.errors import Unauthenticated
from lims.core.language import Language, preferred_language
from lims.core.reasons import reason
from lims.runtime import Lims

#: Finds the person behind a token; raises `Unauthenticated`.
Authenticate = Callable[[Lims, str], Actor]

_bearer = HTTPBearer(auto_error=False, description="An API token: `POST /api/tokens` gives one for a password.")


def _lims(request: Request) -> Lims:
    lims: Lims = request.app.state.lims
    return lims


def _actor(request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> Actor:
    if credentials is None:
        raise Unauthenticated(reason("sign_in.needed", "Sign in first: this needs an API token."))
    authenticate: Authenticate = request.app.state.authenticate
    return authenticate(_lims(request), credentials.credentials)


def _language(request: Request) -> Language:
    return preferred_language(request.headers.get("accept-language"))


LimsDep = Annotated[Lims, Depends(_lims)]
ActorDep = Annotated[Actor, Depends(_actor)]
LanguageDep = Annotated[Language, Depends(_language)]
