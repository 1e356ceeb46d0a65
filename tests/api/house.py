"""A whole house for tests at the front door: one installation, the laboratory whose people ask, and another one.

The other laboratory has everything that the main job makes: samples, a worksheet, a run, results, judgements, issued
reports, a return that its prefecture took in. It is built once per test run and copied for each module that asks.
"""

import io
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pydyf
import pytest
from fastapi import FastAPI
from sqlalchemy import select as rows_of
from sqlmodel import col, select
from starlette.testclient import TestClient

from lims.accreditation.rules import Scheme
from lims.accreditation.tables import Certificate, ScopeLine
from lims.app import make_app
from lims.contests import doors as contest_doors
from lims.contests import entering, publishing, scoring
from lims.contests import queries as contests
from lims.contests import service as contest_acts
from lims.contests import tasks as papers
from lims.contests.defaults import SETTINGS as CONTEST_RULES
from lims.contests.rules import EventKind, Gender
from lims.contests.schemas import (
    ContestIn,
    DocumentsIn,
    DrawIn,
    EntryIn,
    EventIn,
    MarkIn,
    SettingsIn,
    TargetIn,
    UntilIn,
)
from lims.contests.tables import Contest, ContestDocument, ContestEntrant
from lims.core.actions import Action, Role
from lims.core.actors import Actor, system_actor
from lims.core.clock import FixedClock
from lims.db.audit_check import audited_tables
from lims.db.work import LimsSession, insert_many, save
from lims.demo import batch, cast, laboratory, produce, walk
from lims.documents.contest_papers import ContestPaper
from lims.documents.snapshot import ReportSnapshot
from lims.equipment import service as equipment
from lims.equipment.schemas import InstrumentIn
from lims.equipment.tables import Instrument
from lims.exams.tables import Exam, ExamCandidate, ExamFault, ExamQuestion
from lims.indicators import service as indicators
from lims.indicators import tasks as booking
from lims.indicators.rules import Period
from lims.indicators.tables import ReturnSent
from lims.installation import SetUp, set_up
from lims.library import drafts
from lims.library.edition_order import EditionOrder
from lims.library.queries import current_library, files_in_use
from lims.library.tables import LibraryDraft
from lims.limits.tables import Judgement
from lims.materials.tables import Material
from lims.network import queries as network
from lims.network.rules import Level
from lims.network.service import LaboratoryOrder
from lims.people import queries as people
from lims.people import service as people_service
from lims.people.confirmation_tables import ActConfirmation
from lims.people.service import UserOrder
from lims.people.tables import ApiToken, Authorisation, UserRole
from lims.proficiency import doors as rounds
from lims.proficiency import service as organising
from lims.proficiency import tasks as follow_up
from lims.proficiency.arriving import report_arrival
from lims.proficiency.handing_in import hand_in
from lims.proficiency.rules import ArrivalState
from lims.proficiency.schemas import ArrivalIn, HandInIn, MeasurandIn, ParticipantsIn, ResultIn, RoundIn
from lims.proficiency.tables import ProficiencyParticipant, ProficiencyRound
from lims.quality import service as quality
from lims.quality.schemas import NonconformingIn
from lims.quality.tables import NonconformingWork
from lims.rapid import service as rapid
from lims.rapid.tables import RapidTest
from lims.reports import distribution
from lims.reports import tasks as reports
from lims.reports.batch_rules import BatchAct, ItemState
from lims.reports.batch_tables import ReportBatch, ReportBatchItem
from lims.reports.distribution_rules import Way
from lims.reports.distribution_tables import Handout
from lims.reports.schemas import HandoutIn
from lims.reports.tables import Report
from lims.results.tables import Result
from lims.runs.tables import BatchCheck, InstrumentFile, Run, StoredProfile, Worksheet
from lims.runtime import Lims
from lims.samples import photos
from lims.samples import service as samples
from lims.samples.schemas import SampleOrder
from lims.samples.tables import Sample, SamplePhoto
from lims.settings import Settings
from tests.api.exams import exam_of_a_laboratory
from tests.api.laboratory import a_sheet, accredit
from tests.databases import locked
from tests.pictures import a_picture

A, B = "QTZ", cast.COUNTY
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
EVERYTHING = "everything"
#: Of everybody in the house.
PASSWORD = "a password of many words"
#: Two of the twelve lots of the rehearsal are enough: one that fails and one that conforms.
LOTS = (produce.LOTS[0], produce.LOTS[4])

#: What these columns hold tells whose record it is. Ids and digests are taken from every column that has them.
TELLING = {
    "nonconforming_work": ("number", "what"),
    "contest": ("number", "title"),
    "contest_entry": ("full_name",),
    "contest_entrant": ("code",),
    "contest_document": ("number", "token"),
    "proficiency_round": ("number", "title"),
    "proficiency_arrival": ("note",),
    "proficiency_result": ("method",),
    "sample_photo": ("caption",),
    "exam": ("number", "title"),
    "exam_question": ("stem",),
    "exam_candidate": ("name",),
    "exam_fault": ("fault",),
    "sample": ("number", "blind_code", "client", "inspected_party", "inspected_address", "place", "samplers",
               "sampling_sheet_number"),
    "app_user": ("full_name",),
    "instrument": ("serial_number",),
    "material": ("lot",),
    "certificate": ("number", "issued_by"),
    "worksheet": ("number",),
    "instrument_file": ("name",),
    "import_profile": ("name",),
    "report": ("number", "verification_token"),
    "report_handout": ("recipient", "remark"),
    "return_sent": ("number",),
    "reported_batch": ("sample_number", "report_number"),
}  # fmt: skip


@dataclass(frozen=True)
class Keys:
    """What the records of the other laboratory are asked for by."""

    sample: str
    blind_code: str
    sample_id: str
    sheet: str
    worksheet: str
    run: str
    result: str
    report: str
    report_number: str
    verification_token: str
    certificate: str
    certificate_number: str
    scope_line: str
    instrument: str
    material: str
    material_id: str
    username: str
    user: str
    token: str
    authorisation: str
    return_number: str
    file_sha256: str
    judgement: str
    draft: str
    profile: str
    photo: str
    nonconforming: str
    rapid: str
    check: str
    round: str
    round_code: str
    batch: str
    handout: str
    exam: str
    candidate: str
    question: str
    fault: str
    contest: str
    contest_event: str
    contest_code: str
    contest_entry: str
    contest_document: str
    contest_token: str
    laboratory: str = B

    def all(self) -> dict[str, str]:
        """Every key by its kind."""
        return dict(vars(self))


class House:
    """An installation with two laboratories, entered by people of the first."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.folder = folder
        self.lims = Lims(Settings(data=folder / "var", **settings), FixedClock(NOW))
        self.app: FastAPI = make_app(self.lims)
        self._actors: dict[str, Actor] = {}
        self._clients: dict[str, TestClient] = {}
        self._open = ExitStack()
        authenticate = self.app.state.authenticate
        self.app.state.authenticate = lambda lims, token: (
            self._actors[token] if token in self._actors else authenticate(lims, token)
        )
        self.keys = _keys(self.lims)
        self.return_file = (folder / "return.json").read_bytes()
        self.instrument_file = self.lims.vault.get(self.keys.file_sha256)

    def client(self, name: str) -> TestClient:
        """A client of a person of laboratory A (a role's value, or `EVERYTHING`); a fault is answered, not raised."""
        if name not in self._clients:
            self._clients[name] = self.client_of(name, self.actor(name))
        return self._clients[name]

    def client_of(self, name: str, actor: Actor) -> TestClient:
        """A client of somebody who need not have an account."""
        self._actors[name] = actor
        return self.stranger(name)

    def actor(self, name: str) -> Actor:
        """A person of laboratory A."""
        return walk.actor(self.lims, username_of(name))

    def their_actor(self, username: str) -> Actor:
        """A person of the other laboratory."""
        return walk.actor(self.lims, username)

    def stranger(self, token: str | None = None) -> TestClient:
        """A client of nobody."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        # Entered, it keeps one thread for all requests instead of starting one for each.
        return self._open.enter_context(TestClient(self.app, headers=headers, raise_server_exceptions=False))

    def markers(self) -> frozenset[str]:
        """Texts that tell of the other laboratory and its prefecture, longer than three letters."""
        found: set[str] = set()
        with self.lims.read(system_actor(), Action.AUDIT_VERIFY) as session:
            foreign = _foreign(session)
            for table in audited_tables():
                if "laboratory_id" not in table.c:
                    continue
                for row in session.connection().execute(rows_of(table).where(table.c.laboratory_id.in_(foreign))):
                    found |= set(_telling(table.name, row._asdict()))
        return frozenset(found)

    def foreign_records(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every record of the other laboratories, to compare before and after."""
        kept = {}
        with self.lims.read(system_actor(), Action.AUDIT_VERIFY) as session:
            foreign = _foreign(session)
            for table in audited_tables():
                query = rows_of(table).order_by(table.c.id)
                if "laboratory_id" in table.c:
                    query = query.where(table.c.laboratory_id.in_(foreign))
                kept[table.name] = [tuple(row) for row in session.connection().execute(query)]
        own = (
            "laboratory",
            "library_release",
            "library_file",
            "library_draft",
            "library_draft_file",
        )  # of the network: A may add to them
        return {name: rows for name, rows in kept.items() if name not in own}

    def close(self) -> None:
        """Let go of the clients and of the database."""
        self._open.close()
        self.lims.close()


def username_of(name: str) -> str:
    """The user name in laboratory A of who has a role."""
    return f"a-{name.replace('_', '-')}"


@contextmanager
def opened(shared: Path, folder: Path, **settings: Any) -> Iterator[House]:
    """A copy of the house in `folder`."""
    with locked(shared / "house.lock"):
        template = shared / "house"
        if not template.exists():
            building = shared / "house.building"
            shutil.rmtree(building, ignore_errors=True)
            _build(building)
            building.rename(template)
    shutil.copytree(template, folder, dirs_exist_ok=True)
    house = House(folder, **settings)
    try:
        yield house
    finally:
        house.close()


class OnePage:
    """Draws an empty page: what stands on a report is looked at elsewhere."""

    def report(self, snapshot: ReportSnapshot, *_: object, **__: object) -> bytes:  # as `Press`
        """A PDF that carries the number of its report."""
        return self._page(snapshot.number)

    def contest(self, paper: ContestPaper) -> bytes:
        """A PDF that carries the number of its document."""
        return self._page(paper.number)

    def _page(self, number: str) -> bytes:
        pdf = pydyf.PDF()
        pdf.info["Title"] = pydyf.String(number)
        pdf.add_page(pydyf.Dictionary({"Type": "/Page", "Parent": pdf.pages.reference, "MediaBox": "[0 0 595 842]"}))
        out = io.BytesIO()
        pdf.write(out)
        return out.getvalue()


def _build(folder: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for module in (produce, batch, laboratory):
            patch.setattr(module, "LOTS", LOTS)
        patch.setattr(batch, "PLANS", (replace(batch.FIRST, lots=(1, 2), duplicated=1, spiked=2),))
        lims = Lims(Settings(data=folder / "var"), FixedClock(NOW))
        try:
            _people(lims)
            _other_laboratory(lims, folder)
            _draft(lims)
            _round(lims)
            exam_of_a_laboratory(lims, walk.actor(lims, "max"))
            _contest(lims)
            _own_laboratory(lims)
            with lims.engine.connect() as connection:
                # One file, so that a copy of it is the whole database.
                connection.exec_driver_sql("ROLLBACK")
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                connection.exec_driver_sql("BEGIN")
        finally:
            lims.close()


def _people(lims: Lims) -> None:
    here = LaboratoryOrder(A, "桐梓县农产品质量安全检验检测站", Level.COUNTY, "520322", cast.PREFECTURE, "桐梓县")
    own = [UserOrder(username_of(r), f"Tong {n}", PASSWORD, frozenset({r}), A) for n, r in enumerate(Role)]
    own.append(UserOrder("ora", "Ora Organises", PASSWORD, frozenset({Role.CONTEST_ORGANISER}), B))
    own.append(UserOrder(username_of(EVERYTHING), "Tong All", PASSWORD, frozenset({Role.TECHNICIAN}), A))
    others = (*cast.county(PASSWORD).users, *cast.prefecture(PASSWORD).users)
    set_up(lims, SetUp((*cast.LABORATORIES, here), (*others, *own)))
    with lims.work(system_actor(), Action.USER_EDIT) as session:
        user = people.user_by_name(session, username_of(EVERYTHING))
        assert user is not None
        others_of_it = set(Role) - {Role.TECHNICIAN}
        save(session, *(UserRole(laboratory_id=user.laboratory_id, user_id=user.id, role=r) for r in others_of_it))
        ann = people.user_by_name(session, "ann")
        assert ann is not None
        people_service.issue_token(session, ann, "hers", 30)


def _other_laboratory(lims: Lims, folder: Path) -> None:
    laboratory.equip(lims, walk.actor(lims, "max"))
    drawn = walk.register(lims)
    with lims.work(walk.actor(lims, "sam"), Action.SAMPLE_PHOTO_ADD) as session:
        photos.add_photo(session, lims.vault, drawn[0].number, a_picture(), "Seal of the county")
    walk.measure(lims, drawn, folder)
    walk.verify(lims, drawn)
    walk.judge(lims, drawn)
    walk.issue(lims, drawn, PASSWORD)
    for key in reports.due(lims):
        reports.render_report(lims, key, OnePage())
    _batch_and_handout(lims)
    booking.book_due(lims)
    with lims.work(walk.actor(lims, "max"), Action.NONCONFORMING_OPEN) as session:
        quality.open_work(session, NonconformingIn(what="The freezer of the county stood open."))
    with lims.work(walk.actor(lims, "ann"), Action.RAPID_RECORD) as session:
        sheet = session.exec(select(Sample.sampling_sheet_number).order_by(Sample.number)).first()
        record = f"样品编号,检测项目,抑制率(%),检测结果\n{sheet},有机磷,71.2,阳性\n"
        rapid.record_tests(session, current_library(session), record.encode(), "reader.csv")
    content = indicators.export_return(lims, walk.actor(lims, "max"), Period.month(2026, 11))
    (folder / "return.json").write_bytes(content)
    path = folder / "sent.json"
    path.write_bytes(content)
    walk.receive(lims, lims, path)


def _batch_and_handout(lims: Lims) -> None:
    """The reports as they would stand after a batch; one of them was handed out."""
    with lims.work(walk.actor(lims, "sun"), Action.REPORT_APPROVE) as session:
        approved = select(ActConfirmation).where(ActConfirmation.action == Action.REPORT_APPROVE.value)
        given, issued = session.exec(approved).one(), session.exec(select(Report).order_by(col(Report.number))).all()
        order = ReportBatch(
            laboratory_id=given.laboratory_id, act=BatchAct.APPROVE, ordered_by=given.user_id, ordered_at=given.at,
            confirmation_id=given.id, total=len(issued), finished_at=given.at,
        )  # fmt: skip
        save(session, order)
        common = {"laboratory_id": order.laboratory_id, "batch_id": order.id, "state": ItemState.DONE, "asked": {}}
        items = [{**common, "place": n, "sample_id": r.sample_id, "report_id": r.id} for n, r in enumerate(issued, 1)]
        insert_many(session, ReportBatchItem, items)
    with lims.work(walk.actor(lims, "cai"), Action.REPORT_HAND_OUT) as session:
        to = HandoutIn(recipient="Recipient of the county", way=Way.PAPER, handed_on=NOW.date(), remark="By hand there")
        distribution.hand_out(session, str(issued[0].number), to)


def _round(lims: Lims) -> None:
    """A round of the prefecture that the county took part in, published."""
    net, ann = walk.actor(lims, "net"), walk.actor(lims, "ann")
    measurand = MeasurandIn(item="A", analyte="毒死蜱", unit="mg/kg")
    deadline = NOW + timedelta(days=10)
    order = RoundIn(title="Round of the prefecture", year=2026, deadline=deadline, items=["A"], measurands=[measurand])
    with rounds.working(lims, net, Action.PROFICIENCY_PLAN) as session:
        made = organising.plan_round(session, order)
        organising.add_participants(session, made.number, ParticipantsIn(version=1, laboratories=[B]))
        organising.open_round(session, made.number, 2)
    result = ResultIn(item="A", analyte="毒死蜱", values=["0.1017"], method="Method of the county")
    with rounds.working(lims, ann, Action.PROFICIENCY_ENTER) as session:
        arrived = ArrivalIn(version=0, received_on=NOW.date(), arrival=ArrivalState.THAWED, note="Thawed in the county")
        report_arrival(session, made.number, arrived)
        hand_in(session, made.number, HandInIn(version=0, results=[result]))
    with rounds.working(lims, net, Action.PROFICIENCY_PUBLISH) as session:
        organising.close_round(session, made.number, 3)
        organising.evaluate(session, made.number, 4)
        organising.publish(session, made.number, 5)
    for key in follow_up.due(lims):
        follow_up.follow_up(lims, key)


def _contest(lims: Lims) -> None:
    """A contest of the county for its own people, over, with its documents."""
    ora, ann, clock = walk.actor(lims, "ora"), walk.actor(lims, "ann"), lims.clock
    assert isinstance(clock, FixedClock)
    rules = SettingsIn.model_validate({**CONTEST_RULES, "appeal_hours": 1})
    order = ContestIn(title="Contest of the county", season="S", year=2026, streams=["种植业"],
                      entries_until=NOW + timedelta(days=1), settings=rules)  # fmt: skip
    target = TargetIn(analyte="毒死蜱", unit="mg/kg", assigned=Decimal("0.1"), sigma=Decimal("0.01"))
    event = EventIn(version=1, title="R", kind=EventKind.RESULTS, share=Decimal(1), targets=[target])
    with contest_doors.working(lims, ora, Action.CONTEST_PLAN) as session:
        number = contest_acts.plan_contest(session, order).number
        for code in ("S", "P", "I"):
            contest_acts.remove_event(session, number, code, 1)
        contest_acts.put_event(session, number, "R", event)
        contest_acts.open_contest(session, number, 1)
    people_of_it = [EntryIn(full_name=f"Entrant {n} of the county", gender=Gender.WOMAN, stream="种植业")
                    for n in range(2)]  # fmt: skip
    with contest_doors.working(lims, ann, Action.CONTEST_ENTER) as session:
        entering.enter(session, number, people_of_it)
    with contest_doors.working(lims, ora, Action.CONTEST_CONDUCT) as session:
        contest_acts.move_until(session, number, UntilIn(version=2, entries_until=NOW))
        contest_acts.hold_draw(session, number, DrawIn(version=3))
    with contest_doors.working(lims, ora, Action.CONTEST_RECORD) as session:
        codes = [one.code for one in contests.entrants_of(session, contests.own_contest(session, number))]
        scoring.record_marks(session, number, "T", {code: MarkIn(mark=Decimal(80)) for code in codes})
        results = {code: MarkIn(results={"毒死蜱": [Decimal("0.1"), Decimal("0.101")]}) for code in codes}
        scoring.record_marks(session, number, "R", results)
    with contest_doors.working(lims, ora, Action.CONTEST_PUBLISH) as session:
        publishing.announce(session, number, 4)
    clock.instant = NOW + timedelta(hours=2)
    with contest_doors.working(lims, ora, Action.CONTEST_PUBLISH) as session:
        publishing.finish(session, number, 5)
        publishing.issue_documents(session, number, DocumentsIn(version=6))
    clock.instant = NOW
    for key in papers.due(lims):
        papers.certify(lims, key, OnePage())


def _draft(lims: Lims) -> None:
    """An edition that the network manager of the prefecture loaded, and nobody has decided on."""
    actor = walk.actor(lims, "net")
    order = EditionOrder(standard="GB 2763-2031", effective_on=date(2031, 3, 1))
    with lims.read(actor, Action.LIBRARY_READ) as session:
        library, in_use = current_library(session), files_in_use(session)
    edition = drafts.edition_from("农药,食品,限量\n敌敌畏,豇豆,0.2\n".encode(), order, library)
    with lims.work(actor, Action.LIBRARY_LOAD) as session:
        drafts.load_edition(session, edition, in_use, file_name="2031.csv", file_sha256="0" * 64)


def _own_laboratory(lims: Lims) -> None:
    manager, sampler = (walk.actor(lims, username_of(r)) for r in (Role.QUALITY_MANAGER, Role.SAMPLER))
    accredit(lims, manager, Scheme.CMA)
    with lims.work(manager, Action.EQUIPMENT_EDIT) as session:
        order = InstrumentIn(
            code="GCMS-77", name="气质联用仪", model="8890", serial_number="TZ-77", calibrated_until=date(2027, 6, 30)
        )
        equipment.register_instrument(session, order)
    with lims.work(sampler, Action.SAMPLE_REGISTER) as session:
        sheet = a_sheet(
            region_code="520322", place="娄山关街道", client="桐梓县农业农村局", inspected_party="桐梓合作社"
        )
        samples.register_sample(session, current_library(session), SampleOrder.model_validate(sheet))


def _foreign(session: LimsSession) -> list[UUID]:
    return [network.laboratory_by_code(session, code).id for code in (B, cast.PREFECTURE)]


def _telling(table: str, row: dict[str, Any]) -> Iterator[str]:
    yield str(row["id"])
    for name, value in row.items():
        is_digest = name.endswith("sha256") and name != "library_sha256"
        if isinstance(value, str) and (is_digest or name in TELLING.get(table, ())):
            yield value


def _keys(lims: Lims) -> Keys:
    with lims.read(system_actor(), Action.AUDIT_VERIFY) as session:
        owner = network.laboratory_by_code(session, B).id

        def one(model: Any) -> Any:
            return session.exec(select(model).where(model.laboratory_id == owner).order_by(model.id)).first()

        certificate = session.exec(
            select(Certificate).where(Certificate.laboratory_id == owner, Certificate.scheme == Scheme.CATL)
        ).one()
        report, photo, user = one(Report), one(SamplePhoto), people.user_by_name(session, "ann")
        assert user is not None
        sample = session.exec(select(Sample).where(Sample.id == photo.sample_id)).one()
        return Keys(
            sample=sample.number,
            blind_code=sample.blind_code,
            sample_id=str(sample.id),
            sheet=sample.sampling_sheet_number,
            worksheet=one(Worksheet).number,
            run=str(one(Run).id),
            result=str(one(Result).id),
            report=str(report.id),
            report_number=report.number,
            verification_token=report.verification_token,
            certificate=str(certificate.id),
            certificate_number=certificate.number,
            scope_line=str(one(ScopeLine).id),
            instrument=one(Instrument).code,
            material=one(Material).code,
            material_id=str(one(Material).id),
            username=user.username,
            user=str(user.id),
            token=str(one(ApiToken).id),
            authorisation=str(one(Authorisation).id),
            return_number=one(ReturnSent).number,
            file_sha256=one(InstrumentFile).sha256,
            judgement=str(one(Judgement).id),
            profile=str(one(StoredProfile).id),
            photo=str(photo.id),
            draft=str(session.exec(select(LibraryDraft.id)).one()),
            nonconforming=one(NonconformingWork).number,
            rapid=str(one(RapidTest).id),
            check=str(one(BatchCheck).id),
            round=session.exec(select(ProficiencyRound.number)).one(),
            round_code=session.exec(select(ProficiencyParticipant.code)).one(),
            batch=str(one(ReportBatch).id),
            handout=str(one(Handout).id),
            exam=one(Exam).number,
            candidate=one(ExamCandidate).candidate_key,
            question=one(ExamQuestion).code,
            fault=str(one(ExamFault).id),
            contest=one(Contest).number,
            contest_event="T",
            contest_code=one(ContestEntrant).code,
            contest_entry=str(one(ContestEntrant).entry_id),
            contest_document=one(ContestDocument).number,
            contest_token=one(ContestDocument).token,
        )
