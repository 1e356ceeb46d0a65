"""Results through the front door: entered, submitted, verified by a second person, returned, corrected."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlmodel import select

from lims.accreditation.tables import VerifiedMethod
from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.core.clock import FixedClock
from lims.people.tables import AuthorisationKind
from lims.runtime import Lims
from tests.api.laboratory import METHOD, Door, a_sheet, codes
from tests.api.reporting import (
    Prepared,
    a_copy,
    a_received_sample,
    an_entry,
    chosen,
    entered,
    give_role,
    may,
    prepare,
    record_limits,
    verified,
)
from tests.factories import Cast

ACETAMIPRID = "acetamiprid"


@pytest.fixture(scope="module")
def prepared(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(shared, tmp_path_factory.mktemp("prepared") / "var")


@pytest.fixture
def lims(prepared: Prepared, tmp_path: Path, clock: FixedClock) -> Iterator[Lims]:
    with a_copy(prepared, tmp_path / "var", clock) as installation:
        yield installation


@pytest.fixture
def cast(prepared: Prepared) -> Cast:
    return prepared.cast


@pytest.fixture
def door(lims: Lims) -> Door:
    return Door(lims)


def status_of(door: Door, number: str) -> tuple[str, dict[str, str]]:
    """The status of a sample and of its tests by parameter."""
    sample = door["cai"].get(f"/api/samples/{number}").json()
    return sample["status"], {test["parameter"]: test["status"] for test in sample["tests"]}


@pytest.mark.parametrize(
    ("value", "unit", "kept"),
    [("0.0530", "mg/kg", "0.0530"), ("53.0", "ug/kg", "0.0530"), ("53", "ng/g", "0.053"), ("0.01", "mg/kg", "0.01")],
)
def test_a_result_is_kept_in_the_unit_of_the_limits(door: Door, value: str, unit: str, kept: str) -> None:
    number = a_received_sample(door)["number"]

    entry = an_entry(number, ACETAMIPRID, finding="quantified", value=value, unit=unit)
    answer = door["ann"].post("/api/results", entry)

    assert answer.status_code == 201, answer.text
    result = answer.json()
    assert Decimal(result["value"]) == Decimal(kept)
    assert result["unit"] == "mg/kg"
    assert (result["limit_of_quantification"], result["limit_of_detection"]) == ("0.01", "0.003")


def test_a_sample_may_be_named_by_its_blind_code_and_no_result_names_it_otherwise(door: Door) -> None:
    sample = a_received_sample(door)

    result = door["ann"].post("/api/results", an_entry(sample["blind_code"], ACETAMIPRID)).json()

    assert result["sample"] == sample["blind_code"]
    assert sample["number"] not in str(result)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"finding": "quantified"}, "result.value_needed"),
        ({"finding": "quantified", "value": "0.0099"}, "result.value_below_loq"),
        ({"finding": "quantified", "value": "-1"}, "result.value_needed"),
        ({"value": "0.5"}, "result.value_not_wanted"),
        ({"unit": "mg/L"}, "unit.kind_differs"),
        ({"unit": "ppm"}, "unit.unknown"),
        ({"analyte": "carbofuran"}, "result.foreign_analyte"),
        ({"analysed_on": "2026-11-24"}, "result.analysed_in_future"),
        ({"analysed_on": "2026-11-22"}, "result.analysed_before_received"),
        ({"limit_of_quantification": "0.02"}, "reason.too_short"),
        ({"limit_of_quantification": "0", "remark": "from the data sheet"}, "result.limit_not_positive"),
        (
            {"limit_of_quantification": "0.01", "limit_of_detection": "0.02", "remark": "from the data sheet"},
            "result.limits_crossed",
        ),
        ({"limit_of_quantification": "0.01", "remark": "from the data sheet"}, "result.no_limit_of_detection"),
    ],
)
def test_a_result_that_cannot_be_is_refused(door: Door, changes: dict[str, str], code: str) -> None:
    number = a_received_sample(door)["number"]
    entry = an_entry(number, ACETAMIPRID)
    if changes.get("unit") == "mg/L":
        changes = {**changes, "finding": "quantified", "value": "1"}

    answer = door["ann"].post("/api/results", {**entry, **changes})

    assert answer.status_code == 422
    assert code in codes(answer)
    assert door["ann"].get("/api/results", sample=number).json()["total"] == 0


def test_limits_given_by_hand_need_a_remark_and_then_count(door: Door) -> None:
    number = a_received_sample(door)["number"]
    limits = {
        "limit_of_quantification": "20",
        "limit_of_detection": "6",
        "unit": "ug/kg",
        "remark": "方法验证报告 2026-7",
    }

    result = door["ann"].post("/api/results", an_entry(number, ACETAMIPRID, **limits)).json()

    assert Decimal(result["limit_of_quantification"]) == Decimal("0.02")
    assert result["amount"]["kind"] == "not_detected"


def test_a_result_without_a_limit_of_quantification_is_refused(lims: Lims, door: Door) -> None:
    number = a_received_sample(door)["number"]
    with lims.work(system_actor(), Action.SET_UP) as session:
        for limits in session.exec(select(VerifiedMethod)).all():
            session.delete(limits)

    refused = door["ann"].post("/api/results", an_entry(number, "carbofuran"))

    assert codes(refused) == ["result.no_loq"]


def test_only_a_technician_authorised_for_the_method_enters_results(door: Door) -> None:
    number = a_received_sample(door)["number"]

    unauthorised = door["bea"].post("/api/results", an_entry(number, ACETAMIPRID))
    verifier = door["vic"].post("/api/results", an_entry(number, ACETAMIPRID))

    assert codes(unauthorised) == ["result.not_authorised"]
    assert verifier.status_code == 403


def test_an_authorisation_that_ended_is_none(lims: Lims, door: Door) -> None:
    number = a_received_sample(door)["number"]
    may(lims, "bea", AuthorisationKind.METHOD, METHOD, ends_on=date(2026, 11, 22))

    answer = door["bea"].post("/api/results", an_entry(number, ACETAMIPRID))

    assert codes(answer) == ["result.not_authorised"]


def test_an_analyte_has_one_result(door: Door) -> None:
    number = a_received_sample(door)["number"]
    door["ann"].post("/api/results", an_entry(number, ACETAMIPRID))

    again = door["ann"].post("/api/results", an_entry(number, ACETAMIPRID))

    assert again.status_code == 409
    assert codes(again) == ["result.exists"]


def test_a_sample_that_was_not_received_has_no_results(door: Door) -> None:
    number = door["ann"].post("/api/samples", a_sheet(parameters=["啶虫脒"])).json()["number"]

    answer = door["ann"].post("/api/results", an_entry(number, ACETAMIPRID))

    assert codes(answer) == ["result.sample_not_received"]


def test_tests_and_sample_follow_their_results(door: Door) -> None:
    number = a_received_sample(door)["number"]

    door["ann"].post("/api/results", an_entry(number, "carbofuran"))
    half = status_of(door, number)
    other = door["ann"].post("/api/results", an_entry(number, "carbofuran", "3-hydroxycarbofuran")).json()
    door["ann"].post("/api/results", an_entry(number, ACETAMIPRID))
    recorded = status_of(door, number)
    everything = door["ann"].get("/api/results", sample=number).json()["items"]
    submitted = door["ann"].post("/api/results/submit", chosen(everything)).json()
    first, last = submitted[:-1], submitted[-1:]
    door["vic"].post("/api/results/verify", chosen(first))
    partly = status_of(door, number)[0]
    door["vic"].post("/api/results/verify", chosen(last))

    assert other["parameter"] == "carbofuran"
    assert half == ("received", {"acetamiprid": "assigned", "carbofuran": "assigned"})
    assert recorded == ("received", {"acetamiprid": "recorded", "carbofuran": "recorded"})
    assert partly == "received"
    assert status_of(door, number) == ("tested", {"acetamiprid": "verified", "carbofuran": "verified"})


def test_nobody_verifies_their_own_work(lims: Lims, door: Door) -> None:

    give_role(lims, "ann", "verifier")
    number = a_received_sample(door)["number"]
    submitted = door["ann"].post("/api/results/submit", chosen(entered(door, number))).json()

    answer = door["ann"].post("/api/results/verify", chosen(submitted))
    returned = door["ann"].post(
        f"/api/results/{submitted[0]['id']}/return", {"version": submitted[0]["version"], "reason": "I doubt myself."}
    )

    assert answer.status_code == 422
    assert set(codes(answer)) == {"result.own_work"}
    assert "result.own_work" in codes(returned)
    assert door["ann"].get("/api/results/waiting").json()["total"] == 0
    assert door["vic"].get("/api/results/waiting").json()["total"] == 3


def test_what_was_not_submitted_is_not_verified_and_nothing_of_the_selection_is(door: Door) -> None:
    number = a_received_sample(door)["number"]
    results = entered(door, number)
    submitted = door["ann"].post("/api/results/submit", chosen(results[:2])).json()

    answer = door["vic"].post("/api/results/verify", chosen([*submitted, results[2]]))

    assert codes(answer) == ["result.not_submitted"]
    assert door["vic"].get("/api/results", status="verified").json()["total"] == 0


def test_another_person_s_results_are_not_submitted(lims: Lims, door: Door) -> None:
    may(lims, "bea", AuthorisationKind.METHOD, METHOD)
    number = a_received_sample(door)["number"]

    answer = door["bea"].post("/api/results/submit", chosen(entered(door, number)))

    assert codes(answer) == ["result.not_own_work"]


def test_a_stale_verification_is_a_conflict(door: Door) -> None:
    number = a_received_sample(door)["number"]
    results = entered(door, number)
    door["ann"].post("/api/results/submit", chosen(results))

    stale = door["vic"].post("/api/results/verify", chosen(results))

    assert stale.status_code == 409
    assert codes(stale) == ["conflict.changed"]


def test_a_returned_result_is_upheld_with_an_answer_or_corrected(door: Door) -> None:
    number = a_received_sample(door)["number"]
    submitted = door["ann"].post("/api/results/submit", chosen(entered(door, number))).json()
    one = submitted[2]

    short = door["vic"].post(f"/api/results/{one['id']}/return", {"version": one["version"], "reason": "no"})
    returned = (
        door["vic"]
        .post(f"/api/results/{one['id']}/return", {"version": one["version"], "reason": "The peak shape is doubtful."})
        .json()
    )
    silent = door["ann"].post("/api/results/submit", chosen([returned]))
    upheld = door["ann"].post(
        "/api/results/submit", {**chosen([returned]), "remark": "Integrated again, the same number."}
    )

    assert codes(short) == ["reason.too_short"]
    assert (returned["status"], returned["return_reason"]) == ("returned", "The peak shape is doubtful.")
    assert codes(silent) == ["reason.too_short"]
    assert upheld.json()[0]["status"] == "submitted"


def a_correction(result: dict[str, object], **changes: object) -> dict[str, object]:
    return {
        "version": result["version"],
        "reason": "Wrong dilution factor was used.",
        "finding": "quantified",
        "value": "0.08",
        "unit": "mg/kg",
        **changes,
    }


def test_a_correction_is_a_new_version_and_the_test_is_open_again(door: Door) -> None:
    number = a_received_sample(door)["number"]
    old = verified(door, number)[2]

    answer = door["ann"].post(f"/api/results/{old['id']}/correct", a_correction(old))

    new = answer.json()
    assert answer.status_code == 201, answer.text
    assert (new["status"], new["supersedes_id"], new["value"]) == ("entered", old["id"], "0.08")
    versions = door["vic"].get(f"/api/results/{new['id']}/versions").json()
    assert [(v["status"], v["value"]) for v in versions] == [("superseded", None), ("entered", "0.08")]
    assert status_of(door, number) == ("received", {"acetamiprid": "recorded", "carbofuran": "verified"})


def test_a_correction_needs_a_reason_and_the_newest_version(door: Door) -> None:
    number = a_received_sample(door)["number"]
    old = verified(door, number)[2]
    url = f"/api/results/{old['id']}/correct"

    short = door["ann"].post(url, a_correction(old, reason="typo"))
    stale = door["ann"].post(url, {**a_correction(old), "version": 1})
    first = door["ann"].post(url, a_correction(old))
    again = door["ann"].post(url, {**a_correction(old), "version": old["version"] + 1})

    assert codes(short) == ["reason.too_short"]
    assert stale.status_code == 409
    assert first.status_code == 201
    assert codes(again) == ["result.superseded"]


def test_a_result_tells_where_it_comes_from(door: Door) -> None:
    number = a_received_sample(door)["number"]
    result = verified(door, number, finding="quantified", value="53", unit="ug/kg")[2]

    trace = door["vic"].get(f"/api/results/{result['id']}/trace").json()

    assert trace["method_code"] == METHOD
    assert trace["result"]["calculation"]["entered"] == {"finding": "quantified", "value": "53", "unit": "μg/kg"}
    assert sorted(trace["people"].values()) == ["Ann", "Vic"]
    assert trace["measurement"] is None
    assert number not in str(trace)


def test_another_laboratory_sees_nothing(lims: Lims, cast: Cast, door: Door) -> None:
    number = a_received_sample(door)["number"]
    result = verified(door, number)[0]
    record_limits(lims, cast.eve)

    assert door["eve"].get("/api/results").json()["total"] == 0
    assert door["eve"].get(f"/api/results/{result['id']}/trace").status_code == 404
    assert door["eve"].get(f"/api/results/{result['id']}/versions").status_code == 404
    assert door["eve"].post("/api/results", an_entry(number, ACETAMIPRID)).status_code == 404
    assert door["eve"].post("/api/results/verify", chosen([result])).status_code == 404
    assert door["eve"].post(f"/api/results/{result['id']}/correct", a_correction(result)).status_code == 404
