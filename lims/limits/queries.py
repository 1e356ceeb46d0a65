"""Reads of judgements."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlmodel import Session, col, select

from lims.core.errors import NotFound
from lims.limits.tables import Judgement, JudgementLine


def judgements_of(session: Session, sample_id: UUID) -> Sequence[Judgement]:
    """Every judgement of a sample, the newest first."""
    return session.exec(
        select(Judgement).where(Judgement.sample_id == sample_id).order_by(col(Judgement.serial).desc())
    ).all()


def latest_judgement(session: Session, sample_id: UUID) -> Judgement | None:
    """The judgement that counts: the newest; None when the sample was never judged."""
    newest = col(Judgement.serial).desc()
    return session.exec(select(Judgement).where(Judgement.sample_id == sample_id).order_by(newest).limit(1)).first()


def judgement_by_id(session: Session, judgement_id: UUID) -> Judgement:
    """Raises `NotFound`."""
    found = session.exec(select(Judgement).where(Judgement.id == judgement_id)).one_or_none()
    if found is None:
        raise NotFound.of("judgement", judgement_id)
    return found


def releases_of(session: Session, judgement_ids: Collection[UUID]) -> dict[UUID, str]:
    """By which release of the library each of these judgements was made: its SHA-256."""
    rows = session.exec(select(Judgement.id, Judgement.library_sha256).where(col(Judgement.id).in_(judgement_ids)))
    return dict(rows.all())


def lines_of(session: Session, judgement_id: UUID) -> Sequence[JudgementLine]:
    """The lines of a judgement, by parameter."""
    return session.exec(
        select(JudgementLine).where(JudgementLine.judgement_id == judgement_id).order_by(col(JudgementLine.parameter))
    ).all()
