"""Lays a loaded edition over a release: the files of both under a new list, named by what was added."""

import csv
import hashlib
import io
import json
import tomllib
from collections.abc import Mapping

from lims.library.files import LibraryFiles, parse_library
from lims.library.overlay import edition_of


def loaded_in(files: LibraryFiles) -> dict[str, bytes]:
    """The files of a release that a laboratory loaded."""
    return {name: content for name, content in files.files.items() if edition_of(name)[0]}


def composed(base: LibraryFiles, edition: Mapping[str, bytes], *, after: str = "") -> LibraryFiles:
    """A release with an edition laid over it, in place of what was loaded under the same name; checked as a whole.

    The same parts give the same bytes, and with another release that it comes `after` (its hash) other ones: what was
    put aside can come back. Raises `BadInput` with every fault.
    """
    folders = {edition_of(name)[0] for name in edition}
    kept = {name: content for name, content in base.files.items() if edition_of(name)[0] not in folders - {""}}
    laid = {name: _joined(name, base.files.get(name), content) for name, content in edition.items()}
    whole = LibraryFiles(_manifest(base, kept | laid, after), kept | laid)
    parse_library(whole)
    return whole


#: Files of an edition that name things; what they named once stays known, for other editions may speak of it.
_NAMING = ("substances.csv", "substance_aliases.csv", "foods.csv", "food_aliases.csv")
#: The columns that tell their rows apart; the first one where nothing is said.
_KEYS = {"substance_aliases.csv": (0, 1), "foods.csv": (0, 1), "food_aliases.csv": (0, 1, 2)}


def _joined(name: str, before: bytes | None, content: bytes) -> bytes:
    kind = edition_of(name)[1]
    if before is None or before == content or kind not in _NAMING:
        return content
    keys = _KEYS.get(kind, (0,))
    head, *rows = _cells(content)
    known = {tuple(row[key] for key in keys) for row in rows}
    kept = [row for row in _cells(before)[1:] if tuple(row[key] for key in keys) not in known]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([head, *rows, *kept])
    return out.getvalue().encode()


def _cells(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline="")))


def _manifest(base: LibraryFiles, files: Mapping[str, bytes], after: str) -> bytes:
    known = tomllib.loads(base.manifest.decode())
    listed = {entry["name"]: entry for entry in known["files"]}
    added = hashlib.sha256(after.encode())
    parts = []
    for name, content in sorted(files.items()):
        sha256 = hashlib.sha256(content).hexdigest()
        if edition_of(name)[0]:
            added.update(f"{name} {sha256}\n".encode())
        same = listed.get(name)
        rows = same["rows"] if same is not None and same["sha256"] == sha256 else _rows(content)
        parts.append(f'\n[[files]]\nname = {_text(name)}\nrows = {rows}\nsha256 = "{sha256}"\n')
    edition = f"{known['edition'].partition('+')[0]}+{added.hexdigest()[:8]}"
    head = f"edition = {_text(edition)}\ntitle = {_text(known['title'])}\n" + (f"# after {after}\n" if after else "")
    return (head + "".join(parts)).encode()


def _rows(content: bytes) -> int:
    return len(_cells(content)) - 1


def _text(value: str) -> str:
    """A text as TOML writes it; JSON escapes the same characters in the same way."""
    return json.dumps(value, ensure_ascii=False)
