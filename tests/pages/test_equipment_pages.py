"""The instruments and their calibrations, through the pages."""

from collections.abc import Callable
from datetime import date

import pytest

from lims.core.actions import Action
from lims.equipment import service
from lims.equipment.schemas import InstrumentIn
from lims.equipment.tables import Instrument
from lims.runtime import Lims
from tests.factories import Cast
from tests.pages.conftest import Browser, text_of

Browse = Callable[..., Browser]

GCMS = {
    "code": "GCMS-01",
    "name": "气相色谱-质谱联用仪",
    "model": "8890/7000D",
    "serial_number": "US2134A056",
    "calibrated_until": "2027-06-30",
}


@pytest.fixture
def gcms(lims: Lims, cast: Cast) -> Instrument:
    """An instrument of Ann's laboratory."""
    with lims.work(cast.max, Action.EQUIPMENT_EDIT) as session:
        return service.register_instrument(session, InstrumentIn.model_validate(GCMS))


def test_the_quality_manager_registers_an_instrument(browse: Browse, cast: Cast) -> None:
    max_ = browse(cast.max)

    page = text_of(max_.follow(max_.post("/equipment/new", GCMS)))

    assert "仪器 GCMS-01 已登记" in page
    assert "GCMS-01" in text_of(max_.get("/equipment"))


def test_what_is_missing_is_said_beside_its_field_and_nothing_is_lost(browse: Browse, cast: Cast) -> None:
    answer = browse(cast.max).post("/equipment/new", {**GCMS, "serial_number": "", "calibrated_until": "soon"})

    assert answer.status_code == 422
    assert 'id="e-serial_number-1"' in answer.text
    assert 'id="e-calibrated_until-1"' in answer.text
    assert 'value="8890/7000D"' in answer.text


def test_a_calibration_that_is_over_stands_out_and_is_renewed(browse: Browse, cast: Cast, gcms: Instrument) -> None:
    max_ = browse(cast.max)
    address = f"/equipment/{gcms.id}"

    over = max_.follow(max_.post(f"{address}/calibration", {"version": 1, "calibrated_until": "2026-11-22"}))
    soon = max_.follow(max_.post(f"{address}/calibration", {"version": 2, "calibrated_until": "2026-12-24"}))

    assert "已过期" in text_of(over)
    assert "即将到期" in text_of(soon)


def test_who_changed_it_meanwhile_is_shown_with_what_they_changed(
    browse: Browse, cast: Cast, lims: Lims, gcms: Instrument
) -> None:
    max_ = browse(cast.max)
    max_.post(f"/equipment/{gcms.id}/calibration", {"version": 1, "calibrated_until": "2027-12-31"})

    answer = max_.post(f"/equipment/{gcms.id}/calibration", {"version": 1, "calibrated_until": "2026-12-31"})

    assert answer.status_code == 409
    assert f"{cast.max.name} 2026-11-23 10:00 校准有效期至 2027-06-30 2027-12-31" in text_of(answer)
    with lims.read(cast.max, Action.EQUIPMENT_READ) as session:
        stored = session.get(Instrument, gcms.id)
        assert stored is not None
        assert stored.calibrated_until == date(2027, 12, 31)


def test_a_technician_reads_and_changes_nothing(browse: Browse, cast: Cast, gcms: Instrument) -> None:
    ann = browse(cast.ann)

    assert "GCMS-01" in text_of(ann.get(f"/equipment/{gcms.id}"))
    assert ann.get("/equipment/new").status_code == 403
    assert ann.post("/equipment/new", GCMS).status_code == 403
    later = {"version": 1, "calibrated_until": "2028-01-01"}
    assert ann.post(f"/equipment/{gcms.id}/calibration", later).status_code == 403


def test_another_laboratorys_instrument_does_not_exist(browse: Browse, cast: Cast, gcms: Instrument) -> None:
    assert browse(cast.eve).get(f"/equipment/{gcms.id}").status_code == 404
    assert "GCMS-01" not in text_of(browse(cast.eve).get("/equipment"))
