"""What commands share: the installation they work on, and how it is opened and closed."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import inspect

import lims.metadata  # noqa: F401  # every table is known before the first query is scoped
from lims.core.errors import BadInput
from lims.core.language import Language, preferred_language
from lims.core.reasons import reason
from lims.runtime import Lims
from lims.settings import Settings, load_settings


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
def installation(*, must_exist: bool = True, port: int | None = None) -> Iterator[Lims]:
    """The installation that `LIMS_*` names; `port` is what it is served on. Raises `BadInput` when never set up."""
    settings = load_settings()
    lims = Lims(settings if port is None else reached_at(settings, port))
    try:
        if must_exist and not inspect(lims.engine).has_table("alembic_version"):
            raise BadInput(
                reason(
                    "installation.missing",
                    "There is no database at {where}; `lims migrate` makes one, `lims demo` one with data.",
                    where=lims.settings.data if not lims.settings.database_url else "LIMS_DATABASE_URL",
                )
            )
        yield lims
    finally:
        lims.close()
