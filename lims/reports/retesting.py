"""复检报告: what was found first, what the retest found, and whether it confirms or replaces it. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from lims.documents.phrases import NOT_JUDGED, Phrase, ReportLanguage
from lims.documents.snapshot import ReportLine, ReportSnapshot, RetestBlock, RetestLine
from lims.reports.wording import with_unit
from lims.samples.tables import Sample

_TITLE = Phrase("复检报告", "Retest Report")
_PASS, _FAIL = Phrase("合格", "Pass"), Phrase("不合格", "Fail")
_CONFIRMED = Phrase("维持初检结论", "Confirms the first verdict")
_REPLACED = Phrase("改变初检结论", "Replaces the first verdict")
_FIRST_TIME = Phrase("初检未检", "Not tested at first")
#: 农产品质量安全法 (2022), 第五十一条; the first report stays where it is.
_STATEMENT = Phrase(
    "本次复检由初检机构以外的机构采用非快速检测方法完成。上列项目以本报告的结果和结论为准；初检报告留存备查。",
    "This retest was made by another laboratory than the first one, and by no rapid method. For these parameters the "
    "results and verdicts of this report count; the first report is kept on record.",
)


def first_results(sample: Sample) -> Mapping[str, Mapping[str, Any]]:
    """What the first report found, by the code of the parameter."""
    return {row["parameter"]: row for row in sample.retest_results or ()}


def as_retest(report: ReportSnapshot, sample: Sample, parameters: Sequence[str]) -> ReportSnapshot:
    """The report with what it is a retest of.

    Args:
        report: as it would be without.
        sample: names the first report, its body, and the decision.
        parameters: the codes of the lines, in their order.
    """
    worded, first = report.language.of, first_results(sample)
    lines = tuple(
        _line(line, first.get(parameter), report.language)
        for line, parameter in zip(report.lines, parameters, strict=True)
    )
    block = RetestBlock(
        report=sample.retest_of or "",
        body=sample.retest_body or "",
        issued_on="" if sample.retest_on is None else sample.retest_on.strftime("%Y.%m.%d"),
        decision=sample.retest_decision or "",
        statement=worded(_STATEMENT),
        lines=lines,
    )
    return report.model_copy(update={"title": worded(_TITLE), "retest": block})


def _line(line: ReportLine, first: Mapping[str, Any] | None, language: ReportLanguage) -> RetestLine:
    worded = language.of
    if first is None:
        found, verdict, outcome = worded(_FIRST_TIME), worded(_FIRST_TIME), _FIRST_TIME
    else:
        found, verdict = first["result"], worded(_FAIL if first["fails"] else _PASS)
        judged = line.failing if line.verdict in {worded(_PASS), worded(_FAIL)} else None
        outcome = NOT_JUDGED if judged is None else _CONFIRMED if judged is bool(first["fails"]) else _REPLACED
    return RetestLine(
        parameter=line.parameter,
        first_result=found,
        first_verdict=verdict,
        result=with_unit(line.result, line.unit),
        verdict=line.verdict,
        outcome=worded(outcome),
        failing=line.failing,
    )
