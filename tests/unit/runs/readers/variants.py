"""Real exports, read where they lie, and variants of them: what a program of another computer, or a mishap, makes."""

from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from lims.core.errors import BadInput
from lims.runs.accounting import account
from lims.runs.cells import CellStatus, DateOrder
from lims.runs.opened import OpenedFile
from lims.runs.profile import ImportProfile
from lims.runs.readers.reader import Reader
from lims.runs.readers.registry import read as read_file
from lims.runs.records import Batch, Injection

FILES = Path(__file__).parents[4] / "../shared/samples/instruments/files"
MONTH_FIRST = ImportProfile("ng/mL", date_order=DateOrder.MONTH_DAY_YEAR)
DAY_FIRST = ImportProfile("ng/mL", date_order=DateOrder.DAY_MONTH_YEAR)

#: Every number with what it is of: injection, compound, label, figure.
Numbers = dict[tuple[str, str, str, str], Decimal]


def content_of(name: str) -> bytes:
    """The bytes of a real export."""
    if not FILES.is_dir():
        pytest.skip("the real exports are not beside this checkout")
    return (FILES / name).read_bytes()


def read(name: str, profile: ImportProfile = MONTH_FIRST) -> Batch:
    """A real export, read by the reader that recognises it."""
    return read_file(content_of(name), profile)


@cache
def _opened() -> tuple[tuple[str, OpenedFile], ...]:
    paths = (path for path in sorted(FILES.rglob("*")) if path.is_file())
    return tuple((path.name, OpenedFile(path.read_bytes())) for path in paths)


def recognised_by(reader: Reader) -> list[str]:
    """The names of all real exports, of whatever program, that a reader says are its own."""
    if not FILES.is_dir():
        pytest.skip("the real exports are not beside this checkout")
    return [name for name, file in _opened() if reader.recognises(file)]


def injection(batch: Batch, name: str) -> Injection:
    """The first injection of a name."""
    return next(one for one in batch.injections if one.name == name)


def numbers(batch: Batch) -> Numbers:
    """Every number of a batch; found ones only."""
    return {
        (one.key, trace.compound, trace.label, figure.value): cell.number
        for one in batch.injections
        for trace in one.traces
        for figure, cell in trace.figures.items()
        if cell.status is CellStatus.VALUE and cell.number is not None
    }


def codes(batch: Batch) -> list[str]:
    """The codes of all reasons of all lines."""
    return [reason.code for line in batch.lines for reason in line.reasons]


def accounted(batch: Batch) -> str:
    """The sum of an accounting that expects nothing; making it fails when a record is not there exactly once."""
    return account(batch, MONTH_FIRST, lambda _: None).sum_text


def read_or_refused(content: bytes, profile: ImportProfile, reader: Reader) -> Batch | None:
    """The batch, or None when the file as a whole is refused."""
    try:
        return read_file(content, profile, reader.name)
    except BadInput:
        return None


def assert_nothing_changed_in_silence(cut: Batch | None, whole: Numbers) -> None:
    """Of a part of a file, every number is one of the whole file; but one in a last line without an end, and that is
    told.
    """
    if cut is None:
        return
    accounted(cut)
    other = {key: number for key, number in numbers(cut).items() if whole.get(key) != number}
    if other:
        told = {message.code for message in cut.messages}
        assert "file.no_last_line_end" in told or "chemstation.unfinished" in told
        assert len({(key[0], key[1]) for key in other}) == 1


def rows_reordered(text: str, headings: int) -> str:
    """The rows below the headings in the opposite order."""
    lines = text.splitlines()
    return "\n".join([*lines[:headings], *reversed(lines[headings:])]) + "\n"


def row_repeated(text: str, row: int) -> str:
    """A row (from 1) twice."""
    lines = text.splitlines()
    return "\n".join([*lines[:row], lines[row - 1], *lines[row:]]) + "\n"


def with_decimal_comma(text: str, delimiter: str) -> str:
    """Every number as a computer with a decimal comma writes it, in quotation marks where the comma needs them."""
    return "\n".join(delimiter.join(_with_comma(text, delimiter)) for text in text.splitlines()) + "\n"


def _with_comma(line: str, delimiter: str) -> Iterator[str]:
    for cell in line.split(delimiter):
        plain = cell.strip().lstrip("<-")
        is_number = plain.count(".") == 1 and plain.replace(".", "").isdigit()
        comma = cell.replace(".", ",")
        yield cell if not is_number else f'"{comma}"' if delimiter == "," else comma
