"""The command line of an installation: `lims …`. Every command is one act or one look, like a route."""

import gc
import sys
from collections.abc import Sequence
from importlib import import_module

import typer

from lims.commands.common import language
from lims.core.collecting import collect_seldom
from lims.core.errors import LimsError
from lims.core.language import translator

#: Where each command is made. Only the room of the one that is asked for is opened: a verdict needs no server.
_ROOMS = {
    "lims.commands.operation": (
        "audit", "migrate", "serve", "worker", "settings", "add-laboratory", "set-certificate", "create-administrator",
    ),
    "lims.commands.files": ("report", "return", "indicators"),
    "lims.commands.library": ("library",),
    "lims.commands.logs": ("log",),
    "lims.commands.judging": ("judge",),
    "lims.commands.runs": ("run",),
    "lims.commands.calibrating": ("calibrate",),
    "lims.commands.proficiency": ("proficiency",),
    "lims.commands.contests": ("contest",),
    "lims.commands.rehearsal": ("demo",),
}  # fmt: skip


def app_for(arguments: Sequence[str]) -> typer.Typer:
    """The program with the command that the arguments begin with; with all commands for any other beginning."""
    asked = next(iter(arguments), "")
    rooms = [room for room, names in _ROOMS.items() if asked in names] or list(_ROOMS)
    app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__, pretty_exceptions_enable=False)
    # Without it, a program that has one command would take that command's name for its first argument.
    app.callback()(_nothing_first)
    # What is read here stays: looking through it for what may go would take a quarter of the start.
    gc.disable()
    for room in rooms:
        import_module(room).add_to(app)
    collect_seldom()
    return app


def _nothing_first() -> None:
    """Nothing is done before a command."""


def main() -> None:
    """Run a command; a refusal is told in the user's language and ends with status 2."""
    try:
        app_for(sys.argv[1:])(standalone_mode=True)
    except LimsError as refusal:
        say = translator(language())
        for why in refusal.reasons:
            print(why.translated(say), file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
