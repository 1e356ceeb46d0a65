"""Results tables of SCIEX: MultiQuant and SCIEX OS as they were exported, Analyst as it is described."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lims.core.clock import CHINA
from lims.core.errors import BadInput
from lims.runs.cells import CellStatus, DecimalMark
from lims.runs.profile import InjectionType, TextEncoding
from lims.runs.readers import sciex_analyst, sciex_table
from lims.runs.readers.registry import read as read_file
from lims.runs.records import Batch, Figure, VendorCurve
from tests.unit.runs.readers.variants import (
    DAY_FIRST,
    accounted,
    assert_nothing_changed_in_silence,
    codes,
    content_of,
    injection,
    numbers,
    read,
    read_or_refused,
    recognised_by,
    row_repeated,
    rows_reordered,
    with_decimal_comma,
)

MULTIQUANT = "sciex/SciExTestData.txt"
SCIEX_OS = "sciex/sciex.tsv"
CONCENTRATIONS = "sciex/concentrations.tsv"
CHINESE = replace(DAY_FIRST, encoding=TextEncoding.GB18030)
GERMAN = replace(DAY_FIRST, decimal_mark=DecimalMark.COMMA)


@cache
def multiquant() -> Batch:
    return read(MULTIQUANT)


def short(rows: int = 40) -> str:
    """The first rows of the real export, of one sample with a Chinese name."""
    return "\n".join(content_of(SCIEX_OS).decode().splitlines()[:rows]).replace("2204BAB_0001SQC_A1", "质控") + "\n"


def table(text: str) -> Batch:
    return read_file(text.encode(), DAY_FIRST)


def test_only_their_own_files_are_recognised() -> None:
    assert recognised_by(sciex_table.READER) == ["SciExTestData.txt", "sciex.tsv"]
    assert recognised_by(sciex_analyst.READER) == []


def test_a_multiquant_export_is_read_whole() -> None:
    batch = multiquant()

    assert (len(batch.lines), len(batch.injections), len(batch.compounds)) == (13_665, 61, 224)
    assert accounted(batch) == "0 read + 0 duplicate + 13664 unmapped + 0 refused + 1 ignored = 13665 rows"
    first = injection(batch, "Blank 01")
    found, missing = first.quantifier("496.5 / 257.1"), first.quantifier("524.5 / 257.3")
    assert found is not None
    assert missing is not None
    assert {figure: (cell.raw, cell.address) for figure, cell in found.figures.items()} == {
        Figure.AREA: ("4758.83137492473", "C2"),
        Figure.RETENTION_TIME: ("9.57305645493725", "D2"),
        Figure.SIGNAL_TO_NOISE: ("10.1307169361238", "F2"),
    }
    assert [(heading, cell.raw) for heading, cell in found.others] == [("Width at 50%", "1.80973196432391")]
    area = missing.figures[Figure.AREA]
    assert (area.raw, area.status, area.number) == ("N/A", CellStatus.NOT_APPLICABLE, None)
    last = injection(batch, "Blank 17").quantifier("552.5 / 283.3")
    assert last is not None
    assert last.figures[Figure.AREA].number == Decimal("875.213943792373")


def test_a_sciex_os_export_has_its_internal_standards_and_its_dates() -> None:
    batch = read(SCIEX_OS, DAY_FIRST)

    assert (len(batch.lines), len(batch.injections), len(batch.compounds)) == (139, 2, 69)
    first = batch.injections[0]
    assert first.acquired_at == datetime(2022, 9, 8, 18, 24, 8, tzinfo=CHINA)
    assert "08/09/2022 18:24:08" in batch.ambiguous_dates
    trace = first.quantifier("BAA_3_methoxytyrosine")
    assert trace is not None
    assert trace.internal_standard == "BAA_2_4_hydroxy_3_methoxyphenyl_ethyl_amine_1_1_2_2_d4"
    assert trace.figures[Figure.INTERNAL_STANDARD_RESPONSE].number == Decimal("33214048.6220177")
    assert trace.figures[Figure.RETENTION_TIME].address == "G4"
    last = batch.injections[1].quantifier("BAA_homocysteine")
    assert last is not None
    assert last.figures[Figure.AREA].number == Decimal("3233745.57717084")


def test_variants_of_a_table_give_the_same_numbers() -> None:
    text = short()
    whole = numbers(table(text))
    assert len(whole) == 39 * 3

    assert numbers(table(rows_reordered(text, 1))) == whole
    repeated = table(row_repeated(text, 7))
    assert (numbers(repeated), "1 duplicate" in accounted(repeated)) == (whole, True)
    assert numbers(read_file(text.encode("utf-16"), DAY_FIRST)) == whole
    assert numbers(read_file(text.encode("gb18030"), CHINESE)) == whole
    assert numbers(read_file(with_decimal_comma(text, "\t").encode(), GERMAN)) == whole
    assert numbers(read_file(text.replace("\t", ",").encode(), DAY_FIRST)) == whole
    mistaken = table(with_decimal_comma(text, "\t"))
    assert (numbers(mistaken), sum(line.refused for line in mistaken.lines)) == ({}, 39)


def test_a_real_table_cut_off_anywhere_never_gives_another_number() -> None:
    content = short(12).encode()
    whole = numbers(read_file(content, DAY_FIRST))

    for end in range(1, len(content), 17):
        assert_nothing_changed_in_silence(read_or_refused(content[:end], DAY_FIRST, sciex_table.READER), whole)


def test_a_list_of_known_concentrations_is_refused() -> None:
    with pytest.raises(BadInput) as unknown:
        read_file(content_of(CONCENTRATIONS), DAY_FIRST)
    with pytest.raises(BadInput) as refused:
        read_file(content_of(CONCENTRATIONS), DAY_FIRST, sciex_table.READER.name)

    assert unknown.value.reasons[0].code == "run.format_unknown"
    assert refused.value.reasons[0].code == "sciex.not_a_results_table"


FULL = """Sample Name\tSample Index\tSample Type\tOriginal Filename\tDilution Factor\tComponent Name\tComponent Type\
\tIS Name\tActual Concentration\tArea\tRetention Time\tCalculated Concentration (ng/mL)\tAccuracy (%)\tUsed\tModified
STD 1\t1\tStandard\ta.wiff\t1\tA 1\tQuantifiers\tA d4\t5\t1200\t3.1\t5.1\t102\tTrue\tFalse
STD 1\t1\tStandard\ta.wiff\t1\tA d4\tInternal Standards\t(No IS)\tN/A\t9000\t3.1\tN/A\tN/A\tTrue\tFalse
STD 1\t2\tStandard\ta.wiff\t1\tA 1\tQuantifiers\tA d4\t5\t1210\t3.1\t9.1\t182\tFalse\tTrue
S 1\t3\tUnknown\ta.wiff\t10\tA 1\tQuantifiers\tA d4\tN/A\t0\t0\t< 0\tN/A\tFalse\tFalse
"""


def test_columns_that_the_user_may_add_are_understood() -> None:
    batch = table(FULL)

    assert [(i.name, i.type) for i in batch.injections] == [
        ("STD 1", InjectionType.STANDARD),
        ("STD 1", InjectionType.STANDARD),
        ("S 1", InjectionType.SAMPLE),
    ]
    assert [(c.name, c.is_internal_standard) for c in batch.compounds] == [("A 1", False), ("A d4", True)]
    traces = [one.quantifier("A 1") for one in batch.injections]
    assert [(t.is_excluded, t.manually_integrated, t.unit) for t in traces if t is not None] == [
        (False, False, "ng/mL"),
        (True, True, "ng/mL"),
        (None, False, "ng/mL"),
    ]
    assert traces[2] is not None
    assert traces[2].figures[Figure.AREA].status is CellStatus.NOT_FOUND
    assert traces[2].figures[Figure.FINAL_CONCENTRATION].status is CellStatus.BELOW
    assert traces[0] is not None
    assert traces[0].figures[Figure.NOMINAL_CONCENTRATION].number == Decimal(5)


def test_injections_of_one_name_and_nothing_else_are_refused() -> None:
    text = "Sample Name\tComponent Name\tArea\nQC\tA\t1\nQC\tB\tN/A\nQC\tA\t2\nQC\tB\tN/A\nS\tA\t3\n"

    batch = table(text)

    assert [line.row for line in batch.lines if line.refused] == [2, 3, 4, 5]
    assert codes(batch)[1:] == ["row.not_told_apart"] * 4
    assert [i.name for i in batch.injections] == ["S"]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("QC\t\t5", "row.compoundless"),
        ("\tA\t5", "row.nameless"),
        ("QC\tA\t5,1", "cell.number_unreadable"),
        ("QC\tA", "row.too_short"),
        ("QC\tA\t5\t1", "row.too_long"),
        ("Mean\tA\t5", "row.statistics"),
        ("Q" * 201 + "\tA\t5", "row.name_too_long"),
        ("Sample Name\tComponent Name\tArea", "row.heading"),
        ("\t\t", "row.blank"),
    ],
)
def test_every_row_says_what_became_of_it(row: str, code: str) -> None:
    batch = table(f"Sample Name\tComponent Name\tArea\nS\tA\t1\n{row}\n")

    assert [reason.code for reason in batch.lines[2].reasons] == [code]


ANALYST = """Peak Name: Imidacloprid
Internal Standard: Imidacloprid d4
Q1/Q3 Masses: 256.10/209.10 Da

Fit\tLinear\tWeighting\t1 / x\tIterate\tNo
Intercept\t0.00123
Slope\t0.0456
Correlation coefficient\t0.9998
Use Area

Peak Name: Imidacloprid d4
Use as Internal Standard
Q1/Q3 Masses: 260.10/213.10 Da



Sample Name\tSample ID\tSample Type\tAcquisition Date\tFile Name\tDilution Factor\tAnalyte Peak Name\tAnalyte Units\
\tAnalyte Peak Area (counts)\tAnalyte Peak Area for DAD (mAU x min)\tAnalyte Concentration (ng/mL)\
\tAnalyte Retention Time (min)\tAnalyte Expected RT (min)\tAnalyte Integration Type\tIS Peak Name\
\tIS Peak Area (counts)\tUse Record\tRecord Modified\tCalculated Concentration (ng/mL)\tAccuracy (%)\t
标准 1\t1\tStandard\t15/03/2024 09:10:11\t240315.wiff\t1.00\tImidacloprid\tng/mL\t12345.\tN/A\t5.00\t3.41\t3.40\
\tBase To Base\tImidacloprid d4\t9.87e+004\t1\t0\t5.05\t101.\t
标准 2\t1\tStandard\t15/03/2024 09:20:11\t240315.wiff\t1.00\tImidacloprid\tng/mL\t23456.\tN/A\t10.0\t3.41\t3.40\
\tManual\tImidacloprid d4\t9.86e+004\t0\t1\t13.1\t131.\t
S-1\t1\tUnknown\t15/03/2024 09:30:11\t240315.wiff\t2.00\tImidacloprid\tng/mL\t0\tN/A\tN/A\t0.00\t3.40\tNo Peak\
\tImidacloprid d4\t9.85e+004\t0\t0\tNo Peak\tN/A\t
"""


def test_an_analyst_table_is_read_with_what_stands_above_it() -> None:
    batch = table(ANALYST)

    assert (batch.reader, batch.software, batch.heading_rows) == ("sciex-analyst", "Analyst", (17,))
    (compound,) = batch.compounds
    assert compound.transition == "256.10/209.10 Da"
    assert compound.curve == VendorCurve(
        model="Linear",
        weighting="1 / x",
        coefficients=(("Intercept", "0.00123"), ("Slope", "0.0456")),
        r="0.9998",
    )
    first, second, sample = (one.quantifier("Imidacloprid") for one in batch.injections)
    assert first is not None
    assert second is not None
    assert sample is not None
    assert (first.figures[Figure.AREA].number, first.unit) == (Decimal(12345), "ng/mL")
    assert first.figures[Figure.INTERNAL_STANDARD_RESPONSE].number == Decimal(98700)
    assert (first.is_excluded, first.manually_integrated, first.internal_standard) == (False, False, "Imidacloprid d4")
    assert (second.is_excluded, second.manually_integrated) == (True, True)
    assert [sample.figures[figure].status for figure in (Figure.AREA, Figure.FINAL_CONCENTRATION)] == [
        CellStatus.NOT_FOUND,
        CellStatus.NOT_FOUND,
    ]
    assert sample.figures[Figure.EXPECTED_RETENTION_TIME].number == Decimal("3.40")
    assert batch.injections[2].acquired_at == datetime(2024, 3, 15, 9, 30, 11, tzinfo=CHINA)


def test_a_calibration_that_could_belong_to_two_analytes_belongs_to_none() -> None:
    batch = table("Peak Name: Other\nInternal Standard: Imidacloprid d4\n\n" + ANALYST)

    assert batch.compounds[0].curve is None


def test_variants_of_an_analyst_table_give_the_same_numbers() -> None:
    whole = numbers(table(ANALYST))

    assert numbers(table(rows_reordered(ANALYST, 17))) == whole
    assert numbers(table(row_repeated(ANALYST, 18))) == whole
    assert numbers(read_file(ANALYST.encode("utf-16"), DAY_FIRST)) == whole
    assert numbers(read_file(ANALYST.encode("gb18030"), CHINESE)) == whole
    assert numbers(read_file(ANALYST.replace(".", ",").encode(), GERMAN)) == numbers(
        table(ANALYST.replace("240315.wiff", "240315,wiff"))
    )
    with pytest.raises(BadInput) as refused:
        read_file(ANALYST.split("Sample Name", maxsplit=1)[0].encode(), DAY_FIRST, sciex_analyst.READER.name)
    assert refused.value.reasons[0].code == "sciex.not_an_analyst_table"


@settings(max_examples=60)
@given(st.integers(1, len(ANALYST.encode()) - 1))
def test_an_analyst_table_cut_off_anywhere_never_gives_another_number(end: int) -> None:
    cut = read_or_refused(ANALYST.encode()[:end], DAY_FIRST, sciex_analyst.READER)

    assert_nothing_changed_in_silence(cut, numbers(table(ANALYST)))
