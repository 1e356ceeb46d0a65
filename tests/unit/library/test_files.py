"""A library is read whole or not at all, and every fault is named by file, row and column."""

import hashlib
import tomllib
from dataclasses import replace
from decimal import Decimal

import pytest

from lims.core.errors import BadInput
from lims.library.files import METHOD_LIBRARY, LibraryFiles, parse_library, read_library


def changed(files: LibraryFiles, name: str, old: str, new: str) -> LibraryFiles:
    """The release with one text replaced in a file, its hash listed as it is then."""
    before = files.files[name]
    after = before.replace(old.encode(), new.encode(), 1)
    assert after != before, "the text to replace is there"
    old_hash, new_hash = (hashlib.sha256(content).hexdigest().encode() for content in (before, after))
    manifest = files.manifest.replace(old_hash, new_hash)
    return LibraryFiles(manifest, {**files.files, name: after})


def faults_of(files: LibraryFiles) -> list[tuple[str, str | None, int | None, str | None]]:
    with pytest.raises(BadInput) as refused:
        parse_library(files)
    return [(r.code, r.where.field, r.where.row, r.where.column) for r in refused.value.reasons]


def test_the_released_library_is_sound_and_has_what_its_list_says(released: LibraryFiles) -> None:
    facts = parse_library(released)

    listed = {entry["name"]: entry["rows"] for entry in tomllib.loads(released.manifest.decode())["files"]}
    rows = {name: number for name, number in listed.items() if name.startswith("limits/") and "coverage" not in name}
    assert len(facts.limits) == sum(rows.values())
    assert listed["limits/gb2763-2026.csv"] == 2780
    assert len(facts.divisions) == 98
    assert sum(d.population for d in facts.divisions if d.level == "prefecture") == 38_562_148
    assert len(facts.targets) == 33


def test_a_release_from_before_a_column_existed_can_still_be_read(released: LibraryFiles) -> None:
    whole = released.files["standards.csv"].decode()
    header = whole.splitlines()[0]
    without = whole.replace(",comparison,", ",", 1).replace(",full_value,", ",")
    older = parse_library(changed(released, "standards.csv", whole, without))

    assert "comparison" in header
    assert older.standards == parse_library(released).standards


def test_every_fault_of_every_file_is_named(released: LibraryFiles) -> None:
    files = changed(released, "substances.csv", ",abamectin,", ",,")
    files = changed(files, "limits/gb2763-2026.csv", ",as_received,0.01,mg/kg,", ",as_received,0.O1,ppm,")
    files = changed(files, "prohibitions.csv", "2016-12-16", "2016-13-16")

    found = faults_of(files)

    assert ("library.cell_empty", "substances.csv", 4, "name_en") in found
    assert ("library.not_a_number", "limits/gb2763-2026.csv", 2, "value") in found
    assert ("unit.unknown", "limits/gb2763-2026.csv", 2, "unit") in found
    assert ("library.not_a_day", "prohibitions.csv", 2, "in_force_on") in found


@pytest.mark.parametrize(
    ("file", "old", "new", "code"),
    [
        ("foods.csv", "standard,food,name", "standard,name,food", "library.columns_differ"),
        ("foods.csv", ",group,", ",heap,", "library.not_allowed"),
        ("standards.csv", ",yes,", ",true,", "library.not_yes_or_no"),
        ("standards.csv", "残留限量,law,CN,GB 2763,", "残留限量,declared,CN,GB 2763,", "library.family_mixed"),
        ("divisions_guizhou.csv", ",38562148,", ",38.5,", "library.not_a_count"),
        ("food_aliases.csv", "GB 2763,", "GB 2763,more,", "library.row_length"),
        ("substance_aliases.csv", ",3-hydroxycarbofuran,", ",carbofuranol,", "library.substance_unknown"),
        ("food_aliases.csv", "普通白菜", "不普通白菜", "library.food_unknown"),
        ("residue_components.csv", "abamectin,abamectin", "abamectim,abamectin", "library.owner_unknown"),
        ("limits/gb2763-2026-coverage.csv", "GB 2763-2026,abamectin", "GB 2763-2026,aldrin", "library.limit_undefined"),
        ("targets.csv", "\nT02,", "\nT01,", "library.twice"),
    ],
)
def test_a_fault_is_refused(released: LibraryFiles, file: str, old: str, new: str, code: str) -> None:
    assert code in [found[0] for found in faults_of(changed(released, file, old, new))]


def test_a_file_that_was_edited_after_release_is_refused(released: LibraryFiles) -> None:
    limits = released.files["limits/gb2763-2026.csv"].replace(b"0.01", b"0.10", 1)

    edited = replace(released, files={**released.files, "limits/gb2763-2026.csv": limits})

    assert faults_of(edited) == [("library.file_changed", "limits/gb2763-2026.csv", None, None)]


def test_a_missing_and_an_unlisted_file_are_refused(released: LibraryFiles) -> None:
    files = dict(released.files)
    files["foods-new.csv"] = files.pop("foods.csv")

    found = faults_of(replace(released, files=files))

    assert {(code, field) for code, field, _, _ in found} == {
        ("library.file_missing", "foods.csv"),
        ("library.file_unlisted", "foods-new.csv"),
    }


@pytest.mark.parametrize("manifest", [b"\xff", b"edition = ", b'edition = "1"\n', b'edition = "1"\ntitle = "t"\n'])
def test_a_list_of_files_that_says_too_little_is_refused(released: LibraryFiles, manifest: bytes) -> None:
    found = faults_of(replace(released, manifest=manifest))

    assert {code for code, _, _, _ in found} <= {
        "library.manifest", "library.manifest_incomplete", "library.file_missing"
    }  # fmt: skip


def test_the_files_are_plain_to_compare() -> None:
    paths = sorted(METHOD_LIBRARY.rglob("*.csv"))

    assert len(paths) == len(read_library().files) > 10
    for path in paths:
        content = path.read_bytes()
        assert not content.startswith(b"\xef\xbb\xbf"), path
        assert b"\r" not in content, path
        content.decode("utf-8")


def test_no_number_loses_its_digits(released: LibraryFiles) -> None:
    facts = parse_library(released)

    factors = {c.substance: c.factor for d in facts.definitions for c in d.components if d.definition == "carbofuran"}
    assert factors["3-hydroxycarbofuran"] == Decimal("0.9326")
    assert str(factors["carbofuran"]) == "1.0000"
