"""Thermo: TraceFinder's result tables, Xcalibur's Quan Browser workbook, Chromeleon's signal."""

import io
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import openpyxl
import pytest

from lims.core.clock import CHINA
from lims.core.errors import BadInput
from lims.runs.accounting import Disposition
from lims.runs.cells import CellStatus, DateOrder, DecimalMark
from lims.runs.opened import OpenedFile
from lims.runs.profile import ImportProfile, InjectionType
from lims.runs.readers import xcalibur_quan
from lims.runs.readers.registry import read as read_file
from lims.runs.records import Batch, Figure, TraceRole
from tests.unit.runs.readers.remade import codes, content, counts, figures, injection, number, status

D = Decimal

PROFILE = ImportProfile("ng/mL")
TRACES = "thermo_tracefinder/20240709_QE2_HILIC_BCSAOXCu_d6_q2d_{}.csv"
XCALIBUR = "thermo_xcalibur/resuts_inj1_Long.XLS"


def read(given: str | bytes, profile: ImportProfile = PROFILE) -> Batch:
    return read_file(given if isinstance(given, bytes) else given.encode(), profile)


# ── TraceFinder ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("compound", "found", "transition", "expected_time"),
    [
        ("Alpha-Ketoglutarate", 36, "145.0143", D("10.57")),
        ("arginine", 41, "175.119", D("14.23")),
        ("methionine", 36, "150.0583", D("6.52")),
    ],
)
def test_a_table_of_one_compound_is_read_whole(compound: str, found: int, transition: str, expected_time: D) -> None:
    batch = read(content(TRACES.format(compound)))

    assert (len(batch.lines), len(batch.injections)) == (43, 42)
    assert [(one.name, one.transition) for one in batch.compounds] == [(compound, transition)]
    counted = counts(batch, PROFILE)
    assert (counted[Disposition.READ], counted[Disposition.IGNORED]) == (42, 1)
    traces = [trace for one in batch.injections for trace in one.traces]
    assert sum(trace.found() for trace in traces) == found
    assert {trace.figures[Figure.EXPECTED_RETENTION_TIME].number for trace in traces} == {expected_time}


def test_figures_of_an_injection() -> None:
    batch = read(content(TRACES.format("arginine")))

    one = injection(batch, "20240709_QE2_HILIC_BCSCuAOXq2d_AYW1130")
    assert (one.type, one.row, one.order) == (InjectionType.SAMPLE, 2, 1)
    assert number(one, "arginine", Figure.AREA) == 1965311119
    assert number(one, "arginine", Figure.HEIGHT) == 82607001
    assert number(one, "arginine", Figure.RETENTION_TIME) == D("14.42")
    assert number(one, "arginine", Figure.SIGNAL_TO_NOISE) == D("26554.49")
    for figure in (Figure.INTERNAL_STANDARD_RATIO, Figure.INTERNAL_STANDARD_CONCENTRATION, Figure.FINAL_CONCENTRATION):
        assert status(one, "arginine", figure) is CellStatus.NOT_APPLICABLE
    assert (one.traces[0].is_excluded, one.traces[0].manually_integrated) == (False, False)
    assert ("Group", "1V") in [(heading, cell.raw) for heading, cell in one.traces[0].others]


def test_not_found_and_infinite_are_no_numbers() -> None:
    batch = read(content(TRACES.format("methionine")))

    blank = injection(batch, "20240709_QE2_HILIC_BCSCuAOXq2d_blank2_20240710235116")
    assert status(blank, "methionine", Figure.AREA) is CellStatus.NOT_FOUND
    assert status(batch.injections[0], "methionine", Figure.SIGNAL_TO_NOISE) is CellStatus.NOT_APPLICABLE


HEADINGS = (
    "Compound,RT,Type,Filename,Peak Label,Sample Type,Level,Sample Name,Area,Actual RT,Calculated Amt,Theoretical Amt,"
    "Response Ratio,ISTD Response,Excluded,Integration Mode,Final Units"
)
ROW = "A,4.1,Target Compound,F1,T1,Cal Std,3,S-1,100,4.2,9.8,10,0.5,200,True,Manual,ng/mL"


def test_a_batch_of_several_compounds_with_confirming_ions() -> None:
    rows = [
        ROW,
        ROW.replace("T1", "C1").replace(",100,", ",40,"),
        "IS,4.0,Internal Standard,F1,T1,Cal Std,3,S-1,200,4.0,N/A,N/A,N/A,N/A,False,Method,ng/mL",
    ]
    batch = read("\n".join([HEADINGS, *rows, ""]))

    (one,) = batch.injections
    assert (one.name, one.type, one.level) == ("S-1", InjectionType.STANDARD, "3")
    assert [(trace.compound, trace.role, trace.label) for trace in one.traces] == [
        ("A", TraceRole.QUANTIFIER, ""),
        ("A", TraceRole.QUALIFIER, "C1"),
        ("IS", TraceRole.QUANTIFIER, ""),
    ]
    assert (one.traces[0].is_excluded, one.traces[0].manually_integrated, one.traces[0].unit) == (True, True, "ng/mL")
    assert number(one, "A", Figure.INTERNAL_STANDARD_RATIO) == D("0.5")
    assert [(compound.is_internal_standard, compound.qualifiers) for compound in batch.compounds] == [
        (False, ("C1",)),
        (True, ()),
    ]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (ROW.removesuffix(",ng/mL"), "row.too_short"),
        (ROW + ",1", "row.too_long"),
        (ROW.replace(",100,", ",1 00,"), "cell.number_unreadable"),
        (ROW.replace("F1", ""), "row.nameless"),
        (ROW.replace("True", "perhaps"), "cell.flag_unreadable"),
    ],
)
def test_a_row_that_cannot_be_read_is_refused(row: str, expected: str) -> None:
    batch = read(f"{HEADINGS}\n{row}\n")

    assert [reason.code for reason in batch.lines[1].reasons] == [expected]
    assert batch.lines[1].refused


@pytest.mark.parametrize("text", [HEADINGS, HEADINGS + "\n", HEADINGS + "\n,,,,,,,,,,,,,,,,\n"])
def test_a_table_without_rows_is_refused(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        read(text)

    assert refused.value.reasons[0].code == "tracefinder.not_a_table"


# ── Xcalibur ─────────────────────────────────────────────────────────────────────────────────────────


def workbook(sheets: Sequence[tuple[str, Sequence[Sequence[object]]]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_the_workbook_gives_a_component_for_each_sheet() -> None:
    batch = read(content(XCALIBUR))

    (one,) = batch.injections
    assert [compound.name for compound in batch.compounds] == ["CAT", "CAT_MS", "EC", "EC_MS", "PLZ", "PLZ_MS"]
    assert one.data_file == "020622_Std_290920_106_inj1_220603204908"
    assert one.acquired_at == datetime(2022, 6, 3, 20, 49, 8, tzinfo=CHINA)
    assert (one.vial, one.type) == ("B:2", InjectionType.SAMPLE)
    assert number(one, "CAT", Figure.AREA) == D("757255.68677067")
    assert number(one, "EC", Figure.RETENTION_TIME) == 26
    assert number(one, "PLZ", Figure.HEIGHT) == D("356815.548466066")
    assert status(one, "CAT_MS", Figure.AREA) is CellStatus.NOT_FOUND
    assert status(one, "PLZ", Figure.SIGNAL_TO_NOISE) is CellStatus.NOT_APPLICABLE
    cell = one.traces[4].figures[Figure.AREA]
    assert batch.address(cell.row, cell.column) == "PLZ!O6"
    assert ("Peak Status", "Response Low") in [(heading, cell.raw) for heading, cell in one.traces[0].others]
    counted = counts(batch, PROFILE)
    assert (counted[Disposition.READ], counted[Disposition.REFUSED]) == (6, 0)
    assert len(batch.lines) == 287


def test_numbers_of_a_workbook_do_not_depend_on_the_decimal_mark_of_text_files() -> None:
    comma = ImportProfile("ng/mL", decimal_mark=DecimalMark.COMMA, date_order=DateOrder.DAY_MONTH_YEAR)

    assert figures(read(content(XCALIBUR), comma)) == figures(read(content(XCALIBUR)))


def test_an_unrelated_workbook_is_refused() -> None:
    unrelated = content("thermo_xcalibur/bad_file_xls.xls")

    with pytest.raises(BadInput) as unknown:
        read(unrelated)
    with pytest.raises(BadInput) as named:
        read_file(unrelated, PROFILE, xcalibur_quan.NAME)

    assert unknown.value.reasons[0].code == "run.format_unknown"
    assert named.value.reasons[0].code == "xcalibur.no_components"


def test_a_broken_workbook_is_not_recognised_and_does_no_harm() -> None:
    broken = content(XCALIBUR)[:3000]

    assert not xcalibur_quan.recognises(OpenedFile(broken))
    with pytest.raises(BadInput):
        read_file(broken, PROFILE, xcalibur_quan.NAME)


TITLE = ["Component Name", "", "Curve Index", "Weighting Index", "Origin Index", "Equation"]
COLUMNS = ["Filename", "Sample Type", "Sample Name", "Exp Amt", "Calc Amt", "Units", "Level", "Area", "RT", "Acq Date"]
FOOT = [[], ["Created By:"], ["User Name", "", "Full Name", "Date"], ["who", "", "Who", "07/06/2022 08:57:12"]]


def component(name: str, rows: Sequence[Sequence[object]]) -> tuple[str, list[Sequence[object]]]:
    curve = [name, "", "Linear", "1/X", "Ignore", "Y = 2*X"]
    return (name[:31], [[""], TITLE, curve, [""], COLUMNS, *rows, *FOOT])


STANDARD = ["F1", "Std Bracket Sample", "S-1", 10, 9.875, "ppb", "2", 1234.5, 4.25, datetime(2026, 3, 4, 5, 6, 7)]  # noqa: DTZ001
SAMPLE = ["F2", "Unknown Sample", "韭菜-2", "NA", "NF", "ppb", "NA", "NF", "NF", datetime(2026, 3, 4, 6, 6, 7)]  # noqa: DTZ001


def test_a_workbook_of_several_injections() -> None:
    batch = read(workbook([component("A", [STANDARD, SAMPLE]), component("B", [SAMPLE, STANDARD])]))

    assert [(one.name, one.type, one.level) for one in batch.injections] == [
        ("S-1", InjectionType.STANDARD, "2"),
        ("韭菜-2", InjectionType.SAMPLE, ""),
    ]
    assert number(batch.injections[0], "B", Figure.FINAL_CONCENTRATION) == D("9.875")
    curve = batch.compounds[0].curve
    assert curve is not None
    assert (curve.model, curve.weighting, curve.origin, curve.equation) == ("Linear", "1/X", "Ignore", "Y = 2*X")
    assert batch.injections[0].traces[0].unit == "ppb"
    assert batch.messages == ()


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([STANDARD, [*STANDARD[:7], 1234.6, *STANDARD[8:]]], "row.trace_disputed"),
        ([[*STANDARD[:7], "1,234.5", *STANDARD[8:]]], "cell.number_unreadable"),
        ([[*STANDARD[:9], "yesterday"]], "cell.date_unreadable"),
        ([["", *STANDARD[1:]]], "row.nameless"),
    ],
)
def test_rows_of_a_workbook_that_cannot_be_read_are_refused(rows: list[list[object]], expected: str) -> None:
    batch = read(workbook([component("A", rows)]))

    assert expected in codes(batch)
    assert batch.injections == ()


def test_a_row_that_stands_twice_counts_once_and_missing_rows_are_told() -> None:
    batch = read(workbook([component("A", [STANDARD, STANDARD, SAMPLE]), component("B", [STANDARD])]))

    assert counts(batch, PROFILE)[Disposition.DUPLICATE] == 1
    assert [one.code for one in batch.messages] == ["batch.rows_missing"]


# ── Chromeleon ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("size", [None, 1500])
def test_a_signal_is_refused_and_told_what_to_export(size: int | None) -> None:
    with pytest.raises(BadInput) as refused:
        read(content("thermo_chromeleon/1ug.txt")[:size])

    (why,) = refused.value.reasons
    assert (why.code, why.where.row) == ("chromeleon.signal_only", 4)
    assert "summary table" in why.text
