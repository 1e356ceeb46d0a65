"""A skills contest of the rehearsal: 30 people of six counties, 5 judges, one appeal, certificates; step by step.

Nothing here is measured: what people are good at is made up from their names, so that every rehearsal tells the same.
"""

import hashlib
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Final

from lims.contests import entering, looking, publishing, queries, scoring, service
from lims.contests.defaults import SETTINGS
from lims.contests.doors import reading, working
from lims.contests.rules import EventKind, Finding, Gender
from lims.contests.schemas import (
    AppealIn,
    ConfirmIn,
    ContestIn,
    CorrectionIn,
    DecisionIn,
    DocumentsIn,
    DrawIn,
    EventIn,
    ImportedEntry,
    JudgeIn,
    MarkIn,
    ScoreIn,
    SettingsIn,
    TargetIn,
    UntilIn,
)
from lims.core.actions import Action, Role
from lims.core.actors import Actor, system_actor
from lims.core.clock import FixedClock
from lims.core.errors import NotFound
from lims.demo import cast
from lims.network import queries as network
from lims.network import service as network_service
from lims.network.rules import Level
from lims.network.service import LaboratoryOrder
from lims.people import queries as people
from lims.people import service as people_service
from lims.people.service import UserOrder
from lims.runtime import Lims

#: The appellant's own: a quality manager of the county.
COUNTY_MANAGER: Final = "qma"
ORGANISER, SECOND_ORGANISER = "org", "sec"
JUDGES: Final = ("j1", "j2", "j3", "j4", "j5")
_COUNTIES = (
    ("QHC", "汇川区", "520303"), ("QTZ", "桐梓县", "520322"), ("QSY", "绥阳县", "520323"), ("QMT", "湄潭县", "520328"),
    ("QRH", "仁怀市", "520382"),
)  # fmt: skip
_CODES = (cast.COUNTY, *(code for code, _, _ in _COUNTIES))
_FAMILY, _WOMEN, _MEN = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧", "静敏丽娟艳芳", "强磊军洋勇杰"
STREAMS: Final = ("种植业产品", "畜禽产品")
ANALYTES: Final = (("毒死蜱", "0.120", "0.012"), ("克百威", "0.045", "0.005"))
_JUDGED = ("S", "P", "I")


def prepare(lims: Lims, password: str) -> None:
    """The counties, two people who organise, five judges and a quality manager, unless they are there."""
    with lims.work(system_actor(), Action.SET_UP) as session:
        known = {one.code for one in network.laboratories(session)}
        counties = (
            LaboratoryOrder(
                code,
                f"{name}农产品质量安全检验检测站（演示）",
                Level.COUNTY,
                region,
                cast.PREFECTURE,
                f"贵州省遵义市{name}",
            )
            for code, name, region in _COUNTIES
        )
        for order in (*cast.LABORATORIES, *counties):
            if order.code not in known:
                network_service.register_laboratory(session, order)
        for one in _accounts(password):
            if people.user_by_name(session, one.username) is None:
                people_service.create_user(session, one)


def _accounts(password: str) -> Iterable[UserOrder]:
    organises, judges = frozenset({Role.CONTEST_ORGANISER}), frozenset({Role.CONTEST_JUDGE})
    yield UserOrder(ORGANISER, "竞赛办", password, organises, cast.PREFECTURE)
    yield UserOrder(SECOND_ORGANISER, "仲裁组", password, organises, cast.PREFECTURE)
    yield UserOrder(COUNTY_MANAGER, "邱明安", password, frozenset({Role.QUALITY_MANAGER}), cast.COUNTY)
    homes = (cast.PREFECTURE, cast.PREFECTURE, cast.PREFECTURE, cast.COUNTY, _COUNTIES[1][0])
    for place, (username, home) in enumerate(zip(JUDGES, homes, strict=True), 1):
        yield UserOrder(username, f"裁判{'一二三四五'[place - 1]}", password, judges, home)


def person(lims: Lims, username: str) -> Actor:
    """One of the people of the contest, as who acts. Raises `NotFound`."""
    with lims.read(system_actor(), Action.PEOPLE_READ) as session:
        user = people.user_by_name(session, username)
        if user is None:
            raise NotFound.of("user", username)
        return people_service.actor_of(session, user)


def entries() -> list[ImportedEntry]:
    """Five people of each of the six counties."""
    made = []
    for place, family in enumerate(_FAMILY):
        is_woman = place % 2 == 0
        given = (_WOMEN if is_woman else _MEN)[place // 2 % 6]
        made.append(
            ImportedEntry(
                full_name=f"{family}{given}",
                gender=Gender.WOMAN if is_woman else Gender.MAN,
                stream=STREAMS[place % 5 % 2],
                post="农产品食品检验员 高级工",
                laboratory=_CODES[place // 5],
            )
        )
    return made


def planned(lims: Lims) -> str:
    """A contest that is open for entries until tomorrow; its number."""
    order = ContestIn(
        title="遵义市第五届农产品质量安全检测技能竞赛",
        title_en="Fifth skills contest in agri-product safety testing, Zunyi",
        season="第五届全国农产品质量安全检测技能竞赛",
        year=lims.clock.now().year,
        streams=list(STREAMS),
        entries_until=lims.clock.now() + timedelta(days=1),
        settings=SettingsIn.model_validate({**SETTINGS, "quota": 5}),
    )
    targets = [TargetIn(analyte=name, unit="mg/kg", assigned=Decimal(value), sigma=Decimal(sigma))
               for name, value, sigma in ANALYTES]  # fmt: skip
    with working(lims, person(lims, ORGANISER), Action.CONTEST_PLAN) as session:
        number = service.plan_contest(session, order).number
        event = EventIn(version=1, title="结果准确度", kind=EventKind.RESULTS, share=Decimal(25), targets=targets)
        service.put_event(session, number, "R", event)
    with working(lims, person(lims, ORGANISER), Action.CONTEST_CONDUCT) as session:
        service.open_contest(session, number, 1)
    return number


def entered(lims: Lims, number: str) -> None:
    """Everybody is entered, the judges are appointed, the numbers drawn."""
    organiser = person(lims, ORGANISER)
    with working(lims, organiser, Action.CONTEST_CONDUCT) as session:
        entering.enter_for_others(session, number, entries())
        for place, username in enumerate(JUDGES, 1):
            service.appoint_judge(session, number, JudgeIn(username=username, label=f"J{place}", events=list(_JUDGED)))
        version = queries.own_contest(session, number).version
        service.move_until(session, number, UntilIn(version=version, entries_until=session.instant))
    with working(lims, organiser, Action.CONTEST_CONDUCT) as session:
        version = queries.own_contest(session, number).version
        service.hold_draw(session, number, DrawIn(version=version, words="03 08 12 19 27 31 + 06"))


def scored(lims: Lims, number: str, *, without: Iterable[tuple[str, str, str]] = ()) -> None:
    """Every judge scores everybody of other laboratories; papers and results are recorded.

    `without`: user name of a judge, code of an event and code of an entrant, whose sheets are left alone.
    """
    names = _names(lims, number)
    left = set(without)
    for username in JUDGES:
        judge = person(lims, username)
        with working(lims, judge, Action.CONTEST_SCORE) as session:
            for task in looking.judging(session, number).tasks:
                event = queries.event_of(session, queries.judging(session, number)[0], task.event)
                for code in task.sheets:
                    if (username, task.event, code) not in left:
                        order = _sheet(event.sheets[-1], names[code], username)
                        scoring.save_sheet(session, number, task.event, code, order)
    with working(lims, person(lims, ORGANISER), Action.CONTEST_RECORD) as session:
        papers = {code: MarkIn(mark=Decimal(700 + _luck(name, "T", 270)) / 10) for code, name in names.items()}
        scoring.record_marks(session, number, "T", papers)
        results = {code: MarkIn(results=_results(name)) for code, name in names.items()}
        scoring.record_marks(session, number, "R", results)


def announced(lims: Lims, number: str) -> None:
    """The results are announced."""
    with working(lims, person(lims, ORGANISER), Action.CONTEST_PUBLISH) as session:
        publishing.announce(session, number, queries.own_contest(session, number).version)


def appealed(lims: Lims, number: str) -> None:
    """The county appeals for one of its people; two people uphold it, and correct the sheet of a judge."""
    with reading(lims, person(lims, COUNTY_MANAGER), Action.CONTEST_READ) as session:
        code = looking.mine(session, number).entries[0].code or ""
    grounds = "抽样环节裁判 J1 的计时与现场计时牌不一致，请核对。"
    with working(lims, person(lims, COUNTY_MANAGER), Action.CONTEST_APPEAL) as session:
        appeal = publishing.file_appeal(session, number, AppealIn(entrant=code, event="S", grounds=grounds)).id
    first, second = person(lims, ORGANISER), person(lims, SECOND_ORGANISER)
    findings = "经调阅计时记录，裁判 J1 多计 60 秒，予以更正。"
    with working(lims, first, Action.CONTEST_DECIDE, findings) as session:
        order = DecisionIn(finding=Finding.UPHELD, findings=findings)
        version = publishing.propose_decision(session, number, appeal, order).version
    with working(lims, second, Action.CONTEST_DECIDE) as session:
        publishing.confirm_decision(session, number, appeal, ConfirmIn(version=version, approve=True))
    with working(lims, first, Action.CONTEST_CORRECT, findings) as session:
        found = queries.own_contest(session, number)
        kept = _sheet(queries.event_of(session, found, "S").sheets[-1], _names(lims, number)[code], "j1")
        change = CorrectionIn(event="S", judge="J1", marks=kept.marks, deducted=kept.deducted,
                              seconds=(kept.seconds or 0) - 60, reason=findings)  # fmt: skip
        correction = scoring.propose_correction(session, number, code, change).id
    with working(lims, second, Action.CONTEST_CORRECT) as session:
        scoring.decide_correction(session, number, correction, ConfirmIn(version=1, approve=True))
    announced(lims, number)


def certified(lims: Lims, number: str, documents: DocumentsIn | None = None) -> None:
    """The results are final once the time for appeals is over, and the documents issued; the worker draws them."""
    with working(lims, person(lims, ORGANISER), Action.CONTEST_PUBLISH) as session:
        finished = publishing.finish(session, number, queries.own_contest(session, number).version)
        publishing.issue_documents(session, number, documents or DocumentsIn(version=finished.version))


def rehearse(lims: Lims, password: str) -> str:
    """The whole contest, held over the last days; once. Its number."""
    prepare(lims, password)
    with reading(lims, person(lims, ORGANISER), Action.CONTEST_PLAN) as session:
        held = [one.number for one in queries.own_contests(session)]
    if held:
        return held[0]
    clock = FixedClock(lims.clock.now() - timedelta(days=3))
    earlier = Lims(lims.settings, clock, lims.vault)
    try:
        number = planned(earlier)
        clock.instant += timedelta(hours=12)
        entered(earlier, number)
        clock.instant += timedelta(hours=20)
        scored(earlier, number)
        announced(earlier, number)
        clock.instant += timedelta(hours=2)
        appealed(earlier, number)
        clock.instant += timedelta(days=1)
        certified(earlier, number)
    finally:
        earlier.close()
    return number


def _names(lims: Lims, number: str) -> dict[str, str]:
    """The key: by code the name."""
    with reading(lims, person(lims, ORGANISER), Action.CONTEST_CONDUCT) as session:
        return {one.code: one.full_name for one in looking.all_entries(session, number) if one.code}


def _luck(name: str, what: str, below: int) -> int:
    """A number from 0 that is always the same for a name."""
    return int.from_bytes(hashlib.sha256(f"{name} {what}".encode()).digest()[:4], "big") % below


def _sheet(sheet: dict[str, object], name: str, judge: str) -> ScoreIn:
    """What a judge gives: the skill of the person, a little more or less."""
    items: list[dict[str, str]] = sheet["items"]  # type: ignore[assignment]  # as `SheetIn.stored` makes it
    marks = {}
    for one in items:
        tenths = 760 + _luck(name, one["name"], 200) + _luck(name, one["name"] + judge, 40)
        marks[one["key"]] = Decimal(one["full"]) * min(tenths, 1000) / 1000
    marks = {key: mark.quantize(Decimal("0.5")) for key, mark in marks.items()}
    time: dict[str, int] = sheet["time"]  # type: ignore[assignment]  # as above
    seconds = time["limit_s"] - 300 + _luck(name, "time", 420)
    return ScoreIn(version=0, marks=marks, deducted={"d1": _luck(name, "d1", 4) // 3}, seconds=seconds, submit=True)


def _results(name: str) -> dict[str, list[Decimal]]:
    found = {}
    for analyte, value, sigma in ANALYTES:
        off = Decimal(_luck(name, analyte, 500) - 250) / 100 * Decimal(sigma)
        apart = Decimal(_luck(name, f"{analyte} 2", 12)) / 100 * Decimal(value)
        found[analyte] = [(Decimal(value) + off + apart * half / 2).quantize(Decimal("0.0001")) for half in (1, -1)]
    return found
