"""What a verifier's eye rests on."""

from decimal import Decimal

import pytest

from lims.results.review import Flag, Foreseen, Looked, flags_of, gravity
from lims.results.rules import ResultOrigin
from lims.science.amounts import Amount, BelowLoq, NotDetected, Quantified
from lims.science.units import UnitCode

D = Decimal
MG_KG = UnitCode.MG_PER_KG
NOTHING = NotDetected(D("0.003"), MG_KG, D("0.01"))
SEEN = BelowLoq(D("0.01"), MG_KG, detected=True)
UNSEEN = BelowLoq(D("0.01"), MG_KG)
FOUND = Quantified(D("0.05"), MG_KG)
RUN, HAND = ResultOrigin.RUN, ResultOrigin.HAND


@pytest.mark.parametrize("amount", [NOTHING, UNSEEN])
def test_nothing_found_by_a_sound_run_is_routine(amount: Amount) -> None:
    assert flags_of(Looked(amount, RUN)) == ()


def test_whatever_was_found_is_looked_at() -> None:
    assert flags_of(Looked(FOUND, RUN)) == (Flag.DETECTED,)
    assert flags_of(Looked(SEEN, RUN)) == (Flag.DETECTED,)


@pytest.mark.parametrize(
    ("total", "flag"),
    [("0.39", None), ("0.40", Flag.NEAR_LIMIT), ("0.50", Flag.NEAR_LIMIT), ("0.51", Flag.ABOVE_LIMIT)],
)
def test_from_four_fifths_of_a_limit_a_content_is_near_it(total: str, flag: Flag | None) -> None:
    foreseen = Foreseen(limit=D("0.5"), total=D(total), exceeds=D(total) > D("0.5"))

    flags = set(flags_of(Looked(Quantified(D(total), MG_KG), RUN, foreseen=foreseen)))

    assert flags == {Flag.DETECTED, *([flag] if flag else [])}


def test_a_banned_substance_counts_when_it_was_seen() -> None:
    banned = Foreseen(banned=True)

    assert Flag.PROHIBITED in flags_of(Looked(SEEN, RUN, foreseen=banned))
    assert Flag.PROHIBITED not in flags_of(Looked(UNSEEN, RUN, foreseen=banned))


@pytest.mark.parametrize(
    ("looked", "flag"),
    [
        (Looked(NOTHING, HAND), Flag.BY_HAND),
        (Looked(NOTHING, RUN, is_correction=True), Flag.CORRECTED),
        (Looked(NOTHING, RUN, was_returned=True), Flag.RETURNED),
        (Looked(NOTHING, RUN, has_own_limits=True), Flag.OWN_LIMITS),
        (Looked(NOTHING, RUN, failed_checks=("blank",)), Flag.QC_FAILED),
        (Looked(NOTHING, RUN, manually_integrated=True), Flag.MANUAL_INTEGRATION),
        (Looked(FOUND, RUN, doubts=1), Flag.DOUBTFUL),
        (Looked(FOUND, RUN, range_status="above_range"), Flag.OUT_OF_RANGE),
    ],
)
def test_whatever_is_not_routine_has_its_flag(looked: Looked, flag: Flag) -> None:
    assert flag in flags_of(looked)


def test_doubts_about_a_peak_that_is_not_reported_say_nothing() -> None:
    assert flags_of(Looked(NOTHING, RUN, doubts=2, range_status="below_range")) == ()


def test_what_speaks_against_a_number_comes_first() -> None:
    grave, warning, plain = [Flag.DETECTED, Flag.ABOVE_LIMIT], [Flag.NEAR_LIMIT], [Flag.DETECTED]

    assert sorted([plain, warning, grave], key=gravity) == [grave, warning, plain]
