"""The main job, step by step, each one doing only what the committed records lack."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from sqlmodel import Session

from lims.core.actions import Action
from lims.core.actors import Actor, system_actor
from lims.core.clock import local_day
from lims.core.errors import NotFound
from lims.demo import cast, laboratory, measuring, produce
from lims.indicators import service as indicators
from lims.indicators.intake import Intake
from lims.indicators.rules import Period
from lims.installation import set_up
from lims.library.queries import current_library
from lims.limits import queries as limits
from lims.limits import service as judging
from lims.limits.verdicts import Overall
from lims.network import queries as network
from lims.network import service as network_service
from lims.people import queries as people
from lims.people import service as people_service
from lims.people.confirming import Proof, Purpose, confirm
from lims.people.sign_in import Client
from lims.reports import service as reports
from lims.reports.desk import desk_of, signing_identity
from lims.reports.queries import reports_of
from lims.reports.rules import Layout, ReportStatus
from lims.reports.tables import Report
from lims.results import queries as results
from lims.results import service as result_acts
from lims.results.rules import ResultStatus
from lims.results.schemas import Chosen
from lims.runs.tables import Run
from lims.runtime import Lims
from lims.samples import queries as samples_read
from lims.samples import service as samples_acts
from lims.samples.rules import SampleStatus, SealState
from lims.samples.schemas import Receipt
from lims.samples.tables import Sample
from lims.worker import run_due_now

Tell = Callable[[str], None]
#: Where the rehearsal acts from.
_TERMINAL = Client("")


@dataclass(frozen=True, slots=True)
class Walk:
    """What the rehearsal left behind."""

    samples: tuple[Sample, ...]
    runs: tuple[Run, ...]
    period: Period
    return_file: Path
    intake: Intake


def actor(lims: Lims, username: str) -> Actor:
    """One of the cast, as who acts."""
    with lims.read(system_actor(), Action.PEOPLE_READ) as session:
        user = people.user_by_name(session, username)
        if user is None:
            raise NotFound.of("user", username)
        return people_service.actor_of(session, user)


def walk(county: Lims, prefecture: Lims, folder: Path, tell: Tell) -> Walk:
    """From an empty folder, or from wherever an earlier walk was stopped, to figures at both levels."""
    password = cast.password_of(folder)
    tell("建立数据库，载入方法库、区划和目标 · database, method library, regions, targets")
    set_up(county, cast.county(password))
    laboratory.equip(county, actor(county, "max"))
    tell("登记并接收样品 · samples registered and received")
    samples = register(county)
    tell("两批上机：导入两种仪器文件，校准，质控与判定，计算 · two instruments' files, calibration, QC, results")
    runs = measure(county, samples, folder)
    tell("校核与判定 · verification and judgement")
    verify(county, samples)
    judge(county, samples)
    tell("编制、审核、批准、签章 · reports compiled, reviewed, approved, drawn, signed")
    issue(county, samples, password)
    run_due_now(county)
    tell("直报上级并计算指标 · return upward, indicators")
    period = Period.month(samples[0].sampled_on.year, samples[0].sampled_on.month)
    file = send(county, period, folder)
    set_up(prefecture, cast.prefecture(password))
    intake = receive(county, prefecture, file)
    return Walk(tuple(samples), runs, period, file, intake)


def register(lims: Lims) -> list[Sample]:
    """The twelve samples, registered by the sampler and received by the technician."""
    sampler, technician = actor(lims, "sam"), actor(lims, "ann")
    sheets = produce.sheets(local_day(lims.clock.now()))
    registered = []
    for sheet in sheets:
        with lims.work(sampler, Action.SAMPLE_REGISTER) as session:
            sample = samples_read.sample_by_sheet(session, sheet.sampling_sheet_number)
            registered.append(sample or samples_acts.register_sample(session, current_library(session), sheet))
    receipt = Receipt(condition="新鲜，包装完好", seal=SealState.INTACT, temperature_c=Decimal("4.0"))
    for sample in registered:
        if sample.status is SampleStatus.REGISTERED:
            with lims.work(technician, Action.SAMPLE_RECEIVE) as session:
                samples_acts.receive_sample(session, sample.number, receipt)
    return registered


def measure(lims: Lims, samples: Sequence[Sample], folder: Path) -> tuple[Run, ...]:
    """The batches measured on two instruments; the quality manager decides on what failed in the second."""
    return measuring.measure(lims, measuring.Measurers(actor(lims, "ann"), actor(lims, "max")), samples, folder)


def verify(lims: Lims, samples: Sequence[Sample]) -> None:
    """The technician hands the results over, a second person verifies them."""
    for username, action, before in (
        ("ann", Action.RESULT_SUBMIT, ResultStatus.ENTERED),
        ("vic", Action.RESULT_VERIFY, ResultStatus.SUBMITTED),
    ):
        with lims.work(actor(lims, username), action) as session:
            current = results.current_results(session, [s.id for s in samples])
            chosen = [Chosen(id=r.id, version=r.version) for r in current if r.status is before]
            if chosen and action is Action.RESULT_SUBMIT:
                result_acts.submit_results(session, current_library(session), chosen)
            elif chosen:
                result_acts.verify_results(session, current_library(session), chosen)


def judge(lims: Lims, samples: Sequence[Sample]) -> None:
    """Every sample that has no judgement yet."""
    compiler = actor(lims, "cai")
    for sample in samples:
        with lims.work(compiler, Action.SAMPLE_JUDGE) as session:
            if limits.latest_judgement(session, sample.id) is None:
                judging.judge_sample(session, current_library(session), sample.id)


def issue(lims: Lims, samples: Sequence[Sample], password: str) -> None:
    """Three people for each report, each signing; a report of a failing sample explains its judgement in an annex.

    Each of them proves once who they are for all the reports that they have before them.
    """
    compiler, reviewer, signatory = (actor(lims, name) for name in ("cai", "rui", "sun"))
    desk, proof = desk_of(lims), Proof(password)
    reports_before = _reports(lims, samples)
    bare = [sample for sample in samples if sample.id not in reports_before]
    if bare:
        purpose = Purpose(Action.REPORT_COMPILE, tuple(sample.number for sample in bare))
        confirmation = confirm(lims, compiler, purpose, proof, _TERMINAL)
        for sample in bare:
            with lims.work(compiler, Action.REPORT_COMPILE) as session:
                layout = Layout(annex=_fails(session, sample))
                reports.compile_report(session, current_library(session), sample.number, confirmation, layout)
    if keys := _in_state(lims, samples, ReportStatus.COMPILED):
        confirmation = confirm(lims, reviewer, Purpose(Action.REPORT_REVIEW, keys), proof, _TERMINAL)
        for key in keys:
            with lims.work(reviewer, Action.REPORT_REVIEW) as session:
                reports.review_report(session, key, None, confirmation)
    if keys := _in_state(lims, samples, ReportStatus.REVIEWED):
        confirmation = confirm(lims, signatory, Purpose(Action.REPORT_APPROVE, keys), proof, _TERMINAL)
        for key in keys:
            with lims.work(signatory, Action.REPORT_APPROVE) as session:
                reports.approve_report(session, desk, key, None, confirmation)


def _reports(lims: Lims, samples: Sequence[Sample]) -> dict[UUID, Report]:
    """The newest report of each sample that has one, in the order of the samples."""
    with lims.read(system_actor(), Action.REPORT_READ) as session:
        return {sample.id: found[-1] for sample in samples if (found := reports_of(session, sample.id))}


def _in_state(lims: Lims, samples: Sequence[Sample], status: ReportStatus) -> tuple[str, ...]:
    return tuple(str(report.id) for report in _reports(lims, samples).values() if report.status is status)


def _fails(session: Session, sample: Sample) -> bool:
    judgement = limits.latest_judgement(session, sample.id)
    return judgement is not None and judgement.overall is Overall.FAILS


def send(lims: Lims, period: Period, folder: Path) -> Path:
    """The signed return of the period, as a file."""
    content = indicators.export_return(lims, actor(lims, "max"), period)
    path = folder / "returns" / f"{cast.COUNTY}-{period.label}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def receive(county: Lims, prefecture: Lims, file: Path) -> Intake:
    """The prefecture registers the county's certificate and takes the return in."""
    with county.read(system_actor(), Action.NETWORK_READ) as session:
        sender = network.laboratory_by_code(session, cast.COUNTY)
    certificate = signing_identity(county, sender).certificate_pem.decode("ascii")
    with prefecture.work(system_actor(), Action.SET_UP) as session:
        if network.laboratory_by_code(session, cast.COUNTY).certificate_pem != certificate:
            network_service.set_certificate(session, cast.COUNTY, certificate)
    return indicators.import_return(prefecture, actor(prefecture, "net"), file.read_bytes())
