"""A cell means what is written, or nothing; it is never guessed."""

from datetime import datetime
from decimal import Decimal

import pytest

from lims.core.clock import CHINA
from lims.runs.cells import CellReader, CellStatus, DateOrder, DecimalMark, column_letters, folded

V, E, NF, ND, NA, B, A, F, U = (
    CellStatus.VALUE,
    CellStatus.EMPTY,
    CellStatus.NOT_FOUND,
    CellStatus.NOT_DETECTED,
    CellStatus.NOT_APPLICABLE,
    CellStatus.BELOW,
    CellStatus.ABOVE,
    CellStatus.FLAGGED,
    CellStatus.UNREADABLE,
)


def reader(
    mark: DecimalMark = DecimalMark.POINT, grouping: str | None = None, order: DateOrder = DateOrder.YEAR_MONTH_DAY
) -> CellReader:
    return CellReader(mark, grouping, order, CHINA)


@pytest.mark.parametrize(
    ("text", "status", "number"),
    [
        ("3.601", V, "3.601"),
        ("0", V, "0"),
        ("100.", V, "100"),
        (".11019", V, "0.11019"),
        ("1.27e+000", V, "1.27"),
        ("4.44061e+008", V, "444061000"),
        ("6.48446E-1", V, "0.648446"),
        ("−0.5", V, "-0.5"),
        ("１２．５", V, "12.5"),
        ("", E, None),
        (" ", E, None),
        ("N/F", NF, None),
        ("-----", NF, None),
        ("No Peak", NF, None),
        ("ND", ND, None),
        ("未检出", ND, None),
        ("N/A", NA, None),
        ("NaN", NA, None),
        ("#DIV/0!", NA, None),
        ("<0.000", B, "0"),
        ("< 0.1", B, "0.1"),
        (" < Min", B, None),
        (" > Max", A, None),
        ("OVRFLW", F, None),
        ("OR", F, None),
        ("9,754", U, None),
        ("108,940", U, None),
        ("231 PPM", U, None),
        ("1e9999", U, None),
        ("0x10", U, None),
        ("about 3", U, None),
    ],
)
def test_a_cell_with_a_decimal_point(text: str, status: CellStatus, number: str | None) -> None:
    cell = reader().number(text, 7, 3)

    assert (cell.status, cell.number) == (status, None if number is None else Decimal(number))
    assert (cell.raw, cell.address) == (text, "C7")


@pytest.mark.parametrize(
    ("mark", "grouping", "text", "number"),
    [
        (DecimalMark.COMMA, None, "9,754", "9.754"),
        (DecimalMark.COMMA, None, "100,000", "100.000"),
        (DecimalMark.COMMA, None, "1.234", None),
        (DecimalMark.COMMA, ".", "1.234", "1234"),
        (DecimalMark.COMMA, ".", "1.234,5", "1234.5"),
        (DecimalMark.COMMA, ".", "1.23", None),
        (DecimalMark.POINT, ",", "108,940", "108940"),
        (DecimalMark.POINT, ",", "43,499.77", "43499.77"),
        (DecimalMark.POINT, ",", "9,99", None),
        (DecimalMark.POINT, ",", "1,0000", None),
    ],
)
def test_the_profile_alone_decides_between_decimal_comma_and_grouping(
    mark: DecimalMark, grouping: str | None, text: str, number: str | None
) -> None:
    cell = reader(mark, grouping).number(text, 1, 1)

    assert cell.number == (None if number is None else Decimal(number))
    assert cell.status is (U if number is None else V)


@pytest.mark.parametrize(
    ("order", "text", "expected"),
    [
        (DateOrder.YEAR_MONTH_DAY, "2026/11/23 09:05", datetime(2026, 11, 23, 9, 5, tzinfo=CHINA)),
        (DateOrder.YEAR_MONTH_DAY, "24/10/29 8:00", datetime(2024, 10, 29, 8, 0, tzinfo=CHINA)),
        (DateOrder.MONTH_DAY_YEAR, "4/19/2018 6:37 PM", datetime(2018, 4, 19, 18, 37, tzinfo=CHINA)),
        (DateOrder.MONTH_DAY_YEAR, "4/19/2018 12:37 AM", datetime(2018, 4, 19, 0, 37, tzinfo=CHINA)),
        (DateOrder.MONTH_DAY_YEAR, "1/20/25 17:00", datetime(2025, 1, 20, 17, 0, tzinfo=CHINA)),
        (DateOrder.DAY_MONTH_YEAR, "27.06.2022 11:01", datetime(2022, 6, 27, 11, 1, tzinfo=CHINA)),
        (DateOrder.DAY_MONTH_YEAR, "26/11/2024 3:05 pm", datetime(2024, 11, 26, 15, 5, tzinfo=CHINA)),
        (DateOrder.DAY_MONTH_YEAR, "26/11/2024 13:33 PM", datetime(2024, 11, 26, 13, 33, tzinfo=CHINA)),
        (DateOrder.ROC, "112/5/14 02:05", datetime(2023, 5, 14, 2, 5, tzinfo=CHINA)),
        (DateOrder.DAY_MONTH_YEAR, "2026-11-23T09:05:30", datetime(2026, 11, 23, 9, 5, 30, tzinfo=CHINA)),
        (DateOrder.DAY_MONTH_YEAR, "4/19/2018 6:37 PM", None),
        (DateOrder.YEAR_MONTH_DAY, "yesterday", None),
        (DateOrder.YEAR_MONTH_DAY, "2026/02/30 10:00", None),
    ],
)
def test_a_time_is_read_in_the_profiles_order_and_carries_the_laboratorys_zone(
    order: DateOrder, text: str, expected: datetime | None
) -> None:
    assert reader(order=order).instant(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("13-May-22 10:38:48", datetime(2022, 5, 13, 10, 38, 48, tzinfo=CHINA)),
        ("07-Jan-20", datetime(2020, 1, 7, tzinfo=CHINA)),
        ("2022-May-13", datetime(2022, 5, 13, tzinfo=CHINA)),
        ("May 13, 2022 3:05 pm", datetime(2022, 5, 13, 15, 5, tzinfo=CHINA)),
        ("13-5月-22", datetime(2022, 5, 13, tzinfo=CHINA)),
        ("13-13月-22", None),
        ("31-Jun-22", None),
        ("13-Maj-22", None),
    ],
)
@pytest.mark.parametrize("order", list(DateOrder))
def test_a_month_by_its_name_needs_no_order(text: str, expected: datetime | None, order: DateOrder) -> None:
    assert reader(order=order).instant(text) == expected


def test_a_named_month_between_two_short_numbers_is_doubtful_where_years_come_first() -> None:
    assert reader(order=DateOrder.YEAR_MONTH_DAY).ambiguous("22-May-13")
    assert not reader(order=DateOrder.DAY_MONTH_YEAR).ambiguous("22-May-13")
    assert not reader(order=DateOrder.YEAR_MONTH_DAY).ambiguous("2022-May-13")


def test_only_dates_whose_day_and_month_can_be_exchanged_are_ambiguous() -> None:
    day_first = reader(order=DateOrder.DAY_MONTH_YEAR)

    assert day_first.ambiguous("3/8/23 19:39")
    assert not day_first.ambiguous("27.06.2022 11:01")
    assert not day_first.ambiguous("5/5/2024 10:00")
    assert not reader(order=DateOrder.ROC).ambiguous("112/5/4 10:00")


def test_names_that_look_alike_are_alike() -> None:
    assert folded("Ｑ2026\u2011000012 ") == folded("q2026-000012")
    assert folded("a\u00a0 b\u200b") == "a b"


@pytest.mark.parametrize(("column", "letters"), [(1, "A"), (26, "Z"), (27, "AA"), (52, "AZ"), (703, "AAA")])
def test_columns_are_named_as_in_a_spreadsheet(column: int, letters: str) -> None:
    assert column_letters(column) == letters
