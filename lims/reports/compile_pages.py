"""编制 from the page of a sample: what the compiler states, and who they are, before the draft is opened."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.errors import Forbidden, LimsError, NotFound
from lims.core.language import Language
from lims.core.reasons import mark
from lims.documents.act_forms import SignedAct
from lims.documents.phrases import ReportLanguage
from lims.library.queries import current_library
from lims.people.asking import asking, confirmed, page_status
from lims.people.confirming import Purpose
from lims.reports import service
from lims.reports.desk import desk_of
from lims.reports.queries import reports_of
from lims.reports.rules import RISK_MONITORING, Layout
from lims.reports.schemas import CompileIn
from lims.runtime import Lims
from lims.samples.queries import sample_by_number
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, FormDep, refused
from lims.web.page import page, see_other
from lims.web.viewer import PageLanguage, Viewer, ViewerDep

router = APIRouter()


class CompileChoice(BaseModel):
    """What was chosen on the page of a sample: a box that is ticked says `true`."""

    annex: str = ""
    uncertainty: str = ""
    calibration: str = ""
    photos: str = ""
    notice: str = ""
    tongue: str = "zh"


@router.get("/reports/compile/{number}")
def compile_page(
    number: str,
    request: Request,
    lims: LimsDep,
    viewer: ViewerDep,
    language: PageLanguage,
    chosen: Annotated[CompileChoice, Query()],
) -> Response:
    """How the report of a sample is to be made, as it was chosen before, and who compiles it."""
    boxes = chosen.model_dump(exclude={"tongue"})
    with lims.read(viewer.actor, Action.REPORT_COMPILE) as session:
        before = reports_of(session, sample_by_number(session, number).id)
    stated = before[-1].stated_deviations if before else None
    filled = Filled({"sample": number, "language": chosen.tongue, "deviations": stated, **boxes})
    return _page(request, lims, viewer, language, number, filled)


@router.post("/reports/compile")
def compile_report(
    request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """编制, signed by who does it."""
    lims.require(viewer.actor, Action.REPORT_COMPILE)
    try:
        order = form.read(CompileIn)
        with lims.read(viewer.actor, Action.REPORT_COMPILE) as session:
            sample_by_number(session, order.sample)
        confirmation = confirmed(request, lims, viewer, form, Purpose(Action.REPORT_COMPILE, (order.sample,)))
        with lims.work(viewer.actor, Action.REPORT_COMPILE) as session:
            report = service.compile_report(session, current_library(session), order.sample, confirmation, order.layout)
            service.require_printable(session, desk_of(lims), report)
    except LimsError as refusal:
        if isinstance(refusal, (NotFound, Forbidden)):
            raise
        shown = refused(form, refusal, language)
        return _page(request, lims, viewer, language, form.text("sample"), shown, page_status(refusal))
    return see_other(request, f"/reports/{report.id}", mark("The report is compiled and waits for its review."))


def _page(
    request: Request, lims: Lims, viewer: Viewer, language: Language, number: str, form: Filled, status: int = 200
) -> Response:
    with lims.read(viewer.actor, Action.REPORT_COMPILE) as session:
        sample = sample_by_number(session, number)
        ask = asking(request, session, language, Action.REPORT_COMPILE, SignedAct.COMPILED, (sample.number,))
    return page(
        request,
        "reports/compile.html",
        status=status,
        sample=sample,
        ask=ask,
        form=form,
        languages=ReportLanguage,
        layout=Layout(
            annex=bool(form.value("annex")),
            uncertainty=bool(form.value("uncertainty")),
            calibration=bool(form.value("calibration")),
            photos=bool(form.value("photos")),
        ),
        may_notify=sample.programme in RISK_MONITORING,
    )
