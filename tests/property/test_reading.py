"""Whatever is handed in: the reader never loses a row and never breaks."""

import csv
from io import StringIO

from hypothesis import given
from hypothesis import strategies as st

from lims.core.errors import BadInput
from lims.runs.accounting import account
from lims.runs.cells import CellReader, CellStatus, DateOrder, DecimalMark
from lims.runs.profile import ImportProfile, TextEncoding
from lims.runs.readers.masshunter_wide import READER
from lims.runs.readers.registry import read as read_file
from lims.runs.reading import rows_of
from lims.runs.records import Batch

profiles = st.builds(
    ImportProfile,
    st.just("µg/L"),
    encoding=st.sampled_from([None, *TextEncoding]),
    decimal_mark=st.sampled_from(DecimalMark),
    date_order=st.sampled_from(DateOrder),
)
cells = st.one_of(
    st.sampled_from(["", "!", "S-1", "S-1.d", "Sample", "Cal", "N/F", "<0.1", "1,5", "Average", "2026/11/23 10:00"]),
    st.decimals(allow_nan=False, allow_infinity=False, places=3).map(str),
    st.text(max_size=12),
)
names = st.sampled_from(["Name", "Data File", "Type", "RT", "Area", "Area", "MI", "Exp. Conc.", "", "Dil."])
groups = st.sampled_from(["", "", "", "Sample", "A Results", "A Method", "B Results", "Qualifier (1 -> 2) Results"])


@st.composite
def tables(draw: st.DrawFn) -> bytes:
    """A text near the layout: two rows of headings, then rows of any cells and any length."""
    rows = [
        ["Sample", "", "", "A Results", *draw(st.lists(groups, max_size=5))],
        ["Name", "Data File", "Type", "Area", *draw(st.lists(names, max_size=5))],
        *draw(st.lists(st.lists(cells, max_size=10), max_size=8)),
    ]
    sink = StringIO()
    csv.writer(sink, lineterminator=draw(st.sampled_from(["\n", "\r\n"]))).writerows(rows)
    return sink.getvalue().encode("utf-8", "replace")


def outcome(content: bytes, profile: ImportProfile) -> Batch | BadInput:
    """What the reader gives; any other exception is a failure."""
    try:
        return read_file(content, profile, READER.name)
    except BadInput as refusal:
        return refusal


@given(st.one_of(tables(), tables().flatmap(lambda t: st.integers(0, len(t)).map(lambda n: t[:n]))), profiles)
def test_no_row_is_ever_lost(content: bytes, profile: ImportProfile) -> None:
    batch = outcome(content, profile)
    if isinstance(batch, BadInput):
        assert all(reason.text for reason in batch.reasons)
        return

    accounting = account(batch, profile, {"A": "A"}.get, {"S-1": "1"})
    records = rows_of(content.decode(batch.encoding), ",")
    assert sum(accounting.counts.values()) == len(records) == accounting.total
    assert [row.row for row in accounting.rows] == [record.number for record in records]
    assert all(row.reasons and all(r.text for r in row.reasons) for row in accounting.rows if row.disposition != "read")


@given(st.binary(max_size=400), profiles)
def test_any_bytes_give_a_batch_or_a_refusal(content: bytes, profile: ImportProfile) -> None:
    batch = outcome(content, profile)

    assert all(reason.text for reason in batch.reasons) if isinstance(batch, BadInput) else batch.lines


@given(st.text(max_size=30), st.sampled_from(DecimalMark), st.sampled_from([None, " ", "'"]))
def test_a_cell_has_a_number_only_when_it_says_so(text: str, mark: DecimalMark, grouping: str | None) -> None:
    reader = CellReader(mark, grouping, DateOrder.YEAR_MONTH_DAY, ImportProfile("µg/L").time_zone)

    cell = reader.number(text, 1, 1)

    assert (cell.number is not None) is (cell.status is CellStatus.VALUE) or cell.status in ("below", "above")
    assert cell.raw == text
    reader.instant(text)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=6))
def test_a_number_written_in_either_style_comes_back_exactly(value: object) -> None:
    point = CellReader(DecimalMark.POINT, None, DateOrder.ROC, ImportProfile("µg/L").time_zone)
    comma = CellReader(DecimalMark.COMMA, ".", DateOrder.ROC, ImportProfile("µg/L").time_zone)
    text = format(value, "f")

    assert point.number(text, 1, 1).number == value
    assert comma.number(text.replace(".", ","), 1, 1).number == value
