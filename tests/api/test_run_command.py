"""`lims run import` at its door, and `POST /api/runs`, which says the same: shape, records, statuses, no database."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from lims.cli import app_for
from lims.core.clock import FixedClock
from tests.api.laboratory import METHOD, codes
from tests.api.test_runs import PROFILE, Bench, bench, counted, prepared
from tests.factories import PASSWORD
from tests.unit.runs.batches import COMPOUNDS, INTERNAL_STANDARD, a_worksheet, an_export

__all__ = ["bench", "prepared"]
KEYS = {
    "format",
    "reader",
    "encoding",
    "injections",
    "analytes",
    "internal_standards",
    "records",
    "accounting",
    "messages",
}


@pytest.fixture
def clock() -> FixedClock:
    from tests.api.test_runs import NOW

    return FixedClock(NOW)


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without an installation: no setting leads to a database, and none may appear."""
    monkeypatch.delenv("LIMS_DATA", raising=False)
    monkeypatch.delenv("LIMS_DATABASE_URL", raising=False)
    monkeypatch.setenv("LANG", "en")
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def asked(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(app_for(["run"]), ["run", "import", *arguments], input=typed)


def written(folder: Path, content: bytes, name: str = "batch.csv") -> str:
    path = folder / name
    path.write_bytes(content)
    return str(path)


def test_a_dry_run_needs_no_database_and_says_what_the_file_holds(nowhere: Path) -> None:
    file = written(nowhere, an_export())

    told = asked(file, "--dry-run", "--json")

    summary = json.loads(told.stdout)
    assert (told.exit_code, set(summary)) == (0, KEYS)
    assert (summary["reader"], summary["encoding"]) == ("masshunter-wide", "utf-8-sig")
    assert (summary["injections"], summary["analytes"], summary["internal_standards"]) == (11, 3, 1)
    assert summary["accounting"] == {"read": 11, "duplicate": 0, "unmapped": 0, "refused": 0, "ignored": 2}
    assert [one["code"] for one in summary["messages"]] == ["run.unit_missing"]
    assert sorted(p.name for p in nowhere.iterdir()) == ["batch.csv"]


def test_a_record_is_a_line_with_its_place_and_its_text(nowhere: Path) -> None:
    profile = written(nowhere, json.dumps(PROFILE).encode(), "profile.json")
    file = written(nowhere, an_export())

    told = asked(file, "--dry-run", "--json", "--records", "--profile", profile, "--method", METHOD)

    summary, *lines = [json.loads(line) for line in told.stdout.splitlines()]
    assert summary["records"] == len(lines)
    assert summary["messages"] == []
    first = next(one for one in lines if one["injection"] == "Cal-1" and one["analyte"] == COMPOUNDS[0])
    assert (first["sample_type"], first["role"], first["unit"], first["row"]) == ("standard", "target", "μg/L", 3)
    assert first["raw"]["area"] == first["area"]
    assert {one["role"] for one in lines} == {"target", "qualifier", "internal_standard"}
    assert {one["analyte"] for one in lines if one["role"] == "internal_standard"} == {INTERNAL_STANDARD}
    assert all(one["area"] is None for one in lines if not one["raw"].get("area"))


@pytest.mark.parametrize(
    ("old", "new", "status", "changed"),
    [
        ("Cal-1,Cal-1.d,Cal", "Cal-1,Cal-1.d,Kal", 1, {"unmapped": 1, "read": 10}),
        ("P1-A6,1,", "P1-A6,one,", 1, {"refused": 1, "read": 10}),
    ],
)
def test_the_status_says_whether_something_must_be_mended(
    nowhere: Path, old: str, new: str, status: int, changed: dict[str, int]
) -> None:
    told = asked(written(nowhere, an_export().replace(old.encode(), new.encode())), "--dry-run", "--json")

    summary = json.loads(told.stdout)
    assert told.exit_code == status
    assert changed.items() <= summary["accounting"].items()
    assert sum(summary["accounting"].values()) == 13


@pytest.mark.parametrize(
    ("content", "arguments", "code"),
    [
        (b"a,b\n1,2\n", [], "run.format_unknown"),
        (b"a,b\n1,2\n", ["--reader", "nothing"], "run.reader_unknown"),
    ],
)
def test_what_cannot_be_read_ends_with_status_2(nowhere: Path, content: bytes, arguments: list[str], code: str) -> None:
    told = asked(written(nowhere, content), "--dry-run", "--json", *arguments)

    summary = json.loads(told.stdout)
    assert (told.exit_code, set(summary)) == (2, KEYS)
    assert [one["code"] for one in summary["messages"]] == [code]


def test_an_unknown_method_is_told_and_the_file_read(nowhere: Path) -> None:
    told = asked(written(nowhere, an_export()), "--dry-run", "--json", "--method", "GB 0")

    summary = json.loads(told.stdout)
    assert (told.exit_code, summary["accounting"]["read"]) == (0, 11)
    assert "not_found" in [one["code"] for one in summary["messages"]]


GERMAN = 'Sample,,,Carbofuran Results\n,Name,Acq. Date-Time,Area\n,S-1,27.06.2022 11:01,"1,5"\n'


def test_without_a_profile_a_look_reads_as_the_file_hints_and_says_so(nowhere: Path) -> None:
    told = asked(written(nowhere, GERMAN.encode()), "--dry-run", "--json", "--records")

    summary, line = [json.loads(one) for one in told.stdout.splitlines()]
    taken = [one["text"] for one in summary["messages"] if one["code"] == "proposal.taken"]
    assert line["area"] == "1.5"
    assert len(taken) == 2
    assert "dmy" in taken[1]


def test_without_a_profile_chinese_is_told_from_signs_of_the_west(nowhere: Path) -> None:
    table = "Sample,,,Carbofuran Results\n,Name,Data File,Area\n,{name},1.d,15\n"
    for encoding, name in (("gb18030", "韭菜样品"), ("cp1252", "2.5 µg")):
        file = written(nowhere, table.format(name=name).encode(encoding))
        told = asked(file, "--dry-run", "--json", "--records")

        summary, line = [json.loads(one) for one in told.stdout.splitlines()]
        assert (summary["encoding"], line["injection"]) == (encoding, name)


def test_a_wrong_profile_is_told_by_its_fields(nowhere: Path) -> None:
    profile = written(nowhere, b'{"decimal_mark": ";"}', "profile.json")

    told = asked(written(nowhere, an_export()), "--dry-run", "--json", "--profile", profile)

    assert told.exit_code == 2
    assert "decimal_mark" in told.stdout


def test_people_are_told_in_words(nowhere: Path) -> None:
    told = asked(written(nowhere, an_export()), "--dry-run")

    assert "11 injections" in told.stdout
    assert "11 read" in told.stdout


# ── into an installation ─────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def at_home(bench: Bench, nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setenv("LIMS_DATA", str(bench.lims.settings.data))
    return bench


def test_the_file_is_imported_as_on_the_page_of_the_worksheet(
    at_home: Bench, nowhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lims.runtime.SystemClock", lambda: at_home.clock)
    number, file = at_home.worksheet(), written(nowhere, at_home.export())
    profile = written(nowhere, json.dumps(PROFILE).encode(), "profile.json")
    order = [file, "--worksheet", number, "--as", "ann", "--json", "--profile", profile]

    wrong = asked(*order, typed="not hers\n")
    other = asked(*order, "--method", "GB 1", typed=f"{PASSWORD}\n")
    told = asked(*order, "--method", METHOD, typed=f"{PASSWORD}\n")
    again = asked(*order, typed=f"{PASSWORD}\n")

    assert (wrong.exit_code, other.exit_code) == (2, 2)
    assert (told.exit_code, json.loads(told.stdout.splitlines()[-1])["accounting"]["read"]) == (0, 11)
    assert again.exit_code == 0
    assert counted(at_home) == (1, 1)


def test_an_import_needs_a_worksheet_and_a_person(nowhere: Path) -> None:
    told = asked(written(nowhere, an_export()), "--json")

    assert told.exit_code == 2
    assert "run.no_worksheet" in told.stdout


# ── the same over HTTP ───────────────────────────────────────────────────────────────────────────────


def posted(bench: Bench, content: bytes, who: str = "ann", **form: Any) -> Any:
    data = {"profile": json.dumps(PROFILE), **form}
    return bench.door[who].client.post("/api/runs", files={"file": ("batch.csv", content)}, data=data)


def test_the_door_says_what_the_command_says(bench: Bench, nowhere: Path) -> None:
    content = an_export(a_worksheet())
    profile = written(nowhere, json.dumps(PROFILE).encode(), "profile.json")
    told = asked(written(nowhere, content), "--dry-run", "--json", "--records", "--profile", profile)

    answer = posted(bench, content, dry_run="true", records="true")

    summary, *lines = [json.loads(line) for line in told.stdout.splitlines()]
    body = answer.json()
    assert answer.status_code == 200
    assert {name: body[name] for name in KEYS} == summary
    assert body["lines"] == lines
    assert body["run"] is None
    assert counted(bench) == (0, 0)


def test_without_a_dry_run_the_file_is_imported(bench: Bench) -> None:
    number, content = bench.worksheet(), bench.export()

    nowhere_to = posted(bench, content)
    imported = posted(bench, content, worksheet=number)
    again = posted(bench, content, worksheet=number)

    assert codes(nowhere_to) == ["run.no_worksheet"]
    assert imported.status_code == 201
    assert imported.json()["run"]["worksheet"] == number
    assert imported.json()["run"]["id"] == again.json()["run"]["id"]
    assert counted(bench) == (1, 1)


def test_the_door_asks_for_the_right_of_what_is_done(bench: Bench) -> None:
    number, content = bench.worksheet(), bench.export()

    assert posted(bench, content, "vic", dry_run="true").status_code == 403
    assert posted(bench, content, "vic", worksheet=number).status_code == 403
    assert posted(bench, content, "eve", worksheet=number).status_code == 404
    assert posted(bench, content, "eve", worksheet=number, dry_run="true").status_code == 404


def test_a_stored_profile_is_named_by_its_id(bench: Bench) -> None:
    order = {"instrument_code": "LCMS-01", "name": "MassHunter", "profile": PROFILE}
    profile = bench.door["ann"].post("/api/import-profiles", order).json()["id"]

    answer = posted(bench, bench.export(), worksheet=bench.worksheet(), profile="", profile_id=profile)

    assert answer.status_code == 201
    assert answer.json()["run"]["profile_version_id"]
