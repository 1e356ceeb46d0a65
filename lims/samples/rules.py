"""Pure decisions about samples: their states, programmes and stages; what may be registered, received and seen."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from lims.core.actions import Action, Role
from lims.core.actors import Actor
from lims.core.reasons import Reason, Where, reason


class SampleStatus(StrEnum):
    """Where a sample is on its way."""

    REGISTERED = "registered"
    RECEIVED = "received"
    TESTED = "tested"
    REPORTED = "reported"


class TestStatus(StrEnum):
    """Where a test is on its way. VERIFIED: every analyte it needs has a verified result."""

    __test__ = False

    ASSIGNED = "assigned"
    RECORDED = "recorded"
    VERIFIED = "verified"


class Programme(StrEnum):
    """Why a sample is drawn (农产品质量安全监测管理办法, article 3)."""

    ROUTINE = "routine"  # 例行监测
    SURVEY = "survey"  # 普查
    SPECIAL = "special"  # 专项监测
    SUPERVISION = "supervision"  # 监督抽查
    RETEST = "retest"  # 复检
    EMERGENCY = "emergency"  # 应急监测
    COMMISSIONED = "commissioned"  # 委托检验


class Stage(StrEnum):
    """Where in the chain a sample is drawn."""

    FARM = "farm"  # 生产基地
    STORAGE = "storage"  # 收储运
    SLAUGHTERHOUSE = "slaughterhouse"  # 屠宰场
    TRANSPORT = "transport"  # 运输车
    WHOLESALE_MARKET = "wholesale_market"  # 批发市场
    RETAIL_MARKET = "retail_market"  # 农贸市场
    SUPERMARKET = "supermarket"  # 超市
    ONLINE = "online"  # 电商


class BasisKind(StrEnum):
    """What happened on the day whose limits decide."""

    PRODUCTION = "production"
    HARVEST = "harvest"
    PURCHASE = "purchase"
    SLAUGHTER = "slaughter"


class SealState(StrEnum):
    """The seal (封条) of a sample as it arrives."""

    INTACT = "intact"
    BROKEN = "broken"
    NONE = "none"


#: How long ago a sample may have been drawn when it is registered; an older day is a slip of the pen.
OLDEST_SAMPLING = timedelta(days=731)
#: How long before it was drawn a product may have been made or harvested (stored grain, tea).
OLDEST_BASIS = timedelta(days=3653)
COLDEST_C, WARMEST_C = Decimal(-90), Decimal(60)

#: Names the place of a fault: a field of the form, or a row and column of a spreadsheet.
Place = Callable[[str], Where]
_NAMES = re.compile(r"[、，,;；/\s]+")


def day_faults(sampled_on: date, basis_on: date, today: date, place: Place) -> list[Reason]:
    """The days of a sampling sheet: the product was there before it was drawn, and was drawn before it came."""
    faults = []
    if sampled_on > today:
        faults.append(
            reason(
                "sample.sampled_in_future",
                "The sample is said to be drawn on {day}, after today, {today}.",
                day=sampled_on.isoformat(),
                today=today.isoformat(),
                at=place("sampled_on"),
            )
        )
    elif sampled_on < today - OLDEST_SAMPLING:
        faults.append(
            reason(
                "sample.sampled_long_ago",
                "The sample is said to be drawn on {day}, more than two years ago; check the year.",
                day=sampled_on.isoformat(),
                at=place("sampled_on"),
            )
        )
    if basis_on > sampled_on:
        faults.append(
            reason(
                "sample.basis_after_sampling",
                "Production, harvest or purchase on {basis} cannot come after the sampling on {sampled}.",
                basis=basis_on.isoformat(),
                sampled=sampled_on.isoformat(),
                at=place("basis_on"),
            )
        )
    elif basis_on < sampled_on - OLDEST_BASIS:
        faults.append(
            reason(
                "sample.basis_long_ago",
                "Production, harvest or purchase on {basis} lies more than ten years back; check the year.",
                basis=basis_on.isoformat(),
                at=place("basis_on"),
            )
        )
    return faults


def sampler_faults(programme: Programme, samplers: str, place: Place) -> list[Reason]:
    """A supervision sample is drawn by two officers at least (农产品质量安全监测管理办法, article 21)."""
    if programme is not Programme.SUPERVISION or len([n for n in _NAMES.split(samplers) if n]) >= 2:
        return []
    return [
        reason(
            "sample.one_sampler",
            "A supervision sample (监督抽查) is drawn by at least two officers; name both, separated by 、.",
            at=place("samplers"),
        )
    ]


@dataclass(frozen=True, slots=True)
class Retest:
    """复检 as a sheet tells it, and where it would be tested. `results`: does it tell what was found first?"""

    report: str | None
    body: str | None
    issued_on: date | None
    decision: str | None
    results: bool

    @property
    def told(self) -> dict[str, bool]:
        """Which of its fields are filled in."""
        return {
            "retest_of": bool(self.report),
            "retest_body": bool(self.body),
            "retest_on": self.issued_on is not None,
            "retest_decision": bool(self.decision),
            "retest_results": self.results,
        }


def retest_faults(
    programme: Programme, retest: Retest, laboratory: str, sampled_on: date, today: date, place: Place
) -> list[Reason]:
    """A retest names the first report, who made it and found what, and who decided; it is made by another laboratory.

    农产品质量安全法 (2022), article 51.
    """
    told = retest.told
    if programme is not Programme.RETEST:
        return [
            reason(
                "sample.no_retest",
                "Only a retest (复检) has a first report; choose that programme, or leave the first report out.",
                at=place(name),
            )
            for name, is_told in told.items()
            if is_told
        ][:1]
    faults = [
        reason(
            "sample.retest_first",
            "A retest (复检) names the first report, its laboratory and day, what it found, and who decided on it; the "
            "form of a single sheet asks for them.",
            at=place(name),
        )
        for name, is_told in told.items()
        if not is_told
    ]
    if retest.body is not None and retest.body.strip() == laboratory:
        faults.append(
            reason(
                "sample.retest_same_body",
                "The first report was made by this laboratory; the law asks that another one tests again.",
                at=place("retest_body"),
            )
        )
    if retest.issued_on is not None and not sampled_on <= retest.issued_on <= today:
        faults.append(
            reason(
                "sample.retest_day",
                "The first report lies between the sampling and today; {day} does not.",
                day=retest.issued_on.isoformat(),
                at=place("retest_on"),
            )
        )
    return faults


def number_faults(number: str, laboratory_code: str, place: Place) -> list[Reason]:
    """A number of the sender's may not look like one that this laboratory gives out itself."""
    if not re.fullmatch(re.escape(laboratory_code) + r"-\d{4}-\d{6,}", number):
        return []
    return [
        reason(
            "sample.number_of_series",
            "The laboratory itself gives out numbers such as {number}; leave it out, or give one of another form.",
            number=number,
            at=place("number"),
        )
    ]


def accession(laboratory_code: str, year: int, serial: int) -> str:
    """The number of a sample: laboratory, year of registration, running number without gaps."""
    return f"{laboratory_code}-{year}-{serial:06}"


def reasons_not_to_receive(
    status: SampleStatus, programme: Programme, seal: SealState, note: str | None, temperature_c: Decimal | None
) -> list[Reason]:
    """Every reason at once: the person at the counter mends them in one go.

    A broken seal on a supervision sample is refused (it is evidence); any other deviation is accepted with a note
    that goes to the report (ISO/IEC 17025:2017, 7.4.3).
    """
    faults = []
    if status is not SampleStatus.REGISTERED:
        faults.append(
            reason(
                "sample.already_received", "The sample is already {status}.", status=status.value, at=Where("status")
            )
        )
    if programme is Programme.SUPERVISION and seal is not SealState.INTACT:
        faults.append(
            reason(
                "sample.seal",
                "A supervision sample (监督抽查) must arrive with its seal intact; return it and have it drawn again.",
                at=Where("seal"),
            )
        )
    elif seal is SealState.BROKEN and not note:
        faults.append(
            reason(
                "sample.seal_note",
                "The seal is broken: write a note of what the client was told; it goes to the report.",
                at=Where("note"),
            )
        )
    if temperature_c is not None and not COLDEST_C <= temperature_c <= WARMEST_C:
        faults.append(
            reason(
                "sample.temperature",
                "No sample arrives at {temperature} °C; give a temperature between {low} and {high} °C.",
                temperature=str(temperature_c),
                low=str(COLDEST_C),
                high=str(WARMEST_C),
                at=Where("temperature_c"),
            )
        )
    return faults


def sees_whole(actor: Actor, registered_by: UUID | None = None) -> bool:
    """Whether somebody may see whose a sample is: those who may unblind, samplers, and who registered it.

    All others (the bench) see the blind code, the food and the tests.
    """
    if actor.may(Action.SAMPLE_UNBLIND) or Role.SAMPLER in actor.roles:
        return True
    return registered_by is not None and registered_by == actor.user_id
