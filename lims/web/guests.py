"""Forms of people who have not signed in yet: no session stands behind them that a token could be made of.

Another site could post such a form in somebody's name and sign them in as somebody else (login CSRF). Browsers say
where a form comes from; what comes from elsewhere is refused.
"""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.datastructures import FormData

from lims.core.errors import Forbidden
from lims.core.reasons import reason
from lims.runtime import Lims
from lims.web.forms import Form, read_form


def refuse_foreign(request: Request) -> None:
    """Raise `Forbidden` for a request that a page of another site made.

    `Sec-Fetch-Site` is sent by browsers to https and to this machine, `Origin` with every form. A program that sends
    neither is no browser, and nobody's session can be used through it.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    is_own = site in {"same-origin", "none"} if site is not None else origin is None or _is_own(request, origin)
    if not is_own:
        raise Forbidden(
            reason("form.foreign", "This form was sent from another site. Open the page here and send it anew.")
        )


def _is_own(request: Request, origin: str) -> bool:
    lims: Lims = request.app.state.lims
    own = {request.headers.get("host", ""), urlsplit(lims.settings.public_url).netloc}
    return urlsplit(origin).netloc in own - {""}


def _guest_form(request: Request, data: Annotated[FormData, Depends(read_form)]) -> Form:
    refuse_foreign(request)
    return Form(data)


#: The form of a page that needs no session.
GuestFormDep = Annotated[Form, Depends(_guest_form)]
