"""Bracketing in runs: standards among the samples, what each injection is read from, drift, and the way back."""

import csv
import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from lims.core.actions import Action
from lims.core.language import Language
from lims.demo.instrument_export import PlannedInjection, masshunter_table
from lims.results.original_record import record_of
from tests.api.calibrated_files import STANDARD_AREA
from tests.api.laboratory import codes
from tests.api.test_results_of_runs import recorded
from tests.api.test_run_calibration import ANALYTE, calibrate_by, calibration_of, content_of
from tests.api.test_runs import Bench
from tests.pages.test_results_of_runs_pages import bench, prepared  # noqa: F401  # fixtures
from tests.unit.runs.batches import COMPOUNDS, INTERNAL_STANDARD, STARTED_AT

D = Decimal
TERMS = {"max_drift_percent": "10", "reach_percent": "30", "source": "Method as verified"}
#: Position, kind, what is in the vial; the response factor grows from 0.030 to 0.032 and, at the end, to 0.040.
SEQUENCE: tuple[tuple[str, str, str | None, float], ...] = (
    ("STD-1", "calibration_standard", "50", 0.030),
    ("Blank", "blank", None, 0.030),
    ("S-1", "sample", None, 0.030),
    ("S-2", "sample", "45", 0.0305),
    ("STD-2", "calibration_standard", "50", 0.032),
    ("S-1 spike", "matrix_spike", "52", 0.032),
    ("STD-3", "calibration_standard", "50", 0.032),
    ("S-3", "sample", "40", 0.036),
    ("STD-4", "calibration_standard", "50", 0.040),
)


def positions(bench: Bench) -> list[dict[str, Any]]:  # noqa: F811
    made = []
    for label, kind, held, _ in SEQUENCE:
        entry: dict[str, Any] = {"kind": kind, "label": bench.names.get(label, label)}
        if kind == "calibration_standard":
            entry["nominal_concentration"] = held
        if kind == "matrix_spike":
            entry |= {"parent": bench.names["S-1"], "spiked_content": "0.05"}
        made.append(entry)
    return made


def the_file(bench: Bench, amounts: Callable[[int], float] = lambda _: 1.0) -> bytes:  # noqa: F811
    """The instrument's table; `amounts` is how much internal standard the injection at a place holds."""
    planned = [
        PlannedInjection(
            bench.names.get(label, label),
            "Cal" if kind == "calibration_standard" else "Blank" if kind == "blank" else "Sample",
            "1" if kind == "calibration_standard" else "",
            D(held) if kind == "calibration_standard" and held else None,
            {} if held is None else dict.fromkeys(COMPOUNDS, D(held)),
        )
        for label, kind, held, _ in SEQUENCE
    ]
    text = masshunter_table(planned, COMPOUNDS, STARTED_AT, internal_standard=INTERNAL_STANDARD).decode("utf-8-sig")
    groups, heads, *rows = csv.reader(io.StringIO(text))
    named, group = [], ""
    for one, head in zip(groups, heads, strict=True):
        group = one or group
        named.append((group, head))
    standard = next(at for at, (one, head) in enumerate(named) if "(ISTD)" in one and head == "Area")
    for place, (row, (_, _, held, factor)) in enumerate(zip(rows, SEQUENCE, strict=True)):
        row[standard] = str(round(STANDARD_AREA * amounts(place)))
        if held is None:
            continue
        for compound in COMPOUNDS:
            area = named.index((f"{compound} Results", "Area"))
            qualifier = next(
                at for at in range(area, len(named)) if named[at][0].startswith("Qualifier") and named[at][1] == "Area"
            )
            share = float(row[qualifier]) / float(row[area])
            row[area] = str(round(factor * float(held) * STANDARD_AREA))
            row[qualifier] = str(round(float(row[area]) * share))
    sink = io.StringIO()
    csv.writer(sink, lineterminator="\r\n").writerows([groups, heads, *rows])
    return b"\xef\xbb\xbf" + sink.getvalue().encode()


def bracketed_run(bench: Bench, **changes: Any) -> dict[str, Any]:  # noqa: F811
    made = calibrate_by(bench, curve={"model": "bracketing"}, bracketing={**TERMS, **changes})
    assert made.status_code == 201, made.text
    return the_run(bench, positions(bench), the_file(bench))


def the_run(bench: Bench, entries: list[dict[str, Any]], content: bytes) -> dict[str, Any]:  # noqa: F811
    worksheet = bench.door["ann"].post("/api/worksheets", bench.worksheet_body(entries=entries))
    assert worksheet.status_code == 201, worksheet.text
    answer = bench.upload(f"/api/worksheets/{worksheet.json()['number']}/runs", content)
    assert answer.status_code in {200, 201}, answer.text
    return dict(bench.door["ann"].get(f"/api/runs/{answer.json()['id']}").json())


@pytest.mark.parametrize(("rule", "factor"), [("mean_factor", 0.031), ("interpolated_factor", 0.0315)])
def test_an_injection_is_read_from_the_standards_around_it(bench: Bench, rule: str, factor: float) -> None:  # noqa: F811
    run = bracketed_run(bench, rule=rule)

    assert calibration_of(run)["is_accepted"], calibration_of(run)["reasons"]
    found = content_of(run, bench.names["S-2"])
    bracket = found["factors"]["bracket"]
    assert [bracket[side]["label"] for side in ("before", "after")] == ["STD-1", "STD-2"]
    assert float(bracket["response_factor"]) == pytest.approx(factor, rel=1e-6)
    assert float(found["content"]) == pytest.approx(0.0305 * 45 / factor / 1000, rel=1e-4)
    assert found["amount"]["kind"] == "quantified"
    drifts = {
        one["position"]: (one["verdict"], round(float(one["value"]), 2), one["limit_text"])
        for one in run["checks"]
        if (one["analyte"], one["kind"]) == (ANALYTE, "bracket_drift")
    }
    assert drifts[bench.names["S-2"]] == ("pass", 6.67, "±10 %")
    assert drifts[bench.names["S-3"]] == ("fail", 25.0, "±10 %")


def test_a_bracket_that_drifts_holds_its_own_samples_back_until_somebody_decides(bench: Bench) -> None:  # noqa: F811
    run = bracketed_run(bench)
    held = content_of(run, bench.names["S-3"])
    assert (held["amount"], [why["code"] for why in held["reasons"]]) == (None, ["calibration.bracket_drifted"])
    check = next(
        one
        for one in run["checks"]
        if (one["analyte"], one["position"], one["verdict"]) == (ANALYTE, bench.names["S-3"], "fail")
    )

    decided = bench.door["max"].post(
        f"/api/runs/{run['id']}/qc-decisions",
        {"checks": [{"id": check["id"]}], "decision": "qc_accepted", "reason": "The sample is far below its limit."},
    )

    assert decided.status_code == 201, decided.text
    after = bench.door["ann"].get(f"/api/runs/{run['id']}").json()
    assert content_of(after, bench.names["S-3"])["amount"]["kind"] == "quantified"


def test_a_standard_left_out_gives_way_to_the_next(bench: Bench) -> None:  # noqa: F811
    run = bracketed_run(bench, max_drift_percent="50")
    body = {
        "analyte": ANALYTE,
        "label": "STD-2",
        "is_left_out": True,
        "reason": "The needle hit the rim.",
        "version": 1,
    }

    answer = bench.door["max"].post(f"/api/runs/{run['id']}/calibration-levels", body)

    assert answer.status_code == 201, answer.text
    after = bench.door["ann"].get(f"/api/runs/{run['id']}").json()
    bracket = content_of(after, bench.names["S-2"])["factors"]["bracket"]
    assert [bracket[side]["label"] for side in ("before", "after")] == ["STD-1", "STD-3"]
    last = {**body, "label": "STD-4", "version": calibration_of(after)["version"]}
    assert bench.door["max"].post(f"/api/runs/{run['id']}/calibration-levels", last).status_code == 201
    open_ = content_of(bench.door["ann"].get(f"/api/runs/{run['id']}").json(), bench.names["S-3"])
    assert [why["code"] for why in open_["reasons"]] == ["calibration.not_bracketed"]


def test_the_result_is_calculated_again_from_its_bracket_and_the_record_names_it(bench: Bench) -> None:  # noqa: F811
    run = bracketed_run(bench)
    recorded(bench, run["id"])
    (result,) = bench.door["ann"].get("/api/results", sample=bench.names["S-2"]).json()["items"]
    assert float(result["value"]) == pytest.approx(0.04427, rel=1e-3)

    with bench.lims.read(bench.cast.max, Action.RUN_READ) as session:
        record = record_of(session, UUID(run["id"]), Language.ENGLISH)

    part = next(one for one in record.analytes if one.compound == ANALYTE)
    assert [(one.place, one.label, one.factor) for one in part.brackets][:2] == [
        ("1", "STD-1", "0.0300000"),
        ("5", "STD-2", "0.0320000"),
    ]
    told = next(one for one in part.results if one.label == bench.names["S-2"]).remarks
    assert told == ("Read from the bracket STD-1 (1) – STD-2 (5): RF = 0.0310000, drift 6.7 %.",)
    facts = dict(part.facts)
    assert (facts["equation"], facts["range"]) == ("c = y / RF", "35.0 – 65.0 μg/L")


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        (None, "calibration.bracket_terms_missing"),
        ({**TERMS, "max_drift_percent": "0"}, "calibration.bracket_drift_limit"),
        ({**TERMS, "reach_percent": "100"}, "calibration.bracket_reach"),
    ],
)
def test_terms_that_say_nothing_are_refused(bench: Bench, terms: Any, code: str) -> None:  # noqa: F811
    assert codes(calibrate_by(bench, curve={"model": "bracketing"}, bracketing=terms)) == [code]


def test_a_worksheet_of_a_bracketing_method_ends_with_a_standard(bench: Bench) -> None:  # noqa: F811
    assert calibrate_by(bench, curve={"model": "bracketing"}, bracketing=TERMS).status_code == 201

    refused = bench.door["ann"].post("/api/worksheets", bench.worksheet_body(entries=positions(bench)[:-1]))

    assert codes(refused) == ["worksheet.not_bracketed"]
    assert bench.names["S-3"] in refused.text


@pytest.mark.parametrize("said_by", ["as_the_worksheet_says", "as_the_file_says"])
def test_the_concentration_of_the_internal_standard_counts_where_it_differs(bench: Bench, said_by: str) -> None:  # noqa: F811
    """The second half of the batch was given half the internal standard: A/A(IS) alone would be twice too high."""

    def amounts(place: int) -> float:
        return 1.0 if place < 5 else 0.5

    made = calibrate_by(
        bench, curve={"model": "bracketing"}, bracketing={**TERMS, "max_drift_percent": "50"}, standard_amount=said_by
    )
    assert made.status_code == 201, made.text
    entries = positions(bench)
    if said_by == "as_the_worksheet_says":
        for place, entry in enumerate(entries):
            entry["standard_concentration"] = str(10 * amounts(place))
    run = the_run(bench, entries, the_file(bench, amounts))

    found = content_of(run, bench.names["S-3"])
    if said_by == "as_the_file_says":  # this table has no such column
        assert found["amount"] is None
        assert {why["code"] for why in found["reasons"]} >= {"run.no_standard_concentration"}
        return
    assert found["factors"]["standard_concentration"] == "5.0"
    assert float(found["content"]) == pytest.approx(0.04, rel=1e-3)
    recorded(bench, run["id"])
    (result,) = bench.door["ann"].get("/api/results", sample=bench.names["S-3"]).json()["items"]
    assert float(result["value"]) == pytest.approx(0.04, rel=1e-3)
