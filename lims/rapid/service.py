"""Acts on rapid tests: keeping what readers send, ordering what confirms a positive."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from lims.core.clock import local_day
from lims.core.errors import BadInput, refuse_if
from lims.core.reasons import Reason, Where, reason
from lims.db.work import LimsSession, acting_person, own_laboratory, save
from lims.library.rules import Library
from lims.network import queries as network
from lims.rapid import queries
from lims.rapid.rules import POSITIVE_FROM, outcome_of, reasons_not_to_confirm, reasons_not_to_keep
from lims.rapid.schemas import ConfirmationIn
from lims.rapid.tables import ConfirmationOrder, RapidTest
from lims.results.progress import follow
from lims.runs.opened import OpenedFile
from lims.runs.profile import ImportProfile, TextEncoding
from lims.runs.readers import rapid_readers
from lims.runs.records import Batch, Figure, Injection, Line, Trace
from lims.samples import queries as samples
from lims.samples.registration import plan_test
from lims.samples.tables import AssignedTest, Sample

#: The method of inhibition rates, where nobody names another.
USUAL_METHOD = "GB/T 5009.199-2003"


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a file: `tests` are kept now, `duplicates` were before."""

    tests: tuple[RapidTest, ...]
    duplicates: int


@dataclass(frozen=True, slots=True)
class _Reading:
    row: int
    injection: Injection
    trace: Trace
    key: str


def record_tests(
    session: LimsSession,
    library: Library,
    content: bytes,
    name: str,
    *,
    method_code: str = USUAL_METHOD,
    positive_from: Decimal = POSITIVE_FROM,
) -> Kept:
    """Keep the records of a file of a rapid reader, all of them or none; one that is kept already stays as it is.

    A positive whose item is a substance that its sample is tested for by an instrument method has its confirmation
    ordered in the same act; any other waits for somebody to say what confirms it. Raises `BadInput`
    for a file that is none, `RuleRefused` with the reasons of every record: refused by the reader, sample unknown or of
    another laboratory, tested in the future.
    """
    laboratory_id, person = own_laboratory(session), acting_person(session)
    batch = read_file(content, name)
    readings, faults = _readings(batch)
    known = samples.own_samples(session, {one.injection.name for one in readings})
    faults += [why for one in readings for why in _reasons_against(session, one, known)]
    if not (Decimal(0) < positive_from <= Decimal(100)):
        faults.append(
            reason(
                "rapid.positive_from",
                "The inhibition from which a test is positive lies above 0 and is at most 100 %.",
                at=Where(field="positive_from"),
            )
        )
    refuse_if(faults)
    before = queries.kept_keys(session, {one.key for one in readings})
    fresh = list({one.key: one for one in readings if one.key not in before}.values())
    made = []
    for one in fresh:
        cell = one.trace.value(Figure.INHIBITION_RATE)
        rate = None if cell is None else cell.number
        sample = known[one.injection.name]
        test = RapidTest(
            laboratory_id=laboratory_id,
            sample_id=sample.id,
            item=one.trace.compound[:200],
            method_code=method_code[:60],
            outcome=outcome_of(rate, one.trace.qualitative, positive_from),
            inhibition_percent=rate,
            positive_from=positive_from,
            device_said=one.trace.qualitative,
            tested_at=one.injection.acquired_at,
            channel=one.injection.vial[:40] or None,
            reading_key=one.key,
            file_sha256=batch.sha256,
            reader=batch.reader,
            row=one.row,
            raw=_raw(one.trace),
            entered_by=person,
            entered_at=session.instant,
        )
        made.append(save(session, test))
        _order_by_itself(session, library, test, sample, person)
    return Kept(tuple(made), len(readings) - len(fresh))


def read_file(content: bytes, name: str) -> Batch:
    """The records of a rapid reader, UTF-8 or GB18030. Raises `BadInput` for any other file."""
    for encoding in (None, TextEncoding.GB18030):
        file = OpenedFile(content, encoding, name=name)
        for reader in (rapid_readers.RECORDS_READER, rapid_readers.TABLE_READER):
            if reader.recognises(file):
                try:
                    return reader.read(file, ImportProfile(encoding=encoding))
                except BadInput:
                    if encoding is not None:
                        raise
    raise BadInput(
        reason(
            "rapid.unknown_file",
            "This is no file of a rapid reader: a table needs the headings 样品编号, 检测项目, 抑制率(%), 检测结果; a"
            " JSON record needs SamplingNumber and Result.",
            at=Where(field="file"),
        )
    )


def order_confirmation(
    session: LimsSession, library: Library, test_id: UUID, order: ConfirmationIn
) -> list[ConfirmationOrder]:
    """Order what confirms a positive: a test of each parameter, or the one that the sample has already.

    Raises `NotFound`, and `RuleRefused` with every reason: not positive, ordered before, a parameter or method that is
    unknown, a screening method, a report that is issued.
    """
    person, test = acting_person(session), queries.rapid_test_by_id(session, test_id)
    sample = samples.sample_by_id(session, test.sample_id)
    codes = [_code(library, one.parameter) for one in order.parameters]
    confirmed = [one.test.parameter for one in queries.confirmations(session, [test.id]).get(test.id, ())]
    faults = reasons_not_to_confirm(test.outcome, sample.status, confirmed, codes)
    refuse_if(faults)
    tests = {one.parameter: one for one in samples.tests_of(session, sample.id)}
    laboratory = network.laboratory_by_id(session, test.laboratory_id)
    made: list[AssignedTest] = []
    for code, wanted in zip(codes, order.parameters, strict=True):
        existing = tests.get(code)
        if existing is not None and not library.is_screening(existing.method_code):
            made.append(existing)
            continue
        planned = plan_test(session, library, laboratory, sample.food, wanted, local_day(session.instant))
        faults += _screening(library, planned.method_code)
        if existing is not None:
            faults.append(_tested_by_screening(code, existing.method_code))
        if not faults:
            made.append(save(session, _assigned(sample, planned.parameter, planned.method_code, planned.out_of_scope)))
    refuse_if(faults)
    orders = [_ordered(session, test, one.id, order, person) for one in made]
    follow(session, library, [sample.id])
    return orders


def _readings(batch: Batch) -> tuple[list[_Reading], list[Reason]]:
    readings: list[_Reading] = []
    faults: list[Reason] = []
    for line in batch.lines:
        faults += line.reasons if line.refused else ()
        readings += _of_line(line)
    return readings, faults


def _of_line(line: Line) -> Iterable[_Reading]:
    for injection in line.injections if not line.refused and line.repeats is None else ():
        for trace in injection.traces:
            yield _Reading(line.row, injection, trace, f"{injection.key} · {trace.compound}"[:400])


def _reasons_against(session: LimsSession, one: _Reading, known: dict[str, Sample]) -> list[Reason]:
    found = reasons_not_to_keep(one.injection.acquired_at, session.instant, one.row)
    if one.injection.name not in known:
        found.append(
            reason(
                "rapid.sample_unknown",
                "Record {row}: there is no sample {label} in this laboratory; register it first, or correct its number"
                " in the reader.",
                row=one.row,
                label=one.injection.name[:60],
                at=Where(row=one.row),
            )
        )
    return found


def _raw(trace: Trace) -> dict[str, Any]:
    """Every written field of the record, as text."""
    figures = {figure.value: cell.raw for figure, cell in trace.figures.items()}
    return figures | {heading: cell.raw for heading, cell in trace.others}


def _order_by_itself(session: LimsSession, library: Library, test: RapidTest, sample: Sample, person: UUID) -> None:
    """The confirmation of a positive for a substance that the sample is tested for by an instrument method."""
    substance = library.find_substance(test.item)
    order = ConfirmationIn(parameters=[])
    if substance is None or reasons_not_to_confirm(test.outcome, sample.status, [], [substance.code]):
        return
    for one in samples.tests_of(session, sample.id):
        if one.parameter == substance.code and not library.is_screening(one.method_code):
            _ordered(session, test, one.id, order, person)


def _ordered(
    session: LimsSession, test: RapidTest, assigned: UUID, order: ConfirmationIn, person: UUID
) -> ConfirmationOrder:
    return save(
        session,
        ConfirmationOrder(
            laboratory_id=test.laboratory_id,
            rapid_test_id=test.id,
            test_id=assigned,
            confirmed_on=order.confirmed_on,
            note=order.note,
            ordered_by=person,
            ordered_at=session.instant,
        ),
    )


def _assigned(sample: Sample, parameter: str, method: str, out_of_scope: bool) -> AssignedTest:
    return AssignedTest(
        laboratory_id=sample.laboratory_id,
        sample_id=sample.id,
        parameter=parameter,
        method_code=method,
        out_of_scope=out_of_scope,
    )


def _code(library: Library, parameter: str) -> str:
    found = library.find_substance(parameter)
    return parameter if found is None else found.code


def _screening(library: Library, method: str) -> Sequence[Reason]:
    if not library.is_screening(method):
        return []
    return [
        reason(
            "rapid.screening_method",
            "{method} is itself a screening method; confirm by an instrument method.",
            method=method,
            at=Where(field="parameters"),
        )
    ]


def _tested_by_screening(parameter: str, method: str) -> Reason:
    return reason(
        "rapid.tested_by_screening",
        "The sample is tested for {parameter} by {method} already, a screening method; register the retained portion as"
        " a sample of its own for the confirmation.",
        parameter=parameter,
        method=method,
        at=Where(field="parameters"),
    )
