"""Workbooks that laboratories fill: the matrix of results from OpenLab, and the worksheet of AORC criteria."""

from dataclasses import replace
from decimal import Decimal

import pytest

from lims.core.errors import BadInput
from lims.runs.profile import Response
from lims.runs.readers import aorc_worksheet, openlab_matrix
from lims.runs.readers.registry import read as read_file
from lims.runs.records import Figure, TraceRole
from tests.unit.runs.readers.variants import MONTH_FIRST, accounted, content_of, read, recognised_by

FOLDER = "agilent_chemstation_openlab/"
REPORT = FOLDER + "Report.txt"
MATRIX = FOLDER + "Exemple_resultat.xlsx"
AORC = FOLDER + "agilent.masshunter.aorc.xls"


def test_only_their_own_files_are_recognised() -> None:
    assert recognised_by(openlab_matrix.READER) == ["Exemple_resultat.xlsx"]
    assert recognised_by(aorc_worksheet.READER) == ["agilent.masshunter.aorc.xls"]


def test_a_matrix_is_read_as_the_response_that_the_profile_names() -> None:
    batch = read(MATRIX)

    assert (len(batch.lines), len(batch.injections), len(batch.compounds)) == (6, 1, 37)
    assert accounted(batch) == "0 read + 0 duplicate + 1 unmapped + 0 refused + 5 ignored = 6 rows"
    assert [message.code for message in batch.messages] == ["openlab.values_unnamed"]
    (one,) = batch.injections
    succinate, none = one.quantifier("Succinate"), one.quantifier("Glyoxylate")
    assert succinate is not None
    assert none is not None
    area = succinate.figures[Figure.AREA]
    assert (area.number, area.address) == (Decimal("10.712910652160645"), "D6")
    assert none.found() is False
    by_height = read(MATRIX, replace(MONTH_FIRST, response=Response.HEIGHT)).injections[0].quantifier("Succinate")
    assert by_height is not None
    assert [*by_height.figures] == [Figure.HEIGHT]


def test_a_matrix_of_no_peaks_and_another_workbook_are_refused() -> None:
    for name, profile, code in (
        (MATRIX, replace(MONTH_FIRST, response=Response.INTENSITY), "openlab.response_unfit"),
        (AORC, MONTH_FIRST, "openlab.not_a_matrix"),
        (REPORT, MONTH_FIRST, "openlab.not_a_matrix"),
    ):
        with pytest.raises(BadInput) as refused:
            read_file(content_of(name), profile, openlab_matrix.READER.name)
        assert refused.value.reasons[0].code == code


def test_an_aorc_worksheet_is_one_injection_with_its_ions() -> None:
    batch = read(AORC)

    assert (len(batch.lines), len(batch.injections)) == (85, 1)
    assert accounted(batch) == "0 read + 0 duplicate + 3 unmapped + 0 refused + 82 ignored = 85 rows"
    (compound,) = batch.compounds
    assert (compound.name, compound.transition) == ("TotalInterims", "578.2 -> 414.2")
    (one,) = batch.injections
    assert (one.name, one.key) == ("H2O-0001", "h2o-0001 @ exp-014-d")
    assert [(t.role, t.label, t.figures[Figure.AREA].number) for t in one.traces] == [
        (TraceRole.QUANTIFIER, "", Decimal(256914)),
        (TraceRole.QUALIFIER, "Qualifier (578.2 -> 430.1)", Decimal(244636)),
        (TraceRole.QUALIFIER, "Qualifier (578.2 -> 441.1)", Decimal(113470)),
    ]
    first = one.traces[0]
    assert first.figures[Figure.RETENTION_TIME].number == Decimal("7.61")
    assert first.figures[Figure.EXPECTED_RETENTION_TIME].address == "D14"
    assert first.figures[Figure.SIGNAL_TO_NOISE].number == Decimal("105.2")
    assert [cell.raw for _, cell in first.others] == ["56424"]
    with pytest.raises(BadInput) as refused:
        read_file(content_of(MATRIX), MONTH_FIRST, aorc_worksheet.READER.name)
    assert refused.value.reasons[0].code == "aorc.not_a_worksheet"


def test_a_damaged_workbook_is_refused_and_recognised_by_nobody() -> None:
    content = bytearray(content_of("thermo_xcalibur/bad_file_xls.xls"))
    content[3001] ^= 0xFF  # the library that reads workbooks ends in a panic on it

    with pytest.raises(BadInput) as unknown:
        read_file(bytes(content), MONTH_FIRST)
    assert unknown.value.reasons[0].code == "run.format_unknown"
    with pytest.raises(BadInput) as refused:
        read_file(bytes(content), MONTH_FIRST, openlab_matrix.READER.name)
    assert refused.value.reasons[0].code == "table.not_workbook"
