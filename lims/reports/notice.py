"""风险监测结果通知: a report told as a notice of results, without limits, verdicts, judgement and marks. Pure."""

from collections.abc import Iterable

from lims.documents.phrases import Phrase, ReportLanguage
from lims.documents.snapshot import NOT_APPLICABLE, MarksBlock, ReportLine, ReportSnapshot
from lims.limits.verdicts import Overall
from lims.reports.wording import OUTSIDE

_TITLE = Phrase("风险监测结果通知", "Notice of Risk-Monitoring Results")
_SCOPE_STATEMENT = Phrase(
    "本通知的监测结果仅对所检样品负责。", "The results of this notice relate only to the sample that was tested."
)
_NOTES = (
    Phrase(
        "本通知只告知风险监测的结果，不对样品作合格与否的判定。",
        "This notice tells results of risk monitoring; it does not judge whether the sample conforms.",
    ),
    Phrase("本通知无检验检测专用章或单位公章无效。", "This notice is invalid without the seal of the laboratory."),
    Phrase(
        "本通知无编制、审核、批准人签字无效；涂改无效。",
        "This notice is invalid without the signatures of those who compiled, reviewed and approved it, or if it was "
        "altered.",
    ),
    Phrase(
        "未经本机构书面批准，不得部分复制本通知，不得用于商业宣传。",
        "Without written approval of the laboratory this notice must not be reproduced in part, nor used in promotion.",
    ),
)
_CHINESE_PREVAILS = Phrase(
    "本通知为中英文对照；两种文字有不一致的，以中文为准。",
    "This notice is in Chinese and English; where they differ, the Chinese text prevails.",
)


def _findings(count: int) -> Phrase:
    return Phrase(
        f"所检 {count} 项检验项目的监测结果见监测结果页；本通知不作合格与否的判定。",
        f"Parameters tested: {count}; see Monitoring results. This notice gives no verdict.",
    )


def as_notice(report: ReportSnapshot, remarks: Iterable[Phrase]) -> ReportSnapshot:
    """The same results as a notice; `remarks` are those that judge nothing."""
    worded = report.language.of
    notes = (*_NOTES, _CHINESE_PREVAILS) if report.language is ReportLanguage.BILINGUAL else _NOTES
    return report.model_copy(
        update={
            "title": worded(_TITLE),
            "marks": MarksBlock(),
            "judgement_standards": (),
            "conclusion": worded(_findings(len(report.lines))),
            "verdict": Overall.NOT_JUDGED.value,
            "lines": tuple(map(_without_verdict, report.lines)),
            "notes": tuple(map(worded, notes)),
            "scope_statement": worded(_SCOPE_STATEMENT),
            "decision_rule": "",
            "out_of_scope_statement": "",
            "remarks": tuple(map(worded, remarks)),
        }
    )


def _without_verdict(line: ReportLine) -> ReportLine:
    said = {"limit": NOT_APPLICABLE, "verdict": NOT_APPLICABLE, "failing": False, "remark": ""}
    return line.model_copy(update={**said, "parameter": line.parameter.removesuffix(OUTSIDE)})
