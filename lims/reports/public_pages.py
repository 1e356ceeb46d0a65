"""公开核验: where anybody drops the PDF of a report, as anybody may scan its code.

The answer says what the checks found, what stands in the file itself, and whether the report is still in force, as the
page behind its code does. Which numbers exist it tells only of files that their laboratory signed.
"""

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.core.errors import BadInput
from lims.reports import verification
from lims.reports.verify_pages import told
from lims.web.dependencies import LimsDep
from lims.web.forms import refused
from lims.web.guests import GuestFormDep
from lims.web.pace import FilePace, LookPace
from lims.web.page import page
from lims.web.problems import status_of
from lims.web.uploads import read_upload
from lims.web.viewer import PageLanguage

router = APIRouter()


@router.get("/v", dependencies=[LookPace])
def drop_page(request: Request) -> Response:
    """Where a PDF is handed in."""
    return page(request, "reports/drop.html", found=None)


@router.post("/v", dependencies=[FilePace])
def dropped(request: Request, lims: LimsDep, language: PageLanguage, form: GuestFormDep) -> Response:
    """What a PDF is worth. Nothing is kept of it."""
    try:
        file = form.file("file")
        found = verification.verify_report(lims, None, read_upload(file, lims))
    except BadInput as refusal:
        again = refused(form, refusal, language)
        return page(request, "reports/drop.html", status=status_of(refusal), form=again, found=None)
    return page(request, "reports/drop.html", **told(found, file.filename, language), is_here=False)
