"""Copies of real exports of Waters, Thermo, Shimadzu and Skyline, made anew: the numbers stay, or are refused.

Whatever becomes of a file on its way (another encoding, a decimal comma, rows in another order, a row twice, a missing
end), no figure of a batch may differ from that of the file as the instrument wrote it.
"""

import csv
import io
import re
from dataclasses import dataclass, replace
from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lims.core.errors import BadInput
from lims.runs.cells import DateOrder, DecimalMark
from lims.runs.opened import OpenedFile
from lims.runs.profile import ImportProfile, TextEncoding
from lims.runs.readers import (
    chromeleon_signal,
    icpe9000,
    labsolutions_ascii,
    labsolutions_browser,
    skyline,
    targetlynx_text,
    targetlynx_xml,
    tracefinder,
    xcalibur_quan,
)
from lims.runs.readers.reader import Reader
from lims.runs.readers.registry import read as read_file
from lims.runs.readers.registry import reader_for
from lims.runs.records import Batch
from tests.unit.runs.readers.remade import FILES, Key, Told, all_files, content, figures

MONTH_FIRST = ImportProfile("µg/L", date_order=DateOrder.MONTH_DAY_YEAR)

READER_OF = {
    "waters_targetlynx/070120_Saturation_CQA.txt": targetlynx_text.READER,
    "waters_targetlynx/SortieMassLynxCompoundToutesColonnes.txt": targetlynx_text.READER,
    "waters_targetlynx/plate_1_export.txt": targetlynx_text.READER,
    "waters_targetlynx/quandata.xml": targetlynx_xml.READER,
    "thermo_tracefinder/20240709_QE2_HILIC_BCSAOXCu_d6_q2d_Alpha-Ketoglutarate.csv": tracefinder.READER,
    "thermo_tracefinder/20240709_QE2_HILIC_BCSAOXCu_d6_q2d_arginine.csv": tracefinder.READER,
    "thermo_tracefinder/20240709_QE2_HILIC_BCSAOXCu_d6_q2d_methionine.csv": tracefinder.READER,
    "thermo_xcalibur/resuts_inj1_Long.XLS": xcalibur_quan.READER,
    "thermo_chromeleon/1ug.txt": chromeleon_signal.READER,
    "shimadzu_labsolutions/LCMS-8050.txt": labsolutions_browser.READER,
    "shimadzu_labsolutions/Javits_Anion_Set2.txt": labsolutions_ascii.READER,
    "shimadzu_gcmssolution/QP2010.txt": labsolutions_ascii.GCMS_READER,
    "shimadzu_gcmssolution/13CPROT1.txt": labsolutions_ascii.GCMS_READER,
    "shimadzu_icpe/icp output.txt": icpe9000.READER,
    "skyline/Skyline_MoleculeTransitionResults.csv": skyline.READER,
}
READERS = tuple({reader.name: reader for reader in READER_OF.values()}.values())


def test_each_reader_recognises_its_own_files_and_no_other() -> None:
    if not FILES.is_dir():
        pytest.skip("the real exports are not beside this checkout")
    for path in all_files():
        name = str(path.relative_to(FILES))
        file = OpenedFile(path.read_bytes())
        said = [reader.name for reader in READERS if reader.recognises(file)]
        assert said == [READER_OF[name].name] if name in READER_OF else said == [], name


@pytest.mark.parametrize(("name", "reader"), READER_OF.items())
def test_a_file_is_for_its_reader(name: str, reader: Reader) -> None:
    assert reader_for(OpenedFile(content(name), TextEncoding.WESTERN_EUROPEAN)).name == reader.name


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
@pytest.mark.parametrize("junk", [b"", b"\0", b"hello", b"\xff\xfe\0", b"PK\x03\x04junk", b"a\tb\n" * 5, b"<x/>", b'"'])
def test_what_is_no_export_is_not_recognised_and_refused_by_name(reader: Reader, junk: bytes) -> None:
    assert not reader.recognises(OpenedFile(junk))
    with pytest.raises(BadInput):
        read_file(junk, MONTH_FIRST, reader.name)


@dataclass(frozen=True)
class Sample:
    """A real export cut down to its first lines, so that each test is quick.

    `first` is the first line of rows that may change places, `last` the last; `name` is written in the file for a
    sample.
    """

    file: str
    lines: int
    first: int
    last: int
    name: str
    delimiter: str = "\t"
    encoding: str = "utf-8"

    @property
    def text(self) -> str:
        """The first lines of the file, with one kind of line end."""
        return _text_of(self)


@lru_cache
def _text_of(sample: Sample) -> str:
    text = content(sample.file).decode(sample.encoding).lstrip("\ufeff")
    return "\n".join(re.split(r"\r\r\n|\r\n|\n", text)[: sample.lines]) + "\n"


PLATE = Sample("waters_targetlynx/plate_1_export.txt", 240, 8, 121, "COV00332_CV0059")
DATED = Sample("waters_targetlynx/070120_Saturation_CQA.txt", 36, 8, 11, "070120_CQA_250", encoding="cp1252")
BROWSER = Sample("shimadzu_labsolutions/LCMS-8050.txt", 30, 4, 16, "HARDCORE OG")
ANIONS = Sample("shimadzu_labsolutions/Javits_Anion_Set2.txt", 440, 344, 348, "anion std")
TERPENES = Sample("shimadzu_gcmssolution/QP2010.txt", 36, 9, 31, "1-16-02249-001_CD_10172016_2")
METALS = Sample("shimadzu_icpe/icp output.txt", 60, 1, 60, "CHECK")
ARGININE = Sample(
    "thermo_tracefinder/20240709_QE2_HILIC_BCSAOXCu_d6_q2d_methionine.csv", 43, 2, 43, "AYW1130", delimiter=","
)
STEROIDS = Sample("skyline/Skyline_MoleculeTransitionResults.csv", 110, 2, 110, "SBLK1", delimiter=",")
SAMPLES = (PLATE, DATED, BROWSER, ANIONS, TERPENES, METALS, ARGININE, STEROIDS)
of_each = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.file.split("/")[1][:20])


def read(text: str, profile: ImportProfile = MONTH_FIRST) -> Batch:
    return read_file(text.encode("utf-8-sig"), profile)


@lru_cache
def as_written(sample: Sample) -> dict[Key, Told]:
    """The figures of a sample as the instrument wrote them."""
    return figures(read(sample.text))


@of_each
def test_a_sample_has_figures(sample: Sample) -> None:
    assert len(as_written(sample)) > 20
    assert not any(line.refused for line in read(sample.text).lines)


@of_each
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "gb18030"])
def test_another_encoding_and_chinese_names_change_no_figure(sample: Sample, encoding: str) -> None:
    profile = replace(MONTH_FIRST, encoding=TextEncoding.GB18030)
    assert sample.name in sample.text
    chinese = sample.text.replace(sample.name, "韭菜样品7")

    batch = read_file(chinese.encode(encoding), profile)

    assert any("韭菜样品7" in one.name + one.data_file for one in batch.injections)
    told = {
        (key[0].replace("韭菜样品7", sample.name.casefold()), *key[1:]): said for key, said in figures(batch).items()
    }
    assert told == as_written(sample)


@of_each
@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_line_ends_change_no_figure(sample: Sample, end: str) -> None:
    batch = read(sample.text.replace("\n", end))

    assert figures(batch) == as_written(sample)
    assert [line.row for line in batch.lines] == [line.row for line in read(sample.text).lines]


@of_each
def test_rows_in_another_order_change_no_figure(sample: Sample) -> None:
    lines = sample.text.splitlines()
    within = lines[sample.first - 1 : sample.last]
    turned = [*lines[: sample.first - 1], *reversed(within), *lines[sample.last :], ""]

    assert figures(read("\n".join(turned))) == as_written(sample)


@of_each
def test_a_row_that_stands_twice_counts_once(sample: Sample) -> None:
    lines = sample.text.splitlines()
    lines.insert(sample.last, lines[sample.first])

    batch = read("\n".join([*lines, ""]))

    assert figures(batch) == as_written(sample)
    (repeated,) = [line for line in batch.lines if line.repeats is not None]
    assert (repeated.row, repeated.repeats) == (sample.last + 1, sample.first + 1)


def with_comma(sample: Sample) -> str:
    """The text as a computer with a decimal comma writes it."""
    point = re.compile(r"-?\d*\.\d+(e[+-]?\d+)?")
    rows = [
        line.split("\t") if sample.delimiter == "\t" else next(csv.reader([line])) for line in sample.text.splitlines()
    ]
    mended = [[cell.replace(".", ",") if point.fullmatch(cell) else cell for cell in row] for row in rows]
    if sample.delimiter == "\t":
        return "".join("\t".join(row) + "\n" for row in mended)
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\n").writerows(mended)
    return out.getvalue()


@of_each
def test_a_decimal_comma_gives_the_same_figures_with_its_profile_and_none_without(sample: Sample) -> None:
    text = with_comma(sample)
    told = as_written(sample)

    comma = figures(read(text, replace(MONTH_FIRST, decimal_mark=DecimalMark.COMMA)))
    assert {unnamed(key): said for key, said in comma.items()} == {unnamed(key): said for key, said in told.items()}
    mistaken = read(text)
    assert any(line.refused for line in mistaken.lines)
    assert {unnamed(key): said for key, said in figures(mistaken).items()}.items() <= {
        unnamed(key): said for key, said in told.items()
    }.items()


def unnamed(key: Key) -> tuple[str, ...]:
    """A key without the mark in the masses and wavelengths that names and labels hold."""
    return tuple(part.replace(",", ".") for part in key)


@of_each
@given(data=st.data())
@settings(max_examples=12, deadline=None)
def test_a_file_that_was_cut_off_gives_no_other_figure(sample: Sample, data: st.DataObject) -> None:
    text = sample.text
    end = data.draw(st.integers(min_value=1, max_value=len(text) - 1))

    try:
        found = figures(read(text[:end]))
    except BadInput:
        found = {}  # refused as a whole

    assert found.items() <= as_written(sample).items()
