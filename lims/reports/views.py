"""What the page of one report shows: its steps with people and times, its lines, and where each number is from."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import quote
from uuid import UUID

from lims.core.language import Language
from lims.core.reasons import mark
from lims.db.work import LimsSession
from lims.documents.act_forms import SignedAct
from lims.documents.certificates import digest_of
from lims.documents.snapshot import ReportLine, ReportSnapshot
from lims.library.queries import library_of
from lims.library.rules import Library
from lims.limits import queries as limits
from lims.limits.verdicts import Verdict
from lims.people import queries as people
from lims.people.sign_in_tables import SignInMethod
from lims.reports import queries, signatures
from lims.reports.dossier import name_in
from lims.reports.rules import DRAFTS, NUMBERED, ReportStatus
from lims.reports.tables import Report
from lims.reports.wording import OUTSIDE
from lims.results.queries import verified_results
from lims.results.tables import Result
from lims.web.table import Mood

#: A report that has waited longer than this is not drawn in the next second; the page then asks less often.
_SOON = timedelta(minutes=2)


def key_of(report: Report) -> str:
    """What a report goes by in addresses: its number, before it has one its id."""
    return quote(report.number, safe="") if report.number else str(report.id)


MOODS: Mapping[ReportStatus, Mood] = {
    ReportStatus.COMPILED: "busy",
    ReportStatus.REVIEWED: "busy",
    ReportStatus.ISSUED: "good",
    ReportStatus.REPLACED: "warn",
    ReportStatus.WITHDRAWN: "bad",
    ReportStatus.SENT_BACK: "plain",
}
VERDICT_MOODS: Mapping[Verdict, Mood] = {
    Verdict.CONFORMS: "good",
    Verdict.EXCEEDS: "bad",
    Verdict.PROHIBITED_DETECTED: "bad",
    Verdict.NO_LIMIT: "plain",
    Verdict.NOT_JUDGED: "warn",
}


#: How far the signed file of a report is; "late": the background work should have made it long ago.
Drawing = Literal["not_yet", "waiting", "late", "ready", "failed"]


def drawing_of(report: Report, now: datetime) -> Drawing:
    """How far the file of a report is."""
    if report.issued_at is None:
        return "not_yet"
    if report.pdf_sha256 is not None:
        return "ready"
    if report.render_error is not None:
        return "failed"
    return "waiting" if now - report.issued_at < _SOON else "late"


@dataclass(frozen=True, slots=True)
class Step:
    """One of 编制, 审核, 批准, 签章. `title` is a marked word; `state`: done, current, open or failed."""

    title: str
    state: str
    who: str | None = None
    at: datetime | None = None


def steps_of(report: Report, names: Mapping[UUID, str], drawing: Drawing) -> Sequence[Step]:
    """The way of a report, each step with who took it and when."""
    acts = (
        (mark("Compile"), report.compiled_by, report.compiled_at),
        (mark("Review"), report.reviewed_by, report.reviewed_at),
        (mark("Approve"), report.approved_by, report.issued_at),
    )
    steps = []
    is_open = report.status in DRAFTS
    for title, person, at in acts:
        if at is not None:
            steps.append(Step(title, "done", None if person is None else names.get(person), at))
        else:
            steps.append(Step(title, "current" if is_open else "open"))
            is_open = False
    state = {"ready": "done", "failed": "failed", "not_yet": "open"}.get(drawing, "current")
    return [*steps, Step(mark("Seal and signature"), state, None, report.signed_at)]


@dataclass(frozen=True, slots=True)
class SignedStep:
    """A signed act in the words of the reader: what was stated, how the person proved who they are, the certificate."""

    title: str
    who: str
    at: datetime
    meaning: str
    method: SignInMethod
    certificate: str


_ACTS = {SignedAct.COMPILED: mark("Compile"), SignedAct.REVIEWED: mark("Review"), SignedAct.APPROVED: mark("Approve")}


def signed_steps(session: LimsSession, report: Report, language: Language) -> Sequence[SignedStep]:
    """The signed acts of a report; none for one that is older than they."""
    steps = []
    for kept in signatures.signatures_of(session, report.id):
        form = signatures.signed_form(kept)
        said = form.statement
        meaning = said.meaning.zh if language is Language.CHINESE else said.meaning.en
        digest = digest_of(form.certificates()[0])
        steps.append(SignedStep(_ACTS[kept.act], said.person, kept.at, meaning, kept.method, digest))
    return steps


@dataclass(frozen=True, slots=True)
class Source:
    """A result behind a line: the name of its analyte, and the result."""

    analyte: str
    result_id: UUID


@dataclass(frozen=True, slots=True)
class LineView:
    """A line as it is printed, why it is judged so, and the results that it was made from."""

    line: ReportLine
    mood: Mood
    because: str
    sources: Sequence[Source]


def lines_of(session: LimsSession, report: Report, snapshot: ReportSnapshot, language: Language) -> Sequence[LineView]:
    """The lines of a report as they are printed, each with its judgement and the way back to its results."""
    judgement = limits.judgement_by_id(session, report.judgement_id)
    library = library_of(session, judgement.library_sha256)
    is_frozen = report.status in NUMBERED
    results = queries.results_reported(session, report) if is_frozen else verified_results(session, report.sample_id)
    by_test: dict[UUID, list[Result]] = defaultdict(list)
    for result in results:
        by_test[result.test_id].append(result)
    judged = {
        snapshot.language.of(name_in(library, line.parameter)): line for line in limits.lines_of(session, judgement.id)
    }
    views = []
    for line in snapshot.lines:
        verdict = judged.get(line.parameter.removesuffix(OUTSIDE))
        if verdict is None:
            views.append(LineView(line, "bad" if line.failing else "plain", "", ()))
            continue
        because = verdict.sentence_zh if language is Language.CHINESE else verdict.sentence_en
        sources = _sources(library, verdict.parameter, by_test[verdict.test_id], language)
        views.append(LineView(line, VERDICT_MOODS[verdict.verdict], because, sources))
    return views


def _sources(library: Library, parameter: str, results: Sequence[Result], language: Language) -> Sequence[Source]:
    """The result of the parameter itself first."""
    found = sorted(results, key=lambda result: result.analyte != parameter)
    return [Source(library.substance_name(result.analyte, language), result.id) for result in found]


def names_in(session: LimsSession, reports: Collection[Report]) -> Mapping[UUID, str]:
    """The names of everybody who acted on these reports."""
    acts = ("compiled_by", "reviewed_by", "approved_by", "sent_back_by", "withdrawn_by")
    return people.names_of(session, {i for r in reports for act in acts if (i := getattr(r, act)) is not None})


@dataclass(frozen=True, slots=True)
class Counts:
    """How many lines say what."""

    items: int
    failing: int
    unjudged: int


def counts_of(lines: Sequence[LineView]) -> Counts:
    """Counted by mood: bad fails, good conforms, the rest is not judged."""
    failing = sum(line.mood == "bad" for line in lines)
    return Counts(len(lines), failing, len(lines) - failing - sum(line.mood == "good" for line in lines))
