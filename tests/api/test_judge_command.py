"""`lims judge` and `POST /api/judgements`: the same rows, the same answers, whatever the file."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from lims.limits.questions import COLUMNS
from lims.runtime import Lims
from tests.api.laboratory import Door, load
from tests.factories import Cast

ROWS = [
    {"sample": "S1", "food": "豇豆", "date": "2026-05-10", "analyte": "吡虫啉", "value": "0.2", "unit": "mg/kg"},
    {"sample": "S2", "food": "韭菜", "date": "2026-05-10", "analyte": "多菌灵", "value": "5.1", "unit": "mg/kg"},
    {"sample": "S1", "food": "豇豆", "date": "2026-05-10", "analyte": "毒死蜱", "value": "ND", "unit": "mg/kg"},
]
BAD = {"sample": "S3", "food": "青椒", "date": "2026-05-10", "analyte": "吡虫啉", "value": "0.2", "unit": "mg/kg"}


def judge(*arguments: str, typed: bytes = b"") -> tuple[int, bytes, str]:
    """Run the command as its users do, without an installation: status, answers, messages."""
    done = subprocess.run(
        [sys.executable, "-c", "from lims.cli import main; main()", "judge", *arguments],
        input=typed,
        capture_output=True,
        check=False,
        env=os.environ | {"LC_ALL": "en_GB.UTF-8"},
    )
    return done.returncode, done.stdout, done.stderr.decode()


def as_csv(rows: list[dict[str, str]], delimiter: str = ",") -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, delimiter=delimiter, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def as_json(rows: list[dict[str, str]]) -> bytes:
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()


def as_workbook(rows: list[dict[str, str]]) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["样品编号", "食品", "日期", "项目", "结果", "单位"])
    for row in rows:
        sheet.append([row["sample"], row["food"], row["date"], row["analyte"], row["value"], row["unit"]])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def lines(answers: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in answers.splitlines()]


@pytest.mark.parametrize(
    "content",
    [as_csv(ROWS), b"\xef\xbb\xbf" + as_csv(ROWS), as_csv(ROWS, "\t"), as_json(ROWS), as_workbook(ROWS)],
    ids=["csv", "csv with mark", "tabs", "json lines", "workbook"],
)
def test_a_file_of_any_kind_is_judged(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "results"
    file.write_bytes(content)

    status, answers, _ = judge(str(file))

    said = lines(answers)
    assert status == 0
    assert [(one["sample"], one.get("analyte"), one.get("verdict", one.get("overall"))) for one in said] == [
        ("S1", "吡虫啉", "conforms"),
        ("S1", "毒死蜱", "conforms"),
        ("S1", None, "conforms"),
        ("S2", "多菌灵", "exceeds"),
        ("S2", None, "fails"),
    ]
    assert said[0]["explanation_zh"].startswith("吡虫啉：GB 2763-2026")
    assert said[0]["explanation_en"].startswith("imidacloprid: GB 2763-2026")
    assert judge("-", typed=content)[1] == answers


def test_the_status_tells_that_something_must_be_mended() -> None:
    status, answers, _ = judge("-", typed=as_csv([BAD, *ROWS]))

    assert status == 1
    assert [one["overall"] for one in lines(answers) if "overall" in one] == ["not_judged", "conforms", "fails"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "heading"),
        (b"sample,food\nS1,x\n", "analyte"),
        (as_csv(ROWS).replace(b"basis", b"colour"), "colour"),
        (as_csv(ROWS).replace(b"basis", b"food"), "food"),
        ("sample,food,date,analyte,value\nS1,豇豆,,,\n".encode("gb18030"), "utf-8"),
        ('{"sample": "S1", "food": "豇豆"}\n'.encode("gb18030"), "utf-8"),
        (b'[{"sample": "S1"}]', "line of its own"),
        (b"PK\x03\x04 torn", "workbook"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_whole(content: bytes, said: str, tmp_path: Path) -> None:
    out = tmp_path / "answers.csv"

    status, answers, messages = judge("-", "-o", str(out), typed=content)

    assert (status, answers) == (2, b"")
    assert said in messages
    assert "Traceback" not in messages
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-o", "{folder}/missing/answers.csv"], "cannot be written"),
        (["-o", "{folder}"], "cannot be written"),
        (["--encoding", "klingon"], "klingon"),
    ],
)
def test_what_cannot_be_done_is_said(arguments: list[str], said: str, tmp_path: Path) -> None:
    status, answers, messages = judge("-", *(a.format(folder=tmp_path) for a in arguments), typed=as_csv(ROWS))

    assert (status, answers) == (2, b"")
    assert said in messages
    assert "Traceback" not in messages
    assert list(tmp_path.iterdir()) == []


def test_a_torn_row_is_answered_and_the_others_are_judged() -> None:
    torn = as_csv(ROWS).replace(b",0.2,", b",0,2,")

    status, answers, _ = judge("-", typed=torn)

    said = {(one["sample"], one.get("analyte")): one for one in lines(answers)}
    assert status == 1
    assert said["S1", "吡虫啉"]["reason"] == "row_unreadable"
    assert said["S1", "毒死蜱"]["verdict"] == "conforms"
    assert said["S1", None]["overall"] == "not_judged"


def test_a_line_that_is_no_json_is_answered() -> None:
    status, answers, _ = judge("-", typed=as_json(ROWS[:1]) + b"\n{broken\n[1]\n" + as_json(ROWS[1:2]))

    assert status == 1
    assert [one.get("reason") for one in lines(answers) if not one["sample"]] == [
        "row_unreadable",
        "row_unreadable",
        None,
    ]


def test_answers_are_written_as_a_table(tmp_path: Path) -> None:
    evil = {**ROWS[0], "sample": "=1+1"}

    status, answers, _ = judge("-", "--format", "csv", typed=as_csv([evil, *ROWS[1:]]))
    table = list(csv.DictReader(io.StringIO(answers.decode())))
    assert status == 0
    assert [row["sample"] for row in table][:2] == ["'=1+1", "'=1+1"]
    assert {row["overall"] for row in table} == {"", "conforms", "fails"}

    book = tmp_path / "answers.xlsx"
    assert judge("-", "-o", str(book), typed=as_csv(ROWS))[0] == 0
    sheet = load_workbook(book).active
    assert sheet is not None
    assert sheet.max_row == 1 + 5


def test_the_programs_door_answers_the_same(lims: Lims, cast: Cast) -> None:
    load(lims)
    door = Door(lims)

    said = door["ann"].post("/api/judgements", [*ROWS, BAD])

    assert said.status_code == 200, said.text
    assert said.json() == lines(judge("-", typed=as_csv([*ROWS, BAD]))[1])


def test_the_programs_door_refuses_what_is_no_row(lims: Lims, cast: Cast) -> None:
    load(lims)
    door = Door(lims)

    for rows in ([], [{"value": 0.2}], [{"colour": "red"}]):
        assert door["ann"].post("/api/judgements", rows).status_code == 422
