"""JSON of contests that goes out; pages show the same."""

from datetime import datetime
from typing import Any
from uuid import UUID

from lims.contests.rules import ContestState, CorrectionState, DocumentKind, EventKind, Finding, Gender, SheetState
from lims.documents.phrases import ReportLanguage
from lims.network.rules import Level
from lims.web.fields import DecimalText, Output


class EventOut(Output):
    """An event; `sheet` is the version that counts. Assigned values of blind items are the organiser's alone."""

    code: str
    title: str
    title_en: str | None
    kind: EventKind
    share: DecimalText
    full: DecimalText
    sheet: dict[str, Any] | None
    targets: list[dict[str, Any]]
    version: int


class ContestOut(Output):
    """A contest as everybody in it may know it."""

    number: str
    title: str
    title_en: str | None
    season: str
    year: int
    level: Level
    state: ContestState
    streams: list[str]
    settings: dict[str, Any]
    entries_until: datetime
    seed_sha256: str | None
    drawn_at: datetime | None
    announced_at: datetime | None
    appeals_until: datetime | None
    finished_at: datetime | None
    version: int


class JudgeOut(Output):
    """A judge, for the organiser: with the name."""

    label: str
    username: str
    full_name: str
    laboratory: str
    events: list[str]


class OrganisedOut(ContestOut):
    """A contest as its organiser sees it."""

    events: list[EventOut]
    judges: list[JudgeOut]
    entries: int
    entrants: int
    board_address: str | None
    board_by_name: bool
    is_board_frozen: bool


class EntryOut(Output):
    """An entry, after the draw with its start number. The secret code stays the organiser's until the announcement."""

    id: UUID
    full_name: str
    gender: Gender
    stream: str
    post: str | None
    laboratory: str
    laboratory_name: str
    team_name: str
    start_number: int | None
    code: str | None
    withdrawn_reason: str | None
    version: int
    entrant_version: int | None


class ContestsOut(Output):
    """The contests that the own laboratory organises, that it may enter people in, and that the person judges."""

    organised: list[ContestOut]
    open_to: list[ContestOut]
    judged: list[ContestOut]


class AppealOut(Output):
    """An appeal and what was decided; `version` is that of the decision, 0 before one is proposed."""

    id: UUID
    entrant: str
    event: str | None
    grounds: str
    filed_at: datetime
    finding: Finding | None
    findings: str | None
    is_decided: bool
    proposed_by: UUID | None
    decided_at: datetime | None
    version: int


class MineOut(Output):
    """A contest for a laboratory that takes part."""

    contest: ContestOut
    events: list[str]
    entries: list[EntryOut]
    appeals: list[AppealOut]


class DrawOut(Output):
    """What anybody needs to recompute the draw; `lims contest verify-draw` reads it."""

    contest: str
    seed_sha256: str
    seed: str
    words: str
    drawn_at: datetime
    numbers: dict[str, int]


class TaskOut(Output):
    """What a judge has to score: an event and, by code, how far the sheet is."""

    event: str
    title: str
    title_en: str | None
    sheets: dict[str, SheetState | None]


class JudgingOut(Output):
    """A contest for one of its judges: codes alone."""

    contest: str
    title: str
    title_en: str | None
    state: ContestState
    label: str
    tasks: list[TaskOut]


class SheetOut(Output):
    """A score sheet of one judge for one entrant, with the points of what is filled in; `version` 0: not begun."""

    event: str
    title: str
    title_en: str | None
    code: str
    sheet: dict[str, Any]
    marks: dict[str, str]
    deducted: dict[str, int]
    seconds: int | None
    note: str | None
    state: SheetState
    points: str | None
    version: int


class MarkOut(Output):
    """What is recorded for an entrant in an event without judges."""

    event: str
    code: str
    given: dict[str, Any]
    source: str


class SatOut(Output):
    """What came over from or went to an exam, by code; `absent`: who takes part and did not sit it."""

    exam: str
    done: list[str]
    absent: list[str]


class CorrectionOut(Output):
    """A correction, with what it changes; without an event, that an entrant takes part or does not."""

    id: UUID
    entrant: str
    event: str | None
    judge: str | None
    before: dict[str, Any]
    change: dict[str, Any]
    reason: str
    state: CorrectionState
    proposed_by: UUID
    proposed_at: datetime
    decided_at: datetime | None
    version: int


class RankingOut(Output):
    """Where everybody stands. `edition` 0: as of now, not announced. Names are there once results are announced."""

    contest: str
    edition: int
    data_sha256: str
    outcome: dict[str, Any]
    names: dict[str, str]


class ExplanationOut(Output):
    """How the total of one entrant came about: sentences that can be recomputed, from raw scores to the rank."""

    contest: str
    code: str
    total: str
    rank: int
    sentences: list[str]
    entrant: dict[str, Any]


class DocumentOut(Output):
    """A certificate or announcement."""

    number: str
    kind: DocumentKind
    language: ReportLanguage
    holder: str | None
    issued_at: datetime
    pdf_sha256: str | None
    render_error: str | None


class DocumentsOut(Output):
    """The documents of a contest."""

    documents: list[DocumentOut]


class BoardOut(Output):
    """The live board, for anybody who has its address; `as_of` tells since when a frozen one stands still."""

    title: str
    title_en: str | None
    state: ContestState
    is_frozen: bool
    as_of: datetime
    progress: list[dict[str, Any]]
    lines: list[dict[str, Any]]
    teams: list[dict[str, Any]]


class PublicDocumentOut(Output):
    """What the code on a certificate leads to."""

    number: str
    kind: DocumentKind
    contest: str
    contest_en: str
    holder: str | None
    laboratory: str | None
    awards: list[str]
    awards_en: list[str]
    organiser: str
    issued_at: datetime
    pdf_sha256: str | None
    is_development: bool
