"""Every record of a file is accounted for, and the sum is shown."""

from pathlib import Path

import pytest

from lims.runs.accounting import Accounting, ColumnMapping, Disposition, account
from lims.runs.cells import DateOrder
from lims.runs.profile import ImportProfile
from lims.runs.readers.masshunter_wide import READER
from lims.runs.readers.registry import read as read_file

FILES = Path(__file__).parents[3] / "../shared/samples/instruments/files/agilent_masshunter_quant"
PROFILE = ImportProfile("ng/mL", date_order=DateOrder.MONTH_DAY_YEAR, analyte_aliases={"Carbofuran-3OH": "CARB3OH"})

CODES = {"Carbofuran": "CARB", "CARB3OH": "CARB3OH"}

TABLE = """Sample,,,,Carbofuran Results,Carbofuran\u20113OH Results,Mystery Results,TPP (ISTD) Results
,Name,Data File,Type,Area,Area,Area,Area
,S-1,S-1.d,Sample,1,2,3,4
,S-1,S-1.d,Sample,1,2,3,4
,S-2,S-2.d,Odd,1,2,3,4
,S-3,S-3.d,Sample,1,2,3,4
,S-4,S-4.d,Sample,x,2,3,4
,Average,,,1,2,3,4
,S-5,S-5.d,Sample,1,2,3,4
"""


def accounted() -> Accounting:
    batch = read_file(TABLE.encode(), PROFILE, READER.name)
    positions = {name: f"position {name[-1]}" for name in ("S\u20111", "S-2", "S-4", "S-5")}
    return account(batch, PROFILE, CODES.get, positions, already_imported={"s-5.d"})


def test_every_record_has_one_disposition_and_the_sum_is_the_file() -> None:
    accounting = accounted()

    assert [(row.row, row.disposition.value) for row in accounting.rows] == [
        (1, "ignored"),
        (2, "ignored"),
        (3, "read"),
        (4, "duplicate"),
        (5, "unmapped"),
        (6, "unmapped"),
        (7, "refused"),
        (8, "ignored"),
        (9, "duplicate"),
    ]
    assert accounting.sum_text == "1 read + 2 duplicate + 2 unmapped + 1 refused + 3 ignored = 9 rows"
    assert [(injection.name, position) for injection, position in accounting.accepted] == [("S-1", "position 1")]


def test_what_hinders_is_said_row_by_row() -> None:
    assert [(r.code, r.where.row) for r in accounted().open_reasons] == [
        ("row.type_unknown", 5),
        ("row.not_on_worksheet", 6),
        ("cell.number_unreadable", 7),
    ]


@pytest.mark.parametrize("name", ["S-2", "GHOST"])
def test_a_name_and_a_data_file_of_two_samples_map_to_neither(name: str) -> None:
    table = TABLE.replace(",S-1,S-1.d,Sample", f",{name},S-1.d,Sample")

    accounting = account(
        read_file(table.encode(), PROFILE, READER.name), PROFILE, CODES.get, {"S-1": "position 1", "S-2": "position 2"}
    )

    assert "row.names_disagree" in {why.code for why in accounting.rows[2].reasons}
    assert accounting.accepted == ()


def test_compounds_are_known_unknown_or_internal_standards() -> None:
    accounting = accounted()

    assert [(c.address, c.mapping, c.analyte) for c in accounting.columns] == [
        ("E", ColumnMapping.KNOWN, "CARB"),
        ("F", ColumnMapping.KNOWN, "CARB3OH"),
        ("G", ColumnMapping.UNKNOWN, None),
        ("H", ColumnMapping.INTERNAL_STANDARD, None),
    ]
    assert accounting.unknown_compounds == ("Mystery",)


@pytest.mark.skipif(not FILES.is_dir(), reason="the real exports are not beside this checkout")
def test_a_real_file_with_messages_adds_up() -> None:
    name = "12_Testdata_MHQuant_DefaultSampleInfo_RT-Areas-FWHM-withQuantMsg.csv"

    accounting = account(read_file((FILES / name).read_bytes(), PROFILE, READER.name), PROFILE, CODES.get)

    assert accounting.counts == {
        Disposition.READ: 47,
        Disposition.DUPLICATE: 0,
        Disposition.UNMAPPED: 0,
        Disposition.REFUSED: 18,
        Disposition.IGNORED: 21,
    }
    assert accounting.total == 86
