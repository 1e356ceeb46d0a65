"""成绩表: ranks and all raw scores as a workbook, in Chinese or English: everything that totals are calculated from."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from lims.contests import looking
from lims.contests.rules import Settings
from lims.contests.standing import Raw, raw_of
from lims.contests.tables import Contest
from lims.contests.workbooks import workbook
from lims.core.language import Language
from lims.db.work import LimsSession

#: Names of sheets and columns.
_ENGLISH: Mapping[str, str] = MappingProxyType(
    {
        "成绩": "Results", "团体": "Teams", "评分": "Sheets of judges", "其他成绩": "Other marks",
        "名次": "Rank", "选手编码": "Code", "姓名": "Name", "类别": "Stream", "总分": "Total",
        "奖项与荣誉": "Prizes and honours", "代表队": "Team", "团体分": "Team total", "奖项": "Prize", "项目": "Event",
        "裁判": "Judge", "评分项": "Item", "分值": "Points", "次数": "Times", "用时（秒）": "Time (s)",
        "是否更正": "Corrected", "内容": "What", "值": "Value", "来源": "Source", "是": "yes",
    }
)  # fmt: skip


def scores_workbook(session: LimsSession, found: Contest, language: Language) -> bytes:
    """Ranks, raw sheets and raw marks, for the organiser. Names are in it once results are announced."""
    is_english = language is Language.ENGLISH

    def heading(chinese: str) -> str:
        return _ENGLISH[chinese] if is_english else chinese

    def named(chinese: str, english: str | None) -> str:
        return english if is_english and english else chinese

    ranking, raw = looking.ranking(session, found.number), raw_of(session, found)
    settings = Settings.of(found.settings)
    titles = {one.code: named(one.title, one.title_en) for one in raw.events}
    ranks = [
        [
            str(one["rank"]), one["code"], ranking.names.get(one["code"], ""), one["stream"],
            *(event["points"] or "" for event in one["events"]), one["total"],
            looking.prize_words(settings, one, language),
        ]
        for one in ranking.outcome["entrants"]
    ]  # fmt: skip
    prizes = [named(one.name, one.name_en) for one in settings.team_prizes]
    teams = [
        [str(one["rank"] or ""), one["name"], one["total"] or "", "" if one["prize"] is None else prizes[one["prize"]]]
        for one in ranking.outcome["teams"]
    ]
    heads: dict[str, tuple[list[str], list[list[str]]]] = {
        "成绩": (["名次", "选手编码", "姓名", "类别", *titles, "总分", "奖项与荣誉"], ranks),
        "团体": (["名次", "代表队", "团体分", "奖项"], teams),
        "评分": (
            ["项目", "选手编码", "裁判", "评分项", "分值", "次数", "用时（秒）", "是否更正"],
            _sheet_rows(raw, titles, heading("是"), is_english=is_english),
        ),
        "其他成绩": (["项目", "选手编码", "内容", "值", "来源", "是否更正"], _mark_rows(raw, titles, heading)),
    }
    return workbook(
        {
            heading(name): ([titles.get(one) or heading(one) for one in some], rows)
            for name, (some, rows) in heads.items()
        }
    )


def _sheet_rows(raw: Raw, titles: Mapping[str, str], yes: str, *, is_english: bool) -> list[list[str]]:
    codes, events = {one.id: one.code for one in raw.entrants}, {one.id: one for one in raw.events}

    def name(one: Mapping[str, Any]) -> str:
        english = one.get("name_en") if is_english else None
        return str(english or one["name"])

    rows = []
    for (event_id, entrant_id), some in raw.sheets.items():
        for sheet in some:
            event, given = events[event_id], raw.given_by(sheet)
            kept = event.sheets[sheet.sheet_version - 1]
            start = [titles[event.code], codes[entrant_id], raw.labels[sheet.judge_id]]
            seconds = "" if given["seconds"] is None else str(given["seconds"])
            end = [seconds, yes if sheet.id in raw.corrected else ""]
            rows += [[*start, name(one), given["marks"][one["key"]], "", *end] for one in kept["items"]]
            rows += [
                [*start, name(one), f"-{one['points']}", str(times), *end]
                for one in kept["deductions"]
                if (times := given["deducted"].get(one["key"]))
            ]
    return rows


def _mark_rows(raw: Raw, titles: Mapping[str, str], heading: Callable[[str], str]) -> list[list[str]]:
    codes, events = {one.id: one.code for one in raw.entrants}, {one.id: one for one in raw.events}
    rows = []
    for (event_id, entrant_id), mark in raw.marks.items():
        end = [mark.source, heading("是") if mark.id in raw.corrected else ""]
        for what, value in raw.given_in(mark).items():
            shown = "、".join(value) if isinstance(value, list) else value
            name = heading("成绩") if what == "mark" else what
            rows.append([titles[events[event_id].code], codes[entrant_id], name, shown, *end])
    return rows
