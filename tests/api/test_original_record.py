"""The original record of a run through the front door: what stands in it, what is said to be missing, who sees it."""

import re
import subprocess
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from lims.documents.calibration_drawing import CalibrationDrawing, calibration_svg, ticks
from lims.results.original_record_lines import formula_text
from tests.api.reporting import chosen
from tests.api.test_quality_control import WHY, a_failed_run, decided
from tests.api.test_results_of_runs import a_run, bench, recorded
from tests.api.test_runs import Bench
from tests.unit.runs.batches import CONTENTS

__all__ = ["bench"]

PagesOf = Callable[[bytes], list[str]]
#: 0.045 mg/kg of chlorpyrifos in the second sample.
FOUND = {
    **CONTENTS,
    "S-2": {"carbofuran": Decimal(45), "chlorpyrifos": Decimal(45)},
    "S-2 dup": {"carbofuran": Decimal(46), "chlorpyrifos": Decimal(46)},
}


@pytest.fixture
def pages_of(tmp_path: Path) -> PagesOf:
    """The text of each page of a PDF, as pdftotext reads it."""

    def read(pdf: bytes) -> list[str]:
        (tmp_path / "record.pdf").write_bytes(pdf)
        asked = ["pdftotext", "-layout", str(tmp_path / "record.pdf"), "-"]
        text = subprocess.run(asked, check=True, capture_output=True).stdout.decode()  # fixed words
        return text.split("\f")[:-1]

    return read


def a_run_with_a_find(bench: Bench) -> str:
    answer = bench.upload(f"/api/worksheets/{bench.worksheet()}/runs", bench.export(FOUND))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def record(bench: Bench, run: str, who: str = "ann", **asked: str) -> bytes:
    answer = bench.door[who].get(f"/api/runs/{run}/original-record", **asked)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf"), answer.text[:500]
    return bytes(answer.content)


def test_the_record_holds_what_it_takes_to_do_the_work_again(bench: Bench, pages_of: PagesOf) -> None:
    run = a_run_with_a_find(bench)
    shown = bench.door["ann"].get(f"/api/runs/{run}").json()

    pages = pages_of(record(bench, run, lang="zh"))

    text, words = "\n".join(pages), "".join("".join(pages).split())
    assert all(f"第{n}页共{len(pages)}页" in "".join(page.split()) for n, page in enumerate(pages, 1))
    assert all(shown["worksheet"] in page for page in pages)
    assert all(named in words for named in ("检测原始记录", "GB23200.121-2026", "豆类蔬菜", "LCMS-01", "2027-06-30"))
    assert all(named in words for named in (shown["file_sha256"], "batch.csv", shown["reader"]))
    assert all(
        label in text for label in (*bench.blind_codes, "毒死蜱", "相关系数 r", "加标回收率", "本实验室质量控制计划")
    )
    assert not any(number in text for number in bench.sample_numbers)  # the bench does not know whose they are
    (found,) = (one for one in shown["amounts"] if one["amount"]["kind"] == "quantified")
    assert f"× {found['factors']['final_volume']} mL × 1 / {found['factors']['test_portion']} g × 0.001 = 0.04" in text
    assert f"{found['column']}{found['row']}" in text


def test_what_is_not_recorded_is_said(bench: Bench, pages_of: PagesOf) -> None:
    run = a_run_with_a_find(bench)

    first, *_, last = pages_of(record(bench, run, lang="zh"))

    words = "".join(first.split())
    assert all(f"{name}未记录" in words for name in ("环境温度", "相对湿度", "标准物质/标准溶液", "试剂耗材"))
    assert (last.count("未校核"), last.count("未记录")) == (3, 3)  # no result of the three samples is recorded yet


def test_analyst_and_checker_stand_with_every_result(bench: Bench, pages_of: PagesOf) -> None:
    run = a_run(bench)
    recorded(bench, run)
    results = bench.door["ann"].get("/api/results").json()["items"]
    submitted = bench.door["ann"].post("/api/results/submit", chosen(results)).json()
    assert bench.door["vic"].post("/api/results/verify", chosen(submitted)).status_code == 200

    first, *_, last = pages_of(record(bench, run, lang="en"))

    assert (last.count(bench.cast.ann.name), last.count(bench.cast.vic.name)) == (3, 3)
    assert "Results verified (checker)" in first
    assert "not verified" not in last


def test_an_accepted_check_stands_with_its_reason_and_with_the_results_it_gave(bench: Bench, pages_of: PagesOf) -> None:
    run = a_failed_run(bench)
    assert decided(bench, run, "max", "qc_accepted").status_code == 201

    words = {
        language: " ".join("".join(pages_of(record(bench, run, lang=language))).split()) for language in ("zh", "en")
    }

    assert all(WHY in text for text in words.values())
    # Once for each amount that was given: of carbofuran in three samples.
    assert words["en"].count("Accepted with a reservation: spike recovery; The recovery of") == 3
    assert words["zh"].count("有保留地接受：加标回收率；加标") == 3
    assert f"({bench.cast.max.name} 20" in words["en"]


def test_the_same_data_gives_the_same_bytes(bench: Bench) -> None:
    run = a_run_with_a_find(bench)

    first, again, english = (record(bench, run, lang=language) for language in ("zh", "zh", "en"))

    assert first == again
    assert english != first


def test_the_record_is_in_the_language_of_its_reader(bench: Bench, pages_of: PagesOf) -> None:
    run = a_run(bench)

    answer = bench.door["vic"].client.get(f"/api/runs/{run}/original-record", headers={"Accept-Language": "en"})

    words = "".join("".join(pages_of(answer.content)).split())
    assert "Originalrecordoftesting" in words
    assert "Temperaturenotrecorded" in words
    assert bench.door["vic"].get(f"/api/runs/{run}/original-record", lang="fr").status_code == 422


def test_a_failed_run_says_why_there_is_no_result(bench: Bench, pages_of: PagesOf) -> None:
    spoiled = {label: {analyte: Decimal("0.5") for analyte in content} for label, content in CONTENTS.items()}
    answer = bench.upload(f"/api/worksheets/{bench.worksheet()}/runs", bench.export(spoiled))

    text = "\n".join(pages_of(record(bench, answer.json()["id"], lang="zh")))

    assert text.count("不出结果") == 3
    assert "不合格" in text


def test_another_laboratory_is_refused(bench: Bench) -> None:
    run = a_run(bench)

    assert bench.door["eve"].get(f"/api/runs/{run}/original-record").status_code == 404
    assert bench.door["cai"].get(f"/api/runs/{run}/original-record").status_code == (
        bench.door["cai"].get(f"/api/runs/{run}").status_code
    )


def test_a_formula_shows_every_number_and_the_factor_between_its_units() -> None:
    factors = {
        "concentration": "0.1234", "concentration_unit": "μg/mL", "final_volume": "10", "final_volume_unit": "mL",
        "test_portion": "5.00", "test_portion_unit": "g", "dilution": "1",
    }  # fmt: skip

    assert formula_text(factors, Decimal("0.2468"), "mg/kg") == ("0.123400 μg/mL × 10 mL × 1 / 5.00 g = 0.246800 mg/kg")
    assert formula_text({**factors, "concentration_unit": "μg/L"}, Decimal("0.0002468"), "mg/kg").endswith(
        " × 0.001 = 0.000246800 mg/kg"
    )
    assert formula_text({**factors, "concentration": None}, None, "mg/kg") == ""


@pytest.mark.parametrize(
    ("highest", "expected"),
    [(100, [0, 20, 40, 60, 80, 100]), (2.08, [0, 0.5, 1, 1.5, 2, 2.5]), (0.03, [0, 0.01, 0.02, 0.03]), (0, [0, 1])],
)
def test_axes_end_at_round_numbers(highest: float, expected: list[float]) -> None:
    assert ticks(highest) == expected


def test_a_drawing_shows_what_was_left_out_of_the_fit_and_escapes_names() -> None:
    drawing = CalibrationDrawing(
        "c <μg/L>", "y", ((0, 0, False), (1, 2, True), (5, 10, True)), ((3, 6),), ((1, 2), (3, 5), (5, 10))
    )

    svg = calibration_svg(drawing)

    assert svg == calibration_svg(drawing)
    assert (svg.count("<circle"), svg.count('fill="#fff"')) == (3, 1)
    assert re.search(r'd="M[\d.]+ [\d.]+L[\d.]+ [\d.]+L[\d.]+ [\d.]+" stroke="#000" stroke-width=".4"', svg)
    assert "c &lt;μg/L&gt;" in svg
