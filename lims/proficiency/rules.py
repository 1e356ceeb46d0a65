"""What a round is and what may be done to it in which state; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from lims.core.reasons import Reason, Where, reason
from lims.core.words import word
from lims.science.proficiency_setting import AssignedBy, Choice, SigmaBy

#: A reason that tells something.
FEWEST_LETTERS = 10
#: A single value has no standard deviation.
FEWEST_REPLICATES = 2


class RoundState(StrEnum):
    """How far a round is (轮次状态)."""

    DRAFT = "pt_draft"
    OPEN = "pt_open"
    CLOSED = "pt_closed"
    EVALUATED = "pt_evaluated"
    PUBLISHED = "pt_published"


class ArrivalState(StrEnum):
    """How the items of a round arrived at a participant (到样状态)."""

    INTACT = "pt_intact"
    DAMAGED = "pt_damaged"
    THAWED = "pt_thawed"
    INCOMPLETE = "pt_incomplete"


@dataclass(frozen=True, slots=True)
class Measurand:
    """What is measured in one item (被测量), and what its results are scored against; numbers are in `unit`.

    `assigned_uncertainty` is expanded. `origin` says where a given value comes from: formulation, reference value.
    `sigma_number` belongs to VALUE (in `unit`) and PERCENT (of the assigned value).
    """

    item: str
    analyte: str
    unit: str
    assigned: AssignedBy
    assigned_value: Decimal | None
    assigned_uncertainty: Decimal | None
    origin: str | None
    sigma: SigmaBy
    sigma_number: Decimal | None

    @property
    def key(self) -> tuple[str, str]:
        """What may occur only once in a round: analyte and item."""
        return self.analyte, self.item

    def choice(self, coverage: Decimal) -> Choice:
        """How its results are evaluated; what is given goes with them as `given`."""
        consensus = AssignedBy.ROBUST_MEAN if self.assigned is AssignedBy.GIVEN else self.assigned
        number = None if self.sigma_number is None else float(self.sigma_number)
        return Choice(consensus, self.sigma, number, float(coverage))

    def stored(self) -> dict[str, Any]:
        """As a record keeps it: numbers as they were written."""
        return {
            "item": self.item,
            "analyte": self.analyte,
            "unit": self.unit,
            "assigned": self.assigned.value,
            "assigned_value": _text(self.assigned_value),
            "assigned_uncertainty": _text(self.assigned_uncertainty),
            "origin": self.origin,
            "sigma": self.sigma.value,
            "sigma_number": _text(self.sigma_number),
        }

    @classmethod
    def of(cls, stored: dict[str, Any]) -> "Measurand":
        """Out of what a record keeps."""
        return cls(
            stored["item"],
            stored["analyte"],
            stored["unit"],
            AssignedBy(stored["assigned"]),
            _number(stored["assigned_value"]),
            _number(stored["assigned_uncertainty"]),
            stored["origin"],
            SigmaBy(stored["sigma"]),
            _number(stored["sigma_number"]),
        )


def reasons_not_to_measure(items: Sequence[str], measurands: Sequence[Measurand], replicates: int) -> list[Reason]:
    """What is wrong with the plan of a round; each fault names the measurand by its row, from 1."""
    faults = []
    seen: set[tuple[str, str]] = set()
    units: dict[str, str] = {}
    if len(set(items)) < len(items):
        sentence = "An item stands twice; every item has a code of its own."
        faults.append(reason("round.item_twice", sentence, at=Where("items")))
    for row, one in enumerate(measurands, 1):
        at = Where(field="measurands", row=row)
        said = {"row": row, "analyte": one.analyte, "item": one.item}
        if one.item not in items:
            sentence = "Row {row}: {item} is none of the items of the round."
            faults.append(reason("round.item_unknown", sentence, at=at, **said))
        if one.key in seen:
            sentence = "Row {row}: {analyte} in item {item} stands twice."
            faults.append(reason("round.measurand_twice", sentence, at=at, **said))
        seen.add(one.key)
        if units.setdefault(one.analyte, one.unit) != one.unit:
            sentence = "Row {row}: {analyte} has another unit in another item; give one unit to all of its results."
            faults.append(reason("round.units_differ", sentence, at=at, **said))
        faults += _reasons_against_settings(one, row, at)
        if one.sigma is SigmaBy.ALGORITHM_S and replicates < FEWEST_REPLICATES:
            sentence = "Row {row}: algorithm S pools replicates; ask for {fewest} values of a result at least."
            faults.append(reason("round.no_replicates", sentence, at=at, row=row, fewest=FEWEST_REPLICATES))
    return faults


def _reasons_against_settings(one: Measurand, row: int, at: Where) -> list[Reason]:
    faults = []
    if (one.assigned is AssignedBy.GIVEN) != (one.assigned_value is not None):
        sentence = "Row {row}: an assigned value is written where it is given, and only there."
        faults.append(reason("round.assigned_value", sentence, at=at, row=row))
    if one.assigned_uncertainty is not None and one.assigned is not AssignedBy.GIVEN:
        sentence = "Row {row}: a consensus brings its own uncertainty; leave that of the assigned value empty."
        faults.append(reason("round.assigned_uncertainty", sentence, at=at, row=row))
    if (one.sigma in {SigmaBy.VALUE, SigmaBy.PERCENT}) != (one.sigma_number is not None):
        sentence = "Row {row}: a number for the standard deviation is written where it is prescribed, and only there."
        faults.append(reason("round.sigma_number", sentence, at=at, row=row))
    if one.sigma is SigmaBy.GIVEN:
        sentence = "Row {row}: say how the standard deviation is set: a number, a percentage, Horwitz or the results."
        faults.append(reason("round.sigma_unsaid", sentence, at=at, row=row))
    if any(number is not None and number <= 0 for number in (one.assigned_uncertainty, one.sigma_number)) or (
        one.assigned_value is not None and one.assigned_value < 0
    ):
        sentence = "Row {row}: uncertainty and standard deviation are above 0, an assigned value is not below 0."
        faults.append(reason("round.number_below_zero", sentence, at=at, row=row))
    return faults


def reasons_to_be_in(state: RoundState, allowed: Sequence[RoundState]) -> list[Reason]:
    """Why nothing of the kind can be done in this state."""
    if state in allowed:
        return []
    sentence = "The round stands at: {status}. This cannot be done any more, or not yet."
    return [reason("round.state", sentence, status=word(state))]


def reasons_not_to_open(measurands: int, participants: int, deadline: datetime, now: datetime) -> list[Reason]:
    """What a round lacks before it can be sent out."""
    faults = []
    if not measurands:
        faults.append(reason("round.nothing_measured", "Say first what is measured in which item."))
    if not participants:
        faults.append(reason("round.nobody", "Choose participants first."))
    if deadline <= now:
        faults.append(reason("round.deadline_over", "The deadline is over already; set a later one."))
    return faults


def reasons_not_to_send(
    state: RoundState, codes: Sequence[str], known: Sequence[str], sent: date, today: date
) -> list[Reason]:
    """Items go to participants of the round, until it is closed, and on no day to come."""
    faults = reasons_to_be_in(state, (RoundState.DRAFT, RoundState.OPEN))
    if missing := [code for code in codes if code not in known]:
        sentence = "{codes} take no part in this round."
        faults.append(reason("round.code_unknown", sentence, codes=", ".join(missing[:10]), at=Where("codes")))
    if sent > today:
        faults.append(reason("round.sent_later", "This day is still to come.", at=Where("sent_on")))
    return faults


def reasons_against_arrival(arrival: ArrivalState, note: str | None, received: date, today: date) -> list[Reason]:
    """What did not arrive as it was sent is described, and nothing arrives on a day to come."""
    faults = []
    if arrival is not ArrivalState.INTACT and not note:
        sentence = "Describe what is wrong with the items, so that the organiser can send others."
        faults.append(reason("round.arrival_undescribed", sentence, at=Where("note")))
    if received > today:
        faults.append(reason("round.received_later", "This day is still to come.", at=Where("received_on")))
    return faults


def reasons_not_to_close(waiting: int, deadline: datetime, now: datetime) -> list[Reason]:
    """A round is closed after its deadline, or when everybody has handed in."""
    if now >= deadline or not waiting:
        return []
    sentence = "The deadline is not over, and {count} participants have not handed in yet."
    return [reason("round.waiting", sentence, count=waiting)]


def reasons_not_to_hand_in(
    state: RoundState, deadline: datetime, admitted_until: datetime | None, now: datetime
) -> list[Reason]:
    """Why results are not taken any more; who was admitted late may hand in until then, unless it is evaluated."""
    if state not in {RoundState.OPEN, RoundState.CLOSED}:
        return reasons_to_be_in(state, (RoundState.OPEN,))
    if admitted_until is not None and now <= admitted_until:
        return []
    if now <= deadline and state is RoundState.OPEN:
        return []
    sentence = "Results are not taken any more: the round is closed or its deadline is over. Ask the organiser."
    return [reason("round.late", sentence)]


def reasons_not_to_admit(why: str, until: datetime, now: datetime) -> list[Reason]:
    """A participant is admitted late until a time to come, with a reason."""
    faults = []
    if len(why) < FEWEST_LETTERS:
        sentence = "Give a reason of at least {fewest} characters."
        faults.append(reason("round.reason", sentence, fewest=FEWEST_LETTERS, at=Where("reason")))
    if until <= now:
        faults.append(reason("round.admitted_over", "This time is over; choose a later one.", at=Where("until")))
    return faults


def _text(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
