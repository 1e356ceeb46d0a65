"""The test databases themselves: real ones, each test alone on its own."""

import pytest
from sqlalchemy import inspect, text

from lims.runtime import Lims

pytestmark = pytest.mark.both_databases


@pytest.mark.parametrize("attempt", [1, 2])
def test_each_test_has_a_database_of_its_own(lims: Lims, attempt: int) -> None:
    with lims.engine.begin() as connection:
        tables = inspect(connection).get_table_names()

    assert "sample" in tables
    assert f"left_by_{3 - attempt}" not in tables

    with lims.engine.begin() as connection:
        connection.execute(text(f"CREATE TABLE left_by_{attempt} (id INTEGER)"))


def test_the_program_is_no_superuser(lims: Lims) -> None:
    with lims.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
        else:
            assert connection.execute(text("SHOW is_superuser")).scalar_one() == "off"
