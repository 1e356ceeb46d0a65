"""Reads a method library into plain facts: all of it, checked, or nothing with every fault named.

The folder holds `manifest.toml` (edition, and each file with its number of rows and SHA-256) and CSV files; what a
laboratory loaded itself is laid over them (`overlay`).
"""

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lims.core.errors import BadInput, refuse_bad
from lims.core.reasons import Reason, Where, reason
from lims.library import facts as f
from lims.library.cells import read_rows
from lims.library.fact_rows import FILES, LATER_COLUMNS
from lims.library.overlay import EDITION_FILES, edition_of, overlaid
from lims.library.references import faults_between

#: The library that comes with the program.
METHOD_LIBRARY = Path(__file__).parents[2] / "method_library"
MANIFEST = "manifest.toml"


@dataclass(frozen=True, slots=True)
class LibraryFiles:
    """The bytes of a release: its list of files, and the files by name."""

    manifest: bytes
    files: Mapping[str, bytes]

    @property
    def sha256(self) -> str:
        """The hash of the list of files; since that names the hash of every file, it covers every byte."""
        return hashlib.sha256(self.manifest).hexdigest()


def read_library(folder: Path = METHOD_LIBRARY) -> LibraryFiles:
    """The bytes of a library folder, not looked into yet: `parse_library` does that.

    Raises `BadInput` when there is no list of files in it.
    """
    manifest = folder / MANIFEST
    if not manifest.is_file():
        raise BadInput(
            reason("library.manifest", "The list of the library's files cannot be read.", at=Where(MANIFEST))
        )
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*.csv"))}
    return LibraryFiles(manifest.read_bytes(), found)


def parse_library(release: LibraryFiles) -> f.LibraryFacts:
    """The facts of a release, whole and checked.

    Raises `BadInput` with every fault: its file as the field, its row and its column.
    """
    faults: list[Reason] = []
    manifest = _manifest(release.manifest)
    shipped: dict[str, list[Any]] = {pattern: [] for pattern in FILES}
    editions: dict[str, dict[str, list[Any]]] = {}
    for listed in manifest["files"]:
        edition, pattern = edition_of(listed["name"])[0], _pattern_of(listed["name"])
        content = _content(release, listed, faults)
        if pattern is None:
            said = "The library has no file of this name."
            faults.append(reason("library.file_not_known", said, at=Where(listed["name"])))
        elif content is not None:
            columns, make = FILES[pattern]
            before = len(faults)
            later = LATER_COLUMNS.get(pattern, {})
            rows = read_rows(listed["name"], content, columns.split(","), make, faults, later)
            if len(faults) == before:
                _check_count(listed, len(rows), faults)
            found = editions.setdefault(edition, {}) if edition else shipped
            found.setdefault(pattern, []).extend(rows)
    faults.extend(_unlisted(release, {listed["name"] for listed in manifest["files"]}))
    whole = overlaid(shipped, editions.values())
    faults.extend(_orphans(whole))
    refuse_bad(faults)
    library = _assemble(manifest, release.sha256, whole)
    refuse_bad(faults_between(library))
    return library


def _manifest(content: bytes) -> dict[str, Any]:
    try:
        manifest = tomllib.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as unreadable:
        raise BadInput(
            reason("library.manifest", "The list of the library's files cannot be read.", at=Where(MANIFEST))
        ) from unreadable
    complete = isinstance(manifest.get("edition"), str) and isinstance(manifest.get("title"), str)
    listed = manifest.get("files", [])
    tables = isinstance(listed, list) and all(isinstance(entry, dict) for entry in listed)
    if not (complete and tables) or not all(set(entry) == {"name", "rows", "sha256"} for entry in listed):
        raise BadInput(
            reason(
                "library.manifest_incomplete",
                "The list of the library's files needs an edition, a title, and name, rows and sha256 of every file.",
                at=Where(MANIFEST),
            )
        )
    names = {entry["name"] for entry in listed if not edition_of(entry["name"])[0]}
    refuse_bad(
        [
            reason("library.file_missing", "The library needs this file.", at=Where(pattern))
            for pattern in FILES
            if not any(_pattern_of(name) == pattern for name in names)
        ]
    )
    return manifest


def _pattern_of(name: str) -> str | None:
    """Which kind of file a name is; the first pattern that fits, so coverage comes before limits."""
    edition, inside = edition_of(name)
    if edition:
        return EDITION_FILES.get(inside)
    for pattern in FILES:
        before, star, after = pattern.partition("*")
        if name == pattern or (star and name.startswith(before) and name.endswith(after)):
            return pattern
    return None


def _content(release: LibraryFiles, listed: dict[str, Any], faults: list[Reason]) -> bytes | None:
    name: str = listed["name"]
    content = release.files.get(name)
    if content is None:
        faults.append(reason("library.file_missing", "The library needs this file.", at=Where(name)))
    elif hashlib.sha256(content).hexdigest() != listed["sha256"]:
        said = "The file is not the one the list names: its SHA-256 differs. A released edition is never edited."
        faults.append(reason("library.file_changed", said, at=Where(name)))
        return None
    return content


def _check_count(listed: dict[str, Any], rows: int, faults: list[Reason]) -> None:
    if rows != listed["rows"]:
        faults.append(
            reason(
                "library.row_count",
                "The file has {found} rows; the list says {needed}.",
                at=Where(listed["name"]),
                found=rows,
                needed=listed["rows"],
            )
        )


def _unlisted(release: LibraryFiles, listed: set[str]) -> list[Reason]:
    return [
        reason("library.file_unlisted", "The file is not in the list of the library's files.", at=Where(name))
        for name in sorted(release.files)
        if name not in listed
    ]


def _orphans(found: dict[str, list[Any]]) -> list[Reason]:
    """Rows that belong to nothing: they would otherwise be dropped without a word."""
    definitions = {d.definition for d in found["residue_definitions.csv"]}
    methods = {m.code for m in found["methods.csv"]}
    lost = {("residue_components.csv", c.definition) for c in found["residue_components.csv"]} - {
        ("residue_components.csv", name) for name in definitions
    }
    lost |= {("method_substances.csv", method) for method, _ in found["method_substances.csv"] if method not in methods}
    return [
        reason("library.owner_unknown", "{owner} is named here and stands nowhere.", at=Where(file), owner=owner)
        for file, owner in sorted(lost)
    ]


def _assemble(manifest: dict[str, Any], sha256: str, found: dict[str, list[Any]]) -> f.LibraryFacts:
    components: list[f.DefinitionComponent] = found["residue_components.csv"]
    definitions: list[f.ResidueDefinition] = found["residue_definitions.csv"]
    methods: list[f.Method] = found["methods.csv"]
    cited: list[tuple[str, str]] = found["method_substances.csv"]
    return f.LibraryFacts(
        edition=manifest["edition"],
        title=manifest["title"],
        sha256=sha256,
        substances=tuple(found["substances.csv"]),
        substance_aliases=tuple(found["substance_aliases.csv"]),
        foods=tuple(found["foods.csv"]),
        food_aliases=tuple(found["food_aliases.csv"]),
        food_links=tuple(found["food_links.csv"]),
        standards=tuple(found["standards.csv"]),
        limits=tuple(found["limits/*.csv"]),
        coverage=tuple(found["limits/*-coverage.csv"]),
        definitions=tuple(replace(d, components=_components_of(d, components)) for d in definitions),
        screenings=tuple(found["screenings.csv"]),
        prohibitions=tuple(found["prohibitions.csv"]),
        announced=tuple(found["announced_limits.csv"]),
        methods=tuple(replace(m, substances=_of(m.code, cited)) for m in methods),
        method_analytes=tuple(found["method_analytes.csv"]),
        divisions=tuple(found["divisions_guizhou.csv"]),
        targets=tuple(found["targets.csv"]),
    )


def _components_of(
    definition: f.ResidueDefinition, components: Iterable[f.DefinitionComponent]
) -> tuple[f.DefinitionComponent, ...]:
    """The definition's components, the one that the sum is expressed as first: so a sum is read and printed."""
    own = [c for c in components if c.definition == definition.definition]
    return tuple(sorted(own, key=lambda c: c.substance != definition.expressed_as))


def _of(key: str, pairs: Iterable[tuple[str, Any]]) -> tuple[Any, ...]:
    return tuple(value for owner, value in pairs if owner == key)
