"""Spreadsheets of sampling sheets, and labels, at the front door."""

import csv
import io
from datetime import date

import pytest
from openpyxl import Workbook, load_workbook
from pypdf import PdfReader

from lims.accreditation.rules import Scheme
from lims.runtime import Lims
from lims.samples.columns import SAMPLE_COLUMNS
from tests.api.laboratory import Door, a_sheet, accredit, codes, load
from tests.factories import Cast

PATH = "/api/samples/import"
ROW = {
    "抽样单编号": "CY-1",
    "样品名称": "豇豆",
    "任务类别": "例行监测",
    "抽样环节": "生产基地",
    "委托单位": "播州区农业农村局",
    "委托单位地址": "遵义市播州区南白街道",
    "受检单位": "绿源蔬菜专业合作社",
    "行政区划代码": "520304",
    "抽样地点": "南白街道龙山村",
    "抽样日期": "2026-11-20",
    "抽样人员": "李明、王芳",
    "抽样数量": "3.0",
    "数量单位": "kg",
    "判定依据日期": "2026/11/20",
    "依据日期类型": "采收日期",
    "检测项目": "全部",
}


@pytest.fixture
def door(lims: Lims, cast: Cast) -> Door:
    load(lims)
    accredit(lims, cast.max, Scheme.CMA)
    return Door(lims)


def a_csv(*rows: dict[str, str], encoding: str = "utf-8") -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=list(ROW))
    writer.writeheader()
    writer.writerows({**ROW, **row} for row in rows)
    return text.getvalue().encode(encoding)


def test_all_rows_are_registered_in_their_order(door: Door) -> None:
    content = a_csv({}, {"抽样单编号": "CY-2", "检测项目": "克百威；氧乐果@GB 23200.121-2026"})

    imported = door["ann"].upload(PATH, "samples.csv", content)

    assert imported.status_code == 201, imported.text
    assert imported.json() == {"registered": ["LA-2026-000001", "LA-2026-000002"], "faults": []}
    second = door["ann"].get("/api/samples/LA-2026-000002").json()
    assert [t["parameter"] for t in second["tests"]] == ["carbofuran", "omethoate"]
    assert second["quantity"] == "3.0"


def test_one_bad_row_keeps_all_out_and_every_fault_has_its_row_and_column(door: Door) -> None:
    content = a_csv(
        {},
        {"抽样单编号": "CY-2", "样品名称": "火锅", "任务类别": "抽查"},
        {"抽样单编号": "CY-3", "行政区划代码": "520322", "检测项目": "神药"},
        {"抽样单编号": "CY-1", "委托单位": ""},
        {"抽样单编号": "CY-1"},
    )

    refused = door["ann"].upload(PATH, "samples.csv", content)

    assert refused.status_code == 422
    found = [(r["where"]["row"], r["where"]["column"], r["code"]) for r in refused.json()["reasons"]]
    assert found == [
        (3, "任务类别", "cell.choice"),
        (4, "行政区划代码", "sample.region_outside"),
        (4, "检测项目", "parameter.unknown"),
        (5, "委托单位", "cell.empty"),
        (6, "抽样单编号", "sample.sheet_twice"),
    ]
    assert door["ann"].get("/api/samples").json()["total"] == 0


def test_the_good_rows_are_taken_when_that_is_asked_for(door: Door) -> None:
    content = a_csv({}, {"抽样单编号": "CY-2", "样品名称": "火锅"}, {"抽样单编号": "CY-3", "抽样数量": "三"})

    imported = door["ann"].upload(PATH, "samples.csv", content, only_good_rows=True)

    assert imported.json()["registered"] == ["LA-2026-000001"]
    assert [(f["row"], f["column"]) for f in imported.json()["faults"]] == [(3, "样品名称"), (4, "抽样数量")]


def test_a_second_run_of_a_job_names_what_is_registered_and_takes_the_rest(door: Door) -> None:
    door["ann"].upload(PATH, "samples.csv", a_csv({}))

    again = door["ann"].upload(PATH, "samples.csv", a_csv({}, {"抽样单编号": "CY-2"}), only_good_rows=True)

    assert again.json()["registered"] == ["LA-2026-000002"]
    assert [f["code"] for f in again.json()["faults"]] == ["sample.sheet_registered"]
    assert "LA-2026-000001" in again.json()["faults"][0]["text"]


def test_gb18030_is_read_only_when_it_is_said(door: Door) -> None:
    content = a_csv({}, encoding="gb18030")

    guessed = door["ann"].upload(PATH, "samples.csv", content)
    told = door["ann"].upload(PATH, "samples.csv", content, encoding="gb18030")

    assert codes(guessed) == ["table.encoding"]
    assert told.status_code == 201


def test_the_template_filled_in_is_registered(door: Door) -> None:
    book = load_workbook(io.BytesIO(door["ann"].get("/api/samples/template.xlsx").content))
    book["抽样单"].append([ROW.get(column.headings[0]) for column in SAMPLE_COLUMNS])
    filled = io.BytesIO()
    book.save(filled)

    imported = door["ann"].upload(PATH, "samples.xlsx", filled.getvalue())

    assert imported.json()["registered"] == ["LA-2026-000001"], imported.text


def test_a_workbook_with_real_dates_and_numbers_is_registered(door: Door) -> None:
    row = {
        **ROW,
        "抽样日期": date(2026, 11, 20),
        "判定依据日期": date(2026, 11, 20),
        "抽样数量": 3.5,
        "行政区划代码": 520304,
    }
    book = Workbook()
    assert book.active is not None
    book.active.append(list(row))
    book.active.append(list(row.values()))
    content = io.BytesIO()
    book.save(content)

    imported = door["ann"].upload(PATH, "samples.xlsx", content.getvalue())

    assert imported.status_code == 201, imported.text
    kept = door["ann"].get("/api/samples/LA-2026-000001").json()
    assert (kept["quantity"], kept["region_code"], kept["sampled_on"]) == ("3.5", "520304", "2026-11-20")


def test_an_empty_upload_is_refused(door: Door) -> None:
    assert door["ann"].upload(PATH, "samples.csv", b"").status_code == 422
    assert door["max"].upload(PATH, "samples.csv", a_csv({})).status_code == 403


def test_the_bench_label_tells_nothing_but_the_blind_code(door: Door) -> None:
    sample = door["ann"].post("/api/samples", a_sheet()).json()

    label = door["bea"].get(f"/api/samples/{sample['number']}/label.pdf")

    assert label.headers["content-type"] == "application/pdf"
    text = PdfReader(io.BytesIO(label.content)).pages[0].extract_text()
    assert sample["blind_code"] in text.replace(" ", "")
    for secret in (sample["number"], "合作社", "农业农村局", "播州", "豇豆"):
        assert secret not in text


def test_counter_labels_are_for_those_who_may_see_whose_a_sample_is(door: Door) -> None:
    numbers = [
        door["ann"].post("/api/samples", a_sheet(sampling_sheet_number=sheet)).json()["number"] for sheet in "ABC"
    ]
    wanted = {"numbers": numbers, "kind": "counter"}

    printed = door["ann"].post("/api/samples/labels", wanted)
    hidden = door["bea"].post("/api/samples/labels", wanted)

    pages = PdfReader(io.BytesIO(printed.content)).pages
    assert [n for n, page in zip(numbers, pages, strict=True) if n in page.extract_text()] == numbers
    assert hidden.status_code == 403


def test_a_label_of_an_unknown_sample_is_not_found(door: Door) -> None:
    assert door["ann"].post("/api/samples/labels", {"numbers": ["LA-2026-000099"]}).status_code == 404
