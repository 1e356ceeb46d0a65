"""The list of the batches behind a figure, each with its report, or with the return that it came by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import and_, col, select

from lims.core.actions import Action
from lims.core.reasons import Translate, mark
from lims.core.words import word
from lims.db.work import LimsSession
from lims.indicators import queries
from lims.indicators.asked import MONITORING_WORD, CountsAs
from lims.indicators.reading import Reading
from lims.indicators.rules import MONITORING, BatchVerdict
from lims.indicators.tables import ReportedBatch, ReturnReceived
from lims.network import queries as network
from lims.samples.rules import Programme, Stage
from lims.web.table import Cell, Chip, Column, Link, Mood, Said, Table
from lims.web.table_filters import ChoiceFilter, DaysFilter, Options, TextFilter, words_in

_B = ReportedBatch
_MOODS: Mapping[BatchVerdict, Mood] = {
    BatchVerdict.CONFORMS: "good",
    BatchVerdict.FAILS: "bad",
    BatchVerdict.NOT_JUDGED: "warn",
}


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A reported batch. `report` is the address of its report, when that can be read here; else the return is named."""

    batch: ReportedBatch
    region: str
    laboratory: str
    report: str | None
    came_by: Cell

    @property
    def verdict(self) -> Chip:
        """What the report says, or that it says nothing any more."""
        if self.batch.withdrawn:
            return Chip(mark("withdrawn"))
        return Chip(self.batch.verdict, _MOODS[self.batch.verdict])


def _counting(chosen: Sequence[str]) -> ColumnElement[bool]:
    counted = ~col(_B.withdrawn)
    match CountsAs(chosen[0]):
        case CountsAs.COUNTED:
            return counted
        case CountsAs.JUDGED:
            return and_(counted, col(_B.verdict) != BatchVerdict.NOT_JUDGED)
        case CountsAs.WITHDRAWN:
            return and_(col(_B.withdrawn))
        case verdict:
            return and_(counted, col(_B.verdict) == BatchVerdict(verdict.value))


def _of_programmes(chosen: Sequence[str]) -> ColumnElement[bool]:
    wanted = {Programme(name) for name in chosen if name != MONITORING_WORD}
    if MONITORING_WORD in chosen:
        wanted |= MONITORING
    return col(_B.programme).in_(sorted(wanted))


def _of_food(text: str) -> ColumnElement[bool]:
    """A whole path is that food alone, as in the table of indicators; words are looked for."""
    return col(_B.food) == text if "/" in text else words_in((col(_B.food),), text)


def _of_return(text: str) -> ColumnElement[bool]:
    return col(_B.return_id).in_(select(ReturnReceived.id).where(ReturnReceived.number == text))


BATCH_LIST: Table[BatchRow] = Table(
    name="batches",
    title=mark("Reported batches"),
    columns=(
        Column(
            "report", mark("Report number"), lambda r: r.batch.report_number, col(_B.report_number), lambda r: r.report
        ),
        Column("product", mark("Product name"), lambda r: r.batch.product_name, col(_B.product_name)),
        Column("food", mark("Food"), lambda r: r.batch.food.split("/")[-1], col(_B.food)),
        Column("food_group", mark("Food group"), lambda r: r.batch.food_group, col(_B.food_group), shown=False),
        Column("sampled", mark("Sampled on"), lambda r: r.batch.sampled_on, col(_B.sampled_on)),
        Column("region", mark("Region"), lambda r: r.region, col(_B.region_code)),
        Column("programme", mark("Programme"), lambda r: r.batch.programme, col(_B.programme)),
        Column("stage", mark("Stage"), lambda r: r.batch.stage, col(_B.stage)),
        Column("verdict", mark("Verdict"), lambda r: r.verdict, col(_B.verdict)),
        Column("failing", mark("Failing parameters"), lambda r: r.batch.failing, col(_B.failing)),
        Column("laboratory", mark("Tested by"), lambda r: r.batch.origin_code, col(_B.origin_code)),
        Column("name", mark("Name of the laboratory"), lambda r: r.laboratory, shown=False),
        Column("came_by", mark("Reached us by"), lambda r: r.came_by),
        Column("sample", mark("Sample number"), lambda r: r.batch.sample_number, col(_B.sample_number), shown=False),
        Column("issued", mark("Issued at"), lambda r: r.batch.issued_at, col(_B.issued_at), shown=False),
        Column("revision", mark("Revision"), lambda r: r.batch.revision, kind="number", shown=False),
        Column("pdf", mark("SHA-256 of the report"), lambda r: r.batch.pdf_sha256, shown=False),
    ),
    filters=(
        ChoiceFilter("verdict", mark("Counts as"), CountsAs, by=_counting),
        DaysFilter("sampled", mark("Sampled on"), col(_B.sampled_on)),
        ChoiceFilter("region", mark("Region"), by=lambda chosen: queries.is_inside(chosen[0])),
        ChoiceFilter("programme", mark("Programme"), many=True, by=_of_programmes),
        ChoiceFilter("stage", mark("Stage"), Stage, col(_B.stage), many=True),
        ChoiceFilter("food_group", mark("Food group"), term=col(_B.food_group)),
        TextFilter("food", mark("Food"), by=_of_food),
        ChoiceFilter("laboratory", mark("Tested by"), term=col(_B.origin_code)),
        TextFilter("return", mark("Return number"), by=_of_return),
    ),
    search=(col(_B.report_number), col(_B.sample_number), col(_B.product_name), col(_B.failing)),
    order=(col(_B.sampled_on).desc(), col(_B.report_number), col(_B.id)),
    nothing=mark("No batch is reported yet: reports count when they are issued, or come with a return."),
)


def batch_rows(session: LimsSession, batches: Sequence[ReportedBatch]) -> Sequence[BatchRow]:
    """Rows of a page of batches; reports are linked for who may read them."""
    regions = network.region_names(session, (b.region_code for b in batches))
    laboratories = {lab.code: lab.name for lab in network.laboratories(session)}
    readable = queries.reports_in_view(session, batches) if session.actor.may(Action.REPORT_READ) else set()
    returns = queries.return_numbers(session, (b.return_id for b in batches if b.return_id))
    return [
        BatchRow(
            batch,
            regions.get(batch.region_code, batch.region_code),
            laboratories.get(batch.origin_code, batch.origin_code),
            _report_address(batch) if (batch.origin_code, batch.report_number) in readable else None,
            _came_by(batch, returns),
        )
        for batch in batches
    ]


def batch_options(reading: Reading, say: Translate) -> dict[str, Options]:
    """The choices of the filters that depend on the reader and on what was reported."""
    monitoring = (MONITORING_WORD, say(mark("all monitoring")))
    return {
        "region": [(r.code, r.name) for r in reading.in_view],
        "programme": [monitoring, *((p.value, say(word(p))) for p in Programme)],
        "food_group": [(group, group) for group in queries.food_groups(reading.session)],
        "laboratory": [(lab.code, lab.name) for lab in reading.laboratories],
    }


def _report_address(batch: ReportedBatch) -> str:
    return f"/reports/{quote(batch.report_number, safe='')}"


def _came_by(batch: ReportedBatch, returns: Mapping[UUID, str]) -> Cell:
    if batch.return_id is None:
        return Said(mark("issued here"))
    number = returns.get(batch.return_id)
    return Link(f"/returns/received/{batch.return_id}", number) if number else None
