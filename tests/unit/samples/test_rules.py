"""Rules of the counter: days, samplers, numbers, reception, and who may see whose a sample is."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest

from lims.core.actions import Role
from lims.core.actors import Actor, system_actor
from lims.core.reasons import Where
from lims.samples.rules import (
    Programme,
    SampleStatus,
    SealState,
    accession,
    day_faults,
    number_faults,
    reasons_not_to_receive,
    sampler_faults,
    sees_whole,
)

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("sampled", "basis", "codes"),
    [
        (TODAY, TODAY, []),
        (date(2026, 11, 24), TODAY, ["sample.sampled_in_future"]),
        (date(2026, 11, 20), date(2026, 11, 21), ["sample.basis_after_sampling"]),
        (date(2016, 11, 20), date(2016, 11, 20), ["sample.sampled_long_ago"]),
        (TODAY, date(2006, 11, 20), ["sample.basis_long_ago"]),
        (TODAY, date(2020, 11, 20), []),  # stored grain
        (date(2027, 1, 1), date(2027, 1, 2), ["sample.sampled_in_future", "sample.basis_after_sampling"]),
    ],
)
def test_the_days_of_a_sheet(sampled: date, basis: date, codes: list[str]) -> None:
    assert [r.code for r in day_faults(sampled, basis, TODAY, Where)] == codes


@pytest.mark.parametrize(
    ("programme", "samplers", "refused"),
    [
        (Programme.SUPERVISION, "李明、王芳", False),
        (Programme.SUPERVISION, "李明 王芳", False),
        (Programme.SUPERVISION, "李明", True),
        (Programme.SUPERVISION, "李明、", True),
        (Programme.ROUTINE, "李明", False),
    ],
)
def test_a_supervision_sample_has_two_samplers(programme: Programme, samplers: str, refused: bool) -> None:
    assert bool(sampler_faults(programme, samplers, Where)) is refused


@pytest.mark.parametrize(
    ("number", "refused"),
    [("LA-2026-000001", True), ("LA-2031-1000000", True), ("LB-2026-000001", False), ("LA-2026-1", False)],
)
def test_a_given_number_stays_out_of_the_laboratorys_own_series(number: str, refused: bool) -> None:
    assert bool(number_faults(number, "LA", Where)) is refused


def test_accession() -> None:
    assert accession("LA", 2026, 42) == "LA-2026-000042"


@pytest.mark.parametrize(
    ("status", "programme", "seal", "note", "celsius", "codes"),
    [
        (SampleStatus.REGISTERED, Programme.ROUTINE, SealState.INTACT, None, Decimal("4.5"), []),
        (SampleStatus.REGISTERED, Programme.ROUTINE, SealState.NONE, None, None, []),
        (SampleStatus.RECEIVED, Programme.ROUTINE, SealState.INTACT, None, None, ["sample.already_received"]),
        (SampleStatus.REGISTERED, Programme.ROUTINE, SealState.BROKEN, None, None, ["sample.seal_note"]),
        (SampleStatus.REGISTERED, Programme.ROUTINE, SealState.BROKEN, "已告知", None, []),
        (SampleStatus.REGISTERED, Programme.SUPERVISION, SealState.BROKEN, "已告知", None, ["sample.seal"]),
        (SampleStatus.REGISTERED, Programme.SUPERVISION, SealState.NONE, None, None, ["sample.seal"]),
        (SampleStatus.REGISTERED, Programme.ROUTINE, SealState.INTACT, None, Decimal(400), ["sample.temperature"]),
        (
            SampleStatus.TESTED, Programme.ROUTINE, SealState.BROKEN, None, Decimal(61),
            ["sample.already_received", "sample.seal_note", "sample.temperature"],
        ),
    ],
)  # fmt: skip
def test_every_reason_not_to_receive(
    status: SampleStatus,
    programme: Programme,
    seal: SealState,
    note: str | None,
    celsius: Decimal | None,
    codes: list[str],
) -> None:
    assert [r.code for r in reasons_not_to_receive(status, programme, seal, note, celsius)] == codes


@pytest.mark.parametrize(
    ("role", "whole"),
    [
        (Role.TECHNICIAN, False),
        (Role.VERIFIER, False),
        (Role.SAMPLER, True),
        (Role.REPORT_COMPILER, True),
        (Role.QUALITY_MANAGER, True),
        (Role.INSPECTOR, True),
        (Role.NETWORK_MANAGER, False),
        (Role.ADMINISTRATOR, False),
    ],
)
def test_the_bench_does_not_see_whose_a_sample_is(role: Role, whole: bool) -> None:
    person = Actor(uuid4(), "p", frozenset({role}), uuid4(), frozenset())

    assert sees_whole(person) is whole
    assert sees_whole(person, registered_by=person.user_id)
    assert sees_whole(person, registered_by=uuid4()) is whole
    assert sees_whole(system_actor())
