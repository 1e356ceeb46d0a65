"""WinLab32, NexION, Qtegra, ICP Expert and Horiba: real exports are read whole, and variants never say anything else.

The exports under samples/instruments are described, with their origin and licence, in SOURCES.md beside them.
"""

from datetime import datetime
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lims.core.clock import CHINA
from lims.runs.cells import DateOrder, DecimalMark
from lims.runs.profile import ImportProfile, InjectionType, TextEncoding
from lims.runs.records import Batch, Figure
from tests.unit.runs.readers.exports import (
    codes,
    cut_off,
    injection,
    number,
    other,
    read,
    recoded,
    refusal,
    sample,
    stated,
    trace,
)

DAY_FIRST = ImportProfile("mg/L", date_order=DateOrder.DAY_MONTH_YEAR)
MONTH_FIRST = ImportProfile("mg/L", date_order=DateOrder.MONTH_DAY_YEAR)
GROUPED = ImportProfile("mg/L", date_order=DateOrder.DAY_MONTH_YEAR, grouping_mark=",")
CHINESE = ImportProfile("mg/L", date_order=DateOrder.DAY_MONTH_YEAR, encoding=TextEncoding.GB18030)
COMMA = ImportProfile("mg/L", date_order=DateOrder.DAY_MONTH_YEAR, decimal_mark=DecimalMark.COMMA)

# ── WinLab32, Syngistix ──────────────────────────────────────────────────────────────────────────────

TABLE = "perkinelmer-table"
WINLAB = "perkinelmer_syngistix/winlab32.csv"


def test_winlab32_is_read_whole() -> None:
    batch = read(sample(WINLAB), DAY_FIRST, TABLE)

    assert (len(batch.lines), len(batch.injections), len(batch.compounds)) == (5, 2, 2)
    first = injection(batch, "DU-0001")
    assert first.acquired_at == datetime(2021, 5, 28, 12, 40, 54, tzinfo=CHINA)
    assert number(first, "Ag 107", Figure.UNDILUTED_CONCENTRATION) == "0.111"
    cell = trace(injection(batch, "DU-0002"), "Al 27").figures[Figure.UNDILUTED_CONCENTRATION]
    assert (str(cell.number), cell.address, trace(first, "Ag 107").unit) == ("0.666", "E5", "mg/kg")
    assert [why.code for why in batch.messages] == ["perkinelmer.unit_of_sample"]


FULL = """Sample ID\tAnalyte Name\tDate\tTime\tInt (Corr)\tRSD (Conc)\tConc (Calib)\tUnits (Calib)\t\
Conc (Samp)\tUnits (Samp)\tRepl No1\tInt (Corr)1
菠菜-1\tCd 228.802\t28-05-21\t12:40:54 PM\t1280.5\t1.2\t0.0111\tmg/L\t0.222\tmg/kg\t1\t1279
菠菜-1\tSc 361.383\t28-05-21\t12:40:54 PM\t901422\t0.4\t98.7\t%\t \t \t1\t901000
菠菜-1\tPb 220.353\t28-05-21\t12:40:54 PM\t \t \t \tmg/L\t \tmg/kg\t1\t
菠菜-2\tCd 228.802\t28-05-21\t12:44:01 PM\t640\t2.2\t0.0055\tmg/L\t0.111\tmg/kg\t1\t639
"""


def test_the_internal_standard_is_a_recovery_and_a_blank_is_nothing() -> None:
    batch = read(FULL.encode("utf-16"), DAY_FIRST, TABLE)

    spinach = injection(batch, "菠菜-1")
    assert number(spinach, "Sc 361.383", Figure.INTERNAL_STANDARD_RECOVERY) == "98.7"
    assert [c.name for c in batch.compounds if c.is_internal_standard] == ["Sc 361.383"]
    assert number(spinach, "Pb 220.353", Figure.FINAL_CONCENTRATION) == "empty"
    cadmium = trace(spinach, "Cd 228.802")
    assert (cadmium.unit, number(spinach, "Cd 228.802", Figure.FINAL_CONCENTRATION)) == ("mg/kg", "0.222")
    assert Figure.UNDILUTED_CONCENTRATION not in cadmium.figures  # its unit is another one
    assert other(spinach, "Cd 228.802", "Conc (Calib)") == "0.0111"
    assert other(spinach, "Cd 228.802", "Int (Corr)1") == "1279"


def test_other_encodings_delimiters_and_orders_say_the_same() -> None:
    whole = stated(read(FULL.encode(), DAY_FIRST, TABLE))
    heading, *rows = FULL.splitlines(keepends=True)

    assert stated(read(FULL.encode("utf-16"), DAY_FIRST, TABLE)) == whole
    assert stated(read(FULL.encode("gb18030"), CHINESE, TABLE)) == whole
    assert stated(read(FULL.replace("\t", ",").encode(), DAY_FIRST, TABLE)) == whole
    assert stated(read("".join([heading, *reversed(rows)]).encode(), DAY_FIRST, TABLE)) == whole
    assert stated(read(FULL.replace(".", ",").replace("Cd 228,802", "Cd 228.802").replace("Sc 361,383", "Sc 361.383")
                       .replace("Pb 220,353", "Pb 220.353").encode(), COMMA, TABLE)) == whole  # fmt: skip


def test_an_injection_written_twice_counts_once_and_disagreeing_ones_are_refused() -> None:
    rows = FULL.splitlines(keepends=True)
    twice = read("".join([*rows, rows[1]]).encode(), DAY_FIRST, TABLE)
    other_number = rows[1].replace("1280.5", "1290.5")
    disputed = read("".join([*rows, other_number]).encode(), DAY_FIRST, TABLE)

    assert [line.repeats for line in twice.lines][-1] == 2
    assert stated(twice) == stated(read(FULL.encode(), DAY_FIRST, TABLE))
    assert codes(disputed)["row.trace_disputed"] == 2


def test_a_wrong_date_order_or_decimal_mark_refuses_rows() -> None:
    assert codes(read(FULL.encode(), MONTH_FIRST, TABLE))["cell.date_unreadable"] == 4
    assert codes(read(FULL.encode(), COMMA, TABLE))["cell.number_unreadable"] > 0
    assert stated(read(FULL.encode(), COMMA, TABLE)) <= stated(read(FULL.encode(), DAY_FIRST, TABLE))


def test_statistics_and_headings_on_every_page_are_no_injections() -> None:
    rows = FULL.splitlines(keepends=True)
    mean = rows[1].replace("菠菜-1", "Mean")

    batch = read("".join([*rows, "\n", rows[0], mean]).encode(), DAY_FIRST, TABLE)

    assert codes(batch) == {"row.heading": 2, "row.blank": 1, "row.statistics": 1}


def test_a_winlab32_table_without_headings_is_refused() -> None:
    assert refusal(b"DU-0001,Ag 107,0.1\n", DAY_FIRST, TABLE) == "perkinelmer.no_headings"


@settings(max_examples=60, deadline=None)
@given(st.integers(min_value=0, max_value=len(FULL.encode())))
def test_a_winlab32_table_cut_off_anywhere_says_nothing_else(length: int) -> None:
    cut_off(FULL.encode(), DAY_FIRST, TABLE, [length])


# ── NexION ───────────────────────────────────────────────────────────────────────────────────────────

NEXION = "perkinelmer-nexion"


@cache
def nexion() -> Batch:
    return read(sample("perkinelmer_syngistix/nexion350x.xlsx"), DAY_FIRST, NEXION)


def test_the_nexion_workbook_is_read_whole() -> None:
    batch = nexion()

    assert (len(batch.lines), len(batch.injections), len(batch.compounds)) == (387, 38, 50)
    assert [name for name, _ in batch.sheets][4:6] == ["Concentrations", " Org Concentrations"]
    assert codes(batch)["row.marker"] == 10
    blank = injection(batch, "AMIS0683-05")
    assert blank.acquired_at == datetime(2019, 9, 13, 17, 4, 34, tzinfo=CHINA)
    assert number(blank, "Ce 140", Figure.UNDILUTED_CONCENTRATION) == "0.00618335160878811"
    assert number(blank, "Ce 140", Figure.INTENSITY) == "3731.88781194249"
    assert trace(blank, "Ce 140").unit == "mg/L"
    cell = trace(blank, "Ce 140").figures[Figure.INTENSITY]
    assert batch.address(cell.row, cell.column) == "Net Intensities!H48"
    assert other(blank, "Ce 140", "Org Concentrations (mg/L)") == "1.16535084975275"


def test_names_changed_on_one_sheet_refuse_the_injection_on_all() -> None:
    """The exporter's sheet Concentrations was edited: it calls a standard DU-0001 that all others call STD 250 PPb."""
    batch = nexion()

    assert codes(batch)["row.injection_renamed"] == 6 * 8
    assert not {"DU-0001", "STD 250 PPb"} & {one.name for one in batch.injections}


def test_a_saturated_detector_is_no_number() -> None:
    batch = nexion()

    assert number(injection(batch, "Oreas 45d"), "Fe 56", Figure.INTENSITY) == "flagged"
    assert number(injection(batch, "BLK"), "Ag 107", Figure.FINAL_CONCENTRATION) == "empty"


def test_a_workbook_that_is_cut_off_or_another_one_is_refused() -> None:
    content = sample("perkinelmer_syngistix/nexion350x.xlsx")

    assert refusal(content[:100_000], DAY_FIRST, NEXION) == "table.not_workbook"
    assert refusal(sample("agilent_masshunter_icpms/std.xlsx"), DAY_FIRST, NEXION) == "nexion.no_results"


# ── Qtegra ───────────────────────────────────────────────────────────────────────────────────────────

QTEGRA = "thermo-qtegra"
ALIQUOTS = "thermo_qtegra/AR20200205Aliquots.csv"


@cache
def qtegra() -> Batch:
    return read(sample(ALIQUOTS), DAY_FIRST, QTEGRA)


def test_qtegra_is_read_whole() -> None:
    batch = qtegra()

    assert (len(batch.lines), len(batch.injections), len(batch.compounds)) == (115, 111, 16)
    assert batch.heading_rows == (1, 2, 3, 4)
    standard, last = injection(batch, "930ppb"), batch.injections[-1]
    line = "Be 234.861 {144} (Radial)"
    assert number(standard, line, Figure.INTENSITY) == "377.840732769452"
    assert number(standard, line, Figure.UNDILUTED_CONCENTRATION) == "1.00400890083285"
    assert number(standard, line, Figure.NOMINAL_CONCENTRATION) == "0.922849767347765"
    assert trace(standard, line).unit == "ppm"
    assert number(last, line, Figure.NOMINAL_CONCENTRATION) == "empty"
    assert (last.name, number(last, line, Figure.INTENSITY)) == ("CARRIERS1030-40200ppm", "-0.086666666666666")


def test_a_name_that_occurs_often_is_an_injection_each_time() -> None:
    batch = qtegra()

    assert sum(one.name == "14-unknown" for one in batch.injections) == 8


def test_qtegra_with_tabs_commas_and_other_encodings_says_the_same() -> None:
    content = b"".join(sample(ALIQUOTS).splitlines(keepends=True)[:20])
    whole = stated(read(content, DAY_FIRST, QTEGRA))

    assert stated(read(content.replace(b";", b"\t"), DAY_FIRST, QTEGRA)) == whole
    assert stated(read(recoded(content, "utf-16"), DAY_FIRST, QTEGRA)) == whole
    chinese = content.replace(b"20-unknown", "菠菜".encode("gb18030"))
    assert injection(read(chinese, CHINESE, QTEGRA), "菠菜").row == 10
    head, rows = content.splitlines(keepends=True)[:4], content.splitlines(keepends=True)[4:]
    german = b"".join([*head, *(row.replace(b".", b",") for row in rows)])
    assert stated(read(german, COMMA, QTEGRA)) == whole
    assert len(read(german, DAY_FIRST, QTEGRA).injections) == 0


def test_qtegra_rows_reordered_repeated_and_cut_off() -> None:
    lines = sample(ALIQUOTS).splitlines(keepends=True)
    short = b"".join(lines[:9])
    whole = stated(read(short, DAY_FIRST, QTEGRA))

    assert stated(read(b"".join([*lines[:4], *reversed(lines[4:9])]), DAY_FIRST, QTEGRA)) == whole
    assert stated(read(short + lines[8], DAY_FIRST, QTEGRA)) == whole
    cut_off(short, DAY_FIRST, QTEGRA, range(len(short) - 2000, len(short), 61))


@pytest.mark.parametrize("missing", [1, 3])
def test_qtegra_without_a_heading_row_is_refused(missing: int) -> None:
    lines = sample(ALIQUOTS).splitlines(keepends=True)

    assert refusal(b"".join(lines[:missing] + lines[missing + 1 :]), DAY_FIRST, QTEGRA) == "qtegra.no_headings"


def test_two_calibrations_of_a_line_are_refused() -> None:
    text = ";;ExtCal.Average;IntCal.Average\n;;0;0\n;;Cd 228;Cd 228\n;;Y (ppm);Y (ppm)\n1;S;1;2\n"

    assert refusal(text.encode(), DAY_FIRST, QTEGRA) == "qtegra.column_twice"


def test_per_cent_of_an_internal_standard_is_its_recovery() -> None:
    text = ";;Raw.Average;ExtCal.Average\n;;0;0\n;;Y 371;Y 371\n;;Y (cps);Y (%)\n1;S;90000;101.5\n"

    batch = read(text.encode(), DAY_FIRST, QTEGRA)

    assert number(injection(batch, "S"), "Y 371", Figure.INTERNAL_STANDARD_RECOVERY) == "101.5"
    assert batch.compounds[0].is_internal_standard


# ── Varian/Agilent ICP Expert ────────────────────────────────────────────────────────────────────────

VISTA = "varian-vista"
#: Made after the columns of a Vista-PRO.
VISTA_HEAD = (
    '"Solution Label","Type","Element","Flags","Soln Conc","Units","Corr Con","Units","Int","Date","Time","RSD","DF",'
    '"NumReps","Replicates",,,\n'
)
VISTA_ROWS = [
    '"Std 1","Std","Mn 257.610","",0.5,"mg/L",0.5,"mg/L",41930.6,"08/02/2016","14:13:03",0.0,1,2,41914.1,"",41947,""\n',
    '"S-1*Bank2 ","Samp","Mn 257.610","",0.0083,"mg/L",0.166,"mg/kg",741.9,"08/02/2016","14:22:31",0.8,20,2,'
    '737.8,"",745.8,"u"\n',
    '"S-2","Samp","Mn 257.610","x","-","mg/L","-","mg/L",3.78472E6,"08/02/2016","14:52:44",2.4,1,2,3E6,"x",3E6,"x"\n',
]


def test_icp_expert_is_read_with_the_unit_of_each_concentration_and_its_flags() -> None:
    batch = read((VISTA_HEAD + "".join(VISTA_ROWS)).encode(), DAY_FIRST, VISTA)

    standard, first, over = batch.injections
    assert (standard.type, standard.acquired_at) == (
        InjectionType.STANDARD,
        datetime(2016, 2, 8, 14, 13, 3, tzinfo=CHINA),
    )
    assert (trace(first, "Mn 257.610").unit, number(first, "Mn 257.610", Figure.FINAL_CONCENTRATION)) == (
        "mg/kg",
        "0.166",
    )
    assert Figure.UNDILUTED_CONCENTRATION not in trace(first, "Mn 257.610").figures
    assert (first.name, str(first.dilution and first.dilution.number)) == ("S-1*Bank2", "20")
    assert [c.raw for name, c in trace(first, "Mn 257.610").others if name == "Replicates"] == ["737.8", "745.8", "u"]
    assert number(over, "Mn 257.610", Figure.FINAL_CONCENTRATION) == "not_found"
    assert number(over, "Mn 257.610", Figure.INTENSITY) == "3.78472E+6"
    assert trace(over, "Mn 257.610").is_excluded is True
    assert trace(first, "Mn 257.610").is_excluded is None
    assert batch.ambiguous_dates == ("08/02/2016 14:13:03", "08/02/2016 14:22:31", "08/02/2016 14:52:44")


def test_icp_expert_cut_off_reordered_and_repeated() -> None:
    content = (VISTA_HEAD + "".join(VISTA_ROWS)).encode()
    whole = stated(read(content, DAY_FIRST, VISTA))

    assert stated(read((VISTA_HEAD + "".join(reversed(VISTA_ROWS))).encode(), DAY_FIRST, VISTA)) == whole
    assert stated(read(content + VISTA_ROWS[0].encode(), DAY_FIRST, VISTA)) == whole
    cut_off(content, DAY_FIRST, VISTA, range(len(VISTA_HEAD), len(content), 3))
    assert refusal("".join(VISTA_ROWS).encode(), DAY_FIRST, VISTA) == "vista.no_headings"


# ── Horiba ───────────────────────────────────────────────────────────────────────────────────────────

HORIBA = "horiba-icp"
REPORT = "horiba_varian/ICP limstest bog envas.csv"


def test_the_horiba_report_is_read_whole() -> None:
    batch = read(sample(REPORT), GROUPED, HORIBA)

    assert (len(batch.lines), len(batch.injections), len(batch.compounds)) == (783, 63, 21)
    assert codes(batch) == {"row.blank": 193, "row.heading": 126, "row.above_table": 2}
    control, last = injection(batch, "QC 350 PPM"), batch.injections[-1]
    assert control.acquired_at == datetime(2015, 3, 10, 18, 52, tzinfo=CHINA)
    assert number(control, "Na 589.592", Figure.INTENSITY) == "1334510.690"
    assert number(control, "Ca 315.887", Figure.UNDILUTED_CONCENTRATION) == "332.779"
    assert trace(control, "Ca 315.887").figures[Figure.RELATIVE_STANDARD_DEVIATION].address == "J8"
    assert (last.name, number(last, "Pb 220.353", Figure.UNDILUTED_CONCENTRATION)) == ("QC 0.04 PPM", "-0.037")
    assert (other(last, "Pb 220.353", "flag"), trace(last, "Zn 206.200").unit) == ("X", "mg/l")


def test_grouped_numbers_are_refused_when_the_profile_knows_of_no_grouping() -> None:
    batch = read(sample(REPORT), DAY_FIRST, HORIBA)

    assert codes(batch)["cell.number_unreadable"] == 435
    assert stated(batch) <= stated(read(sample(REPORT), GROUPED, HORIBA))


def test_horiba_variants_say_the_same() -> None:
    content = sample(REPORT)
    whole = stated(read(content, GROUPED, HORIBA))
    text = content.decode()
    head, *blocks = text.split("Sample:,")
    turned = head + "".join("Sample:," + block for block in reversed(blocks[:-1])) + "Sample:," + blocks[-1]
    chinese = ImportProfile(
        "mg/L", date_order=DateOrder.DAY_MONTH_YEAR, grouping_mark=",", encoding=TextEncoding.GB18030
    )

    assert stated(read(turned.encode(), GROUPED, HORIBA)) == whole
    assert stated(read(recoded(content, "utf-16"), GROUPED, HORIBA)) == whole
    named = read(text.replace("MPS-S22", "菠菜").encode("gb18030"), chinese, HORIBA)
    assert number(injection(named, "菠菜"), "Al 396.152", Figure.UNDILUTED_CONCENTRATION) == "0.052"
    cut_off(content[:3000], GROUPED, HORIBA, range(0, 3000, 37))


def test_a_block_without_its_sample_is_nobodys() -> None:
    text = sample(REPORT).decode()
    lost = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("Sample:,MPS-S22"))

    batch = read(lost.encode(), GROUPED, HORIBA)

    assert codes(batch)["row.nameless"] == 8
    assert stated(batch) <= stated(read(sample(REPORT), GROUPED, HORIBA))


def test_a_row_of_another_shape_is_refused_and_so_is_a_file_without_samples() -> None:
    text = sample(REPORT).decode()
    shifted = text.replace('Al 396.152,,"1,226,220.526 ",,,10.540 ,', 'Al 396.152,,"1,226,220.526 ",,10.540 ,,', 1)

    assert codes(read(shifted.encode(), GROUPED, HORIBA))["horiba.shifted"] == 1
    assert refusal(text.replace("Sample:", "Probe:").encode(), GROUPED, HORIBA) == "horiba.no_samples"
