"""JSON routes of the distribution log of a report."""

from uuid import UUID

from fastapi import APIRouter

from lims.core.actions import Action
from lims.reports import distribution, queries
from lims.reports.rules import require_whole
from lims.reports.schemas import DistributionOut, HandoutIn, HandoutOut, ReceiptOut, ToldIn
from lims.web.dependencies import ActorDep, LimsDep

router = APIRouter(prefix="/api/reports", tags=["reports"])


@router.get("/{key}/distribution")
def get_distribution(key: str, lims: LimsDep, actor: ActorDep) -> DistributionOut:
    """To whom a report was handed out, and who downloaded it."""
    with lims.read(actor, Action.REPORT_READ) as session:
        report = queries.report_by_key(session, key)
        require_whole(actor, queries.row_of(session, report).sample.registered_by)
        went = distribution.distribution_of(session, report)
    return DistributionOut(
        handouts=[HandoutOut.model_validate(one) for one in went.handouts],
        receipts=[ReceiptOut.model_validate(one) for one in went.receipts],
    )


@router.post("/{key}/distribution", status_code=201)
def hand_out(key: str, order: HandoutIn, lims: LimsDep, actor: ActorDep) -> HandoutOut:
    """发放: note to whom an issued report was handed out."""
    with lims.work(actor, Action.REPORT_HAND_OUT) as session:
        return HandoutOut.model_validate(distribution.hand_out(session, key, order))


@router.post("/{key}/distribution/{handout_id}/told")
def tell(key: str, handout_id: UUID, order: ToldIn, lims: LimsDep, actor: ActorDep) -> HandoutOut:
    """告知: note that a recipient was told that the report was replaced or withdrawn."""
    with lims.work(actor, Action.REPORT_TELL) as session:
        return HandoutOut.model_validate(distribution.tell(session, key, handout_id, order))
