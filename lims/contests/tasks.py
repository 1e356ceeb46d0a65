"""Background work: certificates and announcements that were issued are drawn, signed and kept.

Killed at any moment, it loses nothing: a document without `pdf_sha256` is due. Done twice, it changes nothing.
"""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from lims.contests import queries
from lims.contests.papers import paper_of
from lims.contests.tables import ContestDocument
from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.core.errors import LimsError
from lims.core.kept_reasons import as_text
from lims.documents.contest_papers import ContestPaper
from lims.documents.renderers import renderer_of
from lims.network import queries as network
from lims.network.tables import Laboratory
from lims.reports.desk import desk_of, signing_identity
from lims.runtime import Lims


class Draws(Protocol):
    """Makes a page of a document: a `Renderer` with its child processes, or a `Press` in this one."""

    def contest(self, paper: ContestPaper) -> bytes: ...


def due(lims: Lims) -> Sequence[UUID]:
    """Documents that were issued and have no file yet."""
    with lims.read(system_actor("contests"), Action.CONTEST_READ) as session:
        return queries.undrawn(session)


def certify(lims: Lims, document_id: UUID, renderer: "Draws | None" = None) -> None:
    """Draw, sign and keep one document; a failure is noted in the record, for a person."""
    with lims.read(system_actor("contests"), Action.CONTEST_READ) as session:
        document = session.get(ContestDocument, document_id)
        if document is None or document.pdf_sha256 is not None:
            return
        laboratory = network.laboratory_by_id(session, document.laboratory_id)
        desk = desk_of(lims)
        paper = paper_of(document, desk.public_url, is_development=desk.development)
    now = lims.clock.now()
    sha256, error = None, None
    try:
        sha256 = lims.vault.put(_signed(lims, laboratory, paper, renderer or renderer_of(lims)))
    except LimsError as refused:
        error = as_text(refused.reasons)
    with lims.work(system_actor("worker", laboratory.id), Action.CONTEST_CERTIFY) as session:
        kept = session.get(ContestDocument, document_id)
        if kept is not None and kept.pdf_sha256 is None:
            kept.pdf_sha256, kept.render_error = sha256, error
            kept.signed_at = now if sha256 else None
            session.flush()


def _signed(lims: Lims, laboratory: Laboratory, paper: ContestPaper, renderer: "Draws") -> bytes:
    from lims.documents.signing import sign_pdf  # brings pyHanko, which is slow to load

    return sign_pdf(
        renderer.contest(paper),
        signing_identity(lims, laboratory),
        lims.clock.now(),
        location=laboratory.address,
        reason_text=f"签发竞赛文件 {paper.number}",
    )
