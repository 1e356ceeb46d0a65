"""Who sees which document of a contest, and what anybody sees of the one behind a code."""

from lims.contests import queries
from lims.contests.rules import DocumentKind
from lims.contests.tables import ContestDocument
from lims.contests.views import DocumentOut, DocumentsOut, PublicDocumentOut
from lims.core.actions import Action
from lims.core.errors import NotFound
from lims.core.kept_reasons import told
from lims.core.reasons import Translate
from lims.db.work import LimsSession


def documents(session: LimsSession, number: str, translate: Translate = str) -> DocumentsOut:
    """The documents of a contest: all for its organiser, for a laboratory the announcement and its own certificates.

    Those of the teams that its people are in are its own as well.
    """
    own = next((one for one in queries.own_contests(session) if one.number == number), None)
    organises = own is not None and session.actor.may(Action.CONTEST_PLAN)
    found = own if own is not None and organises else queries.contest_for(session, number)
    own_entrants = {
        one.id for one in queries.entrants_of(session, found) if one.member_id == session.actor.laboratory_id
    }
    own_teams = {one.team for one in queries.own_entries(session, found)}
    shown_ones = [
        one
        for one in queries.documents_of(session, found)
        if organises
        or one.kind is DocumentKind.ANNOUNCEMENT
        or one.entrant_id in own_entrants
        or one.snapshot.get("team") in own_teams
    ]
    return DocumentsOut(documents=[document_out(one, translate) for one in shown_ones])


def document_out(one: ContestDocument, translate: Translate) -> DocumentOut:
    """A document in a list."""
    kept = {name: getattr(one, name) for name in DocumentOut.model_fields if name != "holder"}
    if one.render_error is not None:
        kept["render_error"] = told(one.render_error, translate)
    return DocumentOut(holder=one.snapshot.get("holder"), **kept)


def document_file(session: LimsSession, number: str, document: str) -> str:
    """The SHA-256 of the file of a document that the person may see. Raises `NotFound`, also while it is drawn."""
    for one in documents(session, number).documents:
        if one.number == document and one.pdf_sha256 is not None:
            return one.pdf_sha256
    raise NotFound.of("document", document)


def public_document(session: LimsSession, token: str, *, is_development: bool) -> PublicDocumentOut:
    """What the code on a document says, for anybody. Raises `NotFound`."""
    one = queries.document_by_token(session, token)
    kept = one.snapshot
    is_certificate = one.kind is DocumentKind.CERTIFICATE
    awards = [*([kept["prize"]] if kept["prize"] else []), *kept["honours"]] if is_certificate else []
    return PublicDocumentOut(
        number=one.number,
        kind=one.kind,
        contest=kept["contest"]["zh"],
        contest_en=kept["contest"]["en"],
        holder=kept.get("holder"),
        laboratory=kept.get("laboratory") or None,
        awards=[award["zh"] for award in awards],
        awards_en=[award["en"] for award in awards],
        organiser=kept["organiser"],
        issued_at=one.issued_at,
        pdf_sha256=one.pdf_sha256,
        is_development=is_development,
    )
