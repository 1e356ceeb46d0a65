"""The tables the demonstration writes are ones the readers read, with the concentrations that were put in."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import pytest

from lims.core.clock import CHINA
from lims.demo.instrument_export import PlannedInjection, masshunter_table
from lims.demo.tracefinder_export import tracefinder_table
from lims.runs.profile import ImportProfile, InjectionType
from lims.runs.readers.registry import read as read_file
from lims.runs.records import Batch, Figure, TraceRole

STARTED_AT = datetime(2026, 11, 20, 8, 30, tzinfo=CHINA)
COMPOUNDS = ("Carbofuran", "克百威-3-羟基, \u201c3-OH\u201d")
INJECTIONS = (
    PlannedInjection("Solvent", "DoubleBlank"),
    PlannedInjection("Cal-1", "Cal", "1", Decimal(2), dict.fromkeys(COMPOUNDS, Decimal(2))),
    PlannedInjection("Cal-2", "Cal", "2", Decimal(50), dict.fromkeys(COMPOUNDS, Decimal(50))),
    PlannedInjection("B-01", "Sample", concentrations={COMPOUNDS[0]: Decimal("12.5")}, dilution=Decimal(2)),
)
Table = Callable[..., bytes]
each_layout = pytest.mark.parametrize("table", [masshunter_table, tracefinder_table])


def read_of(table: Table) -> Batch:
    """The table of the injections above, by the reader that its content asks for."""
    return read_file(table(INJECTIONS, COMPOUNDS, STARTED_AT), ImportProfile("µg/L"))


@each_layout
def test_the_same_call_writes_the_same_bytes(table: Table) -> None:
    assert table(INJECTIONS, COMPOUNDS, STARTED_AT) == table(INJECTIONS, COMPOUNDS, STARTED_AT)
    assert table(INJECTIONS, COMPOUNDS, STARTED_AT, seed=1) != table(INJECTIONS, COMPOUNDS, STARTED_AT)


@pytest.mark.parametrize(
    ("table", "reader", "internal_standard"),
    [
        (masshunter_table, "masshunter-wide", "Triphenyl phosphate (ISTD)"),
        (tracefinder_table, "tracefinder", "Triphenyl phosphate"),
    ],
)
def test_the_reader_reads_all_of_it(table: Table, reader: str, internal_standard: str) -> None:
    batch = read_of(table)

    assert batch.reader == reader
    assert not any(line.refused for line in batch.lines)
    assert [(c.name, c.is_internal_standard) for c in batch.compounds] == [
        (COMPOUNDS[0], False),
        (COMPOUNDS[1], False),
        (internal_standard, True),
    ]
    assert batch.injections[0].acquired_at == STARTED_AT
    standard = batch.injections[2].quantifier(COMPOUNDS[0])
    assert standard is not None
    assert standard.figures[Figure.NOMINAL_CONCENTRATION].number == 50
    assert [trace.role for trace in batch.injections[2].traces if trace.compound == COMPOUNDS[0]] == [
        TraceRole.QUANTIFIER,
        TraceRole.QUALIFIER,
    ]


@pytest.mark.parametrize(
    ("table", "first"),
    [(masshunter_table, InjectionType.DOUBLE_BLANK), (tracefinder_table, InjectionType.BLANK)],
)
def test_the_reader_knows_what_each_injection_is_for(table: Table, first: InjectionType) -> None:
    assert [one.type for one in read_of(table).injections] == [
        first,
        InjectionType.STANDARD,
        InjectionType.STANDARD,
        InjectionType.SAMPLE,
    ]


@each_layout
def test_responses_follow_the_concentrations_and_nothing_there_leaves_no_peak(table: Table) -> None:
    batch = read_of(table)

    ratios = []
    for injection in batch.injections[1:]:
        trace = injection.quantifier(COMPOUNDS[0])
        assert trace is not None
        ratios.append(float(trace.figures[Figure.INTERNAL_STANDARD_RATIO].number or 0))
    low, high, sample = ratios
    absent = batch.injections[3].quantifier(COMPOUNDS[1])
    assert high / low == pytest.approx(25, rel=0.1)
    assert sample / low == pytest.approx(6.25, rel=0.1)
    assert absent is not None
    assert not absent.found()


@each_layout
def test_a_concentration_without_a_column_is_a_mistake(table: Table) -> None:
    with pytest.raises(ValueError, match="no column"):
        table([PlannedInjection("S", "Sample", concentrations={"X": Decimal(1)})], COMPOUNDS, STARTED_AT)


@each_layout
@pytest.mark.parametrize("hour", [9, 20, 23])
def test_no_injection_is_of_the_day_after(table: Table, hour: int) -> None:
    late = STARTED_AT.replace(hour=hour, minute=50)
    many = [PlannedInjection(f"S-{n}", "Sample") for n in range(40)]
    read = read_file(table(many, COMPOUNDS, late), ImportProfile("µg/L"))

    assert {one.acquired_at.date() for one in read.injections if one.acquired_at} == {late.date()}
