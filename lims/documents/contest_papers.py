"""Certificates and the announcement of a skills contest (获奖证书、成绩公告) as they are printed."""

from dataclasses import dataclass
from datetime import datetime

from lims.documents.phrases import Phrase, ReportLanguage

CONTEST_TEMPLATE = ("contest", "1")


@dataclass(frozen=True, slots=True)
class ContestCertificate:
    """获奖证书 of one entrant, or of a team with its `members`; without a `prize` honours alone are certified."""

    language: ReportLanguage
    number: str
    contest: Phrase
    holder: str
    laboratory: str
    members: tuple[str, ...]
    stream: str
    prize: Phrase | None
    honours: tuple[Phrase, ...]
    organiser: str
    issued_at: datetime
    verification_url: str
    is_development: bool


@dataclass(frozen=True, slots=True)
class WinnerLine:
    """One entrant of the announcement."""

    rank: int
    name: str
    laboratory: str
    stream: str
    total: str
    prize: Phrase | None
    honours: tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class TeamLine:
    """One team of the announcement."""

    rank: int
    name: str
    total: str
    prize: Phrase | None


@dataclass(frozen=True, slots=True)
class ContestAnnouncement:
    """成绩公告: everybody with a rank, and the teams. `data_sha256`: of the raw scores that it was calculated from."""

    language: ReportLanguage
    number: str
    contest: Phrase
    season: str
    organiser: str
    entrants: int
    laboratories: int
    winners: tuple[WinnerLine, ...]
    teams: tuple[TeamLine, ...]
    theory_percent: str
    operation_percent: str
    data_sha256: str
    issued_at: datetime
    verification_url: str
    is_development: bool


ContestPaper = ContestCertificate | ContestAnnouncement
