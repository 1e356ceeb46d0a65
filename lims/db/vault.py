"""The vault keeps files by the hash of their bytes: the same file is stored once and never changes."""

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Protocol

from lims.core.errors import NotFound
from lims.core.reasons import reason


class Vault(Protocol):
    """A content-addressed store; a folder here, an object store elsewhere."""

    def put(self, content: bytes) -> str: ...

    def get(self, sha256: str) -> bytes: ...

    def has(self, sha256: str) -> bool: ...


class FolderVault:
    """A folder `ab/cdef…`, files written once and flushed to disk before they get their name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, content: bytes) -> str:
        """Keep the bytes; their SHA-256 is the address. Keeping twice is keeping once."""
        sha256 = hashlib.sha256(content).hexdigest()
        path = self._path(sha256)
        if path.exists():
            return sha256
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).rename(path)
        _fsync_folder(path.parent)
        return sha256

    def get(self, sha256: str) -> bytes:
        """The bytes at an address, checked against it. Raises `NotFound` when absent or damaged."""
        path = self._path(sha256)
        if not path.exists():
            raise NotFound.of("file", sha256)
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != sha256:
            raise NotFound(
                reason(
                    "vault.damaged", "The stored file {sha256} was changed on the disk and is not used.", sha256=sha256
                )
            )
        return content

    def has(self, sha256: str) -> bool:
        """Whether the bytes are kept here."""
        return self._path(sha256).exists()

    def _path(self, sha256: str) -> Path:
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
            raise NotFound.of("file", sha256)
        return self._folder / sha256[:2] / sha256[2:]


def _fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
