"""Two people at once on one record: one succeeds, the other is told, and nothing is lost. On both databases."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select

from lims.accreditation import service as accreditation
from lims.accreditation.rules import Scheme
from lims.accreditation.schemas import ScopeLineIn
from lims.accreditation.tables import Certificate, ScopeLine
from lims.core.actions import Action, Role
from lims.core.actors import Actor, system_actor
from lims.core.errors import Conflict, RuleRefused
from lims.db.audit_tables import AuditEntry
from lims.db.numbers import allocate
from lims.library.queries import current_library
from lims.library.service import load_library
from lims.library.tables import LibraryRelease
from lims.limits import service as judging
from lims.limits.tables import Judgement
from lims.people.tables import AuthorisationKind
from lims.reports import service as reports
from lims.reports.desk import desk_of
from lims.reports.rules import ReportStatus
from lims.reports.tables import Report
from lims.results import service as results
from lims.results.rules import ResultStatus
from lims.results.schemas import Chosen, Correction, ResultEntry
from lims.results.tables import Result
from lims.runtime import Lims
from lims.samples import service as samples
from lims.samples.rules import SampleStatus, SealState, TestStatus
from lims.samples.schemas import Receipt, SampleOrder
from lims.samples.tables import AssignedTest, Sample
from tests.api.laboratory import METHOD, Door, a_sheet, library_files
from tests.api.reporting import (
    a_draft,
    a_received_sample,
    a_tested_sample,
    a_working_laboratory,
    an_entry,
    chosen,
    entered,
    may,
    step,
)
from tests.concurrency.at_once import at_once, audit_findings
from tests.factories import Cast, confirmed

pytestmark = pytest.mark.both_databases


@pytest.fixture
def door(lims: Lims, cast: Cast) -> Door:
    """Everybody at work; Bea may test as well, and Rui may sign like Sun."""
    door = a_working_laboratory(lims, cast)
    may(lims, "bea", AuthorisationKind.METHOD, METHOD)
    may(lims, "cai", AuthorisationKind.SIGNATORY, "*")
    may(lims, "max", AuthorisationKind.SIGNATORY, "*")
    return door


def with_role(actor: Actor, role: Role) -> Actor:
    return replace(actor, roles=actor.roles | {role})


def all_of(lims: Lims, model: Any) -> list[Any]:
    with lims.read(system_actor(), Action.AUDIT_READ) as session:
        return list(session.exec(select(model)).all())


def entries(lims: Lims, action: Action, entity: str) -> int:
    found = [e for e in all_of(lims, AuditEntry) if e.action == action.value and e.entity == entity]
    return len(found)


def sheet(number: int) -> SampleOrder:
    parameters = [{"parameter": "克百威", "method": METHOD}]
    return SampleOrder.model_validate(a_sheet(sampling_sheet_number=f"CY-{number:03}", parameters=parameters))


def act(lims: Lims, actor: Actor, action: Action, do: Callable[[Any], Any]) -> Any:
    with lims.work(actor, action) as session:
        return do(session)


def test_a_sample_is_received_once(lims: Lims, cast: Cast, door: Door) -> None:
    registered = door["ann"].post("/api/samples", a_sheet(parameters=["克百威"])).json()

    def receive(session: Any, condition: str) -> str:
        receipt = Receipt(version=registered["version"], condition=condition, seal=SealState.INTACT)
        samples.receive_sample(session, registered["number"], receipt)
        return condition

    outcome = at_once(
        [
            partial(act, lims, actor, Action.SAMPLE_RECEIVE, partial(receive, condition=name))
            for actor, name in ((cast.ann, "Ann saw it"), (cast.bea, "Bea saw it"))
        ]
    )

    (sample,) = all_of(lims, Sample)
    assert (len(outcome.done), len(outcome.refused)) == (1, 1)
    assert [sample.condition] == outcome.done
    assert (sample.status, sample.version) == (SampleStatus.RECEIVED, registered["version"] + 1)
    assert entries(lims, Action.SAMPLE_RECEIVE, "sample") == 1
    assert audit_findings(lims) == []


def test_without_looking_at_versions_a_sample_is_received_once_as_well(lims: Lims, cast: Cast, door: Door) -> None:
    number = door["ann"].post("/api/samples", a_sheet(parameters=["克百威"])).json()["number"]
    receipt = Receipt(condition="fresh", seal=SealState.INTACT)

    outcome = at_once(
        [
            partial(act, lims, a, Action.SAMPLE_RECEIVE, lambda s: samples.receive_sample(s, number, receipt).id)
            for a in (cast.ann, cast.bea, cast.ann, cast.bea)
        ]
    )

    assert (len(outcome.done), len(outcome.refused)) == (1, 3)
    assert entries(lims, Action.SAMPLE_RECEIVE, "sample") == 1
    assert audit_findings(lims) == []


def test_a_result_is_entered_once(lims: Lims, cast: Cast, door: Door) -> None:
    sample = a_received_sample(door)["blind_code"]
    entry = ResultEntry.model_validate(an_entry(sample, "acetamiprid"))

    outcome = at_once(
        [
            partial(
                act,
                lims,
                actor,
                Action.RESULT_ENTER,
                lambda s: results.enter_result(s, current_library(s), entry).entered_by,
            )
            for actor in (cast.ann, cast.bea)
        ]
    )

    assert (len(outcome.done), len(outcome.refused)) == (1, 1)
    assert [r.entered_by for r in all_of(lims, Result)] == outcome.done
    assert audit_findings(lims) == []


def test_results_are_verified_once(lims: Lims, cast: Cast, door: Door) -> None:
    sample = a_received_sample(door)["number"]
    submitted = door["ann"].post("/api/results/submit", chosen(entered(door, sample))).json()
    picked = [Chosen(id=UUID(r["id"]), version=r["version"]) for r in submitted]

    def verify(session: Any) -> UUID:
        results.verify_results(session, current_library(session), picked)
        return session.actor.user_id  # type: ignore[no-any-return]  # of a session of any kind

    outcome = at_once(
        [
            partial(act, lims, actor, Action.RESULT_VERIFY, verify)
            for actor in (cast.vic, with_role(cast.rui, Role.VERIFIER))
        ]
    )

    stored = all_of(lims, Result)
    assert (len(outcome.done), len(outcome.refused)) == (1, 1)
    assert {r.status for r in stored} == {ResultStatus.VERIFIED}
    assert {r.verified_by for r in stored} == set(outcome.done)
    assert entries(lims, Action.RESULT_VERIFY, "result") == len(stored)
    assert audit_findings(lims) == []


def test_who_verify_the_last_results_of_a_sample_together_leave_it_tested(lims: Lims, cast: Cast, door: Door) -> None:
    """Each alone sees the other's result unfinished: whoever ends last must find both."""
    sample = a_received_sample(door)["number"]
    submitted = door["ann"].post("/api/results/submit", chosen(entered(door, sample))).json()
    picked = [Chosen(id=UUID(r["id"]), version=r["version"]) for r in submitted]

    def verify(session: Any, some: list[Chosen]) -> int:
        return len(results.verify_results(session, current_library(session), some))

    outcome = at_once(
        [
            partial(act, lims, actor, Action.RESULT_VERIFY, partial(verify, some=some))
            for actor, some in ((cast.vic, picked[:1]), (with_role(cast.rui, Role.VERIFIER), picked[1:]))
        ]
    )

    assert (sorted(outcome.done), outcome.refused) == ([1, 2], [])
    assert {t.status for t in all_of(lims, AssignedTest)} == {TestStatus.VERIFIED}
    assert [s.status for s in all_of(lims, Sample)] == [SampleStatus.TESTED]
    assert audit_findings(lims) == []


def test_who_enter_the_last_analytes_of_a_test_together_leave_it_recorded(lims: Lims, cast: Cast, door: Door) -> None:
    """The second waits for the first to end, and counts the analyte that it could not see when it began."""
    sample = a_received_sample(door)["blind_code"]

    def enter(actor: Actor, analyte: str, before_the_end: Callable[[], Any]) -> None:
        entry = ResultEntry.model_validate(an_entry(sample, "carbofuran", analyte))
        with lims.work(actor, Action.RESULT_ENTER) as session:
            results.enter_result(session, current_library(session), entry)
            before_the_end()

    with ThreadPoolExecutor(1) as pool:

        def second() -> None:
            wait([pool.submit(enter, cast.bea, "3-hydroxycarbofuran", lambda: None)], timeout=0.5)

        enter(cast.ann, "carbofuran", second)

    tests = {t.parameter: t.status for t in all_of(lims, AssignedTest)}
    assert tests == {"carbofuran": TestStatus.RECORDED, "acetamiprid": TestStatus.ASSIGNED}
    assert audit_findings(lims) == []


def test_a_result_that_is_being_corrected_is_not_reported_as_it_was(lims: Lims, cast: Cast, door: Door) -> None:
    """The approval waits for the correction to end, and then finds the report outdated."""
    draft = step(door, "rui", a_draft(door, a_tested_sample(door, client_address="播州区南白街道")), "review")
    old = next(r for r in all_of(lims, Result) if r.analyte == "acetamiprid")
    correction = Correction.model_validate(
        {"version": old.version, "reason": "Wrong dilution factor.", "finding": "below_loq", "unit": "mg/kg"}
    )
    desk = desk_of(lims)
    confirmation = confirmed(lims, cast.sun, Action.REPORT_APPROVE, draft["id"])

    def approve() -> Any:
        return act(
            lims,
            cast.sun,
            Action.REPORT_APPROVE,
            lambda s: reports.approve_report(s, desk, draft["id"], None, confirmation),
        )

    with ThreadPoolExecutor(1) as pool:
        with lims.work(cast.ann, Action.RESULT_CORRECT) as session:
            results.correct_result(session, current_library(session), old.id, correction)
            approval = pool.submit(approve)
            wait([approval], timeout=0.5)
            assert not approval.done()
        with pytest.raises(RuleRefused) as refused:
            approval.result(timeout=30)

    assert "report.outdated" in {why.code for why in refused.value.reasons}
    assert [r.status for r in all_of(lims, Report)] == [ReportStatus.REVIEWED]
    assert audit_findings(lims) == []


def test_a_line_of_an_annex_is_added_once(lims: Lims, cast: Cast, door: Door) -> None:
    certificate = next(c.id for c in all_of(lims, Certificate) if c.scheme is Scheme.CMA)
    order = ScopeLineIn(product="蔬菜", parameter="毒死蜱", method=METHOD)
    before = len(all_of(lims, ScopeLine))

    outcome = at_once(
        [
            partial(
                act,
                lims,
                cast.max,
                Action.ACCREDITATION_EDIT,
                lambda s: accreditation.add_scope_line(s, current_library(s), certificate, order).id,
            )
        ]
        * 3
    )

    assert (len(outcome.done), len(outcome.refused)) == (1, 2)
    assert {why.code for refusal in outcome.refused for why in refusal.reasons} == {"scope.line_twice"}
    assert len(all_of(lims, ScopeLine)) == before + 1
    assert audit_findings(lims) == []


def test_a_report_is_approved_once_and_takes_one_number(lims: Lims, cast: Cast, door: Door) -> None:
    number = a_tested_sample(door, client_address="播州区南白街道")
    draft = step(door, "rui", a_draft(door, number), "review")
    desk = desk_of(lims)

    def approve(actor: Actor) -> UUID | None:
        confirmation = confirmed(lims, actor, Action.REPORT_APPROVE, draft["id"])
        with lims.work(actor, Action.REPORT_APPROVE) as session:
            return reports.approve_report(session, desk, draft["id"], draft["version"], confirmation).approved_by

    people = (cast.sun, with_role(cast.max, Role.AUTHORISED_SIGNATORY))
    outcome = at_once([partial(approve, actor) for actor in people])

    (report,) = all_of(lims, Report)
    assert (len(outcome.done), len(outcome.refused)) == (1, 1)
    assert (report.status, report.number) == (ReportStatus.ISSUED, "LA2026000001")
    assert [report.approved_by] == outcome.done
    assert (
        act(lims, cast.sun, Action.REPORT_APPROVE, lambda s: allocate(s, report.laboratory_id, "report-2026")[0]) == 2
    )
    assert audit_findings(lims) == []


def test_a_sample_gets_one_draft_of_a_report(lims: Lims, cast: Cast, door: Door) -> None:
    number = a_tested_sample(door)

    confirmation = confirmed(lims, cast.cai, Action.REPORT_COMPILE, number)

    outcome = at_once(
        [
            partial(
                act,
                lims,
                cast.cai,
                Action.REPORT_COMPILE,
                lambda s: reports.compile_report(s, current_library(s), number, confirmation).id,
            )
        ]
        * 2
    )

    assert [r.id for r in all_of(lims, Report)] == outcome.done
    assert (len(outcome.done), len(outcome.refused)) == (1, 1)
    assert audit_findings(lims) == []


def test_judgements_of_a_sample_are_counted_without_gap_or_double(lims: Lims, cast: Cast, door: Door) -> None:
    number = a_tested_sample(door)
    with lims.read(system_actor(), Action.SAMPLE_READ) as session:
        sample_id = session.exec(select(Sample.id).where(Sample.number == number)).one()

    def judge(session: Any) -> int:
        return judging.judge_sample(session, current_library(session), sample_id).serial

    outcome = at_once([partial(act, lims, cast.cai, Action.SAMPLE_JUDGE, judge)] * 3)

    serials = sorted(j.serial for j in all_of(lims, Judgement))
    assert serials == list(range(1, len(outcome.done) + 1))
    assert sorted(outcome.done) == serials
    assert outcome.done
    assert audit_findings(lims) == []


def test_numbers_of_samples_have_no_gap_and_no_double(lims: Lims, cast: Cast, door: Door) -> None:
    """Nobody's registration is lost: who was overtaken at the first number of a year does it again."""

    def register(number: int, actor: Actor) -> str:
        for _attempt in range(5):
            try:
                with lims.work(actor, Action.SAMPLE_REGISTER) as session:
                    return samples.register_sample(session, current_library(session), sheet(number)).number
            except Conflict:
                continue
        raise AssertionError("overtaken five times")

    outcome = at_once([partial(register, n, (cast.ann, cast.bea)[n % 2]) for n in range(8)])

    assert sorted(outcome.done) == [f"LA-2026-{n:06}" for n in range(1, 9)]
    assert sorted(s.number for s in all_of(lims, Sample)) == sorted(outcome.done)
    assert audit_findings(lims) == []


def test_a_number_that_was_taken_in_vain_is_given_back(lims: Lims, cast: Cast, door: Door) -> None:
    with lims.work(cast.ann, Action.SAMPLE_REGISTER) as session:
        samples.register_sample(session, current_library(session), sheet(0))

    def register(number: int) -> str:
        with lims.work(cast.ann, Action.SAMPLE_REGISTER) as session:
            found = samples.register_sample(session, current_library(session), sheet(number)).number
            if number % 2:
                raise Conflict(*_why())
            return found

    outcome = at_once([partial(register, n) for n in range(1, 7)])

    assert sorted(outcome.done) == [f"LA-2026-{n:06}" for n in range(2, 5)]
    assert len(all_of(lims, Sample)) == 4
    assert audit_findings(lims) == []


def _why() -> tuple[Any, ...]:
    from lims.core.reasons import reason

    return (reason("test", "On second thought."),)


def test_the_same_sheet_is_registered_once(lims: Lims, cast: Cast, door: Door) -> None:
    outcome = at_once(
        [
            partial(
                act,
                lims,
                actor,
                Action.SAMPLE_REGISTER,
                lambda s: samples.register_sample(s, current_library(s), sheet(1)).number,
            )
            for actor in (cast.ann, cast.bea)
        ]
    )

    assert (len(outcome.done), len(outcome.refused)) == (1, 1)
    assert [s.number for s in all_of(lims, Sample)] == outcome.done == ["LA-2026-000001"]
    assert audit_findings(lims) == []


def test_the_library_is_loaded_once(lims: Lims, cast: Cast) -> None:
    files = library_files()

    outcome = at_once(
        [partial(act, lims, system_actor(), Action.LIBRARY_LOAD, lambda s: load_library(s, files).id)] * 2
    )

    assert len(all_of(lims, LibraryRelease)) == 1
    assert outcome.done
    assert audit_findings(lims) == []


def test_laboratories_write_their_chains_side_by_side(lims: Lims, cast: Cast) -> None:
    """Many short acts of two laboratories and of the network: each chain stays whole."""
    from datetime import date

    from lims.equipment import service as equipment
    from lims.equipment.schemas import InstrumentIn

    def register(actor: Actor, number: int) -> str:
        order = InstrumentIn(
            code=f"I-{number}", name="i", model="m", serial_number="1", calibrated_until=date(2027, 1, 1)
        )
        with lims.work(actor, Action.EQUIPMENT_EDIT) as session:
            return equipment.register_instrument(session, order).code

    outcome = at_once([partial(register, (cast.max, cast.eve)[n % 2], n) for n in range(12)])

    assert len(outcome.done) == 12
    assert entries(lims, Action.EQUIPMENT_EDIT, "instrument") == 12
    assert audit_findings(lims) == []
