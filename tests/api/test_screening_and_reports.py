"""Rapid tests and screening methods before the door of reports: what they find is confirmed before anybody is told."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from lims.accreditation import service as accreditation
from lims.accreditation.schemas import MethodLimitsIn
from lims.core.actions import Action
from lims.library.queries import current_library
from lims.people.tables import AuthorisationKind
from lims.runtime import Lims
from lims.web.rows import Numbered
from tests.api.laboratory import METHOD, Door, a_sheet, codes
from tests.api.reporting import (
    a_draft,
    a_tested_sample,
    a_working_laboratory,
    an_entry,
    chosen,
    issued,
    may,
    record_limits,
    step,
)
from tests.api.test_rapid_tests import HEAD
from tests.api.test_report_families import RAPID
from tests.factories import Cast


@pytest.fixture
def door(lims: Lims, cast: Cast) -> Door:
    return a_working_laboratory(lims, cast)


def a_positive(door: Door, sample: str) -> str:
    """The id of a rapid test of the sample that found something."""
    file = f"{HEAD}\n{sample},豇豆,2026-11-21 10:15:00,1,有机磷和氨基甲酸酯,88,不合格\n".encode()
    kept = door["ann"].client.post("/api/rapid-tests", files={"file": ("reader.csv", file)})
    assert kept.status_code == 201, kept.text
    return str(kept.json()["tests"][0]["id"])


def verify(door: Door, *entries: dict[str, Any]) -> None:
    made = [door["ann"].post("/api/results", entry) for entry in entries]
    assert [one.status_code for one in made] == [201] * len(entries), [one.text for one in made]
    submitted = door["ann"].post("/api/results/submit", chosen([one.json() for one in made])).json()
    assert door["vic"].post("/api/results/verify", chosen(submitted)).status_code == 200


def said(answer: Any) -> str:
    return " ".join(one["text"] for one in answer.json()["reasons"])


def test_a_positive_rapid_test_holds_the_report_back_until_its_confirmation_is_verified(
    lims: Lims, door: Door, cast: Cast
) -> None:
    record_limits(lims, cast.max, ("毒死蜱",))
    sample = a_tested_sample(door)
    reviewed = step(door, "rui", a_draft(door, sample), "review")
    test = a_positive(door, sample)  # comes when the report is nearly out

    late = door["sun"].sign(f"/api/reports/{reviewed['id']}/approve", {"version": reviewed["version"]})
    order = {"parameters": [{"parameter": "毒死蜱", "method": METHOD}]}
    ordered = door["ann"].post(f"/api/rapid-tests/{test}/confirmation", order)
    open_ = door["sun"].sign(f"/api/reports/{reviewed['id']}/approve", {"version": reviewed["version"]})
    why = {"version": reviewed["version"], "reason": "A positive rapid test is being confirmed."}
    back = door["rui"].post(f"/api/reports/{reviewed['id']}/send-back", why)
    again = door["cai"].sign("/api/reports", {"sample": sample})

    assert codes(late) == ["report.rapid_unconfirmed"]
    assert "wait for their confirmation" in said(late)
    assert ordered.status_code == 201, ordered.text
    assert codes(open_) == ["report.tests_open"]
    assert back.status_code == 200, back.text
    assert codes(again) == ["report.tests_open"]
    assert "chlorpyrifos" in said(again)

    verify(door, an_entry(sample, "chlorpyrifos"))
    assert issued(door, a_draft(door, sample))["status"] == "issued"


def test_nobody_is_failed_by_a_screening_method_alone(lims: Lims, door: Door, cast: Cast) -> None:
    may(lims, "ann", AuthorisationKind.METHOD, RAPID)
    limits = MethodLimitsIn(
        method=RAPID,
        analyte="啶虫脒",
        product="蔬菜",
        limit_of_quantification=Decimal("0.01"),
        limit_of_detection=Decimal("0.003"),
        verified_on=date(2026, 3, 1),
    )
    with lims.work(cast.max, Action.ACCREDITATION_EDIT) as session:
        accreditation.record_method_limits(session, current_library(session), [Numbered(limits)])
    tests = [{"parameter": "啶虫脒", "method": RAPID}, {"parameter": "克百威", "method": METHOD}]
    sample = (
        door["ann"].post("/api/samples", a_sheet(parameters=tests, sampling_method="NY/T 789-2004")).json()["number"]
    )
    door["ann"].post(f"/api/samples/{sample}/receive", {"condition": "新鲜", "seal": "intact"})
    verify(
        door,
        an_entry(sample, "carbofuran"),
        an_entry(sample, "carbofuran", "3-hydroxycarbofuran"),
        an_entry(sample, "acetamiprid", finding="quantified", value="5"),
    )

    refused = door["cai"].sign("/api/reports", {"sample": sample})

    assert codes(refused) == ["report.only_screened"]
    assert RAPID in said(refused)
    assert "confirmed by an instrument method" in said(refused)
