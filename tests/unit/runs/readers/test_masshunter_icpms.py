"""The batch table of ICP-MS MassHunter, as workbook and as text."""

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
from lims.runs.readers.masshunter_icpms import READER
from lims.runs.readers.registry import read as read_file
from lims.runs.records import Batch, Figure, Trace
from tests.unit.runs.readers.variants import (
    MONTH_FIRST,
    accounted,
    assert_nothing_changed_in_silence,
    codes,
    content_of,
    numbers,
    read_or_refused,
    recognised_by,
    row_repeated,
    rows_reordered,
    with_decimal_comma,
)

SPRAYS = "agilent_masshunter_icpms/20200713_ICPMS_FoliarSprays.xlsx"
TYPED = "agilent_masshunter_icpms/std.xlsx"

TEXT = """Sample,,,,,,,,66 -> 66  Zn  [ He ],,,75 -> 91  As  [ O2 ],,45  Sc ( ISTD )  [ He ],
,Rjct,Data File,Acq. Date-Time,Type,Level,Sample Name,Total Dil.,\
Conc. [ ug/l ],Conc. RSD,Meas. Conc. [ ug/l ],Conc. [ ug/l ],CPS,CPS,CPS RSD
,FALSE,001CALB.d,7/13/2020 12:36 PM,CalBlk,1,空白,1,<0.000,N/A,<0.000,,12.5,152034.5,0.9
,TRUE,002CALS.d,7/13/2020 12:40 PM,CalStd,2,0.5 ppb,1,0.52,1.3,0.52,0.49,1250.5,151034.5,1.9
,FALSE,003SMPL.d,7/13/2020 12:44 PM,Sample,,大米,100,5250.5,0.7,52.505,OR,9912.5,150034.5,0.5
"""


@cache
def sprays() -> Batch:
    return read_file(content_of(SPRAYS), MONTH_FIRST)


def text(content: str) -> Batch:
    return read_file(content.encode(), MONTH_FIRST)


def trace_in(batch: Batch, row: int, compound: str) -> Trace:
    one = next(line.injection for line in batch.lines if line.row == row)
    assert one is not None
    trace = one.quantifier(compound)
    assert trace is not None
    return trace


def test_only_its_own_files_are_recognised() -> None:
    assert recognised_by(READER) == ["20200713_ICPMS_FoliarSprays.xlsx"]


def test_a_real_workbook_is_read_whole() -> None:
    batch = sprays()

    assert (len(batch.lines), len(batch.injections), len(batch.compounds)) == (73, 39, 19)
    assert not any(line.refused for line in batch.lines)
    assert codes(batch).count("row.other_sheet") == 32
    assert batch.sheets == (("Sheet1", 0), ("ValueList_Helper", 41))
    assert accounted(batch).endswith("0 refused + 34 ignored = 73 rows")
    standards = [(c.name, c.transition) for c in batch.compounds if c.is_internal_standard]
    assert standards == [
        ("45 Sc (ISTD) [He Gas]", "45 [He Gas]"),
        ("72 Ge (ISTD) [He Gas]", "72 [He Gas]"),
        ("103 Rh (ISTD) [He Gas]", "103 [He Gas]"),
        ("175 Lu (ISTD) [He Gas]", "175 [He Gas]"),
    ]


def test_a_concentration_is_with_dilution_and_the_measured_one_without() -> None:
    trace = trace_in(sprays(), 34, "23 Na [He Gas]")

    assert trace.unit == "ppb"
    final, measured = trace.figures[Figure.FINAL_CONCENTRATION], trace.figures[Figure.UNDILUTED_CONCENTRATION]
    assert (final.number, final.address) == (Decimal("65579.4961628481"), "K34")
    assert measured.number == Decimal("655.794961628481")
    assert trace.figures[Figure.RELATIVE_STANDARD_DEVIATION].number == Decimal("1.65499441118603")
    one = next(i for i in sprays().injections if i.row == 34)
    assert one.dilution is not None
    assert (one.dilution.number, one.name, one.vial) == (Decimal(100), "1", "2407")
    assert one.acquired_at == datetime(2020, 7, 13, 14, 54, 9, tzinfo=CHINA)
    assert sprays().address(34, 11) == "Sheet1!K34"


def test_what_is_no_number_is_none() -> None:
    below = trace_in(sprays(), 4, "27 Al [He Gas]").figures[Figure.FINAL_CONCENTRATION]
    assert (below.raw, below.status) == ("<0.000", CellStatus.BELOW)
    over = trace_in(sprays(), 27, "39 K [He Gas]").figures[Figure.FINAL_CONCENTRATION]
    assert (over.raw, over.status, over.number) == ("OR", CellStatus.FLAGGED, None)
    empty = trace_in(sprays(), 13, "208 Pb [He Gas]").figures[Figure.FINAL_CONCENTRATION]
    assert (empty.status, empty.number) == (CellStatus.EMPTY, None)


def test_a_rejected_row_stays_and_is_told_to_be_excluded() -> None:
    assert trace_in(sprays(), 10, "23 Na [He Gas]").is_excluded is True
    assert trace_in(sprays(), 12, "23 Na [He Gas]").is_excluded is False
    # The same standard again: the data file tells them apart.
    assert [i.data_file for i in sprays().injections if i.level == "8"] == ["008CALS.d", "010CALS.d"]
    assert sprays().injections[0].type is InjectionType.BLANK


def test_a_table_that_its_authors_typed_is_refused() -> None:
    with pytest.raises(BadInput) as refused:
        read_file(content_of(TYPED), MONTH_FIRST, READER.name)
    assert refused.value.reasons[0].code == "icpms.not_a_batch_table"
    with pytest.raises(BadInput) as unknown:
        read_file(content_of(TYPED), MONTH_FIRST)
    assert unknown.value.reasons[0].code == "run.format_unknown"


def test_a_text_is_read_as_the_workbook_is() -> None:
    batch = text(TEXT)

    assert [c.name for c in batch.compounds] == ["66 -> 66 Zn [He]", "75 -> 91 As [O2]", "45 Sc (ISTD) [He]"]
    assert [c.transition for c in batch.compounds] == ["66 -> 66 [He]", "75 -> 91 [O2]", "45 [He]"]
    scandium = trace_in(batch, 5, "45 Sc (ISTD) [He]")
    assert scandium.figures[Figure.INTENSITY].number == Decimal("150034.5")
    assert scandium.figures[Figure.RELATIVE_STANDARD_DEVIATION].number == Decimal("0.5")
    assert trace_in(batch, 5, "75 -> 91 As [O2]").figures[Figure.FINAL_CONCENTRATION].status is CellStatus.FLAGGED
    assert trace_in(batch, 4, "66 -> 66 Zn [He]").is_excluded is True


def test_variants_of_a_text_give_the_same_numbers() -> None:
    whole = numbers(text(TEXT))

    assert numbers(text(rows_reordered(TEXT, 2))) == whole
    repeated = text(row_repeated(TEXT, 5))
    assert (numbers(repeated), "1 duplicate" in accounted(repeated)) == (whole, True)
    assert numbers(read_file(TEXT.encode("utf-16"), MONTH_FIRST)) == whole
    chinese = replace(MONTH_FIRST, encoding=TextEncoding.GB18030)
    assert numbers(read_file(TEXT.encode("gb18030"), chinese)) == whole
    german = replace(MONTH_FIRST, decimal_mark=DecimalMark.COMMA)
    assert numbers(read_file(with_decimal_comma(TEXT, ",").encode(), german)) == whole
    assert set(numbers(text(with_decimal_comma(TEXT, ","))).values()) <= set(whole.values())


@settings(max_examples=60)
@given(st.integers(1, len(TEXT.encode()) - 1))
def test_a_text_cut_off_anywhere_never_gives_another_number(end: int) -> None:
    cut = read_or_refused(TEXT.encode()[:end], MONTH_FIRST, READER)

    assert_nothing_changed_in_silence(cut, numbers(text(TEXT)))


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("75 -> 91  As  [ O2 ]", "66 -> 66  Zn  [ He ]", "masshunter.column_twice"),
        ("75 -> 91  As  [ O2 ],,", "75 -> 91  As  [ O2 ],Remarks,", "icpms.group_unknown"),
        ("Conc. RSD", "Conc. [ ug/l ]", "masshunter.column_twice"),
        ("Data File", "Nothing", "icpms.not_a_batch_table"),
    ],
)
def test_headings_that_leave_doubts_are_refused(old: str, new: str, code: str) -> None:
    changed = TEXT.replace("Sample Name", "Nothing") if old == "Data File" else TEXT
    with pytest.raises(BadInput) as refused:
        read_file(changed.replace(old, new, 1).encode(), MONTH_FIRST, READER.name)

    assert refused.value.reasons[0].code == code


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (",OR,9912.5,150034.5,0.5", ",OR,9912.5", "row.too_short"),
        ("5250.5", "5250,5", "row.too_long"),
        ("7/13/2020 12:44 PM", "13/7/2020 12:44", "cell.date_unreadable"),
        ("FALSE,003SMPL.d", "perhaps,003SMPL.d", "cell.flag_unreadable"),
        ("003SMPL.d,7/13/2020 12:44 PM", ",", "row.no_key"),
        ("003SMPL.d", "001CALB.d", "row.trace_disputed"),
        ("大米", "", None),
    ],
)
def test_every_row_says_what_became_of_it(old: str, new: str, code: str | None) -> None:
    batch = text(TEXT.replace(old, new, 1))

    assert [reason.code for reason in batch.lines[4].reasons] == ([code] if code else [])
    assert batch.lines[4].refused is (code is not None)
