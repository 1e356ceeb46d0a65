"""Real exports, and copies of them made anew in code: cut off, reordered, encoded otherwise. Nothing is stored."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from lims.runs.accounting import Disposition, account
from lims.runs.cells import CellStatus
from lims.runs.profile import ImportProfile
from lims.runs.records import Batch, Figure, Injection, TraceRole

FILES = Path(__file__).parents[4] / "../shared/samples/instruments/files"

Key = tuple[str, str, TraceRole, str, Figure]
Told = tuple[CellStatus, Decimal | None]


def content(name: str) -> bytes:
    """The bytes of a real export, where it lies beside this checkout."""
    if not FILES.is_dir():
        pytest.skip("the real exports are not beside this checkout")
    return (FILES / name).read_bytes()


def all_files() -> list[Path]:
    """Every real export."""
    return sorted(path for path in FILES.rglob("*") if path.is_file()) if FILES.is_dir() else []


def figures(batch: Batch, key: Callable[[Injection], str] = lambda injection: injection.key) -> dict[Key, Told]:
    """Every figure of a batch, by injection, compound, trace and meaning."""
    return {
        (key(injection), trace.compound, trace.role, trace.label, figure): (cell.status, cell.number)
        for injection in batch.injections
        for trace in injection.traces
        for figure, cell in trace.figures.items()
    }


def injection(batch: Batch, name: str) -> Injection:
    """The only injection of this name."""
    (found,) = [one for one in batch.injections if one.name == name]
    return found


def number(one: Injection, compound: str, figure: Figure) -> Decimal | None:
    """A figure of the quantifier of a compound."""
    trace = one.quantifier(compound)
    assert trace is not None
    cell = trace.value(figure)
    assert cell is not None
    return cell.number


def status(one: Injection, compound: str, figure: Figure) -> CellStatus:
    """What the cell of a figure says."""
    trace = one.quantifier(compound)
    assert trace is not None
    cell = trace.value(figure)
    assert cell is not None
    return cell.status


def counts(batch: Batch, profile: ImportProfile) -> dict[Disposition, int]:
    """The accounting of a batch; its sum is the number of records."""
    accounting = account(batch, profile, lambda _: None)
    assert sum(accounting.counts.values()) == len(batch.lines) == accounting.total
    assert all(row.reasons for row in accounting.rows if row.disposition is Disposition.REFUSED)
    return accounting.counts


def codes(batch: Batch) -> list[str]:
    """The codes of all reasons for which lines were not read, each once, in their order."""
    return list(dict.fromkeys(one.code for line in batch.lines for one in line.reasons))
