"""Pages of signing in and out: password, second factor, passkey. Only the passkey needs a script."""

import json
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from lims.core.actions import Action
from lims.core.errors import LimsError, NotFound, TooManyRequests, Unauthenticated
from lims.core.language import Language, translator
from lims.core.reasons import mark
from lims.people import first_run, passkeys, sign_in
from lims.people.ceremonies import LIFE
from lims.people.doors import client_of, enter, leave, secret, signed_in
from lims.people.passkeys import Asked
from lims.people.sessions import end_session
from lims.people.sign_in import SecondFactorNeeded
from lims.people.sign_in_tables import PendingKind
from lims.runtime import Lims
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, FormDep, refused
from lims.web.guests import GuestFormDep
from lims.web.page import own_path, page, see_other
from lims.web.problems import status_of
from lims.web.viewer import PageLanguage, ViewerDep, is_https

router = APIRouter()

#: Why somebody who was signed in sees this page again; a cookie that was never one of ours is not spoken of.
_ENDED = frozenset({"session.ended", "session.over", "session.idle", "user.inactive"})
_SECOND = PendingKind.SECOND_FACTOR.value


@router.get("/sign-in")
def sign_in_page(request: Request, lims: LimsDep, language: PageLanguage, next: str = "") -> Response:  # noqa: A002  # the name in the address
    """Name and password, or a passkey; in a fresh installation the first run."""
    if first_run.is_fresh(lims):
        return RedirectResponse("/setup", 303)
    address, why = own_path(next), ""
    try:
        if signed_in(request, lims) is not None:
            return RedirectResponse(address, 303)
    except Unauthenticated as over:
        ended = [reason for reason in over.reasons if reason.code in _ENDED]
        why = ended[0].translated(translator(language)) if ended else ""
    return _sign_in_page(request, lims, address, Filled(), over=why)


@router.post("/sign-in")
def sign_in_with_password(request: Request, lims: LimsDep, language: PageLanguage, form: GuestFormDep) -> Response:
    """Check name and password; then go on, or ask for the second factor."""
    address = own_path(form.text("next"))
    try:
        done = sign_in.sign_in_with_password(lims, form.text("username"), secret(form, "password"), client_of(request))
    except (Unauthenticated, TooManyRequests) as refusal:
        return _sign_in_page(request, lims, address, refused(form, refusal, language), refusal)
    if isinstance(done, SecondFactorNeeded):
        response = RedirectResponse(_with_next("/sign-in/second", address), 303)
        response.set_cookie(
            _second_cookie(lims), done.token, max_age=int(LIFE.total_seconds()), httponly=True, samesite="strict",
            secure=is_https(lims), path="/",
        )  # fmt: skip
        return response
    return enter(request, lims, done, address)


@router.get("/sign-in/second")
def second_factor_page(request: Request, lims: LimsDep, next: str = "") -> Response:  # noqa: A002  # as above
    """The code of the phone, or a recovery code."""
    if not request.cookies.get(_second_cookie(lims)):
        return RedirectResponse(_with_next("/sign-in", own_path(next)), 303)
    return page(request, "people/second.html", form=Filled(), next=own_path(next))


@router.post("/sign-in/second")
def sign_in_with_code(request: Request, lims: LimsDep, language: PageLanguage, form: GuestFormDep) -> Response:
    """Check the code. After a wrong one the next may be typed; when it took too long, all begins again."""
    address = own_path(form.text("next"))
    token = request.cookies.get(_second_cookie(lims), "")
    try:
        opened = sign_in.sign_in_with_code(lims, token, form.text("code"), client_of(request))
    except (Unauthenticated, TooManyRequests) as refusal:
        if isinstance(refusal, Unauthenticated) and not refusal.reasons[0].where.field:
            again = see_other(request, _with_next("/sign-in", address), mark("This took too long. Sign in again."))
            return _without_second(lims, again)
        answer = page(
            request,
            "people/second.html",
            status=status_of(refusal),
            form=refused(form, refusal, language),
            next=address,
        )
        return _patient(answer, refusal)
    return _without_second(lims, enter(request, lims, opened, address))


@router.post("/sign-in/passkey/begin")
def begin_passkey(request: Request, lims: LimsDep, language: PageLanguage, _form: GuestFormDep) -> Response:
    """The question for the device, as JSON for the page's script."""
    try:
        return asked(passkeys.begin_sign_in(lims, client_of(request).address))
    except LimsError as refusal:
        return not_asked(refusal, language)


@router.post("/sign-in/passkey")
def sign_in_with_passkey(request: Request, lims: LimsDep, language: PageLanguage, form: GuestFormDep) -> Response:
    """Check the device's answer."""
    address = own_path(form.text("next"))
    try:
        opened = sign_in.sign_in_with_passkey(lims, form.text("token"), form.text("answer"), client_of(request))
    except LimsError as refusal:
        return _sign_in_page(request, lims, address, refused(form, refusal, language), refusal)
    return enter(request, lims, opened, address)


@router.post("/sign-out")
def sign_out(request: Request, lims: LimsDep, viewer: ViewerDep, _form: FormDep) -> Response:
    """End the session of this browser."""
    try:
        with lims.work(viewer.actor, Action.SESSION_END) as session:
            end_session(session, viewer.session_id)
    except NotFound:
        pass  # the cookie goes in any case
    return leave(request, lims, see_other(request, "/sign-in", mark("You have signed out.")))


def asked(question: Asked) -> Response:
    """A question to a device, as the page's script takes it."""
    return JSONResponse({"token": question.token, "options": json.loads(question.options)})


def not_asked(refusal: LimsError, language: Language) -> Response:
    """Why a device is not asked, for the page's script to show."""
    say = translator(language)
    told = [{"field": why.where.field or "", "text": why.translated(say)} for why in refusal.reasons]
    return _patient(JSONResponse({"problems": told}, status_of(refusal)), refusal)


def _sign_in_page(
    request: Request, lims: Lims, address: str, form: Filled, refusal: LimsError | None = None, *, over: str = ""
) -> Response:
    answer = page(
        request,
        "people/sign_in.html",
        status=status_of(refusal) if refusal else 200,
        form=form,
        next=address,
        over=over,
        accounts=request.app.state.shown_accounts,
        has_passkeys=_has_passkeys(request, lims),
    )
    return _patient(answer, refusal)


def _has_passkeys(request: Request, lims: Lims) -> bool:
    """Devices keep their keys for the address of the installation; asked at another one, they have none."""
    own = lims.settings.public_url
    return not passkeys.reasons_against_passkeys(own) and urlsplit(own).hostname == request.url.hostname


def _patient(answer: Response, refusal: LimsError | None) -> Response:
    if isinstance(refusal, TooManyRequests):
        answer.headers["Retry-After"] = str(refusal.retry_after_s)
    return answer


def _with_next(page_address: str, address: str) -> str:
    return page_address if address == "/" else f"{page_address}?next={quote(address, safe='')}"


def _second_cookie(lims: Lims) -> str:
    return f"__Host-lims_{_SECOND}" if is_https(lims) else f"lims_{_SECOND}"


def _without_second(lims: Lims, response: Response) -> Response:
    response.delete_cookie(_second_cookie(lims), httponly=True, samesite="strict", secure=is_https(lims), path="/")
    return response
