"""Scores of a laboratory through the rounds."""

from datetime import UTC, datetime

from lims.proficiency.history import PastScore, with_repeats
from lims.science.proficiency_scores import Grade

DAY = datetime(2026, 3, 1, tzinfo=UTC)


def scored(number: str, analyte: str, value: str, item: str = "A") -> PastScore:
    size = abs(float(value))
    grade = Grade.SATISFACTORY if size <= 2 else Grade.QUESTIONABLE if size < 3 else Grade.UNSATISFACTORY
    return PastScore(number, "", DAY, analyte, item, "z", value, grade)


def test_only_what_is_off_to_the_same_side_twice_in_a_row_repeats() -> None:
    history = [
        scored("1", "a", "2.4"),
        scored("1", "a", "0.3", "B"),
        scored("1", "b", "2.4"),
        scored("2", "a", "2.1"),
        scored("2", "a", "3.5", "B"),
        scored("2", "b", "-2.4"),
        scored("3", "a", "0.1"),
        scored("3", "b", "-4"),
        scored("4", "a", "2.2"),
    ]
    repeated = [(one.number, one.analyte, one.item) for one in with_repeats(history) if one.repeats]
    assert repeated == [("2", "a", "A"), ("2", "a", "B"), ("3", "b", "A")]
