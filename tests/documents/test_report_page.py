"""What a reader finds on the pages of a report."""

import json
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from lims.core.errors import NotFound
from lims.documents.annexes import RenderingFailed
from lims.documents.phrases import ReportLanguage
from lims.documents.press import Press
from lims.documents.rendering import Renderer, render
from lims.documents.snapshot import ATTACHMENT, AnnexLine, MarksBlock, ReportSnapshot
from lims.documents.templates import ShelfFetcher, newest_version, strings, template_ref
from tests.documents.examples import ASSETS, TEMPLATES, a_snapshot, some_lines


def pages(pdf: bytes) -> list[str]:
    """The text of each page without the blanks that spaced letters leave."""
    return ["".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages]


def test_every_page_has_the_number_and_its_place_among_all_pages(rendered: bytes) -> None:
    texts = pages(rendered)

    assert len(texts) == 4
    for i, text in enumerate(texts, 1):
        assert "QJ2026J000017" in text
        assert f"第{i}页共4页" in text


def test_the_report_shows_what_the_snapshot_says(rendered: bytes) -> None:
    snapshot = a_snapshot()

    text = "".join(pages(rendered))

    shown = [
        snapshot.title, snapshot.copy_name, snapshot.category, snapshot.conclusion, snapshot.scope_statement,
        snapshot.tested_on, snapshot.environment, snapshot.deviations, snapshot.verification_url,
        *snapshot.notes, *snapshot.methods, *snapshot.judgement_standards, *snapshot.instruments, *snapshot.remarks,
        *snapshot.laboratory.model_dump().values(), *snapshot.client.model_dump().values(),
        snapshot.inspected_party.name, snapshot.inspected_party.address, *snapshot.sample.model_dump().values(),
        *(person.name for person in (snapshot.people.compiled_by, snapshot.people.approved_by)),
        "2026年11月20日", "批准", "审核", "编制", "以下空白",
    ]  # fmt: skip
    assert [words for words in shown if "".join(words.split()) not in text] == []


def test_the_same_snapshot_gives_the_same_bytes_in_one_process_and_in_another(press: Press, rendered: bytes) -> None:
    other = press.report(a_snapshot(lines=some_lines(20)))

    with Renderer(TEMPLATES, ASSETS) as renderer:
        from_child = renderer.report(a_snapshot())

    assert other != rendered
    assert press.report(a_snapshot()) == rendered
    assert render(a_snapshot(), TEMPLATES, ASSETS) == rendered
    assert from_child == rendered


@pytest.mark.parametrize(
    ("marks", "shown", "absent"),
    [
        (MarksBlock(cma_number="242404090030"), ["资质认定证书编号", "242404090030"], ["考核合格证书编号"]),
        (MarksBlock(catl_number="[2024]农质检核（黔）字第0021号"), ["考核合格证书编号"], ["资质认定证书编号"]),
        (MarksBlock(statements=("本报告不使用资质标志。",)), ["本报告不使用资质标志。"], ["证书编号"]),
    ],
)
def test_a_mark_stands_on_the_cover_only_when_the_report_may_carry_it(
    press: Press, marks: MarksBlock, shown: list[str], absent: list[str]
) -> None:
    cover = pages(press.report(a_snapshot(marks=marks)))[0]

    assert all(words in cover for words in shown)
    assert not any(words in cover for words in absent)


def test_a_development_certificate_is_named_on_every_page_and_a_real_one_is_not(press: Press, rendered: bytes) -> None:
    real = pages(press.report(a_snapshot(development_ca=False)))

    assert all("开发环境证书仅供试用" in text for text in pages(rendered))
    assert not any("试用" in text for text in real)


def test_a_long_table_repeats_its_headings_and_loses_no_row(press: Press) -> None:
    texts = pages(press.report(a_snapshot(lines=some_lines(120))))[3:]

    assert len(texts) >= 3
    assert all("序号检验项目单位标准值实测值定量限检验依据单项结论" in text for text in texts)
    assert sum(text.count("mg/kg") for text in texts) == 120
    assert [("以下空白" in text) for text in texts] == [False] * (len(texts) - 1) + [True]


def with_annex(count: int, sentence: str) -> ReportSnapshot:
    """A report by the second version of the template, which explains so many lines in an annex."""
    lines = some_lines(count)
    annex = tuple(
        AnnexLine(parameter=line.parameter, verdict=line.verdict, failing=line.failing, sentence=sentence)
        for line in lines
    )
    return a_snapshot(template=template_ref(TEMPLATES, "supervised", "2"), lines=lines, annex=annex)


def test_the_annex_stands_on_pages_of_its_own_with_its_headings_on_each_and_loses_no_row(press: Press) -> None:
    texts = pages(press.report(with_annex(60, "检出 0.12 mg/kg；限量 0.05 mg/kg；结论：不符合。")))

    first = next(i for i, text in enumerate(texts) if "附录判定说明" in text)
    annex = texts[first:]
    assert len(annex) >= 2
    assert "判定说明见附录" in texts[first - 1]
    assert all("检验项目单项结论判定说明" in text for text in annex)
    assert sum(text.count("结论：不符合。") for text in annex) == 60
    assert [("以下空白" in text) for text in annex] == [False] * (len(annex) - 1) + [True]
    for i, text in enumerate(texts, 1):
        assert f"第{i}页共{len(texts)}页" in text


def test_the_second_template_without_annex_prints_what_the_first_one_printed(press: Press, rendered: bytes) -> None:
    second = press.report(a_snapshot(template=template_ref(TEMPLATES, "supervised", "2")))

    assert pages(second) == pages(rendered)


def test_the_third_template_in_chinese_prints_what_the_second_printed(press: Press) -> None:
    second = with_annex(9, "结论：不符合。")
    third = second.model_copy(update={"template": template_ref(TEMPLATES, "supervised", "3")})

    assert pages(press.report(third)) == pages(press.report(second))


def test_a_bilingual_report_has_every_word_in_both_languages_and_an_english_one_only_its_own(press: Press) -> None:
    third = a_snapshot(template=template_ref(TEMPLATES, "supervised", "3"), lines=some_lines(120))
    english, bilingual = (
        pages(press.report(third.model_copy(update={"language": language})))
        for language in (ReportLanguage.ENGLISH, ReportLanguage.BILINGUAL)
    )

    for texts, places in ((english, "Page{}of{}"), (bilingual, "第{0}页共{1}页Page{0}of{1}")):
        for i, text in enumerate(texts, 1):
            assert places.format(i, len(texts)) in text
        assert sum(text.count("mg/kg") for text in texts) == 120
    assert "ReportNo.:QJ2026J000017" in english[0]
    assert "报告编号ReportNo." in bilingual[0]
    folder = TEMPLATES / "supervised" / "3"
    chinese, own = strings(folder, "zh"), strings(folder, "en")
    for name, words in chinese["fields"].items():
        assert "".join(own["fields"][name].split()) in english[2]
        assert "".join((words + own["fields"][name]).split()) in bilingual[2]
    for name, words in chinese["columns"].items():
        if name != "reason":
            assert own["columns"][name] in english[3]
            assert words + own["columns"][name] in bilingual[-1]
            assert words not in english[3]


def test_a_hostile_sentence_of_the_annex_is_printed_as_text(press: Press) -> None:
    hostile = '</td></tr></table><img src="file:///etc/passwd">'

    assert hostile.replace(" ", "") in "".join(pages(press.report(with_annex(1, hostile))))


def test_a_template_that_reports_were_issued_with_is_never_edited() -> None:
    used = {
        "supervised/1": "031d2de12a49f0c8d5db5ca4118b6927f1f5af896b3c56573f37291020e0687e",
        "supervised/2": "555a094bf83fb36bb6a3853ae7fa8c9f5b549aa4f1255c4833ecfcb2313340d2",
        "supervised/3": "2b372d58b7b2cc00d6de9c6814c7de5286ce5407e5f750f2f31e7fc5a1a8a1da",
        "commissioned/1": "a9bf5c2935971e644804111457a39b747534adffc348f1af7cd2786a726ef0c8",
        "risk_monitoring/1": "c99522078b1a54d526956dd6984837a54e8556a0927388c22dbd40ca0fe0bfcc",
    }

    assert {name: template_ref(TEMPLATES, *name.split("/")).sha256 for name in used} == used


def test_the_newest_version_is_the_highest_number(tmp_path: Path) -> None:
    for name in ("1", "2", "10", "draft"):
        (tmp_path / "trial" / name).mkdir(parents=True)

    assert newest_version(tmp_path, "trial") == "10"
    with pytest.raises(NotFound):
        newest_version(tmp_path, "other")


def test_a_line_outside_the_scope_of_a_mark_has_a_star_that_is_explained(press: Press) -> None:
    lines = list(some_lines(3))
    lines[1] = lines[1].model_copy(update={"parameter": "水胺硫磷", "in_catl": False})
    statement = "标 * 的项目不在能力范围内。"

    text = pages(press.report(a_snapshot(lines=lines, out_of_scope_statement=statement)))[-1]

    assert "水胺硫磷*" in text
    assert "毒死蜱*" not in text
    assert "标*的项目不在能力范围内。" in text


def test_a_replacing_report_names_the_one_it_replaces(press: Press) -> None:
    assert "本报告替代报告QJ2026J000009" in pages(press.report(a_snapshot(replaces="QJ2026J000009")))[0]


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        '<img src="file:///etc/passwd">',
        "</td></tr></table><h1>合格</h1>",
        "{{ report.number }}",
        '"><link rel="attachment" href="file:///etc/hostname">',
        "&lt;b&gt;",
    ],
)
def test_hostile_text_is_printed_as_text(press: Press, hostile: str) -> None:
    client = a_snapshot().client.model_copy(update={"address": hostile})

    pdf = press.report(a_snapshot(client=client))

    assert "".join(hostile.split()) in "".join(pages(pdf))
    assert list(PdfReader(BytesIO(pdf)).attachments) == [ATTACHMENT]


def test_sub_and_superscripts_that_the_font_lacks_are_printed_all_the_same(press: Press) -> None:
    lines = (some_lines(1)[0].model_copy(update={"parameter": "亚硝酸盐（以NaNO₂计）", "unit": "mg·kg⁻¹"}),)

    text = pages(press.report(a_snapshot(lines=lines)))[-1]

    assert "NaNO2" in text
    assert "mg·kg-1" in text


def test_a_character_without_glyph_is_named_instead_of_leaving_a_hole(press: Press) -> None:
    with pytest.raises(RenderingFailed) as refused:
        press.report(a_snapshot(test_items="芹菜 \U0001f96c"))

    assert [r.code for r in refused.value.reasons] == ["report.unprintable"]
    assert "U+1F96C" in refused.value.reasons[0].text


def test_the_machine_readable_snapshot_is_attached_unchanged(rendered: bytes) -> None:
    (attached,) = PdfReader(BytesIO(rendered)).attachments[ATTACHMENT]

    assert attached == a_snapshot().canonical_bytes()
    assert ReportSnapshot.model_validate(json.loads(attached)) == a_snapshot()


def test_the_file_declares_pdf_a_3b(rendered: bytes) -> None:
    metadata = PdfReader(BytesIO(rendered)).xmp_metadata

    assert metadata is not None
    assert (metadata.pdfaid_part, metadata.pdfaid_conformance) == ("3", "B")


def a_template(folder: Path, page: str) -> ReportSnapshot:
    """A snapshot for a template of one page that is given."""
    made = folder / "trial" / "1"
    made.mkdir(parents=True)
    (made / "report.html").write_text(page, encoding="utf-8")
    (made / "report.css").write_text('html { font-family: "Report Sans"; }', encoding="utf-8")
    (made / "strings.zh.toml").write_text('seal = "章"\nseal_development = "章"', encoding="utf-8")
    return a_snapshot(template=template_ref(folder, "trial", "1"))


@pytest.mark.parametrize(
    "page",
    [
        '<img src="file:///etc/passwd">',
        '<img src="../../../secret.svg">',
        '<img src="http://127.0.0.1:9/x.png">',
        '<img src="missing.svg">',
        '<p style="colour: red">x</p>',
        "{{ report.nothing }}",
        "{{ report.__class__.__mro__ }}",
        "{% if %}",
    ],
)
def test_a_template_that_reaches_out_or_is_wrong_makes_no_page(tmp_path: Path, page: str) -> None:
    snapshot = a_template(tmp_path, page)

    with pytest.raises(RenderingFailed) as refused:
        render(snapshot, tmp_path, ASSETS)

    assert {r.code for r in refused.value.reasons} == {"report.render_failed"}


def test_a_template_may_use_its_own_drawings(tmp_path: Path) -> None:
    snapshot = a_template(tmp_path, '<p>页</p><img src="own.svg">')
    drawing = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1z"/></svg>'
    (tmp_path / "trial" / "1" / "own.svg").write_text(drawing, encoding="utf-8")
    snapshot = snapshot.model_copy(update={"template": template_ref(tmp_path, "trial", "1")})

    assert render(snapshot, tmp_path, ASSETS).startswith(b"%PDF-")


def test_a_template_changed_after_the_snapshot_was_frozen_is_refused(tmp_path: Path) -> None:
    snapshot = a_template(tmp_path, "<p>页</p>")
    (tmp_path / "trial" / "1" / "report.css").write_text("p { color: red }", encoding="utf-8")

    with pytest.raises(RenderingFailed) as refused:
        render(snapshot, tmp_path, ASSETS)

    assert [r.code for r in refused.value.reasons] == ["report.template_changed"]


def test_the_shelf_follows_no_link_out_of_the_template(tmp_path: Path) -> None:
    shelf, secret = tmp_path / "shelf", tmp_path / "secret.txt"
    shelf.mkdir()
    secret.write_text("secret", encoding="utf-8")
    (shelf / "link").symlink_to(secret)

    with pytest.raises(ValueError, match="not part of the template"):
        ShelfFetcher(shelf).fetch((shelf / "link").as_uri())
