"""Sampling sheets as a spreadsheet: the template, and registering the rows, all or only the good ones."""

from typing import TypeAlias

from lims.core.clock import local_day
from lims.core.errors import BadInput
from lims.core.reasons import Reason
from lims.core.spreadsheets import read_table, template_workbook
from lims.db.work import LimsSession
from lims.library.rules import Library
from lims.samples.columns import SAMPLE_COLUMNS
from lims.samples.schemas import SampleOrder
from lims.samples.service import faults_of, register_samples
from lims.samples.tables import Sample
from lims.web.rows import Numbered, orders_of

#: The sheets that can be read, and the faults of the other rows.
ReadSheets: TypeAlias = tuple[list[Numbered[SampleOrder]], list[Reason]]


def sample_template() -> bytes:
    """An empty spreadsheet (xlsx) with every column and a sheet that explains them."""
    return template_workbook("抽样单", SAMPLE_COLUMNS)


def read_samples(content: bytes, encoding: str = "utf-8") -> ReadSheets:
    """The sheets of a spreadsheet that can be read, and the faults of the other rows.

    Raises `BadInput` when the table itself cannot be read.
    """
    return orders_of(read_table(content, SAMPLE_COLUMNS, encoding=encoding), SAMPLE_COLUMNS, SampleOrder)


def import_samples(
    session: LimsSession, library: Library, sheets: ReadSheets, *, only_good_rows: bool = False
) -> tuple[list[Sample], list[Reason]]:
    """Register what `read_samples` read, before the act began; the samples, and the faults of what was left out.

    Raises `BadInput` or `RuleRefused` with every fault, unless `only_good_rows`; then nothing is registered.
    """
    orders, unreadable = sheets
    today = local_day(session.instant)
    if not only_good_rows and unreadable:
        raise BadInput(*_in_order([*unreadable, *faults_of(session, library, orders, today)]))
    samples, faults = register_samples(session, library, orders, only_good=only_good_rows)
    return samples, _in_order([*unreadable, *faults])


def _in_order(faults: list[Reason]) -> list[Reason]:
    return sorted(faults, key=lambda fault: fault.where.row or 0)
