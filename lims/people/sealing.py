"""Secrets that must be read again (of one-time codes, of signing keys), sealed in the database under a key beside it.

Who gets hold of the database or of its backup alone cannot make codes of it, nor sign with it. The keys are made on
first use, stand in the data folder, and are readable by their owner only; several servers share that folder, where the
file vault is. When a key is lost, what was sealed is lost with it: an administrator resets the second factors, and
people give their signing keys anew.
"""

import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from lims.core.errors import RuleRefused
from lims.core.reasons import Reason, reason
from lims.runtime import Lims


class Sealer:
    """Seals and opens texts under the key at `path`; `lost` says that the key is not the one it was."""

    def __init__(self, path: Path, lost: Reason) -> None:
        self._path = path
        self._lost = lost

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
            raise RuleRefused(self._lost) from error


def sealer_of(lims: Lims) -> Sealer:
    """The sealer of the second factors of an installation."""
    lost = reason(
        "second_factor.unreadable",
        "The one-time codes cannot be checked: the server's key changed. Ask an administrator to reset your second "
        "factor.",
    )
    return Sealer(lims.settings.data / "keys" / "second-factor.key", lost)


def key_sealer_of(lims: Lims) -> Sealer:
    """The sealer of the signing keys of people."""
    lost = reason(
        "personal_key.unreadable",
        "Your signing key cannot be opened: the server's key changed. Give your signing key anew on “My account”.",
    )
    return Sealer(lims.settings.data / "keys" / "personal-keys.key", lost)


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
