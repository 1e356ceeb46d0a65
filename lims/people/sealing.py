"""Secrets that must be read again (of one-time codes), sealed in the database under a key in the data folder.

Who gets hold of the database or of its backup alone cannot make codes of it. The key is made on first use and readable
by its owner only; several servers share the data folder, where the file vault is. When the key is lost, the second
factors are lost with it: an administrator resets them.
"""

import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from lims.core.errors import RuleRefused
from lims.core.reasons import reason
from lims.runtime import Lims


class Sealer:
    """Seals and opens texts under the key at `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def seal(self, text: str) -> str:
        """The sealed text (Fernet: AES-128-CBC and HMAC-SHA-256)."""
        if not self._path.is_file():
            write_secret_once(self._path, Fernet.generate_key())
        return Fernet(self._path.read_bytes()).encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """The text. Raises `RuleRefused` when the key is not the one that it was sealed under."""
        try:
            return Fernet(self._path.read_bytes()).decrypt(sealed.encode()).decode()
        except (InvalidToken, FileNotFoundError) as error:
            raise RuleRefused(
                reason(
                    "second_factor.unreadable",
                    "The one-time codes cannot be checked: the server's key changed. Ask an administrator to reset "
                    "your second factor.",
                )
            ) from error


def sealer_of(lims: Lims) -> Sealer:
    """The sealer of an installation."""
    return Sealer(lims.settings.data / "keys" / "second-factor.key")


def write_secret_once(path: Path, content: bytes) -> None:
    """Put a secret file there, all or nothing; whoever comes second keeps what the first one made."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    drafted = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(drafted, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(drafted)
    except FileExistsError:
        pass
    finally:
        drafted.unlink()
