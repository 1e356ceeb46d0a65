"""A skills contest of the rehearsal: 30 people, 5 judges, one appeal, certificates; step by step.

It is held by the province among its twenty laboratories, or in tests by a prefecture among six counties: a `Scene`.

Nothing here is measured: what people are good at is made up from their names, so that every rehearsal tells the same.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from lims.contests import entering, looking, publishing, queries, scoring, service
from lims.contests.defaults import SETTINGS
from lims.contests.doors import reading, working
from lims.contests.rules import ContestState, CorrectionState, EventKind, Finding, Gender, SheetState
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
from lims.contests.views import AppealOut
from lims.core.actions import Action, Role
from lims.core.actors import Actor, system_actor
from lims.core.clock import FixedClock
from lims.core.errors import NotFound
from lims.db.work import LimsSession
from lims.demo import cast, province
from lims.network import queries as network
from lims.network import service as network_service
from lims.network.rules import Level
from lims.network.service import LaboratoryOrder
from lims.people import queries as people
from lims.people import service as people_service
from lims.people.service import UserOrder
from lims.people.shown_accounts import ShownAccount
from lims.runtime import Lims

#: A quality manager of the county, who appeals in the contest of the prefecture.
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


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a contest is held. `laboratories`: the codes that send the thirty; `judges_of`: homes of the five judges.

    `appellant`: the user name of who appeals for one of the own people.
    """

    title: str
    title_en: str
    organiser: str
    laboratories: tuple[str, ...]
    judges_of: tuple[str, ...]
    appellant: str


PREFECTURE: Final = Scene(
    "遵义市第五届农产品质量安全检测技能竞赛",
    "Fifth skills contest in agri-product safety testing, Zunyi",
    cast.PREFECTURE,
    tuple(code for code in _CODES for _ in range(5)),
    (cast.PREFECTURE, cast.PREFECTURE, cast.PREFECTURE, cast.COUNTY, _COUNTIES[1][0]),
    COUNTY_MANAGER,
)
#: Prefectures and the first county send two people, the other counties one.
PROVINCE: Final = Scene(
    "贵州省第五届农产品质量安全检测技能竞赛",
    "Fifth skills contest in agri-product safety testing, Guizhou",
    cast.PROVINCE,
    tuple(sorted([one.code for one in province.MEMBERS] + [one.code for one in province.MEMBERS[:10]])),
    (cast.PROVINCE, cast.PROVINCE, cast.PROVINCE, province.VISITED.code, province.MEMBERS[0].code),
    province.VISITED.technician,
)


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
        manager = UserOrder(COUNTY_MANAGER, "邱明安", password, frozenset({Role.QUALITY_MANAGER}), cast.COUNTY)
        _create(session, [*_accounts(PREFECTURE, password), manager])


def prepare_province(lims: Lims, password: str) -> None:
    """The province's laboratories, two people who organise and five judges, unless they are there."""
    province.prepare(lims, password)
    with lims.work(system_actor(), Action.SET_UP) as session:
        _create(session, _accounts(PROVINCE, password))


def shown_accounts(lims: Lims, password: str) -> tuple[ShownAccount, ...]:
    """The accounts of the contest that the province's sign-in page offers too; none without a contest."""
    with lims.read(system_actor(), Action.PEOPLE_READ) as session:
        if people.user_by_name(session, ORGANISER) is None:
            return ()
    return (
        ShownAccount(ORGANISER, "竞赛办", Role.CONTEST_ORGANISER, password),
        ShownAccount(JUDGES[0], "裁判一", Role.CONTEST_JUDGE, password),
    )


def _create(session: LimsSession, accounts: Iterable[UserOrder]) -> None:
    for one in accounts:
        if people.user_by_name(session, one.username) is None:
            people_service.create_user(session, one)


def _accounts(scene: Scene, password: str) -> Iterable[UserOrder]:
    organises, judges = frozenset({Role.CONTEST_ORGANISER}), frozenset({Role.CONTEST_JUDGE})
    yield UserOrder(ORGANISER, "竞赛办", password, organises, scene.organiser)
    yield UserOrder(SECOND_ORGANISER, "仲裁组", password, organises, scene.organiser)
    for place, (username, home) in enumerate(zip(JUDGES, scene.judges_of, strict=True), 1):
        yield UserOrder(username, f"裁判{'一二三四五'[place - 1]}", password, judges, home)


def person(lims: Lims, username: str) -> Actor:
    """One of the people of the contest, as who acts. Raises `NotFound`."""
    with lims.read(system_actor(), Action.PEOPLE_READ) as session:
        user = people.user_by_name(session, username)
        if user is None:
            raise NotFound.of("user", username)
        return people_service.actor_of(session, user)


def entries(scene: Scene = PREFECTURE) -> list[ImportedEntry]:
    """The thirty people, each with the laboratory that sends them."""
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
                laboratory=scene.laboratories[place],
            )
        )
    return made


def planned(lims: Lims, scene: Scene = PREFECTURE) -> str:
    """A contest that is open for entries until tomorrow; its number."""
    order = ContestIn(
        title=scene.title,
        title_en=scene.title_en,
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
        event = EventIn(version=1, title="结果准确度", title_en="Accuracy of results", kind=EventKind.RESULTS,
                        share=Decimal(25), targets=targets)  # fmt: skip
        service.put_event(session, number, "R", event)
    _opened(lims, number)
    return number


def _opened(lims: Lims, number: str) -> None:
    with working(lims, person(lims, ORGANISER), Action.CONTEST_CONDUCT) as session:
        service.open_contest(session, number, queries.own_contest(session, number).version)


def entered(lims: Lims, number: str, scene: Scene = PREFECTURE) -> None:
    """Everybody is entered, the judges are appointed, the numbers drawn."""
    organiser = person(lims, ORGANISER)
    with working(lims, organiser, Action.CONTEST_CONDUCT) as session:
        if not queries.entries_of(session, queries.own_contest(session, number)):
            entering.enter_for_others(session, number, entries(scene))
            for place, username in enumerate(JUDGES, 1):
                judge = JudgeIn(username=username, label=f"J{place}", events=list(_JUDGED))
                service.appoint_judge(session, number, judge)
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
                for code, state in task.sheets.items():
                    if state is not SheetState.SUBMITTED and (username, task.event, code) not in left:
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


def appealed(lims: Lims, number: str, scene: Scene = PREFECTURE) -> None:
    """A laboratory appeals for one of its people; two people uphold it, and correct the sheet of a judge."""
    appellant = person(lims, scene.appellant)
    with reading(lims, appellant, Action.CONTEST_READ) as session:
        mine = looking.mine(session, number)
    code = mine.entries[0].code or ""
    if not mine.appeals:
        grounds = "抽样环节裁判 J1 的计时与现场计时牌不一致，请核对。"
        with working(lims, appellant, Action.CONTEST_APPEAL) as session:
            publishing.file_appeal(session, number, AppealIn(entrant=code, event="S", grounds=grounds))
    _upheld(lims, number)
    _corrected(lims, number, code)
    announced(lims, number)


_FINDINGS: Final = "经调阅计时记录，裁判 J1 多计 60 秒，予以更正。"


def _upheld(lims: Lims, number: str) -> None:
    """One person proposes to uphold the appeal, the other confirms it, unless they did."""

    def current(session: LimsSession) -> AppealOut:
        return looking.all_appeals(session, number)[0]

    with working(lims, person(lims, ORGANISER), Action.CONTEST_DECIDE, _FINDINGS) as session:
        if current(session).finding is None:
            order = DecisionIn(finding=Finding.UPHELD, findings=_FINDINGS)
            publishing.propose_decision(session, number, current(session).id, order)
    with working(lims, person(lims, SECOND_ORGANISER), Action.CONTEST_DECIDE) as session:
        appeal = current(session)
        if not appeal.is_decided:
            order_of_second = ConfirmIn(version=appeal.version, approve=True)
            publishing.confirm_decision(session, number, appeal.id, order_of_second)


def _corrected(lims: Lims, number: str, code: str) -> None:
    """One person corrects the time of a sheet, the other approves, unless they did."""
    names = _names(lims, number)
    with working(lims, person(lims, ORGANISER), Action.CONTEST_CORRECT, _FINDINGS) as session:
        if not looking.corrections(session, number):
            found = queries.own_contest(session, number)
            kept = _sheet(queries.event_of(session, found, "S").sheets[-1], names[code], JUDGES[0])
            change = CorrectionIn(event="S", judge="J1", marks=kept.marks, deducted=kept.deducted,
                                  seconds=(kept.seconds or 0) - 60, reason=_FINDINGS)  # fmt: skip
            scoring.propose_correction(session, number, code, change)
    with working(lims, person(lims, SECOND_ORGANISER), Action.CONTEST_CORRECT) as session:
        correction = looking.corrections(session, number)[0]
        if correction.state is CorrectionState.PROPOSED:
            approval = ConfirmIn(version=correction.version, approve=True)
            scoring.decide_correction(session, number, correction.id, approval)


def certified(lims: Lims, number: str, documents: DocumentsIn | None = None) -> None:
    """The results are final once the time for appeals is over, and the documents issued; the worker draws them."""
    with working(lims, person(lims, ORGANISER), Action.CONTEST_PUBLISH) as session:
        finished = publishing.finish(session, number, queries.own_contest(session, number).version)
        publishing.issue_documents(session, number, documents or DocumentsIn(version=finished.version))


def rehearse(lims: Lims, scene: Scene = PREFECTURE) -> str:
    """The whole contest, held over the last days, from wherever it was left; its number. People must be there.

    Each step is dated after the one before it, so that what was stopped goes on as if nothing had happened.
    """
    clock = FixedClock(lims.clock.now() - timedelta(days=3))
    earlier = Lims(lims.settings, clock, lims.vault)
    try:
        with reading(earlier, person(earlier, ORGANISER), Action.CONTEST_PLAN) as session:
            held = next((one.number for one in queries.own_contests(session) if one.title == scene.title), None)
        number = held or planned(earlier, scene)
        while (left := _left(earlier, number, scene)) is not None:
            clock.instant, step = left
            step()
    finally:
        earlier.close()
    return number


def _left(lims: Lims, number: str, scene: Scene) -> tuple[datetime, Callable[[], None]] | None:
    """The next step of a contest, and when it is made; None when it is over."""
    with reading(lims, person(lims, ORGANISER), Action.CONTEST_PLAN) as session:
        found = queries.own_contest(session, number)
        result = queries.newest_result(session, found)
    match found.state:
        case ContestState.DRAFT:
            return lims.clock.now(), lambda: _opened(lims, number)
        case ContestState.OPEN:
            return found.entries_until - timedelta(hours=12), lambda: entered(lims, number, scene)
        case ContestState.SCORING:
            return _after(found.drawn_at, 20), lambda: _scored_and_announced(lims, number)
        case ContestState.ANNOUNCED if result is not None and result.edition == 1:
            return _after(found.announced_at, 2), lambda: appealed(lims, number, scene)
        case ContestState.ANNOUNCED:
            return _after(found.appeals_until, 1), lambda: certified(lims, number)
        case ContestState.FINAL:
            return None


def _scored_and_announced(lims: Lims, number: str) -> None:
    scored(lims, number)
    announced(lims, number)


def _after(instant: datetime | None, hours: int) -> datetime:
    if instant is None:
        raise RuntimeError("a contest in this state has the instant of the step before")
    return instant + timedelta(hours=hours)


def _names(lims: Lims, number: str) -> dict[str, str]:
    """The key of everybody who takes part: by code the name."""
    with reading(lims, person(lims, ORGANISER), Action.CONTEST_CONDUCT) as session:
        entries_of_all = looking.all_entries(session, number)
    return {one.code: one.full_name for one in entries_of_all if one.code and not one.withdrawn_reason}


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
