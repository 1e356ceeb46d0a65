"""透明日志: the page of a laboratory's transparency log, for those who answer for its records."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Request
from sqlmodel import Session, col, select
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.language import translator
from lims.core.reasons import mark
from lims.documents.certificates import common_name, read_certificates
from lims.documents.log_forms import LogAct
from lims.network import queries as network
from lims.reports import log, log_acts
from lims.reports.tables import LogHead, LogLeaf, Report
from lims.web.dependencies import LimsDep
from lims.web.differences import own_name
from lims.web.forms import FormDep
from lims.web.page import page, see_other
from lims.web.viewer import PageLanguage, ViewerDep

router = APIRouter()

#: So many heads and entries are shown, newest first; the rest is in the log itself.
SHOWN = 50


@dataclass(frozen=True, slots=True)
class LeafShown:
    """An entry with its report."""

    place: int
    number: str
    act: LogAct
    at: datetime
    hash: str


_PLACES = {
    "leaf": mark("Leaf {number}"),
    "head": mark("Head {number}"),
    "log": mark("Log {number}"),
    "report": mark("Report {number}"),
}


@router.get("/log")
def log_page(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage) -> Response:
    """The log of the viewer's laboratory: its heads, its newest entries, and the last check."""
    check = log_acts.last_check(lims, viewer.actor)
    say = translator(language)
    with lims.read(viewer.actor, Action.AUDIT_READ) as session:
        own = viewer.actor.laboratory_id
        laboratory = None if own is None else network.laboratory_by_id(session, own)
        heads = [] if own is None else _heads(session, own)
        return page(
            request,
            "reports/log.html",
            laboratory=laboratory,
            size=0 if own is None else log.size_of(session, own),
            heads=heads,
            signers={head.id: common_name(read_certificates(head.certificate_pem.encode())[0]) for head in heads},
            leaves=[] if own is None else _leaves(session, own),
            check=check,
            checked_by=own_name(check.by, say) if check else "",
            findings=[(_place(f.place, say), f.why.translated(say)) for f in check.told] if check else [],
        )


@router.post("/log/check")
def check_now(request: Request, lims: LimsDep, viewer: ViewerDep, form: FormDep) -> Response:  # noqa: ARG001  # checked
    """Check the whole log of the viewer's laboratory."""
    log_acts.check_own(lims, viewer.actor)
    return see_other(request, "/log", mark("The log was checked."))


def _place(named: str, say: Callable[[str], str]) -> str:
    """Where a finding is, in words: `named` is a kind and a number, as the check names it."""
    kind, _, number = named.partition(" ")
    sentence = _PLACES.get(kind)
    return named if sentence is None else say(sentence).format(number=number)


def _heads(session: Session, laboratory_id: UUID) -> Sequence[LogHead]:
    query = select(LogHead).where(LogHead.laboratory_id == laboratory_id)
    return session.exec(query.order_by(col(LogHead.serial).desc()).limit(SHOWN)).all()


def _leaves(session: Session, laboratory_id: UUID) -> list[LeafShown]:
    query = select(LogLeaf, Report.number).join(Report, col(Report.id) == LogLeaf.report_id)
    newest = query.where(LogLeaf.laboratory_id == laboratory_id).order_by(col(LogLeaf.place).desc()).limit(SHOWN)
    rows = session.exec(newest).all()
    return [LeafShown(leaf.place, number or "", leaf.act, leaf.at, leaf.hash) for leaf, number in rows]
