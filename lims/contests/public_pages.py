"""Pages for anybody: the live board at its secret address, and the document behind the code of a certificate."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from lims.contests import board as boards
from lims.contests import looking, paper_views
from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.core.errors import NotFound
from lims.reports.desk import desk_of
from lims.web.dependencies import LimsDep
from lims.web.page import page

router = APIRouter(prefix="/contests")


@router.get("/board/{token}")
def board_page(token: str, request: Request, lims: LimsDep) -> Response:
    """The live board; it asks for itself again while it is open."""
    found = boards.board(lims, token)
    return page(
        request,
        "contests/board.html",
        part="contests/_board.html",
        found=found,
        mood=looking.MOODS[found.state],
        address=f"/contests/board/{token}",
    )


@router.get("/documents/{token}")
def document_page(token: str, request: Request, lims: LimsDep) -> Response:
    """What stands on a certificate, for whoever has it in hand."""
    try:
        with lims.read(system_actor("public"), Action.CONTEST_READ) as session:
            found = paper_views.public_document(session, token, is_development=desk_of(lims).development)
    except NotFound:
        return page(request, "contests/document.html", status=404, found=None)
    return page(request, "contests/document.html", found=found)
