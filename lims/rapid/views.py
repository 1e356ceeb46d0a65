"""Rapid tests as pages and the JSON door show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from lims.db.work import LimsSession
from lims.rapid import queries
from lims.rapid.queries import Confirmation
from lims.rapid.rules import RapidOutcome, contradicts
from lims.rapid.schemas import ConfirmationOut, RapidTestOut
from lims.rapid.tables import RapidTest
from lims.results.queries import current_results
from lims.samples.tables import Sample
from lims.web.table import Mood

OUTCOME_MOODS: Mapping[RapidOutcome, Mood] = {
    RapidOutcome.NEGATIVE: "good",
    RapidOutcome.POSITIVE: "bad",
    RapidOutcome.INVALID: "warn",
}


@dataclass(frozen=True, slots=True)
class Confirming:
    """A test that confirms: its parameter by name, and what was found by it so far, ready to be read."""

    confirmation: Confirmation
    name: str
    found: Sequence[str]


@dataclass(frozen=True, slots=True)
class RapidLine:
    """A rapid test with its sample and what confirms it. `proposed` are parameters that the sample waits for."""

    test: RapidTest
    sample: Sample
    food: str
    mood: Mood
    contradicts: bool
    confirming: Sequence[Confirming]
    proposed: Sequence[tuple[str, str]]

    @property
    def is_open(self) -> bool:
        """Positive, and nobody has said what confirms it."""
        return self.test.outcome is RapidOutcome.POSITIVE and not self.confirming


def shown(session: LimsSession, tests: Sequence[tuple[RapidTest, Sample]]) -> list[RapidTestOut]:
    """Rapid tests for the JSON door."""
    ordered = queries.confirmations(session, {test.id for test, _ in tests})
    return [
        RapidTestOut(
            id=test.id,
            sample=sample.blind_code,
            item=test.item,
            method_code=test.method_code,
            outcome=test.outcome,
            inhibition_percent=test.inhibition_percent,
            positive_from=test.positive_from,
            device_said=test.device_said,
            contradicts=contradicts_itself(test),
            tested_at=test.tested_at,
            channel=test.channel,
            row=test.row,
            confirmed_by=[
                ConfirmationOut(
                    test_id=one.test.id,
                    parameter=one.test.parameter,
                    method_code=one.test.method_code,
                    status=one.test.status,
                    confirmed_on=one.order.confirmed_on,
                    ordered_at=one.order.ordered_at,
                )
                for one in ordered.get(test.id, ())
            ],
        )
        for test, sample in tests
    ]


def found_by(session: LimsSession, sample_ids: set[UUID]) -> Mapping[UUID, list[dict[str, str]]]:
    """The current amounts of samples by their test."""
    found: dict[UUID, list[dict[str, str]]] = {}
    for result in current_results(session, sorted(sample_ids)):
        found.setdefault(result.test_id, []).append(result.amount)
    return found


def contradicts_itself(test: RapidTest) -> bool:
    """Whether the reader says otherwise than its inhibition does."""
    return contradicts(test.inhibition_percent, test.device_said, test.positive_from)
