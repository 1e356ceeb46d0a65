"""Reading handed-in tables: nothing is guessed, every fault has its row and column."""

import io
import zipfile
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from lims.core.errors import BadInput
from lims.core.reasons import Reason
from lims.core.spreadsheets import (
    Column,
    ColumnKind,
    Row,
    cell_value,
    parse_day,
    read_table,
    template_workbook,
)
from lims.core.workbooks import MOST_ROWS

COLUMNS = (
    Column("name", ("名称", "Name"), required=True),
    Column("amount", ("数量", "Amount")),
    Column("drawn_on", ("日期", "Day"), kind=ColumnKind.DAY),
)


def a_workbook(*rows: list[object]) -> bytes:
    book = Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def test_headings_are_chinese_or_english_in_any_order_and_empty_rows_are_passed_over() -> None:
    rows = read_table("Amount, 名称 \n1.50,豇豆\n\n , \n2,韭菜\n".encode(), COLUMNS)

    assert [(r.number, dict(r.cells)) for r in rows] == [
        (2, {"amount": "1.50", "name": "豇豆"}),
        (5, {"amount": "2", "name": "韭菜"}),
    ]


def test_a_workbook_gives_stored_values_and_its_numbers_as_typed() -> None:
    content = a_workbook(
        ["名称", "数量", "日期"],
        ["豇豆", 2, date(2026, 11, 20)],
        ["韭菜", 0.1, datetime(2026, 11, 20)],  # noqa: DTZ001 -- a workbook knows no zones
    )

    rows = read_table(content, COLUMNS)

    assert [dict(r.cells) for r in rows] == [
        {"name": "豇豆", "amount": "2", "drawn_on": "2026-11-20"},
        {"name": "韭菜", "amount": "0.1", "drawn_on": "2026-11-20"},
    ]


@pytest.mark.parametrize(
    ("content", "code", "row", "column"),
    [
        (b"", "table.empty", None, None),
        ("名称\n".encode(), "table.no_rows", None, None),
        ("数量\n1\n".encode(), "table.heading_missing", 1, "名称"),
        ("名称,数目\n豇豆,1\n".encode(), "table.heading_unknown", 1, "数目"),
        ("名称,Name\n豇豆,1\n".encode(), "table.heading_doubled", 1, "名称"),
        ("名称\n豇豆,1\n".encode(), "table.cell_astray", 2, None),
        ("名称,数量\n=1+1,1\n".encode(), "table.formula", 2, "名称"),
        ("名称,数量\n豇豆,@SUM(A1)\n".encode(), "table.formula", 2, "数量"),
        (("名称\n" + "豇" * 2001 + "\n").encode(), "table.cell_long", 2, "名称"),
        ('名称\n"豇豆\n'.encode(), "table.not_csv", None, None),
        ("名称\n豇豆\n".encode("gb18030"), "table.encoding", None, None),
        ("名称\n豇豆\n".encode("utf-16"), "table.binary", None, None),
        (b"PK\x03\x04 but no archive", "table.not_workbook", None, None),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "table.not_workbook", None, None),
        (("名称\n" + "豇豆\n" * (MOST_ROWS + 1)).encode(), "table.too_long", None, None),
        (("名称" + "," * 10 + "\n豇豆" + ",x" * 101 + "\n").encode(), "table.too_large", None, None),
    ],
)
def test_an_unreadable_table_says_what_is_wrong_and_where(
    content: bytes, code: str, row: int | None, column: str | None
) -> None:
    with pytest.raises(BadInput) as refused:
        read_table(content, COLUMNS)

    found = refused.value.reasons[0]
    assert (found.code, found.where.row, found.where.column) == (code, row, column)


def test_gb18030_is_read_when_it_is_stated() -> None:
    rows = read_table("名称\n豇豆\n".encode("gb18030"), COLUMNS, encoding="gb18030")

    assert rows[0].cells["name"] == "豇豆"


def test_a_byte_order_mark_is_no_part_of_the_first_heading() -> None:
    assert read_table("名称\n豇豆\n".encode("utf-8-sig"), COLUMNS)[0].cells["name"] == "豇豆"


def test_an_archive_that_unpacks_to_too_much_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 2_000_000)
    monkeypatch.setattr("lims.core.workbooks.LARGEST_UNPACKED", 1_000_000)

    with pytest.raises(BadInput) as refused:
        read_table(packed.getvalue(), COLUMNS)

    assert refused.value.reasons[0].code == "table.too_large"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-03", date(2026, 11, 3)),
        ("2026/11/3", date(2026, 11, 3)),
        ("2026.11.03", date(2026, 11, 3)),
        ("2026年11月3日", date(2026, 11, 3)),
        ("03/11/2026", None),  # which is the month?
        ("2026-02-30", None),
        ("20261103", None),
        ("46328", None),  # a workbook's day number that lost its format
    ],
)
def test_a_day_is_written_year_first(text: str, day: date | None) -> None:
    assert parse_day(text) == day


def test_a_choice_is_one_of_its_words_or_values() -> None:
    column = Column("kind", ("类别",), kind=ColumnKind.CHOICE, choices={"例行监测": "routine"})

    assert cell_value("例行监测", column, 2, []) == "routine"
    assert cell_value("routine", column, 2, []) == "routine"
    faults: list[Reason] = []
    cell_value("例行", column, 7, faults)
    assert [(f.code, f.where.row, f.where.column) for f in faults] == [("cell.choice", 7, "类别")]
    assert "例行监测" in faults[0].text


def test_the_template_can_be_filled_in_and_read_back() -> None:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(template_workbook("抽样单", COLUMNS)))
    book["抽样单"].append(["豇豆", "3.0", "2026-11-20"])
    filled = io.BytesIO()
    book.save(filled)

    rows = read_table(filled.getvalue(), COLUMNS)

    assert dict(rows[0].cells) == {"name": "豇豆", "amount": "3.0", "drawn_on": "2026-11-20"}


def test_one_cell_in_a_far_corner_of_a_workbook_is_refused_and_breaks_nothing() -> None:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([column.headings[0] for column in COLUMNS])
    sheet.cell(1_048_576, 16_384, "x")
    hostile = io.BytesIO()
    book.save(hostile)

    with pytest.raises(BadInput) as refused:
        read_table(hostile.getvalue(), COLUMNS)

    assert [r.code for r in refused.value.reasons] == ["table.too_large"]


@given(st.binary(max_size=300) | st.binary(max_size=300).map(lambda content: b"PK\x03\x04" + content))
def test_any_bytes_are_a_table_or_a_clear_refusal(content: bytes) -> None:
    rows, reasons = _read(content)

    assert bool(rows) is not bool(reasons)


def _read(content: bytes) -> tuple[list[Row], tuple[Reason, ...]]:
    try:
        return read_table(content, COLUMNS), ()
    except BadInput as refused:
        return [], refused.reasons
