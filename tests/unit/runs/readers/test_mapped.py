"""The reader of any other table: long and wide, text and workbook, moved columns, and what is never guessed."""

import io
from dataclasses import replace

import openpyxl
import pytest

from lims.core.errors import BadInput
from lims.runs.accounting import account
from lims.runs.cells import DateOrder, DecimalMark
from lims.runs.column_map import (
    ColumnMap,
    ColumnMeaning,
    Delimiter,
    MappedColumn,
    SkipRule,
    TableLayout,
    mapping_faults,
)
from lims.runs.profile import ImportProfile
from lims.runs.readers import registry
from lims.runs.records import Batch, Figure, Line

M = ColumnMeaning
LONG = """Instrument: AAS 3,,,,,,
Name,Vial,Type,Element,Signal,Result,Unit
Cal 1,1,Std,Pb,0.012,1.0,ug/L
S-1,2,Sample,Pb,0.034,2.9,ug/L
S-1,2,Sample,Cd,0.002,<0.1,mg/L
Mean,,,Pb,0.023,,
,,,,,,
S-2,3,Sample,Pb,x,2.0,ug/L
"""
COLUMNS = (
    MappedColumn(1, M.NAME, "Name"),
    MappedColumn(2, M.VIAL, "Vial"),
    MappedColumn(3, M.TYPE, "Type"),
    MappedColumn(4, M.COMPOUND, "Element"),
    MappedColumn(5, M.ABSORBANCE, "Signal"),
    MappedColumn(6, M.FINAL_CONCENTRATION, "Result"),
    MappedColumn(7, M.UNIT, "Unit"),
)
MAPPING = ColumnMap(TableLayout.LONG, COLUMNS, heading_row=2, first_row=3)
WIDE_MAPPING = ColumnMap(
    TableLayout.WIDE,
    (
        MappedColumn(1, M.DATA_FILE, "File"),
        MappedColumn(2, M.ACQUIRED_AT, "Date"),
        MappedColumn(3, M.ACQUIRED_TIME, "Time"),
        MappedColumn(4, M.AREA, "Carbofuran", "Carbofuran"),
        MappedColumn(5, M.RETENTION_TIME, "RT", "Carbofuran"),
        MappedColumn(6, M.AREA, "TPP", "TPP (IS)"),
    ),
    delimiter=Delimiter.TAB,
)
WIDE = (
    "File\tDate\tTime\tCarbofuran\tRT\tTPP\tNote\n"
    "a.d\t20.11.2026\t08:30\t1532,5\t4,13\t9000\tok\n"
    "b.d\t21.11.2026\t09:00\t0\t0\t8800\t\n"
)


def read(text: str | bytes, mapping: ColumnMap = MAPPING, **profile: object) -> Batch:
    content = text if isinstance(text, bytes) else text.encode()
    return registry.read(content, replace(ImportProfile(mapping=mapping), **profile))  # type: ignore[arg-type]


def code_of(line: Line) -> list[str]:
    return [why.code for why in line.reasons]


def refusal(text: str | bytes, mapping: ColumnMap = MAPPING) -> list[str]:
    with pytest.raises(BadInput) as refused:
        read(text, mapping)
    return [why.code for why in refused.value.reasons]


def test_a_long_table_gives_every_row_its_place() -> None:
    batch = read(LONG)

    assert [(i.name, i.vial, len(i.traces)) for i in batch.injections] == [("Cal 1", "1", 1), ("S-1", "2", 2)]
    lead, cadmium = batch.injections[1].traces
    signal, result = lead.figures[Figure.ABSORBANCE], cadmium.figures[Figure.FINAL_CONCENTRATION]
    assert (str(signal.number), signal.address, lead.unit) == ("0.034", "E4", "ug/L")
    assert (result.status.value, cadmium.unit) == ("below", "mg/L")
    assert [code_of(line) for line in batch.lines] == [
        ["row.above_table"], ["row.heading"], [], [], [], ["row.statistics"], ["row.blank"], ["cell.number_unreadable"]
    ]  # fmt: skip
    accounting = account(batch, ImportProfile(mapping=MAPPING), lambda name: name)
    assert accounting.sum_text == "3 read + 0 duplicate + 0 unmapped + 1 refused + 4 ignored = 8 rows"


def test_a_wide_table_reads_the_columns_of_each_compound() -> None:
    batch = read(WIDE, WIDE_MAPPING, decimal_mark=DecimalMark.COMMA, date_order=DateOrder.DAY_MONTH_YEAR)

    first, second = batch.injections
    assert (first.name, first.data_file, str(first.acquired_at)) == ("a", "a.d", "2026-11-20 08:30:00+08:00")
    assert str(first.traces[0].figures[Figure.AREA].number) == "1532.5"
    assert not second.traces[0].found()
    assert second.traces[0].figures[Figure.AREA].status.value == "not_found"
    assert [(c.name, c.address, c.is_internal_standard) for c in batch.compounds] == [
        ("Carbofuran", "D", False),
        ("TPP (IS)", "F", True),
    ]
    assert batch.unread_columns == ("Note",)
    assert [name for name, _ in first.others] == ["Note"]


def test_a_workbook_is_read_on_its_sheet_and_every_row_is_accounted_for() -> None:
    book = openpyxl.Workbook(write_only=True)
    book.create_sheet("About").append(["Instrument", "AAS 3"])
    sheet = book.create_sheet("Results")
    for line in LONG.splitlines()[:5]:
        sheet.append(line.split(","))
    out = io.BytesIO()
    book.save(out)

    batch = read(out.getvalue(), replace(MAPPING, sheet="results"))

    cell = batch.injections[1].traces[0].figures[Figure.ABSORBANCE]
    assert batch.address(cell.row, cell.column) == "Results!E4"
    assert [code_of(line) for line in batch.lines][:2] == [["row.other_sheet"], ["row.above_table"]]
    assert refusal(out.getvalue(), replace(MAPPING, sheet="Raw")) == ["mapped.no_sheet"]


def test_columns_that_moved_are_found_by_their_headings() -> None:
    lines = [line.split(",") for line in LONG.splitlines()]
    moved = "more\n" + "\n".join(",".join([row[1], row[0], *row[2:]]) for row in lines) + "\n"

    batch = read(moved)

    assert [i.name for i in batch.injections] == ["Cal 1", "S-1"]
    assert [why.code for why in batch.messages] == ["mapped.headings_moved"]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("Signal", "Peak", "mapped.heading_differs"),
        ("Name,Vial", "Vial,Name,Name", "mapped.heading_differs"),
        ("Name,Vial,Type,Element,Signal,Result,Unit\n", "", "mapped.heading_differs"),
    ],
)
def test_a_column_that_is_gone_is_never_taken_for_another(old: str, new: str, code: str) -> None:
    assert set(refusal(LONG.replace(old, new))) == {code}


def test_rows_that_do_not_fit_are_refused() -> None:
    cut = LONG[: LONG.index("ug/L\nS-1,2,Sample,Cd") - 3]
    long_row = LONG.replace("0.034,2.9,ug/L", "0,034,2.9,ug/L")

    assert code_of(read(cut).lines[-1]) == ["row.too_short"]
    assert code_of(read(LONG.rstrip("\n")).lines[-1]) == ["row.no_line_end"]
    assert code_of(read(long_row).lines[3]) == ["row.too_long"]


def test_rows_of_one_name_that_disagree_are_refused_and_repeated_ones_count_once() -> None:
    row = "S-1,2,Sample,Pb,0.034,2.9,ug/L\n"
    other = row.replace("0.034", "0.035")

    assert [line.repeats for line in read(LONG.replace(row, row + row)).lines][4] == 4
    disputed = read(LONG.replace(row, row + other))
    assert [code_of(line) for line in disputed.lines][3:5] == [["row.trace_disputed"]] * 2


def test_rows_are_skipped_by_the_rules_of_a_person() -> None:
    mapping = replace(MAPPING, skip=(SkipRule("S-*"), SkipRule("cd", 4)))

    batch = read(LONG, mapping)

    assert [i.name for i in batch.injections] == ["Cal 1"]
    assert code_of(batch.lines[4]) == ["row.skipped"]


def test_one_compound_may_be_named_for_the_whole_table() -> None:
    text = "Name,Signal\nS-1,0.5\nS-2,0.7\n"
    columns = (MappedColumn(1, M.NAME, "Name"), MappedColumn(2, M.ABSORBANCE, "Signal"))

    batch = read(text, ColumnMap(TableLayout.LONG, columns, compound="Pb"))

    assert [(i.name, i.traces[0].compound) for i in batch.injections] == [("S-1", "Pb"), ("S-2", "Pb")]


def test_without_headings_columns_are_taken_by_their_places() -> None:
    columns = (MappedColumn(1, M.NAME), MappedColumn(3, M.AREA))

    batch = read("S-1;x;5\nS-2;y;6\n", ColumnMap(TableLayout.LONG, columns, 0, 1, Delimiter.SEMICOLON, compound="Pb"))

    assert [str(i.traces[0].figures[Figure.AREA].number) for i in batch.injections] == ["5", "6"]


@pytest.mark.parametrize(
    ("mapping", "codes"),
    [
        (ColumnMap(TableLayout.LONG, ()), ["mapping.no_name", "mapping.no_figure", "mapping.no_compound"]),
        (replace(MAPPING, columns=COLUMNS[1:]), ["mapping.no_name"]),
        (replace(MAPPING, columns=COLUMNS[:4]), ["mapping.no_figure"]),
        (replace(MAPPING, first_row=2), ["mapping.rows_crossed"]),
        (replace(MAPPING, columns=(*COLUMNS, MappedColumn(8, M.NAME))), ["mapping.doubled"]),
        (replace(MAPPING, columns=(*COLUMNS, MappedColumn(8, M.ACQUIRED_TIME))), ["mapping.time_without_day"]),
        (
            replace(MAPPING, layout=TableLayout.WIDE),
            ["mapping.compound_in_wide", "mapping.compound_missing", "mapping.compound_missing"],
        ),
        (WIDE_MAPPING, []),
    ],
)
def test_a_mapping_that_gives_no_injections_says_why(mapping: ColumnMap, codes: list[str]) -> None:
    assert [why.code for why in mapping_faults(mapping)] == codes


def test_the_reader_needs_a_mapping_and_is_never_guessed() -> None:
    with pytest.raises(BadInput) as refused:
        registry.read(LONG.encode(), ImportProfile(reader="mapped"))

    assert refused.value.reasons[0].code == "mapped.no_mapping"
    assert refusal(b"%PDF-1.7") == ["mapped.no_table"]
