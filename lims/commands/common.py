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
from lims.settings import load_settings


def language() -> Language:
    """The language of the user's terminal; Chinese unless it says English."""
    return preferred_language(os.environ.get("LC_ALL") or os.environ.get("LANG"))


@contextmanager
def installation(*, must_exist: bool = True) -> Iterator[Lims]:
    """The installation that `LIMS_*` names. Raises `BadInput` when it was never set up."""
    lims = Lims(load_settings())
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
