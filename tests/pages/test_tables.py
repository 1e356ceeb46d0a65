"""Lists through the front door: limited, sorted, paged, chosen from, kept, exported; and hostile addresses."""

import html
import io
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from time import process_time
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from openpyxl import load_workbook

from lims.runtime import Lims
from lims.samples.rules import Programme, SampleStatus
from lims.web import table_page as answering
from lims.web.table_cells import Piece
from lims.web.table_view import ShownCell, ShownRow
from tests.concurrency.at_once import audit_findings
from tests.factories import Cast
from tests.pages.conftest import Browser, text_of
from tests.pages.sample_list import PATH, a_row, insert, router
from tests.statements import counted

Open = Callable[..., Browser]
#: 豇豆 is in every row; what differs is told by the last digits of the number.
NUMBER = re.compile(r"Q2026-0*(\d+)</a>")


@pytest.fixture
def browser(browse: Callable[..., Browser]) -> Open:
    """A browser of an application that has the list of samples of these tests."""

    def signed_in(actor: Any, language: str = "zh") -> Browser:
        found = browse(actor, language)
        app: Any = found.client.app
        if all(getattr(route, "path", "") != PATH for route in app.routes):
            app.include_router(router, include_in_schema=False)
        return found

    return signed_in


def numbers(answer: Any) -> list[int]:
    """The rows of a list, by the number of their sample."""
    assert answer.status_code == 200, text_of(answer)
    return [int(found) for found in NUMBER.findall(answer.text)]


def address(**query: Any) -> str:
    return f"{PATH}?{urlencode(query, doseq=True)}"


@pytest.fixture
def ann(browser: Open, cast: Cast, lims: Lims) -> Browser:
    """Ann's browser; her laboratory has five samples."""
    rows: list[dict[str, Any]] = [
        {"quantity": Decimal("10.0"), "status": SampleStatus.REPORTED},
        {"quantity": Decimal("9"), "product_name": "100%_甘蓝", "sampled_on": date(2026, 11, 1)},
        {
            "quantity": Decimal("0.10"),
            "status": SampleStatus.RECEIVED,
            "received_at": datetime(2026, 11, 23, tzinfo=UTC),
        },
        {"client": "Ma's <b>farm</b>", "programme": Programme.SURVEY, "status": SampleStatus.TESTED},
        # half past midnight in China on the 22nd
        {"registered_at": datetime(2026, 11, 21, 16, 30, tzinfo=UTC), "remark": "=1+1"},
    ]
    insert(lims, cast.ann, [a_row(number, cast.ann, **row) for number, row in enumerate(rows, start=1)])
    insert(lims, cast.eve, [a_row(6, cast.eve, status=SampleStatus.REPORTED)])
    return browser(cast.ann)


@pytest.mark.both_databases
def test_a_list_shows_the_own_laboratory_in_its_own_order(ann: Browser) -> None:
    page = ann.get(PATH)

    assert numbers(page) == [1, 2, 3, 4, 5]
    assert "第1–5条，共5条" in text_of(page)
    assert "Q2026-000006" not in page.text
    assert 'href="/samples/Q2026-000001"' in page.text


FILTERED: list[tuple[dict[str, Any], list[int]]] = [
    ({"product": "甘蓝"}, [2]),
    ({"product": "%_"}, [2]),  # characters like others
    ({"product": "蔬菜 豇豆"}, [1, 2, 3, 4, 5]),  # each word in one of the columns
    ({"product": "甘蓝 萝卜"}, []),
    ({"status": ["received", "tested"]}, [3, 4]),
    ({"programme": "survey"}, [4]),
    ({"client": "Ma's <b>farm</b>"}, [4]),
    ({"sampled_until": "2026-11-19"}, [2]),
    ({"sampled_from": "2026-11-20", "sampled_until": "2026-11-20"}, [1, 3, 4, 5]),
    ({"registered_until": "2026-11-21"}, []),
    ({"registered_from": "2026-11-22", "registered_until": "2026-11-22"}, [5]),
    ({"quantity_from": "9"}, [1, 2]),  # by size, though decimals are kept as texts
    ({"quantity_until": "0.1"}, [3]),
    ({"received": "yes"}, [3]),
    ({"received": "no", "status": "tested"}, [4]),
    ({"q": "MA'S"}, [4]),
    ({"q": "000002"}, [2]),
    ({"q": "_"}, []),
]
SORTED = [
    ("number", [1, 2, 3, 4, 5]),
    ("-number", [5, 4, 3, 2, 1]),
    ("quantity", [3, 4, 5, 2, 1]),
    ("-quantity", [1, 2, 4, 5, 3]),
    ("status", [2, 5, 3, 4, 1]),  # registered, received, tested, reported: as a sample goes
    ("received", [3, 1, 2, 4, 5]),  # what is unknown comes last, both ways
    ("-received", [3, 1, 2, 4, 5]),
]


@pytest.mark.both_databases
def test_every_filter_lets_through_what_it_says(ann: Browser) -> None:
    for query, found in FILTERED:
        assert numbers(ann.get(address(**query))) == found, query


@pytest.mark.both_databases
def test_a_choice_may_be_the_id_of_something_else(ann: Browser, cast: Cast) -> None:
    assert numbers(ann.get(address(laboratory=cast.ann.laboratory_id))) == [1, 2, 3, 4, 5]
    assert numbers(ann.get(address(laboratory=cast.eve.laboratory_id))) == []


@pytest.mark.both_databases
def test_a_head_sorts_both_ways(ann: Browser) -> None:
    for sort, found in SORTED:
        assert numbers(ann.get(address(sort=sort))) == found, sort


def test_a_head_says_how_it_sorts_and_leads_to_the_other_way(ann: Browser) -> None:
    page = ann.get(address(sort="number", status="tested"))

    assert 'aria-sort="ascending"' in page.text
    assert html.escape(address(status="tested", sort="-number")) in page.text


WRONG = [
    "sort=;drop table sample&sort=nothing",
    "sort=remark",  # there is such a column, but it does not sort
    "page=0", "page=-1", "page=99999999999999999999999", "page=999999999", "page=²", "page=1e3",
    "size=100000", "size=-1", "size=x",
    "sampled_from=2026-02-30", "sampled_from=yesterday", "registered_until=9999-12-31", "registered_from=0001-01-01",
    "quantity_from=NaN", "quantity_until=1e400", "quantity_from=--1", "quantity_until=" + "9" * 500,
    "status=unknown&status=", "client=nobody", "received=perhaps",
    "columns=nothing", "columns=,,,", "columns=",
    "view=1", "view=00000000-0000-0000-0000-000000000000",
    "%00=%00&q=%00", "product=%00%08",
    "export=pdf", "&".join(f"x{n}=1" for n in range(300)),
]  # fmt: skip
TEXTS = ["'; DROP TABLE sample; --", "\\", "%%%", "\x00a\x00", "𝕏" * 500, "a " * 400, "\u202e", "\udcff"]


@pytest.mark.both_databases
def test_what_an_address_says_wrongly_is_passed_over(ann: Browser) -> None:
    for query in WRONG:
        assert numbers(ann.get(f"{PATH}?{query}")) == [1, 2, 3, 4, 5], query


@pytest.mark.both_databases
def test_whatever_is_searched_for_is_a_text(ann: Browser) -> None:
    for text in TEXTS:
        for name in ("q", "product"):
            query = urlencode({name: text}, errors="surrogateescape")
            assert ann.get(f"{PATH}?{query}").status_code == 200, text
    assert numbers(ann.get(PATH)) == [1, 2, 3, 4, 5]


def test_what_people_wrote_is_text_on_the_page(ann: Browser) -> None:
    page = ann.get(address(q="<script>alert(1)</script>", product='"><img src=x>'))
    rows = ann.get(PATH)

    assert "<script>alert" not in page.text
    assert "<img src=x" not in page.text
    assert "Ma&#39;s &lt;b&gt;farm&lt;/b&gt;" in rows.text


def test_what_belongs_to_the_page_around_the_list_stays_in_its_addresses(ann: Browser) -> None:
    page = ann.get(address(edition="2026", status="tested", sort="number"))

    assert html.escape(address(status="tested", edition="2026", sort="-number")) in page.text
    assert '<input type="hidden" form="filters-try-samples" name="edition" value="2026">' in page.text


def test_the_words_are_those_of_the_reader(ann: Browser, browser: Open, cast: Cast) -> None:
    chinese, english = text_of(ann.get(PATH)), text_of(browser(cast.ann, "en").get(PATH))

    assert "1–5 of 5" in english
    assert "reported" in english
    assert "导出Excel" in chinese
    assert "Export" not in chinese


def test_htmx_gets_the_part_and_the_address_that_can_be_shared(ann: Browser) -> None:
    part = ann.part(f"{PATH}?q=&product=&status=tested&page=1&size=50")

    assert numbers(part) == [4]
    assert "<html" not in part.text
    assert part.text.lstrip().startswith('<div id="table-try-samples"')
    assert part.headers["hx-push-url"] == f"{PATH}?status=tested"


# ── pages of a long list ────────────────────────────────────────────────────────────────────────────


def test_a_long_list_is_paged(browser: Open, cast: Cast, lims: Lims) -> None:
    insert(lims, cast.ann, [a_row(number, cast.ann) for number in range(1, 121)])
    ann = browser(cast.ann)

    first, last = ann.get(PATH), ann.get(address(page=3))
    beyond, larger = ann.get(address(page=77)), ann.get(address(size=200))

    assert numbers(first) == list(range(1, 51))
    assert "第1–50条，共120条" in text_of(first)
    assert html.escape(address(page=2)) in first.text
    assert numbers(last) == list(range(101, 121))
    assert numbers(beyond) == list(range(101, 121))
    assert numbers(larger) == list(range(1, 121))


def test_ten_thousand_rows_take_a_few_statements_and_little_time(browser: Open, cast: Cast, lims: Lims) -> None:
    for begin in range(0, 10_000, 2_000):
        insert(lims, cast.ann, [a_row(number, cast.ann) for number in range(begin, begin + 2_000)])
    ann = browser(cast.ann)
    ann.get(PATH)

    with counted(lims.engine) as statements:
        begun = process_time()
        page = ann.get(address(q="豇 Q2026", status="registered", sort="-product", page=40))
        took = process_time() - begun

    assert "共0条" not in text_of(page)
    assert page.status_code == 200
    # two for the choices of filters, one each for the saved views, the count and the page
    assert len(statements) <= 5
    assert took < 1  # a fault of a kind (a query for each row, all rows fetched) takes far longer


# ── nothing to show ─────────────────────────────────────────────────────────────────────────────────


def test_an_empty_list_says_what_to_do(browser: Open, cast: Cast) -> None:
    ann, vic = browser(cast.ann).get(PATH), browser(cast.vic).get(PATH)

    assert 'href="/samples/new"' in ann.text
    assert 'href="/samples/new"' not in vic.text  # he may not register
    assert "export=xlsx" not in ann.text


def test_filters_that_let_nothing_through_can_be_cleared(ann: Browser) -> None:
    page = ann.get(address(product="萝卜", sort="number"))

    assert "没有符合筛选条件的记录" in text_of(page)
    assert html.escape(address(sort="number", view="-")) in page.text


# ── chosen rows ─────────────────────────────────────────────────────────────────────────────────────


def test_acts_are_shown_to_those_who_may_and_boxes_send_the_keys(ann: Browser, browser: Open, cast: Cast) -> None:
    anns, cais = ann.get(PATH), browser(cast.cai).get(PATH)

    assert 'formaction="/try/samples/print"' in anns.text
    assert 'formaction="/try/samples/judge"' not in anns.text
    assert 'formaction="/try/samples/judge"' in cais.text
    assert 'name="chosen" value="Q2026-000003"' in anns.text


def test_an_act_gets_the_chosen_rows_once_and_comes_back_to_the_list(ann: Browser) -> None:
    listed = address(status="tested")
    done = ann.post(f"{PATH}/print", {"chosen": ["Q2026-000004", "Q2026-000005", "Q2026-000004"], "next": listed})

    assert done.headers["location"] == listed
    assert "Q2026-000004,Q2026-000005" in text_of(ann.follow(done))


def test_an_act_without_a_choice_is_refused(ann: Browser) -> None:
    refused = ann.post(f"{PATH}/print", {"next": PATH})

    assert refused.status_code == 422
    assert "请先至少选择一行" in text_of(refused)


# ── saved views and columns ─────────────────────────────────────────────────────────────────────────


def saved(browser: Browser, name: str, query: str, **more: str) -> Any:
    return browser.post("/views/try-samples", {"name": name, "query": query, "next": PATH, **more})


def query_of(answer: Any) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


@pytest.mark.both_databases
def test_a_view_is_saved_chosen_overwritten_and_deleted(ann: Browser, lims: Lims) -> None:
    kept = saved(ann, "待办", "status=tested&sort=-number&columns=number,client")
    page = ann.follow(kept)
    view_id = query_of(kept)["view"]

    assert numbers(page) == [4]
    assert "视图“待办”已保存" in text_of(page)
    assert "视图: 待办" in text_of(page)
    assert "sort-try-samples-client" in text_of_head(page)
    assert "sort-try-samples-product" not in text_of_head(page)

    again = saved(ann, "待办", "status=received")
    assert query_of(again)["view"] == view_id
    assert numbers(ann.follow(again)) == [3]
    assert "（已改动）" in text_of(ann.get(address(status="tested", view=view_id)))

    gone = ann.post(f"/views/try-samples/{view_id}/delete", {"query": "status=received", "next": PATH})
    page = ann.follow(gone)
    assert numbers(page) == [3]
    assert "待办" not in text_of(page)
    assert audit_findings(lims) == []


def test_one_view_may_be_how_the_list_opens(ann: Browser) -> None:
    saved(ann, "first", "status=tested", is_default="true")
    saved(ann, "second", "status=received", is_default="true")

    assert numbers(ann.get(PATH)) == [3]
    assert numbers(ann.get(f"{PATH}?edition=2026")) == [3]  # what belongs to the page asks for nothing of the list
    assert numbers(ann.get(address(view="-"))) == [1, 2, 3, 4, 5]
    assert numbers(ann.get(address(product="甘蓝"))) == [2]
    assert ann.get(PATH).text.count("默认</span>") == 1


def test_views_are_a_persons_own(ann: Browser, browser: Open, cast: Cast) -> None:
    view_id = query_of(saved(ann, "Ann's", "status=tested", is_default="true"))["view"]
    bea = browser(cast.bea)

    assert numbers(bea.get(PATH)) == [1, 2, 3, 4, 5]
    assert "Ann" not in bea.get(address(view=view_id)).text.split("<main")[1]
    assert bea.post(f"/views/try-samples/{view_id}/delete", {"next": PATH}).status_code == 404
    assert numbers(ann.get(PATH)) == [4]


@pytest.mark.parametrize(
    "wrong",
    [{"name": ""}, {"name": "x" * 61}, {"name": "a\nb"}, {"name": "a\x00b"}, {"query": "q=" + "x" * 5000}],
)
def test_a_view_that_cannot_be_kept_is_refused(ann: Browser, wrong: dict[str, str]) -> None:
    refused = ann.post("/views/try-samples", {"name": "v", "query": "q=1", "next": PATH, **wrong})

    assert refused.status_code == 422
    assert 'class="view-line"' not in ann.get(PATH).text


def test_there_is_an_end_to_views(ann: Browser) -> None:
    for number in range(50):
        assert saved(ann, f"view {number}", "").status_code == 303

    assert saved(ann, "one more", "").status_code == 422
    assert saved(ann, "view 7", "status=tested").status_code == 303


def test_a_forged_form_saves_nothing(ann: Browser) -> None:
    view_id = query_of(saved(ann, "mine", "status=tested"))["view"]

    for path in ("/views/try-samples", "/views/try-samples/columns", f"/views/try-samples/{view_id}/delete"):
        assert ann.forge(path, {"name": "forged", "column": "number", "next": PATH}).status_code == 403
    assert "mine" in ann.get(PATH).text
    assert "forged" not in ann.get(PATH).text


def test_saving_never_leads_to_another_host_nor_out_of_the_header(ann: Browser) -> None:
    for target in ("https://evil.example/", "//evil.example", "/\\evil", "/a\r\nSet-Cookie: x=1"):
        kept = saved(ann, "v", "q=1\r\nSet-Cookie: y=1", next=target)
        assert kept.headers["location"].startswith("/?")
        assert "\n" not in kept.headers["location"]


def test_columns_are_chosen_and_remembered(ann: Browser, browser: Open, cast: Cast) -> None:
    chosen = ann.post(
        "/views/try-samples/columns", {"column": ["client", "remark"], "query": "status=tested", "next": PATH}
    )
    page, later = ann.follow(chosen), ann.get(PATH)

    for shown in (page, later):
        head = text_of_head(shown)
        assert "sort-try-samples-number" in head  # the way to a row is always there
        assert "sort-try-samples-client" in head
        assert "sort-try-samples-quantity" not in head
    assert numbers(page) == [4]
    assert numbers(later) == [1, 2, 3, 4, 5]
    assert "sort-try-samples-quantity" in text_of_head(browser(cast.bea).get(PATH))
    assert ann.post("/views/try-samples/columns", {"next": PATH}).status_code == 422


def text_of_head(answer: Any) -> str:
    head: str = answer.text.split("<thead>")[1].split("</thead>")[0]
    return head


# ── workbooks ───────────────────────────────────────────────────────────────────────────────────────


def lines(answer: Any) -> list[tuple[Any, ...]]:
    """The rows of an exported workbook."""
    assert answer.status_code == 200, text_of(answer)
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    return [tuple(cell.value for cell in row) for row in sheet.iter_rows()]


@pytest.mark.both_databases
def test_the_whole_filtered_list_is_exported_as_values(browser: Open, cast: Cast, lims: Lims) -> None:
    insert(lims, cast.ann, [a_row(n, cast.ann, quantity=Decimal("0.10")) for n in range(1, 701)])
    insert(lims, cast.ann, [a_row(n, cast.ann, status=SampleStatus.TESTED) for n in range(701, 711)])

    answer = browser(cast.ann).get(address(status="registered", export="xlsx", page=3, sort="-number"))
    found = lines(answer)

    assert answer.headers["content-disposition"] == 'attachment; filename="try-samples-2026-11-23.xlsx"'
    assert len(found) == 701
    assert found[1][:2] == ("Q2026-000700", "已登记")
    assert (found[1][3], found[1][4]) == (0.1, datetime(2026, 11, 20))  # noqa: DTZ001 -- a day, as the library reads it
    cell = load_workbook(io.BytesIO(answer.content)).worksheets[0]["D2"]
    assert (cell.data_type, cell.number_format) == ("n", "0.00")


DANGEROUS = [
    '=HYPERLINK("http://evil")',
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "=cmd|' /C calc'!A0",
    "#N/A",
    "a\x0bb",
]


def test_no_text_becomes_a_formula(browser: Open, cast: Cast, lims: Lims) -> None:
    insert(lims, cast.ann, [a_row(n, cast.ann, remark=text) for n, text in enumerate(DANGEROUS)])

    answer = browser(cast.ann).get(address(export="xlsx", columns="number,remark"))
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    cells = [row[1] for row in sheet.iter_rows(min_row=2)]

    assert [cell.data_type for cell in cells] == ["s"] * len(DANGEROUS)
    assert [str(cell.value).strip() for cell in cells] == [text.replace("\x0b", "").strip() for text in DANGEROUS]
    assert [bool(cell.quotePrefix) for cell in cells] == [True] * 7 + [False, False]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        written = [book.read(name).decode() for name in book.namelist() if name.endswith("sheet1.xml")]
    assert len(written) == 1
    assert "<f>" not in written[0]
    assert "<f " not in written[0]


def test_a_list_too_long_for_a_workbook_is_refused(ann: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lims.web.table_export.MOST_EXPORTED", 3)
    monkeypatch.setattr("lims.web.table_view.MOST_EXPORTED", 3)

    refused = ann.get(address(export="xlsx"))

    assert refused.status_code == 422
    assert "最多可导出3行" in text_of(refused)
    assert "筛选至3行以内" in text_of(ann.get(PATH))
    assert len(lines(ann.get(address(export="xlsx", status=["tested", "received"])))) == 3
    assert ann.get(address(export="xlsx", status="tested")).headers["content-type"] == answering.XLSX


# ── rights ──────────────────────────────────────────────────────────────────────────────────────────


def test_who_has_not_signed_in_gets_neither_list_nor_view(browser: Open) -> None:
    nobody = browser(None)

    assert nobody.get(PATH).status_code == 303
    assert nobody.forge("/views/try-samples", {"name": "x"}).status_code == 303


def test_a_row_tells_its_states_beyond_the_third_cell_and_the_mood_of_the_worst() -> None:
    def row(*moods: str) -> tuple[str, str]:
        cells = [ShownCell([Piece("name")], "", ""), *(ShownCell([Piece(mood, chip=mood)], "", "") for mood in moods)]
        return ShownRow(cells, "", "name", "").told

    assert row("bad", "bad") == ("", "")  # they are in the picture themselves
    assert row("busy", "busy", "good", "plain", "bad") == ("good · bad", "bad")
    assert row("good", "good", "plain") == ("plain", "plain")
