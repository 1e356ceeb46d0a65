"""`lims proficiency homogeneity`: tables of what was measured in the items in; verdicts or a refusal out."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from lims.cli import main

HEADING = "analyte,bottle,value,unit\n"
PAIRS = ("10.5 10.4", "9.6 9.5", "10.4 9.9", "9.5 9.9", "10.0 9.7", "9.6 10.1", "9.8 10.4", "9.8 10.2", "10.8 10.7")


def table(*pairs: str, analyte: str = "Cu", unit: str = "mg/kg") -> str:
    """Bottles 1, 2, … with the values of each."""
    return "".join(
        f"{analyte},{number},{value},{unit}\n" for number, pair in enumerate(pairs, start=1) for value in pair.split()
    )


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> "Check":
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    return Check(tmp_path, monkeypatch, capsys)


class Check:
    """Runs the command as its users do: status, output, messages."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, captured: pytest.CaptureFixture[str]) -> None:
        self.folder, self.patch, self.captured = folder, patch, captured

    def __call__(self, first: str, *options: str, later: str = "") -> tuple[int, str, str]:
        arguments = [str(self._file("first.csv", HEADING + first)), *options]
        if later:
            arguments += ["--later", str(self._file("later.csv", HEADING + later))]
        self.patch.setattr(sys, "argv", ["lims", "proficiency", "homogeneity", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = self.captured.readouterr()
        return int(ended.value.code or 0), out, err

    def json(self, first: str, *options: str, later: str = "", status: int = 0) -> dict[str, Any]:
        ended, out, err = self(first, *options, "--json", later=later)
        assert (ended, err) == (status, "")
        (analyte,) = json.loads(out)["analytes"]
        assert isinstance(analyte, dict)
        return analyte

    def _file(self, name: str, content: str) -> Path:
        (self.folder / name).write_text(content, encoding="utf-8")
        return self.folder / name


def test_items_are_judged_by_both_criteria(check: Check) -> None:
    bottles = table(*PAIRS[:8])
    wide, narrow = check.json(bottles, "--sigma", "10%"), check.json(bottles, "--sigma", "0.2")

    assert (wide["homogeneity"]["bottles"], wide["homogeneity"]["portions"]) == (8, 2)
    assert float(wide["sigma_pt"]) == pytest.approx(float(wide["homogeneity"]["mean"]) / 10)
    assert (wide["homogeneity"]["is_homogeneous"], narrow["homogeneity"]["is_homogeneous"]) == (True, False)
    assert narrow["homogeneity"]["is_homogeneous_by_expanded"] is True
    assert narrow["homogeneity"]["is_measured_precisely"] is False
    assert wide["homogeneity"]["cochran"]["of"] == "7"
    assert wide["stability"] is None


def test_items_that_differ_are_told_by_the_status(check: Check) -> None:
    apart = check.json(table("10.0 10.1", "14.9 15.0", *PAIRS[2:]), "--sigma", "1", status=1)

    assert (apart["is_fit"], apart["homogeneity"]["is_homogeneous_by_expanded"]) == (False, False)


@pytest.mark.parametrize(("added", "status", "is_stable"), [(0.1, 0, True), (2.0, 1, False)])
def test_stability_is_tested_in_whatever_unit_it_was_measured(
    check: Check, added: float, status: int, is_stable: bool
) -> None:
    moved = [" ".join(f"{1000 * (float(value) + added):.0f}" for value in pair.split()) for pair in PAIRS[:3]]

    said = check.json(table(*PAIRS[:8]), "--sigma", "10%", later=table(*moved, unit="ug/kg"), status=status)

    assert said["stability"]["is_stable"] is is_stable


def test_tables_say_what_is_in_doubt(check: Check) -> None:
    status, out, err = check(table("10.0 13.0", *PAIRS[1:]), "--sigma", "horwitz")

    assert (status, err) == (0, "")
    assert [word for word in ("homogeneity", "passed", "bottle 1 differ most", "too coarse") if word not in out] == []


@pytest.mark.parametrize(
    ("first", "options", "said"),
    [
        (table(*PAIRS[:3]), ("--sigma", "1"), "at least 7 units, better 10; there are 3"),
        (table(*(pair.split()[0] for pair in PAIRS)), ("--sigma", "1"), "at least twice"),
        (table(*PAIRS) + "Cu,10,9.9,mg/kg\n", ("--sigma", "1"), "some have 1, some 2 values"),
        (table(*PAIRS) + "Cu,10,<1,mg/kg\n", ("--sigma", "1"), "Row 20: “<1” is a limit"),
        (table(*PAIRS) + "Cu,10,1,mg/L\n", ("--sigma", "1"), "different kinds of quantity"),
        (table(*PAIRS) + ",10,1,mg/kg\n", ("--sigma", "1"), "Row 20: the cell under analyte"),
        (table(*PAIRS), ("--sigma", "robust"), "--sigma: “robust” is not known"),
        (table(*PAIRS, unit="mg/L"), ("--sigma", "horwitz"), "no mass fraction"),
    ],
)
def test_a_design_with_a_gap_is_refused(check: Check, first: str, options: tuple[str, ...], said: str) -> None:
    status, out, err = check(first, *options)

    assert (status, out) == (2, "")
    assert said in err


def test_what_was_measured_later_must_have_been_measured_first(check: Check) -> None:
    status, _, err = check(table(*PAIRS), "--sigma", "1", later=table("1 1", "1 2", analyte="Zn"))

    assert (status, "Zn was measured later" in err) == (2, True)
