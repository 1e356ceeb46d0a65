"""The command line of an installation: `lims …`. Every command is one act or one look, like a route."""

import sys

import typer

from lims.commands import files, judging, library, operation, rehearsal, runs
from lims.commands.common import language
from lims.core.errors import LimsError
from lims.core.language import translator

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__, pretty_exceptions_enable=False)
app.add_typer(files.report, name="report")
app.add_typer(files.returns, name="return")
app.add_typer(operation.audit, name="audit")
app.add_typer(library.library, name="library")
app.add_typer(runs.run, name="run")
operation.add_to(app)
files.add_to(app)
judging.add_to(app)
rehearsal.add_to(app)


def main() -> None:
    """Run a command; a refusal is told in the user's language and ends with status 2."""
    try:
        app(standalone_mode=True)
    except LimsError as refusal:
        say = translator(language())
        for why in refusal.reasons:
            print(why.translated(say), file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
