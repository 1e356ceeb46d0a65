"""MassHunter's other layouts: compound table, sectioned report, long table."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lims.core.clock import CHINA
from lims.core.errors import BadInput
from lims.runs.cells import CellStatus, DecimalMark
from lims.runs.profile import InjectionType, TextEncoding
from lims.runs.readers import masshunter_compounds, masshunter_long, masshunter_report, masshunter_wide
from lims.runs.readers.registry import read as read_file
from lims.runs.records import Batch, Figure, TraceRole
from tests.unit.runs.readers.variants import (
    MONTH_FIRST,
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

FOLDER = "agilent_masshunter_quant/"
PLAIN = FOLDER + "13_Testdata_MHQuant_CompoundTable_DefaultSampleInfo_RT-Areas-FWHM.csv"
QUALIFIERS = FOLDER + "CompoundTableForm_Qualifier.csv"
SECTIONED = FOLDER + "quantitative.csv"
GERMAN = replace(MONTH_FIRST, decimal_mark=DecimalMark.COMMA)

LONG = """Batch Name,残留.batch.bin
Analysis Time,5/13/2024 10:12 AM

Data File,Sample Name,Sample Type,Level,Acq. Date-Time,Dil.,Compound,ISTD,RT,Area,ISTD Resp.,Final Conc. (ng/mL),MI
QC-1.d,黄瓜,QC,,5/13/2024 8:01 AM,1,Carbofuran,d3,4.13,5816,274638,35.5,FALSE
QC-1.d,黄瓜,QC,,5/13/2024 8:01 AM,1,Aldicarb,d3,0,0,274638,<0.1,TRUE
QC-2.d,黄瓜,QC,,5/13/2024 9:01 AM,2,Carbofuran,d3,4.14,5817,274638,36.25,FALSE
,Average,,,,,Carbofuran,,4.13,5816,,35.9,
"""


def long(text: str) -> Batch:
    return read_file(text.encode(), MONTH_FIRST)


def test_every_reader_recognises_its_own_files_and_no_others() -> None:
    assert recognised_by(masshunter_compounds.READER) == [PLAIN.removeprefix(FOLDER), QUALIFIERS.removeprefix(FOLDER)]
    assert recognised_by(masshunter_report.READER) == ["quantitative.csv"]
    assert recognised_by(masshunter_long.READER) == []
    assert recognised_by(masshunter_wide.READER) == [
        "12_Testdata_MHQuant_DefaultSampleInfo_RT-Areas-FWHM-withQuantMsg.csv",
        "15_Testdata_MHQuant_Corrupt_ExtraTopLine.csv",
        "17_Testdata_Lipidomics_GermanSystem.csv",
        "19_Testdata_MHQuant_MultipleQUAL_with_expectedRT.csv",
        "MH_ext_cal_quant_assay.csv",
        "S30.csv",
    ]


# ── compound table ───────────────────────────────────────────────────────────────────────────────────


def test_a_compound_table_is_read_turned_round() -> None:
    batch = read(PLAIN)

    assert (len(batch.lines), len(batch.injections), len(batch.compounds)) == (83, 27, 8)
    assert accounted(batch) == "0 read + 0 duplicate + 81 unmapped + 0 refused + 2 ignored = 83 rows"
    assert "masshunter.turned" in {message.code for message in batch.messages}
    trace = injection(batch, "009_NIST_NIST01").quantifier("S1P d16:1 [M>60]")
    assert trace is not None
    area, time = trace.figures[Figure.AREA], trace.figures[Figure.RETENTION_TIME]
    # Row 3, columns L and M of the file: a row here is a column there.
    assert (time.number, time.row, time.column) == (Decimal("3.463"), 12, 3)
    assert (area.number, area.row, area.column) == (Decimal(10625), 13, 3)
    standard = next(c for c in batch.compounds if c.name == "S1P d18:1 13C2D2 (ISTD) [M>60]")
    assert (standard.is_internal_standard, standard.transition, standard.column) == (True, "440.3 -> 60.1", 10)
    last = injection(batch, "032_SPL_S012").quantifier(standard.name)
    assert last is not None
    assert last.figures[Figure.AREA].number == Decimal(40695)


def test_qualifiers_have_the_transition_of_their_compound() -> None:
    batch = read(QUALIFIERS)

    assert (len(batch.lines), len(batch.injections), len(batch.compounds)) == (636, 42, 6)
    assert [i.data_file for i in batch.injections[:4]] == [
        "Conditioning1.d",
        "Conditioning2.d",
        "Conditioning3.d",
        "Sample_BLANK-01 .d",
    ]
    first = batch.injections[0]
    assert (first.name, first.acquired_at) == ("BQC_Cond", datetime(2018, 5, 7, 14, 34, tzinfo=CHINA))
    assert [(t.label, t.figures[Figure.AREA].raw) for t in first.qualifiers("Sph d18:0")] == [
        ("Qualifier (302.3 -> 266.2)", "62"),
        ("Qualifier (302.3 -> 254.2)", "290"),
        ("Qualifier (302.3 -> 60.2)", "289"),
    ]
    assert first.qualifiers("Sph d17:0 [ISTD]") == ()
    last = batch.injections[-1].qualifiers("Sph d18:2")
    assert [(t.role, t.label, t.figures[Figure.AREA].number) for t in last] == [
        (TraceRole.QUALIFIER, "Qualifier (298.3 -> 262.2)", Decimal(53)),
        (TraceRole.QUALIFIER, "Qualifier (298.3 -> 250.2)", Decimal(101)),
    ]
    assert next(c for c in batch.compounds if c.name == "Sph d16:1").qualifiers == (
        "Qualifier (272.2 -> 236.1)",
        "Qualifier (272.2 -> 224.1)",
    )


def test_variants_of_a_compound_table_give_the_same_numbers() -> None:
    text = content_of(PLAIN).decode().replace("009_NIST_NIST01", "009_黄瓜")
    whole = numbers(read_file(text.encode(), MONTH_FIRST))

    chinese = replace(MONTH_FIRST, encoding=TextEncoding.GB18030)
    assert numbers(read_file(text.encode("gb18030"), chinese)) == whole
    assert numbers(read_file(text.encode("utf-16"), MONTH_FIRST)) == whole
    assert numbers(read_file(rows_reordered(text, 2).encode(), MONTH_FIRST)) == whole
    assert numbers(read_file(with_decimal_comma(text, ",").encode(), GERMAN)) == whole
    repeated = read_file(row_repeated(text, 4).encode(), MONTH_FIRST)
    assert numbers(repeated) == whole
    assert "row.repeated" in {message.code for message in repeated.messages}
    mistaken = read_file(with_decimal_comma(text, ",").encode(), MONTH_FIRST)
    assert numbers(mistaken) == {}
    assert sum(line.refused for line in mistaken.lines) == 81


@pytest.mark.parametrize("name", [PLAIN, QUALIFIERS])
def test_a_compound_table_cut_off_anywhere_never_gives_another_number(name: str) -> None:
    content = content_of(name)
    whole = numbers(read_file(content, MONTH_FIRST))

    for end in range(1, len(content), len(content) // 40):
        cut = read_or_refused(content[:end], MONTH_FIRST, masshunter_compounds.READER)
        assert_nothing_changed_in_silence(cut, whole)


HEAD = "Compound Method,,QC-1,,QC-2,\nName,Transition,RT,Area,RT,Area\n"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (HEAD + "A,1 -> 2,3.1,100,3.2\n", "row.too_short"),
        (HEAD + "A,1 -> 2,3,1,100,3.2,90\n", "row.too_long"),
        (HEAD + "A,,3.1,100,3.2,90\nA,,3.1,101,3.2,90\n", "masshunter.compound_twice"),
        (HEAD + ",,3.1,100,3.2,90\n", "masshunter.compound_nameless"),
        (HEAD.replace("RT,Area,RT", "RT,RT,RT") + "A,,3.1,100,3.2,90\n", "masshunter.column_twice_in_injection"),
        ("Compound Method,,QC-1\nA,3.1,100\nB,3.1,100\n", "masshunter.no_column_names"),
        ("Compound Method,,,\nName,Transition,RT,Area\nA,,1,2\n", "masshunter.no_injections"),
        (HEAD, "masshunter.no_column_names"),
    ],
)
def test_a_compound_table_that_cannot_be_read_askew_is_refused(text: str, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_file(text.encode(), MONTH_FIRST)

    assert refused.value.reasons[0].code == code


def test_two_injections_of_one_name_and_nothing_else_are_refused() -> None:
    batch = read_file((HEAD.replace("QC-2", "QC-1") + "A,,3.1,100,3.2,90\n").encode(), MONTH_FIRST)

    assert [line.refused for line in batch.lines] == [False, False, True, True, True, True]
    assert set(codes(batch)) == {"row.heading", "row.injection_disputed"}


def test_rows_that_disagree_about_an_injection_refuse_it_alone() -> None:
    text = "Compound Method,QC-1,,QC-2,\nName,Data File,Area,Data File,Area\nA,1.d,5,2.d,6\nB,1.d,5,3.d,6\n"

    batch = read_file(text.encode(), MONTH_FIRST)

    assert [one.data_file for one in batch.injections] == ["1.d"]
    assert codes(batch) == ["row.heading", "masshunter.injection_disagrees", "masshunter.injection_refused"]


# ── sectioned report ─────────────────────────────────────────────────────────────────────────────────


def test_a_sectioned_report_is_read_whole() -> None:
    batch = read(SECTIONED)

    assert (len(batch.lines), len(batch.injections), [c.name for c in batch.compounds]) == (66, 17, ["D3", "D2"])
    assert accounted(batch) == "51 read + 0 duplicate + 0 unmapped + 0 refused + 15 ignored = 66 rows"
    one = injection(batch, "DBS13196-009-R1")
    assert (one.data_file, one.vial, one.type) == ("DBS13196-009-R1-r002.d", "P1-C2", InjectionType.SAMPLE)
    trace = one.quantifier("D2")
    assert trace is not None
    assert {figure: cell.number for figure, cell in trace.figures.items() if cell.number is not None} == {
        Figure.AREA: Decimal(853),
        Figure.INTERNAL_STANDARD_RESPONSE: Decimal(129490),
        Figure.INTERNAL_STANDARD_RATIO: Decimal("0.0066"),
        Figure.FINAL_CONCENTRATION: Decimal(44),
    }
    assert trace.figures[Figure.AREA].address == "D59"
    assert trace.figures[Figure.ACCURACY].status is CellStatus.EMPTY
    assert trace.internal_standard == "D2"


def test_variants_of_a_sectioned_report_give_the_same_numbers() -> None:
    text = content_of(SECTIONED).decode().replace("QC13-0001-001,", "黄瓜,")
    whole = numbers(read_file(text.encode(), MONTH_FIRST))

    chinese = replace(MONTH_FIRST, encoding=TextEncoding.GB18030)
    assert numbers(read_file(text.encode("gb18030"), chinese)) == whole
    assert numbers(read_file(text.encode("utf-16"), MONTH_FIRST)) == whole
    assert numbers(read_file(with_decimal_comma(text, ",").encode(), GERMAN)) == whole
    for row in (11, 33):  # of the sequence, and of the results
        repeated = read_file(row_repeated(text, row).encode(), MONTH_FIRST)
        assert numbers(repeated) == whole
        assert "1 duplicate" in accounted(repeated)


def test_a_sectioned_report_cut_off_anywhere_never_gives_another_number() -> None:
    content = content_of(SECTIONED)
    whole = numbers(read_file(content, MONTH_FIRST))

    for end in range(1, len(content), 97):
        cut = read_or_refused(content[:end], MONTH_FIRST, masshunter_report.READER)
        assert_nothing_changed_in_silence(cut, whole)


def test_what_is_missing_of_a_sectioned_report_is_told() -> None:
    text = content_of(SECTIONED).decode()

    lines = text.splitlines(keepends=True)
    batch = read_file("".join(lines[:60]).encode(), MONTH_FIRST)
    assert [message.code for message in batch.messages] == ["masshunter.block_incomplete"]
    with pytest.raises(BadInput) as refused:
        read_file("".join(lines[:26]).encode(), MONTH_FIRST)
    assert refused.value.reasons[0].code == "masshunter.no_results"
    disputed = read_file(text.replace("mid_respchk.d,D2,D2,7864", "mid_respchk.d,D3,D3,7864").encode(), MONTH_FIRST)
    assert [line.row for line in disputed.lines if line.refused] == [38, 58]
    twice = text.replace("post_respchk.d,post_respchk,Vial 3", "mid_respchk.d,mid_respchk,Vial 4", 1)
    assert codes(read_file(twice.encode(), MONTH_FIRST)).count("masshunter.sequence_disputed") == 4


# ── long table ───────────────────────────────────────────────────────────────────────────────────────


def test_a_long_table_is_read_by_its_headings() -> None:
    batch = long(LONG)

    assert batch.reader == "masshunter-long"
    assert codes(batch) == ["row.above_table", "row.above_table", "row.blank", "row.heading", "row.statistics"]
    assert [(i.data_file, i.name, len(i.traces)) for i in batch.injections] == [
        ("QC-1.d", "黄瓜", 2),
        ("QC-2.d", "黄瓜", 1),
    ]
    trace = batch.injections[0].quantifier("Carbofuran")
    absent = batch.injections[0].quantifier("Aldicarb")
    assert trace is not None
    assert absent is not None
    assert (trace.unit, trace.internal_standard, trace.manually_integrated) == ("ng/mL", "d3", False)
    assert trace.figures[Figure.FINAL_CONCENTRATION].number == Decimal("35.5")
    assert (absent.figures[Figure.AREA].status, absent.figures[Figure.AREA].number) == (CellStatus.NOT_FOUND, None)
    assert absent.figures[Figure.FINAL_CONCENTRATION].status is CellStatus.BELOW
    assert absent.manually_integrated is True


def test_variants_of_a_long_table_give_the_same_numbers() -> None:
    whole = numbers(long(LONG))

    assert numbers(long(rows_reordered(LONG, 4))) == whole
    assert numbers(long(row_repeated(LONG, 5))) == whole
    assert numbers(read_file(LONG.encode("utf-16"), MONTH_FIRST)) == whole
    chinese = replace(MONTH_FIRST, encoding=TextEncoding.GB18030)
    assert numbers(read_file(LONG.encode("gb18030"), chinese)) == whole
    assert numbers(read_file(with_decimal_comma(LONG, ",").encode(), GERMAN)) == whole


def test_rows_that_disagree_about_an_injection_of_a_long_table_are_refused() -> None:
    batch = long(LONG + "QC-2.d,苹果,QC,,5/13/2024 9:01 AM,2,Aldicarb,d3,4.14,1,2,3,FALSE\n")

    assert [reason.code for reason in batch.lines[-1].reasons] == ["row.head_disputed"]


@settings(max_examples=60)
@given(st.integers(1, len(LONG.encode()) - 1))
def test_a_long_table_cut_off_anywhere_never_gives_another_number(end: int) -> None:
    cut = read_or_refused(LONG.encode()[:end], MONTH_FIRST, masshunter_long.READER)

    assert_nothing_changed_in_silence(cut, numbers(long(LONG)))
