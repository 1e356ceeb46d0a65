"""Samples as pages show them: every value ready."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from lims.core.clock import local_day
from lims.core.errors import Forbidden
from lims.core.language import Language, translator
from lims.core.reasons import mark, reason
from lims.core.words import word
from lims.library.rules import Library
from lims.samples.queries import Progress
from lims.samples.rules import SampleStatus, TestStatus
from lims.samples.tables import AssignedTest, Sample
from lims.web.table import Mood

STATUS_MOODS: Mapping[SampleStatus, Mood] = {
    SampleStatus.REGISTERED: "plain",
    SampleStatus.RECEIVED: "busy",
    SampleStatus.TESTED: "warn",
    SampleStatus.REPORTED: "good",
}
TEST_MOODS: Mapping[TestStatus, Mood] = {
    TestStatus.ASSIGNED: "plain",
    TestStatus.RECORDED: "busy",
    TestStatus.VERIFIED: "good",
}


def options_of(values: Iterable[StrEnum], language: Language) -> Sequence[tuple[str, str]]:
    """The members of a closed list as the choices of a field."""
    say = translator(language)
    return [(value.value, say(word(value))) for value in values]


def blinded() -> Forbidden:
    """Why the bench does not get a page that tells whose a sample is."""
    return Forbidden(
        reason("sample.blind_page", "Whose a sample is stays hidden from the bench; look it up by its blind code.")
    )


def days_waiting(sample: Sample, today: date) -> int | None:
    """How many days a sample has been here, or has been expected; None when its report is issued."""
    if sample.status is SampleStatus.REPORTED:
        return None
    return (today - local_day(sample.received_at or sample.registered_at)).days


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a sample's way. `title` is a marked word; `state`: done, current or open."""

    title: str
    state: str
    at: datetime | None = None
    who: str | None = None
    done: int | None = None
    of: int | None = None


def steps_of(sample: Sample, progress: Progress, names: Mapping[UUID, str]) -> Sequence[Step]:
    """Registered, received, tested, verified, reported: what is done, with who and when, and what comes next."""
    in_hand = sample.status is not SampleStatus.REGISTERED
    recorded = in_hand and 0 < progress.tests == progress.recorded
    verified = in_hand and 0 < progress.tests == progress.verified
    ends = (
        True,
        in_hand,
        recorded,
        verified,
        sample.status is SampleStatus.REPORTED,
    )
    current = next((place for place, is_done in enumerate(ends) if not is_done), None)
    states = ["done" if is_done else "current" if place == current else "open" for place, is_done in enumerate(ends)]
    return (
        Step(mark("Registered"), states[0], sample.registered_at, _name(names, sample.registered_by)),
        Step(mark("Received"), states[1], sample.received_at, _name(names, sample.received_by)),
        Step(mark("Tested"), states[2], done=progress.recorded, of=progress.tests),
        Step(mark("Verified"), states[3], done=progress.verified, of=progress.tests),
        Step(mark("Reported"), states[4]),
    )


def _name(names: Mapping[UUID, str], person: UUID | None) -> str | None:
    return None if person is None else names.get(person)


@dataclass(frozen=True, slots=True)
class TestLine:
    """An assigned test with the name of its parameter."""

    __test__ = False

    test: AssignedTest
    name: str
    mood: Mood


def test_lines(tests: Sequence[AssignedTest], library: Library, language: Language) -> Sequence[TestLine]:
    """The tests of a sample by the names of their parameters."""
    lines = [TestLine(t, library.substance_name(t.parameter, language), TEST_MOODS[t.status]) for t in tests]
    return sorted(lines, key=lambda line: line.name)
