"""JSON of indicators and returns. Figures are text: they are shown as the rules of display say."""

from datetime import date
from typing import Self

from pydantic import AwareDatetime, Field

from lims.indicators.figures import Compared, Density, Row
from lims.indicators.intake import Intake
from lims.indicators.rules import BatchVerdict, Breakdown
from lims.indicators.service import Table
from lims.samples.rules import Programme, Stage
from lims.web.fields import DecimalText, Input, Output


class FigureOut(Output):
    """A figure beside the target in force on the last day of the period; judged before rounding."""

    shown: str | None = Field(examples=["99.98"], description="Null when there is nothing to divide by.")
    target: DecimalText | None
    target_code: str | None = Field(examples=["T01"])
    reached: bool | None
    gap: str | None = Field(examples=["1.9"], description="Figure less target; negative when short of it.")

    @classmethod
    def of(cls, figure: Compared) -> Self:
        """From the figure."""
        return cls.model_validate(figure)


class DensityOut(Output):
    """批次/千人 from 1 January to the end of the period."""

    figure: FigureOut
    residents: int
    census_year: int = Field(description="The year whose residents it is divided by.")
    quota: int | None = Field(description="Batches that the year needs, rounded up.")
    missing: int | None
    forecast: int | None = Field(description="Batches of the whole year at the present pace; the current year only.")

    @classmethod
    def of(cls, density: Density) -> Self:
        """From the density."""
        return cls.model_validate(density)


class RowOut(Output):
    """One row: counts of the period, the pass rate (%), the batches per thousand residents."""

    key: str = Field(examples=["520304"])
    name: str = Field(examples=["播州区"])
    batches: int = Field(description="Reported and not withdrawn.")
    judged: int
    conforming: int
    failing: int
    not_judged: int
    withdrawn: int
    accepted_this_year: int = Field(description="Reported and not withdrawn from 1 January to the end of the period.")
    pass_rate: FigureOut
    batches_per_thousand: DensityOut | None = Field(
        description="Null where the number of residents is not known, or does not belong to the row."
    )

    @classmethod
    def of(cls, row: Row) -> Self:
        """From the row."""
        return cls(
            key=row.key,
            name=row.name,
            batches=row.tally.batches,
            judged=row.tally.judged,
            conforming=row.tally.conforming,
            failing=row.tally.failing,
            not_judged=row.tally.not_judged,
            withdrawn=row.tally.withdrawn,
            accepted_this_year=row.tally.accepted,
            pass_rate=FigureOut.of(row.pass_rate),
            batches_per_thousand=DensityOut.of(row.density) if row.density else None,
        )


class IndicatorsOut(Output):
    """A table of indicators. `total` is the whole region; the rows are its parts."""

    region_code: str
    region_name: str
    period: str = Field(examples=["2026-11"])
    starts_on: date
    ends_on: date
    by: Breakdown
    programmes: list[Programme] = Field(description="The programmes that were counted.")
    total: RowOut
    rows: list[RowOut]

    @classmethod
    def of(cls, table: Table) -> Self:
        """From the table."""
        return cls(
            region_code=table.region_code,
            region_name=table.region_name,
            period=table.period.label,
            starts_on=table.period.starts_on,
            ends_on=table.period.ends_on,
            by=table.by,
            programmes=list(table.programmes),
            total=RowOut.of(table.total),
            rows=[RowOut.of(row) for row in table.rows],
        )


class BatchOut(Output):
    """A batch behind a figure, by its report."""

    origin_code: str = Field(examples=["QBZ"])
    sample_number: str
    report_number: str
    revision: int
    region_code: str
    product_name: str
    food: str
    food_group: str
    programme: Programme
    stage: Stage
    sampled_on: date
    issued_at: AwareDatetime
    verdict: BatchVerdict
    withdrawn: bool
    failing: str | None
    pdf_sha256: str | None


class ReturnOrder(Input):
    """Which period to report."""

    period: str = Field(examples=["2026-11"], description="2026, 2026-Q4 or 2026-11; by the day of sampling.")


class ReturnOut(Output):
    """A return, sent or received."""

    number: str = Field(examples=["QBZ-R20260001"])
    starts_on: date
    ends_on: date
    records: int
    sha256: str
    created_at: AwareDatetime


class ReturnReceivedOut(ReturnOut):
    """A return from below and what became of it."""

    sender_code: str
    added: int
    changed: int
    received_at: AwareDatetime
    received_by: str


class IntakeOut(Output):
    """What the import did. With `already_imported` nothing was changed."""

    number: str
    sender_code: str
    sender_name: str
    records: int
    added: int
    changed: int
    unchanged: int
    already_imported: bool

    @classmethod
    def of(cls, intake: Intake) -> Self:
        """From the intake."""
        return cls.model_validate(intake)
