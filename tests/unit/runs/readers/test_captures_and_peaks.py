"""ASTM captures with their checksums, and the peaks of ANDI files: nothing damaged is read.

The exports under samples/instruments are described, with their origin and licence, in SOURCES.md beside them.
"""

import struct
from contextlib import suppress
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lims.core.clock import CHINA
from lims.core.errors import BadInput
from lims.runs.cells import DateOrder
from lims.runs.netcdf import opened
from lims.runs.profile import ImportProfile, TextEncoding
from lims.runs.readers.registry import read as read_file
from lims.runs.records import Figure, QualitativeResult
from tests.unit.runs.readers.exports import (
    codes,
    injection,
    is_part,
    number,
    other,
    raw,
    read,
    refusal,
    sample,
    stated,
    trace,
)

PLAIN = ImportProfile("g/L")
MONTH_FIRST = ImportProfile("g/L", date_order=DateOrder.MONTH_DAY_YEAR)
CHINESE = ImportProfile("g/L", encoding=TextEncoding.GB18030)

ASTM, VIDAS, ANDI = "astm-e1394", "mini-vidas", "andi-chromatography"
COBAS, MINI = "astm_hl7/cobas_c111.txt", "astm_hl7/mini_vidas.txt"
ACID, CLASSVP = "andi_netcdf/ACID.CDF", "andi_netcdf/CLASSVP.CDF"


def frame(number: int, text: str, *, encoding: str = "utf-8", end: str = "\x03") -> bytes:
    """A frame with its right checksum."""
    sent = f"{number}{text}{end}".encode(encoding)
    return b"\x02" + sent + f"{sum(sent) % 256:02X}".encode() + b"\r\n"


def message(*records: str, encoding: str = "utf-8") -> bytes:
    """A frame for every record, and the end of the transmission."""
    frames = [frame(n % 8, f"{record}\r", encoding=encoding) for n, record in enumerate(records, start=1)]
    return b"\x05" + b"".join(frames) + b"\x04"


RECORDS = (
    "H|\\^&|||LAB^X100",
    "P|1",
    "O|1|菠菜-1||^^^CAF",
    "R|1|^^^CAF|0.111|mg/L||N||F||||20261102101500",
    "R|2|^^^CAF-OH|<0.01|mg/L||N||F||||20261102101500",
    "C|1|I|diluted",
    "P|2",
    "O|2|菠菜-2||^^^CAF",
    "R|1|^^^CAF|Negative|||N||F||||20261102102000",
    "L|1|N",
)

# ── ASTM ─────────────────────────────────────────────────────────────────────────────────────────────


def test_the_capture_of_a_cobas_is_read_whole() -> None:
    batch = read(sample(COBAS), PLAIN, ASTM)

    assert (len(batch.lines), len(batch.injections), len(batch.compounds)) == (14, 1, 1)
    (serum,) = batch.injections
    assert (serum.name, serum.acquired_at) == ("T20 10134GA D28", datetime(2023, 8, 3, 13, 17, tzinfo=CHINA))
    assert (number(serum, "413", Figure.FINAL_CONCENTRATION), trace(serum, "413").unit) == ("40.13", "g/L")
    assert (other(serum, "413", "flag"), batch.software) == ("N", "SENAITE Roche c111 4.2.2.1730 1 13147")


def test_records_in_frames_are_read() -> None:
    batch = read(message(*RECORDS), PLAIN, ASTM)

    first, second = batch.injections
    assert (first.name, other(first, "CAF-OH", "comment")) == ("菠菜-1", "diluted")
    assert number(first, "CAF", Figure.FINAL_CONCENTRATION) == "0.111"
    assert (raw(first, "CAF-OH", Figure.FINAL_CONCENTRATION), number(first, "CAF-OH", Figure.FINAL_CONCENTRATION)) == (
        "<0.01",
        "0.01",
    )
    assert trace(second, "CAF").qualitative is QualitativeResult.NEGATIVE
    assert stated(read(message(*RECORDS, encoding="gb18030"), CHINESE, ASTM)) == stated(batch)


def test_one_frame_for_all_and_a_record_over_two_frames() -> None:
    whole = stated(read(message(*RECORDS), PLAIN, ASTM))
    text = "\r".join(RECORDS) + "\r"
    middle = text.index("0.111") + 2

    assert stated(read(frame(1, text), PLAIN, ASTM)) == whole
    assert stated(read(frame(1, text[:middle], end="\x17") + frame(2, text[middle:]), PLAIN, ASTM)) == whole


@given(st.integers(min_value=0, max_value=len(message(*RECORDS)) - 1), st.integers(min_value=1, max_value=255))
@settings(max_examples=150, deadline=None)
def test_no_damaged_byte_changes_a_number(place: int, difference: int) -> None:
    content = bytearray(message(*RECORDS))
    content[place] ^= difference
    whole = stated(read_file(message(*RECORDS), PLAIN, ASTM))

    try:
        damaged = read_file(bytes(content), PLAIN, ASTM)
    except BadInput:
        return

    assert is_part(stated(damaged), whole)


@given(st.permutations(range(len(RECORDS))))
@settings(max_examples=60, deadline=None)
def test_frames_in_another_order_say_nothing_else(order: list[int]) -> None:
    frames = [frame(n % 8, f"{record}\r") for n, record in enumerate(RECORDS, start=1)]
    whole = stated(read_file(b"".join(frames), PLAIN, ASTM))

    assert is_part(stated(read_file(b"".join(frames[n] for n in order), PLAIN, ASTM)), whole)


def test_a_wrong_checksum_is_refused_and_what_follows_up_to_the_next_order() -> None:
    content = message(*RECORDS).replace(b"|0.111|", b"|0.112|")

    batch = read(content, PLAIN, ASTM)

    assert codes(batch)["astm.checksum_wrong"] == 2  # the record and the line that ends its frame
    assert codes(batch)["astm.after_damage"] == 1
    assert [one.name for one in batch.injections] == ["菠菜-2"]


def test_a_lost_order_makes_its_results_nobodys_and_a_frame_sent_again_counts_once() -> None:
    frames = [frame(n % 8, f"{record}\r") for n, record in enumerate(RECORDS, start=1)]

    lost = read(b"".join(frames[:7] + frames[8:]), PLAIN, ASTM)
    again = read(b"".join([*frames[:4], frames[3], *frames[4:]]), PLAIN, ASTM)

    assert [one.name for one in lost.injections] == ["菠菜-1"]
    assert stated(again) == stated(read(b"".join(frames), PLAIN, ASTM))
    assert codes(again)["astm.sent_again"] == 2


def test_a_message_without_its_end_is_said_to_be_one() -> None:
    assert [why.code for why in read(message(*RECORDS[:5]), PLAIN, ASTM).messages] == ["astm.no_end"]
    assert refusal(message(*RECORDS[:3]), PLAIN, ASTM) == "astm.no_results"


# ── mini VIDAS ───────────────────────────────────────────────────────────────────────────────────────


def test_the_mini_vidas_is_read_with_its_own_framing() -> None:
    batch = read(sample(MINI), MONTH_FIRST, VIDAS)

    (serum,) = batch.injections
    assert (serum.name, serum.acquired_at) == ("Z1G021SCR", datetime(2024, 10, 25, 18, 35, tzinfo=CHINA))
    assert (number(serum, "HBCT", Figure.INTENSITY), trace(serum, "HBCT").qualitative) == (
        "0.05",
        QualitativeResult.POSITIVE,
    )
    assert batch.compounds[0].transition == "Anti-HBc Total II"
    assert codes(read(sample(MINI), PLAIN, VIDAS)) == {"cell.date_unreadable": 1}


@given(st.integers(min_value=10, max_value=104), st.integers(min_value=1, max_value=127))
@settings(max_examples=80, deadline=None)
def test_no_damaged_byte_of_a_mini_vidas_is_read(place: int, difference: int) -> None:
    content = bytearray(sample(MINI))
    content[place] ^= difference

    try:
        damaged = read_file(bytes(content), MONTH_FIRST, VIDAS)
    except BadInput:
        return

    assert is_part(stated(damaged), stated(read_file(sample(MINI), MONTH_FIRST, VIDAS)))


# ── ANDI ─────────────────────────────────────────────────────────────────────────────────────────────


def test_andi_peaks_in_seconds_are_read_whole() -> None:
    batch = read(sample(ACID), PLAIN, ANDI)

    assert (len(batch.lines), len(batch.injections)) == (7, 1)
    assert [c.name for c in batch.compounds][:3] == ["reference", "oxalic", "maleic"]
    (run,) = batch.injections
    assert (run.name, run.vendor_type, run.acquired_at) == (
        "TEST RUN",
        "test",
        datetime(1985, 4, 30, 6, 24, 14, tzinfo=CHINA),
    )
    assert number(run, "oxalic", Figure.RETENTION_TIME) == "1.950680"
    assert raw(run, "oxalic", Figure.RETENTION_TIME) == "117.040825"
    assert number(run, "acetic", Figure.AREA) == "1927698"
    assert (number(run, "oxalic", Figure.FINAL_CONCENTRATION), trace(run, "oxalic").unit) == ("668.66315", "grams")
    assert batch.software == "PE Nelson"


def test_andi_peaks_in_minutes_are_read_and_unnamed_ones_left_out() -> None:
    batch = read(sample(CLASSVP), PLAIN, ANDI)

    assert codes(batch) == {"andi.unnamed_peak": 2}
    run = injection(batch, "hi-1")
    assert number(run, "Peak 2", Figure.RETENTION_TIME) == "3.2666667"
    assert (number(run, "Peak 4", Figure.FINAL_CONCENTRATION), trace(run, "Peak 4").unit) == ("11.817415", "ng/mL")
    assert number(run, "Peak 1", Figure.HEIGHT) == "142994"


@given(st.integers(min_value=0, max_value=4607))
@settings(max_examples=80, deadline=None)
def test_an_andi_file_cut_off_anywhere_is_refused_or_the_same(length: int) -> None:
    content = sample(ACID)
    try:
        part = read_file(content[:length], PLAIN, ANDI)
    except BadInput:
        return
    assert is_part(stated(part), stated(read_file(content, PLAIN, ANDI)))


@given(st.lists(st.tuples(st.integers(0, 2899), st.integers(0, 255)), min_size=1, max_size=6))
@settings(max_examples=150, deadline=None)
def test_a_hostile_header_is_refused_or_read_but_never_an_error(changes: list[tuple[int, int]]) -> None:
    content = bytearray(sample(ACID))
    for place, value in changes:
        content[place] = value
    with suppress(BadInput):
        read_file(bytes(content), PLAIN, ANDI)


@pytest.mark.parametrize(
    "content",
    [
        b"CDF\x03",
        b"CDF\x01",
        b"CDF\x01" + struct.pack(">3i", 0, 10, 2_000_000_000),
        b"CDF\x01" + struct.pack(">3i", 0, 10, -5),
        b"CDF\x01" + struct.pack(">4i", 0, 10, 1, 2_000_000_000),
        b"CDF\x01" + struct.pack(">3i", 0, 99, 1),
        b"CDF\x01" + struct.pack(">7i4s2i", 0, 0, 0, 12, 1, 4, 0, b"name", 6, 2_000_000_000),
        b"CDF\x01" + struct.pack(">5i", 0, 0, 0, 11, 1) + struct.pack(">i4si", 4, b"name", 1) + b"\0\0\0\7",
    ],
)
def test_counts_beyond_the_file_are_refused(content: bytes) -> None:
    with pytest.raises(BadInput) as refused:
        opened(content)

    assert refused.value.reasons[0].code == "netcdf.damaged"


def test_an_andi_file_without_peaks_or_sample_is_refused() -> None:
    content = sample(ACID)

    assert refusal(content.replace(b"peak_name\0", b"pike_name\0"), PLAIN, ANDI) == "andi.no_peaks"
    nameless = content.replace(b"sample_name", b"simple_name").replace(b"experiment_title", b"experiment_tittle"[:16])
    assert refusal(nameless, PLAIN, ANDI) == "andi.no_sample"
