"""Shimadzu: the quant browser, ASCII exports of LabSolutions and GCMSsolution, ICPE-9000."""

from datetime import datetime
from decimal import Decimal

import pytest

from lims.core.clock import CHINA
from lims.core.errors import BadInput
from lims.runs.accounting import Disposition
from lims.runs.cells import CellStatus, DateOrder
from lims.runs.profile import ImportProfile, InjectionType
from lims.runs.readers.registry import read as read_file
from lims.runs.records import Batch, Figure
from tests.unit.runs.readers.remade import codes, content, counts, injection, number, status

D = Decimal

PROFILE = ImportProfile("µg/L", date_order=DateOrder.MONTH_DAY_YEAR)
BROWSER = "shimadzu_labsolutions/LCMS-8050.txt"
ANIONS = "shimadzu_labsolutions/Javits_Anion_Set2.txt"
TERPENES = "shimadzu_gcmssolution/QP2010.txt"
ISOTOPES = "shimadzu_gcmssolution/13CPROT1.txt"
METALS = "shimadzu_icpe/icp output.txt"


def read(given: str | bytes, profile: ImportProfile = PROFILE) -> Batch:
    return read_file(given if isinstance(given, bytes) else given.encode(), profile)


@pytest.mark.parametrize(
    ("name", "records", "injections", "compounds", "refused", "messages"),
    [
        (BROWSER, 594, 13, 27, 0, []),
        (ANIONS, 4840, 41, 5, 70, []),
        (TERPENES, 36, 1, 23, 0, []),
        (ISOTOPES, 268, 1, 259, 0, ["labsolutions.count_differs"]),
        (METALS, 116, 29, 4, 0, []),
    ],
)
def test_a_real_export_is_read_whole(
    name: str, records: int, injections: int, compounds: int, refused: int, messages: list[str]
) -> None:
    batch = read(content(name))

    assert (len(batch.lines), len(batch.injections), len(batch.compounds)) == (records, injections, compounds)
    assert counts(batch, PROFILE)[Disposition.REFUSED] == refused
    assert [one.code for one in batch.messages] == messages


@pytest.mark.parametrize("name", [BROWSER, ANIONS, METALS])
def test_a_date_in_another_order_is_refused_and_not_exchanged(name: str) -> None:
    batch = read(content(name), ImportProfile("µg/L", date_order=DateOrder.DAY_MONTH_YEAR))

    assert "cell.date_unreadable" in codes(batch)


# ── quant browser ────────────────────────────────────────────────────────────────────────────────────


def test_the_browser_gives_peaks_with_their_reference_ions() -> None:
    batch = read(content(BROWSER))

    blank = next(one for one in batch.injections if one.data_file == "10172016_Blank_Blank_001.lcd")
    assert (blank.name, blank.vial, blank.type, blank.level) == ("Blank", "104", InjectionType.SAMPLE, "")
    assert blank.acquired_at == datetime(2016, 10, 17, 13, 20, 57, tzinfo=CHINA)
    assert number(blank, "Okratoxin", Figure.AREA) == 6163
    assert status(blank, "Okratoxin", Figure.RETENTION_TIME) is CellStatus.NOT_FOUND
    assert status(blank, "Okratoxin", Figure.FINAL_CONCENTRATION) is CellStatus.NOT_FOUND
    assert number(blank, "Okratoxin", Figure.INTERNAL_STANDARD_RESPONSE) == 293225
    (ion,) = blank.qualifiers("Okratoxin")
    assert (ion.label, ion.figures[Figure.ION_RATIO].number) == ("Ref.1 (404.20>221.00)", D("10.23"))
    sample = injection(batch, "HARDCORE OG")
    assert number(sample, "TPP", Figure.AREA) == 6139093
    assert number(sample, "TPP", Figure.FINAL_CONCENTRATION) == 1
    quality = next(one for one in batch.injections if one.data_file == "10172016_QC_QC_014.lcd")
    assert quality.type is InjectionType.QUALITY_CONTROL
    assert number(quality, "Okratoxin", Figure.AREA) == 14357751


def test_a_reference_ion_without_intensity_has_no_ratio() -> None:
    batch = read(content(BROWSER))

    blank = next(one for one in batch.injections if one.data_file == "10172016_Blank_Blank_002.lcd")
    (ion,) = blank.qualifiers("Aflatoxin B1")
    assert (ion.figures[Figure.ION_RATIO].status, ion.figures[Figure.ION_RATIO].number) == (CellStatus.NOT_FOUND, None)


def test_marks_tell_manual_integration_and_the_standard_is_known_by_its_own_area() -> None:
    batch = read(content(BROWSER))

    marks = {
        (cell.raw.strip(), trace.manually_integrated)
        for one in batch.injections
        for trace in one.traces
        for heading, cell in trace.others
        if heading == "Mark"
    }
    assert marks == {("M", True), ("M.I", True), ("V", False), ("E", False), ("-----", None)}
    assert [one.name for one in batch.compounds if one.is_internal_standard] == ["TPP"]
    assert batch.compounds[1].transition == "313.20>241.10"


BLOCK = "ID#\t{0}\nName\t{1}\n\tData Filename\tSample Name\tSample Type\tArea\tRet. Time\tConc.\n"
LINES = (
    "1\tf1.lcd\tS-1\tStandard\t10\t1.5\t5\n2\tf2.lcd\t韭菜-2\tUnknown\t-----\t-----\t-----\n"
    "\tAverage\t\t\t10\t1.5\t5\n\n"
)


def test_statistics_are_no_injections() -> None:
    batch = read(BLOCK.format(1, "A") + LINES + BLOCK.format(2, "B") + LINES)

    assert [one.name for one in batch.injections] == ["S-1", "韭菜-2"]
    assert codes(batch).count("row.statistics") == 1
    assert sum(line.reasons[0].code == "row.statistics" for line in batch.lines if line.reasons) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (BLOCK.format(1, "A") + LINES + "ID#\t2\nName\tB\n" + LINES, "labsolutions.no_headings"),
        (BLOCK.format(1, "A") + LINES + "ID#\t2\n" + LINES, "row.outside_blocks"),
        (BLOCK.format(1, "A") + LINES + BLOCK.format(2, ""), "row.no_compound"),
        (BLOCK.format(1, "A") + LINES.replace("\t1.5\t5", "\t1,5\t5", 1), "cell.number_unreadable"),
        (BLOCK.format(1, "A") + LINES.replace("f1.lcd", ""), "row.nameless"),
        (BLOCK.format(1, "A") + "1\tf1.lcd\tS-1\tStandard\t10\t1.5\t5", "row.no_line_end"),
        (BLOCK.format(1, "A") + "1\tf1.lcd\tS-1\tStandard\t10\t1.5", "row.too_short"),
    ],
)
def test_a_row_of_the_browser_that_cannot_be_read_is_refused(text: str, expected: str) -> None:
    batch = read(text)

    assert expected in codes(batch)
    assert any(line.refused for line in batch.lines)


def test_blocks_with_fewer_rows_are_told() -> None:
    batch = read(BLOCK.format(1, "A") + LINES + BLOCK.format(2, "B") + LINES.split("\n", maxsplit=1)[0] + "\n")

    assert [one.code for one in batch.messages] == ["batch.rows_missing"]


def test_a_browser_without_rows_is_refused() -> None:
    with pytest.raises(BadInput) as refused:
        read(BLOCK.format(1, "A"))

    assert refused.value.reasons[0].code == "labsolutions.not_the_browser"


# ── ASCII ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_batch_of_anions_is_many_exports_in_one_file() -> None:
    batch = read(content(ANIONS))

    last = batch.injections[-1]
    assert (last.name, last.data_file, last.vial) == ("2-Dr-6.3", "unk-036.lcd", "34")
    assert (last.vendor_type, last.type, last.level) == ("Unknown", InjectionType.SAMPLE, "")
    assert last.acquired_at == datetime(2018, 10, 16, 5, 27, 47, tzinfo=CHINA)
    assert last.dilution is not None
    assert last.dilution.number == 1
    assert number(last, "Cl-", Figure.AREA) == 22640
    assert number(last, "Cl-", Figure.FINAL_CONCENTRATION) == D("3.120")
    assert number(last, "NO3- -N", Figure.RETENTION_TIME) == D("14.341")
    assert status(last, "PO43-", Figure.AREA) is CellStatus.NOT_FOUND
    assert status(last, "PO43-", Figure.FINAL_CONCENTRATION) is CellStatus.NOT_FOUND
    first = batch.injections[0]
    assert (first.type, first.level, first.row) == (InjectionType.STANDARD, "1", 80)
    assert batch.software == "LabSolutions 5.54 SP5"
    curve = batch.compounds[0].curve
    assert curve is not None
    assert (curve.model, dict(curve.coefficients)["1st"]) == ("Linear", "6.954825e+003")


def test_an_injection_evaluated_twice_with_other_results_is_refused_both_times() -> None:
    batch = read(content(ANIONS))

    refused = [line for line in batch.lines if line.refused]
    assert {reason.code for line in refused for reason in line.reasons} == {"row.trace_disputed"}
    assert {one.data_file for one in batch.injections}.isdisjoint(f"std-{number:03}.lcd" for number in range(8, 15))


def test_terpenes_are_read_with_modes_units_and_ions() -> None:
    batch = read(content(TERPENES))

    (one,) = batch.injections
    assert one.name == "1-16-02249-001_CD_10172016_2"
    assert number(one, "alpha-Pinene", Figure.AREA) == 344488
    assert number(one, "Camphene", Figure.FINAL_CONCENTRATION) == D("-0.07825")
    assert number(one, "Limonene", Figure.SIGNAL_TO_NOISE) == D("122.73")
    assert status(one, "Geraniol", Figure.RETENTION_TIME) is CellStatus.NOT_FOUND
    assert status(one, "Geraniol", Figure.AREA) is CellStatus.EMPTY
    traces = {trace.compound: trace for trace in one.traces if not trace.label}
    assert [name for name, trace in traces.items() if trace.manually_integrated] == ["p-Cymene"]
    assert traces["Geraniol"].manually_integrated is None
    assert traces["Camphene"].unit == "mg"
    first, second = one.qualifiers("alpha-Pinene")
    assert (first.label, second.label) == ("Ref.Ion1 (92.00)", "Ref.Ion2 (91.00)")
    assert Figure.AREA not in first.figures
    assert (first.figures[Figure.ION_RATIO].number, first.figures[Figure.EXPECTED_ION_RATIO].number) == (
        D("38.58"),
        D("38.94"),
    )
    curve = batch.compounds[0].curve
    assert curve is not None
    assert dict(curve.coefficients)["1st"] == "4.44061e+008"


def test_compounds_of_the_same_name_keep_their_numbers() -> None:
    batch = read(content(ISOTOPES))

    names = [one.name for one in batch.compounds]
    assert "Glycine  C2_TMS 3_m0" in names
    assert {name for name in names if name.startswith("Serine  C2-C3_TMS 2_m0")} == {
        "Serine  C2-C3_TMS 2_m0 (ID# 22)",
        "Serine  C2-C3_TMS 2_m0 (ID# 25)",
    }
    (one,) = batch.injections
    assert number(one, "Glycine  C2_TMS 3_m0", Figure.AREA) == 410680
    ion = one.qualifiers("Glyoxylate (1MEOX) _TMS 1_m0")[0]
    assert (ion.figures[Figure.AREA].number, ion.figures[Figure.ION_RATIO].number) == (D(743), D("191.50"))
    missing = one.qualifiers("Glyoxylate (1MEOX) _TMS 1_m1")[0]
    assert missing.figures[Figure.AREA].status is CellStatus.NOT_FOUND


EXPORT = (
    "[Header]\nApplication Name\tLabSolutions\nData File Name\tD:\\runs\\{0}.lcd\n\n"
    "[Sample Information]\nAcquired\t3/13/2026 1:02:03 PM\nSample Type\t0:Unknown\nSample Name\t{0}\n\n"
    "[Compound Results(Detector A)]\n# of IDs\t2\n"
    "ID#\tName\tR.Time\tArea\tConc.\n1\tA\t1.5\t10\t5.5\n2\tB\t2.5\t20\t7\n\n"
)


def test_two_detectors_with_the_same_compound_are_kept_apart() -> None:
    other = "[Compound Results(Detector B)]\n# of IDs\t1\nID#\tName\tR.Time\tArea\tConc.\n1\tA\t1.4\t3\t1\n\n"

    batch = read(EXPORT.format("韭菜-1") + other)

    assert [one.name for one in batch.compounds] == [
        "A [Compound Results(Detector A)]",
        "B",
        "A [Compound Results(Detector B)]",
    ]


def test_internal_standards_of_a_group_are_named() -> None:
    text = (
        "[Header]\nData File Name\tD:\\x.qgd\n\n[MS Quantitative Results]\n# of IDs\t2\n"
        "ID#\tName\tType\tISTD Group#\tMass\tRet.Time\tArea\tConc.\tMode\n"
        "1\tA\tTarget\t1\t93.0\t1.5\t10\t5\tAuto\n2\tS\tISTD\t1\t98.0\t1.4\t100\t1\tManual\n"
    )

    batch = read(text)

    assert batch.reader == "gcmssolution-ascii"
    assert [one.is_internal_standard for one in batch.compounds] == [False, True]
    assert [trace.internal_standard for trace in batch.injections[0].traces] == ["S", ""]
    assert [trace.manually_integrated for trace in batch.injections[0].traces] == [False, True]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (EXPORT.format("S").replace("3/13/2026", "13/13/2026"), "cell.date_unreadable"),
        (EXPORT.format("S").replace("\t10\t", "\t1,0\t"), "cell.number_unreadable"),
        (EXPORT.format("S").replace("\tA\t", "\t\t"), "row.no_compound"),
        (EXPORT.format("S")[:-5], "row.too_short"),
        (EXPORT.format("S")[:-2], "row.no_line_end"),
    ],
)
def test_a_result_that_cannot_be_read_is_refused(text: str, expected: str) -> None:
    assert expected in codes(read(text))


def test_an_injection_that_lost_its_results_is_told() -> None:
    batch = read(EXPORT.format("S-1") + EXPORT.format("S-2")[:150])

    assert [one.code for one in batch.messages] == ["labsolutions.injection_without_results"]
    batch = read(EXPORT.format("S-1").replace("2\tB\t2.5\t20\t7\n", ""))
    assert [one.code for one in batch.messages] == ["labsolutions.count_differs"]


def test_an_export_of_peaks_alone_is_refused() -> None:
    peaks = EXPORT.format("S").replace("Compound Results", "Peak Table")

    with pytest.raises(BadInput) as refused:
        read(peaks)

    assert refused.value.reasons[0].code == "labsolutions.no_results"


# ── ICPE-9000 ────────────────────────────────────────────────────────────────────────────────────────


def test_metals_are_read_by_element_and_wavelength() -> None:
    batch = read(content(METALS))

    assert [one.name for one in batch.compounds] == ["As 193.759", "Cd 214.438", "Hg 194.227", "Pb 220.353"]
    blank, quality = injection(batch, "Blank"), injection(batch, "QC")
    assert (blank.type, blank.level) == (InjectionType.STANDARD, "1")
    assert blank.acquired_at == datetime(2016, 9, 23, 11, 54, 59, tzinfo=CHINA)
    assert number(blank, "As 193.759", Figure.INTENSITY) == D("-0.1088778")
    assert status(blank, "As 193.759", Figure.FINAL_CONCENTRATION) is CellStatus.EMPTY
    assert (quality.type, quality.row) == (InjectionType.SAMPLE, 37)
    assert number(quality, "As 193.759", Figure.FINAL_CONCENTRATION) == D("11.3")
    assert number(quality, "As 193.759", Figure.RELATIVE_STANDARD_DEVIATION) == D("15.49")
    assert number(quality, "As 193.759", Figure.INTENSITY) == D("0.1112426")
    assert quality.traces[0].unit == "ppb"
    assert ("Concentration 1", "10.1") in [(heading, cell.raw) for heading, cell in quality.traces[0].others]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda cells: cells[:30], "row.too_short"),
        (lambda cells: [*cells, "1"], "row.too_long"),
        (lambda cells: ["", *cells[:-1]], "icpe.columns_differ"),
        (lambda cells: [*cells[:3], "", *cells[4:]], "row.no_time"),
        (lambda cells: [*cells[:2], "", *cells[3:]], "row.nameless"),
        (lambda cells: [*cells[:41], "1,5", *cells[42:]], "cell.number_unreadable"),
    ],
)
def test_a_row_of_metals_that_does_not_fit_is_refused(change: object, expected: str) -> None:
    assert callable(change)
    first, second = content(METALS).decode().splitlines()[:2]

    batch = read("\n".join([first, "\t".join(change(second.split("\t"))), ""]))

    assert [reason.code for reason in batch.lines[1].reasons] == [expected]
