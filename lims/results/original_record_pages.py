"""The original record of a run for whoever may read the run: a PDF beside its pages."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from lims.core.language import Language
from lims.results.original_record import file_headers, print_record
from lims.web.dependencies import LimsDep
from lims.web.viewer import PageLanguage, ViewerDep

router = APIRouter()


@router.get("/runs/{run_id}/original-record")
def original_record(
    run_id: UUID, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, lang: Language | None = None
) -> Response:
    """检测原始记录 as PDF, in the language of the pages unless `lang` names another."""
    name, content = print_record(lims, viewer.actor, run_id, lang or language)
    return Response(content, media_type="application/pdf", headers=file_headers(name))
