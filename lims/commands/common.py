"""What commands share: the installation they work on, and how it is opened and closed."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from lims.core.errors import BadInput
from lims.core.language import Language, preferred_language
from lims.core.reasons import Where, reason
from lims.settings import Settings, load_settings

if TYPE_CHECKING:
    from lims.runtime import Lims


def language() -> Language:
    """The language of the user's terminal; Chinese unless it says English."""
    return preferred_language(os.environ.get("LC_ALL") or os.environ.get("LANG"))


def reached_at(settings: Settings, port: int) -> Settings:
    """The settings of a server on this port: unless LIMS_PUBLIC_URL says otherwise, people reach it on this machine.

    By name: devices keep passkeys for `localhost`, but not for 127.0.0.1.
    """
    if "public_url" in settings.model_fields_set:
        return settings
    return settings.model_copy(update={"public_url": f"http://localhost:{port}"})


@contextmanager
def installation(*, must_exist: bool = True, port: int | None = None) -> "Iterator[Lims]":
    """The installation that `LIMS_*` names; `port` is what it is served on. Raises `BadInput` when never set up."""
    # Opened here, not at the top: a command that needs no installation does not wait for one.
    from sqlalchemy import inspect

    import lims.metadata  # noqa: F401  # every table is known before the first query is scoped
    from lims.runtime import Lims

    settings = load_settings()
    opened = Lims(settings if port is None else reached_at(settings, port))
    try:
        if must_exist and not inspect(opened.engine).has_table("alembic_version"):
            raise BadInput(
                reason(
                    "installation.missing",
                    "There is no database at {where}; `lims migrate` makes one, `lims demo` one with data.",
                    where=opened.settings.data if not opened.settings.database_url else "LIMS_DATABASE_URL",
                )
            )
        yield opened
    finally:
        opened.close()


@contextmanager
def written_whole(output: Path) -> Iterator[BinaryIO]:
    """The file in the making, which takes its name when it is whole and is gone when it never will be.

    Raises `BadInput` `file.not_writable`.
    """
    part = output.with_name(f"{output.name}.part")
    try:
        if output.is_dir():
            raise IsADirectoryError
        file = part.open("wb")
    except OSError as refused:
        said = "{file} cannot be written; its folder must exist and be writable."
        raise BadInput(reason("file.not_writable", said, at=Where("output"), file=str(output))) from refused
    try:
        with file:
            yield file
        part.replace(output)
    finally:
        part.unlink(missing_ok=True)
