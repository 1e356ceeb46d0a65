"""Rapid tests through the front door: kept once, never results, and how a positive is confirmed."""

import json
from typing import Any

import pytest
from httpx2 import Response

from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.library.queries import current_library
from lims.rapid.rules import POSITIVE_FROM, RapidOutcome, outcome_of
from lims.runs.records import QualitativeResult
from tests.api.laboratory import METHOD, codes
from tests.api.test_runs import Bench, bench, prepared
from tests.unit.runs.batches import D

__all__ = ["bench", "prepared"]
HEAD = "样品编号,样品名称,检测时间,通道,检测项目,抑制率(%),检测结果"


def send(bench: Bench, *rows: str, who: str = "ann", content: bytes | None = None, **form: str) -> Response:
    file = content if content is not None else "\n".join([HEAD, *rows, ""]).encode()
    return bench.door[who].client.post("/api/rapid-tests", files={"file": ("reader.csv", file)}, data=form)


def row(bench: Bench, sample: str, rate: str, said: str, item: str = "有机磷和氨基甲酸酯", channel: str = "1") -> str:
    return f"{bench.names[sample]},豇豆,2026-11-21 10:15:00,{channel},{item},{rate},{said}"


@pytest.mark.parametrize(
    ("rate", "said", "outcome"),
    [
        ("49.9", QualitativeResult.NEGATIVE, RapidOutcome.NEGATIVE),
        ("50.0", QualitativeResult.NEGATIVE, RapidOutcome.POSITIVE),
        ("12", QualitativeResult.POSITIVE, RapidOutcome.POSITIVE),
        (None, QualitativeResult.POSITIVE, RapidOutcome.POSITIVE),
        ("80", QualitativeResult.INVALID, RapidOutcome.INVALID),
        (None, None, RapidOutcome.INVALID),
    ],
)
def test_fifty_percent_is_positive_and_the_worse_of_two_counts(
    rate: str | None, said: QualitativeResult | None, outcome: RapidOutcome
) -> None:
    assert outcome_of(None if rate is None else D(rate), said, POSITIVE_FROM) is outcome


def test_records_are_kept_once_and_are_no_results(bench: Bench) -> None:
    rows = [row(bench, "S-1", "12.5", "合格"), row(bench, "S-2", "50.0", "合格", channel="2")]

    first = send(bench, *rows)
    again = send(bench, content="\n".join([HEAD, *rows, ""]).encode("gb18030"))

    assert first.status_code == 201, first.text
    assert (first.json()["recorded"], first.json()["positive"], first.json()["duplicates"]) == (2, 1, 0)
    assert (again.json()["recorded"], again.json()["duplicates"]) == (0, 2)
    (positive,) = bench.door["vic"].get("/api/rapid-tests", unconfirmed="true").json()["items"]
    assert (positive["sample"], positive["contradicts"], positive["confirmed_by"]) == (bench.names["S-2"], True, [])
    assert bench.door["ann"].get("/api/results").json()["total"] == 0
    assert bench.door["eve"].get("/api/rapid-tests").json()["total"] == 0


def test_json_of_an_inbox_is_kept_too(bench: Bench) -> None:
    record = {
        "SamplingNumber": bench.sample_numbers[0],
        "Result": "1",
        "ResultValue": "阳性",
        "ResultData": [{"Title": "抑制率", "Id": "1", "Value": "71.2"}],
    }

    kept = send(bench, content=json.dumps(record, ensure_ascii=False).encode())

    assert (kept.json()["tests"][0]["outcome"], kept.json()["tests"][0]["inhibition_percent"]) == (
        "rapid_positive",
        "71.2",
    )


def test_a_positive_for_a_substance_that_is_tested_anyway_is_ordered_by_itself(bench: Bench) -> None:
    kept = send(bench, row(bench, "S-1", "", "阳性", item="毒死蜱")).json()["tests"][0]

    (order,) = kept["confirmed_by"]
    assert (order["parameter"], order["method_code"], order["confirmed_on"]) == ("chlorpyrifos", METHOD, "same_sample")
    assert bench.door["ann"].get("/api/rapid-tests", unconfirmed="true").json()["total"] == 0


def test_what_confirms_a_positive_is_ordered_on_the_same_sample(bench: Bench) -> None:
    (test,) = send(bench, row(bench, "S-2", "88", "不合格")).json()["tests"]
    address = f"/api/rapid-tests/{test['id']}/confirmation"
    wanted: dict[str, Any] = {"parameters": [{"parameter": "毒死蜱"}, {"parameter": "克百威"}]}

    assert bench.door["vic"].post(address, wanted).status_code == 403
    assert bench.door["eve"].post(address, wanted).status_code == 404
    assert codes(bench.door["ann"].post(address, {"parameters": []})) == ["rapid.no_parameter"]
    rapid = {"parameters": [{"parameter": "克百威", "method": "GB/T 5009.199-2003"}]}
    assert codes(bench.door["ann"].post(address, rapid))[0] in {"rapid.screening_method", "test.method_unknown"}
    ordered = bench.door["ann"].post(address, {**wanted, "confirmed_on": "retained_portion"})

    assert ordered.status_code == 201, ordered.text
    told = {one["parameter"]: one for one in ordered.json()["confirmed_by"]}
    assert {one["method_code"] for one in told.values()} == {METHOD}
    assert {one["confirmed_on"] for one in told.values()} == {"retained_portion"}
    tests = bench.door["max"].get(f"/api/samples/{bench.sample_numbers[1]}").json()["tests"]
    assert {one["parameter"] for one in tests} == {"chlorpyrifos", "carbofuran"}
    assert told["carbofuran"]["test_id"] in {one["id"] for one in tests}
    assert codes(bench.door["ann"].post(address, wanted)) == ["rapid.ordered_before"] * 2


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("NOBODY,豇豆,2026-11-21 10:15:00,1,有机磷,12,合格", "rapid.sample_unknown"),
        ("{S-1},豇豆,2026-12-21 10:15:00,1,有机磷,12,合格", "rapid.in_future"),
        ("{S-1},豇豆,2026-11-21 10:15:00,1,有机磷,12,也许", "rapid.result_unclear"),
    ],
)
def test_nothing_is_kept_where_one_record_is_refused(bench: Bench, line: str, code: str) -> None:
    spoiled = line.replace("{S-1}", bench.names["S-1"])

    refused = send(bench, row(bench, "S-2", "10", "合格"), spoiled)

    assert codes(refused) == [code]
    assert bench.door["ann"].get("/api/rapid-tests").json()["total"] == 0


def test_what_only_screens_is_known_by_code_and_technique(bench: Bench) -> None:
    with bench.lims.read(system_actor(), Action.SET_UP) as session:
        library = current_library(session)
        found = {code: library.is_screening(code) for code in ("GB/T 5009.199-2003", "KJ 201705", METHOD)}
    assert found == {"GB/T 5009.199-2003": True, "KJ 201705": True, METHOD: False}
