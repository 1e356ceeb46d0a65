"""Rapid pesticide-residue readers: no real export is known; these are made after the fields of such a program."""

import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lims.core.clock import CHINA
from lims.runs.cells import DateOrder
from lims.runs.profile import ImportProfile, TextEncoding
from lims.runs.readers.registry import read as read_file
from lims.runs.records import Figure, QualitativeResult
from tests.unit.runs.readers.exports import codes, cut_off, injection, number, other, read, refusal, stated, trace

PLAIN = ImportProfile("mg/L")
CHINESE = ImportProfile("mg/L", encoding=TextEncoding.GB18030)
TABLE, RECORDS = "rapid-reader-table", "rapid-reader-json"
ENZYME = "有机磷和氨基甲酸酯"

CSV = f"""农药残留检测记录,,,,,,,
样品编号,样品名称,检测时间,通道,检测项目,抑制率(%),限量标准,检测结果
S-1,菠菜,2026-11-02 10:15:00,3,{ENZYME},12.5,50,合格
S-2,韭菜,2026-11-02 10:15:00,4,{ENZYME},78.2%,50,不合格
S-3,油菜,1793585700000,5,{ENZYME},,50,无效
S-4,芹菜,2026-11-02 10:20:00,6,克百威,,,阴性
"""


def test_a_table_in_chinese_is_read() -> None:
    batch = read(CSV.encode("gb18030"), CHINESE, TABLE)

    assert (len(batch.lines), len(batch.injections), [c.name for c in batch.compounds]) == (6, 4, [ENZYME, "克百威"])
    first, second, third, fourth = batch.injections
    assert (first.name, first.vial, first.acquired_at) == ("S-1", "3", datetime(2026, 11, 2, 10, 15, tzinfo=CHINA))
    assert number(first, ENZYME, Figure.INHIBITION_RATE) == "12.5"
    assert trace(first, ENZYME).qualitative is QualitativeResult.NEGATIVE
    assert number(second, ENZYME, Figure.INHIBITION_RATE) == "78.2"
    assert trace(second, ENZYME).qualitative is QualitativeResult.POSITIVE
    assert trace(third, ENZYME).qualitative is QualitativeResult.INVALID
    assert third.acquired_at == datetime(2026, 11, 2, 10, 15, tzinfo=CHINA)
    assert trace(fourth, "克百威").qualitative is QualitativeResult.NEGATIVE
    assert other(first, ENZYME, "限量标准") == "50"


def test_encodings_delimiters_and_order_make_no_difference() -> None:
    whole = stated(read(CSV.encode(), PLAIN, TABLE))
    lines = CSV.splitlines(keepends=True)

    assert stated(read(CSV.encode("utf-16"), PLAIN, TABLE)) == whole
    assert stated(read(CSV.replace(",", "\t").encode("gb18030"), CHINESE, TABLE)) == whole
    assert stated(read("".join([*lines[:2], *reversed(lines[2:])]).encode(), PLAIN, TABLE)) == whole
    assert stated(read((CSV + lines[2]).encode(), PLAIN, TABLE)) == whole
    cut_off(CSV.encode(), PLAIN, TABLE, range(len(CSV.encode())))


def test_a_table_in_gb18030_asks_for_its_encoding() -> None:
    assert refusal(CSV.encode("gb18030"), PLAIN, "") == "file.encoding_unknown"


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ("阴性", "negative"),
        ("阳性", "positive"),
        ("0", "negative"),
        ("1", "positive"),
        ("-1", "invalid"),
        ("+", "positive"),
    ],
)
def test_results_as_text_and_as_code(result: str, expected: str) -> None:
    batch = read(CSV.replace("合格\nS-2", f"{result}\nS-2").encode(), PLAIN, TABLE)

    assert trace(injection(batch, "S-1"), ENZYME).qualitative == expected


def test_unknown_results_dates_and_empty_records_are_refused() -> None:
    odd = CSV.replace(",合格", ",大概合格").replace(",无效", ",").replace("10:20:00", "10点")

    batch = read(odd.encode(), PLAIN, TABLE)

    assert codes(batch) == {
        "row.above_table": 1,
        "row.heading": 1,
        "rapid.result_unclear": 1,
        "rapid.no_result": 1,
        "cell.date_unreadable": 1,
    }
    assert [one.name for one in batch.injections] == ["S-2"]
    day_first = ImportProfile("mg/L", date_order=DateOrder.DAY_MONTH_YEAR)
    assert len(read(CSV.encode(), day_first, TABLE).injections) == 4  # a year of four digits leaves no doubt


def record(**fields: Any) -> dict[str, Any]:
    """A record as such a program sends it."""
    return {
        "QRCode": "https://example.org/1",
        "LocationX": 116.4,
        "LocationAddress": "北京",
        "SamplingNumber": "S-1",
        "OperatorId": 7,
        "Result": "0",
        "ResultValue": "阴性",
        "ResultData": [
            {"Title": "检测项目", "Id": "1", "Value": ENZYME},
            {"Title": "抑制率", "Id": "2", "Value": 12.50},
            {"Title": "批号", "Id": "3", "Value": "A7"},
        ],
        **fields,
    }


def test_json_records_are_read_whichever_field_holds_the_code() -> None:
    texts = [
        record(),
        record(SamplingNumber="S-2", Result="阳性", ResultValue=1),
        record(SamplingNumber="S-3", Result=-1),
    ]
    texts[2]["ResultValue"] = None

    batch = read(json.dumps(texts, ensure_ascii=False).encode(), PLAIN, RECORDS)

    assert [trace(one, ENZYME).qualitative for one in batch.injections] == ["negative", "positive", "invalid"]
    assert number(batch.injections[0], ENZYME, Figure.INHIBITION_RATE) == "12.5"
    assert other(batch.injections[0], ENZYME, "批号") == "A7"
    on_lines = "\n".join(json.dumps(one, ensure_ascii=False) for one in texts)
    assert stated(read(on_lines.encode("gb18030"), CHINESE, RECORDS)) == stated(batch)
    assert stated(read(json.dumps(texts, indent=1).encode("utf-16"), PLAIN, RECORDS)) == stated(batch)


@given(st.sampled_from(["0", "1", "-1"]), st.sampled_from(["阴性", "阳性", "无效", "合格", "不合格"]), st.booleans())
@settings(deadline=None)
def test_code_and_text_agree_or_are_refused(code: str, text: str, turned: bool) -> None:
    fields = {"Result": text, "ResultValue": code} if turned else {"Result": code, "ResultValue": text}
    meant = {"阴性": "0", "合格": "0", "阳性": "1", "不合格": "1", "无效": "-1"}[text]

    batch = read_file(json.dumps(record(**fields)).encode(), PLAIN, RECORDS)

    assert len(batch.injections) == (1 if meant == code else 0)
    assert [why.code for line in batch.lines for why in line.reasons] == (
        [] if meant == code else ["rapid.result_unclear"]
    )


def test_the_same_record_counts_once_and_a_measured_value_is_no_code() -> None:
    batch = read(json.dumps([record(), record(), record(ResultValue="12.5")]).encode(), PLAIN, RECORDS)

    assert [line.repeats for line in batch.lines] == [None, 1, None]
    assert [trace(one, ENZYME).qualitative for one in batch.injections] == ["negative", "negative"]


@pytest.mark.parametrize(
    "content", ['{"SamplingNumber": "S-1", "Result": ', '["Result", "SamplingNumber"]', "[" * 5000]
)
def test_broken_json_is_refused(content: str) -> None:
    assert refusal(content.encode(), PLAIN, RECORDS) == "rapid.no_records"


def test_json_cut_off_anywhere_is_refused_or_the_same() -> None:
    content = json.dumps([record(), record(SamplingNumber="S-2")], ensure_ascii=False).encode()

    cut_off(content, PLAIN, RECORDS, range(1, len(content), 5))


def test_a_table_without_headings_is_refused() -> None:
    assert refusal("S-1,菠菜,合格\n".encode(), PLAIN, TABLE) == "rapid.no_headings"
