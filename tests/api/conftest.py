"""Fixtures of the tests at the front door."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.house import House, opened


@pytest.fixture(scope="module")
def house(shared: Path, tmp_path_factory: pytest.TempPathFactory, quick_passwords: None) -> Iterator[House]:
    """Two laboratories under one roof, the other one with everything; a copy for each module. Files up to 1 MB."""
    with opened(shared, tmp_path_factory.mktemp("house"), upload_megabytes=1) as house:
        yield house
