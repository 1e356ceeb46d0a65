"""`lims log verify`: is the transparency log of a laboratory whole, and does it say of every report what is true?

The log is read anew, leaf by leaf, and nothing that was computed before is believed: not the stored hashes, not the
heads. Each finding names the place and what was done. The state of the newest check is a small file in the data
folder, for the page of the log; it is no record, since anybody can check again.
"""

import json
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography import x509
from sqlmodel import Session, col, select

from lims.core.errors import LimsError
from lims.core.reasons import Reason, reason
from lims.documents.certificates import common_name, why_not_trusted
from lims.documents.embedded import TOLERANCE
from lims.documents.log_forms import LogAct, LogEntry
from lims.network.tables import Laboratory
from lims.reports import log
from lims.reports.rules import NUMBERED
from lims.reports.tables import LogHead, LogLeaf, Report
from lims.science import merkle

#: More findings than anybody reads: something has gone wrong as a whole.
MOST_FINDINGS = 500
#: A leaf is signed over within seconds; after so long something is wrong with the background work.
PATIENCE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as the program left it."""

    place: str
    why: Reason


@dataclass(frozen=True, slots=True)
class LogReport:
    """What was looked at in the log of a laboratory, and what was found."""

    laboratory: str
    leaves: int
    heads: int
    reports: int
    root: str
    findings: tuple[Finding, ...]

    @property
    def is_whole(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


def check_log(session: Session, laboratory: Laboratory, trust: Sequence[x509.Certificate], now: datetime) -> LogReport:
    """Check the whole log of a laboratory. `trust`: whose signatures count on its reports and heads."""
    leaves = session.exec(
        select(LogLeaf).where(LogLeaf.laboratory_id == laboratory.id).order_by(col(LogLeaf.place))
    ).all()
    heads = session.exec(
        select(LogHead).where(LogHead.laboratory_id == laboratory.id).order_by(col(LogHead.serial))
    ).all()
    reports = _reports(session, laboratory.id)
    hashes = [merkle.leaf_hash(leaf.content.encode()) for leaf in leaves]
    nodes = merkle.kept(hashes) if hashes else (lambda _level, _position: b"")
    findings = [
        *_leaf_by_leaf(leaves, nodes),
        *_against_reports(leaves, reports, laboratory.code),
        *_head_by_head(heads, leaves, nodes),
        *_unsigned(heads, leaves, laboratory.code, now),
        *_late_leaves(heads, leaves),
        *_signatures(heads, laboratory.code, trust),
    ]
    root = merkle.head(nodes, len(hashes)).hex()
    return LogReport(laboratory.code, len(leaves), len(heads), len(reports), root, tuple(findings))


def _reports(session: Session, laboratory_id: UUID) -> dict[UUID, Report]:
    """All numbered reports of a laboratory, without their snapshots."""
    query = select(Report).where(Report.laboratory_id == laboratory_id, col(Report.status).in_(NUMBERED))
    found = session.exec(query.options(log.without_snapshot()).order_by(col(Report.number))).all()
    return {report.id: report for report in found}


def _leaf_by_leaf(leaves: Sequence[LogLeaf], nodes: merkle.Nodes) -> Iterator[Finding]:
    """Places without gaps, hashes as the content demands, times that only go forward."""
    expected, newest, is_broken = 0, None, False
    for number, leaf in enumerate(leaves):
        at = f"leaf {leaf.place}"
        if leaf.place > expected:
            said = "Leaves {first} to {last} before it were removed."
            yield Finding(at, reason("log.leaf_removed", said, first=expected, last=leaf.place - 1))
            is_broken = True  # from here on no hash of the tree can fit
        if leaf.hash != nodes(0, number).hex():
            yield Finding(at, reason("log.leaf_edited", "The leaf was edited: its hash does not fit its content."))
            is_broken = True
        elif not is_broken and leaf.nodes != _expected_nodes(nodes, number):
            yield Finding(at, reason("log.nodes_edited", "The hashes of the tree that are kept with it were edited."))
        if newest is not None and leaf.at < newest - TOLERANCE:
            dated, before = leaf.at.isoformat(), newest.isoformat()
            sentence = "It is dated {dated}, before the leaf of {before}."
            yield Finding(at, reason("log.leaf_back_dated", sentence, dated=dated, before=before))
        newest = leaf.at if newest is None else max(newest, leaf.at)
        expected = leaf.place + 1


def _expected_nodes(nodes: merkle.Nodes, number: int) -> str:
    return " ".join(node.hex() for node in merkle.completed(nodes, number, nodes(0, number)))


def _against_reports(leaves: Sequence[LogLeaf], reports: dict[UUID, Report], laboratory: str) -> Iterator[Finding]:
    """Every act on every report is a leaf, says what is true, and there is no other leaf."""
    by_act = {(leaf.report_id, leaf.act): leaf for leaf in leaves}
    successors = {r.replaces_id: r for r in reports.values() if r.replaces_id is not None}
    expected: set[tuple[UUID, LogAct]] = set()
    for report in reports.values():
        for at, act, replaced_by in log.acts_on(report, successors.get(report.id)):
            expected.add((report.id, act))
            leaf = by_act.get((report.id, act))
            where = f"report {report.number}"
            if leaf is None:
                said = "Its being {act} has no leaf in the log."
                yield Finding(where, reason("log.report_missing", said, act=act.value))
            elif _differs(leaf, log.entry_of(report, laboratory, act, at, replaced_by)):
                said = "Leaf {place} says something else of its being {act} than the record."
                yield Finding(where, reason("log.report_contradicts", said, place=leaf.place, act=act.value))
    for key, leaf in by_act.items():
        if key not in expected:
            said = "No report was {act} as this leaf says."
            yield Finding(f"leaf {leaf.place}", reason("log.leaf_invented", said, act=leaf.act.value))


def _differs(leaf: LogLeaf, entry: LogEntry) -> bool:
    return leaf.content.encode() != entry.canonical_bytes() or leaf.at != entry.at


def _head_by_head(heads: Sequence[LogHead], leaves: Sequence[LogLeaf], nodes: merkle.Nodes) -> Iterator[Finding]:
    """Heads without gaps, never smaller, each the root of the leaves below it, none older than what it covers."""
    for serial, head in enumerate(heads, start=1):
        at = f"head {head.serial}"
        if head.serial != serial:
            yield Finding(at, reason("log.head_removed", "A head before it was removed."))
        if serial > 1 and head.size < heads[serial - 2].size:
            yield Finding(at, reason("log.head_smaller", "It has fewer leaves than the head before it."))
        if head.size > len(leaves):
            said = "It was signed over {signed} leaves, but there are only {there}."
            yield Finding(at, reason("log.cut", said, signed=head.size, there=len(leaves)))
        elif merkle.head(nodes, head.size).hex() != head.root:
            why = reason("log.rewritten", "The leaves below it are no longer those that it was signed over.")
            yield Finding(at, why)
        elif head.size and head.at < leaves[head.size - 1].at - TOLERANCE:
            why = reason("log.head_back_dated", "It is dated before the newest leaf that it covers.")
            yield Finding(at, why)


def _unsigned(heads: Sequence[LogHead], leaves: Sequence[LogLeaf], laboratory: str, now: datetime) -> Iterator[Finding]:
    """Leaves that the background work should have put under a signed head long ago."""
    first = heads[-1].size if heads else 0
    if first < len(leaves) and leaves[first].at < now - PATIENCE:
        why = reason("log.unsigned", "Leaves from {first} on are under no signed head yet.", first=first)
        yield Finding(f"log {laboratory}", why)


def _late_leaves(heads: Sequence[LogHead], leaves: Sequence[LogLeaf]) -> Iterator[Finding]:
    """Leaves that came after a head and claim to be older than it. The first head covers what is older than the log."""
    covered = iter(heads)
    newest = next(covered, None)
    following = next(covered, None)
    for number, leaf in enumerate(leaves):
        while following is not None and following.size <= number:
            newest, following = following, next(covered, None)
        if newest is not None and newest.size <= number and leaf.at < newest.at - TOLERANCE:
            said = "It is dated {dated}, but was entered after the head of {head}."
            why = reason("log.leaf_late", said, dated=leaf.at.isoformat(), head=newest.at.isoformat())
            yield Finding(f"leaf {leaf.place}", why)


def _signatures(heads: Sequence[LogHead], laboratory: str, trust: Sequence[x509.Certificate]) -> Iterator[Finding]:
    for head in heads:
        at = f"head {head.serial}"
        form = log.head_form(head, laboratory)
        try:
            signer, *above = form.certificates()
            holds = form.is_signed()
        except (LimsError, ValueError):
            signer, above, holds = None, [], False
        if not holds or signer is None:
            yield Finding(at, reason("log.head_signature", "Its signature does not hold."))
        elif why_not_trusted(signer, above, trust, head.at):
            why = reason(
                "log.head_signer", "It was signed by {name}, who is not trusted here.", name=common_name(signer)
            )
            yield Finding(at, why)


# ── the state of the newest check ────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Checked:
    """When a log was checked last, by whom, and what was found."""

    at: datetime
    by: str
    leaves: int
    heads: int
    reports: int
    root: str
    count: int
    findings: tuple[dict[str, Any], ...]

    @property
    def told(self) -> list[Finding]:
        """What was found, to be translated."""
        return [Finding(f["place"], Reason(f["code"], f["sentence"], f["values"])) for f in self.findings]


def keep(folder: Path, laboratory_id: UUID, found: LogReport, at: datetime, by: str) -> None:
    """Write down the outcome for the page of the log."""
    findings = tuple(
        {"place": f.place, "code": f.why.code, "sentence": f.why.sentence, "values": dict(f.why.values)}
        for f in found.findings[:MOST_FINDINGS]
    )
    kept = Checked(at, by, found.leaves, found.heads, found.reports, found.root, len(found.findings), findings)
    path = _path(folder, laboratory_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    fresh.write_text(json.dumps(asdict(kept), default=datetime.isoformat, ensure_ascii=False), encoding="utf-8")
    fresh.replace(path)


def last_check(folder: Path, laboratory_id: UUID) -> Checked | None:
    """The newest check; None when there was none, or its file is no such state."""
    try:
        kept = json.loads(_path(folder, laboratory_id).read_text(encoding="utf-8"))
        kept["at"] = datetime.fromisoformat(kept["at"])
        kept["findings"] = tuple(kept["findings"])
        return Checked(**kept)
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _path(folder: Path, laboratory_id: UUID) -> Path:
    return folder / "log-checks" / f"{laboratory_id}.json"
