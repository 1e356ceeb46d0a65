"""Tables that are typed or pasted into: rows keep their numbers, faults find their cells, nothing breaks the page."""

import json
import re
from collections.abc import Mapping, Sequence
from html import unescape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from starlette.datastructures import FormData

from lims.core.errors import BadInput
from lims.core.language import Language
from lims.core.reasons import Where, reason
from lims.core.spreadsheets import LONGEST_CELL, Column, ColumnKind, Row
from lims.web.forms import Form
from lims.web.grids import (
    MOST_ROWS,
    CellKind,
    GridColumn,
    GridView,
    grid_columns,
    grid_view,
    read_grid,
    typed_rows,
)
from lims.web.page import environment
from lims.web.rows import orders_of

SHEET = (
    Column("product", ("样品名称", "名称", "Product"), required=True, example="豇豆"),
    Column("programme", ("任务类别", "Programme"), kind=ColumnKind.CHOICE, choices={"例行监测": "routine_check"}),
    Column("sampled_on", ("抽样日期", "Sampled on"), kind=ColumnKind.DAY),
    Column("samplers", ("抽样人员", "Samplers"), kind=ColumnKind.LIST),
    Column("quantity", ("抽样数量", "Quantity")),
)
COLUMNS = grid_columns(SHEET, Language.ENGLISH, {"product": 20}, ["quantity"])
RESULTS = (
    GridColumn("test", "id", hidden=True),
    GridColumn("blind", "Blind code", readonly=True),
    GridColumn("amount", "Amount", CellKind.NUMBER, required=True),
)


def sent(rows: object = None, *, text: str | None = None) -> Form:
    fields = [] if rows is None else [("grid", rows if isinstance(rows, str) else json.dumps(rows))]
    return Form(FormData([*fields, *([] if text is None else [("grid_text", text)])]))


def cells(rows: Sequence[Row]) -> list[tuple[int, Mapping[str, str]]]:
    return [(row.number, dict(row.cells)) for row in rows]


def codes_of(form: Form, columns: Sequence[GridColumn] = COLUMNS) -> list[str]:
    with pytest.raises(BadInput) as refused:
        read_grid(form, columns)
    return [why.code for why in refused.value.reasons]


def shown(view: GridView) -> str:
    source = '{% import "ui/grid.html" as g %}{{ g.problems(view) }}{{ g.grid(view, "Samples") }}'
    return environment(Language.ENGLISH).from_string(source).render(view=view)


def told(page: str) -> Any:
    found = re.search(r'<script type="application/json">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_rows_keep_the_numbers_they_have_in_the_grid() -> None:
    form = sent([{"product": " 豇豆 ", "quantity": ""}, {"product": "", "quantity": " "}, {"product": "韭菜"}])

    assert cells(read_grid(form, COLUMNS)) == [(1, {"product": "豇豆"}), (3, {"product": "韭菜"})]


def test_the_rows_go_on_as_those_of_a_file_do() -> None:
    class Order(BaseModel):
        product: str
        programme: str = ""
        samplers: list[str] = []

    form = sent([{"product": "豇豆", "programme": "routine_check", "samplers": "李明、王芳"}, {"programme": "x"}])
    orders, faults = orders_of(read_grid(form, COLUMNS), SHEET, Order)

    assert [(o.row, o.order.samplers) for o in orders] == [(1, ["李明", "王芳"])]
    assert [(f.where.row, f.where.column) for f in faults] == [(2, "任务类别"), (2, "样品名称")]
    view = grid_view(COLUMNS, Language.ENGLISH, typed_rows(form, COLUMNS), faults)
    assert [p.anchor for p in view.problems] == ["grid-2-programme", "grid-2-product"]
    assert [p.column for p in view.problems] == ["Programme", "Product"]


def test_pasted_text_is_read_by_its_headings_in_any_order() -> None:
    text = '抽样数量\tProduct *\r\n3.0\t豇豆\r\n\r\n\t"韭\n菜"\r\n'

    assert cells(read_grid(sent(text=text), COLUMNS)) == [
        (1, {"quantity": "3.0", "product": "豇豆"}),
        (3, {"product": "韭\n菜"}),
    ]


def test_pasted_text_without_headings_is_read_by_the_order_of_the_columns() -> None:
    assert cells(read_grid(sent(text="豇豆\t例行监测\n\t例行监测"), COLUMNS)) == [
        (1, {"product": "豇豆", "programme": "例行监测"}),
        (2, {"programme": "例行监测"}),
    ]


def test_a_script_counts_before_the_text_that_it_replaced() -> None:
    form = sent([{"product": "豇豆"}], text="样品名称\n韭菜")

    assert cells(read_grid(form, COLUMNS)) == [(1, {"product": "豇豆"})]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("样品名称\t任务类别\t序号\n豇豆\t\t1", ["table.heading_unknown"]),
        ("样品名称\tProduct\n豇豆\t韭菜", ["table.heading_doubled"]),
        ("a\tb\tc\td\te\tf", ["table.cell_astray"]),
        ("样品名称\t任务类别\n\n", ["grid.empty"]),
        (" \t\n\t", ["grid.empty"]),
        ("=1+1\t\n豇豆", ["table.formula"]),
        ('"' + "x" * 200_000, ["grid.unreadable"]),
    ],
)
def test_pasted_text_that_cannot_be_placed_is_refused(text: str, codes: list[str]) -> None:
    assert codes_of(sent(text=text)) == codes


@pytest.mark.parametrize(
    "table",
    [
        "{",
        '{"product": "x"}',
        "[1]",
        '["x"]',
        '[{"product": 1}]',
        '[{"product": null}]',
        '[{"other": "x"}]',
        "[" * 9000,
    ],
)
def test_what_no_page_of_ours_sends_is_refused_and_not_shown(table: str) -> None:
    assert codes_of(sent(table)) == ["grid.unreadable"]
    assert typed_rows(sent(table), COLUMNS) == []


def test_every_fault_is_told_at_its_cell() -> None:
    form = sent([{"product": "=A1", "quantity": "@x"}, {"product": "x" * (LONGEST_CELL + 1)}])
    with pytest.raises(BadInput) as refused:
        read_grid(form, COLUMNS)

    assert [(r.code, r.where.row, r.where.column) for r in refused.value.reasons] == [
        ("table.formula", 1, "Product"),
        ("table.formula", 1, "Quantity"),
        ("table.cell_long", 2, "Product"),
    ]


def test_a_table_has_its_bounds() -> None:
    assert codes_of(sent([])) == ["grid.empty"]
    assert codes_of(sent()) == ["grid.empty"]
    assert codes_of(sent([{"product": "x"}] * (MOST_ROWS + 1))) == ["table.too_long"]
    assert len(read_grid(sent([{"product": "x"}] * MOST_ROWS), COLUMNS)) == MOST_ROWS
    assert len(read_grid(sent([{"product": "x" * LONGEST_CELL}]), COLUMNS)) == 1


def test_a_given_row_is_empty_until_something_is_typed_into_it() -> None:
    given_rows = [{"test": "t1", "blind": "M1", "amount": ""}, {"test": "t2", "blind": "M2", "amount": "0.10"}]

    assert cells(read_grid(sent(given_rows), RESULTS)) == [(2, {"test": "t2", "blind": "M2", "amount": "0.10"})]
    assert codes_of(sent(given_rows[:1]), RESULTS) == ["grid.empty"]


def test_given_rows_come_back_through_the_text_as_well() -> None:
    rows = [{"test": "t1", "blind": "M1"}, {"test": "t2", "blind": "M2"}]
    text = grid_view(RESULTS, Language.ENGLISH, rows, rows_are_fixed=True).text

    assert text == "id\tBlind code\tAmount\nt1\tM1\t\nt2\tM2\t\n"
    filled = text.replace("M2\t", "M2\t0.10")
    assert cells(read_grid(sent(text=filled), RESULTS)) == [(2, {"test": "t2", "blind": "M2", "amount": "0.10"})]


@given(
    st.lists(
        st.fixed_dictionaries(
            {key: st.text(st.characters(exclude_categories=("Cs", "Cc"))) for key in ("test", "blind")}
        ),
        min_size=1,
        max_size=4,
    )
)
def test_what_is_shown_without_a_script_reads_as_what_it_was(rows: list[dict[str, str]]) -> None:
    rows = [{**{key: text.strip() for key, text in row.items()}, "amount": "1"} for row in rows]
    text = grid_view(RESULTS, Language.ENGLISH, rows, rows_are_fixed=True).text

    assert typed_rows(sent(text=text), RESULTS) == rows


def test_columns_are_headed_in_the_language_of_the_reader_and_known_by_all_their_names() -> None:
    chinese = grid_columns(SHEET, Language.CHINESE, {})

    assert [c.heading for c in chinese[:2]] == ["样品名称", "任务类别"]
    assert [c.heading for c in COLUMNS[:2]] == ["Product", "Programme"]
    assert [c.kind for c in COLUMNS] == [CellKind.TEXT, CellKind.CHOICE, CellKind.DAY, CellKind.LIST, CellKind.NUMBER]
    assert chinese[1].options == (("routine_check", "例行监测"),)
    assert COLUMNS[1].options == (("routine_check", "routine check"),)
    assert COLUMNS[1].words == {"例行监测": "routine_check"}
    assert (COLUMNS[0].width, COLUMNS[1].width) == (20, 12)
    assert all(COLUMNS[0].is_meant_by(name) for name in ("名称", " product*", "样 品 名 称"))
    assert not COLUMNS[0].is_meant_by("Programme")


def test_faults_stand_at_their_cell_their_field_or_above_them_all() -> None:
    faults = [
        reason("a", "Bad day.", at=Where(row=2, column="抽样日期")),
        reason("b", "Bad client.", at=Where("client")),
        reason("c", "No such column.", at=Where(row=3, column="Unknown")),
        reason("d", "Nothing at all."),
    ]
    view = grid_view(COLUMNS, Language.ENGLISH, [{"product": "豇豆"}], faults)
    page = shown(view)

    assert [p.anchor for p in view.problems] == ["grid-2-sampled_on", "f-client", "", ""]
    assert told(page)["faults"] == [{"id": "grid-2-sampled_on", "text": "Bad day."}]
    assert '<a href="#grid-2-sampled_on">Row 2, Sampled on: Bad day.</a>' in page
    assert '<a href="#f-client">Bad client.</a>' in page
    assert "<li>Row 3: No such column.</li>" in page
    assert "<li>Nothing at all.</li>" in page


def test_a_fault_of_a_given_cell_names_it_and_leads_nowhere() -> None:
    faults = [reason("a", "Gone.", at=Where(row=1, column=heading)) for heading in ("Blind code", "id", "Amount")]
    view = grid_view(RESULTS, Language.ENGLISH, [{"test": "t1", "blind": "M1"}], faults, rows_are_fixed=True)

    assert [(p.anchor, p.column) for p in view.problems] == [("", "Blind code"), ("", ""), ("grid-1-amount", "Amount")]
    assert "<li>Row 1, Blind code: Gone.</li>" in shown(view)


def test_what_was_typed_never_becomes_part_of_the_page() -> None:
    bad = "</textarea></script><script>alert(1)</script>\"'"
    fault = reason("a", "Not “{text}”.", text=bad, at=Where(row=1, column="Product"))
    page = shown(grid_view(COLUMNS, Language.ENGLISH, [{"product": bad}], [fault]))

    assert page.count("<script") == page.count("</script") == 1
    assert page.count("</textarea>") == 2
    assert told(page)["rows"] == [{"product": bad}]
    assert unescape(re.findall(r"<textarea id.*?>(.*?)</textarea>", page, re.DOTALL)[0]).count("alert(1)") == 1


def test_without_problems_nothing_is_announced() -> None:
    page = shown(grid_view(COLUMNS, Language.ENGLISH))

    assert 'role="alert"' not in page
    assert told(page)["spare"] == 5
    assert "may hold the headings: Product、Programme" in page
