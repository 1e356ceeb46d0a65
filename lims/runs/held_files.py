"""Files that somebody has handed in to look at and not imported yet: kept for an hour, for this person alone.

So a file is sent once: the page that shows what an import would do, every correction of how the file is read, and the
import itself use the same bytes. Nothing here is a record; what is imported goes into the vault.
"""

import json
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from lims.core.errors import RuleRefused
from lims.core.reasons import reason
from lims.runtime import Lims

KEPT_FOR: Final = timedelta(hours=1)
#: More files than this are not kept for one person; the oldest go.
MOST_FILES: Final = 6
_KEY = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A file that is kept, and what was decided about reading it. `key` is the hash of its bytes."""

    key: str
    name: str
    content: bytes
    settings: dict[str, Any]


class HeldFiles:
    """The files of one person for one worksheet."""

    def __init__(self, lims: Lims, person: UUID, worksheet: UUID) -> None:
        self._folder = lims.settings.data / "handed-in"
        self._prefix = f"{person.hex}-{worksheet.hex}-"
        self._person = person.hex
        self._now: datetime = lims.clock.now()

    @classmethod
    def of_person(cls, lims: Lims, person: UUID | None, worksheet: UUID) -> "HeldFiles":
        """Raises `RuleRefused` for the installation itself."""
        if person is None:
            raise RuleRefused(reason("import.nobody", "A file is handed in by a person; sign in as a technician."))
        return cls(lims, person, worksheet)

    def keep(self, name: str, content: bytes, settings: dict[str, Any]) -> str:
        """Keep a file; its key. Whatever was kept for too long, and the oldest of too many, goes."""
        key = sha256(content).hexdigest()
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._write(f"{self._prefix}{key}.file", content)
        self.decide(key, name, settings)
        self._tidy()
        return key

    def decide(self, key: str, name: str, settings: dict[str, Any]) -> None:
        """Keep how a file is to be read."""
        decided = json.dumps({"name": name, "settings": settings}, ensure_ascii=False)
        self._write(f"{self._prefix}{key}.json", decided.encode())

    def find(self, key: str) -> HeldFile | None:
        """The file of a key, unless it is kept no longer; finding it keeps it for another hour."""
        if not _KEY.fullmatch(key):
            return None
        path, decided = (self._folder / f"{self._prefix}{key}.{end}" for end in ("file", "json"))
        try:
            if self._is_old(path):
                return None
            content, told = path.read_bytes(), json.loads(decided.read_bytes())
        except OSError:
            return None
        self._touch(path)
        self._touch(decided)
        return HeldFile(key, told["name"], content, told["settings"])

    def drop(self, key: str) -> None:
        """Keep a file no longer."""
        if _KEY.fullmatch(key):
            for end in ("file", "json"):
                (self._folder / f"{self._prefix}{key}.{end}").unlink(missing_ok=True)

    def _write(self, name: str, content: bytes) -> None:
        """In one step: who reads meanwhile finds the old file or the new one."""
        descriptor, made = tempfile.mkstemp(dir=self._folder, suffix=".part")
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        self._touch(Path(made))
        Path(made).replace(self._folder / name)

    def _tidy(self) -> None:
        for path in self._folder.iterdir():
            if _exists(path) and self._is_old(path):
                path.unlink(missing_ok=True)
        own = sorted(self._own_files(), reverse=True)
        for _, path in own[MOST_FILES:]:
            path.unlink(missing_ok=True)
            path.with_suffix(".json").unlink(missing_ok=True)

    def _own_files(self) -> Iterator[tuple[float, Path]]:
        for path in self._folder.glob(f"{self._person}-*.file"):
            if _exists(path):
                yield path.stat().st_mtime, path

    def _is_old(self, path: Path) -> bool:
        return path.stat().st_mtime < (self._now - KEPT_FOR).timestamp()

    def _touch(self, path: Path) -> None:
        # The clock of the installation, not that of the disk.
        os.utime(path, (self._now.timestamp(), self._now.timestamp()))


def _exists(path: Path) -> bool:
    """Somebody else may have tidied meanwhile."""
    return path.is_file()
