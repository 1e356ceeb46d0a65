"""JSON routes of contests."""

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, File, UploadFile
from fastapi.responses import Response

from lims.contests import board as boards
from lims.contests import entering, looking, paper_views, publishing, queries, scoring_api, service
from lims.contests.doors import reading, working
from lims.contests.schemas import (
    AppealIn,
    BoardIn,
    ContestChange,
    ContestIn,
    DocumentsIn,
    DrawIn,
    EntriesIn,
    EventIn,
    JudgeIn,
    TakeIn,
    UntilIn,
    VersionIn,
    WithdrawIn,
)
from lims.contests.score_workbook import scores_workbook
from lims.contests.tables import Contest
from lims.contests.views import (
    BoardOut,
    ContestsOut,
    DocumentsOut,
    DrawOut,
    EntryOut,
    ExplanationOut,
    MineOut,
    OrganisedOut,
    PublicDocumentOut,
    RankingOut,
)
from lims.contests.workbooks import XLSX, entries_workbook, read_entries, read_import
from lims.core.actions import Action
from lims.core.actors import Actor, system_actor
from lims.core.language import Language
from lims.db.work import LimsSession
from lims.reports.desk import desk_of
from lims.runtime import Lims
from lims.web.dependencies import ActorDep, LanguageDep, LimsDep
from lims.web.rows import Encoding
from lims.web.uploads import read_upload

router = APIRouter(prefix="/api/contests", tags=["contests"])
router.include_router(scoring_api.router)
_WORKBOOK: dict[int | str, dict[str, Any]] = {200: {"content": {XLSX: {}}, "description": "A workbook."}}
_PDF: dict[int | str, dict[str, Any]] = {200: {"content": {"application/pdf": {}}, "description": "The signed file."}}


@router.get("")
def contests(lims: LimsDep, actor: ActorDep) -> ContestsOut:
    """The contests that the own laboratory organises, those open to it, and those that the person judges."""
    action = Action.CONTEST_READ if actor.may(Action.CONTEST_READ) else Action.CONTEST_SCORE
    with reading(lims, actor, action) as session:
        return looking.contests(session)


@router.post("", status_code=201)
def plan(order: ContestIn, lims: LimsDep, actor: ActorDep) -> OrganisedOut:
    """Plan a contest of the own laboratory; it begins with the usual events and sheets."""
    with working(lims, actor, Action.CONTEST_PLAN) as session:
        return looking.organised(session, service.plan_contest(session, order).number)


@router.get("/board/{token}")
def board(token: str, lims: LimsDep) -> BoardOut:
    """The live board, for anybody who has its address."""
    return boards.board(lims, token)


@router.get("/documents/{token}")
def public_document(token: str, lims: LimsDep) -> PublicDocumentOut:
    """The document that the code on a certificate leads to, for anybody."""
    with lims.read(system_actor("public"), Action.CONTEST_READ) as session:
        return paper_views.public_document(session, token, is_development=desk_of(lims).development)


@router.get("/{number}")
def one_contest(number: str, lims: LimsDep, actor: ActorDep) -> OrganisedOut:
    """A contest with its events and judges, for its organiser."""
    with reading(lims, actor, Action.CONTEST_PLAN) as session:
        return looking.organised(session, number)


@router.put("/{number}")
def change(number: str, order: ContestChange, lims: LimsDep, actor: ActorDep) -> OrganisedOut:
    """Put another plan in the place of a draft."""
    with working(lims, actor, Action.CONTEST_PLAN) as session:
        return looking.organised(session, service.change_contest(session, number, order).number)


@router.put("/{number}/events/{event}")
def put_event(number: str, event: str, order: EventIn, lims: LimsDep, actor: ActorDep) -> OrganisedOut:
    """Add or change an event; a sheet becomes its next version."""
    with working(lims, actor, Action.CONTEST_PLAN) as session:
        service.put_event(session, number, event, order)
        return looking.organised(session, number)


@router.delete("/{number}/events/{event}")
def remove_event(number: str, event: str, version: int, lims: LimsDep, actor: ActorDep) -> OrganisedOut:
    """Take an event out of a draft."""
    with working(lims, actor, Action.CONTEST_PLAN) as session:
        return looking.organised(session, service.remove_event(session, number, event, version).number)


@router.post("/{number}/open")
def open_contest(number: str, order: VersionIn, lims: LimsDep, actor: ActorDep) -> OrganisedOut:
    """Take entries; the digest of the seed of the draw is shown from now on."""
    return _stepped(lims, actor, Action.CONTEST_CONDUCT, service.open_contest, number, order.version)


@router.post("/{number}/until")
def move_until(number: str, order: UntilIn, lims: LimsDep, actor: ActorDep) -> OrganisedOut:
    """Move the end of entries."""
    with working(lims, actor, Action.CONTEST_CONDUCT) as session:
        return looking.organised(session, service.move_until(session, number, order).number)


@router.post("/{number}/draw")
def hold_draw(number: str, order: DrawIn, lims: LimsDep, actor: ActorDep) -> OrganisedOut:
    """Draw start numbers and give secret codes; entries end."""
    with working(lims, actor, Action.CONTEST_CONDUCT) as session:
        return looking.organised(session, service.hold_draw(session, number, order).number)


@router.get("/{number}/draw")
def draw(number: str, lims: LimsDep, actor: ActorDep) -> DrawOut:
    """Everything that the draw was made of, for everybody who may take part: recompute it."""
    with reading(lims, actor, Action.CONTEST_READ) as session:
        return looking.draw(session, number)


@router.put("/{number}/judges")
def appoint_judge(number: str, order: JudgeIn, lims: LimsDep, actor: ActorDep) -> OrganisedOut:
    """Appoint a judge for some events; none takes the judge off."""
    with working(lims, actor, Action.CONTEST_CONDUCT) as session:
        service.appoint_judge(session, number, order)
        return looking.organised(session, number)


@router.get("/{number}/entries")
def all_entries(number: str, lims: LimsDep, actor: ActorDep) -> list[EntryOut]:
    """Every entry with its number and secret code, for the organiser."""
    with reading(lims, actor, Action.CONTEST_CONDUCT) as session:
        return looking.all_entries(session, number)


@router.get("/{number}/entries.xlsx", response_class=Response, responses=_WORKBOOK)
def entries_file(number: str, lims: LimsDep, actor: ActorDep) -> Response:
    """Every entry as a workbook, for the organiser."""
    with reading(lims, actor, Action.CONTEST_CONDUCT) as session:
        content = entries_workbook(looking.all_entries(session, number), for_organiser=True)
    return attached(content, XLSX, f"{number}-entries.xlsx")


@router.post("/{number}/entries/import")
def import_entries(
    number: str, file: Annotated[UploadFile, File()], lims: LimsDep, actor: ActorDep, encoding: Encoding = "utf-8"
) -> list[EntryOut]:
    """Enter people of any laboratory from a table, all of them or none."""
    lims.require(actor, Action.CONTEST_CONDUCT)
    orders = read_import(read_upload(file, lims), encoding)
    with working(lims, actor, Action.CONTEST_CONDUCT) as session:
        entering.enter_for_others(session, number, orders)
        return looking.all_entries(session, number)


@router.post("/{number}/entries/promoted")
def take_promoted(number: str, order: TakeIn, lims: LimsDep, actor: ActorDep) -> list[EntryOut]:
    """Enter who goes on from the final contest of the stage before."""
    with working(lims, actor, Action.CONTEST_CONDUCT) as session:
        entering.take_promoted(session, number, order.number)
        return looking.all_entries(session, number)


@router.post("/{number}/entrants/{code}/withdraw")
def withdraw(number: str, code: str, order: WithdrawIn, lims: LimsDep, actor: ActorDep) -> list[EntryOut]:
    """Let an entrant take no part any more, for a reason."""
    with working(lims, actor, Action.CONTEST_CONDUCT, order.reason) as session:
        service.withdraw(session, number, code, order)
        return looking.all_entries(session, number)


@router.put("/{number}/board")
def set_board(number: str, order: BoardIn, lims: LimsDep, actor: ActorDep) -> OrganisedOut:
    """Show the live board or take it away, show names, freeze it."""
    with working(lims, actor, Action.CONTEST_CONDUCT) as session:
        shown_now = boards.shown_now(session, queries.own_contest(session, number), session.instant)
        return looking.organised(session, service.set_board(session, number, order, shown_now).number)


@router.get("/{number}/mine")
def mine(number: str, lims: LimsDep, actor: ActorDep) -> MineOut:
    """A contest for a laboratory that may take part: its own entries and appeals."""
    with reading(lims, actor, Action.CONTEST_READ) as session:
        return looking.mine(session, number)


@router.post("/{number}/mine/entries")
def enter(number: str, order: EntriesIn, lims: LimsDep, actor: ActorDep) -> MineOut:
    """Enter people of the own laboratory, all of them or none."""
    with working(lims, actor, Action.CONTEST_ENTER) as session:
        entering.enter(session, number, order.entries)
        return looking.mine(session, number)


@router.post("/{number}/mine/import")
def import_own(
    number: str, file: Annotated[UploadFile, File()], lims: LimsDep, actor: ActorDep, encoding: Encoding = "utf-8"
) -> MineOut:
    """Enter people of the own laboratory from a table (xlsx or CSV)."""
    lims.require(actor, Action.CONTEST_ENTER)
    orders = read_entries(read_upload(file, lims), encoding)
    with working(lims, actor, Action.CONTEST_ENTER) as session:
        entering.enter(session, number, orders)
        return looking.mine(session, number)


@router.delete("/{number}/mine/entries/{entry}")
def take_back(number: str, entry: UUID, version: int, lims: LimsDep, actor: ActorDep) -> MineOut:
    """Take an entry back until the end of entries."""
    with working(lims, actor, Action.CONTEST_ENTER) as session:
        entering.take_back(session, number, entry, version)
        return looking.mine(session, number)


@router.post("/{number}/mine/appeals")
def appeal(number: str, order: AppealIn, lims: LimsDep, actor: ActorDep) -> MineOut:
    """Appeal against the announced result of an own entrant."""
    with working(lims, actor, Action.CONTEST_APPEAL) as session:
        publishing.file_appeal(session, number, order)
        return looking.mine(session, number)


@router.get("/{number}/ranking")
def ranking(number: str, lims: LimsDep, actor: ActorDep) -> RankingOut:
    """Where everybody stands: as of now for the organiser, as announced for everybody else."""
    with reading(lims, actor, Action.CONTEST_READ) as session:
        return looking.ranking(session, number)


@router.get("/{number}/ranking/{code}")
def explanation(
    number: str, code: str, lims: LimsDep, actor: ActorDep, language: LanguageDep, lang: Language | None = None
) -> ExplanationOut:
    """How the total of an entrant came about, step by step."""
    with reading(lims, actor, Action.CONTEST_READ) as session:
        return looking.explanation(session, number, code, lang or language)


@router.get("/{number}/scores.xlsx", response_class=Response, responses=_WORKBOOK)
def scores_file(number: str, lims: LimsDep, actor: ActorDep, language: LanguageDep) -> Response:
    """Ranks and all raw scores as a workbook, for the organiser."""
    with reading(lims, actor, Action.CONTEST_RECORD) as session:
        content = scores_workbook(session, queries.own_contest(session, number), language)
    return attached(content, XLSX, f"{number}-scores.xlsx")


@router.post("/{number}/announce")
def announce(number: str, order: VersionIn, lims: LimsDep, actor: ActorDep) -> OrganisedOut:
    """Announce the results, and take appeals from now on; again after scores changed."""
    return _stepped(lims, actor, Action.CONTEST_PUBLISH, publishing.announce, number, order.version)


@router.post("/{number}/finish")
def finish(number: str, order: VersionIn, lims: LimsDep, actor: ActorDep) -> OrganisedOut:
    """Make the results final."""
    return _stepped(lims, actor, Action.CONTEST_PUBLISH, publishing.finish, number, order.version)


@router.post("/{number}/documents")
def issue_documents(number: str, order: DocumentsIn, lims: LimsDep, actor: ActorDep) -> DocumentsOut:
    """Issue the announcement and the certificates; they are drawn and signed in the background."""
    with working(lims, actor, Action.CONTEST_PUBLISH) as session:
        publishing.issue_documents(session, number, order)
        return paper_views.documents(session, number)


@router.get("/{number}/documents")
def documents(number: str, lims: LimsDep, actor: ActorDep) -> DocumentsOut:
    """The documents: all for the organiser, for a laboratory the announcement and its own certificates."""
    with reading(lims, actor, Action.CONTEST_READ) as session:
        return paper_views.documents(session, number)


@router.post("/{number}/documents/retry")
def retry_documents(number: str, order: VersionIn, lims: LimsDep, actor: ActorDep) -> DocumentsOut:
    """Draw and sign once more what failed."""
    with working(lims, actor, Action.CONTEST_PUBLISH) as session:
        publishing.retry_documents(session, number, order.version)
        return paper_views.documents(session, number)


@router.get("/{number}/documents/{document}/pdf", response_class=Response, responses=_PDF)
def document_file(number: str, document: str, lims: LimsDep, actor: ActorDep) -> Response:
    """A signed document."""
    with reading(lims, actor, Action.CONTEST_READ) as session:
        sha256 = paper_views.document_file(session, number, document)
    return attached(lims.vault.get(sha256), "application/pdf", f"{document}.pdf")


def attached(content: bytes, kind: str, name: str) -> Response:
    """A file to be kept."""
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _stepped(
    lims: Lims,
    actor: Actor,
    action: Action,
    act: Callable[[LimsSession, str, int], Contest],
    number: str,
    version: int,
) -> OrganisedOut:
    with working(lims, actor, action) as session:
        return looking.organised(session, act(session, number, version).number)
