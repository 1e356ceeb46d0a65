"""Only the room of the command that is asked for is opened, and each room holds just the commands it is asked for."""

import subprocess
import sys

import pytest
from typer.main import get_command

from lims.cli import _ROOMS, app_for

EVERY = {name for names in _ROOMS.values() for name in names}


def commands_of(*arguments: str) -> set[str]:
    return set(get_command(app_for(arguments)).commands)  # type: ignore[attr-defined]  # a group of commands


@pytest.mark.parametrize("asked", sorted(EVERY))
def test_a_command_comes_with_its_room(asked: str) -> None:
    assert commands_of(asked) == next(set(names) for names in _ROOMS.values() if asked in names)


@pytest.mark.parametrize("beginning", [(), ("--help",), ("nothing-such",)])
def test_any_other_beginning_has_every_command(beginning: tuple[str, ...]) -> None:
    assert commands_of(*beginning) == EVERY


@pytest.mark.parametrize("asked", ["judge", "calibrate", "proficiency"])
def test_what_needs_no_server_waits_for_none(asked: str) -> None:
    said = f"import sys; from lims.cli import app_for; app_for(['{asked}'])"
    slow = "; print({'sqlalchemy', 'weasyprint', 'fastapi'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", said + slow], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "set()"
