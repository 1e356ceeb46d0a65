"""`lims library …` at its door: check, load a table, look at the drafts, release by another person."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from lims.cli import app_for
from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.library import queries
from lims.library.files import METHOD_LIBRARY
from lims.runtime import Lims
from tests.api.laboratory import library_files, load
from tests.factories import PASSWORD, Cast

KOREA = Path(__file__).parents[2] / "../shared/reference/mrl_kr.csv"
TABLE = "农药,食品,限量,standard\n敌敌畏,豇豆,{value},GB 2763-2031\n全新灵,茄子,1*,GB 2763-2031\n"
COMMANDS = ["library", "load", "table.csv", "--effective-on", "2031-03-01"]


class Terminal:
    """A terminal on the machine of the installation."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def asks(self, *arguments: str, typed: str = "") -> Result:
        found = [str(self.folder / a) if a == "table.csv" else a for a in arguments]
        return CliRunner().invoke(app_for(found), found, input=typed, catch_exceptions=True)

    def table(self, text: str) -> None:
        (self.folder / "table.csv").write_text(text, encoding="utf-8")


@pytest.fixture
def terminal(lims: Lims, cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    load(lims)
    monkeypatch.setenv("LIMS_DATA", str(lims.settings.data))
    monkeypatch.setenv("LANG", "en")
    monkeypatch.delenv("LC_ALL", raising=False)
    found = Terminal(tmp_path)
    found.table(TABLE.format(value="0.2"))
    return found


def codes(result: Result) -> list[str]:
    """Why a command was refused; `lims` itself prints the sentences."""
    return [why.code for why in getattr(result.exception, "reasons", ())]


def draft_of(terminal: Terminal) -> str:
    listed = terminal.asks("library", "drafts").stdout
    return listed.split("\t")[0]


def test_the_shipped_library_has_no_findings_and_tells_its_gaps(terminal: Terminal) -> None:
    told = terminal.asks("library", "check")
    named = terminal.asks("library", "check", str(METHOD_LIBRARY), "--gaps")
    in_use = terminal.asks("library", "check", "--in-use")

    assert (told.exit_code, named.exit_code, in_use.exit_code) == (0, 0, 0)
    assert "\n0 findings, " in told.stdout
    assert "gaps\tnot loaded\t" in told.stdout
    assert "not loaded\tGB 2763-2014" in named.stdout
    assert library_files().sha256 in in_use.stdout


def test_every_finding_is_named_with_its_place_and_is_a_failure(terminal: Terminal, tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    for name, content in library_files().files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(
            content.replace(b",GB 2763,", b",GB 2763 x,") if name == "standards.csv" else content
        )
    (folder / "manifest.toml").write_bytes(library_files().manifest)

    told = terminal.asks("library", "check", str(folder))

    assert told.exit_code == 1
    assert "standards.csv\tlibrary.file_changed\t" in told.stdout
    assert told.stdout.rstrip().endswith("findings")


def test_a_table_becomes_a_draft_that_another_person_releases(lims: Lims, terminal: Terminal) -> None:
    loaded = terminal.asks(*COMMANDS, "--as", "net", typed=f"{PASSWORD}\n")
    assert loaded.exit_code == 0, loaded.output
    assert "GB 2763-2031: 2 limits, 1 new substances" in loaded.stdout
    assert "against GB 2763-2026: " in loaded.stdout

    draft = draft_of(terminal)
    own = terminal.asks("library", "release", draft, "--as", "net", typed=f"{PASSWORD}\n")
    wrong = terminal.asks("library", "release", draft, "--as", "ada", typed="guess\n")
    other = terminal.asks("library", "release", draft[:8], "--as", "ada", typed=f"{PASSWORD}\n")

    assert codes(own) == ["library.same_person"]
    assert codes(wrong) == ["sign_in.wrong"]
    assert other.exit_code == 0, other.output
    assert "is in use" in other.stdout
    with lims.read(system_actor(), Action.LIBRARY_READ) as session:
        assert len(queries.current_library(session).limits("GB 2763-2031", "dichlorvos")) == 1


def test_what_nobody_signed_for_may_be_released_by_any_one_person(terminal: Terminal) -> None:
    assert terminal.asks(*COMMANDS).exit_code == 0

    told = terminal.asks("library", "release", draft_of(terminal), "--as", "net", typed=f"{PASSWORD}\n")

    assert told.exit_code == 0, told.output


def test_a_buyers_list_is_loaded_as_declared_and_becomes_no_law(lims: Lims, terminal: Terminal) -> None:
    terminal.table("农药,食品,限量\n敌敌畏,豇豆,0.01\n")
    kind = ["--kind", "declared", "--complete", "--effective-on", "2026-01-01"]

    loaded = terminal.asks("library", "load", "table.csv", "--standard", "HX 01-2026", *kind)
    terminal.asks("library", "release", draft_of(terminal), "--as", "net", typed=f"{PASSWORD}\n")
    mixed = terminal.asks("library", "load", "table.csv", "--standard", "GB 2763-2031", *kind)

    assert loaded.exit_code == 0, loaded.output
    with lims.read(system_actor(), Action.LIBRARY_READ) as session:
        library = queries.current_library(session)
    assert library.declared_families == ("HX 01",)
    assert not any("HX 01" in library.families(market) for market in library.markets)
    assert mixed.exit_code == 2
    assert "library.family_mixed" in mixed.stdout


def test_who_may_not_load_or_release_is_refused(terminal: Terminal) -> None:
    assert codes(terminal.asks(*COMMANDS, "--as", "ann", typed=f"{PASSWORD}\n")) == ["forbidden"]
    terminal.asks(*COMMANDS)

    assert codes(terminal.asks("library", "release", draft_of(terminal), "--as", "ann", typed=f"{PASSWORD}\n")) == [
        "forbidden"
    ]


def test_a_draft_is_set_aside_with_a_reason(terminal: Terminal) -> None:
    terminal.asks(*COMMANDS)
    draft = draft_of(terminal)

    told = terminal.asks("library", "reject", draft, "--reason", "Not the text.", "--as", "ada", typed=f"{PASSWORD}\n")

    assert told.exit_code == 0, told.output
    assert f"{draft}\trejected\t" in terminal.asks("library", "drafts").stdout
    assert codes(terminal.asks("library", "release", draft, "--as", "net", typed=f"{PASSWORD}\n")) == [
        "library.draft_decided"
    ]
    assert codes(terminal.asks("library", "release", "no draft", "--as", "net", typed=f"{PASSWORD}\n")) == ["not_found"]


def test_faults_of_a_table_are_told_with_row_and_column(terminal: Terminal) -> None:
    terminal.table(TABLE.format(value="much").replace("茄子", "茄字"))

    told = terminal.asks(*COMMANDS)

    assert told.exit_code == 2
    assert "2:限量\tlibrary.limit_text\t" in told.stdout
    assert "3:食品\tlibrary.food_not_known\t" in told.stdout
    assert "茄子" in told.stdout  # what it may mean
    assert terminal.asks("library", "drafts").stdout == ""


def test_a_changed_edition_shows_what_it_changes(terminal: Terminal) -> None:
    terminal.asks(*COMMANDS)
    terminal.asks("library", "release", draft_of(terminal), "--as", "net", typed=f"{PASSWORD}\n")
    terminal.table(TABLE.format(value="0.1"))

    told = terminal.asks(*COMMANDS, "--all")

    assert "against GB 2763-2031: raised 0, lowered 1, new 0, gone 0, reworded 0" in told.stdout
    assert "0.2 → 0.1" in told.stdout


def test_a_whole_foreign_law_is_loaded_in_seconds(lims: Lims, terminal: Terminal) -> None:
    """Korea's list of July 2025."""
    order = ("--standard", "KR MFDS 2025-07", "--family", "KR MFDS", "--effective-on", "2025-07-21", "--complete")

    told = terminal.asks("library", "load", str(KOREA), *order)
    released = terminal.asks("library", "release", draft_of(terminal), "--as", "net", typed=f"{PASSWORD}\n")

    assert told.exit_code == 0, told.output
    assert "KR MFDS 2025-07: 12709 limits, " in told.stdout
    assert released.exit_code == 0, released.output
    with lims.read(system_actor(), Action.LIBRARY_READ) as session:
        library = queries.current_library(session)
    rows = [row for row in library.facts.limits if row.standard == "KR MFDS 2025-07"]
    assert (len(rows), len({row.substance for row in rows})) == (12709, 425)
    assert library.standard("KR MFDS 2025-07").market == "KR"
    assert terminal.asks("library", "check", "--in-use").exit_code == 0
