"""JSON routes of the audit trail."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime
from sqlmodel import col, func, select

from lims.core.actions import Action
from lims.db.audit_reading import of_record, seen_of_record, visible_entries
from lims.db.audit_tables import AuditEntry
from lims.db.blocks import listed
from lims.web.dependencies import ActorDep, LimsDep
from lims.web.fields import Limit, Offset, Output, Page

router = APIRouter(prefix="/api/audit", tags=["audit"])


class AuditEntryOut(Output):
    """Who changed what, when, why, from what to what."""

    number: int
    at: AwareDatetime
    actor_name: str
    action: str
    reason: str | None
    operation: str
    entity: str
    entity_id: str
    before: str | None
    after: str | None
    hash: str


@router.get("")
def entries(
    lims: LimsDep, actor: ActorDep, entity_id: UUID | None = None, limit: Limit = 100, offset: Offset = 0
) -> Page[AuditEntryOut]:
    """The audit trail of the own laboratory, newest first; of one record when its id is given.

    The entry on a block of records (`insert_all`) stands under the id of the first of them, with what all of them
    share; asked for by the id of any of them, it is the insert of that one alone.
    """
    with lims.read(actor, Action.AUDIT_READ) as session:
        query = visible_entries(actor)
        if entity_id is not None:
            query = query.where(of_record(entity_id))
        total = session.exec(select(func.count()).select_from(query.subquery())).one()
        rows = session.exec(query.order_by(col(AuditEntry.id).desc()).limit(limit).offset(offset)).all()
        rows = [listed(row) for row in rows] if entity_id is None else seen_of_record(rows, entity_id)
        return Page(items=[AuditEntryOut.model_validate(r) for r in rows], total=total, limit=limit, offset=offset)
