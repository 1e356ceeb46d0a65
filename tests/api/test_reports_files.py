"""The files of reports: drawn and signed once, in the background, and verified when somebody hands one in."""

from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pypdf import PdfReader

from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.core.errors import BadInput
from lims.core.reasons import reason
from lims.documents.answers import Outcome
from lims.documents.keys import SigningIdentity, development_identity
from lims.documents.press import Press
from lims.documents.renderers import renderer_of
from lims.documents.signing import sign_pdf
from lims.documents.snapshot import ReportSnapshot
from lims.documents.timestamps import TimestampRefused
from lims.documents.verification import Status
from lims.network import queries as network
from lims.network.service import set_certificate
from lims.reports import queries, tasks, verification
from lims.reports.desk import signing_identity
from lims.runtime import Lims
from lims.settings import Settings
from tests.api.laboratory import Door, codes
from tests.api.reporting import (
    a_draft,
    a_tested_sample,
    a_working_laboratory,
    an_issued_report,
    issued,
    step,
)
from tests.factories import Cast

WHY = "The batch number was misread."


@pytest.fixture
def door(lims: Lims, cast: Cast) -> Door:
    return a_working_laboratory(lims, cast)


@pytest.fixture(scope="module")
def press() -> Press:
    settings = Settings()
    return Press(settings.report_templates, settings.assets)


def draw_all(lims: Lims, press: tasks.Draws) -> int:
    """Everything that is due; how many."""
    waiting = tasks.due(lims)
    for report_id in waiting:
        tasks.render_report(lims, report_id, press)
    return len(waiting)


def file_of(door: Door, report: dict[str, Any]) -> bytes:
    answer = door["cai"].get(f"/api/reports/{report['id']}/pdf")
    assert answer.status_code == 200, answer.text
    return bytes(answer.content)


@pytest.mark.both_databases
def test_an_issued_report_is_drawn_and_signed_once(lims: Lims, door: Door, press: Press) -> None:
    report = an_issued_report(door)
    early = door["cai"].get(f"/api/reports/{report['id']}/pdf")

    assert draw_all(lims, press) == 1
    first = door["cai"].get(f"/api/reports/{report['id']}").json()
    tasks.render_report(lims, id_of(lims, report), press)
    again = door["cai"].get(f"/api/reports/{report['id']}").json()

    assert (early.status_code, codes(early)) == (404, ["report.no_file"])
    assert first == again
    assert draw_all(lims, press) == 0
    assert file_of(door, report).startswith(b"%PDF-")
    assert first["snapshot_sha256"] == report["snapshot_sha256"]


@pytest.mark.both_databases
def test_a_file_has_the_annex_that_was_asked_for_and_no_other(lims: Lims, door: Door, press: Press) -> None:
    asked = issued(door, a_draft(door, a_tested_sample(door, found="5"), annex=True))
    plain = an_issued_report(door, sampling_sheet_number="S-2")
    draw_all(lims, press)

    told = door["cai"].get(f"/api/reports/{asked['id']}/snapshot").json()["annex"][0]["sentence"]
    annex = text_of(file_of(door, asked)).partition("附录A判定说明")[2]
    assert "".join(told.split()) in annex
    assert "以下空白" in annex
    assert "判定说明" not in text_of(file_of(door, plain))


@pytest.mark.both_databases
def test_a_report_is_made_in_the_language_that_was_asked_for_and_verifies_in_each(
    lims: Lims, door: Door, press: Press
) -> None:
    reports = {
        language: issued(
            door,
            a_draft(
                door,
                a_tested_sample(door, found="5", sampling_sheet_number=f"S-{language}"),
                annex=True,
                language=language,
            ),
        )
        for language in ("zh", "en", "bilingual")
    }
    draw_all(lims, press)
    files = {language: file_of(door, report) for language, report in reports.items()}
    found = {language: verification.verify_report(lims, None, content) for language, content in files.items()}

    assert [report["language"] for report in reports.values()] == ["zh", "en", "bilingual"]
    assert {answer.status for answer in found.values()} == {Status.VALID}
    assert {answer.printed for answer in found.values()} == {Outcome.PASSED}
    told = door["cai"].get(f"/api/samples/{reports['en']['sample']}/judgement").json()["lines"]
    for language, shows_chinese, shows_english in (("zh", True, False), ("en", False, True), ("bilingual", True, True)):
        text = text_of(files[language])
        for line in told:
            assert ("".join(line["sentence_zh"].split()) in text) is shows_chinese
            assert ("".join(line["sentence_en"].split()) in text) is shows_english
        for chinese, english in (
            ("不合格", "Fail"),
            ("啶虫脒", "Acetamiprid"),
            ("综合判定为不合格", "Overallverdict:fail"),
        ):
            assert (chinese in text) is shows_chinese
            assert (english.casefold() in text.casefold()) is shows_english
        assert "涂改无效" in text or not shows_chinese


def test_an_amended_report_keeps_its_language_and_a_template_without_it_refuses_it(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = issued(door, a_draft(door, a_tested_sample(door), language="bilingual"))
    other = a_tested_sample(door, sampling_sheet_number="S-2")

    new = door["cai"].sign(f"/api/reports/{old['id']}/replace", {"reason": WHY}).json()
    monkeypatch.setattr("lims.documents.templates.newest_version", lambda *_: "2")
    refused = door["cai"].sign("/api/reports", {"sample": other, "language": "en"})
    unknown = door["cai"].sign("/api/reports", {"sample": other, "language": "fr"})

    assert new["language"] == "bilingual"
    assert codes(refused) == ["report.template_without_language"]
    assert unknown.status_code == 422
    assert a_draft(door, other)["language"] == "zh"


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("zh", ("检验结果仅对来样负责", "委托方送样", "委托检验", "声明")),
        ("en", ("onlytothesampleasreceived", "Broughtbytheclient", "Commissionedtest", "Statement")),
        ("bilingual", ("检验结果仅对来样负责", "onlytothesampleasreceived", "委托方送样Broughtbytheclient")),
    ],
)
def test_a_commissioned_report_answers_for_the_sample_as_received_and_speaks_of_no_sampling(
    lims: Lims, door: Door, press: Press, language: str, shown: tuple[str, ...]
) -> None:
    sample = a_tested_sample(door, found="5", programme="commissioned", client="遵义某某食品有限公司")
    report = issued(door, a_draft(door, sample, language=language))
    drawn = an_issued_report(door, sampling_sheet_number="S-2")
    draw_all(lims, press)

    content = file_of(door, report)
    text, other = text_of(content), text_of(file_of(door, drawn))
    snapshot = door["cai"].get(f"/api/reports/{report['id']}/snapshot").json()

    assert (snapshot["template"]["family"], snapshot["verdict"]) == ("commissioned", "fails")
    assert all(words in text for words in (*shown, "遵义某某食品有限公司"))
    for words in ("抽样", "Sampled", "Samplers", "CY2026-0117", "李明", "南白街道龙山村"):
        assert words not in text
    assert "抽样地点" in other
    assert "来样" not in other
    found = verification.verify_report(lims, None, content)
    assert (found.status, found.printed) == (Status.VALID, Outcome.PASSED)


@pytest.mark.parametrize(
    ("language", "shown", "absent"),
    [
        ("zh", ("风险监测结果通知", "不作合格与否的判定", "啶虫脒"), ("不合格", "标准值", "单项结论", "判定依据")),
        ("en", ("NoticeofRisk-MonitoringResults", "givesnoverdict", "acetamiprid"), ("Fail", "Limit", "Judgedby")),
        ("bilingual", ("风险监测结果通知NoticeofRisk-MonitoringResults", "以中文为准"), ("不合格", "Fail", "标准值")),
    ],
)
def test_a_notice_tells_results_of_risk_monitoring_without_verdict_limit_or_mark(
    lims: Lims, door: Door, press: Press, language: str, shown: tuple[str, ...], absent: tuple[str, ...]
) -> None:
    sample = a_tested_sample(door, found="5")
    report = issued(door, a_draft(door, sample, notice=True, language=language))
    draw_all(lims, press)

    content = file_of(door, report)
    text = text_of(content)
    snapshot = door["cai"].get(f"/api/reports/{report['id']}/snapshot").json()

    assert (report["notice"], snapshot["template"]["family"], snapshot["verdict"]) == (
        True,
        "risk_monitoring",
        "not_judged",
    )
    assert {line["result"] for line in snapshot["lines"]} >= {"5.0"}
    assert all(words in text for words in shown)
    assert not any(words in text for words in (*absent, "CMA", "CATL", "≤"))
    assert (snapshot["marks"]["cma_number"], snapshot["marks"]["catl_number"]) == (None, None)
    found = verification.verify_report(lims, None, content)
    assert (found.status, found.printed) == (Status.VALID, Outcome.PASSED)


def test_a_notice_is_for_risk_monitoring_only_has_no_annex_and_is_amended_as_one(door: Door) -> None:
    supervised = a_tested_sample(door, programme="supervision")
    monitored = a_tested_sample(door, sampling_sheet_number="S-2")

    refused = door["cai"].sign("/api/reports", {"sample": supervised, "notice": True})
    explained = door["cai"].sign("/api/reports", {"sample": monitored, "notice": True, "annex": True})
    report = issued(door, a_draft(door, monitored, notice=True))
    new = door["cai"].sign(f"/api/reports/{report['id']}/replace", {"reason": WHY}).json()

    assert codes(refused) == ["report.no_notice"]
    assert codes(explained) == ["report.template_without_annex"]
    assert new["notice"] is True
    assert a_draft(door, supervised)["notice"] is False


def text_of(pdf: bytes) -> str:
    """All pages without blanks."""
    return "".join("".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


def id_of(lims: Lims, report: dict[str, Any]) -> UUID:
    with lims.read(system_actor(), Action.REPORT_READ) as session:
        return queries.report_by_key(session, report["id"]).id


def test_without_a_timestamp_the_report_stays_due(
    lims: Lims, door: Door, press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    report_id = id_of(lims, an_issued_report(door))

    def none_to_be_had(*_: object) -> bytes:
        raise TimestampRefused(reason("timestamp.none", "The authority does not answer."))

    with monkeypatch.context() as patch, pytest.raises(TimestampRefused):
        patch.setattr(tasks, "_signed", none_to_be_had)
        tasks.render_report(lims, report_id, press)
    assert report_id in tasks.due(lims)

    tasks.render_report(lims, report_id, press)
    assert report_id not in tasks.due(lims)


def test_the_quicker_of_two_workers_wins(lims: Lims, door: Door, press: Press) -> None:
    report = an_issued_report(door)
    report_id = id_of(lims, report)

    class Slow:
        """While it draws, another worker finishes the same report."""

        def report(self, snapshot: Any, *more: Any) -> bytes:
            tasks.render_report(lims, report_id, press)
            return press.report(snapshot, *more)

    tasks.render_report(lims, report_id, Slow())

    found = verification.verify_report(lims, None, file_of(door, report))
    assert found.status is Status.VALID
    assert found.sha256 == door["cai"].get(f"/api/reports/{report['id']}").json()["pdf_sha256"]


def test_a_failure_is_noted_and_can_be_tried_again(lims: Lims, door: Door, press: Press, tmp_path: Path) -> None:
    report = an_issued_report(door)
    nowhere = Press(tmp_path, Settings().assets)

    draw_all(lims, nowhere)
    failed = door["cai"].get(f"/api/reports/{report['id']}").json()
    waiting = list(tasks.due(lims))
    retried = door["sun"].post(f"/api/reports/{report['id']}/render")
    draw_all(lims, press)
    twice = door["sun"].post(f"/api/reports/{report['id']}/render")

    assert "report template" in failed["render_error"]
    assert (failed["pdf_sha256"], waiting) == (None, [])
    assert retried.status_code == 200
    assert file_of(door, report)
    assert codes(twice) == ["report.not_failed"]


def test_a_report_is_genuine_until_it_is_changed_replaced_or_withdrawn(lims: Lims, door: Door, press: Press) -> None:
    old = an_issued_report(door)
    draw_all(lims, press)
    content = file_of(door, old)

    def verdict(data: bytes) -> tuple[str, str | None]:
        answer = door["ian"].upload("/api/reports/verify", "report.pdf", data)
        assert answer.status_code == 200, answer.text
        return answer.json()["status"], answer.json()["number"]

    valid = verdict(content)
    changed = bytearray(content)
    changed[len(changed) // 2] ^= 1
    altered = verdict(bytes(changed))
    new = issued(door, door["cai"].sign(f"/api/reports/{old['id']}/replace", {"reason": WHY}).json())
    draw_all(lims, press)
    newest = file_of(door, new)
    replaced = verdict(content)
    step(door, "sun", door["cai"].get(f"/api/reports/{new['id']}").json(), "withdraw", reason=WHY)

    assert valid == ("valid", "LA2026000001")
    assert altered[0] == "altered"
    assert replaced == ("replaced", "LA2026000001")
    assert verdict(newest) == ("withdrawn", "LA2026000001-G1")
    assert verdict(b"%PDF-1.7 nothing")[0] == "unsigned"
    assert file_of(door, old) == content


def test_a_number_of_ours_that_was_never_issued_is_not_genuine(
    lims: Lims, door: Door, press: Press, tmp_path: Path
) -> None:
    """Somebody with the key signs a report that is in no record."""
    report = an_issued_report(door)
    draw_all(lims, press)
    snapshot = ReportSnapshot.model_validate_json(door["cai"].get(f"/api/reports/{report['id']}/snapshot").content)
    invented = snapshot.model_copy(update={"number": "LA2026000777", "signatures": ()})
    with lims.read(system_actor(), Action.NETWORK_READ) as session:
        identity = signing_identity(lims, network.laboratory_by_code(session, "LA"))
    forged = sign_pdf(press.report(invented), identity, lims.clock.now(), location="", reason_text="")
    path = tmp_path / "forged.pdf"
    path.write_bytes(forged)

    found = verification.verify_report_file(lims, path)

    assert (found.status, found.reason.code) == (Status.ALTERED, "verification.never_issued")


def test_a_registered_key_signs_only_its_own_laboratorys_numbers(
    lims: Lims, door: Door, press: Press, tmp_path: Path
) -> None:
    """The province's number under the prefecture's key is a forgery, although both keys are registered here."""
    report = an_issued_report(door)
    snapshot = ReportSnapshot.model_validate_json(door["cai"].get(f"/api/reports/{report['id']}/snapshot").content)
    drawn = press.report(snapshot.model_copy(update={"number": "LQ2026000001", "signatures": ()}))
    keys = {code: development_identity(tmp_path / code, code, code, lims.clock) for code in ("LQ", "LP")}
    with lims.work(system_actor(), Action.NETWORK_EDIT) as session:
        for code, key in keys.items():
            set_certificate(session, code, key.certificate_pem.decode())

    def answer(key: SigningIdentity) -> tuple[Status, str | None]:
        signed = sign_pdf(drawn, key, lims.clock.now(), location="", reason_text="")
        found = verification.verify_report(lims, None, signed)
        return found.status, found.number

    assert answer(keys["LQ"]) == (Status.VALID, "LQ2026000001")
    assert answer(keys["LP"]) == (Status.UNKNOWN_SIGNER, "LQ2026000001")


def test_a_file_that_is_not_there_is_a_clear_refusal(lims: Lims, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        verification.verify_report_file(lims, tmp_path / "none.pdf")

    assert [r.code for r in refused.value.reasons] == ["file.unreadable"]


def test_the_children_of_the_installation_draw_too(lims: Lims, door: Door) -> None:
    report = an_issued_report(door)

    for report_id in tasks.due(lims):
        tasks.render_report(lims, report_id)
    renderer_of(lims).close()

    assert verification.verify_report(lims, None, file_of(door, report)).status is Status.VALID
