"""The table the demonstration writes is one the reader reads, with the concentrations that were put in."""

from datetime import datetime
from decimal import Decimal

import pytest

from lims.core.clock import CHINA
from lims.demo.instrument_export import PlannedInjection, masshunter_table
from lims.runs.profile import ImportProfile, InjectionType
from lims.runs.readers.masshunter_wide import READER
from lims.runs.readers.registry import read as read_file
from lims.runs.records import Figure

STARTED_AT = datetime(2026, 11, 20, 8, 30, tzinfo=CHINA)
COMPOUNDS = ("Carbofuran", "克百威-3-羟基, \u201c3-OH\u201d")
INJECTIONS = (
    PlannedInjection("Solvent", "DoubleBlank"),
    PlannedInjection("Cal-1", "Cal", "1", Decimal(2), dict.fromkeys(COMPOUNDS, Decimal(2))),
    PlannedInjection("Cal-2", "Cal", "2", Decimal(50), dict.fromkeys(COMPOUNDS, Decimal(50))),
    PlannedInjection("B-01", "Sample", concentrations={COMPOUNDS[0]: Decimal("12.5")}, dilution=Decimal(2)),
)


def test_the_same_call_writes_the_same_bytes() -> None:
    assert masshunter_table(INJECTIONS, COMPOUNDS, STARTED_AT) == masshunter_table(INJECTIONS, COMPOUNDS, STARTED_AT)
    assert masshunter_table(INJECTIONS, COMPOUNDS, STARTED_AT, seed=1) != masshunter_table(
        INJECTIONS, COMPOUNDS, STARTED_AT
    )


def test_the_reader_reads_all_of_it() -> None:
    batch = read_file(masshunter_table(INJECTIONS, COMPOUNDS, STARTED_AT), ImportProfile("µg/L"), READER.name)

    assert not any(line.refused for line in batch.lines)
    assert [(c.name, c.is_internal_standard) for c in batch.compounds] == [
        (COMPOUNDS[0], False),
        (COMPOUNDS[1], False),
        ("Triphenyl phosphate (ISTD)", True),
    ]
    assert [i.type for i in batch.injections] == [
        InjectionType.DOUBLE_BLANK,
        InjectionType.STANDARD,
        InjectionType.STANDARD,
        InjectionType.SAMPLE,
    ]
    assert batch.injections[0].acquired_at == STARTED_AT


def test_responses_follow_the_concentrations_and_nothing_there_leaves_no_peak() -> None:
    batch = read_file(masshunter_table(INJECTIONS, COMPOUNDS, STARTED_AT), ImportProfile("µg/L"), READER.name)

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


def test_a_concentration_without_a_column_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no column"):
        masshunter_table([PlannedInjection("S", "Sample", concentrations={"X": Decimal(1)})], COMPOUNDS, STARTED_AT)


@pytest.mark.parametrize("hour", [9, 20, 23])
def test_no_injection_is_of_the_day_after(hour: int) -> None:
    late = STARTED_AT.replace(hour=hour, minute=50)
    many = [PlannedInjection(f"S-{n}", "Sample") for n in range(40)]
    read = read_file(masshunter_table(many, COMPOUNDS, late), ImportProfile("µg/L"), READER.name)

    assert {one.acquired_at.date() for one in read.injections if one.acquired_at} == {late.date()}
