"""Carries loaded editions over to a newer library of the program (随程序升级保留本实验室载入的版本).

A substance that an edition brought along may be known to the newer library under a code of its own. Then the edition
speaks of that one, and its old code stays a name of it: results were recorded by it.
"""

import csv
import io
from collections.abc import Mapping, Sequence

from lims.library.facts import LibraryFacts
from lims.library.overlay import edition_of
from lims.library.rules import Library

_SUBSTANCES, _ALIASES = "substances.csv", "substance_aliases.csv"
#: Columns that name a substance by its code.
_CODES = ("substance", "expressed_as")
_SOURCE = "code of a loaded edition"
Row = dict[str, str]


def carried(editions: Mapping[str, bytes], shipped: LibraryFacts) -> dict[str, bytes]:
    """The files of loaded editions, as they speak of a newer library."""
    library = Library(shipped)
    known = {substance.code for substance in shipped.substances}
    rows = {name: _rows(content) for name, content in editions.items()}
    now: dict[str, str] = {}
    for name, (_, found) in rows.items():
        if edition_of(name)[1] == _SUBSTANCES:
            now |= {row["code"]: code for row in found if row["code"] not in known and (code := _now(row, library))}
    return {
        name: content if not now else _written(columns, _renamed(edition_of(name)[1], found, now, library))
        for (name, content), (columns, found) in zip(editions.items(), rows.values(), strict=True)
    }


def _now(row: Row, library: Library) -> str:
    """The substance of the library that a row means: by its number, else by its names; empty when there is not one."""
    by_number = library.find_substance(row["cas"]) if row["cas"] else None
    if by_number is not None:
        return by_number.code
    named = {found.code for key in ("name_zh", "name_en") if (found := library.find_substance(row[key]))}
    return named.pop() if len(named) == 1 else ""


def _renamed(kind: str, rows: Sequence[Row], now: Mapping[str, str], library: Library) -> list[Row]:
    if kind == _SUBSTANCES:
        return [row for row in rows if row["code"] not in now]
    changed = [{**row, **{key: now.get(row[key], row[key]) for key in _CODES if key in row}} for row in rows]
    if kind != _ALIASES:
        return changed
    codes = [{"alias": old, "substance": new, "source": _SOURCE} for old, new in now.items()]
    return [row for row in (*changed, *codes) if _leads_to(row, library)]


def _leads_to(row: Row, library: Library) -> bool:
    """A name of another substance of the library would make both unfindable."""
    found = library.find_substance(row["alias"])
    return found is None or found.code == row["substance"]


def _rows(content: bytes) -> tuple[list[str], list[Row]]:
    reader = csv.DictReader(io.StringIO(content.decode(), newline=""))
    found = list(reader)
    return list(reader.fieldnames or ()), found


def _written(columns: Sequence[str], rows: Sequence[Row]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()
