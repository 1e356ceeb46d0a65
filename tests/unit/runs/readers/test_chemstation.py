"""ChemStation and OpenLab: the text report and Result.xml."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lims.core.clock import CHINA
from lims.core.errors import BadInput
from lims.runs.cells import CellStatus, DecimalMark
from lims.runs.profile import ImportProfile, TextEncoding
from lims.runs.readers import chemstation_report, chemstation_xml
from lims.runs.readers.registry import read as read_file
from lims.runs.records import Batch, Figure
from tests.unit.runs.readers.variants import (
    MONTH_FIRST,
    accounted,
    assert_nothing_changed_in_silence,
    codes,
    content_of,
    numbers,
    read,
    read_or_refused,
    recognised_by,
)

FOLDER = "agilent_chemstation_openlab/"
REPORT = FOLDER + "Report.txt"
CHINESE = replace(MONTH_FIRST, encoding=TextEncoding.GB18030)
GERMAN = replace(MONTH_FIRST, decimal_mark=DecimalMark.COMMA)


def text(content: str, profile: ImportProfile = MONTH_FIRST) -> Batch:
    return read_file(content.encode(), profile)


def test_only_their_own_files_are_recognised() -> None:
    assert recognised_by(chemstation_report.READER) == ["Report.txt"]
    assert recognised_by(chemstation_xml.READER) == []


# ── text report ──────────────────────────────────────────────────────────────────────────────────────


def test_a_report_by_internal_standard_is_read_whole() -> None:
    batch = read(REPORT)

    assert (len(batch.lines), len(batch.injections), len(batch.compounds)) == (85, 1, 37)
    assert accounted(batch) == "0 read + 0 duplicate + 38 unmapped + 0 refused + 47 ignored = 85 rows"
    (one,) = batch.injections
    assert (one.name, one.data_file, one.vial) == ("Std 500", "Std 500.D", "6 (F)")
    assert one.acquired_at == datetime(2021, 10, 11, 23, 3, 47, tzinfo=CHINA)
    assert one.messages == ("Peak(s) manually integrated",)
    assert one.dilution is not None
    assert one.dilution.number == Decimal(1)
    assert [c.name for c in batch.compounds if c.is_internal_standard] == ["Adonitol"]
    trace = one.quantifier("Mannitol")
    assert trace is not None
    assert {figure: (cell.number, cell.address) for figure, cell in trace.figures.items()} == {
        Figure.RETENTION_TIME: (Decimal("22.825"), "A62"),
        Figure.AREA: (Decimal("66.80258"), "D62"),
        Figure.FINAL_CONCENTRATION: (Decimal("541.63209"), "F62"),
    }
    assert (trace.unit, trace.internal_standard, trace.manually_integrated) == ("ng/ul", "Adonitol", True)
    assert ("amt/area [ratio]", "9.08191e-1") in [(heading, cell.raw.strip()) for heading, cell in trace.others]
    accented = one.quantifier("Tréhalose")
    assert accented is not None
    assert accented.figures[Figure.FINAL_CONCENTRATION].number == Decimal("699.12485")
    automatic = one.quantifier("Saccharose")
    assert automatic is not None
    assert automatic.manually_integrated is False


def test_variants_of_a_report_give_the_same_numbers() -> None:
    content = content_of(REPORT).decode().replace("Std 500", "标准 500").replace("Tréhalose", "Trehalose")
    content = content.replace("µl", "ul")
    whole = numbers(text(content))
    assert len(whole) == 37 * 3

    assert numbers(read_file(content.encode("utf-16"), MONTH_FIRST)) == whole
    assert numbers(read_file(content.encode("utf-16-le"), MONTH_FIRST)) == whole
    assert numbers(read_file(content.encode("gb18030"), CHINESE)) == whole
    assert numbers(text(content.replace("\n", "\r\n"))) == whole
    lines = content.splitlines()
    turned = [*lines[:40], *reversed(lines[40:77]), *lines[77:]]
    assert numbers(text("\n".join(turned) + "\n")) == whole
    repeated = text("\n".join([*lines[:41], lines[40], *lines[41:]]) + "\n")
    assert (numbers(repeated), "1 duplicate" in accounted(repeated)) == (whole, True)
    assert numbers(text(content + content)) == whole
    commas = "\n".join(line.replace(".", ",") if 40 <= place < 77 else line for place, line in enumerate(lines)) + "\n"
    assert numbers(text(commas, GERMAN)) == whole
    mistaken = text(commas)
    assert (numbers(mistaken), sum(line.refused for line in mistaken.lines)) == ({}, 37)


def test_a_report_cut_off_anywhere_never_gives_another_number() -> None:
    content = content_of(REPORT)
    whole = numbers(read_file(content, MONTH_FIRST))

    for end in range(1, len(content), 61):
        cut = read_or_refused(content[:end], MONTH_FIRST, chemstation_report.READER)
        if cut is not None:
            assert numbers(cut).items() <= whole.items()
            accounted(cut)


HEAD = """Data File C:\\CHEM32\\1\\DATA\\07-24 21-36-55\\H-0001.D
Sample Name: S-1

=====================================================================
Acq. Operator   : Group                           Seq. Line :   1
Acq. Instrument : Instrument 1                    Location : Vial 1
Injection Date  : 7/24/2023 10:22:05 PM                Inj :   4
=====================================================================
"""
PERCENT = (
    HEAD
    + """                        Area Percent Report
=====================================================================

Signal 1: FID1 A,

Peak RetTime Type  Width     Area      Height     Area
  #   [min]        [min]   [pA*s]      [pA]         %
----|-------|----|-------|----------|----------|--------|
   1   2.828 BB    0.0857 1.95364e4  3417.83057 99.52651
   2   4.059 MM    0.0745   92.94276   18.85831  0.47349
Totals :                  1.96294e4  3436.68888


Signal 2: TCD2 B,

Peak RetTime Type  Width     Area      Height     Area
  #   [min]        [min]  [25 uV*s]   [25 uV]       %
----|-------|----|-------|----------|----------|--------|
   1   2.832 BB    0.0841 1090.67725  195.31581 1.000e2
Totals :                  1090.67725  195.31581

=====================================================================
                        Summed Peaks Report
=====================================================================

Signal 1: FID1 A,
Signal 2: TCD2 B,
                          *** End of Report ***
"""
)
EXTERNAL = (
    HEAD
    + """                     External Standard Report
=====================================================================

Multiplier            :      1.0000
Dilution              :      2.0000

Signal 1: DAD1 A, Sig=254,4 Ref=360,100
Signal 2: DAD1 B, Sig=280,4 Ref=360,100

RetTime  Sig Type     Area     Amt/Area    Amount   Grp   Name
 [min]               [mAU*s]              [mg/L]
-------|--|------|----------|----------|----------|--|------------------
  3.120 1  BB      120.50000 2.00000e-1   24.10000    Carbendazim
  3.120 2  BB       60.25000 2.00000e-1   12.05000    Carbendazim
  4.500 1              -          -          -        Thiabendazole
  5.100 1  BV       10.00000 1.00000e-1    1.00000    2-(4-Thiazolyl)-be
                                                      nzimidazole
Totals :                                  37.15000
"""
)


def test_an_area_percent_report_calls_its_peaks_by_their_time() -> None:
    batch = text(PERCENT)

    assert [message.code for message in batch.messages] == ["chemstation.no_names"]
    (one,) = batch.injections
    assert [(t.compound, t.figures[Figure.AREA].number, t.manually_integrated) for t in one.traces] == [
        ("2.828 min (FID1 A)", Decimal("1.95364e4"), False),
        ("4.059 min (FID1 A)", Decimal("92.94276"), True),
        ("2.832 min (TCD2 B)", Decimal("1090.67725"), False),
    ]
    assert one.traces[0].figures[Figure.HEIGHT].number == Decimal("3417.83057")
    assert ("area [%]", "99.52651") in [(heading, cell.raw.strip()) for heading, cell in one.traces[0].others]


def test_an_external_standard_report_tells_signals_apart_and_what_was_not_found() -> None:
    batch = text(EXTERNAL)

    (one,) = batch.injections
    assert [t.compound for t in one.traces] == [
        "Carbendazim (DAD1 A)",
        "Carbendazim (DAD1 B)",
        "Thiabendazole",
        "2-(4-Thiazolyl)-benzimidazole",
    ]
    first, _, absent, wrapped = one.traces
    assert (first.unit, first.figures[Figure.FINAL_CONCENTRATION].number) == ("mg/L", Decimal("24.1"))
    assert absent.figures[Figure.AREA].status is CellStatus.NOT_FOUND
    assert Figure.RETENTION_TIME not in absent.figures
    assert absent.figures[Figure.EXPECTED_RETENTION_TIME].number == Decimal("4.500")
    assert wrapped.figures[Figure.AREA].number == Decimal(10)
    assert "row.continued" in codes(batch)
    assert one.dilution is not None
    assert one.dilution.number == Decimal(2)
    assert [c.transition for c in batch.compounds][:2] == [
        "DAD1 A, Sig=254,4 Ref=360,100",
        "DAD1 B, Sig=280,4 Ref=360,100",
    ]


def test_many_reports_in_one_file_and_a_table_over_two_pages() -> None:
    second = EXTERNAL.replace("H-0001.D", "H-0002.D").replace("S-1", "S-2").replace("24.10000", "25.10000")
    page = "\n\fData File C:\\CHEM32\\1\\DATA\\07-24 21-36-55\\H-0001.D\nSample Name: S-1\n\n"
    paged = EXTERNAL.replace("  4.500 1", page + "  4.500 1")

    batch = text(paged + second)

    assert [(i.name, len(i.traces)) for i in batch.injections] == [("S-1", 4), ("S-2", 4)]
    assert batch.messages == ()
    other = text(EXTERNAL + EXTERNAL.replace("24.10000", "25.10000"))
    assert codes(other).count("row.trace_disputed") == 2


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("120.50000", "1120.500000", "row.beyond_column"),
        ("120.50000", "120,50000", "cell.number_unreadable"),
        ("120.50000", "12o.50000", "cell.number_unreadable"),
        ("7/24/2023", "24/7/2023", "cell.date_unreadable"),
    ],
)
def test_a_peak_that_cannot_be_read_is_refused(old: str, new: str, code: str) -> None:
    batch = text(EXTERNAL.replace(old, new.rjust(len(old)), 1))

    assert code in codes(batch)


def test_a_report_without_peaks() -> None:
    empty = text(HEAD + "                    Area Percent Report\n\nNo peaks found\n")
    assert [(i.name, i.traces) for i in empty.injections] == [("S-1", ())]
    with pytest.raises(BadInput) as refused:
        read_file(HEAD.encode(), MONTH_FIRST, chemstation_report.READER.name)
    assert refused.value.reasons[0].code == "chemstation.no_table"


@settings(max_examples=60)
@given(st.integers(1, len(EXTERNAL) - 1), st.sampled_from([EXTERNAL, PERCENT]))
def test_a_table_cut_off_anywhere_never_gives_another_number(end: int, report: str) -> None:
    cut = read_or_refused(report[:end].encode(), MONTH_FIRST, chemstation_report.READER)

    if cut is not None and report is PERCENT:
        assert numbers(cut).items() <= numbers(text(report)).items()
    else:  # names may be told apart by their signal, or not yet
        areas = {number for key, number in numbers(text(report)).items() if key[3] == "area"}
        found = set() if cut is None else {number for key, number in numbers(cut).items() if key[3] == "area"}
        assert found <= areas


# ── Result.xml ───────────────────────────────────────────────────────────────────────────────────────

XML = """<?xml version="1.0" encoding="utf-16"?>
<ChemStationResult>
<SampleInfo><SampleName>黄瓜-1</SampleName><DataFileName>D:\\data\\001.D</DataFileName>
<InjectionDateTime>2024-05-13 10:11:12</InjectionDateTime><Dilution>2</Dilution></SampleInfo>
<Chromatograms><Signal><Description>FID1 A, Front Signal</Description><YUnits>pA</YUnits>
<IntegrationResults><RetTime>3.167537</RetTime><Area>685.784119</Area><Height>260.6</Height></IntegrationResults>
<IntegrationResults><RetTime>4.2</RetTime><Area>10</Area></IntegrationResults>
</Signal></Chromatograms>
<Results><ResultsGroup>
<Peak><CompoundID>5</CompoundID><SignalDesc>FID1 A, Front Signal</SignalDesc><PeakType>MV E</PeakType>
<MeasRetTime Unit="min">3.1675370</MeasRetTime><Name>Dichlorvos</Name><Amount Unit="mg/L">0.9046673158</Amount></Peak>
<Peak><CompoundID>6</CompoundID><SignalDesc>FID1 A, Front Signal</SignalDesc><PeakType></PeakType>
<MeasRetTime Unit="min">0</MeasRetTime>
<ExpRetTime Unit="min">5.1</ExpRetTime><Name>Diazinon</Name><Amount>0</Amount></Peak>
</ResultsGroup></Results>
</ChemStationResult>
"""


ENTITY = '<!DOCTYPE a [<!ENTITY b "c">]>'


def test_a_result_is_read_with_the_area_of_its_integrated_peak() -> None:
    batch = read_file(XML.encode("utf-16"), MONTH_FIRST)

    assert (batch.reader, [line.row for line in batch.lines]) == ("chemstation-xml", [6, 7, 10, 12])
    assert accounted(batch).endswith("0 refused + 0 ignored = 4 rows")
    (one,) = batch.injections
    assert (one.name, one.data_file, one.dilution and one.dilution.number) == ("黄瓜-1", "001.D", Decimal(2))
    assert one.acquired_at == datetime(2024, 5, 13, 10, 11, 12, tzinfo=CHINA)
    trace = one.quantifier("Dichlorvos")
    assert trace is not None
    assert (trace.unit, trace.manually_integrated) == ("mg/L", True)
    area, amount = trace.figures[Figure.AREA], trace.figures[Figure.FINAL_CONCENTRATION]
    assert (area.number, area.row, area.column) == (Decimal("685.784119"), 6, 2)
    assert (amount.number, amount.row, amount.column) == (Decimal("0.9046673158"), 10, 6)
    absent = one.quantifier("Diazinon")
    assert absent is not None
    assert not absent.found()
    assert [t.compound for t in one.traces] == ["4.2 min (FID1 A)", "Dichlorvos", "Diazinon"]


def test_a_result_in_one_line_and_in_other_encodings_gives_the_same_numbers() -> None:
    whole = numbers(read_file(XML.encode("utf-16"), MONTH_FIRST))

    flat = read_file(XML.replace("\n", "").encode(), MONTH_FIRST)
    assert (numbers(flat), [line.row for line in flat.lines]) == (whole, [1, 2, 3, 4])
    assert [message.code for message in flat.messages] == ["xml.numbered"]
    assert numbers(read_file(XML.replace("utf-16", "gb18030").encode("gb18030"), CHINESE)) == whole
    assert numbers(read_file(XML.encode(), replace(MONTH_FIRST, decimal_mark=DecimalMark.COMMA))).keys() <= whole.keys()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda xml: xml[:900], "xml.damaged"),
        (lambda xml: xml.replace("<ChemStationResult>", f"{ENTITY}<ChemStationResult>"), "xml.forbidden"),
        (lambda xml: xml.replace("ChemStationResult", "ACAML"), "chemstation.not_a_result"),
        (lambda xml: xml.replace("SampleName", "X").replace("DataFileName", "X"), "chemstation.no_sample"),
        (lambda xml: xml.replace("IntegrationResults", "X").replace("Peak", "X"), "chemstation.no_peaks"),
    ],
)  # fmt: skip
def test_another_or_a_damaged_document_is_refused(change: Callable[[str], str], code: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_file(change(XML).encode(), MONTH_FIRST, chemstation_xml.READER.name)

    assert refused.value.reasons[0].code == code


def test_a_peak_without_its_area_is_refused() -> None:
    batch = read_file(XML.replace("3.167537<", "3.2<").encode(), MONTH_FIRST)

    assert codes(batch) == ["chemstation.peak_unmatched"]


@settings(max_examples=40)
@given(st.integers(1, len(XML) - 1))
def test_a_result_cut_off_anywhere_is_refused(end: int) -> None:
    cut = read_or_refused(XML[:end].encode(), MONTH_FIRST, chemstation_xml.READER)

    assert_nothing_changed_in_silence(cut, numbers(read_file(XML.encode(), MONTH_FIRST)))
