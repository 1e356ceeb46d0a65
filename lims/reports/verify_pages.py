"""核验: is a report genuine? A PDF is handed in, or the number or code of a report is asked for."""

import re
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.errors import BadInput
from lims.core.language import Language, translator
from lims.reports import verification
from lims.reports.checks import checks_of
from lims.reports.verification import Known
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, FormDep, refused
from lims.web.pace import FilePace, LookPace
from lims.web.page import page
from lims.web.problems import status_of
from lims.web.security import SCANNING_POLICY
from lims.web.uploads import read_upload
from lims.web.viewer import PageLanguage, ViewerDep

if TYPE_CHECKING:
    from lims.documents.answers import Verification

router = APIRouter()

#: What a scanner reads off a report is an address that ends with its code.
_ADDRESS = re.compile(r"^https?://[^\s]+/v/(?P<token>[A-Za-z0-9_-]+)/?$")


@router.get("/verify", dependencies=[LookPace])
def verify_page(request: Request, lims: LimsDep, viewer: ViewerDep, number: str = "") -> Response:
    """Where a PDF is handed in; `number` is a number, the code of a report, or the address behind it."""
    lims.require(viewer.actor, Action.REPORT_VERIFY)
    asked = number.strip()[:500]
    read = _ADDRESS.match(asked)
    known = verification.look_up(lims, viewer.actor, read["token"] if read else asked) if asked else None
    return _page(request, known=known, asked=asked)


@router.post("/verify", dependencies=[FilePace])
def verify_file(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """What a PDF is worth. Nothing is kept of it."""
    lims.require(viewer.actor, Action.REPORT_VERIFY)
    try:
        file = form.file("file")
        found = verification.verify_report(lims, viewer.actor, read_upload(file, lims))
    except BadInput as refusal:
        return _page(request, status=status_of(refusal), form=refused(form, refusal, language))
    is_here = found.number is not None and verification.is_readable(lims, viewer.actor, found.number)
    return _page(request, **told(found, file.filename, language), is_here=is_here)


def told(found: "Verification", file_name: str | None, language: Language) -> dict[str, Any]:
    """What `reports/_found.html` shows of a file that was judged."""
    say = translator(language)
    return {
        "found": found,
        "file_name": file_name,
        "said": found.reason.translated(say),
        "checks": checks_of(found),
        "open_points": [why.translated(say) for why in found.open_points],
    }


def _page(
    request: Request, *, status: int = 200, known: Known | None = None, asked: str = "", found: Any = None, **more: Any
) -> Response:
    answer = page(
        request,
        "reports/verify.html",
        part="reports/_known.html",
        status=status,
        known=known,
        asked=asked,
        asked_form=Filled({"number": asked}),
        found=found,
        **more,
    )
    answer.headers["Content-Security-Policy"] = SCANNING_POLICY
    return answer
