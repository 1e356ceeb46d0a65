"""更改说明: what an amended report changes, found by holding its snapshot against that of the report it replaces. Pure.

ISO/IEC 17025:2017, 7.8.8: the change is identified, its reason is told, and the report that it replaces is named.
"""

from collections.abc import Iterator, Sequence

from lims.documents.phrases import Phrase
from lims.documents.snapshot import NOT_APPLICABLE, AmendmentBlock, ChangeLine, ReportLine, ReportSnapshot
from lims.reports.wording import OUTSIDE, with_unit

#: What is compared of the report itself, by the path of its field.
_FIELDS = {
    "title": Phrase("报告名称", "Title"),
    "category": Phrase("检验类别", "Category"),
    "laboratory.name": Phrase("检验机构", "Laboratory"),
    "laboratory.address": Phrase("检验机构地址", "Address of the laboratory"),
    "laboratory.place_of_activity": Phrase("检测地点", "Place of tests"),
    "laboratory.phone": Phrase("联系电话", "Telephone"),
    "marks.cma_number": Phrase("资质认定（CMA）证书编号", "CMA certificate No."),
    "marks.catl_number": Phrase("考核合格（CATL）证书编号", "CATL certificate No."),
    "client.name": Phrase("委托单位", "Client"),
    "client.address": Phrase("委托单位地址", "Address of client"),
    "client.contact": Phrase("委托单位联系方式", "Contact of client"),
    "inspected_party.name": Phrase("受检单位", "Inspected party"),
    "inspected_party.address": Phrase("受检单位地址", "Address of party"),
    "sample.name": Phrase("样品名称", "Sample"),
    "sample.accession": Phrase("样品编号", "Sample No."),
    "sample.original_number": Phrase("原编号", "Original No."),
    "sample.batch_number": Phrase("批号", "Batch No."),
    "sample.specification": Phrase("规格型号", "Specification"),
    "sample.trademark": Phrase("商标", "Trademark"),
    "sample.grade": Phrase("等级", "Grade"),
    "sample.producer": Phrase("生产单位", "Producer"),
    "sample.producer_address": Phrase("生产单位地址", "Address of producer"),
    "sample.sampling_plan": Phrase("抽样任务", "Sampling task"),
    "sample.sampling_method": Phrase("抽样方法", "Sampling method"),
    "sample.sampling_place": Phrase("抽样地点", "Sampled at"),
    "sample.samplers": Phrase("抽样人员", "Samplers"),
    "sample.sampled_on": Phrase("抽样日期", "Sampled on"),
    "sample.sampling_sheet": Phrase("抽样单编号", "Sampling sheet"),
    "sample.sampling_base": Phrase("抽样基数", "Sampled from"),
    "sample.quantity": Phrase("样品数量", "Quantity"),
    "sample.produced_on": Phrase("生产日期", "Date of production"),
    "sample.condition": Phrase("样品特性和状态", "Condition"),
    "sample.seal_state": Phrase("封样状态", "Seal"),
    "sample.seal_checker": Phrase("检查封样人员", "Seal checked by"),
    "sample.received_on": Phrase("接样日期", "Received on"),
    "tested_on": Phrase("检验日期", "Tested on"),
    "test_items": Phrase("检测项目", "Parameters"),
    "methods": Phrase("检验依据", "Test methods"),
    "judgement_standards": Phrase("判定依据", "Judged by"),
    "instruments": Phrase("主要仪器", "Main instruments"),
    "environment": Phrase("检验环境", "Environment"),
    "deviations": Phrase("方法偏离", "Deviations"),
    "decision_rule": Phrase("判定规则", "Decision rule"),
    "conclusion": Phrase("结论", "Conclusion"),
}
#: What is compared of a line.
_OF_LINES = {
    "result": Phrase("实测值", "Result"),
    "unit": Phrase("单位", "Unit"),
    "limit": Phrase("标准值", "Limit"),
    "loq": Phrase("定量限", "LOQ"),
    "method": Phrase("检验依据", "Method"),
    "verdict": Phrase("单项结论", "Verdict"),
}
_ADDED, _LEFT_OUT = Phrase("新增项目", "Added"), Phrase("删除项目", "Left out")


def amendment_of(old: ReportSnapshot, new: ReportSnapshot, why: str) -> AmendmentBlock:
    """What `new` says of the report that it replaces, and every value that it gives otherwise, in its language."""
    return AmendmentBlock(
        replaces=old.number,
        replaced_on=old.issued_on.strftime("%Y.%m.%d"),
        reason=why,
        changes=(*_changed_fields(old, new), *_changed_lines(old, new)),
    )


def _changed_fields(old: ReportSnapshot, new: ReportSnapshot) -> Iterator[ChangeLine]:
    for path, name in _FIELDS.items():
        before, after = _text(old, path), _text(new, path)
        if before != after:
            yield ChangeLine(field=new.language.of(name), old=before, new=after)


def _text(report: ReportSnapshot, path: str) -> str:
    found: object = report
    for name in path.split("."):
        found = getattr(found, name)
    if isinstance(found, Sequence) and not isinstance(found, str):
        found = "\n".join(map(str, found))
    return str(found) if found else NOT_APPLICABLE


def _changed_lines(old: ReportSnapshot, new: ReportSnapshot) -> Iterator[ChangeLine]:
    """Changes of results, in the order of the new report; parameters that it no longer has come last."""
    before, after = _by_parameter(old.lines), _by_parameter(new.lines)
    worded = new.language.of
    for parameter, line in after.items():
        earlier = before.get(parameter)
        if earlier is None:
            yield ChangeLine(of=parameter, field=worded(_ADDED), old=NOT_APPLICABLE, new=_said(line))
            continue
        for name, label in _OF_LINES.items():
            was, now = getattr(earlier, name) or NOT_APPLICABLE, getattr(line, name) or NOT_APPLICABLE
            if was != now:
                yield ChangeLine(of=parameter, field=worded(label), old=was, new=now)
    for parameter, line in before.items():
        if parameter not in after:
            yield ChangeLine(of=parameter, field=worded(_LEFT_OUT), old=_said(line), new=NOT_APPLICABLE)


def _by_parameter(lines: Sequence[ReportLine]) -> dict[str, ReportLine]:
    return {line.parameter.removesuffix(OUTSIDE): line for line in lines}


def _said(line: ReportLine) -> str:
    return with_unit(line.result, line.unit)
