"""What a report is composed from: the dossier of a sample with its items, and the stamp that approval puts on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lims.accreditation.marks import Marks
from lims.documents.phrases import Phrase, ReportLanguage
from lims.documents.snapshot import CalibrationBlock, PeopleBlock, ReportSnapshot, TemplateRef, UncertaintyLine
from lims.limits.verdicts import Overall, Verdict
from lims.network.tables import Laboratory
from lims.reports.rules import Family, Layout, family_of
from lims.results.tables import Result
from lims.samples.tables import Sample, SamplePhoto


@dataclass(frozen=True, slots=True)
class Item:
    """One parameter of the report: its judgement with its explanation, its results, and its place in the scope."""

    name: Phrase
    parameter: str
    method_code: str
    verdict: Verdict
    explanation: Mapping[str, Any]
    sentence: Phrase
    results: tuple[Result, ...]
    in_cma: bool
    in_catl: bool


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything that is known of a sample when its report is composed, and how it is made.

    `environment`: None where nothing was recorded; `deviations`: sentences, none where there is nothing to tell.
    """

    laboratory: Laboratory
    sample: Sample
    items: tuple[Item, ...]
    overall: Overall
    marks: Marks
    methods: tuple[str, ...]
    standards: tuple[Phrase, ...]
    instruments: tuple[str, ...]
    receiver: str | None
    layout: Layout
    is_rapid: bool = False
    environment: Phrase | None = None
    deviations: tuple[Phrase, ...] = ()
    uncertainties: tuple[UncertaintyLine, ...] = ()
    calibrations: tuple[CalibrationBlock, ...] = ()
    photos: tuple[SamplePhoto, ...] = ()

    @property
    def family(self) -> Family:
        """The family of templates that it is printed with."""
        is_retest = self.sample.retest_of is not None
        return family_of(self.sample.programme, self.layout, is_retest=is_retest, is_rapid=self.is_rapid)

    @property
    def language(self) -> ReportLanguage:
        """The one that the report is made in."""
        return self.layout.language


@dataclass(frozen=True, slots=True)
class Stamp:
    """What approval adds: number, instant, people, the address behind the QR code, the template."""

    number: str
    issued_at: datetime
    verification_url: str
    people: PeopleBlock
    template: TemplateRef
    development: bool
    replaces: str | None = None
    replaced: ReportSnapshot | None = None
    change_reason: str | None = None
    timestamped: bool = False
