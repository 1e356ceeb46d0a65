"""`lims calibrate`: a table of standards in, numbers or a refusal with row and column out; no installation."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from lims.cli import main

STANDARDS = """label,x,y,used,reason
S0,0,12,yes,
S1,1,1010,yes,
S2,2,2040,,
S3,5,4990,,
S4,10,9800,no,air bubble
S5,20,20100,,
"""
WELLS = "x,y\n" + "\n".join(
    f"{x},{y}"
    for x, y in ((0, 2.01), (0.05, 1.9), (0.1, 1.78), (0.25, 1.41), (0.5, 1.06), (1, 0.67), (2.5, 0.33), (5, 0.21))
)


@pytest.fixture
def calibrate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> "Calibrate":
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    return Calibrate(tmp_path / "standards.csv", monkeypatch, capsys)


class Calibrate:
    """Runs the command as its users do: status, output, messages."""

    def __init__(self, path: Path, patch: pytest.MonkeyPatch, captured: pytest.CaptureFixture[str]) -> None:
        self.path, self.patch, self.captured = path, patch, captured

    def __call__(self, table: str | bytes, *options: str) -> tuple[int, str, str]:
        self.path.write_bytes(table if isinstance(table, bytes) else table.encode())
        return self.run(str(self.path), *options)

    def run(self, *arguments: str) -> tuple[int, str, str]:
        self.patch.setattr(sys, "argv", ["lims", "calibrate", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = self.captured.readouterr()
        return int(ended.value.code or 0), out, err

    def json(self, table: str | bytes, *options: str) -> dict[str, Any]:
        status, out, err = self(table, *options, "--json")
        assert (status, err) == (0, "")
        said = json.loads(out)
        assert isinstance(said, dict)
        return said


def test_a_line_is_told_with_every_number_as_text(calibrate: Calibrate) -> None:
    said = calibrate.json(STANDARDS)

    assert (said["model"], said["origin"], said["weighting"]) == ("linear", "free", "1")
    assert [one["name"] for one in said["coefficients"]] == ["intercept", "slope"]
    assert float(said["coefficients"][1]["value"]) == pytest.approx(1004.351, abs=0.001)
    assert (said["n"], said["levels"], said["degrees_of_freedom"]) == (5, 5, 3)
    assert (said["lowest"], said["highest"], said["r_squared_about"]) == ("1", "20", "mean")
    left_out = said["standards"][4]
    assert (left_out["label"], left_out["used"], left_out["reason"]) == ("S4", False, "air bubble")
    assert said["standards"][0]["deviation_percent"] is None
    assert float(said["limits"]["detection"]) == pytest.approx(2 * float(said["limits"]["decision"]))


@pytest.mark.parametrize(
    ("options", "origin", "coefficients"),
    [
        (["--model", "linear", "--weight", "1/x"], "free", ["intercept", "slope"]),
        (["--through-zero", "--weight", "1/x2"], "through_zero", ["slope"]),
        (["--with-origin", "--weight", "1/y"], "with_origin", ["intercept", "slope"]),
        (["--model", "quadratic", "--weight", "1/y2"], "free", ["c0", "c1", "c2"]),
        (["--model", "average-rf"], "through_zero", ["response factor"]),
        (["--model", "standard-addition"], "free", ["intercept", "slope"]),
    ],
)
def test_every_model_answers(calibrate: Calibrate, options: list[str], origin: str, coefficients: list[str]) -> None:
    said = calibrate.json(STANDARDS, *options)

    assert said["origin"] == origin
    assert [one["name"] for one in said["coefficients"]] == coefficients
    assert ("sample" in said) == ("standard-addition" in options)
    assert ("response_factors" in said) == ("average-rf" in options)
    assert ("limits" in said) is False


def test_responses_are_read_with_their_status(calibrate: Calibrate) -> None:
    said = calibrate.json(WELLS, "--model", "4pl", "--read", "1.06", "--read", "3", "--replicates", "2")

    assert [one["status"] for one in said["readings"]] == ["in_range", "outside_asymptotes"]
    assert float(said["readings"][0]["concentration"]) == pytest.approx(0.5, rel=0.05)
    assert said["readings"][1] == {
        "response": "3", "concentration": None, "status": "outside_asymptotes", "standard_uncertainty": None
    }  # fmt: skip


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_other_delimiters_and_a_mark_at_the_beginning_are_read(calibrate: Calibrate, delimiter: str) -> None:
    same = b"\xef\xbb\xbf" + STANDARDS.replace(",", delimiter).replace("\n", "\r\n").encode()

    assert calibrate.json(same) == calibrate.json(STANDARDS)


def test_standard_input_is_read(calibrate: Calibrate) -> None:
    calibrate.patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(STANDARDS.encode())))

    status, out, _ = calibrate.run("-", "--json")

    assert status == 0
    assert json.loads(out)["n"] == 5


@pytest.mark.parametrize(
    ("language", "words"),
    [("en_GB.UTF-8", ["Standards read back", "air bubble", "in range"]), ("zh_CN.UTF-8", ["标准点回算", "检出限"])],
)
def test_tables_are_in_the_users_language(calibrate: Calibrate, language: str, words: list[str]) -> None:
    calibrate.patch.setenv("LC_ALL", language)

    status, out, err = calibrate(STANDARDS, "--read", "3000")

    assert (status, err) == (0, "")
    assert [word for word in words if word not in out] == []


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("", "holds no table"),
        ("x,y\n", "no rows"),
        ("x,z\n1,2\n", "Row 1, column 2: “z” is no known column"),
        ("x,label\n1,2\n", "there is no column y"),
        ("x,y,x\n1,2,3\n", "the column x occurs more than once"),
        ("x,y\n1,2\n2,NaN\n", "Row 3, column y: “NaN” is not a number"),
        ("x,y\n\n1,2\n\ninf,3\n", "Row 5, column x: “inf” is not a number"),
        ("x,y\n1,\n", "Row 2, column y: “” is not a number"),
        ("x,y\n1,1_0\n", "“1_0” is not a number"),
        ("x,y\n1,2e400\n", "“2e400” is not a number that can be calculated with"),
        ("x,y\n-1,2\n", "Row 2, column x: -1 is negative"),
        ("x;y\n1,5;2\n", "Row 2, column x: “1,5” is not a number"),
        ("x,y\n1,5,2\n", "Row 2 has more cells than the heading"),
        ("x,y,used\n1,2,perhaps\n", "Row 2, column used: “perhaps” must be yes or no"),
        ("x,y\n1,2\n2,3\n", "2 usable levels; at least 3"),
        ("x,y\n1,3\n2,2\n3,1\n", "does not grow"),
        (b"x,y\n\xff,2\n", "is not utf-8"),
    ],
)
def test_what_cannot_be_used_is_named_by_row_and_column(calibrate: Calibrate, table: str | bytes, said: str) -> None:
    status, out, err = calibrate(table, "--json")

    assert (status, out) == (2, "")
    assert said in err


def test_every_fault_is_told_at_once(calibrate: Calibrate) -> None:
    _, _, err = calibrate("x,y,used\na,b,\n-1,2,\n1,2,maybe\n")

    assert len(err.splitlines()) == 4


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--through-zero", "--with-origin"], "either --through-zero or --with-origin"),
        (["--model", "4pl", "--through-zero"], "linear and quadratic"),
        (["--model", "average-rf", "--weight", "1/x"], "no --weight"),
        (["--model", "standard-addition", "--read", "3"], "Nothing is read"),
        (["--model", "standard-addition", "--weight", "1/x"], "cannot be weighted"),
        (["--model", "standard-addition", "--dilution", "0"], "must be a number above 0"),
        (["--read", "much"], "“much” is not a number"),
        (["--read", "NaN"], "NaN is not a number that can be read"),
        (["--encoding", "klingon"], "is not klingon text"),
        (["--weight", "1/z"], "1/z"),
    ],
)
def test_options_that_contradict_are_refused(calibrate: Calibrate, options: list[str], said: str) -> None:
    status, out, err = calibrate(STANDARDS, *options)

    assert (status, out) == (2, "")
    assert said in err


def test_a_missing_file_is_told(calibrate: Calibrate) -> None:
    status, _, err = calibrate.run("nowhere.csv")

    assert status == 2
    assert "nowhere.csv" in err
