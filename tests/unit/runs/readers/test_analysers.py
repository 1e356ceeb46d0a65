"""Discrete analysers, FTIR and X-ray fluorescence: real exports are read whole, variants never say anything else.

The exports under samples/instruments are described, with their origin and licence, in SOURCES.md beside them.
"""

from datetime import datetime

import pytest

from lims.core.clock import CHINA
from lims.runs.cells import DateOrder, DecimalMark
from lims.runs.profile import ImportProfile, InjectionType, TextEncoding
from lims.runs.records import Figure
from tests.unit.runs.readers.exports import (
    codes,
    cut_off,
    injection,
    number,
    other,
    raw,
    read,
    recoded,
    refusal,
    sample,
    stated,
    trace,
)

PLAIN = ImportProfile("mg/L")
COMMA = ImportProfile("mg/L", decimal_mark=DecimalMark.COMMA)
CHINESE = ImportProfile("mg/L", encoding=TextEncoding.GB18030)
CHINESE_COMMA = ImportProfile("mg/L", decimal_mark=DecimalMark.COMMA, encoding=TextEncoding.GB18030)
MONTH_FIRST = ImportProfile("mg/L", date_order=DateOrder.MONTH_DAY_YEAR)

FIASTAR, AQ2, GALLERY, WINESCAN = "foss-fiastar", "seal-aq2", "thermo-gallery", "foss-winescan"
RIGAKU, BRUKER = "rigaku-xrf", "bruker-s8-tiger"
SULFITE = "agri_food_other/4357.csv"
ANIONS = "agri_food_other/13-12-12 ENVASS BH REST ANIONS.csv"
WINE_ACIDS = "agri_food_other/9861x_v4_01.tsv"
WINE = "agri_food_other/auto_qcsamples.csv"
ROCK = "agri_food_other/BOG.csv"
ELEMENTS = "agri_food_other/DU-0001.csv"


def test_fiastar_is_read_whole() -> None:
    batch = read(sample(SULFITE), PLAIN, FIASTAR)

    assert (len(batch.lines), len(batch.injections), [c.name for c in batch.compounds]) == (35, 17, ["F SO2", "T SO2"])
    first, last = injection(batch, "V15-024828"), batch.injections[-1]
    assert (first.type, first.vial, first.dilution and first.dilution.raw) == (InjectionType.SAMPLE, "1/1", "1.000")
    assert first.acquired_at == datetime(2015, 5, 14, 15, 46, 14, tzinfo=CHINA)
    assert number(first, "F SO2", Figure.FINAL_CONCENTRATION) == "17"
    assert number(first, "T SO2", Figure.FINAL_CONCENTRATION) == "110"
    assert (number(first, "F SO2", Figure.INTENSITY), raw(first, "F SO2", Figure.INTENSITY)) == ("154", "154")
    assert (last.name, number(last, "T SO2", Figure.FINAL_CONCENTRATION)) == ("kontrole", "96")


def test_seal_aq2_is_read_whole_and_a_second_result_is_a_second_injection() -> None:
    batch = read(sample(ANIONS), PLAIN, AQ2)

    assert (len(batch.lines), len(batch.injections), len(batch.compounds)) == (163, 48, 4)
    first, second = (one for one in batch.injections if one.name == "1ppm NH3")
    assert number(first, "Ammonia2", Figure.FINAL_CONCENTRATION) == "1.1797"
    assert number(second, "Ammonia2", Figure.FINAL_CONCENTRATION) == "1.2170"
    water = injection(batch, "W-B5")
    assert (number(water, "NO3", Figure.FINAL_CONCENTRATION), trace(water, "NO3").unit) == ("-0.222", "ppm")
    assert number(water, "Chloride", Figure.ABSORBANCE) == "0.292140"


def test_the_gallery_is_read_whole_with_its_flags() -> None:
    batch = read(sample(WINE_ACIDS), COMMA, GALLERY)

    assert (len(batch.lines), len(batch.injections), len(batch.compounds)) == (55, 44, 2)
    red = injection(batch, "rooi QC")
    assert (red.acquired_at, red.messages) == (datetime(2012, 11, 15, 12, 42, 1, tzinfo=CHINA), ("19,30,", "R"))
    assert number(red, "D Lac BBK", Figure.FINAL_CONCENTRATION) == "327.847"
    assert (trace(red, "D Lac BBK").unit, other(red, "D Lac BBK", "Status")) == ("mg/l", "AR")
    last = batch.injections[-1]
    assert (last.name, number(last, "D Lac BBK", Figure.FINAL_CONCENTRATION)) == ("28826", "218.0846")
    assert len(read(sample(WINE_ACIDS), PLAIN, GALLERY).injections) == 0  # a decimal comma the profile knows nothing of


def test_winescan_reads_means_only_where_there_is_nothing_else() -> None:
    batch = read(sample(WINE), PLAIN, WINESCAN)

    assert (len(batch.lines), len(batch.injections), len(batch.compounds)) == (14, 7, 12)
    assert batch.heading_rows == (1, 3, 5, 7, 9, 11, 13)
    first, last = batch.injections[0], batch.injections[-1]
    assert (first.name, number(first, "Ca", Figure.FINAL_CONCENTRATION)) == ("QC-001", "22.31")
    assert number(first, "LacticAcid", Figure.FINAL_CONCENTRATION) == "-0.36"
    assert (number(last, "Extract", Figure.FINAL_CONCENTRATION), last.quantifier("Ca")) == ("22.45", None)


#: Made after the columns of a FOSS WineScan FT 120.
FT120 = """Sample Id,Rep #,Product,ReducingSugar,pH,Ethanol,Date,Time,Remark,
Calibration,,,,,,,,,
菠萝酒,1,SFW_06_1,1.79,3.58,14.23,2/11/2005,13:33 PM,,
菠萝酒,2,SFW_06_1,1.77,3.58,14.24,2/11/2005,13:34 PM,,
菠萝酒,Mean,SFW_06_1,1.78,3.58,14.24,2/11/2005,13:34 PM,,
菠萝酒,Sd,SFW_06_1,0.015,0.001,0.004,2/11/2005,13:34 PM,,
"""


def test_means_beside_repeats_are_statistics() -> None:
    batch = read(FT120.encode(), MONTH_FIRST, WINESCAN)

    assert [number(one, "ReducingSugar", Figure.FINAL_CONCENTRATION) for one in batch.injections] == ["1.79", "1.77"]
    assert batch.injections[0].acquired_at == datetime(2005, 2, 11, 13, 33, tzinfo=CHINA)
    assert codes(batch) == {"row.heading": 1, "row.marker": 1, "row.statistics": 2}
    gb18030 = ImportProfile("mg/L", date_order=DateOrder.MONTH_DAY_YEAR, encoding=TextEncoding.GB18030)
    assert stated(read(FT120.encode("gb18030"), gb18030, WINESCAN)) == stated(batch)


def test_rigaku_is_read_whole_without_its_statistics() -> None:
    batch = read(sample(ROCK), PLAIN, RIGAKU)

    assert (len(batch.lines), len(batch.injections), len(batch.compounds)) == (13, 4, 35)
    assert codes(batch) == {"row.heading": 2, "row.statistics": 7}
    first, last = injection(batch, "BOG652"), injection(batch, "AMIS0299")
    assert first.acquired_at == datetime(2015, 3, 31, 14, 33, tzinfo=CHINA)
    assert (number(first, "Al2O3", Figure.FINAL_CONCENTRATION), trace(first, "Al2O3").unit) == ("19.847", "mass%")
    assert (number(first, "Pb", Figure.FINAL_CONCENTRATION), trace(first, "Pb").unit) == ("73", "ppm")
    assert number(last, "Bi", Figure.FINAL_CONCENTRATION) == "452"
    assert trace(last, "Bi").figures[Figure.FINAL_CONCENTRATION].address == "BU6"


def test_the_s8_tiger_is_named_by_its_file_and_its_units_are_glued_to_the_numbers() -> None:
    batch = read(sample(ELEMENTS), PLAIN, BRUKER, "C:\\results\\DU-0001.csv")

    assert (len(batch.lines), len(batch.injections), len(batch.compounds)) == (15, 1, 14)
    (rock,) = batch.injections
    assert (rock.name, batch.compounds[2].transition) == ("DU-0001", "Si KA1-HR-Tr")
    assert (number(rock, "Ag 107", Figure.FINAL_CONCENTRATION), trace(rock, "Ag 107").unit) == ("111.8", "%")
    assert (number(rock, "Tb4O7", Figure.FINAL_CONCENTRATION), trace(rock, "Tb4O7").unit) == ("231", "PPM")
    assert raw(rock, "SiO2", Figure.FINAL_CONCENTRATION) == "28.8 % -"
    assert number(rock, "TiO2", Figure.FINAL_CONCENTRATION) == "0.27"
    assert number(rock, "Cl", Figure.FINAL_CONCENTRATION) == "not_detected"
    assert number(rock, "Cl", Figure.INTENSITY) == "0.1304"
    assert refusal(sample(ELEMENTS), PLAIN, BRUKER) == "s8_tiger.no_sample"


CASES = [
    (FIASTAR, SULFITE, PLAIN, "V15-024828", 1),
    (AQ2, ANIONS, PLAIN, "W-B5", 1),
    (GALLERY, WINE_ACIDS, COMMA, "28826", 11),
    (RIGAKU, ROCK, PLAIN, "BOG652", 2),
    (BRUKER, ELEMENTS, PLAIN, "", 1),
]


@pytest.mark.parametrize(("reader", "name", "profile", "sample_name", "heads"), CASES)
def test_variants_say_the_same(reader: str, name: str, profile: ImportProfile, sample_name: str, heads: int) -> None:
    content = sample(name)
    whole = stated(read(content, profile, reader, "S-1.csv"))
    lines = content.splitlines(keepends=True)

    assert stated(read(recoded(content, "utf-16"), profile, reader, "S-1.csv")) == whole
    repeated = [*lines[: heads + 1], lines[heads], *lines[heads + 1 :]]
    assert stated(read(b"".join(repeated), profile, reader, "S-1.csv")) == whole
    if reader != RIGAKU:  # its statistics stand at the end
        turned = [*lines[:heads], *reversed(lines[heads:])]
        assert stated(read(b"".join(turned), profile, reader, "S-1.csv")) == whole
    if sample_name:
        chinese = content.replace(sample_name.encode(), "菠菜".encode("gb18030"))
        gb18030 = CHINESE_COMMA if profile is COMMA else CHINESE
        assert (
            injection(read(chinese, gb18030, reader), "菠菜").row
            == injection(read(content, profile, reader), sample_name).row
        )
    short = b"".join(lines[: heads + 3])
    cut_off(short, profile, reader, range(0, len(short), 7), "S-1.csv")


def test_numbers_that_disagree_are_refused() -> None:
    text = sample(SULFITE).decode()
    line = text.splitlines(keepends=True)[1]

    batch = read((text + line.replace("    154", "    155")).encode(), PLAIN, FIASTAR)

    assert codes(batch)["row.trace_disputed"] == 2


@pytest.mark.parametrize(
    ("reader", "code"),
    [
        (FIASTAR, "analyser.no_headings"),
        (AQ2, "analyser.no_headings"),
        (GALLERY, "analyser.no_headings"),
        (WINESCAN, "winescan.no_headings"),
        (RIGAKU, "rigaku.no_headings"),
        (BRUKER, "s8_tiger.no_sample"),
    ],
)
def test_what_has_no_headings_is_refused(reader: str, code: str) -> None:
    assert refusal(b"S-1,0.1\nS-2,0.2\n", PLAIN, reader, "a.csv") == code
