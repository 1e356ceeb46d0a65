"""JSON of contests that comes in: rules, events, sheets, entries, marks, acts."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pydantic import AwareDatetime, Field, model_validator

from lims.contests import defaults
from lims.contests.rules import EventKind, Finding, Gender, TeamBy
from lims.documents.phrases import ReportLanguage
from lims.science.units import parse_unit
from lims.web.fields import DecimalText, Input
from lims.web.texts import Text20, Text40, Text60, Text100, Text200, Text1000

_MOST_ENTRIES = 500


class PrizeIn(Input):
    """A prize and the share of those ranked who get it."""

    name: Text40 = Field(examples=["一等奖"])
    name_en: Text60 | None = Field(default=None, examples=["First prize"])
    share: DecimalText = Field(gt=0, le=1, examples=["0.10"])


class HonourIn(Input):
    """An honour by rank; among women alone when `women_only`."""

    name: Text40 = Field(examples=["技术能手"])
    name_en: Text60 | None = Field(default=None, examples=["Technical expert"])
    first: int = Field(ge=1, le=1000, examples=[1])
    last: int = Field(ge=1, le=1000, examples=[3])
    women_only: bool = False


class SettingsIn(Input):
    """The rules of a contest."""

    theory_weight: DecimalText = Field(default=Decimal("0.30"), ge=0, le=1, description="Of the total.")
    fewest_judges: int = Field(default=2, ge=1, le=20)
    drop_from: int = Field(default=5, ge=3, le=20, description="From so many judges on, extremes are left out.")
    difference: DecimalText = Field(default=Decimal(10), ge=0, le=100, description="More asks for a third judge.")
    quota: int = Field(default=0, ge=0, le=500, description="People of a team; 0: any number.")
    team_by: TeamBy = TeamBy.REGION
    team_best: int = Field(default=2, ge=1, le=100)
    team_is_mean: bool = False
    prizes: list[PrizeIn] = Field(default_factory=list, max_length=10)
    team_prizes: list[PrizeIn] = Field(default_factory=list, max_length=10)
    honours: list[HonourIn] = Field(default_factory=list, max_length=20)
    ranks_by_stream: bool = False
    excludes_winners: bool = True
    appeal_hours: int = Field(default=24, ge=1, le=24 * 60)
    promoted: int = Field(default=0, ge=0, le=500)


class ContestIn(Input):
    """The plan of a contest."""

    title: Text200 = Field(examples=["第五届农产品质量安全检测技能竞赛贵州预赛"])
    title_en: Text200 | None = Field(default=None, examples=["Skills contest in residue testing, provincial heat"])
    season: Text100 = Field(examples=["第五届全国农产品质量安全检测技能竞赛"])
    year: int = Field(ge=2000, le=2999, examples=[2026])
    streams: list[Text40] = Field(min_length=1, max_length=20, examples=[["种植业产品", "畜禽产品"]])
    entries_until: AwareDatetime = Field(examples=["2026-12-31T10:00:00Z"])
    settings: SettingsIn = Field(default_factory=lambda: SettingsIn.model_validate(defaults.SETTINGS))


class ContestChange(ContestIn):
    """Another plan in place of the one with this version."""

    version: int = Field(examples=[1])


class VersionIn(Input):
    """The version that was seen."""

    version: int = Field(examples=[1])


class UntilIn(VersionIn):
    """Another end of entries."""

    entries_until: AwareDatetime = Field(examples=["2026-12-31T10:00:00Z"])


class ItemIn(Input):
    """An item of a score sheet."""

    name: Text100 = Field(examples=["布点与随机抽取"])
    name_en: Text100 | None = Field(default=None, examples=["Choice of points at random"])
    full: DecimalText = Field(gt=0, le=1000, examples=["25"])
    weight: DecimalText = Field(default=Decimal(1), gt=0, le=100)


class DeductionIn(Input):
    """What costs points, each time."""

    name: Text100 = Field(examples=["未佩戴手套"])
    name_en: Text100 | None = Field(default=None, examples=["No gloves worn"])
    points: DecimalText = Field(gt=0, le=1000, examples=["2"])
    most: int = Field(default=1, ge=1, le=20)


class TimeIn(Input):
    """A time limit, and what every begun period above it costs."""

    limit_s: int = Field(ge=1, le=86_400, examples=[2400])
    points: DecimalText = Field(default=Decimal(1), ge=0, le=100)
    every_s: int = Field(default=60, ge=1, le=3600)
    most: DecimalText = Field(default=Decimal(10), ge=0, le=1000)


class SheetIn(Input):
    """A score sheet."""

    items: list[ItemIn] = Field(min_length=1, max_length=60)
    deductions: list[DeductionIn] = Field(default_factory=list, max_length=60)
    time: TimeIn | None = None

    def stored(self, version: int) -> dict[str, Any]:
        """As a record keeps it: keys are places."""
        said = self.model_dump(mode="json")
        return {
            "version": version,
            "items": [{"key": f"i{place}", **one} for place, one in enumerate(said["items"], 1)],
            "deductions": [{"key": f"d{place}", **one} for place, one in enumerate(said["deductions"], 1)],
            "time": said["time"],
        }


def sheet_in(stored: Mapping[str, Any]) -> SheetIn:
    """A score sheet as it came in, out of what a record keeps of it."""
    rows = {name: [{key: value for key, value in one.items() if key != "key"} for one in stored[name]]
            for name in ("items", "deductions")}  # fmt: skip
    return SheetIn.model_validate({**rows, "time": stored["time"]})


class TargetIn(Input):
    """A blind item: what is in it and what results earn."""

    analyte: Text100 = Field(examples=["毒死蜱"])
    unit: Text20 = Field(examples=["mg/kg"])
    assigned: DecimalText = Field(gt=0, examples=["0.100"])
    sigma: DecimalText = Field(gt=0, examples=["0.010"])
    accuracy: DecimalText = Field(default=Decimal(80), ge=0, le=1000)
    precision: DecimalText = Field(default=Decimal(20), ge=0, le=1000)
    z_full: DecimalText = Field(default=Decimal(1), ge=0, le=10)
    z_zero: DecimalText = Field(default=Decimal(3), gt=0, le=20)
    difference_full: DecimalText = Field(default=Decimal(5), ge=0, le=100)
    difference_zero: DecimalText = Field(default=Decimal(15), gt=0, le=200)

    @model_validator(mode="after")
    def _in_order(self) -> "TargetIn":
        if self.z_full >= self.z_zero or self.difference_full >= self.difference_zero:
            raise ValueError("full points must end before no points begin")
        if self.accuracy + self.precision <= 0:
            raise ValueError("a blind item earns marks for something")
        return self

    def stored(self) -> dict[str, Any]:
        """As a record keeps it. Raises `BadInput` for an unknown unit."""
        return {**self.model_dump(mode="json"), "unit": parse_unit(self.unit).value}


class EventIn(VersionIn):
    """An event; a sheet here becomes its next version, `targets` replace the blind items. `version` 0: a new event."""

    title: Text100 = Field(examples=["抽样操作"])
    title_en: Text100 | None = Field(default=None, examples=["Sampling"])
    kind: EventKind = Field(examples=["ct_sampling"])
    share: DecimalText = Field(gt=0, le=1000, examples=["20"])
    full: DecimalText = Field(default=Decimal(100), gt=0, le=1000, description="Full mark of a theory paper.")
    sheet: SheetIn | None = None
    targets: list[TargetIn] | None = Field(default=None, max_length=30)


class EntryIn(Input):
    """A person whom a laboratory enters."""

    full_name: Text60 = Field(examples=["安静"])
    gender: Gender = Field(examples=["ct_woman"])
    stream: Text40 = Field(examples=["种植业产品"])
    post: Text60 | None = Field(default=None, examples=["农产品食品检验员 高级工"])


class ImportedEntry(EntryIn):
    """A person in the organiser's table, with the laboratory."""

    laboratory: Text20


class EntriesIn(Input):
    """People whom the own laboratory enters."""

    entries: list[EntryIn] = Field(min_length=1, max_length=_MOST_ENTRIES)


class TakeIn(Input):
    """The final contest of the stage before, whose best go on."""

    number: Text40 = Field(examples=["QZY-CT2026-001"])


class DrawIn(VersionIn):
    """Words called out at the draw, so that nobody knows the outcome before; may be empty."""

    words: Text200 | None = Field(default=None, examples=["07 13 22 28 31"])


class JudgeIn(Input):
    """A judge and the codes of the events; none takes the judge off."""

    username: Text60 = Field(examples=["judge1"])
    label: Text20 = Field(examples=["J1"])
    events: list[Text20] = Field(default_factory=list, max_length=20, examples=[["S", "P"]])


class ScoreIn(Input):
    """What a judge gives: marks by key of the item. `version` 0: nothing was saved yet. `submit` makes it final."""

    version: int = Field(ge=0, examples=[0])
    marks: dict[Text20, DecimalText] = Field(default_factory=dict, max_length=60, examples=[{"i1": "12.5"}])
    deducted: dict[Text20, int] = Field(default_factory=dict, max_length=60, examples=[{"d1": 1}])
    seconds: int | None = Field(default=None, ge=0, le=86_400, examples=[1800])
    note: Text1000 | None = None
    submit: bool = False


class MarkIn(Input):
    """A mark of a theory paper, or parallel results by analyte; nothing that was recorded is replaced here."""

    mark: DecimalText | None = Field(default=None, ge=0, examples=["87.5"])
    results: dict[Text100, list[DecimalText]] = Field(default_factory=dict, max_length=30)
    source: Text100 = Field(default="sheet", examples=["sheet"])


class FromExamIn(Input):
    """An exam of the own laboratory that a theory event is sat as."""

    exam: Text40 = Field(examples=["QGZ-EX2026-001"])


class CorrectionIn(Input):
    """What should count instead of what a judge (`judge`, the label) submitted, or of a mark (no `judge`).

    Or, without an event, that an entrant who was scored takes no part any more, or takes part again.
    """

    event: Text20 | None = Field(default=None, examples=["S"])
    takes_part: bool | None = None
    judge: Text20 | None = Field(default=None, examples=["J1"])
    marks: dict[Text20, DecimalText] = Field(default_factory=dict, max_length=60)
    deducted: dict[Text20, int] = Field(default_factory=dict, max_length=60)
    seconds: int | None = Field(default=None, ge=0, le=86_400)
    mark: DecimalText | None = Field(default=None, ge=0)
    results: dict[Text100, list[DecimalText]] = Field(default_factory=dict, max_length=30)
    reason: Text1000 = Field(examples=["The sheet was read wrongly."])

    @model_validator(mode="after")
    def _of_one_thing(self) -> "CorrectionIn":
        if (self.event is None) == (self.takes_part is None):
            raise ValueError("name an event, or say whether the entrant takes part")
        return self


class ConfirmIn(VersionIn):
    """Whether the second person agrees."""

    approve: bool = Field(examples=[True])


class WithdrawIn(VersionIn):
    """Why an entrant takes no part any more: absent, disqualified."""

    reason: Text1000 = Field(examples=["Did not appear at the draw."])


class AppealIn(Input):
    """An appeal of the entrant's laboratory."""

    entrant: Text20 = Field(description="Start number or code of an own entrant.", examples=["7"])
    event: Text20 | None = Field(default=None, examples=["S"])
    grounds: Text1000 = Field(examples=["The time was taken wrongly at the sampling."])


class DecisionIn(Input):
    """What one person of the organiser proposes on an appeal; `version` 0: nobody has proposed anything yet."""

    version: int = Field(default=0, ge=0)
    finding: Finding = Field(examples=["ct_upheld"])
    findings: Text1000 = Field(examples=["The judge's clock was compared."])


class BoardIn(VersionIn):
    """The live board: whether it has an address, shows names, and stands still."""

    is_shown: bool = Field(examples=[True])
    by_name: bool = False
    is_frozen: bool = False


class DocumentsIn(VersionIn):
    """In which language certificates and announcement are made."""

    language: ReportLanguage = ReportLanguage.BILINGUAL
