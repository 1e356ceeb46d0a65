"""One laboratory through the rounds (历次轮次): its published scores one after the other, and what they add up to."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from lims.db.work import LimsSession
from lims.proficiency import queries
from lims.proficiency.rules import RoundState
from lims.science.proficiency_scores import Grade


@dataclass(frozen=True, slots=True)
class PastScore:
    """A published score of the own laboratory; `repeats`: it lies as far off, to the same side, as the one before it.

    A questionable score twice in a row asks for action as an unsatisfactory one does (ISO 13528, 9.4; from memory).
    """

    number: str
    title: str
    published_at: datetime
    analyte: str
    item: str
    sign: str
    value: str
    grade: Grade
    repeats: bool = False

    @property
    def score(self) -> float:
        """As a number, to be drawn."""
        return float(self.value)


def own_scores_so_far(session: LimsSession) -> list[PastScore]:
    """The scores of the own laboratory in all published rounds, the oldest round first."""
    found = []
    for of_round, participant in reversed(queries.participations(session)):
        if of_round.state is RoundState.PUBLISHED and of_round.published_at is not None:
            outcome = queries.evaluation_of(session, of_round).outcome
            found += [
                PastScore(of_round.number, of_round.title, of_round.published_at, *told)
                for told in _scores(outcome, participant.code)
            ]
    found.sort(key=lambda one: (one.published_at, one.number))
    return with_repeats(found)


def with_repeats(scores: Sequence[PastScore]) -> list[PastScore]:
    """Mark what is off for the second round in a row, analyte by analyte; scores stand in the order of their rounds."""
    last: dict[str, tuple[str, set[int]]] = {}
    before: dict[str, set[int]] = {}
    marked = []
    for one in scores:
        number, sides = last.get(one.analyte, ("", set()))
        if number != one.number:
            before[one.analyte], sides = sides, set()
        side = 0 if one.grade is Grade.SATISFACTORY else 1 if one.score > 0 else -1
        last[one.analyte] = one.number, sides | {side}
        marked.append(replace(one, repeats=side != 0 and side in before[one.analyte]))
    return marked


def _scores(outcome: dict[str, Any], code: str) -> list[tuple[str, str, str, str, Grade]]:
    """Analyte, item, which score counts, its digits and its grade."""
    return [
        (
            analyte["analyte"],
            analyte["item"],
            analyte["judged_by"],
            result["scores"][analyte["judged_by"]]["value"],
            Grade(result["grade"]),
        )
        for analyte in outcome["analytes"]
        for result in analyte["results"]
        if result["participant"] == code and result["grade"] is not None
    ]
