"""The real exports beside this checkout, what a batch says in figures, and variants of a file made in memory."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from lims.core.errors import BadInput
from lims.runs.accounting import account
from lims.runs.opened import OpenedFile
from lims.runs.profile import ImportProfile
from lims.runs.readers import registry
from lims.runs.records import Batch, Figure, Injection, Trace, TraceRole

FILES = Path(__file__).parents[4] / "../shared/samples/instruments/files"

#: What a figure is of, and what it is: injection, compound, figure, number, unit, qualitative result.
Stated = tuple[str, str, str, str, str, str, str]


def sample(name: str) -> bytes:
    """The bytes of a real export; the test is skipped where there is none."""
    if not FILES.is_dir():
        pytest.skip("the real exports are not beside this checkout")
    return (FILES / name).read_bytes()


def read(content: bytes, profile: ImportProfile, reader: str, name: str = "") -> Batch:
    """Read with the reader that recognises the file, which must be this one; the sum of the rows must be right."""
    assert registry.reader_for(OpenedFile(content, profile.encoding)).name == reader
    batch = registry.read(content, profile, name=name)
    accounting = account(batch, profile, lambda _: None)  # raises when a record is missing or stands twice
    assert accounting.total == len(batch.lines)
    assert [line.row for line in batch.lines] == sorted(line.row for line in batch.lines)
    return batch


def codes(batch: Batch) -> Counter[str]:
    """How often each reason was given."""
    return Counter(reason.code for line in batch.lines for reason in line.reasons)


def refusal(content: bytes, profile: ImportProfile, reader: str, name: str = "") -> str:
    """The code of the refusal of a whole file by a reader that was named."""
    with pytest.raises(BadInput) as refused:
        registry.read(content, profile, reader, name)
    assert all(reason.text for reason in refused.value.reasons)
    return refused.value.reasons[0].code


def injection(batch: Batch, name: str) -> Injection:
    """The first injection of this name."""
    return next(one for one in batch.injections if one.name == name)


def well(batch: Batch, vial: str, plate: str = "") -> Injection:
    """The injection of a well, of a plate if several."""
    return next(one for one in batch.injections if one.vial == vial and one.key.startswith(plate))


def trace(of: Injection, compound: str) -> Trace:
    """The quantifier of a compound."""
    found = of.quantifier(compound)
    assert found is not None
    assert found.role is TraceRole.QUANTIFIER
    return found


def number(of: Injection, compound: str, figure: Figure) -> str:
    """A figure as it was read, or its status where it has no number."""
    cell = trace(of, compound).figures[figure]
    return cell.status.value if cell.number is None else str(cell.number)


def raw(of: Injection, compound: str, figure: Figure) -> str:
    """A figure as it is written."""
    return trace(of, compound).figures[figure].raw.strip()


def other(of: Injection, compound: str, heading: str) -> str:
    """The text of a further column."""
    return next(cell.raw.strip() for name, cell in trace(of, compound).others if name == heading)


def stated(batch: Batch) -> Counter[Stated]:
    """Everything a batch says in figures, whatever the order of its rows."""
    return Counter(
        (
            one.name,
            one.vial,
            each.compound,
            figure.value,
            cell.status.value if cell.number is None else str(cell.number),
            each.unit,
            each.qualitative or "",
        )
        for one in batch.injections
        for each in one.traces
        for figure, cell in each.figures.items()
    )


def is_part(some: Counter[Stated], whole: Counter[Stated]) -> bool:
    """Whether nothing is said that the whole file does not say."""
    return not some - whole


def cut_off(content: bytes, profile: ImportProfile, reader: str, lengths: Iterable[int], name: str = "") -> None:
    """A file cut off anywhere says nothing else than the whole one: it says less, or is refused."""
    whole = stated(registry.read(content, profile, reader, name))
    for length in lengths:
        try:
            part = registry.read(content[:length], profile, reader, name)
        except BadInput:
            continue
        assert is_part(stated(part), whole), (length, stated(part) - whole)


def recoded(content: bytes, encoding: str, source: str = "utf-8") -> bytes:
    """The same text in another encoding."""
    return content.decode(source).encode(encoding)


def only_recognised_by(reader: str, names: Iterable[str]) -> None:
    """The reader recognises exactly these exports among all of them."""
    if not FILES.is_dir():
        pytest.skip("the real exports are not beside this checkout")
    recognises = registry.reader_named(reader).recognises
    found = {
        path.relative_to(FILES).as_posix()
        for path in sorted(FILES.rglob("*"))
        if path.is_file() and recognises(opened(path))
    }
    assert found == set(names)


_OPENED: dict[Path, OpenedFile] = {}


def opened(path: Path) -> OpenedFile:
    """A file opened once for all tests: unpacking a workbook takes a while."""
    if path not in _OPENED:
        _OPENED[path] = OpenedFile(path.read_bytes(), name=path.name)
    return _OPENED[path]
