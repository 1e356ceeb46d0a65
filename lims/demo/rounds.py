"""Two rounds of the rehearsal: one that is published, and one that waits for the last laboratory."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Final

from lims.core.actions import Action
from lims.core.clock import local_day
from lims.db.work import LimsSession
from lims.demo.province import MEMBERS, VISITED, Member
from lims.demo.walk import actor
from lims.proficiency import queries, service
from lims.proficiency.arriving import report_arrival
from lims.proficiency.doors import reading, working
from lims.proficiency.handing_in import hand_in
from lims.proficiency.rules import ArrivalState, RoundState
from lims.proficiency.schemas import ArrivalIn, HandInIn, MeasurandIn, ParticipantsIn, ResultIn, RoundIn, SendingIn
from lims.proficiency.tables import ProficiencyRound
from lims.runtime import Lims
from lims.science.proficiency_setting import AssignedBy, SigmaBy

_ITEMS: Final = ("A", "B")
#: What was weighed in for each analyte and item, in mg/kg.
_FORMULATED: Final = {
    ("毒死蜱", "A"): "0.120",
    ("毒死蜱", "B"): "0.0840",
    ("克百威", "A"): "0.0500",
    ("克百威", "B"): "0.0360",
}
_METHODS: Final = ("GB 23200.121-2021", "GB 23200.113-2018")
#: Relative standard deviations between laboratories and of replicates, and the bias of the second method.
_BETWEEN, _WITHIN, _BIAS = 0.11, 0.03, -0.02
#: Whose parcel arrived too warm, by its place.
_WARM: Final = 4
#: Members whose results are wrong, as such results are: a unit, a decimal point, a calibration that is too high.
_UNIT_MISTAKEN, _POINT_MISPLACED, _TOO_HIGH = MEMBERS[6], MEMBERS[13], MEMBERS[17]


@dataclass(frozen=True, slots=True)
class Rounds:
    """What the rehearsal left behind: the numbers of both rounds."""

    published: str
    open: str


def rehearse(lims: Lims) -> Rounds:
    """Both rounds, from wherever they were left."""
    published = _planned(lims, "豇豆中农药残留", 1)
    _hand_in(lims, published, MEMBERS, seed=1)
    _finish(lims, published)
    waiting = _planned(lims, "茶叶中农药残留", 2)
    _hand_in(lims, waiting, [one for one in MEMBERS if one is not VISITED], seed=2)
    return Rounds(published, waiting)


def _planned(lims: Lims, title: str, count: int) -> str:
    """A round that is open to all members, planned unless it is there."""
    organiser = actor(lims, "pro")
    with reading(lims, organiser, Action.PROFICIENCY_PLAN) as session:
        found = next((one for one in queries.own_rounds(session) if one.title == title), None)
    if found is None:
        now = lims.clock.now()
        with working(lims, organiser, Action.PROFICIENCY_PLAN) as session:
            found = service.plan_round(
                session,
                RoundIn(
                    title=title,
                    year=local_day(now).year,
                    deadline=now + timedelta(days=14 * count),
                    items=list(_ITEMS),
                    measurands=_measurands(),
                    replicates=2,
                ),
            )
    if found.state is RoundState.DRAFT and not found.participant_count:
        with working(lims, organiser, Action.PROFICIENCY_PLAN) as session:
            chosen = ParticipantsIn(version=found.version, laboratories=[one.code for one in MEMBERS])
            found = service.add_participants(session, found.number, chosen)
    if found.state is RoundState.DRAFT:
        with working(lims, organiser, Action.PROFICIENCY_CONDUCT) as session:
            _send(session, found)
            service.open_round(session, found.number, found.version)
    return found.number


def _send(session: LimsSession, found: ProficiencyRound) -> None:
    codes = [one.code for one in queries.participants_of(session, found)]
    parcels = SendingIn(version=found.version, codes=codes, sent_on=local_day(session.instant), parcel="冷链专送")
    service.send_items(session, found.number, parcels)


def _measurands() -> list[MeasurandIn]:
    return [
        MeasurandIn(
            item=item,
            analyte=analyte,
            unit="mg/kg",
            assigned=AssignedBy.GIVEN,
            assigned_value=Decimal(value),
            assigned_uncertainty=Decimal(value) / 25,
            origin="配制值",
            sigma=SigmaBy.PERCENT,
            sigma_number=Decimal(15),
        )
        for (analyte, item), value in _FORMULATED.items()
    ]


def _hand_in(lims: Lims, number: str, members: Sequence[Member], seed: int) -> None:
    """What each laboratory found; by whom it was handed in already is passed over."""
    for place, member in enumerate(members):
        technician = actor(lims, member.technician)
        with working(lims, technician, Action.PROFICIENCY_ENTER) as session:
            found, participant = queries.participation(session, number)
            if queries.submission_of(session, found.id, participant.member_id) is None:
                report_arrival(session, number, _arrived(session, place))
                hand_in(
                    session,
                    number,
                    HandInIn(
                        version=0,
                        results=_results(member, Random(1000 * seed + place), place),  # noqa: S311 -- made-up results
                    ),
                )


def _arrived(session: LimsSession, place: int) -> ArrivalIn:
    """One of twenty parcels was on its way for too long."""
    state, note = (ArrivalState.THAWED, "到达时 9 °C，封签完好") if place == _WARM else (ArrivalState.INTACT, "−18 °C")
    return ArrivalIn(version=0, received_on=local_day(session.instant), arrival=state, note=note)


def _results(member: Member, chance: Random, place: int) -> list[ResultIn]:
    method = _METHODS[place % 2]
    lean = chance.gauss(0, _BETWEEN) + (_BIAS if place % 2 else 0)
    factor = {_UNIT_MISTAKEN: 1000.0, _TOO_HIGH: 1.52}.get(member, 1.0)
    results = []
    for (analyte, item), value in _FORMULATED.items():
        own = 10.0 if member is _POINT_MISPLACED and (analyte, item) == ("克百威", "B") else 1.0
        middle = float(value) * factor * own * (1 + lean + chance.gauss(0, 0.03))
        texts = [f"{middle * (1 + chance.gauss(0, _WITHIN)):.3g}" for _ in range(2)]
        uncertainty = Decimal(f"{middle * 0.22:.2g}")
        results.append(ResultIn(item=item, analyte=analyte, values=texts, uncertainty=uncertainty, method=method))
    return results


def _finish(lims: Lims, number: str) -> None:
    """Close, evaluate and publish what is not yet."""
    organiser = actor(lims, "pro")

    def current(session: LimsSession) -> ProficiencyRound:
        return queries.own_round(session, number)

    with reading(lims, organiser, Action.PROFICIENCY_PLAN) as session:
        state = current(session).state
    if state is RoundState.OPEN:
        with working(lims, organiser, Action.PROFICIENCY_CONDUCT) as session:
            service.close_round(session, number, current(session).version)
    if state in {RoundState.OPEN, RoundState.CLOSED}:
        with working(lims, organiser, Action.PROFICIENCY_EVALUATE) as session:
            service.evaluate(session, number, current(session).version)
    if state is not RoundState.PUBLISHED:
        with working(lims, organiser, Action.PROFICIENCY_PUBLISH) as session:
            service.publish(session, number, current(session).version)
