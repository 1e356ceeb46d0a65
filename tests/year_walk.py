"""Batches that become the patterns of a year: walked through the true services, looked at after every step."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from lims.core.actions import Action
from lims.core.actors import Actor
from lims.core.clock import CHINA, FixedClock
from lims.core.reasons import reason
from lims.demo.batch import LEVELS, PORTION, PROFILE, RECOVERED, SPIKED, VOLUME
from lims.demo.instrument_export import PlannedInjection, masshunter_table
from lims.documents.annexes import RenderingFailed
from lims.documents.press import Press
from lims.documents.snapshot import ReportSnapshot
from lims.indicators.tasks import book_due
from lims.library.rules import Library
from lims.limits import service as judging
from lims.reports import service as reports
from lims.reports import tasks as drawing
from lims.reports.desk import desk_of
from lims.reports.queries import reports_of
from lims.results import queries as results
from lims.results import recording
from lims.results import service as result_acts
from lims.results.rules import Finding, ResultStatus
from lims.results.schemas import Chosen, Correction
from lims.results.tables import Result
from lims.runs import importing
from lims.runs import queries as runs
from lims.runs import service as run_acts
from lims.runs.previewing import FileImport
from lims.runs.rules import EntryKind
from lims.runs.service import EntryOrder, WorksheetOrder
from lims.runs.tables import WorksheetEntry
from lims.runtime import Lims
from lims.samples import service as samples_acts
from lims.samples.rules import BasisKind, Programme, SealState, Stage
from lims.samples.schemas import Receipt, SampleOrder
from lims.samples.tables import Sample
from tests.factories import confirmed
from tests.year_laboratory import INSTRUMENT, METHOD, REGION

DUPLICATED, SPIKED_LOT = 1, 3  # positions in LOTS, from 0


class Step(StrEnum):
    """How far a batch has come."""

    REGISTERED = "registered"
    RECEIVED = "received"
    PLANNED = "planned"  # stands on a worksheet
    ENTERED = "entered"  # measured, its results recorded
    SUBMITTED = "submitted"
    RETURNED = "returned"  # a result was sent back
    VERIFIED = "verified"
    COMPILED = "compiled"
    REVIEWED = "reviewed"
    ISSUED = "issued"
    BROKEN = "broken"  # drawn and signed, but for one
    SIGNED = "signed"  # drawn, signed and booked; the end of the walk


class Kind(StrEnum):
    """What a batch is like."""

    CLEAN = "clean"
    FAILING = "failing"  # one sample exceeds a limit
    TROUBLED = "troubled"  # a corrected result; reports withdrawn, amended, not drawn


@dataclass(frozen=True, slots=True)
class Lot:
    """One product and where it was drawn. `contents`: analyte to mg/kg; what is not named is absent."""

    product: str
    party: str
    place: str
    stage: Stage
    programme: Programme = Programme.ROUTINE
    contents: dict[str, Decimal] = field(default_factory=dict)


LOTS = (
    Lot("豇豆", "绿源蔬菜专业合作社", "遵义市播州区南白街道", Stage.FARM, contents={"acetamiprid": Decimal("0.0461")}),
    Lot("芹菜", "兴农家庭农场", "遵义市播州区苟江镇", Stage.FARM, contents={"imidacloprid": Decimal("0.0215")}),
    Lot("辣椒", "辣椒种植基地", "遵义市播州区三合镇", Stage.FARM, Programme.SUPERVISION,
        {"pyraclostrobin": Decimal("0.0527"), "imidacloprid": Decimal("0.0318")}),
    Lot("番茄", "设施蔬菜园", "遵义市播州区乌江镇", Stage.FARM, contents={"azoxystrobin": Decimal("0.0734")}),
    Lot("结球甘蓝", "高山蔬菜基地", "遵义市播州区新民镇", Stage.WHOLESALE_MARKET),
    Lot("黄瓜", "农贸市场三号摊", "遵义市播州区播南街道", Stage.RETAIL_MARKET, Programme.SPECIAL,
        {"azoxystrobin": Decimal("0.0416")}),
    Lot("韭菜", "杨家坝种植户", "遵义市播州区鸭溪镇", Stage.FARM, Programme.SUPERVISION),
    Lot("猕猴桃", "果业合作社", "遵义市播州区枫香镇", Stage.SUPERMARKET,
        contents={"pyraclostrobin": Decimal("0.0613")}),
)  # fmt: skip
#: In the failing batch the first sample holds this instead: 噻虫胺 in cowpea may be 0.01 mg/kg.
EXCEEDING = {"clothianidin": Decimal("0.0874"), "acetamiprid": Decimal("0.0461")}


@dataclass(slots=True)
class Bench:
    """Who and what a walk needs: an installation whose clock can be set, its people, and what is tested."""

    lims: Lims
    clock: FixedClock
    people: dict[str, Actor]
    library: Library
    parameters: tuple[str, ...]
    compounds: tuple[str, ...]

    @property
    def laboratory(self) -> UUID:
        """The county laboratory."""
        laboratory_id = self.people["ann"].laboratory_id
        if laboratory_id is None:
            raise AssertionError("Ann belongs to a laboratory")
        return laboratory_id

    def at(self, day: date, clock: str) -> None:
        """Set the clock to a time of day in China."""
        self.clock.instant = datetime.combine(day, time.fromisoformat(clock), tzinfo=CHINA)


def walk(bench: Bench, kind: Kind, day: date) -> Iterator[tuple[Step, bytes]]:
    """Walk a batch that is drawn on a day, one step at a time; with each step the instrument's file (empty before)."""
    samples = _register(bench, kind, day)
    yield Step.REGISTERED, b""
    bench.at(day, "10:30")
    _receive(bench, samples)
    yield Step.RECEIVED, b""
    yield from _test(bench, kind, day + timedelta(days=1), samples)


def _register(bench: Bench, kind: Kind, day: date) -> list[Sample]:
    bench.at(day, "09:00")
    registered = []
    for n, lot in enumerate(LOTS, start=1):
        with bench.lims.work(bench.people["sam"], Action.SAMPLE_REGISTER) as session:
            order = _sheet(f"CY-{kind.value}-{n}", lot, day, bench.parameters)
            registered.append(samples_acts.register_sample(session, bench.library, order))
    return registered


def _sheet(sheet: str, lot: Lot, day: date, parameters: Sequence[str]) -> SampleOrder:
    return SampleOrder.model_validate(
        {
            "product_name": lot.product,
            "programme": lot.programme,
            "stage": lot.stage,
            "client": "播州区农业农村局",
            "client_address": "遵义市播州区南白街道白锦大道",
            "inspected_party": lot.party,
            "inspected_address": lot.place,
            "producer": lot.party,
            "specification": "散装",
            "region_code": REGION,
            "place": lot.place,
            "sampled_on": day,
            "sampling_sheet_number": sheet,
            "samplers": "冉小雨、安静",
            "sampling_method": "NY/T 789-2004",
            "base_quantity": "200 kg",
            "quantity": "3.0",
            "quantity_unit": "kg",
            "basis_on": day,
            "basis_kind": BasisKind.HARVEST if lot.stage is Stage.FARM else BasisKind.PURCHASE,
            "parameters": [f"{name}@{METHOD}" for name in parameters],
        }
    )


def _receive(bench: Bench, samples: Sequence[Sample]) -> None:
    receipt = Receipt(condition="新鲜，包装完好", seal=SealState.INTACT, temperature_c=Decimal("4.0"))
    for sample in samples:
        with bench.lims.work(bench.people["ann"], Action.SAMPLE_RECEIVE) as session:
            samples_acts.receive_sample(session, sample.number, receipt)


def _test(bench: Bench, kind: Kind, day: date, samples: Sequence[Sample]) -> Iterator[tuple[Step, bytes]]:
    lims, ann = bench.lims, bench.people["ann"]
    bench.at(day, "08:30")
    with lims.work(ann, Action.WORKSHEET_CREATE) as session:
        worksheet = run_acts.create_worksheet(session, _worksheet(samples))
    yield Step.PLANNED, b""
    with lims.read(ann, Action.RUN_READ) as session:
        entries = runs.entries_of(session, worksheet.id)
    file = _export(bench, kind, entries, samples, datetime.combine(day, time(9, 0)))
    bench.at(day, "15:30")
    run = importing.import_file(lims, ann, FileImport(worksheet.number, file, f"{worksheet.number}.csv", PROFILE))
    with lims.work(ann, Action.RESULT_ENTER) as session:
        left_out = recording.record_run(session, bench.library, run.id).not_recorded
    if left_out:
        raise AssertionError(f"the pattern of the year has gaps: {left_out[:3]}")
    yield Step.ENTERED, file
    bench.at(day, "16:00")
    _submit(bench, samples)
    yield Step.SUBMITTED, file
    if kind is Kind.TROUBLED:
        returned = _return_one(bench, samples[0])
        yield Step.RETURNED, file
        bench.at(day, "16:40")
        _correct(bench, returned)
        _submit(bench, samples)
    for step in _report(bench, kind, day + timedelta(days=1), samples):
        yield step, file


def _worksheet(samples: Sequence[Sample]) -> WorksheetOrder:
    duplicated, spiked = samples[DUPLICATED].blind_code, samples[SPIKED_LOT].blind_code
    standards = (
        EntryOrder(EntryKind.CALIBRATION_STANDARD, f"STD-{n}", nominal_concentration=level)
        for n, level in enumerate(LEVELS, start=1)
    )
    return WorksheetOrder(
        method_code=METHOD,
        instrument_code=INSTRUMENT,
        matrix_group="植物源性食品",
        test_portion=PORTION,
        final_volume=VOLUME,
        entries=(
            *standards,
            EntryOrder(EntryKind.BLANK, "BLK-1"),
            *(EntryOrder(EntryKind.SAMPLE, sample.blind_code) for sample in samples),
            EntryOrder(EntryKind.DUPLICATE, f"{duplicated}-D", parent=duplicated),
            EntryOrder(EntryKind.MATRIX_SPIKE, f"{spiked}-S", parent=spiked, spiked_content=SPIKED),
        ),
    )


def _export(
    bench: Bench, kind: Kind, entries: Sequence[WorksheetEntry], samples: Sequence[Sample], started_at: datetime
) -> bytes:
    contents = {sample.blind_code: lot.contents for sample, lot in zip(samples, LOTS, strict=True)}
    if kind is Kind.FAILING:
        contents[samples[0].blind_code] = EXCEEDING
    labels = {entry.id: entry.label for entry in entries}
    injections = [
        _injection(entry, contents.get(labels[entry.parent_entry_id or entry.id], {}), bench.compounds)
        for entry in entries
    ]
    return masshunter_table(injections, bench.compounds, started_at)


def _injection(entry: WorksheetEntry, contents: dict[str, Decimal], compounds: Sequence[str]) -> PlannedInjection:
    vial = {code: content * 1000 * PORTION / VOLUME for code, content in contents.items()}
    match entry.kind:
        case EntryKind.CALIBRATION_STANDARD:
            level = entry.nominal_concentration or Decimal(0)
            number = entry.label.removeprefix("STD-")
            return PlannedInjection(entry.label, "Cal", number, level, dict.fromkeys(compounds, level))
        case EntryKind.BLANK:
            return PlannedInjection(entry.label, "Blank")
        case EntryKind.MATRIX_SPIKE:
            added = SPIKED * 1000 * PORTION / VOLUME * RECOVERED
            spiked = {code: vial.get(code, Decimal(0)) + added for code in compounds}
            return PlannedInjection(entry.label, "QC", concentrations=spiked)
        case _:
            return PlannedInjection(entry.label, "Sample", concentrations=vial)


def _chosen(bench: Bench, samples: Sequence[Sample], *statuses: ResultStatus) -> list[Chosen]:
    with bench.lims.read(bench.people["ann"], Action.RESULT_READ) as session:
        current = results.current_results(session, [sample.id for sample in samples])
        return [Chosen(id=result.id, version=result.version) for result in current if result.status in statuses]


def _submit(bench: Bench, samples: Sequence[Sample]) -> None:
    chosen = _chosen(bench, samples, ResultStatus.ENTERED)
    with bench.lims.work(bench.people["ann"], Action.RESULT_SUBMIT) as session:
        result_acts.submit_results(session, bench.library, chosen)


def _return_one(bench: Bench, sample: Sample) -> Result:
    with bench.lims.work(bench.people["vic"], Action.RESULT_RETURN) as session:
        detected = next(r for r in results.current_results(session, [sample.id]) if r.value is not None)
        return result_acts.return_result(session, bench.library, detected.id, "峰面积积分起点偏移，请重新积分。", None)


def _correct(bench: Bench, returned: Result) -> None:
    with bench.lims.work(bench.people["ann"], Action.RESULT_CORRECT) as session:
        result_acts.correct_result(
            session,
            bench.library,
            returned.id,
            Correction(
                finding=Finding.QUANTIFIED,
                value=(returned.value or Decimal(0)) - Decimal("0.0012"),
                unit="mg/kg",
                version=returned.version,
                reason="按退回意见重新积分，峰面积更正。",
            ),
        )


def _report(bench: Bench, kind: Kind, day: date, samples: Sequence[Sample]) -> Iterator[Step]:
    lims, people = bench.lims, bench.people
    bench.at(day, "09:00")
    with lims.work(people["vic"], Action.RESULT_VERIFY) as session:
        result_acts.verify_results(session, bench.library, _chosen(bench, samples, ResultStatus.SUBMITTED))
    yield Step.VERIFIED
    bench.at(day, "14:00")
    for sample in samples:
        with lims.work(people["cai"], Action.SAMPLE_JUDGE) as session:
            judging.judge_sample(session, bench.library, sample.id)
        confirmation = confirmed(lims, people["cai"], Action.REPORT_COMPILE, sample.number)
        with lims.work(people["cai"], Action.REPORT_COMPILE) as session:
            reports.compile_report(session, bench.library, sample.number, confirmation)
    yield Step.COMPILED
    bench.at(day + timedelta(days=1), "09:00")
    _review(bench, samples)
    yield Step.REVIEWED
    bench.at(day + timedelta(days=1), "09:30")
    _approve(bench, samples)
    yield Step.ISSUED
    bench.at(day + timedelta(days=1), "09:40")
    if kind is Kind.TROUBLED:
        _make_trouble(bench, samples)
        _sign(bench)
        yield Step.BROKEN
        with lims.work(people["sun"], Action.REPORT_RETRY) as session:
            reports.retry_rendering(session, _newest_report(bench, samples[3]))
    _sign(bench)
    yield Step.SIGNED


def _newest_report(bench: Bench, sample: Sample) -> str:
    with bench.lims.read(bench.people["cai"], Action.REPORT_READ) as session:
        return str(reports_of(session, sample.id)[-1].id)


def _review(bench: Bench, samples: Sequence[Sample]) -> None:
    keys = [_newest_report(bench, sample) for sample in samples]
    confirmation = confirmed(bench.lims, bench.people["rui"], Action.REPORT_REVIEW, *keys)
    for key in keys:
        with bench.lims.work(bench.people["rui"], Action.REPORT_REVIEW) as session:
            reports.review_report(session, key, None, confirmation)


def _approve(bench: Bench, samples: Sequence[Sample]) -> None:
    desk, keys = desk_of(bench.lims), [_newest_report(bench, sample) for sample in samples]
    confirmation = confirmed(bench.lims, bench.people["sun"], Action.REPORT_APPROVE, *keys)
    for key in keys:
        with bench.lims.work(bench.people["sun"], Action.REPORT_APPROVE) as session:
            reports.approve_report(session, desk, key, None, confirmation)


def _make_trouble(bench: Bench, samples: Sequence[Sample]) -> None:
    """The second report is withdrawn, the third amended; the fourth cannot be drawn."""
    with bench.lims.work(bench.people["sun"], Action.REPORT_WITHDRAW) as session:
        reports.withdraw_report(session, _newest_report(bench, samples[1]), None, "样品信息录入错误，报告作废重发。")
    key, why = _newest_report(bench, samples[2]), "受检单位名称更正，原报告收回。"
    confirmation = confirmed(bench.lims, bench.people["cai"], Action.REPORT_REPLACE, key)
    with bench.lims.work(bench.people["cai"], Action.REPORT_REPLACE) as session:
        reports.replace_report(session, bench.library, key, why, confirmation)
    _review(bench, samples[2:3])
    _approve(bench, samples[2:3])
    drawing.render_report(bench.lims, UUID(_newest_report(bench, samples[3])), _Broken())


class _Broken:
    """A press that has not the characters of a report."""

    def report(self, *_: object, **__: object) -> bytes:  # as `Press`
        raise RenderingFailed(reason("report.no_glyph", "The font has no character {glyph}.", glyph="𬭛"))


class _OneSheet:
    """Draws the first report and hands its page out for all of them: the year needs files, not true ones."""

    page = b""

    def __init__(self, lims: Lims) -> None:
        self.settings = lims.settings

    def report(self, snapshot: ReportSnapshot, *_: object, **__: object) -> bytes:  # as `Press`
        if not _OneSheet.page:
            _OneSheet.page = Press(self.settings.report_templates, self.settings.assets).report(snapshot)
        return _OneSheet.page


def _sign(bench: Bench) -> None:
    renderer = _OneSheet(bench.lims)
    for report_id in drawing.due(bench.lims):
        drawing.render_report(bench.lims, report_id, renderer)
    book_due(bench.lims)
