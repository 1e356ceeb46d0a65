"""A sample is named by its number or blind code; who sees several laboratories means the own one."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from lims.core.actions import Action
from lims.core.actors import Actor, system_actor
from lims.core.errors import NotFound
from lims.db.work import save
from lims.network.queries import laboratory_by_code
from lims.runtime import Lims
from lims.samples.queries import sample_by_code
from lims.samples.rules import BasisKind, Programme, Stage
from lims.samples.tables import Sample
from tests.factories import Cast

REGISTERED_AT = datetime(2026, 11, 23, 8, tzinfo=UTC)
DAY = REGISTERED_AT.date()


def a_sample(laboratory_id: UUID, blind_code: str) -> Sample:
    return Sample(
        laboratory_id=laboratory_id,
        number="X-1",
        blind_code=blind_code,
        product_name="豇豆",
        food="蔬菜/豇豆",
        programme=Programme.ROUTINE,
        stage=Stage.FARM,
        client="农业农村局",
        inspected_party="合作社",
        region_code="520304",
        place="龙山村",
        sampled_on=DAY,
        sampling_sheet_number="CY-1",
        samplers="李明",
        quantity=Decimal("3.0"),
        quantity_unit="kg",
        basis_on=DAY,
        basis_kind=BasisKind.HARVEST,
        registered_at=REGISTERED_AT,
    )


@pytest.fixture
def two_samples_x1(lims: Lims, cast: Cast) -> None:
    """Laboratories LA and LB have each given the number X-1 to a sample."""
    with lims.work(system_actor(), Action.SET_UP) as session:
        for code, blind_code in (("LA", "AAAAAAAA2"), ("LB", "BBBBBBBB2")):
            save(session, a_sample(laboratory_by_code(session, code).id, blind_code))


def blind_code_of(lims: Lims, actor: Actor, name: str) -> str:
    with lims.read(actor, Action.SAMPLE_READ) as session:
        return sample_by_code(session, name).blind_code


@pytest.mark.usefixtures("two_samples_x1")
def test_a_number_means_the_sample_of_the_own_laboratory(lims: Lims, cast: Cast) -> None:
    assert blind_code_of(lims, cast.ann, "X-1") == "AAAAAAAA2"
    assert blind_code_of(lims, cast.eve, "X-1") == "BBBBBBBB2"


@pytest.mark.usefixtures("two_samples_x1")
def test_who_sees_two_samples_of_a_number_is_given_neither_by_chance(lims: Lims) -> None:
    everywhere = system_actor()

    with pytest.raises(NotFound):
        blind_code_of(lims, everywhere, "X-1")
    assert blind_code_of(lims, everywhere, "BBBBBBBB2") == "BBBBBBBB2"
