"""`lims proficiency evaluate`: a table of results in; scores, tables and a report out; no installation."""

import io
import json
import statistics
import sys
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from pypdf import PdfReader

from lims.cli import main

HEADING = "participant,analyte,value,unit"
#: Fifteen results about 0.120 mg/kg.
VALUES = (
    "0.120", "0.131", "0.118", "0.109", "0.126", "0.101", "0.128", "0.115",
    "0.140", "0.123", "0.121", "0.119", "0.133", "0.112", "0.117",
)  # fmt: skip


def rows(*values: str, analyte: str = "毒死蜱", unit: str = "mg/kg", begin: int = 1) -> str:
    return "".join(f"L{number:02},{analyte},{value},{unit}\n" for number, value in enumerate(values, start=begin))


GOOD = f"{HEADING}\n{rows(*VALUES)}"


@pytest.fixture
def evaluate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> "Evaluate":
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    return Evaluate(tmp_path / "round.csv", monkeypatch, capsys)


class Evaluate:
    """Runs the command as its users do: status, output, messages."""

    def __init__(self, path: Path, patch: pytest.MonkeyPatch, captured: pytest.CaptureFixture[str]) -> None:
        self.path, self.patch, self.captured = path, patch, captured

    def __call__(self, table: str | bytes, *options: str) -> tuple[int, str, str]:
        self.path.write_bytes(table if isinstance(table, bytes) else table.encode())
        return self.run(str(self.path), *options)

    def run(self, *arguments: str) -> tuple[int, str, str]:
        self.patch.setattr(sys, "argv", ["lims", "proficiency", "evaluate", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = self.captured.readouterr()
        return int(ended.value.code or 0), out, err

    def json(self, table: str | bytes, *options: str, status: int = 0) -> dict[str, Any]:
        ended, out, err = self(table, *options, "--json")
        assert (ended, err) == (status, "")
        said = json.loads(out)
        assert isinstance(said, dict)
        return said

    def one(self, table: str | bytes, *options: str, status: int = 0) -> dict[str, Any]:
        """The only analyte of a round."""
        (analyte,) = self.json(table, *options, status=status)["analytes"]
        assert isinstance(analyte, dict)
        return analyte


def test_a_round_is_told_with_how_each_number_was_set(evaluate: Evaluate) -> None:
    said = evaluate.one(GOOD)

    assert (said["assigned_by"], said["sigma_by"], said["counted"]) == ("robust-mean", "robust", 15)
    mean, deviation = float(said["robust"]["mean"]), float(said["robust"]["deviation"])
    assert (said["assigned_value"], said["sigma_pt"]) == (said["robust"]["mean"], said["robust"]["deviation"])
    assert float(said["assigned_standard_uncertainty"]) == pytest.approx(1.25 * deviation / 15**0.5)
    assert float(said["robust"]["mean_by_stop_rule"]) == pytest.approx(mean, rel=0.01)
    first = said["results"][0]
    assert (first["participant"], first["value"], first["grade"]) == ("L01", "0.120", "satisfactory")
    assert float(first["scores"]["z"]["value"]) == pytest.approx((0.120 - mean) / deviation)
    assert "zeta" in first["no_score"]
    # 1.25/√15 is above 0.3: with so few participants their own deviation never lets z stand.
    assert said["judged_by"] == "z_prime"
    assert [warning["code"] for warning in said["warnings"]] == ["proficiency.assigned_value_uncertain"]


def test_given_values_go_before_any_consensus(evaluate: Evaluate) -> None:
    table = "participant,analyte,value,unit,uncertainty,assigned_value,assigned_uncertainty,sigma_pt\n" + (
        "L01,Pb,0.12,mg/kg,0.02,0.10,0.006,0.01\nL02,Pb,130,μg/kg,,100,6,10\nL03,Pb,0.11,mg/kg,0.03,,,\n"
    )
    said = evaluate.one(table)

    assert (said["assigned_value"], said["assigned_by"], said["sigma_pt"], said["sigma_by"]) == (
        "0.1", "given", "0.01", "given"
    )  # fmt: skip
    assert [one["grade"] for one in said["results"]] == ["satisfactory", "unsatisfactory", "satisfactory"]
    assert said["results"][1]["value"] == "0.130"
    first = said["results"][0]["scores"]
    assert float(first["z"]["value"]) == pytest.approx(2)
    assert float(first["en"]["value"]) == pytest.approx(0.02 / (0.02**2 + 0.006**2) ** 0.5)
    assert float(first["zeta"]["value"]) == pytest.approx(2 * float(first["en"]["value"]))
    assert (first["pa"]["grade"], first["d_percent"]["grade"]) == ("satisfactory", "satisfactory")


@pytest.mark.parametrize(
    ("options", "assigned", "sigma"),
    [
        (["--assigned", "median"], "0.12", None),
        (["--assigned", "hampel", "--sigma", "0.02"], None, "0.02"),
        (["--assigned", "median", "--sigma", "25%"], "0.12", "0.03"),
        (["--assigned", "median", "--sigma", "horwitz"], "0.12", "0.0264116"),
    ],
)
def test_the_user_chooses_what_is_scored_against(
    evaluate: Evaluate, options: list[str], assigned: str | None, sigma: str | None
) -> None:
    said = evaluate.one(GOOD, *options)

    assert assigned is None or said["assigned_value"] == assigned
    assert sigma is None or float(said["sigma_pt"]) == pytest.approx(float(sigma), rel=1e-4)
    assert said["assigned_by"] == options[1]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("L99,毒死蜱,about 0.1,mg/kg", "proficiency.not_a_number"),
        ("L99,毒死蜱,<0.01,mg/kg", "proficiency.beyond_a_limit"),
        ("L99,毒死蜱,未检出,mg/kg", "proficiency.beyond_a_limit"),
        ("L99,毒死蜱,NaN,mg/kg", "proficiency.not_a_number"),
        ("L99,毒死蜱,1e999,mg/kg", "proficiency.not_a_number"),
        ("L99,毒死蜱,-0.1,mg/kg", "proficiency.negative"),
        ("L99,毒死蜱,0,mg/kg", "proficiency.zero"),
        ("L99,毒死蜱,,mg/kg", "proficiency.no_value"),
        ("L99,毒死蜱,0.12,", "proficiency.no_unit"),
        ("L99,毒死蜱,0.12,mg/L", "proficiency.unit_of_other_kind"),
        ("L99,毒死蜱,0.12,stone", "unit.unknown"),
    ],
)
def test_a_row_that_cannot_count_is_left_out_and_says_why(evaluate: Evaluate, row: str, code: str) -> None:
    said = evaluate.one(f"{GOOD}{row}\n", status=1)

    assert (said["counted"], [one["participant"] for one in said["left_out"]]) == (15, ["L99"])
    left = said["left_out"][0]
    assert (left["code"], left["row"]) == (code, 17)
    assert left["reason"] != left["reason_zh"]
    assert said["results"] == evaluate.one(GOOD)["results"]


def test_of_two_rows_of_a_participant_neither_counts(evaluate: Evaluate) -> None:
    said = evaluate.one(f"{GOOD}L03,毒死蜱,0.119,mg/kg\n", status=1)

    assert [(one["row"], one["code"]) for one in said["left_out"]] == [
        (4, "proficiency.participant_twice"), (17, "proficiency.participant_twice")
    ]  # fmt: skip
    assert said["counted"] == 14


def test_a_missing_replicate_is_scored_but_takes_no_part_in_the_consensus(evaluate: Evaluate) -> None:
    lines = [
        f"L{i:02},Pb,{v},mg/kg,{k}" for i, v in enumerate(VALUES) for k, v in ((1, v), (2, f"{float(v) + 0.002:.3f}"))
    ]
    said = evaluate.one("participant,analyte,value,unit,replicate\n" + "\n".join(lines[:-1]))

    last = said["results"][-1]
    assert (said["counted"], said["participants"], last["in_consensus"]) == (14, 15, False)
    assert [one["code"] for one in last["remarks"]] == ["proficiency.replicate_missing"]
    assert last["grade"] == "satisfactory"
    assert said["results"][0]["value"] == "0.121"
    assert float(said["precision"]["repeatability"]) == pytest.approx(0.002 / 2**0.5, rel=0.2)
    assert len(said["precision"]["mandel"]["laboratories"]) == 14


def test_participants_are_scored_by_their_own_repeatability_pooled_by_algorithm_s(evaluate: Evaluate) -> None:
    head = "participant,analyte,value,unit,replicate\n"
    apart = [0.001, 0.002, 0.002, 0.003, 0.004, 0.001, 0.002, 0.003, 0.002, 0.05, 0.002, 0.001, 0.003, 0.002, 0.001]
    lines = [
        f"L{i:02},Pb,{float(v) + k * d:.4f},mg/kg,{k}\n"
        for i, (v, d) in enumerate(zip(VALUES, apart, strict=True))
        for k in (0, 1)
    ]
    # Algorithm S for two replicates, with the printed η = 1.645 and ξ = 1.097 (ISO 13528, table C.1).
    pooled = statistics.median(d / 2**0.5 for d in apart)
    for _ in range(1000):
        kept = [min(d / 2**0.5, 1.645 * pooled) for d in apart]
        pooled = 1.097 * (sum(one * one for one in kept) / len(kept)) ** 0.5

    said = evaluate.one(head + "".join(lines), "--sigma", "algorithm-s")
    single = evaluate.one(GOOD, "--sigma", "algorithm-s", status=1)
    same = head + "".join(f"L{i:02},Pb,{v},mg/kg,{k}\n" for i, v in enumerate(VALUES) for k in (1, 2))

    assert said["sigma_by"] == "algorithm-s"
    assert float(said["sigma_pt"]) == pytest.approx(pooled, rel=1e-3)
    assert said["sigma_pt"] == said["precision"]["repeatability"]
    assert single["no_score"]["z"]["code"] == "proficiency.no_replicates"
    flat = evaluate.one(same, "--sigma", "algorithm-s", status=1)
    assert flat["no_score"]["z"]["code"] == "proficiency.replicates_alike"


def test_results_that_are_all_the_same_have_no_score(evaluate: Evaluate) -> None:
    said = evaluate.one(f"{HEADING}\n{rows(*['0.120'] * 15)}", status=1)

    assert (said["judged_by"], said["no_score"]["z"]["code"]) == (None, "proficiency.no_spread")
    assert {one["grade"] for one in said["results"]} == {None}
    assert all(set(one["scores"]) == {"d_percent"} for one in said["results"])


def test_two_participants_make_no_consensus_but_can_be_scored_against_a_given_value(evaluate: Evaluate) -> None:
    alone = evaluate.one(f"{HEADING}\n{rows('0.12', '0.13')}", status=1)
    given = evaluate.one(
        "participant,analyte,value,unit,assigned_value,sigma_pt\nA,Pb,1,mg/kg,1.1,0.1\nB,Pb,2,mg/kg,1.1,0.1\n"
    )

    assert (alone["assigned_value"], alone["no_score"]["z"]["code"]) == (None, "proficiency.too_few_participants")
    assert [one["grade"] for one in given["results"]] == ["satisfactory", "unsatisfactory"]


def test_what_an_organiser_must_look_at_is_told(evaluate: Evaluate) -> None:
    table = f"{GOOD}L16,毒死蜱,1.21,mg/kg\nL17,毒死蜱,119,mg/kg\n"
    said = evaluate.one(table)

    by_name = {one["participant"]: [remark["code"] for remark in one["remarks"]] for one in said["results"]}
    assert (by_name["L16"], by_name["L17"]) == (["proficiency.point_misplaced"], ["proficiency.unit_mistaken"])
    assert (said["grubbs"]["of"], said["grubbs"]["standing"]) == ("L17", "outlier")


def test_too_many_gross_errors_are_not_passed_over(evaluate: Evaluate) -> None:
    """A third of the results in the wrong unit: algorithm A takes them for spread, and nobody is unsatisfactory."""
    wrong = [f"{float(value) * 1000:.0f}" for value in VALUES[:7]]
    table = f"{HEADING}\n{rows(*VALUES)}{rows(*wrong, begin=16)}"

    broken, sound = evaluate.one(table), evaluate.one(table, "--assigned", "hampel")

    assert broken["grades"]["unsatisfactory"] == 0
    assert "proficiency.too_many_gross_errors" in [warning["code"] for warning in broken["warnings"]]
    assert sound["grades"] == {"satisfactory": 15, "questionable": 0, "unsatisfactory": 7}
    assert "proficiency.too_many_gross_errors" not in [warning["code"] for warning in sound["warnings"]]


def test_two_groups_of_results_and_copied_digits_are_told(evaluate: Evaluate) -> None:
    table = f"{HEADING}\n{rows(*VALUES)}{rows(*(f'{float(v) + 0.1:.3f}' for v in VALUES), begin=16)}"
    for number, analyte in enumerate(("Pb", "Cd", "As")):
        table += rows(*(f"{float(v) + number:.4f}" for v in VALUES), analyte=analyte)
        table += rows(f"{float(VALUES[2]) + number:.4f}", analyte=analyte, begin=20)
    said = evaluate.json(table)

    assert "proficiency.several_modes" in [warning["code"] for warning in said["analytes"][0]["warnings"]]
    assert said["same_digits"] == []  # the first analyte differs, three of four are too few
    shorter = evaluate.json("\n".join([HEADING, *(line for line in table.splitlines()[1:] if "毒" not in line)]))
    assert shorter["same_digits"] == [{"participants": ["L03", "L20"], "shared": 3, "compared": 3}]


def test_two_items_are_paired(evaluate: Evaluate) -> None:
    lines = [f"L{i:02},Pb,{v},mg/kg,{item}" for i, v in enumerate(VALUES) for item in "AB"]
    said = evaluate.json("participant,analyte,value,unit,item\n" + "\n".join(lines))

    (pairs,) = said["youden"]
    assert (pairs["analyte"], pairs["items"], len(pairs["pairs"])) == ("Pb", ["A", "B"], 15)
    assert float(pairs["rank_correlation"]) == pytest.approx(1)


def test_workbooks_standard_input_and_chinese_headings_are_read(evaluate: Evaluate, tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["参加者", "检测项目", "结果", "单位"])
    for line in GOOD.splitlines()[1:]:
        sheet.append(line.split(","))
    filled = io.BytesIO()
    book.save(filled)
    expected = evaluate.json(GOOD)

    assert evaluate.json(filled.getvalue()) == expected
    gb = GOOD.replace(HEADING, "实验室编号,项目,测定值,计量单位").encode("gb18030")
    assert evaluate.json(gb, "--encoding", "gb18030") == expected
    evaluate.patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(GOOD.encode())))
    status, out, _ = evaluate.run("-", "--json")
    assert (status, json.loads(out)) == (0, expected)


@pytest.mark.parametrize(
    ("table", "options", "said"),
    [
        ("", (), "The table is empty"),
        (f"{HEADING}\n", (), "no rows"),
        ("participant,analyte,value\nA,Pb,1\n", (), "“unit” is missing"),
        ("participant,analyte,value,unit,colour\nA,Pb,1,mg/kg,red\n", (), "“colour” is not known"),
        (f"{HEADING}\n,Pb,1,mg/kg\nA,,1,mg/kg\n", (), "Row 2: the cell under participant"),
        (f"{HEADING},sigma_pt\nA,Pb,1,mg/kg,0\n", (), "Row 2, column sigma_pt: “0” is not a number above 0"),
        (f"{HEADING},assigned_value\nA,Pb,1,mg/kg,1\nB,Pb,1,mg/kg,2\n", (), "of row 2 differs from that of row 3"),
        (GOOD, ("--sigma", "0"), "--sigma: “0” is not known"),
        (GOOD, ("--assigned", "mean"), "say robust-mean, median, hampel"),
        (GOOD, ("--coverage", "20"), "--coverage: “20” is no coverage factor"),
        (GOOD, ("--encoding", "klingon"), "klingon"),
        (GOOD, ("--pdf", "/nowhere/round.pdf"), "/nowhere/round.pdf cannot be written"),
    ],
)
def test_what_cannot_be_used_is_refused(evaluate: Evaluate, table: str, options: tuple[str, ...], said: str) -> None:
    status, out, err = evaluate(table, *options)

    assert (status, out) == (2, "")
    assert said in err


def test_a_missing_file_is_told(evaluate: Evaluate) -> None:
    status, _, err = evaluate.run("nowhere.csv")

    assert (status, "nowhere.csv" in err) == (2, True)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), ["Results and scores", "unsatisfactory", "Rows left out"]),
        (("--language", "zh"), ["结果与评分", "不满意", "是界限而不是结果"]),
    ],
)
def test_tables_are_in_the_users_language(evaluate: Evaluate, options: tuple[str, ...], words: list[str]) -> None:
    status, out, err = evaluate(f"{GOOD}L16,毒死蜱,1.21,mg/kg\nL17,毒死蜱,<0.02,mg/kg\n", *options)

    assert (status, err) == (1, "")
    assert [word for word in words if word not in out] == []


def test_a_score_is_never_written_on_the_wrong_side_of_a_bound(evaluate: Evaluate) -> None:
    table = f"{HEADING},assigned_value,sigma_pt\nA,Pb,0.120004,mg/kg,0.1,0.01\nB,Pb,0.12,mg/kg,0.1,0.01\n"

    _, out, _ = evaluate(table)

    told = [line for line in out.splitlines() if line.startswith(("│ A ", "│ B "))]
    assert "2.0004" in told[0]
    assert "questionable" in told[0]
    assert "2.00 " in told[1]
    assert "│ satisfactory" in told[1]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", ["能力验证结果报告", "2026 年第一轮", "评分排序图", "不满意", "尤登图", "各参加者评价汇总"]),
        ("en", ["Report of a proficiency round", "Scores in their order", "unsatisfactory", "Youden plot"]),
    ],
)
def test_the_report_of_a_round_is_printed(evaluate: Evaluate, tmp_path: Path, language: str, words: list[str]) -> None:
    lines = [f"L{i:02},Pb,{v},mg/kg,{item}" for i, v in enumerate([*VALUES, "1.2", "<0.1"]) for item in "AB"]
    table, pdf = "participant,analyte,value,unit,item\n" + "\n".join(lines), tmp_path / "round.pdf"

    status, _, err = evaluate(table, "--pdf", str(pdf), "--language", language, "--title", "2026 年第一轮 <b>")

    text = "\n".join(page.extract_text() for page in PdfReader(pdf).pages)
    assert (status, err) == (1, "")
    assert [word for word in words if word not in text] == []
    assert "<b>" in text
    assert list(tmp_path.glob("*.part")) == []
