"""Sample labels: what stands on them, and what must not."""

import inspect
from io import BytesIO

from pypdf import PdfReader

from lims.documents.labels import bench_label, counter_label
from lims.documents.press import Press

MM = 72 / 25.4


def test_each_label_has_its_own_page_of_60_by_40_mm_with_code_and_rows(press: Press) -> None:
    labels = [
        counter_label(accession=f"Q2026-{i:06}", sample_name="芹菜", client="黔中县农业农村局", storage="-20 ℃")
        for i in range(1, 13)
    ]

    pages = PdfReader(BytesIO(press.labels(labels))).pages

    assert len(pages) == 12
    for i, page in enumerate(pages, 1):
        text = page.extract_text()
        assert f"Q2026-{i:06}" in text
        assert all(words in text for words in ("样品标签", "芹菜", "黔中县农业农村局", "-20 ℃"))
        assert [round(side / MM) for side in (page.mediabox.width, page.mediabox.height)] == [60, 40]


def test_long_texts_stay_on_their_label(press: Press) -> None:
    label = counter_label(
        accession="GZQZ-2026-JDCC-000012-A", sample_name="芹菜" * 40, client="合作社" * 40, region="村" * 99,
        received_on="2026.11.16", storage="冷冻" * 30,
    )  # fmt: skip

    assert len(PdfReader(BytesIO(press.labels([label]))).pages) == 1


def test_the_bench_label_cannot_tell_whose_sample_it_is(press: Press) -> None:
    asked = set(inspect.signature(bench_label).parameters)

    text = PdfReader(BytesIO(press.labels([bench_label(blind_code="7K3F-92QX", portion="A")]))).pages[0].extract_text()

    assert asked == {"blind_code", "portion", "tests", "prepared_on", "storage"}
    assert "7K3F-92QX" in text
    assert not any(words in text for words in ("样品 ", "委托", "产地"))


def test_hostile_text_is_printed_as_text_on_a_label(press: Press) -> None:
    label = counter_label(accession="Q1", sample_name="<script>x</script>")

    assert "<script>x</script>" in PdfReader(BytesIO(press.labels([label]))).pages[0].extract_text()
