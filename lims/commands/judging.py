"""`lims judge`: verdicts for a file of results, without a server and without a database."""

import codecs
import io
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, BinaryIO, cast

import typer
from rich.console import Console
from rich.progress import Progress, TaskID

from lims.commands.common import installation, written_whole
from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.core.errors import BadInput
from lims.core.reasons import Where, reason
from lims.library.files import parse_library, read_library
from lims.library.rules import Library
from lims.limits.question_files import CsvAnswers, JsonAnswers, WorkbookAnswers, by_sample, read_questions
from lims.limits.stream import Stream
from lims.settings import load_settings

#: A row could not be read or named; the others were judged.
SOMETHING_TO_MEND = 1
Answers = JsonAnswers | CsvAnswers | WorkbookAnswers


class Written(StrEnum):
    """How answers are written."""

    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"


def add_to(app: typer.Typer) -> None:
    """Put the command under `lims`."""
    app.command()(judge)


def judge(
    file: Annotated[
        str,
        typer.Argument(
            help="CSV, xlsx or JSON lines with sample, food, date, basis, analyte, value, unit and, where known, loq, "
            "lod, uncertainty, species, tissue, form, origin; - reads standard input."
        ),
    ],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Where answers go; standard output.")] = None,
    written: Annotated[Written | None, typer.Option("--format", help="By the name of the output; else json.")] = None,
    encoding: Annotated[str, typer.Option(help="Of a text file: utf-8 or gb18030.")] = "utf-8",
    in_use: Annotated[bool, typer.Option("--in-use", help="Judge by the library of the installation.")] = False,
) -> None:
    """Judge a file of results against the limits in force, each with its explanation; nothing is stored.

    One answer per analyte, then one per sample. Status 0: every row was understood; 1: some must be mended, their
    answers say how; 2: the file cannot be read.
    """
    kind = written or _by_name(output)
    library = _library(in_use=in_use)
    stream = Stream(library)
    with ExitStack() as opened:
        scratch = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="lims-judge-")))
        source = _source(file, scratch)
        code = _codec(encoding)
        questions = by_sample(lambda: read_questions(source, code), scratch)
        answers = opened.enter_context(_answers(output, kind))
        with _progress(questions.rows) as (bar, task):
            for number, question in enumerate(questions.samples):
                answers.write(stream.answer(question))
                if number % 100 == 0:
                    bar.update(task, completed=stream.answered)
    raise typer.Exit(SOMETHING_TO_MEND if stream.to_mend else 0)


def _codec(encoding: str) -> str:
    """The encoding as Python knows it; a byte order mark before UTF-8 is no text. Raises `BadInput`."""
    try:
        name = codecs.lookup(encoding).name
    except LookupError as unknown:
        said = "The encoding “{encoding}” is not known; say for example utf-8 or gb18030."
        raise BadInput(reason("file.encoding_unknown", said, at=Where("encoding"), encoding=encoding)) from unknown
    return "utf-8-sig" if name == "utf-8" else name


def _by_name(output: Path | None) -> Written:
    suffix = "" if output is None else output.suffix.lower().removeprefix(".")
    return Written(suffix) if suffix in {"csv", "xlsx"} else Written.JSON


def _library(*, in_use: bool) -> Library:
    if not in_use:
        return Library(parse_library(read_library(load_settings().method_library)))
    from lims.library.queries import current_library

    with installation() as lims, lims.read(system_actor(), Action.LIBRARY_READ) as session:
        return current_library(session)


def _source(file: str, scratch: Path) -> Path:
    """The file; what comes by standard input is kept beside, since it is read twice."""
    if file != "-":
        path = Path(file)
        if not path.is_file():
            raise BadInput(reason("file.missing", "There is no file {file}.", file=file, at=Where("file")))
        return path
    path = scratch / "input"
    with path.open("wb") as kept:
        shutil.copyfileobj(sys.stdin.buffer, kept)
    return path


@contextmanager
def _answers(output: Path | None, kind: Written) -> Iterator[Answers]:
    """Where answers are written; a file appears only when it is whole."""
    if output is None:
        if kind is Written.XLSX:
            raw = io.BytesIO()
            book = WorkbookAnswers(raw)
            yield book
            book.close()
            sys.stdout.buffer.write(raw.getvalue())
            return
        with _of_text(sys.stdout.buffer, kind) as answers:
            yield answers
        return
    with written_whole(output) as file:
        if kind is Written.XLSX:
            book = WorkbookAnswers(cast(io.BufferedIOBase, file))
            yield book
            book.close()
        else:
            with _of_text(file, kind) as answers:
                yield answers


@contextmanager
def _of_text(out: BinaryIO, kind: Written) -> Iterator[Answers]:
    if kind is Written.JSON:
        yield JsonAnswers(out)
        out.flush()
        return
    text = io.TextIOWrapper(out, encoding="utf-8", newline="")
    yield CsvAnswers(text)
    text.flush()
    text.detach()


@contextmanager
def _progress(rows: int) -> Iterator[tuple[Progress, TaskID]]:
    """A bar on a terminal, on the channel of errors; nothing when nobody watches."""
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        yield bar, bar.add_task("judge", total=rows)
