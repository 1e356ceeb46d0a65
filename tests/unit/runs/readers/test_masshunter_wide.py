"""The MassHunter batch table: real exports are read whole, and everything else is refused with its reason.

The exports under samples/instruments are described, with their origin and licence, in SOURCES.md beside them.
"""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from lims.core.clock import CHINA
from lims.core.errors import BadInput
from lims.runs.cells import CellStatus, DateOrder, DecimalMark
from lims.runs.profile import ImportProfile, InjectionType, NameRule
from lims.runs.readers.masshunter_wide import READER
from lims.runs.readers.registry import read as read_file
from lims.runs.records import Batch, Figure, TraceRole

FILES = Path(__file__).parents[4] / "../shared/samples/instruments/files/agilent_masshunter_quant"
MONTH_FIRST = ImportProfile("ng/mL", date_order=DateOrder.MONTH_DAY_YEAR)
GERMAN = ImportProfile("ng/mL", decimal_mark=DecimalMark.COMMA, date_order=DateOrder.DAY_MONTH_YEAR)
ROC = ImportProfile("ng/mL", date_order=DateOrder.ROC)

STEROIDS = "MH_ext_cal_quant_assay.csv"
MESSAGES = "12_Testdata_MHQuant_DefaultSampleInfo_RT-Areas-FWHM-withQuantMsg.csv"
METHOD_COLUMNS = "15_Testdata_MHQuant_Corrupt_ExtraTopLine.csv"
GERMAN_FILE = "17_Testdata_Lipidomics_GermanSystem.csv"
QUALIFIERS = "19_Testdata_MHQuant_MultipleQUAL_with_expectedRT.csv"
ROC_FILE = "S30.csv"
COMPOUND_TABLE = "13_Testdata_MHQuant_CompoundTable_DefaultSampleInfo_RT-Areas-FWHM.csv"


def read(name: str, profile: ImportProfile) -> Batch:
    if not FILES.is_dir():
        pytest.skip("the real exports are not beside this checkout")
    return read_file((FILES / name).read_bytes(), profile, READER.name)


def read_text(text: str, profile: ImportProfile = MONTH_FIRST) -> Batch:
    return read_file(text.encode(), profile, READER.name)


def codes(batch: Batch) -> list[str]:
    return [reason.code for line in batch.lines for reason in line.reasons]


@pytest.mark.parametrize(
    ("name", "profile", "records", "injections", "compounds"),
    [
        (STEROIDS, MONTH_FIRST, 27, 25, 3),
        (METHOD_COLUMNS, MONTH_FIRST, 67, 65, 8),
        (GERMAN_FILE, GERMAN, 12, 10, 292),
        (QUALIFIERS, MONTH_FIRST, 10, 8, 6),
        (ROC_FILE, ROC, 49, 47, 3),
    ],
)
def test_a_real_export_is_read_whole(
    name: str, profile: ImportProfile, records: int, injections: int, compounds: int
) -> None:
    batch = read(name, profile)

    assert (len(batch.lines), len(batch.injections), len(batch.compounds)) == (records, injections, compounds)
    assert not any(line.refused for line in batch.lines)
    assert batch.unread_columns == ()


def test_a_calibrant_carries_its_figures_with_their_place() -> None:
    batch = read(STEROIDS, MONTH_FIRST)

    standard = next(i for i in batch.injections if i.name == "Cal D")
    trace = standard.quantifier("Cortisol")
    assert trace is not None
    assert (standard.type, standard.level, standard.row) == (InjectionType.STANDARD, "D", 15)
    assert standard.acquired_at == datetime(2025, 1, 20, 19, 41, tzinfo=CHINA)
    area, final = trace.figures[Figure.AREA], trace.figures[Figure.FINAL_CONCENTRATION]
    assert (area.number, area.address) == (Decimal(3811893), "R15")
    assert (final.raw, final.number, final.address) == ("107.563", Decimal("107.563"), "Q15")
    assert trace.manually_integrated is False


def test_a_qualifier_belongs_to_the_compound_before_it() -> None:
    batch = read(QUALIFIERS, MONTH_FIRST)

    deuterated = next(c for c in batch.compounds if c.name == "Analyte 2 14:0 (d5)")
    assert deuterated.qualifiers == (
        "Qualifier (308.3 -> 229.2)",
        "Qualifier (290.2 -> 229.2)",
        "Qualifier (290.2 -> 290.2)",
    )
    injection = next(i for i in batch.injections if i.name == "TQC01")
    trace = injection.quantifier("Analyte 1 12:0")
    assert trace is not None
    assert trace.figures[Figure.EXPECTED_RETENTION_TIME].number == Decimal("7.2")
    assert trace.figures[Figure.RETENTION_TIME].number == Decimal("7.265")
    (qualifier,) = injection.qualifiers("Analyte 1 12:0")
    assert qualifier.role is TraceRole.QUALIFIER
    assert qualifier.figures[Figure.AREA].number == Decimal(92596)


def test_rows_that_hold_only_a_message_are_no_injections() -> None:
    batch = read(MESSAGES, MONTH_FIRST)

    only_messages = [line for line in batch.lines if [r.code for r in line.reasons] == ["row.message_only"]]
    assert len(only_messages) == 19
    assert only_messages[0].row == 3
    assert batch.injections[0].row == 5
    assert "S1P d20:1" in only_messages[0].reasons[0].text


def test_rows_shifted_by_the_message_before_them_are_refused_and_never_read_askew() -> None:
    batch = read(MESSAGES, MONTH_FIRST)

    shifted = [line.row for line in batch.lines if [r.code for r in line.reasons] == ["row.shifted"]]
    assert len(shifted) == 16
    assert shifted[0] == 4


def test_a_missing_peak_is_empty_and_never_zero() -> None:
    batch = read(METHOD_COLUMNS, MONTH_FIRST)

    areas = [(t.figures[Figure.AREA], t.found()) for i in batch.injections for t in i.traces]
    missing = [(area, found) for area, found in areas if not area.raw]
    assert len(missing) > 0
    assert all(area.status is CellStatus.EMPTY and area.number is None and not found for area, found in missing)


def test_an_area_written_as_zero_is_a_peak_not_found() -> None:
    blank = next(i for i in read(STEROIDS, MONTH_FIRST).injections if i.name == "SBLK1")

    assert [t.compound for t in blank.traces if t.role is TraceRole.QUANTIFIER and t.found()] == ["Corticosterone"]


def test_the_german_file_is_read_with_its_decimal_comma_and_refused_row_by_row_without() -> None:
    german, mistaken = read(GERMAN_FILE, GERMAN), read(GERMAN_FILE, MONTH_FIRST)

    first = german.injections[0].traces[0].figures[Figure.RETENTION_TIME]
    assert (first.raw, first.number) == ("9,754", Decimal("9.754"))
    refused = [line for line in mistaken.lines if line.refused]
    assert len(refused) == 10
    assert {r.code for r in refused[0].reasons} == {
        "cell.date_unreadable",
        "cell.number_unreadable",
        "row.more_faults",
    }
    assert (refused[0].reasons[1].where.row, refused[0].reasons[1].where.column) == (3, "H")


def test_dates_of_the_roc_calendar_are_read() -> None:
    assert read(ROC_FILE, ROC).injections[0].acquired_at == datetime(2023, 5, 13, 19, 50, tzinfo=CHINA)


def test_dates_whose_order_is_doubtful_are_shown() -> None:
    assert "3/8/23 19:39" in read(QUALIFIERS, MONTH_FIRST).ambiguous_dates
    assert read(ROC_FILE, ROC).ambiguous_dates == ()


@pytest.mark.parametrize("name", [COMPOUND_TABLE, "CompoundTableForm_Qualifier.csv", "quantitative.csv"])
def test_other_layouts_are_refused_by_name(name: str) -> None:
    with pytest.raises(BadInput) as refused:
        read(name, MONTH_FIRST)

    assert [r.code for r in refused.value.reasons] == ["masshunter.layout_not_supported"]


GROUPS = "Sample,,,,A Results,,B (ISTD) Results,"
NAMES = ",Name,Data File,Type,RT,Area,RT,Area"
ROW = ",S-1,S-1.d,Sample,3.1,100,4.2,5000"


def test_a_file_without_the_column_name_row_is_refused() -> None:
    with pytest.raises(BadInput) as refused:
        read_text(f"{GROUPS}\n{ROW}\n")

    assert refused.value.reasons[0].code == "masshunter.no_column_names"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a,b\n1,2\n", "masshunter.not_a_batch_table"),
        ("hello", "masshunter.not_a_batch_table"),
        ("Sample,,A Results,,B Results,A Results\n,Name,Area,RT,Area,Area\n", "masshunter.column_twice"),
        ("Sample,,A Results,\n,Name,Area,Area\n", "masshunter.column_twice"),
        ("Sample,,A Results,,A Results\n,Name,Area,RT,Area\n", "masshunter.column_twice"),
        ("Sample,A Results\nType,Area\n", "masshunter.no_column_names"),
        ("Batch,,A Results,B Results\nName,Data File,Area,Area\n", "masshunter.no_injection_names"),
        ("Sample,,,A Results\n,Name,Name,Area\n", "masshunter.column_twice"),
        (f'{GROUPS}\n{NAMES}\n,"S-1,S-1.d,Sample,3.1,100,4.2,5000', "file.not_a_table"),
    ],
)
def test_what_is_no_batch_table_is_refused(text: str, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_text(text)

    assert refused.value.reasons[0].code == code


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (ROW, []),
        ("", []),
        (",,,,,,,", ["row.blank"]),
        ("!,,,,,,,", ["row.message_only"]),
        (",S-1,S-1.d,Sample,3.1", ["row.too_short"]),
        (",S-1,S-1.d,Sample,3,1,100,4,2,5000", ["row.too_long"]),
        (",S-1,S-1.d,Sample,3.1,1 00,4.2,5000", ["cell.number_unreadable"]),
        (",,,Sample,3.1,100,4.2,5000", ["row.nameless"]),
        (",S-1,,Sample,3.1,100,4.2,5000", ["row.no_key"]),
        (",Average,,,3.1,100,4.2,5000", ["row.statistics"]),
        (",%RSD,,,3.1,100,4.2,5000", ["row.statistics"]),
    ],
)
def test_every_row_says_what_became_of_it(row: str, expected: list[str]) -> None:
    batch = read_text(f"{GROUPS}\n{NAMES}\n{row}\n")

    assert [r.code for r in batch.lines[2].reasons] == (expected if row else ["row.blank"])


def test_text_above_the_table_and_other_delimiters_do_not_hinder() -> None:
    text = f"Batch 2026-11\n\n{GROUPS}\n{NAMES}\n{ROW}\n".replace(",", "\t")

    batch = read_text(text)

    assert codes(batch) == ["row.above_table", "row.blank", "row.heading", "row.heading"]
    assert [i.row for i in batch.injections] == [5]


def test_the_data_file_gives_the_name_when_there_is_none() -> None:
    batch = read_text("Sample,,A Results\nData File,Type,Area\nD:\\runs\\S-7.d,Sample,5\n")

    assert [i.name for i in batch.injections] == ["S-7"]


def test_one_injection_with_two_contents_is_refused_on_both_rows() -> None:
    batch = read_text(f"{GROUPS}\n{NAMES}\n{ROW}\n{ROW.replace('100', '101')}\n")

    assert [(line.row, line.refused) for line in batch.lines] == [(1, False), (2, False), (3, True), (4, True)]


def test_names_with_commas_quotes_brackets_and_chinese_are_kept() -> None:
    name = '"2,4-滴 (""D"") [M-H]'

    batch = read_text(f'Sample,,{name} Results",{name}2 Results"\nName,Data File,Area,Area\nS,S.d,1,2\n')

    assert [c.name for c in batch.compounds] == ['2,4-滴 ("D") [M-H]', '2,4-滴 ("D") [M-H]2']


def test_internal_standards_are_told_by_name_or_by_profile() -> None:
    text = "Sample,,A Results,B (ISTD) Results,C Results\nName,Data File,Area,Area,Area\nS,S.d,1,2,3\n"

    batch = read_text(text, ImportProfile("ng/mL", internal_standards=frozenset({"c"})))

    assert [c.is_internal_standard for c in batch.compounds] == [False, True, True]


def test_a_name_rule_goes_before_the_vendors_type() -> None:
    profile = ImportProfile("ng/mL", name_rules=(NameRule("*blk*", InjectionType.BLANK),))

    batch = read_text(f"{GROUPS}\n{NAMES}\n{ROW.replace('S-1', 'SBLK-1')}\n", profile)

    assert [(i.vendor_type, i.type) for i in batch.injections] == [("Sample", InjectionType.BLANK)]
