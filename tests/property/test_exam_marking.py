"""Marking and drawing for any answers, keys and banks."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from lims.exams.drawing import InBank, draw, shortage
from lims.exams.marking import Key, marks_for
from lims.exams.rules import LETTERS, Difficulty, PartialCredit, QuestionKind, Section

LETTER_SETS = st.sets(st.sampled_from(LETTERS), min_size=1).map(sorted)
MARKS = st.decimals("0.5", "20", places=1)
RULES = st.sampled_from(PartialCredit)


@given(LETTER_SETS, LETTER_SETS, MARKS, RULES)
def test_a_choice_is_worth_between_nothing_and_everything(
    right: list[str], chosen: list[str], full: Decimal, rule: PartialCredit
) -> None:
    marks = marks_for(Key(QuestionKind.MULTIPLE, tuple(right)), chosen, full, rule)
    assert 0 <= marks <= full
    assert (marks == full) == (chosen == right)
    if not set(chosen) <= set(right):
        assert marks == 0
    assert marks_for(Key(QuestionKind.MULTIPLE, tuple(right)), chosen[::-1], full, rule) == marks


@given(LETTER_SETS.filter(lambda one: len(one) > 1), MARKS, RULES)
def test_another_right_option_never_costs_anything(right: list[str], full: Decimal, rule: PartialCredit) -> None:
    key = Key(QuestionKind.MULTIPLE, tuple(right))
    marks = [marks_for(key, right[:count], full, rule) for count in range(len(right) + 1)]
    assert marks == sorted(marks)


@given(st.decimals("-1000", "1000", places=3), st.decimals("0", "10", places=3), st.decimals("-20", "20", places=4))
def test_a_number_counts_exactly_within_its_tolerance(answer: Decimal, tolerance: Decimal, off: Decimal) -> None:
    key = Key(QuestionKind.NUMERIC, (format(answer, "f"),), tolerance)
    marks = marks_for(key, [format(answer + off, "f")], Decimal(2), PartialCredit.NOTHING)
    assert (marks == 2) == (abs(off) <= tolerance)


SUBJECTS = ("抽样", "标准", "质控")
HARD = st.sampled_from(Difficulty)
BANKS = st.lists(st.tuples(st.sampled_from(SUBJECTS), HARD), max_size=25).map(
    lambda found: [
        InBank(f"Q{place}", QuestionKind.SINGLE, subject, difficulty, 4)
        for place, (subject, difficulty) in enumerate(found)
    ]
)
SECTIONS = st.lists(
    st.builds(
        Section,
        st.just(QuestionKind.SINGLE),
        st.integers(1, 4),
        st.just(Decimal(2)),
        st.none() | st.sampled_from(SUBJECTS),
        st.none() | HARD,
    ),
    min_size=1,
    max_size=5,
)


@given(BANKS, SECTIONS, st.text(max_size=8))
def test_a_paper_is_drawn_whenever_the_bank_suffices(bank: list[InBank], sections: list[Section], seed: str) -> None:
    if shortage(sections, bank):
        return
    drawn = draw(seed, sections, bank)
    assert len({one.key for _, one in drawn}) == len(drawn) == sum(one.count for one in sections)
    for place, section in enumerate(sections):
        held = [one for at, one in drawn if at == place]
        assert len(held) == section.count
        assert all(section.takes(one.kind, one.subject, one.difficulty) for one in held)
