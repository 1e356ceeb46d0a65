"""Samples through the pages: sheets are registered, one or many, what arrives is received, the bench stays blind."""

import csv
import io
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlmodel import func, select

from lims.accreditation.rules import Scheme
from lims.core.actions import Action
from lims.core.actors import Actor
from lims.core.spreadsheets import template_workbook
from lims.library.queries import current_library
from lims.runtime import Lims
from lims.samples import service
from lims.samples.columns import SAMPLE_COLUMNS
from lims.samples.rules import SampleStatus
from lims.samples.schemas import Receipt, SampleOrder
from lims.samples.tables import AssignedTest, Sample
from tests.api.laboratory import METHOD, OTHER_METHOD, a_sheet, accredit, load
from tests.factories import Cast
from tests.pages.conftest import Browser, text_of
from tests.pictures import a_photo

Browse = Callable[..., Browser]

RECEIPT = {"condition": "新鲜，包装完好", "seal": "intact", "temperature_c": "4.50"}
MANY = "/samples/many"


@pytest.fixture(autouse=True)
def laboratory(lims: Lims, cast: Cast) -> None:
    """The library, and an annex of three parameters in both schemes for Ann's laboratory."""
    load(lims)
    accredit(lims, cast.max, Scheme.CMA)
    accredit(lims, cast.max, Scheme.CATL)


def sheet(**changes: Any) -> dict[str, Any]:
    """The form of a sampling sheet."""
    values = a_sheet(**changes)
    del values["parameters"]
    return {"scope": "all", **values}


def registered(lims: Lims, actor: Actor, **changes: Any) -> Sample:
    """A sample as a page or a job registers it."""
    with lims.work(actor, Action.SAMPLE_REGISTER) as session:
        order = SampleOrder.model_validate(a_sheet(**changes))
        return service.register_sample(session, current_library(session), order)


def received(lims: Lims, actor: Actor, sample: Sample) -> None:
    """The sample is at the bench now."""
    with lims.work(actor, Action.SAMPLE_RECEIVE) as session:
        service.receive_sample(session, sample.number, Receipt.model_validate(RECEIPT))


def stored(lims: Lims, actor: Actor, number: str) -> Sample:
    """A sample as it is stored now."""
    with lims.read(actor, Action.SAMPLE_READ) as session:
        return session.exec(select(Sample).where(Sample.number == number)).one()


def count(lims: Lims, actor: Actor) -> int:
    """How many samples there are."""
    with lims.read(actor, Action.SAMPLE_READ) as session:
        return session.exec(select(func.count()).select_from(Sample)).one()


def methods_of(lims: Lims, actor: Actor, sample: Sample) -> dict[str, tuple[str, bool]]:
    """The method of each parameter, and whether it lies outside the scope."""
    with lims.read(actor, Action.SAMPLE_READ) as session:
        tests = session.exec(select(AssignedTest).where(AssignedTest.sample_id == sample.id)).all()
        return {test.parameter: (test.method_code, test.out_of_scope) for test in tests}


# ── lists ────────────────────────────────────────────────────────────────────────────────────────────


def test_the_counter_lists_whole_samples_and_the_bench_blind_codes(browse: Browse, cast: Cast, lims: Lims) -> None:
    sample = registered(lims, cast.ann)

    counter, bench = browse(cast.cai).get("/samples"), browse(cast.bea).get("/samples")

    assert {sample.number, "绿源蔬菜专业合作社", "播州区"} <= set(text_of(counter).split())
    assert "0 / 3" in text_of(counter)
    assert sample.blind_code in text_of(bench)
    for hidden in (sample.number, "绿源", "播州区农业农村局", "CY2026-0117", "龙山村"):
        assert hidden not in bench.text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=registered", ["A1"]),
        ("status=received", ["B2"]),
        ("food=蔬菜/叶菜类蔬菜", ["B2"]),
        ("programme=supervision", ["B2"]),
        ("party=金种子", ["B2"]),
        ("region=520300", ["A1", "B2"]),
        ("sampled_until=2026-11-19", ["B2"]),
        ("parameter=克百威", ["A1", "B2"]),
        ("parameter=毒死蜱&status=received", ["B2"]),
        ("method=23200.113", []),
        ("q=A1", ["A1"]),
        ("sort=waiting", ["A1", "B2"]),
    ],
)
def test_the_list_is_limited(browse: Browse, cast: Cast, lims: Lims, query: str, found: list[str]) -> None:
    registered(lims, cast.ann, number="A1", sampling_sheet_number="S1")
    other = registered(
        lims,
        cast.ann,
        number="B2",
        sampling_sheet_number="S2",
        product_name="芹菜",
        programme="supervision",
        sampled_on="2026-11-18",
        basis_on="2026-11-18",
        inspected_party="金种子农场",
    )
    received(lims, cast.ann, other)

    page = browse(cast.cai).get(f"/samples?{query}")

    assert page.status_code == 200
    assert sorted(re.findall(r'class="row-link" href="/samples/(\w+)"', page.text)) == found


def test_the_workbook_of_the_bench_names_nobody(browse: Browse, cast: Cast, lims: Lims) -> None:
    sample = registered(lims, cast.ann)

    book = load_workbook(io.BytesIO(browse(cast.bea).get("/samples?export=xlsx").content))

    cells = [str(cell.value) for sheet_ in book for row in sheet_.iter_rows() for cell in row]
    assert sample.blind_code in cells
    assert not {sample.number, sample.client, sample.inspected_party} & set(cells)


def test_who_registered_at_the_bench_finds_their_own_whole(browse: Browse, cast: Cast, lims: Lims) -> None:
    own, others = registered(lims, cast.bea), registered(lims, cast.ann, sampling_sheet_number="CY-2")

    page = text_of(browse(cast.bea).get("/samples/mine"))

    assert own.number in page
    assert others.number not in page


def test_another_laboratory_sees_nothing(browse: Browse, cast: Cast, lims: Lims) -> None:
    sample = registered(lims, cast.ann)
    eve = browse(cast.eve)

    assert sample.number not in eve.get("/samples").text
    for address in (
        f"/samples/{sample.number}",
        f"/samples/bench/{sample.blind_code}",
        f"/samples/labels.pdf?kind=bench&sample={sample.blind_code}",
        f"/samples/new?like={sample.number}",
    ):
        assert eve.get(address).status_code == 404
    assert eve.post("/samples/receive", {"sample": sample.number, **RECEIPT}).status_code == 404
    assert eve.post("/samples/receive/chosen", {"chosen": sample.number}).status_code == 404
    assert "没有编号为" in text_of(eve.get(f"/samples/receive?code={sample.number}"))


@pytest.mark.parametrize("address", ["/samples/new", MANY, "/samples/receive", "/samples/template.xlsx"])
def test_who_may_not_register_or_receive_does_not_get_the_form(browse: Browse, cast: Cast, address: str) -> None:
    assert browse(cast.vic).get(address).status_code == 403


# ── one sheet ────────────────────────────────────────────────────────────────────────────────────────


def test_a_sheet_is_registered_with_everything_in_scope(browse: Browse, cast: Cast, lims: Lims) -> None:
    ann = browse(cast.ann)

    page = ann.follow(ann.post("/samples/new", sheet()))

    assert "样品 LA-2026-000001 已登记" in text_of(page)
    for told in ("克百威", "氧乐果", "毒死蜱", METHOD):
        assert told in text_of(page)
    sample = stored(lims, cast.ann, "LA-2026-000001")
    assert sample.registered_by == cast.ann.user_id
    assert methods_of(lims, cast.ann, sample) == dict.fromkeys(
        ("carbofuran", "chlorpyrifos", "omethoate"), (METHOD, False)
    )


def test_chosen_parameters_and_such_outside_the_scope(browse: Browse, cast: Cast, lims: Lims) -> None:
    answer = browse(cast.ann).post(
        "/samples/new",
        sheet(scope="chosen") | {"parameters": ["carbofuran"], "others": f"吡虫啉@{OTHER_METHOD}\n\n"},
    )

    assert answer.status_code == 303, text_of(answer)
    sample = stored(lims, cast.ann, "LA-2026-000001")
    assert methods_of(lims, cast.ann, sample) == {"carbofuran": (METHOD, False), "imidacloprid": (OTHER_METHOD, True)}


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"product_name": "火锅"}, "product_name", "火锅"),
        ({"sampled_on": "2027-01-01"}, "sampled_on", "晚于今天"),
        ({"programme": "supervision", "samplers": "李明"}, "samplers", "两名"),
        ({"quantity": "much"}, "quantity", "数字"),
        ({"region_code": "520322"}, "region_code", "520322"),
        ({"client": ""}, "client", "必填"),
        ({"scope": "chosen"}, "parameters", "至少选择一个"),
        ({"scope": "chosen", "others": "吡虫啉"}, "others", "吡虫啉"),
        ({"programme": "retest"}, "retest_of", "复检样品须填写初检报告编号"),
        ({"retest_of": "AS2026000812"}, "retest_of", "只有复检样品才有初检报告"),
        ({"programme": "retest", "retest_results": "克百威 0.12 mg/kg"}, "retest_results", "克百威=0.12 mg/kg 不合格"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_registered(
    browse: Browse, cast: Cast, lims: Lims, changes: dict[str, Any], field: str, words: str
) -> None:
    answer = browse(cast.ann).post("/samples/new", sheet() | changes)

    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text
    assert words in text_of(answer)
    assert 'value="绿源蔬菜专业合作社"' in answer.text
    assert count(lims, cast.ann) == 0


def test_a_retest_is_registered_with_what_was_found_first(browse: Browse, cast: Cast, lims: Lims) -> None:
    ann = browse(cast.ann)
    first = {
        "programme": "retest",
        "retest_of": "AS2026000812",
        "retest_body": "安顺市检验检测中心",
        "retest_on": "2026-11-21",
        "retest_decision": "播州区农业农村局受理",
        "retest_results": "克百威=0.12 mg/kg 不合格\n氧乐果＝<0.01 mg/kg，合格",
    }

    page = text_of(ann.follow(ann.post("/samples/new", sheet() | first)))

    assert "初检报告编号 AS2026000812" in page
    assert stored(lims, cast.ann, "LA-2026-000001").retest_results == [
        {"parameter": "carbofuran", "result": "0.12 mg/kg", "fails": True},
        {"parameter": "omethoate", "result": "<0.01 mg/kg", "fails": False},
    ]


def test_a_photo_is_kept_shown_and_taken_out_with_a_reason(browse: Browse, cast: Cast, lims: Lims) -> None:
    ann, address = browse(cast.ann), "/samples/LA-2026-000001/photos"
    ann.post("/samples/new", sheet())

    nothing = ann.post(address, {"caption": ""}, {"file": ("x.jpg", b"no picture", "image/jpeg")})
    kept = ann.follow(ann.post(address, {"caption": "样品封样"}, {"file": ("x.jpg", a_photo(), "image/jpeg")}))
    (picture,) = re.findall(r'src="([^"]+)"[^>]* alt="样品封样"', kept.text)
    small = ann.get(picture)
    why = ann.post(picture.partition("?")[0] + "/remove", {"reason": "wrong"})
    gone = ann.follow(ann.post(picture.partition("?")[0] + "/remove", {"reason": "It shows another sample."}))

    assert nothing.status_code == 422
    assert (small.status_code, small.headers["content-type"]) == (200, "image/jpeg")
    assert browse(cast.vic).get(picture).status_code == 403
    assert "不少于 10 个字符" in text_of(why)
    assert "尚无照片" in text_of(gone)


def test_a_sheet_is_registered_once(browse: Browse, cast: Cast, lims: Lims) -> None:
    ann = browse(cast.ann)
    ann.post("/samples/new", sheet())

    again = ann.post("/samples/new", sheet())

    assert again.status_code == 409
    assert "LA-2026-000001" in text_of(again)
    assert count(lims, cast.ann) == 1


def test_a_name_of_several_foods_is_asked_about(browse: Browse, cast: Cast, lims: Lims) -> None:
    ann = browse(cast.ann)
    part = ann.get("/samples/new/food?product_name=油菜")
    candidates = re.findall(r'name="food_choice" value="([^"]+)"', part.text)

    refused = ann.post("/samples/new", sheet(product_name="油菜"))
    chosen = ann.post("/samples/new", sheet(product_name="油菜") | {"food_choice": candidates[1]})

    assert len(candidates) == 2
    assert refused.status_code == 422
    assert f'value="{candidates[0]}"' in refused.text
    assert chosen.status_code == 303
    assert stored(lims, cast.ann, "LA-2026-000001").food == candidates[1]


def test_the_food_is_looked_up_while_it_is_typed(browse: Browse, cast: Cast) -> None:
    ann = browse(cast.ann)

    assert '<option value="豇豆">' in ann.get("/samples/new/foods?product_name=豇").text
    known = text_of(ann.get("/samples/new/food?product_name=豇豆"))
    assert "荚可食类豆类蔬菜 › 豇豆" in known
    assert "能力范围内全部（3项）" in known
    assert "类别过大" in text_of(ann.get("/samples/new/food?product_name=蔬菜"))
    assert "没有“火锅”" in text_of(ann.get("/samples/new/food?product_name=火锅"))


def test_without_scripts_the_tests_are_listed_by_a_button(browse: Browse, cast: Cast, lims: Lims) -> None:
    answer = browse(cast.ann).post("/samples/new", {"product_name": "豇豆", "scope": "chosen", "act": "look"})

    assert answer.status_code == 200
    assert 'name="parameters" value="carbofuran"' in answer.text
    assert count(lims, cast.ann) == 0


def test_the_next_sheet_of_a_round_begins_with_what_is_the_same(browse: Browse, cast: Cast) -> None:
    ann = browse(cast.ann)

    page = ann.follow(ann.post("/samples/new", sheet() | {"act": "next"}))

    assert "样品 LA-2026-000001 已登记" in text_of(page)
    assert 'name="client" type="text" value="播州区农业农村局"' in re.sub(r"\s+", " ", page.text)
    assert 'value="CY2026-0117"' not in page.text
    # A sheet of one's own begins with who draws where.
    fresh = ann.get("/samples/new").text
    assert 'value="李明、王芳"' in fresh
    assert 'value="播州区农业农村局" required' not in fresh


def test_the_bench_is_not_told_clients_by_suggestions(browse: Browse, cast: Cast, lims: Lims) -> None:
    sample = registered(lims, cast.ann)
    bea = browse(cast.bea)

    assert sample.client not in bea.get("/samples/new").text
    assert bea.get(f"/samples/new?like={sample.number}").status_code == 404


# ── many sheets ──────────────────────────────────────────────────────────────────────────────────────


def row(**changes: str) -> dict[str, str]:
    """A row of the table as a spreadsheet is filled in."""
    values = a_sheet(programme="例行监测", stage="生产基地", basis_kind="采收日期", parameters="全部")
    return values | {"region_code": "播州区"} | changes


def grid(*rows: Mapping[str, str]) -> dict[str, str]:
    """The form of the table."""
    return {"grid": json.dumps(rows)}


def spreadsheet(*rows: Mapping[str, str]) -> bytes:
    """The rows in a CSV with the headings of the empty spreadsheet."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow([column.headings[0] for column in SAMPLE_COLUMNS])
    table.writerows([row_.get(column.key, "") for column in SAMPLE_COLUMNS] for row_ in rows)
    return out.getvalue().encode()


def test_many_sheets_are_registered_and_listed_with_their_numbers(browse: Browse, cast: Cast, lims: Lims) -> None:
    ann = browse(cast.ann)

    page = ann.follow(ann.post(MANY, grid(row(), row(sampling_sheet_number="CY-2"))))

    assert "已登记2个样品" in text_of(page)
    assert {"LA-2026-000001", "LA-2026-000002"} <= set(text_of(page).split())
    assert "kind=counter&amp;sample=LA-2026-000001&amp;sample=LA-2026-000002" in page.text
    assert stored(lims, cast.ann, "LA-2026-000002").region_code == "520304"
    # What others register together is not theirs to list.
    assert "LA-2026-000001" not in browse(cast.eve).get(page.url.raw_path.decode()).text


def test_one_faulty_row_keeps_all_back_and_stands_at_its_cell(browse: Browse, cast: Cast, lims: Lims) -> None:
    rows = (row(sampling_sheet_number="CY-1"), row(sampling_sheet_number="CY-2", sampled_on="2027-01-01"))

    answer = browse(cast.ann).post(MANY, grid(*rows))

    assert answer.status_code == 422
    assert 'href="#grid-2-sampled_on"' in answer.text
    assert "CY-1" in answer.text
    assert count(lims, cast.ann) == 0


def test_the_good_rows_are_registered_and_the_others_stay(browse: Browse, cast: Cast, lims: Lims) -> None:
    rows = (row(product_name="火锅", sampling_sheet_number="CY-BAD"), row(sampling_sheet_number="CY-GOOD"))

    answer = browse(cast.ann).post(MANY, grid(*rows) | {"act": "good"})

    assert answer.status_code == 200
    assert "已登记1个样品" in text_of(answer)
    assert 'href="#grid-1-product_name"' in answer.text
    assert "CY-BAD" in answer.text
    assert "CY-GOOD" not in answer.text
    assert count(lims, cast.ann) == 1


def test_a_file_comes_into_the_table_and_registers_nothing(browse: Browse, cast: Cast, lims: Lims) -> None:
    content = spreadsheet(row(), {}, row(sampling_sheet_number="CY-2", quantity="much"))

    answer = browse(cast.ann).post(f"{MANY}/file", {"encoding": "utf-8"}, files={"file": ("抽样单.csv", content)})

    assert answer.status_code == 422
    assert "已从抽样单.csv读入2行，尚未登记" in text_of(answer)
    assert 'href="#grid-2-quantity"' in answer.text
    assert count(lims, cast.ann) == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "空"),
        ("样品\n豇豆\n".encode(), "样品"),
        ("抽样单编号,样品名称\n".encode("gb18030"), "utf-8"),
        (template_workbook("抽样单", SAMPLE_COLUMNS), "没有"),
        (spreadsheet(row(remark="=1+1")), "第 2 行"),
    ],
)
def test_a_file_that_is_no_table_of_sheets_says_why(browse: Browse, cast: Cast, content: bytes, words: str) -> None:
    answer = browse(cast.ann).post(f"{MANY}/file", {}, files={"file": ("x.csv", content)})

    assert answer.status_code == 422
    assert "未保存" in text_of(answer)
    assert words in text_of(answer)


def test_a_file_of_too_many_rows_is_handed_in_in_parts(browse: Browse, cast: Cast) -> None:
    content = spreadsheet(*(row(sampling_sheet_number=f"CY-{n}") for n in range(1001)))

    answer = browse(cast.ann).post(f"{MANY}/file", {}, files={"file": ("x.csv", content)})

    assert answer.status_code == 422
    assert "1001" in text_of(answer)


def test_the_empty_spreadsheet_can_be_filled_in(browse: Browse, cast: Cast) -> None:
    book = load_workbook(io.BytesIO(browse(cast.ann).get("/samples/template.xlsx").content))

    assert [cell.value for cell in book["抽样单"][1]] == [column.headings[0] for column in SAMPLE_COLUMNS]


# ── the counter ──────────────────────────────────────────────────────────────────────────────────────


def test_a_scanned_sample_is_received_and_the_next_is_waited_for(browse: Browse, cast: Cast, lims: Lims) -> None:
    sample, ann = registered(lims, cast.ann), browse(cast.ann)

    for code in (sample.number, sample.blind_code.lower(), sample.sampling_sheet_number):
        page = ann.get(f"/samples/receive?code={code}")
        assert (page.status_code, "绿源蔬菜专业合作社" in page.text) == (200, True)
    done = ann.follow(ann.post("/samples/receive", {"sample": sample.number, "version": "1", **RECEIPT}))

    assert f"{sample.number}已收样，盲样编号：{sample.blind_code}" in text_of(done)
    assert 'id="f-code"' in done.text
    now = stored(lims, cast.ann, sample.number)
    assert (now.status, now.condition, str(now.temperature_c)) == (SampleStatus.RECEIVED, "新鲜，包装完好", "4.50")
    assert "请勿重复接收" in text_of(ann.get(f"/samples/receive?code={sample.number}"))


def test_the_bench_receives_without_learning_whose_it_is(browse: Browse, cast: Cast, lims: Lims) -> None:
    sample, bea = registered(lims, cast.ann), browse(cast.bea)

    waiting = bea.get("/samples/receive")
    found = bea.get(f"/samples/receive?code={sample.number}")
    done = bea.follow(bea.post("/samples/receive", {"sample": sample.number, "version": "1", **RECEIPT}))

    assert sample.blind_code in waiting.text
    assert sample.number not in waiting.text
    for page in (waiting, found, done):
        for hidden in (sample.client, sample.inspected_party, sample.place, sample.sampling_sheet_number):
            assert hidden not in page.text
    assert stored(lims, cast.ann, sample.number).received_by == cast.bea.user_id


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"seal": "broken"}, "note"),
        ({"seal": ""}, "seal"),
        ({"condition": ""}, "condition"),
        ({"temperature_c": "99"}, "temperature_c"),
    ],
)
def test_a_receipt_that_is_not_right_is_refused_beside_its_field(
    browse: Browse, cast: Cast, lims: Lims, changes: dict[str, str], field: str
) -> None:
    sample = registered(lims, cast.ann)

    answer = browse(cast.ann).post("/samples/receive", {"sample": sample.number, **RECEIPT, **changes})

    assert answer.status_code == 422
    assert f'id="e-{field}-1"' in answer.text
    assert stored(lims, cast.ann, sample.number).status is SampleStatus.REGISTERED


def test_who_received_it_meanwhile_is_told(browse: Browse, cast: Cast, lims: Lims) -> None:
    sample = registered(lims, cast.ann)
    received(lims, cast.bea, sample)

    answer = browse(cast.ann).post("/samples/receive", {"sample": sample.number, "version": "1", **RECEIPT})

    assert answer.status_code == 409
    assert cast.bea.name in text_of(answer)


def test_a_delivery_is_received_together_or_not_at_all(browse: Browse, cast: Cast, lims: Lims) -> None:
    ann = browse(cast.ann)
    plain = registered(lims, cast.ann)
    sealed = registered(lims, cast.ann, sampling_sheet_number="CY-2", programme="supervision")
    both = {"chosen": [plain.number, sealed.number]}

    shown = ann.post("/samples/receive/chosen", both)
    refused = ann.post("/samples/receive/together", both | RECEIPT | {"seal": "none"})

    assert shown.status_code == 200
    assert {plain.number, sealed.number} <= set(text_of(shown).split())
    assert refused.status_code == 422
    assert f"{sealed.number}: " in text_of(refused)
    assert stored(lims, cast.ann, plain.number).status is SampleStatus.REGISTERED
    done = ann.follow(ann.post("/samples/receive/together", both | RECEIPT))
    assert "已收样2个" in text_of(done)
    assert stored(lims, cast.ann, sealed.number).status is SampleStatus.RECEIVED


# ── one sample ───────────────────────────────────────────────────────────────────────────────────────


def test_a_whole_sample_tells_everything_and_its_way(browse: Browse, cast: Cast, lims: Lims) -> None:
    sample = registered(lims, cast.ann)
    received(lims, cast.bea, sample)

    page = browse(cast.max).get(f"/samples/{sample.number}")

    text = text_of(page)
    for told in (
        "绿源蔬菜专业合作社",
        "遵义市播州区南白街道",
        "520304 播州区",
        cast.bea.name,
        "新鲜，包装完好",
        "检测 0 / 3",
    ):
        assert told in text
    assert f"/audit/sample/{sample.id}" in page.text
    assert f"/results/of-sample/{sample.blind_code}" in page.text


def test_the_bench_sees_a_sample_by_its_blind_code_only(browse: Browse, cast: Cast, lims: Lims) -> None:
    sample = registered(lims, cast.ann)
    bea = browse(cast.bea)

    page = bea.get(f"/samples/bench/{sample.blind_code}")

    assert bea.get(f"/samples/{sample.number}").status_code == 403
    assert f"克百威 {METHOD}" in text_of(page)
    for hidden in (sample.number, sample.client, sample.inspected_party, sample.sampling_sheet_number, "520304"):
        assert hidden not in page.text


def test_a_sample_is_received_from_its_own_page(browse: Browse, cast: Cast, lims: Lims) -> None:
    sample, bea = registered(lims, cast.ann), browse(cast.bea)
    address = f"/samples/bench/{sample.blind_code}"

    answer = bea.post("/samples/receive", {"sample": sample.blind_code, "version": "1", "next": address, **RECEIPT})

    assert answer.headers["location"] == address
    assert "/samples/receive" not in bea.get(address).text
    astray = {"sample": sample.blind_code, "next": "https://evil.example", **RECEIPT}
    assert bea.post("/samples/receive", astray).status_code == 422


def test_what_people_write_is_shown_as_they_wrote_it(browse: Browse, cast: Cast, lims: Lims) -> None:
    trick = "<script>alert(1)</script>"
    sample = registered(lims, cast.ann, inspected_party=trick, remark=f'" {trick}', client=trick)
    ann = browse(cast.ann)

    for address in ("/samples", f"/samples/{sample.number}", "/samples/new", f"/samples/new?like={sample.number}"):
        page = ann.get(address)
        assert page.status_code == 200
        assert trick not in page.text


# ── labels ───────────────────────────────────────────────────────────────────────────────────────────


def test_labels_are_printed_of_chosen_samples(browse: Browse, cast: Cast, lims: Lims) -> None:
    sample, ann = registered(lims, cast.ann), browse(cast.ann)

    printed = ann.follow(ann.post("/samples/labels/counter", {"chosen": [sample.number]}))

    assert printed.headers["content-type"] == "application/pdf"
    assert printed.content.startswith(b"%PDF")


def test_labels_keep_the_bench_blind(browse: Browse, cast: Cast, lims: Lims) -> None:
    sample = registered(lims, cast.ann)
    address = f"/samples/labels.pdf?sample={sample.blind_code}"

    assert browse(cast.bea).get(f"{address}&kind=counter").status_code == 403
    assert browse(cast.vic).get(f"{address}&kind=bench").status_code == 403
    assert browse(cast.bea).get(f"{address}&kind=bench").status_code == 200


def test_nothing_and_too_much_is_not_printed(browse: Browse, cast: Cast) -> None:
    ann = browse(cast.ann)

    assert ann.post("/samples/labels/bench", {}).status_code == 422
    assert ann.get("/samples/labels.pdf").status_code == 404
    many = "&".join(f"sample=X{n}" for n in range(201))
    assert ann.get(f"/samples/labels.pdf?{many}").status_code == 422
