"""快速检测结果通知: a report told as a notice of screening results, with what follows from them. Pure."""

from collections.abc import Mapping, Sequence

from lims.documents.phrases import Phrase, ReportLanguage
from lims.documents.snapshot import NOT_APPLICABLE, MarksBlock, ReportLine, ReportSnapshot
from lims.limits.verdicts import Overall, Verdict
from lims.reports.wording import OUTSIDE
from lims.samples.rules import Programme

_TITLE = Phrase("快速检测结果通知", "Notice of Rapid-Test Results")
_POSITIVE, _NEGATIVE = Phrase("阳性", "Positive"), Phrase("阴性", "Negative")
_SCOPE_STATEMENT = Phrase(
    "本通知的检测结果仅对所检样品负责。", "The results of this notice relate only to the sample that was tested."
)
_NO_MARK = Phrase(
    "本通知只告知筛查结果，不使用资质认定（CMA）和机构考核（CATL）标志。",
    "This notice tells screening results only, and carries neither the CMA nor the CATL mark.",
)
_NOTE = Phrase(
    "本通知无检验检测专用章或单位公章无效；无编制、审核、批准人签字无效；涂改无效；未经本机构书面批准，不得部分复制，不得用于商业宣传。",
    "This notice is invalid without the seal of the laboratory and the signatures of those who compiled, reviewed and "
    "approved it, or if it was altered; without written approval it must not be reproduced in part, nor used in "
    "promotion.",
)
_CHINESE_PREVAILS = Phrase(
    "本通知为中英文对照；两种文字有不一致的，以中文为准。",
    "This notice is in Chinese and English; where they differ, the Chinese text prevails.",
)

_SCREENING = Phrase(
    "本通知的结果由快速检测方法得出，属于筛查结果，不是对样品合格与否的判定。",
    "The results of this notice come from rapid methods: they are screening results, and no verdict on whether the "
    "sample conforms.",
)
_CONFIRMATION = Phrase(
    "初筛结果为阳性的，须用非快速检测的标准方法确证，以确证的检验报告为准；结果确定之前，应当暂停销售该批产品。",
    "A positive result has to be confirmed by a standard method that is not a rapid one, and the report of that test "
    "counts; until then the batch must not be sold.",
)
#: 农产品质量安全法 (2022), 第五十一条.
_OBJECTION = Phrase(
    "被抽查人对监督抽查中快速检测的结果有异议的，可以自收到检测结果时起四小时内，"
    "向实施监督抽查的农业农村主管部门或者其上一级农业农村主管部门申请复检（农产品质量安全法第五十一条）。",
    "An inspected party that objects to a rapid result of a supervision sampling may apply for a retest within four "
    "hours of receiving it, to the department of agriculture that ordered the sampling or to the one above it (Law on "
    "the Quality and Safety of Agricultural Products, article 51).",
)
_RETEST = Phrase(
    "复检不得采用快速检测方法，复检机构与初检机构不得为同一机构；复检机构自收到复检样品之日起七个工作日内出具检测报告。",
    "A retest may use no rapid method, and is made by another laboratory, which reports within seven working days of "
    "receiving the sample.",
)
_OBJECTION_OTHER = Phrase(
    "对结果有异议的，请于收到本通知之日起十五个工作日内向本机构书面提出，并可要求用标准方法确证。",
    "Objections must reach the laboratory in writing within fifteen working days of receiving this notice; "
    "confirmation by a standard method may be asked for.",
)


def rights_of(programme: Programme) -> Sequence[Phrase]:
    """结果说明与权利告知: what a screening result is, what a positive one leads to, how to object and until when."""
    if programme is Programme.SUPERVISION:
        return (_SCREENING, _CONFIRMATION, _OBJECTION, _RETEST)
    return (_SCREENING, _CONFIRMATION, _OBJECTION_OTHER)


def screened(verdict: Verdict) -> Phrase:
    """初筛结果 of a parameter: what would fail is positive; without a limit its value alone is told."""
    if verdict in {Verdict.EXCEEDS, Verdict.PROHIBITED_DETECTED}:
        return _POSITIVE
    return _NEGATIVE if verdict is Verdict.CONFORMS else Phrase.same(NOT_APPLICABLE)


def as_rapid_notice(
    report: ReportSnapshot, verdicts: Sequence[tuple[Phrase, Verdict]], programme: Programme, remark: str | None
) -> ReportSnapshot:
    """The same results as a notice of screening results.

    Args:
        report: as it would be by its programme.
        verdicts: name and judgement of each line, in their order.
        programme: decides how to object.
        remark: what was noted of the sample.
    """
    worded = report.language.of
    notes = (_NO_MARK, _NOTE, *((_CHINESE_PREVAILS,) if report.language is ReportLanguage.BILINGUAL else ()))
    names = {no: verdict for no, (_, verdict) in enumerate(verdicts)}
    return report.model_copy(
        update={
            "title": worded(_TITLE),
            "marks": MarksBlock(),
            "judgement_standards": (),
            "conclusion": worded(_findings(verdicts)),
            "verdict": Overall.NOT_JUDGED.value,
            "lines": tuple(_line(line, names, report.language) for line in report.lines),
            "notes": tuple(map(worded, notes)),
            "rights": tuple(map(worded, rights_of(programme))),
            "scope_statement": worded(_SCOPE_STATEMENT),
            "decision_rule": "",
            "out_of_scope_statement": "",
            "remarks": (remark,) if remark else (),
        }
    )


def _line(line: ReportLine, verdicts: Mapping[int, Verdict], language: ReportLanguage) -> ReportLine:
    said = {"limit": NOT_APPLICABLE, "remark": "", "parameter": line.parameter.removesuffix(OUTSIDE)}
    return line.model_copy(update={**said, "verdict": language.of(screened(verdicts[line.no - 1]))})


def _findings(verdicts: Sequence[tuple[Phrase, Verdict]]) -> Phrase:
    positive = [name for name, verdict in verdicts if screened(verdict) is _POSITIVE]
    if positive:
        named = Phrase.join(positive)
        return Phrase(
            f"经快速检测，{named.zh}初筛结果为阳性，须经确证。",
            f"By rapid methods these parameters were found positive, and have to be confirmed: {named.en}.",
        )
    if all(screened(verdict) is _NEGATIVE for _, verdict in verdicts):
        return Phrase(
            f"经快速检测，所检 {len(verdicts)} 项检验项目初筛结果均为阴性。",
            f"By rapid methods all parameters tested were found negative: {len(verdicts)}.",
        )
    return Phrase(
        f"经快速检测，所检 {len(verdicts)} 项检验项目未出现阳性，结果见下表。",
        f"By rapid methods none of the parameters tested was found positive: {len(verdicts)}; see the table.",
    )
