"""Pure decisions about reports: who may do what when, numbers, the day's marks, and how values are shown."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from lims.core.actions import Action
from lims.core.actors import Actor
from lims.core.errors import Forbidden
from lims.core.reasons import Reason, Where, reason
from lims.documents.phrases import ReportLanguage
from lims.results.rules import reasons_to_explain
from lims.samples.rules import Programme, TestStatus, sees_whole
from lims.science.rounding import ReportingRule, plain, round_for_report, round_significant
from lims.science.units import UnitCode

#: More figures than any measurement has.
_MOST_FIGURES = 12


class ReportStatus(StrEnum):
    """Where a report is on its way. ISSUED: approved, numbered and frozen. SENT_BACK: a draft that was given up."""

    COMPILED = "compiled"
    REVIEWED = "reviewed"
    SENT_BACK = "sent_back"
    ISSUED = "issued"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


#: A draft: it may still be sent back, and has no number.
DRAFTS = frozenset({ReportStatus.COMPILED, ReportStatus.REVIEWED})
#: Handed out once, with a number: its snapshot is frozen for ever.
NUMBERED = frozenset({ReportStatus.ISSUED, ReportStatus.REPLACED, ReportStatus.WITHDRAWN})


class Family(StrEnum):
    """The family of templates that a report is printed with, by the name of its folder."""

    SUPERVISED = "supervised"  # 监督抽查、例行监测 …: the sample was drawn
    COMMISSIONED = "commissioned"  # 委托检验: the client brought it
    RISK_MONITORING = "risk_monitoring"  # 风险监测结果通知: results without a verdict
    RAPID_TEST = "rapid_test"  # 快速检测结果通知: results of screening methods only
    RETEST = "retest"  # 复检报告: a report was objected to, and its sample tested again


#: The annexes of a report beside that of its explanations.
FURTHER = ("uncertainty", "calibration", "photos")
#: 风险监测 is routine, survey and special monitoring (农产品质量安全监测管理办法, article 3).
RISK_MONITORING = frozenset({Programme.ROUTINE, Programme.SURVEY, Programme.SPECIAL})


def family_of(programme: Programme, layout: "Layout", *, is_retest: bool = False, is_rapid: bool = False) -> Family:
    """A notice when one is asked for. A commissioned sample was brought: its report speaks of no sampling.

    Args:
        programme: why the sample was drawn.
        layout: what was chosen when the report was compiled.
        is_retest: the sample names the first report that it is tested again for.
        is_rapid: every method that it was tested by only screens.
    """
    if layout.notice:
        return Family.RISK_MONITORING
    if is_retest:
        return Family.RETEST
    if is_rapid:
        return Family.RAPID_TEST
    return Family.COMMISSIONED if programme is Programme.COMMISSIONED else Family.SUPERVISED


@dataclass(frozen=True, slots=True)
class Layout:
    """What is chosen when a report is compiled: its annexes, its language.

    `annex` explains its judgement; `uncertainty`, `calibration` and `photos` are annexes too. `notice`: it tells the
    results of risk monitoring, without limits and verdicts. `stated`: deviations that the compiler states besides those
    that the records tell.
    """

    annex: bool = False
    language: ReportLanguage = ReportLanguage.CHINESE
    notice: bool = False
    uncertainty: bool = False
    calibration: bool = False
    photos: bool = False
    stated: str | None = None

    @property
    def further(self) -> str | None:
        """The annexes beside that of the explanations, as a record keeps them."""
        return " ".join(name for name in FURTHER if getattr(self, name)) or None

    @property
    def annexes(self) -> frozenset[str]:
        """The annexes that are asked for, by their fields in the snapshot."""
        asked = {
            "annex": self.annex,
            "uncertainties": self.uncertainty,
            "calibrations": self.calibration,
            "photos": self.photos,
        }
        return frozenset(name for name, is_asked in asked.items() if is_asked)


#: As a report is made when nobody asks for anything else.
PLAIN = Layout()


@dataclass(frozen=True, slots=True)
class Standing:
    """What the next act on a report looks at.

    `is_current`: the judgement and the results are those that the report was compiled from.
    """

    status: ReportStatus
    compiled_by: UUID
    reviewed_by: UUID | None
    is_current: bool


@dataclass(frozen=True, slots=True)
class Field:
    """What a signatory must be authorised for (授权签字领域): a method, or a group of foods that holds the sample's."""

    method_code: str
    food_path: tuple[str, ...]

    def is_covered(self, subjects: Collection[str]) -> bool:
        """A subject is "*", a method code, or a node of the food tree."""
        return "*" in subjects or self.method_code in subjects or any(node in subjects for node in self.food_path)


def reasons_not_to_notify(programme: Programme, layout: Layout) -> list[Reason]:
    """A notice without verdicts is for risk monitoring; who is supervised or pays for a test gets a verdict."""
    if not layout.notice or programme in RISK_MONITORING:
        return []
    return [
        reason(
            "report.no_notice",
            "Only samples of routine, survey and special monitoring have a notice; this one is of a {programme}.",
            programme=programme.value,
            at=Where(field="notice"),
        )
    ]


def reasons_of_screening(failing: Iterable[tuple[str, str]], unconfirmed: int) -> list[Reason]:
    """Nobody is failed by a screening method alone. `failing` are parameters that fail by such a method, with it;
    `unconfirmed` positive rapid tests have no confirmation ordered."""
    found = [
        reason(
            "report.only_screened",
            "{parameter} fails by {method}, which only screens; have it confirmed by an instrument method first.",
            parameter=parameter,
            method=method,
        )
        for parameter, method in failing
    ]
    if unconfirmed:
        found.append(
            reason(
                "report.rapid_unconfirmed",
                "{count} positive rapid tests of this sample wait for their confirmation; order it first.",
                count=unconfirmed,
            )
        )
    return found


def reasons_of_open_tests(tests: Iterable[tuple[str, TestStatus]]) -> list[Reason]:
    """Every test of a sample is verified before its report; `tests` are parameters with the status of each."""
    unverified = [parameter for parameter, status in tests if status is not TestStatus.VERIFIED]
    if not unverified:
        return []
    return [
        reason(
            "report.tests_open",
            "{count} tests are not verified yet: {parameters}. Have them verified first.",
            count=len(unverified),
            parameters=", ".join(unverified[:10]) + (" …" if len(unverified) > 10 else ""),
        )
    ]


def reasons_not_to_compile(
    tests: Iterable[tuple[str, TestStatus]], existing: Iterable[ReportStatus], replaces: bool
) -> list[Reason]:
    """编制: every test verified, and no other report of the sample on its way or in force."""
    reasons = reasons_of_open_tests(tests)
    standing = set(existing)
    if standing & DRAFTS:
        reasons.append(
            reason("report.draft_exists", "A report of this sample is being made already; finish it or send it back.")
        )
    if ReportStatus.ISSUED in standing and not replaces:
        reasons.append(
            reason("report.issued_exists", "This sample has a report in force; amend that one, with a reason.")
        )
    return reasons


def reasons_not_to_replace(status: ReportStatus, why: str | None, *, has_successor: bool) -> list[Reason]:
    """更改: an issued or withdrawn report, with a reason, once (ISO/IEC 17025:2017, 7.8.8)."""
    reasons = reasons_to_explain(why, "reason")
    if has_successor:
        reasons.append(reason("report.amended", "This report has been amended already; amend its newest revision."))
    if status not in {ReportStatus.ISSUED, ReportStatus.WITHDRAWN}:
        reasons.append(
            reason(
                "report.not_to_replace",
                "A report that is {status} cannot be amended; only an issued or withdrawn one can.",
                status=status.value,
            )
        )
    return reasons


def reasons_not_to_annex(status: ReportStatus) -> list[Reason]:
    """附录: with or without, until somebody has reviewed the draft: what was reviewed stays as it was."""
    if status is ReportStatus.COMPILED:
        return []
    said = "This report is {status}; an annex is added or left out only before the review."
    return [reason("report.annex_settled", said, status=status.value)]


def reasons_not_to_review(standing: Standing, reviewer: UUID) -> list[Reason]:
    """审核: a compiled report, by another person than its compiler."""
    reasons = _wrong_status(standing, ReportStatus.COMPILED, "reviewed")
    if reviewer == standing.compiled_by:
        reasons.append(
            reason("report.same_person", "You compiled this report yourself; another person must review it.")
        )
    return reasons + _outdated(standing)


def reasons_not_to_approve(
    standing: Standing, approver: UUID, fields: Iterable[Field], subjects: Collection[str]
) -> list[Reason]:
    """批准: a reviewed report, by a third person, an authorised signatory (授权签字人) for every item of it."""
    reasons = _wrong_status(standing, ReportStatus.REVIEWED, "approved")
    if approver in {standing.compiled_by, standing.reviewed_by}:
        reasons.append(
            reason(
                "report.same_person",
                "You compiled or reviewed this report yourself; another person must approve it.",
            )
        )
    uncovered = sorted({field.method_code for field in fields if not field.is_covered(subjects)})
    if uncovered:
        reasons.append(
            reason(
                "report.not_signatory",
                "You are not an authorised signatory for {methods}; one who is must approve this report.",
                methods=", ".join(uncovered),
            )
        )
    return reasons + _outdated(standing)


def reasons_not_to_send_back(status: ReportStatus, why: str | None) -> list[Reason]:
    """退回: a draft only; what is issued is amended or withdrawn."""
    reasons = reasons_to_explain(why, "reason")
    if status not in DRAFTS:
        reasons.append(
            reason(
                "report.not_to_send_back",
                "A report that is {status} cannot be sent back; amend or withdraw an issued one.",
                status=status.value,
            )
        )
    return reasons


def reasons_not_to_withdraw(status: ReportStatus, why: str | None) -> list[Reason]:
    """作废: an issued report, with a reason."""
    reasons = reasons_to_explain(why, "reason")
    if status is not ReportStatus.ISSUED:
        reasons.append(
            reason(
                "report.not_to_withdraw",
                "A report that is {status} cannot be withdrawn; only an issued one can.",
                status=status.value,
            )
        )
    return reasons


def reasons_not_to_retry(render_error: str | None) -> list[Reason]:
    """Only what failed is tried again; the rest is drawn by itself."""
    if render_error is not None:
        return []
    return [reason("report.not_failed", "Drawing this report has not failed; there is nothing to try again.")]


def _wrong_status(standing: Standing, wanted: ReportStatus, act: str) -> list[Reason]:
    if standing.status is wanted:
        return []
    return [
        reason(
            "report.wrong_status",
            "A report that is {status} cannot be {act}; it must be {wanted}.",
            status=standing.status.value,
            act=act,
            wanted=wanted.value,
            at=Where(field="status"),
        )
    ]


def _outdated(standing: Standing) -> list[Reason]:
    if standing.is_current:
        return []
    return [
        reason(
            "report.outdated",
            "Results or judgement changed after this report was compiled; send it back and compile it again.",
        )
    ]


def reads_whole(actor: Actor, registered_by: UUID | None = None) -> bool:
    """Whether somebody may read what a report says: everybody but the bench, which knows samples by blind codes."""
    is_bench = actor.may(Action.RESULT_ENTER) or actor.may(Action.RESULT_VERIFY)
    return not is_bench or sees_whole(actor, registered_by)


def require_whole(actor: Actor, registered_by: UUID | None = None) -> None:
    """Let only those pass who may read what a report says. Raises `Forbidden`."""
    if not reads_whole(actor, registered_by):
        raise Forbidden(
            reason("report.blinded", "The bench does not see whose a sample is, and so not what its report says.")
        )


def report_number(laboratory_code: str, year: int, serial: int) -> str:
    """报告编号: laboratory, year and a serial without gaps."""
    return f"{laboratory_code}{year}{serial:06}"


def amended_number(original: str, revision: int) -> str:
    """The number of an amended report: the first with its revision (更改), `…000012-G1`; 0 is the first itself."""
    return f"{original}-G{revision}" if revision else original


def first_number(number: str) -> str:
    """The number of the report that began a chain of amendments: without its revision."""
    return re.sub(r"-G\d+$", "", number)


def is_number_of(laboratory_code: str, number: str) -> bool:
    """Does a number look as `report_number` and `amended_number` make it for this laboratory?"""
    return re.fullmatch(re.escape(laboratory_code) + r"\d{10}(-G\d+)?", number) is not None


def masked(name: str) -> str:
    """A client as strangers may see it: the first and last two characters, `贵州****公司`."""
    if len(name) <= 2:
        return name[:1] + "*"
    kept = 1 if len(name) <= 5 else 2
    return name[:kept] + "*" * 4 + name[-kept:]


def shown_value(
    value: Decimal,
    unit: UnitCode,
    limit: Decimal | None,
    *,
    exceeds: bool | None,
    rule: ReportingRule | None = None,
) -> str:
    """A value as its method has it reported, but never so rounded that it contradicts its verdict.

    0.204 above a limit of 0.2 is shown as 0.204, not as 0.20. `limit` is in `unit`; `exceeds` None: not judged. `rule`
    None: as results are shown without one.
    """
    rounded = round_for_report(value, unit, rule)
    if limit is None or exceeds is None or (value > limit) is not exceeds:
        return plain(rounded)
    figures = 2
    while (rounded > limit) is not exceeds and figures < _MOST_FIGURES:
        figures += 1
        rounded = round_significant(value, figures)
    return plain(rounded)


def span_of(days: Sequence[str]) -> str:
    """One day, or the first and the last: `2026.11.20～2026.11.23`."""
    first, last = min(days), max(days)
    return first if first == last else f"{first}～{last}"
