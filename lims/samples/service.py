"""Acts on samples: registering sheets, receiving what arrives."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from uuid import UUID

from lims.core.clock import local_day
from lims.core.errors import Conflict, refuse_if
from lims.core.reasons import Reason
from lims.db.numbers import allocate
from lims.db.work import LimsSession, check_version, insert_many, own_laboratory, save
from lims.library.rules import Library
from lims.network import queries as network
from lims.network.tables import Laboratory
from lims.samples import queries
from lims.samples.blind_codes import new_blind_code
from lims.samples.registration import Checked, PlannedTest, check_orders
from lims.samples.rules import SampleStatus, TestStatus, accession, reasons_not_to_receive
from lims.samples.schemas import AssignedTestOut, Receipt, SampleOrder
from lims.samples.tables import AssignedTest, Sample
from lims.samples.words import SEAL_WORDS
from lims.web.rows import Numbered


@dataclass(frozen=True, slots=True)
class Registered:
    """A sample just registered, with its tests as they were stored (records of them would be built for nothing)."""

    sample: Sample
    tests: Sequence[AssignedTestOut]


def register_sample(session: LimsSession, library: Library, order: SampleOrder) -> Sample:
    """Register one sampling sheet with its tests.

    Raises:
        RuleRefused: with every fault of the sheet.
        Conflict: the sheet is registered already (the reason names the sample), or the number is taken.
    """
    return register(session, library, order).sample


def register(session: LimsSession, library: Library, order: SampleOrder) -> Registered:
    """As `register_sample`, with the tests, so that nobody has to read them back."""
    laboratory = _own_laboratory(session)
    (checked,) = check_orders(session, library, laboratory, [Numbered(order)], local_day(session.instant))
    refuse_if(checked.faults)
    if checked.taken:
        raise Conflict(*checked.taken)
    return _store(session, laboratory, [checked])[0]


def register_samples(
    session: LimsSession, library: Library, orders: Sequence[Numbered[SampleOrder]], *, only_good: bool = False
) -> tuple[list[Sample], list[Reason]]:
    """Register many sheets: all of them, or with `only_good` those without fault; and the faults of the others.

    Raises `RuleRefused` with every fault of every sheet, unless `only_good`.
    """
    laboratory = _own_laboratory(session)
    checked = check_orders(session, library, laboratory, orders, local_day(session.instant))
    faults = [why for one in checked for why in one.reasons]
    if not only_good:
        refuse_if(faults)
    stored = _store(session, laboratory, [one for one in checked if not one.reasons])
    return [one.sample for one in stored], faults


def faults_of(
    session: LimsSession, library: Library, orders: Sequence[Numbered[SampleOrder]], today: date
) -> list[Reason]:
    """Everything that would keep these sheets from being registered on a day; nothing is written."""
    checked = check_orders(session, library, _own_laboratory(session), orders, today)
    return [why for one in checked for why in one.reasons]


def receive_sample(session: LimsSession, number: str, receipt: Receipt) -> Sample:
    """Take a registered sample in: its condition, seal and temperature as it arrived.

    Raises `NotFound`, `Conflict` when it changed meanwhile, `RuleRefused` with every reason.
    """
    sample = queries.sample_by_number(session, number)
    check_version(sample, receipt.version)
    refuse_if(
        reasons_not_to_receive(sample.status, sample.programme, receipt.seal, receipt.note, receipt.temperature_c)
    )
    sample.status = SampleStatus.RECEIVED
    sample.received_at = session.instant
    sample.received_by = session.actor.user_id
    sample.condition = receipt.condition
    sample.seal_state = SEAL_WORDS[receipt.seal]
    sample.temperature_c = receipt.temperature_c
    if receipt.note:
        sample.remark = "；".join(text for text in (sample.remark, receipt.note) if text)
    return save(session, sample)


def _own_laboratory(session: LimsSession) -> Laboratory:
    return network.laboratory_by_id(session, own_laboratory(session))


def _store(session: LimsSession, laboratory: Laboratory, checked: Sequence[Checked]) -> list[Registered]:
    """Write samples and tests. Numbers come last of all that can fail, so that the series keeps no gap."""
    if not checked:
        return []
    year = local_day(session.instant).year
    codes = _fresh_blind_codes(len(checked))
    unnumbered = sum(one.order.number is None for one in checked)
    serials = iter(allocate(session, laboratory.id, f"sample-{year}", unnumbered) if unnumbered else range(0))
    samples = [
        Sample(
            laboratory_id=laboratory.id,
            **one.order.model_dump(exclude={"number", "food", "parameters", "retest_results"}),
            number=one.order.number or accession(laboratory.code, year, next(serials)),
            blind_code=code,
            food=one.food,
            retest_results=list(one.first.values()) or None,
            registered_at=session.instant,
            registered_by=session.actor.user_id,
        )
        for one, code in zip(checked, codes, strict=True)
    ]
    save(session, *samples)
    rows = [
        {
            "laboratory_id": laboratory.id,
            "sample_id": sample.id,
            "parameter": test.parameter,
            "method_code": test.method_code,
            "out_of_scope": test.out_of_scope,
        }
        for sample, one in zip(samples, checked, strict=True)
        for test in one.tests
    ]
    ids = insert_many(session, AssignedTest, rows)
    planned = (test for one in checked for test in one.tests)
    tests = iter([_just_assigned(key, test) for key, test in zip(ids, planned, strict=True)])
    return [Registered(s, list(islice(tests, len(one.tests)))) for s, one in zip(samples, checked, strict=True)]


def _just_assigned(key: UUID, test: PlannedTest) -> AssignedTestOut:
    return AssignedTestOut(
        id=key,
        version=1,
        parameter=test.parameter,
        method_code=test.method_code,
        status=TestStatus.ASSIGNED,
        out_of_scope=test.out_of_scope,
    )


def _fresh_blind_codes(count: int) -> list[str]:
    """As many different codes. One that is stored already (one chance in a million for a million samples) is refused
    by the database, and registering again draws another.
    """
    fresh: set[str] = set()
    while len(fresh) < count:
        fresh.add(new_blind_code())
    return list(fresh)
