"""Plate readers: matrices are found wherever they stand, wells are injections, and variants never say anything else.

The exports under samples/instruments are described, with their origin and licence, in SOURCES.md beside them.
"""

from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lims.core.clock import CHINA
from lims.runs.accounting import Disposition, account
from lims.runs.cells import DateOrder, DecimalMark
from lims.runs.profile import ImportProfile, InjectionType, TextEncoding
from lims.runs.readers.plates import label_parts, matrices_of
from lims.runs.reading import Row
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
    well,
)

MONTH_FIRST = ImportProfile("ng/mL", date_order=DateOrder.MONTH_DAY_YEAR)
DAY_FIRST = ImportProfile("ng/mL", date_order=DateOrder.DAY_MONTH_YEAR)
CHINESE = ImportProfile("ng/mL", date_order=DateOrder.MONTH_DAY_YEAR, encoding=TextEncoding.GB18030)
COMMA = ImportProfile("ng/mL", date_order=DateOrder.MONTH_DAY_YEAR, decimal_mark=DecimalMark.COMMA)

# ── matrices ─────────────────────────────────────────────────────────────────────────────────────────


def rows(text: str) -> list[Row]:
    return [Row(number, tuple(line.split(","))) for number, line in enumerate(text.split("\n"), start=1)]


@given(
    st.sampled_from([(12, 8), (24, 16)]),
    st.integers(min_value=0, max_value=4),
    st.integers(min_value=0, max_value=3),
    st.integers(min_value=0, max_value=2),
)
def test_a_matrix_is_found_wherever_it_stands(shape: tuple[int, int], above: int, left: int, right: int) -> None:
    columns, letters = shape
    margin, tail = "," * left, "," * right
    text = ["title"] * above + [f"{margin}corner,{','.join(str(n + 1) for n in range(columns))}{tail}"]
    text += [
        f"{margin}{chr(65 + row)},{','.join(f'{row}.{column:02}' for column in range(columns))}{tail}"
        for row in range(letters)
    ]

    (matrix,) = matrices_of(rows("\n".join(text)))

    assert (matrix.corner, matrix.is_complete, matrix.heading.number) == ("corner", True, above + 1)
    assert matrix.places == tuple(range(left + 2, left + 2 + columns))
    last = list(matrix.wells(matrix.lines[-1]))[-1]
    assert last == (f"{chr(64 + letters)}{columns}", left + 1 + columns, f"{letters - 1}.{columns - 1:02}")


@pytest.mark.parametrize(
    "text",
    [
        "1,2,3",
        ",1,2,3,4,5,6,7,8,9,10,11,12,13\nA,1",
        "x,y,1,2,3,4,5,6,7,8,9,10,11,12\nA",
        ",1,2,3,4,5,6,7,8,9,10,11,12\nQ,1",
    ],
)
def test_what_is_no_matrix_is_none(text: str) -> None:
    assert matrices_of(rows(text)) == ()


def test_kinds_and_numbers_of_labels() -> None:
    assert label_parts("STD1") == ("STD", "1")
    assert label_parts("SPL2:1") == ("SPL", "2")
    assert label_parts("Un0001") == ("Un", "1")
    assert label_parts("BLK") == ("BLK", "")
    assert label_parts("菠菜-1") == ("", "")


# ── Gen5 ─────────────────────────────────────────────────────────────────────────────────────────────

GEN5 = "gen5"
READ = "630nmAbsRead:630"
STANDARD_CURVE = "plate_readers/endpoint_stdcurve_singleplate.txt"


def test_gen5_is_read_whole_with_its_layout_and_its_curve() -> None:
    batch = read(sample(STANDARD_CURVE), MONTH_FIRST, GEN5)

    assert (len(batch.lines), len(batch.injections), len(batch.compounds)) == (78, 96, 1)
    assert batch.software == "Gen5 3.12.08"
    first, last = well(batch, "A1"), well(batch, "H12")
    assert (first.name, first.type, first.level) == ("STD1", InjectionType.STANDARD, "1")
    assert first.acquired_at == datetime(2022, 10, 10, 21, 0, 4, tzinfo=CHINA)
    assert number(first, READ, Figure.ABSORBANCE) == "3.337"
    assert number(first, READ, Figure.NOMINAL_CONCENTRATION) == "2000"
    assert number(first, READ, Figure.UNDILUTED_CONCENTRATION) == "1980.423"
    assert trace(first, READ).figures[Figure.ABSORBANCE].address == "B50"
    assert (last.name, number(last, READ, Figure.ABSORBANCE)) == ("SPL6:4", "0.194")
    assert other(last, READ, f"Blank {READ}") == "0.193"
    assert next(cell.raw for name, cell in last.others if name == "Conc/Dil") == "0.125"
    assert last.dilution is None  # a part, not a factor
    assert well(batch, "H1").type is InjectionType.BLANK
    curve = batch.compounds[0].curve
    assert curve is not None
    assert (curve.equation, dict(curve.coefficients)["B"]) == ("Y=A*X+B", "-0.000723")


def test_gen5_variants_say_the_same() -> None:
    content = sample(STANDARD_CURVE)
    whole = stated(read(content, MONTH_FIRST, GEN5))
    text = content.decode()

    assert stated(read(recoded(content, "utf-16"), MONTH_FIRST, GEN5)) == whole
    named = read(text.replace("SPL6:4", "菠菜").encode("gb18030"), CHINESE, GEN5)
    assert number(injection(named, "菠菜"), READ, Figure.ABSORBANCE) == "0.193"
    flagged = read(text.replace("\t3.394\t3.378\t1.998", "\tOVRFLW\t3.378\t1.998", 1).encode(), MONTH_FIRST, GEN5)
    assert number(well(flagged, "A2"), READ, Figure.ABSORBANCE) == "flagged"
    cut_off(content, MONTH_FIRST, GEN5, range(2000, len(content), 41))


def test_a_plate_that_ends_early_is_said_to() -> None:
    lines = sample(STANDARD_CURVE).splitlines(keepends=True)

    batch = read(b"".join(lines[:64]), MONTH_FIRST, GEN5)

    assert [(why.code, why.values["letter"]) for why in batch.messages] == [("plate.incomplete", "E")]
    assert refusal(b"".join(lines[:45]), MONTH_FIRST, GEN5) == "gen5.no_results"


def test_two_results_for_a_well_refuse_its_row_on_every_line() -> None:
    text = sample(STANDARD_CURVE).decode()
    results = text[text.index("Results\n") : text.index("StdCurve")]
    twice = text.replace(results, results + results.replace("\t3.337\t", "\t3.437\t"))

    batch = read(twice.encode(), MONTH_FIRST, GEN5)

    assert {line.row for line in batch.lines if line.refused} == {31, 32, 50, 51, 52, 77, 78, 79}
    assert len(batch.injections) == 84
    assert codes(batch)["row.figure_disputed"] == 8


def test_a_row_of_a_plate_is_read_with_the_reasons_of_the_wells_that_are_not() -> None:
    batch = read(sample(STANDARD_CURVE), MONTH_FIRST, GEN5)
    known = {one.name: one.name for one in batch.injections if one.name != "SPL3:1"}

    accounting = account(batch, MONTH_FIRST, lambda _: None, known)

    row = next(row for row in accounting.rows if row.row == 31)
    assert (row.disposition, row.injection) == (Disposition.READ, "STD1")
    assert {why.code for why in row.reasons} == {"row.type_unknown"}
    types = ImportProfile("ng/mL", date_order=DateOrder.MONTH_DAY_YEAR, type_mapping={"SPL": InjectionType.SAMPLE})
    mapped = account(read(sample(STANDARD_CURVE), types, GEN5), types, lambda _: None, known)
    row = next(row for row in mapped.rows if row.row == 31)
    assert (row.disposition, row.injection) == (Disposition.READ, "STD1, SPL1:1, SPL2:1")
    assert [(why.code, why.values["name"]) for why in row.reasons] == [("row.not_on_worksheet", "SPL3:1")]
    assert len(mapped.accepted) == 93
    assert "row.not_on_worksheet" in {why.code for why in mapped.open_reasons}


# ── SoftMax Pro ──────────────────────────────────────────────────────────────────────────────────────

SOFTMAX = "softmax-pro"
ELISA = "plate_readers/MD_SMP_absorbance_endpoint_example01.txt"


def test_softmax_is_read_whole_with_its_groups() -> None:
    batch = read(sample(ELISA), MONTH_FIRST, SOFTMAX)

    assert (len(batch.lines), len(batch.injections)) == (265, 192)
    assert [c.name for c in batch.compounds] == ["Absorbance 450"]
    standard, unknown = well(batch, "A1", "plate01"), well(batch, "H12", "plate02")
    assert (standard.name, standard.vendor_type) == ("01", "Standards")
    assert number(standard, "Absorbance 450", Figure.ABSORBANCE) == "3.41797666666667"
    assert number(standard, "Absorbance 450", Figure.NOMINAL_CONCENTRATION) == "320.000"
    assert number(standard, "Absorbance 450", Figure.UNDILUTED_CONCENTRATION) == "315.067"
    assert number(well(batch, "A3", "plate02"), "Absorbance 450", Figure.NOMINAL_CONCENTRATION) == "320.000"
    assert (unknown.name, trace(unknown, "Absorbance 450").unit) == ("24", "ng/mL")
    assert number(unknown, "Absorbance 450", Figure.UNDILUTED_CONCENTRATION) == "211.003"
    assert number(well(batch, "H1", "plate01"), "Absorbance 450", Figure.ABSORBANCE) == "0.0000766666666666667"


def test_softmax_variants_say_the_same() -> None:
    content = sample(ELISA)
    whole = stated(read(content, MONTH_FIRST, SOFTMAX))
    text = content.decode("utf-16")
    lines = text.splitlines(keepends=True)

    assert stated(read(text.encode(), MONTH_FIRST, SOFTMAX)) == whole
    named = read(text.replace("\n24\tH10", "\n菠菜\tH10").encode("gb18030", "replace"), CHINESE, SOFTMAX)
    assert number(injection(named, "菠菜"), "Absorbance 450", Figure.UNDILUTED_CONCENTRATION) == "266.437"
    repeated = "".join([*lines[:47], lines[46], *lines[47:]])
    assert stated(read(repeated.encode(), MONTH_FIRST, SOFTMAX)) == whole
    # Wells whose group is cut off keep their places for names and have no unit; the figures are the same.
    figures = {tuple(rest[:4]) for _, *rest in whole}
    for length in range(3000, len(text), 1701):
        part = read(text[:length].encode(), MONTH_FIRST, SOFTMAX)
        assert {tuple(rest[:4]) for _, *rest in stated(part)} <= figures
        assert "softmax.no_end" in {why.code for why in part.messages}


def test_softmax_without_end_or_of_another_kind() -> None:
    text = sample(ELISA).decode("utf-16")

    assert "softmax.no_end" in {why.code for why in read(text[:9000].encode(), MONTH_FIRST, SOFTMAX).messages}
    kinetic = text.replace("Endpoint", "Kinetic").encode()
    assert refusal(kinetic, MONTH_FIRST, SOFTMAX) == "softmax.layout_not_supported"


def test_the_name_of_a_sample_is_not_carried_past_a_damaged_row() -> None:
    lines = sample(ELISA).decode("utf-16").splitlines(keepends=True)
    assert lines[51].startswith("02\t")
    lines[51] = "02\t160.000\r\n"

    batch = read("".join(lines).encode(), MONTH_FIRST, SOFTMAX)

    assert [line.row for line in batch.lines if line.refused] == [52, 53, 54, 55, 56, 57]


# ── SkanIt, Multiskan ────────────────────────────────────────────────────────────────────────────────

SKANIT = "skanit"


def test_skanit_is_read_whole() -> None:
    batch = read(sample("plate_readers/skanit_different_plate_pattern.xlsx"), MONTH_FIRST, SKANIT)

    assert (len(batch.lines), len(batch.injections), len(batch.compounds)) == (771, 2, 5)
    blank, unknown = batch.injections
    assert (blank.name, blank.type, unknown.name) == ("Blank1", InjectionType.BLANK, "Un0001")
    assert unknown.acquired_at == datetime(2024, 5, 8, 15, 54, 50, tzinfo=CHINA)
    assert number(unknown, "Absorbance 280", Figure.ABSORBANCE) == "0.0582"
    assert other(unknown, "Absorbance 260", "Blank Subtraction 1 Blank subtracted") == "0.008116"
    concentration = trace(unknown, "Concentration mg/mL")
    assert (concentration.unit, number(unknown, "Concentration mg/mL", Figure.UNDILUTED_CONCENTRATION)) == (
        "mg/mL",
        "0.1946",
    )
    cell = concentration.figures[Figure.UNDILUTED_CONCENTRATION]
    assert batch.address(cell.row, cell.column) == "Concentration mg_mL_07!C76"
    assert other(unknown, "Purity (A260/A280)", "Purity (A260/A280) Value") == "0.5666"
    assert codes(batch)["plate.statistic"] == 48


def multiskan(decimal: str = ",") -> str:
    """After the description of a Multiskan: CR line ends, `;`, decimal comma, cells padded with blanks."""
    pad = " " * 80
    head = ";".join([f"{{}}{pad}", *(f"{n}{pad}" for n in range(1, 13))])
    names = [f"{letter}{pad};" + ";".join(f"菠菜-{letter}{n}{pad}" for n in range(1, 13)) for letter in "ABCDEFGH"]
    values = [
        f"{letter}{pad};" + ";".join(f"{row}{decimal}{n:03}{pad}" for n in range(1, 13))
        for row, letter in enumerate("ABCDEFGH")
    ]
    return "\r".join([head.format("Sample"), *names, "", head.format("Abs"), *values, ""])


def test_multiskan_with_carriage_returns_and_padding_is_read() -> None:
    batch = read(multiskan().encode(), COMMA, SKANIT)

    assert len(batch.injections) == 96
    last = injection(batch, "菠菜-H12")
    assert (last.vial, number(last, "Absorbance", Figure.ABSORBANCE), raw(last, "Absorbance", Figure.ABSORBANCE)) == (
        "H12",
        "7.012",
        "7,012",
    )
    gb18030 = ImportProfile("ng/mL", decimal_mark=DecimalMark.COMMA, encoding=TextEncoding.GB18030)
    assert stated(read(multiskan().encode("gb18030"), gb18030, SKANIT)) == stated(batch)
    assert stated(read(multiskan().replace("\r", "\r\n").encode("utf-16"), COMMA, SKANIT)) == stated(batch)
    assert stated(read(multiskan(".").encode(), MONTH_FIRST, SKANIT)) == stated(batch)


def test_multiskan_with_the_wrong_decimal_mark_is_refused_row_by_row() -> None:
    assert codes(read(multiskan().encode(), MONTH_FIRST, SKANIT))["cell.number_unreadable"] > 0
    assert len(read(multiskan().encode(), MONTH_FIRST, SKANIT).injections) == 0


@settings(max_examples=40, deadline=None)
@given(st.integers(min_value=8000, max_value=len(multiskan().encode())))
def test_multiskan_cut_off_anywhere_says_nothing_else(length: int) -> None:
    content = multiskan().replace(" " * 80, " ").encode()
    cut_off(content, COMMA, SKANIT, [length % len(content)])


def test_a_report_without_a_signal_is_refused() -> None:
    assert refusal(sample("plate_readers/SLA01P01_assay.xlsx"), MONTH_FIRST, SKANIT) == "skanit.no_signal"


# ── MARS, Kaleido ────────────────────────────────────────────────────────────────────────────────────

MARS, KALEIDO = "bmg-mars", "revvity-kaleido"
QC384 = "plate_readers/16-03-03 16-54-03 472 ABS 384 QC.csv"
ENDPOINT = "plate_readers/absorbance_endpoint_single_plate_example_01.csv"


def test_mars_is_read_whole_and_empty_wells_are_none() -> None:
    batch = read(sample(QC384), DAY_FIRST, MARS)

    assert (len(batch.lines), len(batch.injections)) == (25, 99)
    assert codes(batch)["plate.no_wells"] == 5
    assert number(well(batch, "C2"), "Raw Data (484)", Figure.ABSORBANCE) == "2.496"
    last = well(batch, "P24")
    assert (number(last, "Raw Data (484)", Figure.ABSORBANCE), last.name) == ("0.032", "P24")
    assert last.acquired_at == datetime(2016, 3, 3, 16, 54, 3, tzinfo=CHINA)
    assert trace(last, "Raw Data (484)").figures[Figure.ABSORBANCE].address == "Y25"


def test_several_plates_in_a_file_are_told_apart() -> None:
    text = sample(QC384).decode("latin-1")
    second = text.replace("Test run no.: 3", "Test run no.: 4").replace("C,2.368", "C,1.368")

    batch = read((text + second).encode(), DAY_FIRST, MARS)

    assert len(batch.injections) == 198
    assert number(well(batch, "C1", "4 "), "Raw Data (484)", Figure.ABSORBANCE) == "1.368"
    same = read((text + text).encode(), DAY_FIRST, MARS)
    assert stated(same) == stated(read(text.encode(), DAY_FIRST, MARS))


def test_mars_variants_and_a_date_in_another_order() -> None:
    content = sample(QC384)
    whole = stated(read(content, DAY_FIRST, MARS))

    assert stated(read(recoded(content, "utf-16", "latin-1"), DAY_FIRST, MARS)) == whole
    german = b"\n".join(
        line.replace(b",", b";").replace(b".", b",") if line[:1] in b"ABCDEFGHIJKLMNOP," else line.replace(b",", b";")
        for line in content.splitlines()
    )
    comma = ImportProfile("ng/mL", date_order=DateOrder.DAY_MONTH_YEAR, decimal_mark=DecimalMark.COMMA)
    assert stated(read(german + b"\n", comma, MARS)) == whole
    cut_off(content, DAY_FIRST, MARS, range(200, len(content), 17))
    assert refusal(content[:200], DAY_FIRST, MARS) == "plate.no_matrix"


def test_kaleido_is_read_whole() -> None:
    batch = read(sample(ENDPOINT), MONTH_FIRST, KALEIDO)

    assert (len(batch.lines), len(batch.injections)) == (90, 96)
    first = well(batch, "A1")
    assert first.acquired_at == datetime(2020, 10, 27, 4, 16, 18, 228455, tzinfo=CHINA)  # 16:16 at -04:00
    assert number(first, "ABS mono 1", Figure.ABSORBANCE) == "2.2075694995298862"
    assert number(well(batch, "H12"), "ABS mono 1", Figure.ABSORBANCE) == "0.043160960819347817"
    content = sample(ENDPOINT)
    assert stated(read(recoded(content, "utf-16"), MONTH_FIRST, KALEIDO)) == stated(batch)
    cut_off(content, MONTH_FIRST, KALEIDO, range(200, len(content), 29))


# ── Magellan, VISIONlite ─────────────────────────────────────────────────────────────────────────────

MAGELLAN, VISIONLITE = "tecan-magellan", "thermo-visionlite"
QUANTITIES = "plate_readers/Thermo_VISIONlite_example_quant.csv"


def test_magellan_is_read_whole() -> None:
    batch = read(sample("plate_readers/SLA01P01_assay.xlsx"), MONTH_FIRST, MAGELLAN)

    assert (len(batch.lines), len(batch.injections)) == (412, 384)
    assert [(c.name, c.transition) for c in batch.compounds] == [("Label1", "535 nm"), ("Label2", "700 nm")]
    last = well(batch, "P24")
    assert (number(last, "Label1", Figure.ABSORBANCE), number(last, "Label2", Figure.ABSORBANCE)) == (
        "0.1144",
        "0.0914",
    )
    assert last.acquired_at == datetime(2021, 7, 8, 15, 1, 21, tzinfo=CHINA)
    assert refusal(sample("agilent_masshunter_icpms/std.xlsx"), MONTH_FIRST, MAGELLAN) == "magellan.no_wells"


def test_visionlite_is_read_with_the_units_of_its_headings() -> None:
    content = sample(QUANTITIES)
    batch = read(content, MONTH_FIRST, VISIONLITE)

    assert (len(batch.lines), len(batch.injections)) == (3, 2)
    first = injection(batch, "x")
    assert number(first, "Concentration", Figure.ABSORBANCE) == "0.02505"
    assert number(first, "Concentration", Figure.FINAL_CONCENTRATION) == "2.23503296"
    assert (trace(first, "Concentration").unit, first.dilution and first.dilution.number) == ("mg/L", Decimal(1))
    assert stated(read(recoded(content, "utf-16"), MONTH_FIRST, VISIONLITE)) == stated(batch)
    chinese = content.decode().replace("x,", "菠菜,").encode("gb18030")
    assert (
        number(injection(read(chinese, CHINESE, VISIONLITE), "菠菜"), "Concentration", Figure.ABSORBANCE) == "0.02505"
    )
    german = content.replace(b",", b";").replace(b".", b",")
    assert stated(read(german, COMMA, VISIONLITE)) == stated(batch)
    cut_off(content, MONTH_FIRST, VISIONLITE, range(len(content)))
    assert refusal(b"x,1,0.02505\n", MONTH_FIRST, VISIONLITE) == "visionlite.no_headings"
