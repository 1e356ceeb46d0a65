"""Figures: what counts, what is compared, what is shown."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from lims.core.errors import BadInput
from lims.indicators.figures import Frame, Goal, Goals, Residents, by_calendar, row
from lims.indicators.rules import MONITORING, Period, Tally, forecast, is_reached, quota, shown
from lims.samples.rules import Programme

YEAR = Period.parse("2026")
GOALS = Goals(Goal("T01", ">=", Decimal(98)), Goal("T02", ">=", Decimal("1.5")))
FRAME = Frame(YEAR, GOALS, date(2026, 11, 23))


@pytest.mark.parametrize(
    ("conforming", "judged", "printed"),
    [
        # The notice of Guizhou for September 2020: categories with their rates to one decimal.
        (6731, 6736, "99.9"),
        (3278, 3281, "99.9"),
        (989, 990, "99.9"),
        (167, 168, "99.4"),
        (417, 417, "100.0"),
        # One decimal would print 100.0 although one failed.
        (6735, 6736, "99.98"),
        (99_999, 100_000, "99.99"),
        # One decimal would print the target although it is not reached: 97.96 % and 97.999 %.
        (2449, 2500, "97.96"),
        (97_999, 100_000, "97.99"),
        (98, 100, "98.0"),
        (0, 7, "0.0"),
        # More than nothing is not shown as nothing.
        (1, 3_000, "0.03"),
    ],
)
def test_a_rate_is_never_printed_as_what_it_has_not_reached(conforming: int, judged: int, printed: str) -> None:
    assert shown(Fraction(100 * conforming, judged), 1, (100, Decimal(98))) == printed


def test_a_target_is_judged_on_the_unrounded_rate() -> None:
    short = row(FRAME, "", "", Tally(conforming=2449, failing=51)).pass_rate
    just = row(FRAME, "", "", Tally(conforming=98, failing=2)).pass_rate

    assert (short.shown, short.reached, short.gap) == ("97.96", False, "-0.04")
    assert (just.shown, just.reached, just.gap) == ("98.0", True, "0.0")


@pytest.mark.parametrize(
    ("comparison", "value", "reached"),
    [(">=", 98, True), (">", 98, False), ("=", 98, True), ("<=", 97, True), ("<", 98, False), ("≥", 97, False)],
)
def test_every_comparison_of_a_plan_is_understood(comparison: str, value: int, reached: bool) -> None:
    assert is_reached(Fraction(value), comparison, Decimal(98)) is reached


@pytest.mark.parametrize(
    ("residents", "batches"),
    [
        (38_562_148, 57_844),  # the province: 57 843.2
        (761_491, 1_143),  # 播州区: 1142.2
        (2_000, 3),  # exact: nothing is added
    ],
)
def test_a_quota_is_rounded_up(residents: int, batches: int) -> None:
    assert quota(Decimal("1.5"), residents) == batches


def test_batches_that_were_not_judged_count_as_drawn_but_in_no_rate() -> None:
    figures = row(FRAME, "", "", Tally(3, 1, 6, 5, accepted=10), Residents(10_000, 2020))

    assert (figures.tally.judged, figures.tally.batches, figures.pass_rate.shown) == (4, 10, "75.0")
    assert figures.density is not None
    assert (figures.density.figure.shown, figures.density.quota, figures.density.missing) == ("1.00", 15, 5)
    assert (figures.density.figure.reached, figures.density.figure.gap) == (False, "-0.50")


def test_without_judged_batches_there_is_no_rate_and_no_verdict_on_the_target() -> None:
    rate = row(FRAME, "", "", Tally(not_judged=3)).pass_rate

    assert (rate.shown, rate.reached, rate.target) == (None, None, Decimal(98))


def test_without_a_target_a_figure_stands_alone() -> None:
    rate = row(Frame(YEAR, Goals(), date(2026, 11, 23)), "", "", Tally(1, 0)).pass_rate

    assert (rate.shown, rate.target, rate.reached, rate.gap) == ("100.0", None, None, None)


def test_the_batches_per_thousand_stop_short_of_a_target_that_is_missed() -> None:
    figure = row(FRAME, "", "", Tally(accepted=57_843), Residents(38_562_148, 2020)).density

    assert figure is not None
    assert (figure.figure.shown, figure.figure.reached, figure.missing) == ("1.499", False, 1)


@pytest.mark.parametrize(
    ("text", "first", "last", "label"),
    [
        ("2026", date(2026, 1, 1), date(2026, 12, 31), "2026"),
        ("2026-Q1", date(2026, 1, 1), date(2026, 3, 31), "2026-Q1"),
        ("2026q4", date(2026, 10, 1), date(2026, 12, 31), "2026-Q4"),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), "2024-02"),
    ],
)
def test_a_period_is_read_by_its_name(text: str, first: date, last: date, label: str) -> None:
    assert Period.parse(text) == Period(first, last, label)


@pytest.mark.parametrize("text", ["", "26", "2026-13", "2026-Q5", "2026-1", "last month", "２０２６", "2026-11-01"])
def test_anything_else_is_no_period(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        Period.parse(text)

    assert [r.code for r in refused.value.reasons] == ["period.unreadable"]


def test_months_run_on_from_january() -> None:
    months = {1: Tally(accepted=4), 5: Tally(conforming=2, accepted=2), 6: Tally(failing=1, accepted=1)}

    rows = by_calendar(months, Period.parse("2026-Q2"), 1)

    assert [(p.label, t.judged, t.accepted) for p, t in rows] == [
        ("2026-04", 0, 4),
        ("2026-05", 2, 6),
        ("2026-06", 1, 7),
    ]


def test_quarters_add_up_their_months() -> None:
    months = {1: Tally(conforming=4, accepted=4), 3: Tally(conforming=2, accepted=2), 4: Tally(failing=1, accepted=1)}

    rows = by_calendar(months, YEAR, 3)

    assert [(p.label, t.judged, t.accepted) for p, t in rows] == [
        ("2026-Q1", 6, 6),
        ("2026-Q2", 1, 7),
        ("2026-Q3", 0, 7),
        ("2026-Q4", 0, 7),
    ]


def test_a_forecast_goes_on_at_the_present_pace_in_the_current_year_only() -> None:
    assert forecast(100, YEAR, date(2026, 7, 2)) == 100 * 365 // 183
    assert forecast(100, Period.parse("2025"), date(2026, 7, 2)) is None
    assert forecast(0, YEAR, date(2026, 7, 2)) is None


def test_commissioned_samples_and_retests_are_no_monitoring() -> None:
    assert set(Programme) - MONITORING == {Programme.COMMISSIONED, Programme.RETEST}
