"""Papers drawn by lot (随机组卷), so that whoever knows the seed can draw them again.

Order comes from SHA-256 over the seed and what is ordered, not from a generator: the same on every machine and in
every release. Of all orders of questions none is likelier than another for who does not know the seed.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from lims.exams.rules import Difficulty, QuestionKind, Section

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class InBank:
    """What drawing knows of a question; `key` tells it from all others and never changes."""

    key: str
    kind: QuestionKind
    subject: str
    difficulty: Difficulty
    options: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """A question in its place of a paper: its section and the order of its options (0 is the first in the bank)."""

    key: str
    section: int
    order: tuple[int, ...]


def by_lot(seed: str, items: Sequence[T], names: Sequence[str]) -> list[T]:
    """The items in an order by lot; `names` tell them apart."""
    ranked = sorted(zip(names, items, strict=True), key=lambda pair: _rank(seed, pair[0]))
    return [item for _, item in ranked]


def shortage(sections: Sequence[Section], bank: Sequence[InBank]) -> list[tuple[int, int]]:
    """Sections that the bank cannot fill beside the others: (section, how many questions are missing)."""
    chosen = _assigned(sections, list(bank))
    counts = [sum(1 for place in chosen.values() if place == index) for index in range(len(sections))]
    return [(index, one.count - counts[index]) for index, one in enumerate(sections) if counts[index] < one.count]


def draw(seed: str, sections: Sequence[Section], bank: Sequence[InBank]) -> list[tuple[int, InBank]]:
    """Questions for every section, none twice. Sections that ask for less are filled as well as they can be.

    Raises `ValueError` when the bank is too small; `shortage` says where.
    """
    chosen = _assigned(sections, by_lot(seed, bank, [one.key for one in bank]))
    if len(chosen) < sum(one.count for one in sections):
        raise ValueError("the bank holds too few questions")
    known = {one.key: one for one in bank}
    return [(place, known[key]) for key, place in chosen.items()]


def arranged(seed: str, drawn: Sequence[tuple[int, InBank]], *, shuffles: bool) -> list[Drawn]:
    """The paper of one candidate: sections in their order, questions and options within them by lot."""
    paper = []
    for section in sorted({place for place, _ in drawn}):
        questions = sorted((one for place, one in drawn if place == section), key=lambda one: one.key)
        if shuffles:
            questions = by_lot(f"{seed}/questions", questions, [one.key for one in questions])
        for one in questions:
            order = list(range(one.options))
            if shuffles:
                order = by_lot(f"{seed}/options/{one.key}", order, [str(place) for place in order])
            paper.append(Drawn(one.key, section, tuple(order)))
    return paper


def _assigned(sections: Sequence[Section], bank: Sequence[InBank]) -> dict[str, int]:
    """Section by question: as many places filled as can be, earlier questions first (augmenting paths, Kuhn 1955)."""
    free = [one.count for one in sections]
    holders: list[dict[str, InBank]] = [{} for _ in sections]

    def seat(question: InBank, seen: set[int]) -> bool:
        fitting = [
            index
            for index, one in enumerate(sections)
            if index not in seen and one.takes(question.kind, question.subject, question.difficulty)
        ]
        for index in fitting:
            if len(holders[index]) < free[index]:
                holders[index][question.key] = question
                return True
        for index in fitting:
            seen.add(index)
            for other in list(holders[index].values()):
                if seat(other, seen):
                    del holders[index][other.key]
                    holders[index][question.key] = question
                    return True
        return False

    places = sum(free)
    for question in bank:
        # Who is seated stays seated; a full paper needs no look at the rest of the bank.
        if places and seat(question, set()):
            places -= 1
    return {key: index for index, held in enumerate(holders) for key in held}


def _rank(seed: str, name: str) -> bytes:
    return hashlib.sha256(f"{seed}|{name}".encode()).digest()
