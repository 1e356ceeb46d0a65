"""What stands on certificates and on the announcement of a contest: frozen when they are issued, printed later."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from lims.contests.rules import DocumentKind, Honour, Prize, Settings
from lims.contests.tables import Contest, ContestDocument, ContestEntry
from lims.documents.contest_papers import (
    ContestAnnouncement,
    ContestCertificate,
    ContestPaper,
    TeamLine,
    WinnerLine,
)
from lims.documents.phrases import Phrase
from lims.science.rounding import plain

Json = dict[str, Any]


def certificate(
    contest: Contest, settings: Settings, one: Mapping[str, Any], entry: ContestEntry, laboratory: str, organiser: str
) -> Json:
    """The certificate of an entrant (a line of the outcome) who has a prize or an honour."""
    return {
        "contest": _title(contest),
        "holder": entry.full_name,
        "laboratory": laboratory,
        "stream": entry.stream if len(contest.streams) > 1 else "",
        "prize": _prize(settings.prizes, one["prize"]),
        "honours": _honours(settings.honours, one["honours"]),
        "organiser": organiser,
    }


def team_certificate(
    contest: Contest, settings: Settings, team: Mapping[str, Any], members: Sequence[str], organiser: str
) -> Json:
    """The certificate of a team (a line of the outcome) that has a prize; `members`: names of those who took part."""
    return {
        "contest": _title(contest),
        "holder": team["name"],
        "team": team["team"],
        "members": list(members),
        "laboratory": "",
        "stream": "",
        "prize": _prize(settings.team_prizes, team["prize"]),
        "honours": [],
        "organiser": organiser,
    }


def announcement(
    contest: Contest,
    settings: Settings,
    outcome: Mapping[str, Any],
    entries: Mapping[str, ContestEntry],
    laboratories: Mapping[str, str],
    organiser: str,
    data_sha256: str,
) -> Json:
    """The announcement of everybody with a rank. `entries` by id, `laboratories` names by id of the entry."""
    lines = outcome["entrants"]
    return {
        "contest": _title(contest),
        "season": contest.season,
        "organiser": organiser,
        "entrants": len(lines),
        "laboratories": len({laboratories[one["entry"]] for one in lines}),
        "winners": [
            {
                "rank": one["rank"],
                "name": entries[one["entry"]].full_name,
                "laboratory": laboratories[one["entry"]],
                "stream": one["stream"],
                "total": one["total"],
                "prize": _prize(settings.prizes, one["prize"]),
                "honours": _honours(settings.honours, one["honours"]),
            }
            for one in lines
        ],
        "teams": [
            {
                "rank": one["rank"],
                "name": one["name"],
                "total": one["total"],
                "prize": _prize(settings.team_prizes, one["prize"]),
            }
            for one in outcome["teams"]
            if one["rank"] is not None
        ],
        "theory_percent": plain((settings.theory_weight * 100).normalize()),
        "operation_percent": plain(((1 - settings.theory_weight) * 100).normalize()),
        "data_sha256": data_sha256,
    }


def paper_of(document: ContestDocument, public_url: str, *, is_development: bool) -> ContestPaper:
    """What the press prints of a document as it was issued."""
    kept = document.snapshot
    url = f"{public_url.rstrip('/')}/contests/documents/{document.token}"
    issued: datetime = document.issued_at
    if document.kind is DocumentKind.CERTIFICATE:
        return ContestCertificate(
            language=document.language,
            number=document.number,
            contest=_phrase(kept["contest"]),
            holder=kept["holder"],
            laboratory=kept["laboratory"],
            members=tuple(kept.get("members", ())),
            stream=kept["stream"],
            prize=None if kept["prize"] is None else _phrase(kept["prize"]),
            honours=tuple(map(_phrase, kept["honours"])),
            organiser=kept["organiser"],
            issued_at=issued,
            verification_url=url,
            is_development=is_development,
        )
    return ContestAnnouncement(
        language=document.language,
        number=document.number,
        contest=_phrase(kept["contest"]),
        season=kept["season"],
        organiser=kept["organiser"],
        entrants=kept["entrants"],
        laboratories=kept["laboratories"],
        winners=tuple(
            WinnerLine(
                rank=one["rank"],
                name=one["name"],
                laboratory=one["laboratory"],
                stream=one["stream"],
                total=one["total"],
                prize=None if one["prize"] is None else _phrase(one["prize"]),
                honours=tuple(map(_phrase, one["honours"])),
            )
            for one in kept["winners"]
        ),
        teams=tuple(
            TeamLine(one["rank"], one["name"], one["total"], None if one["prize"] is None else _phrase(one["prize"]))
            for one in kept["teams"]
        ),
        theory_percent=kept["theory_percent"],
        operation_percent=kept["operation_percent"],
        data_sha256=kept["data_sha256"],
        issued_at=issued,
        verification_url=url,
        is_development=is_development,
    )


def _title(contest: Contest) -> Json:
    return {"zh": contest.title, "en": contest.title_en or contest.title}


def _prize(prizes: tuple[Prize, ...], place: int | None) -> Json | None:
    return None if place is None else {"zh": prizes[place].name, "en": prizes[place].name_en}


def _honours(honours: tuple[Honour, ...], names: list[str]) -> list[Json]:
    english = {one.name: one.name_en for one in reversed(honours)}
    return [{"zh": name, "en": english[name]} for name in names]


def _phrase(kept: Mapping[str, str]) -> Phrase:
    return Phrase(kept["zh"], kept["en"])
