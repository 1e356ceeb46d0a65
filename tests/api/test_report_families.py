"""Families and annexes of reports, from the sheet to the file: retests, rapid tests, amendments, photos."""

import io
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter

from lims.accreditation import service as accreditation
from lims.accreditation.schemas import MethodLimitsIn
from lims.core.actions import Action
from lims.core.clock import FixedClock
from lims.documents.answers import Outcome
from lims.documents.press import Press
from lims.documents.verification import Status
from lims.library.queries import current_library
from lims.people.tables import AuthorisationKind
from lims.reports import verification
from lims.runtime import Lims
from lims.settings import Settings
from lims.web.rows import Numbered
from tests.api.laboratory import METHOD, Door, a_sheet, codes
from tests.api.reporting import a_draft, a_tested_sample, a_working_laboratory, chosen, issued, may, step
from tests.api.test_reports_files import draw_all, file_of, text_of
from tests.factories import Cast
from tests.pictures import a_photo

#: By its technique (酶联免疫) a method that only screens.
RAPID = "GB/T 21330-2007"
FIRST = {
    "programme": "retest",
    "retest_of": "AS2026000812",
    "retest_body": "安顺市农产品质量安全检验检测中心",
    "retest_on": "2026-11-21",
    "retest_decision": "受检单位 2026.11.21 提出异议，播州区农业农村局受理",
    "retest_results": ["啶虫脒=5.2 mg/kg 不合格", {"parameter": "克百威", "result": "<0.01 mg/kg", "fails": False}],
}


@pytest.fixture
def door(lims: Lims, cast: Cast) -> Door:
    return a_working_laboratory(lims, cast)


@pytest.fixture(scope="module")
def press() -> Press:
    settings = Settings()
    return Press(settings.report_templates, settings.assets)


def keep(door: Door, sample: str, content: bytes, caption: str = "样品封样") -> Any:
    return door["ann"].client.post(
        f"/api/samples/{sample}/photos", files={"file": ("x.jpg", content)}, data={"caption": caption}
    )


def snapshot_of(door: Door, report: dict[str, Any]) -> dict[str, Any]:
    return dict(door["cai"].get(f"/api/reports/{report['id']}/snapshot").json())


def test_a_retest_names_what_was_first_and_is_made_by_another_laboratory(
    lims: Lims, door: Door, press: Press, cast: Cast
) -> None:
    own = door["ann"].get("/api/laboratories").json()
    name = next(one["name"] for one in own if one["id"] == str(cast.ann.laboratory_id))
    tests = [{"parameter": "啶虫脒", "method": RAPID}, {"parameter": "克百威", "method": METHOD}]
    bare = door["ann"].post("/api/samples", a_sheet(programme="retest"))
    same = door["ann"].post("/api/samples", a_sheet(**{**FIRST, "retest_body": name}))
    rapid = door["ann"].post("/api/samples", a_sheet(**FIRST, parameters=tests))
    other = door["ann"].post("/api/samples", a_sheet(**{**FIRST, "programme": "routine"}))

    assert codes(bare) == ["sample.retest_first"] * 5
    assert codes(same) == ["sample.retest_same_body"]
    assert codes(rapid) == ["sample.retest_rapid"]
    assert codes(other) == ["sample.no_retest"]

    report = issued(door, a_draft(door, a_tested_sample(door, found="5", **FIRST)))
    draw_all(lims, press)
    retest = snapshot_of(door, report)["retest"]
    assert {line["parameter"]: line["outcome"] for line in retest["lines"]} == {
        "克百威": "维持初检结论",
        "啶虫脒": "维持初检结论",
    }
    text = text_of(file_of(door, report))
    for words in (
        "复检报告",
        "判定规则：检测结果与标准值直接比较，不考虑测量不确定度",
        "AS2026000812",
        "安顺市农产品质量安全检验检测中心",
        "5.2mg/kg",
        "初检与复检结果对照",
    ):
        assert words in text
    assert verification.verify_report(lims, None, file_of(door, report)).status is Status.VALID


def test_a_sample_tested_by_rapid_methods_alone_gets_a_notice_of_screening_results(
    lims: Lims, door: Door, press: Press, cast: Cast
) -> None:
    may(lims, "ann", AuthorisationKind.METHOD, RAPID)
    with lims.work(cast.max, Action.ACCREDITATION_EDIT) as session:
        limits = MethodLimitsIn(
            method=RAPID,
            analyte="啶虫脒",
            product="蔬菜",
            limit_of_quantification=Decimal("0.01"),
            limit_of_detection=Decimal("0.003"),
            verified_on=date(2026, 3, 1),
        )
        accreditation.record_method_limits(session, current_library(session), [Numbered(limits)])
    tests = [{"parameter": "啶虫脒", "method": RAPID}]
    texts = []
    for number, value in (("S-1", "5"), ("S-2", "0.02")):
        sheet = a_sheet(
            programme="supervision", sampling_sheet_number=number, parameters=tests, sampling_method="NY/T 789-2004"
        )
        sample = door["ann"].post("/api/samples", sheet).json()["number"]
        door["ann"].post(f"/api/samples/{sample}/receive", {"condition": "新鲜", "seal": "intact"})
        entry = {"sample": sample, "parameter": "acetamiprid", "finding": "quantified", "unit": "mg/kg", "value": value}
        made = door["ann"].post("/api/results", entry)
        assert made.status_code == 201, made.text
        submitted = door["ann"].post("/api/results/submit", chosen([made.json()])).json()
        door["vic"].post("/api/results/verify", chosen(submitted))
        report = issued(door, a_draft(door, sample))
        draw_all(lims, press)
        assert verification.verify_report(lims, None, file_of(door, report)).status is Status.VALID
        texts.append(text_of(file_of(door, report)))

    positive, negative = texts
    for text in texts:
        assert "快速检测结果通知" in text
        assert "四小时内" in text
        assert "不得采用快速检测方法" in text
        assert "资质认定证书编号" not in text
    assert "啶虫脒初筛结果为阳性，须经确证" in positive
    assert "初筛结果均为阴性" in negative


def test_an_amended_report_tells_every_value_that_it_changes(
    lims: Lims, door: Door, press: Press, clock: FixedClock
) -> None:
    sample = a_tested_sample(door, found="0.02")
    old = issued(door, a_draft(door, sample))
    clock.instant += timedelta(hours=1)
    blind = door["ann"].get(f"/api/samples/{sample}").json()["blind_code"]
    results = door["ann"].get("/api/results", sample=blind).json()["items"]
    wrong = next(one for one in results if one["analyte"] == "acetamiprid")
    corrected = door["ann"].post(
        f"/api/results/{wrong['id']}/correct",
        {
            "version": wrong["version"],
            "reason": "The decimal point was misplaced.",
            "finding": "quantified",
            "unit": "mg/kg",
            "value": "5",
        },
    )
    assert corrected.is_success, corrected.text
    submitted = door["ann"].post("/api/results/submit", chosen([corrected.json()])).json()
    assert door["vic"].post("/api/results/verify", chosen(submitted)).is_success
    draft = door["cai"].sign(f"/api/reports/{old['id']}/replace", {"reason": "The decimal point was misplaced."}).json()
    new = issued(door, draft)
    draw_all(lims, press)

    amendment = snapshot_of(door, new)["amendment"]
    changes = {(one["of"], one["field"]): (one["old"], one["new"]) for one in amendment["changes"]}
    assert amendment["replaces"] == old["number"]
    assert changes[("啶虫脒", "实测值")] == ("0.020", "5.0")
    assert changes[("啶虫脒", "单项结论")] == ("合格", "不合格")
    assert not [field for of, field in changes if of == "克百威"]
    text = text_of(file_of(door, new))
    assert f"本报告为更改报告，替代报告{old['number']}" in text
    assert "更改前更改后" in text
    assert verification.verify_report(lims, None, file_of(door, new)).status is Status.VALID


@pytest.mark.both_databases
def test_photos_are_kept_without_what_the_camera_wrote_and_travel_in_the_report(
    lims: Lims, door: Door, press: Press
) -> None:
    sample = a_tested_sample(door)
    first, second = keep(door, sample, a_photo()).json(), keep(door, sample, a_photo("brown"), "现场抽样").json()
    path = f"/api/samples/{sample}/photos"
    refused = [keep(door, sample, content) for content in (a_photo(), b"%PDF-1.7", b"\xff\xd8\xff\xe0 cut off")]
    removed = door["ann"].post(f"{path}/{second['id']}/remove", {"reason": "It shows another sample."})

    assert [codes(answer) for answer in refused] == [["photo.twice"], ["photo.unreadable"], ["photo.unreadable"]]
    assert removed.status_code == 200
    assert [one["caption"] for one in door["ann"].get(path).json()] == ["样品封样"]
    assert codes(door["vic"].get(path)) == ["photo.blind"]
    kept = door["ann"].get(f"{path}/{first['id']}").content
    with Image.open(io.BytesIO(kept)) as picture:
        assert (picture.size, len(picture.getexif())) == ((1600, 1200), 0)
    assert b"Li Ming" not in kept

    report = issued(door, a_draft(door, sample, photos=True))
    draw_all(lims, press)
    pdf = file_of(door, report)
    found = verification.verify_report(lims, None, pdf)
    assert (found.status, found.printed) == (Status.VALID, Outcome.PASSED)
    assert PdfReader(BytesIO(pdf)).attachments[f"photo-{first['sha256']}.jpg"] == [kept]
    assert "附录A照片" in text_of(pdf)
    assert first["sha256"] in text_of(pdf)


def test_a_report_tells_the_uncertainty_of_its_results_when_asked(lims: Lims, door: Door, press: Press) -> None:
    sample = a_tested_sample(door, found="0.0234")
    draft = a_draft(door, sample, uncertainty=True)
    seen = door["cai"].get(f"/api/reports/{draft['id']}").json()
    without = step(door, "cai", seen, "annex", annex=False)
    again = step(door, "cai", without, "annex", annex=True, uncertainty=True)
    report = issued(door, again)
    draw_all(lims, press)

    assert (seen["annexes"], without["annexes"], again["annexes"]) == ("uncertainty", "", "uncertainty")
    rows = {row["parameter"]: row for row in snapshot_of(door, report)["uncertainties"]}
    assert set(rows) == {"克百威", "3-羟基克百威", "啶虫脒"}
    assert (rows["啶虫脒"]["result"], rows["啶虫脒"]["uncertainty"]) == ("0.023", "—")
    assert "附录B测量不确定度" in text_of(file_of(door, report))


def test_a_photo_that_was_swapped_in_the_file_is_found_out(lims: Lims, door: Door, press: Press) -> None:
    sample = a_tested_sample(door)
    keep(door, sample, a_photo())
    report = issued(door, a_draft(door, sample, photos=True))
    draw_all(lims, press)
    writer = PdfWriter(clone_from=BytesIO(file_of(door, report)))
    writer.add_attachment("photo-" + "0" * 64 + ".jpg", a_photo("red"))
    out = BytesIO()
    writer.write(out)

    assert verification.verify_report(lims, None, out.getvalue()).status is not Status.VALID
