"""Writes the list of files of a method library anew: rows and SHA-256 of every file, under the name of a new edition.

python tools/library_manifest.py method_library 2026.3 2026-11-29
"""

import csv
import hashlib
import sys
from pathlib import Path

_HEAD = """# The facts the laboratory judges by. A released edition is never edited: a correction is a new edition.
edition = "{edition}"
title = "黔检方法库 {edition}"
released_on = {day}
"""


def main() -> int:
    """List the folder of the first argument as the edition of the second, released on the day of the third."""
    folder, edition, day = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    parts = [_HEAD.format(edition=edition, day=day)]
    for path in sorted(folder.rglob("*.csv")):
        content = path.read_bytes()
        rows = sum(1 for _ in csv.reader(content.decode().splitlines(keepends=True))) - 1
        name, sha256 = path.relative_to(folder).as_posix(), hashlib.sha256(content).hexdigest()
        parts.append(f'\n[[files]]\nname = "{name}"\nrows = {rows}\nsha256 = "{sha256}"\n')
    (folder / "manifest.toml").write_text("".join(parts), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
