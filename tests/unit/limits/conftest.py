"""The library that comes with the program, read once."""

import pytest

from lims.library.files import LibraryFiles, parse_library, read_library
from lims.library.rules import Library


@pytest.fixture(scope="session")
def released() -> LibraryFiles:
    """The bytes as they are released."""
    return read_library()


@pytest.fixture(scope="session")
def library(released: LibraryFiles) -> Library:
    """The library built from them."""
    return Library(parse_library(released))
