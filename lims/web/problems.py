"""Refusals as `application/problem+json` (RFC 9457): the one place where kinds become status codes."""

import logging
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from lims.core.errors import (
    BadInput,
    Conflict,
    Forbidden,
    LimsError,
    NotFound,
    RuleRefused,
    TooManyRequests,
    Unauthenticated,
)
from lims.core.language import preferred_language, translator
from lims.core.reasons import Reason, Where, mark, reason
from lims.core.schema_faults import schema_reason
from lims.web.error_pages import error_page, is_for_a_page, to_new_password, to_sign_in
from lims.web.security import secured
from lims.web.viewer import NewPasswordNeeded

log = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"

_KINDS: tuple[tuple[type[LimsError], int, str, str], ...] = (
    (NotFound, 404, "not-found", mark("Not found")),
    (Unauthenticated, 401, "unauthenticated", mark("Sign in first")),
    (Forbidden, 403, "forbidden", mark("Not allowed")),
    (Conflict, 409, "conflict", mark("Overtaken or taken")),
    (TooManyRequests, 429, "too-many-requests", mark("Tried too often")),
    (BadInput, 422, "bad-input", mark("Cannot be read")),
    (RuleRefused, 422, "refused", mark("Refused by a rule")),
)

#: What the framework refuses by itself.
_HTTP = {
    400: mark("The request cannot be read; send it as the description of the interface says."),
    404: mark("There is nothing at this address; check how it is written."),
    405: mark("This address does not take this kind of request; see the description of the interface."),
    406: mark("This cannot be given in the form that was asked for."),
    413: mark("The request is too large; send it in parts."),
    415: mark("This kind of content is not taken here; see the description of the interface."),
}


class RequestTooLarge(HTTPException):
    """A body passed the limit. Of the framework's own kind, since it is raised while the framework reads the body."""

    def __init__(self) -> None:
        super().__init__(413)


class UnknownEncoding(HTTPException):
    """A form in another encoding than UTF-8, which no browser sends to us."""

    def __init__(self) -> None:
        super().__init__(415)


class ReasonOut(BaseModel):
    """One reason: a code for programs, a sentence for people, the place of the fault."""

    code: str
    text: str
    where: dict[str, Any] = {}


class Problem(BaseModel):
    """The body of every refusal."""

    type: str
    title: str
    status: int
    detail: str
    reasons: list[ReasonOut]


def install(app: FastAPI) -> None:
    """Make the application answer every refusal and fault in the one shape."""
    app.exception_handler(LimsError)(_refused)
    app.exception_handler(RequestValidationError)(_unreadable)
    app.exception_handler(ValidationError)(_unreadable)
    app.exception_handler(OverflowError)(_out_of_range)
    app.exception_handler(HTTPException)(_http)
    app.exception_handler(Exception)(_fault)


def _refused(request: Request, error: LimsError) -> Response:
    if isinstance(error, NewPasswordNeeded):
        return to_new_password(request)
    for kind, status, slug, title in _KINDS:
        if isinstance(error, kind):
            answer = _answer(request, status, slug, title, error.reasons)
            if isinstance(error, TooManyRequests):
                answer.headers["Retry-After"] = str(error.retry_after_s)
            return answer
    raise error


def _unreadable(request: Request, error: RequestValidationError | ValidationError) -> Response:
    """A body that its schema refuses, or a record that refuses a value its schema let through."""
    return _answer(
        request, 422, "bad-input", mark("Cannot be read"), [_field_reason(fault) for fault in error.errors()]
    )


def _field_reason(fault: Any) -> Reason:
    place = ".".join(str(part) for part in fault["loc"] if part not in {"body", "query", "path"})
    if fault["type"] == "json_invalid":
        place = ""  # where it says where, it is a position in the text, not a field
    return schema_reason(f"field.{fault['type']}", fault, place or mark("body"), Where(field=place or None))


def _out_of_range(request: Request, error: OverflowError) -> Response:
    """A day at the end of the calendar, or a number beyond the machine's: nothing was wrong but what was handed in."""
    log.warning("overflow in %s %s", request.method, request.url.path, exc_info=error)
    why = reason("value.out_of_range", "A day or number here is out of range; days lie between 1900 and 2199.")
    return _answer(request, 422, "bad-input", mark("Cannot be read"), [why])


def _http(request: Request, error: HTTPException) -> Response:
    status = error.status_code
    sentence = _HTTP.get(status, mark("The request cannot be answered ({status}: {detail})."))
    title = next((title for _, known, _, title in _KINDS if known == status), mark("Cannot be answered"))
    why = reason(f"http.{status}", sentence, detail=error.detail, status=status)
    return _answer(request, status, "http", title, [why])


def _fault(request: Request, error: Exception) -> Response:
    log.exception("fault in %s %s", request.method, request.url.path, exc_info=error)
    why = reason("fault", "The program failed here. Nothing was changed; the fault is in the log.")
    return secured(request, _answer(request, 500, "fault", mark("Fault of the program"), [why]))


def status_of(error: LimsError) -> int:
    """The HTTP status of a refusal, for pages that answer it themselves, beside the field that is wrong."""
    return next(status for kind, status, _, _ in _KINDS if isinstance(error, kind))


def _answer(request: Request, status: int, slug: str, title: str, reasons: Sequence[Reason]) -> Response:
    if is_for_a_page(request):
        return to_sign_in(request) if status == 401 else error_page(request, status, title, reasons)
    say = translator(preferred_language(request.headers.get("accept-language")))
    told = [ReasonOut(code=r.code, text=r.translated(say), where=r.where.as_dict()) for r in reasons]
    problem = Problem(
        type=f"/problems/{slug}", title=say(title), status=status, detail=" ".join(r.text for r in told), reasons=told
    )
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return JSONResponse(problem.model_dump(), status_code=status, media_type=MEDIA_TYPE, headers=headers)


def responses() -> dict[int | str, dict[str, Any]]:
    """What OpenAPI says of refusals, for every route."""
    described = {s: t for _, s, _, t in _KINDS}
    return {
        status: {"description": title, "content": {MEDIA_TYPE: {"schema": Problem.model_json_schema()}}}
        for status, title in described.items()
    }
