"""调阅: the page on which issued reports are found and taken away, many at once."""

from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.errors import BadInput, NotFound
from lims.core.language import Language, translator
from lims.limits.verdicts import Overall
from lims.reports import lists, retrieval, retrieval_files, views
from lims.reports.distribution_rules import ReceiptForm
from lims.reports.retests import retests_for
from lims.reports.retrieval import FoundPage
from lims.reports.rules import NUMBERED, ReportStatus, require_whole
from lims.reports.schemas import RetrievalIn
from lims.runtime import Lims
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, Form, FormDep, asked, refused
from lims.web.page import page
from lims.web.problems import status_of
from lims.web.viewer import PageLanguage, Viewer, ViewerDep

router = APIRouter()

_NOTHING = FoundPage((), 0, None)


@router.get("/reports/find")
def find_page(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, after: str = "") -> Response:
    """Issued reports by region, party, producer, product, day, verdict, status, laboratory and number."""
    require_whole(viewer.actor)
    form = asked(request)
    try:
        wanted = form.read(RetrievalIn)
        with lims.read(viewer.actor, Action.REPORT_READ) as session:
            found = retrieval.find(session, wanted, after or None)
    except BadInput as refusal:
        lims.require(viewer.actor, Action.REPORT_READ)
        return _page(request, lims, viewer, refused(form, refusal, language), _NOTHING, status=status_of(refusal))
    return _page(request, lims, viewer, Filled(wanted.model_dump(exclude_none=True)), found, after=after)


@router.post("/reports/find/zip")
def zip_of_found(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """Every report that answers the search, with a list of them."""
    return _taken_away(request, lims, viewer, language, form, ReceiptForm.ZIP)


@router.post("/reports/find/results")
def results_of_found(
    request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """The results of every report that answers the search, as one workbook."""
    return _taken_away(request, lims, viewer, language, form, ReceiptForm.RESULTS)


def _taken_away(
    request: Request, lims: Lims, viewer: Viewer, language: Language, form: Form, kind: ReceiptForm
) -> Response:
    lims.require(viewer.actor, Action.REPORT_DOWNLOAD)
    try:
        return retrieval_files.sent(lims, viewer.actor, form.read(RetrievalIn), kind, translator(language))
    except (BadInput, NotFound) as refusal:
        return _page(request, lims, viewer, refused(form, refusal, language), _NOTHING, status=status_of(refusal))


def _page(
    request: Request,
    lims: Lims,
    viewer: Viewer,
    form: Filled,
    found: FoundPage,
    *,
    after: str = "",
    status: int = 200,
) -> Response:
    with lims.read(viewer.actor, Action.REPORT_READ) as session:
        options = lists.options_of(session)
        retested = retests_for(lims, session, [row.report for row in found.rows])
    fields = [(name, form.value(name)) for name in RetrievalIn.model_fields if form.value(name) != ""]
    following = urlencode([*fields, ("after", found.next)]) if found.next else ""
    return page(
        request,
        "reports/find.html",
        status=status,
        form=form,
        found=found,
        retests=retested,
        fields=fields,
        following=f"/reports/find?{following}" if following else "",
        first=f"/reports/find?{urlencode(fields)}" if after else "",
        regions=options["region"],
        laboratories=options["laboratory"],
        verdicts=list(Overall),
        statuses=[status for status in ReportStatus if status in NUMBERED],
        moods=views.MOODS,
        overall_moods=lists.OVERALL_MOODS,
        key_of=views.key_of,
        most=retrieval.MOST,
    )
