"""The families that stand on one base: their words, their pages in every language, and the seal across them."""

import hashlib
import re
import shutil
import tomllib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from lims.documents.annexes import RenderingFailed
from lims.documents.cross_page_seal import slices
from lims.documents.page_text import page_drawings
from lims.documents.phrases import ReportLanguage
from lims.documents.press import Press
from lims.documents.snapshot import (
    AmendmentBlock,
    AnnexLine,
    CalibrationBlock,
    ChangeLine,
    MarksBlock,
    PhotoBlock,
    ReportSnapshot,
    RetestBlock,
    RetestLine,
    UncertaintyLine,
)
from lims.documents.templates import annexes_of, template_ref
from tests.documents.examples import APPROVED_AT, TEMPLATES, a_snapshot, some_lines
from tests.documents.test_report_page import pages
from tests.pictures import a_picture

FAMILIES = {"supervised": "4", "commissioned": "2", "risk_monitoring": "2", "rapid_test": "1", "retest": "1"}
FIRST = RetestBlock(
    report="AS2026000812",
    body="安顺市农产品质量安全检验检测中心",
    issued_on="2026.11.02",
    decision="播州区农业农村局受理复检申请",
    statement="以本报告的结果为准。",
    lines=(
        RetestLine(
            parameter="毒死蜱",
            first_result="0.14 mg/kg",
            first_verdict="不合格",
            result="0.12",
            verdict="不合格",
            outcome="维持",
        ),
    ),
)
#: What a family prints besides.
OWN: dict[str, dict[str, Any]] = {
    "rapid_test": {"rights": ("可以自收到检测结果时起四小时内申请复检。",), "marks": MarksBlock()},
    "retest": {"retest": FIRST},
}
END = {"zh": "以下空白", "en": "Endoftext", "bilingual": "以下空白Endoftext"}


def of_family(family: str, **changed: Any) -> ReportSnapshot:
    template = template_ref(TEMPLATES, family, FAMILIES[family])
    return a_snapshot(template=template, **{**OWN.get(family, {}), **changed})


def keys_of(words: dict[str, Any], before: str = "") -> set[str]:
    return {
        key
        for name, said in words.items()
        for key in (keys_of(said, f"{before}{name}.") if isinstance(said, dict) else {before + name})
    }


def test_every_template_has_the_same_words_in_both_languages() -> None:
    for chinese in TEMPLATES.glob("*/*/strings.zh.toml"):
        english = chinese.with_name("strings.en.toml")
        if english.is_file():
            zh, en = (keys_of(tomllib.loads(one.read_text(encoding="utf-8"))) for one in (chinese, english))
            sealing = {"seal", "seal_development"}  # on the seal stands Chinese alone; a template may repeat it
            assert zh - sealing == en - sealing, chinese


@pytest.mark.parametrize("family", FAMILIES)
def test_every_page_names_its_report_its_data_and_its_place_and_the_last_one_ends_it(press: Press, family: str) -> None:
    for language in ReportLanguage:
        snapshot = of_family(family, language=language)
        texts = pages(press.report(snapshot))

        for i, text in enumerate(texts, 1):
            assert "QJ2026J000017" in text
            assert f"SHA-256{snapshot.short_sha256.replace(' ', '')}" in text
            assert (f"Page{i}of{len(texts)}" if language != "zh" else f"第{i}页共{len(texts)}页") in text
        assert [END[language] in text for text in texts] == [False] * (len(texts) - 1) + [True]
        if family == "rapid_test":
            assert "四小时内" in texts[0]


@pytest.mark.parametrize("family", ["commissioned", "rapid_test"])
def test_a_report_of_300_parameters_with_long_names_loses_none(press: Press, family: str) -> None:
    base = of_family(family, lines=some_lines(300), language=ReportLanguage.BILINGUAL)
    long = "黔中县" * 30
    texts = pages(press.report(base.model_copy(update={"client": base.client.model_copy(update={"name": long})})))

    assert sum(text.count("mg/kg") for text in texts) == 300
    assert long in "".join(texts)


def test_the_seal_goes_across_the_pages_and_a_single_page_has_none(press: Press) -> None:
    many, single = press.report(of_family("supervised")), press.report(of_family("rapid_test", lines=some_lines(1)))

    count = len(pages(many))
    shown = [re.findall(rb"/cross-page-seal Do", drawn) for drawn in page_drawings(many)]
    assert [len(one) for one in shown] == [1] * count
    assert len(pages(single)) == 1
    assert not re.search(rb"/cross-page-seal", page_drawings(single)[0])
    assert press.report(of_family("supervised")) == many


@pytest.mark.parametrize("count", [1, 2, 3, 10, 11, 12, 25, 100])
def test_the_slices_of_each_seal_are_whole(count: int) -> None:
    found = slices(count)

    assert len(found) == (0 if count == 1 else count)
    at = 0
    while at < len(found):
        parts = found[at][1]
        assert found[at : at + parts] == [(place, parts) for place in range(parts)]
        assert 2 <= parts <= 10
        at += parts


def test_a_changed_base_is_another_template(tmp_path: Path) -> None:
    shutil.copytree(TEMPLATES, tmp_path / "t")
    before = template_ref(tmp_path / "t", "supervised", "4")
    with (tmp_path / "t" / "base" / "1" / "report.css").open("a", encoding="utf-8") as sheet:
        sheet.write("h1 { color: red }")

    assert before == template_ref(TEMPLATES, "supervised", "4")
    assert template_ref(tmp_path / "t", "supervised", "4") != before
    assert template_ref(tmp_path / "t", "supervised", "3") == template_ref(TEMPLATES, "supervised", "3")


def test_a_report_with_every_annex_and_its_changes_shows_them_in_order(press: Press) -> None:
    picture = a_picture(side=200)
    sha256 = hashlib.sha256(picture).hexdigest()
    snapshot = of_family(
        "supervised",
        replaces="QJ2026J000009",
        amendment=AmendmentBlock(
            replaces="QJ2026J000009",
            replaced_on="2026.11.18",
            reason="小数点错位",
            changes=(ChangeLine(of="毒死蜱", field="实测值", old="0.012", new="0.12"),),
        ),
        annex=(AnnexLine(parameter="毒死蜱", verdict="不合格", failing=True, sentence="结论：不符合。"),),
        uncertainties=(
            UncertaintyLine(parameter="毒死蜱", result="0.12", unit="mg/kg", uncertainty="0.024", relative="20 %"),
        ),
        calibrations=(
            CalibrationBlock(
                analyte="毒死蜱",
                facts=(("校准方程", "y = 2 x"),),
                x_title="浓度",
                y_title="峰面积",
                standards=(("0.1", "0.2", True), ("0.2", "0.4", True)),
                curve=(("0", "0"), ("0.2", "0.4")),
            ),
        ),
        photos=(PhotoBlock(caption="样品封样", at=APPROVED_AT, sha256=sha256),),
    )
    pdf = press.report(snapshot, photos={sha256: picture})
    text = "".join(pages(pdf))

    parts = ["更改说明", "附录A判定说明", "附录B测量不确定度", "附录C校准曲线", "附录D照片", "以下空白"]
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    assert "本报告为更改报告，替代报告QJ2026J000009（签发日期2026.11.18），原报告同时作废" in text
    assert "0.0120.12" in text
    assert PdfReader(BytesIO(pdf)).attachments[f"photo-{sha256}.jpg"] == [picture]
    with pytest.raises(RenderingFailed, match=sha256):
        press.report(snapshot, photos={sha256: b"another picture"})


def test_the_decision_rule_and_whose_result_it_is_stand_with_the_results(press: Press) -> None:
    lines = list(some_lines(3))
    lines[1] = lines[1].model_copy(update={"external": True, "external_provider": "乙检测中心（CMA 242404090031）"})
    rule = "判定规则：检测结果与标准值直接比较。"

    for family in ("supervised", "commissioned", "retest"):
        text = pages(press.report(of_family(family, lines=lines, decision_rule=rule)))[-1]
        assert rule in text
        assert "分包单位：乙检测中心（CMA242404090031）" in text


def test_deviations_are_printed_to_the_last_word_however_many_there_are(press: Press) -> None:
    many = "\n".join(f"校准时剔除标准点 STD-{n}：克百威；理由：{'进样针堵塞' * 40}。" for n in range(6))

    for family in FAMILIES:
        said = "".join(pages(press.report(of_family(family, deviations=many))))
        assert said.count("进样针堵塞") == 6 * 40
        assert "STD-5" in said
        assert "方法偏离无" in "".join(pages(press.report(of_family(family))))


def test_numbers_that_a_sample_does_not_have_are_one_dash(press: Press) -> None:
    base = of_family("commissioned", language=ReportLanguage.ENGLISH)
    numbers = [("—", "—"), ("—", "B-7"), ("GZ-1", "B-7")]
    said = []
    for original, batch in numbers:
        sample = base.sample.model_copy(update={"original_number": original, "batch_number": batch})
        said.append(pages(press.report(base.model_copy(update={"sample": sample})))[2])

    assert [
        f"Original/batchNo.{text}O" in page for text, page in zip(("—", "—/B-7", "GZ-1/B-7"), said, strict=True)
    ] == [True] * 3


@pytest.mark.parametrize("family", ["supervised", "commissioned", "retest"])
def test_a_summary_that_is_too_long_for_its_page_leaves_no_signatures_alone(press: Press, family: str) -> None:
    def drawn(many: int) -> list[str]:
        methods = ("GB 23200.121-2021《测定 液相色谱-质谱联用法》",) * many
        return pages(press.report(of_family(family, methods=methods)))

    usual = len(drawn(1))
    texts = next(texts for texts in map(drawn, range(4, 30)) if len(texts) > usual)

    signed = next(text for text in texts if "批准：马志远" in text)
    assert "结论" in signed
    assert "不符合GB2763-2026要求" in signed
    assert "备注" in signed


def test_what_judges_nothing_prints_no_explanations_of_a_judgement() -> None:
    asked = {family: "annex" in annexes_of(TEMPLATES, family, version) for family, version in FAMILIES.items()}

    assert [family for family, prints in asked.items() if not prints] == ["risk_monitoring", "rapid_test"]
    assert annexes_of(TEMPLATES, "supervised", "1") == frozenset()
    assert annexes_of(TEMPLATES, "supervised", "3") == {"annex"}
