"""TargetLynx: its summaries as text, and its data set as XML."""

from datetime import datetime
from decimal import Decimal

import pytest

from lims.core.clock import CHINA
from lims.core.errors import BadInput
from lims.runs.accounting import Disposition
from lims.runs.cells import CellStatus, DateOrder
from lims.runs.profile import ImportProfile, InjectionType, TextEncoding
from lims.runs.readers.registry import read as read_file
from lims.runs.records import Batch, Figure
from tests.unit.runs.readers.remade import codes, content, counts, injection, number, status

D = Decimal

WESTERN = ImportProfile("ng/mL", encoding=TextEncoding.WESTERN_EUROPEAN, date_order=DateOrder.DAY_MONTH_YEAR)
PLATE = "waters_targetlynx/plate_1_export.txt"
FEW_COLUMNS = "waters_targetlynx/070120_Saturation_CQA.txt"
ALL_COLUMNS = "waters_targetlynx/SortieMassLynxCompoundToutesColonnes.txt"
XML = "waters_targetlynx/quandata.xml"


def read(text: str | bytes, profile: ImportProfile = WESTERN) -> Batch:
    return read_file(text if isinstance(text, bytes) else text.encode(), profile)


@pytest.mark.parametrize(
    ("name", "records", "injections", "compounds"),
    [(PLATE, 4016, 114, 34), (FEW_COLUMNS, 36, 4, 4), (ALL_COLUMNS, 36, 4, 4), (XML, 7, 1, 6)],
)
def test_a_real_export_is_read_whole(name: str, records: int, injections: int, compounds: int) -> None:
    batch = read(content(name))

    assert (len(batch.lines), len(batch.injections), len(batch.compounds)) == (records, injections, compounds)
    counted = counts(batch, WESTERN)
    assert counted[Disposition.REFUSED] == 0
    assert counted[Disposition.READ] == injections * compounds
    assert batch.messages == ()


def test_a_compound_summary_gives_each_injection_its_compounds() -> None:
    batch = read(content(PLATE))

    standard = injection(batch, "covid_cambridge_MS_TRYPTOPHAN_PAT01_PLASMA1B_250820_Cal 8_4")
    assert (standard.type, standard.row, len(standard.traces)) == (InjectionType.STANDARD, 8, 34)
    assert number(standard, "tryptophan", Figure.AREA) == D("8524.595")
    assert number(standard, "tryptophan", Figure.INTERNAL_STANDARD_RESPONSE) == D("38612.988")
    assert number(standard, "tryptophan", Figure.FINAL_CONCENTRATION) == D("209.610")
    assert number(standard, "tryptophan", Figure.NOMINAL_CONCENTRATION) == D("200.000")
    assert number(standard, "SIL tryptophan D5", Figure.AREA) == D("38612.988")
    control = injection(batch, "covid_cambridge_MS_TRYPTOPHAN_PAT01_PLASMA1B_250820_QC 5_35")
    assert control.type is InjectionType.QUALITY_CONTROL
    assert number(control, "tryptophan", Figure.AREA) == D("35968.707")
    traces = [trace for one in batch.injections for trace in one.traces]
    assert sum(trace.manually_integrated is True for trace in traces) == 227
    assert sum(trace.is_excluded is True for trace in traces) == 14
    excluded = injection(batch, "covid_cambridge_MS_TRYPTOPHAN_PAT01_PLASMA1B_250820_Cal 8_110")
    kynurenine = excluded.quantifier("kynurenine")
    assert kynurenine is not None
    assert (kynurenine.is_excluded, kynurenine.manually_integrated) == (True, False)
    assert ("Primary Flags", "bbX") in [(heading, cell.raw) for heading, cell in kynurenine.others]


def test_names_with_commas_and_the_micro_sign_are_kept_and_months_by_name_are_dates() -> None:
    batch = read(content(ALL_COLUMNS))

    assert [one.name for one in batch.injections] == [
        "070120_CQA_500µgmL",
        "070120_CQA_1000µgmL",
        "070120_CQA_22,18µgmL",
        "070120_CQA_250µgmL",
    ]
    low = injection(batch, "070120_CQA_22,18µgmL")
    assert low.acquired_at == datetime(2020, 1, 7, 15, 5, 51, tzinfo=CHINA)
    assert (low.vial, low.vendor_type) == ("1:A,3", "Analyte")
    assert number(low, "CQA1", Figure.AREA) == D("3749.195")
    assert number(low, "CQA1", Figure.HEIGHT) == 83267
    assert number(low, "CQA1", Figure.EXPECTED_RETENTION_TIME) == D("3.42")
    assert number(low, "CQA1", Figure.SIGNAL_TO_NOISE) == D("31741.340")
    assert batch.compounds[0].transition == "280"
    assert batch.ambiguous_dates == ()


def test_a_peak_that_was_not_found_is_empty() -> None:
    batch = read(content(FEW_COLUMNS))

    low = injection(batch, "070120_CQA_22,18µgmL")
    assert status(low, "CAT_MS", Figure.AREA) is CellStatus.EMPTY
    trace = low.quantifier("CAT_MS")
    assert trace is not None
    assert not trace.found()
    assert trace.manually_integrated is None
    last = injection(batch, "070120_CQA_1000µgmL").quantifier("CQA1")
    assert last is not None
    assert (last.manually_integrated, last.figures[Figure.AREA].number) == (True, D("207796.375"))


def test_the_encoding_of_the_instruments_computer_must_be_told() -> None:
    with pytest.raises(BadInput) as refused:
        read(content(FEW_COLUMNS), ImportProfile("ng/mL"))

    assert refused.value.reasons[0].code == "file.encoding_unknown"


TITLE = "Quantify Compound Summary Report \n\nPrinted Tue Jan 07 17:28:50 2020\n\n"
HEADINGS = "\tName\tType\tRT\tArea\tStd. Conc\tng/mL\t1º Area\t1º Det. Flags\tPrimary Flags\n"
ROW = "1\tS-1\tAnalyte\t3.2\t100\t\t5.1\t40\tMM\tbb\n"


def test_a_concentration_may_be_called_by_its_unit_and_ions_have_columns() -> None:
    batch = read(f'{TITLE}"Compound 1:  2,4-D"\t\t\n\n{HEADINGS}{ROW}\n')

    trace = batch.injections[0].quantifier("2,4-D")
    assert trace is not None
    assert (trace.unit, trace.figures[Figure.FINAL_CONCENTRATION].number) == ("ng/mL", D("5.1"))
    (ion,) = batch.injections[0].qualifiers("2,4-D")
    assert (ion.label, ion.figures[Figure.AREA].number, ion.manually_integrated) == ("1º", D(40), True)
    assert batch.compounds[0].qualifiers == ("1º",)


def test_a_sample_summary_has_the_compounds_in_its_rows() -> None:
    title = TITLE.replace("Compound", "Sample")
    sample = (
        "Sample Name: S-1   Sample ID: B 17\n\n\tName\tType\tRT\tArea\n1\tCAT\tAnalyte\t3.2\t100\n2\tEC\tAnalyte\t\t\n"
    )

    batch = read(f"{title}{sample}\n{title}{sample.replace('S-1', '韭菜-2').replace('100', '7.5')}\n")

    assert [one.name for one in batch.injections] == ["S-1", "韭菜-2"]
    assert number(batch.injections[1], "CAT", Figure.AREA) == D("7.5")
    assert batch.injections[0].messages == ("B 17",)
    assert [one.name for one in batch.compounds] == ["CAT", "EC"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{TITLE}{HEADINGS}{ROW}", ["row.outside_blocks"]),
        (f"{TITLE}Compound 1:  A\n{ROW}", ["targetlynx.no_headings"]),
        (f"{TITLE}Compound 1:  A\n{HEADINGS}{ROW.rstrip()}", ["row.no_line_end"]),
        (f"{TITLE}Compound 1:  A\n{HEADINGS}{ROW[:-12]}", ["row.too_short"]),
        (f"{TITLE}Compound 1:  A\n{HEADINGS}{ROW.replace('100', '1 00')}", ["cell.number_unreadable"]),
        (f"{TITLE}Compound 1:  A\n{HEADINGS}{ROW.replace('100', '1e400')}", ["cell.number_unreadable"]),
        (f"{TITLE}Compound 1:  A\n{HEADINGS}{ROW}{ROW.replace('100', '101')}", ["row.trace_disputed"]),
        (f"{TITLE}Compound 1:  A\n{HEADINGS}{ROW.replace('S-1', 'Average')}{ROW}", ["row.statistics"]),
    ],
)
def test_every_row_says_what_became_of_it(text: str, expected: list[str]) -> None:
    batch = read(text)

    told = [code for code in codes(batch) if code not in ("row.about", "row.blank", "row.heading")]
    assert set(told) <= set(expected)
    assert told


def test_compounds_with_fewer_rows_than_others_are_named() -> None:
    two = f"Compound 1:  A\n{HEADINGS}{ROW}{ROW.replace('S-1', 'S-2')}\nCompound 2:  B\n{HEADINGS}{ROW}"

    assert [one.code for one in read(TITLE + two).messages] == ["batch.rows_missing"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (TITLE, "targetlynx.no_summary"),
        ("Quantify Calibration Report\n\nCompound 1:  A\n", "targetlynx.no_summary"),
        (f"{TITLE}Compound 1:  A\n\tName\tArea\tArea\n1\tS\t2\t3\n", "table.column_twice"),
    ],
)
def test_a_report_without_results_is_refused(text: str, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        read(text)

    assert refused.value.reasons[0].code == code


# ── XML ──────────────────────────────────────────────────────────────────────────────────────────────


def test_the_data_set_gives_what_the_report_leaves_out() -> None:
    batch = read(content(XML))

    (one,) = batch.injections
    assert (one.name, one.vial, one.type) == ("130522_Std290920_96_Inj01", "1:A,2", InjectionType.SAMPLE)
    assert one.acquired_at == datetime(2022, 5, 13, 10, 38, 48, tzinfo=CHINA)
    assert one.dilution is None
    assert number(one, "CAT", Figure.AREA) == D("1728.543")
    assert number(one, "CAT", Figure.HEIGHT) == 29605
    assert number(one, "PLZ_MS", Figure.RETENTION_TIME) == D("16.5939006805")
    assert number(one, "PLZ_MS", Figure.AREA) == D("979674.938")
    assert status(one, "CAT", Figure.FINAL_CONCENTRATION) is CellStatus.NOT_APPLICABLE
    assert status(one, "CAT", Figure.NOMINAL_CONCENTRATION) is CellStatus.NOT_APPLICABLE
    assert [trace.manually_integrated for trace in one.traces] == [True, False, False, True, True, True]
    assert batch.compounds[5].transition == "435.2"
    cell = one.traces[0].figures[Figure.AREA]
    assert batch.lines[0].content[cell.column - 1] == "PEAK area"
    assert batch.lines[cell.row - 1].content[cell.column - 1] == cell.raw


def data_set(compounds: str, curves: str = "", count: int = 1) -> str:
    return (
        f'<?xml version="1.0"?><QUANDATASET><GROUPDATA count="1"><GROUP id="1"><SAMPLELISTDATA count="{count}">'
        '<SAMPLE id="1" name="韭菜-1" createdate="13-May-22" createtime="10:00:00" type="Standard" dilutionfac="2.0">'
        f"{compounds}</SAMPLE></SAMPLELISTDATA><CALIBRATIONDATA>{curves}</CALIBRATIONDATA></GROUP></GROUPDATA>"
        "</QUANDATASET>"
    )


PEAK = (
    '<PEAK foundrt="4.2" area="100.5" analconc="9.9" pkflags="bbX"><CONFIRMATIONIONPEAK1 foundrt="4.2" area="50"/>'
    '<ISPEAK area="1000"/></PEAK>'
)
COMPOUND = f'<COMPOUND id="1" name="A" stdconc="10.0">{PEAK}<METHOD quantrace="123 > 45"/></COMPOUND>'
CURVE = (
    '<COMPOUND id="1" name="A"><RESPONSE type="Internal Std"/><CURVE type="Linear" origin="Exclude" weighting="1/x">'
    '<CALIBRATIONCURVE curve="0.5 * x + 0.1"/><DETERMINATION rsquared="0.9991"/></CURVE></COMPOUND>'
)


def test_confirmation_ions_internal_standards_and_curves_are_read() -> None:
    batch = read(data_set(COMPOUND, CURVE))

    (one,) = batch.injections
    assert number(one, "A", Figure.INTERNAL_STANDARD_RESPONSE) == 1000
    assert number(one, "A", Figure.FINAL_CONCENTRATION) == D("9.9")
    assert one.dilution is not None
    assert one.dilution.number == 2
    assert [(ion.label, ion.figures[Figure.AREA].number) for ion in one.qualifiers("A")] == [("1º", D(50))]
    assert one.traces[0].is_excluded
    (compound,) = batch.compounds
    assert compound.curve is not None
    assert (compound.transition, compound.curve.model, compound.curve.weighting) == ("123 > 45", "Linear", "1/x")
    assert (compound.curve.equation, compound.curve.coefficients) == ("0.5 * x + 0.1", (("r²", "0.9991"),))


def test_an_area_of_0_at_no_time_is_not_found() -> None:
    batch = read(data_set(COMPOUND.replace("100.5", "0.000").replace("4.2", "0.0000")))

    assert status(batch.injections[0], "A", Figure.AREA) is CellStatus.NOT_FOUND


@pytest.mark.parametrize(
    ("compounds", "expected"),
    [
        (COMPOUND + COMPOUND.replace("100.5", "7"), "row.trace_disputed"),
        (COMPOUND.replace(PEAK, PEAK * 2), "targetlynx.several_peaks"),
        (COMPOUND.replace('"100.5"', '"100,5"'), "cell.number_unreadable"),
        (COMPOUND.replace('name="A"', ""), "row.nameless"),
    ],
)
def test_a_compound_that_cannot_be_read_is_refused(compounds: str, expected: str) -> None:
    batch = read(data_set(compounds))

    assert expected in codes(batch)
    assert batch.injections == ()


def test_repeated_compounds_count_once_and_missing_samples_are_told() -> None:
    batch = read(data_set(COMPOUND * 2, count=3))

    assert [line.repeats for line in batch.lines] == [None, None, 2]
    assert [one.code for one in batch.messages] == ["targetlynx.samples_missing"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (data_set(COMPOUND)[:400], "targetlynx.xml_broken"),
        (data_set(""), "targetlynx.no_samples"),
        ("<?xml version='1.0'?><QUANDATASET/>", "targetlynx.no_samples"),
        (
            '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><QUANDATASET>&b;</QUANDATASET>',
            "targetlynx.xml_doctype",
        ),
    ],
)
def test_a_data_set_without_samples_or_with_entities_is_refused(text: str, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        read(text)

    assert refused.value.reasons[0].code == code


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_a_data_set_may_be_encoded_otherwise(encoding: str) -> None:
    profile = ImportProfile("ng/mL", encoding=TextEncoding.GB18030)
    text = data_set(COMPOUND).replace('"1.0"?', f'"1.0" encoding="{encoding.removesuffix("-sig")}"?', 1)

    batch = read(text.encode(encoding), profile)

    assert [one.name for one in batch.injections] == ["韭菜-1"]
