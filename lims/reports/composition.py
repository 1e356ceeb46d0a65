"""From records to a frozen snapshot: everything a report says, worded in its language and rounded. Pure: no session.

The template prints what stands here and decides nothing. An empty field is "—".
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from lims.accreditation.marks import Mark
from lims.core.clock import local_day
from lims.documents.phrases import Phrase, ReportLanguage
from lims.documents.signatures import ALL_SIGNATURES
from lims.documents.snapshot import (
    NOT_APPLICABLE,
    AnnexLine,
    LaboratoryBlock,
    MarksBlock,
    PartyBlock,
    PhotoBlock,
    ReportLine,
    ReportSnapshot,
    SampleBlock,
)
from lims.library.facts import LimitKind, ProhibitionKind
from lims.limits.verdicts import Verdict
from lims.reports import wording
from lims.reports.amending import amendment_of
from lims.reports.deviations import in_language
from lims.reports.gathered import Dossier, Item, Stamp
from lims.reports.notice import as_notice
from lims.reports.rapid import as_rapid_notice
from lims.reports.retesting import as_retest
from lims.reports.rules import Family, shown_value, span_of
from lims.results.tables import Result
from lims.samples.rules import Programme
from lims.science.amounts import Amount, BelowLoq, NotDetected, Quantified, amount_from_dict, shared_reporting
from lims.science.conformity import Comparison, DecisionRule
from lims.science.rounding import plain
from lims.science.units import UnitCode, convert, parse_unit


def compose(dossier: Dossier, stamp: Stamp) -> ReportSnapshot:
    """The snapshot of a report. The same dossier and stamp give the same bytes."""
    said = _as_its_family(dossier, stamp, _whole(dossier, stamp))
    if stamp.replaced is None:
        return said
    return said.model_copy(update={"amendment": amendment_of(stamp.replaced, said, stamp.change_reason or "")})


def _as_its_family(dossier: Dossier, stamp: Stamp, whole: ReportSnapshot) -> ReportSnapshot:
    sample = dossier.sample
    match dossier.family:
        case Family.RISK_MONITORING:
            said = [Phrase.same(sample.remark)] if sample.remark else []
            return as_notice(whole, [*said, *_replaced(stamp)])
        case Family.RAPID_TEST:
            verdicts = [(item.name, item.verdict) for item in dossier.items]
            return as_rapid_notice(whole, verdicts, sample.programme, sample.remark)
        case Family.RETEST:
            return as_retest(whole, sample, [item.parameter for item in dossier.items])
    return whole


def _whole(dossier: Dossier, stamp: Stamp) -> ReportSnapshot:
    sample, laboratory = dossier.sample, dossier.laboratory
    worded = dossier.language.of
    lines = tuple(_line(no, item, dossier.language) for no, item in enumerate(dossier.items, start=1))
    return ReportSnapshot(
        template=stamp.template,
        language=dossier.language,
        number=stamp.number,
        copy_name=worded(wording.ORIGINAL),
        verification_url=stamp.verification_url,
        issued_at=stamp.issued_at,
        laboratory=LaboratoryBlock(
            name=laboratory.name,
            address=laboratory.address,
            phone=laboratory.phone or NOT_APPLICABLE,
            place_of_activity=laboratory.address,
        ),
        marks=_marks(dossier),
        title=worded(wording.TITLE),
        category=worded(wording.PROGRAMMES[sample.programme]),
        client=_client(dossier),
        inspected_party=PartyBlock(name=sample.inspected_party, address=sample.inspected_address or NOT_APPLICABLE),
        sample=_sample(dossier),
        tested_on=_tested_on(dossier.items),
        test_items=worded(wording.items_in_a_line([item.name for item in dossier.items])),
        methods=dossier.methods,
        judgement_standards=tuple(map(worded, dossier.standards)),
        instruments=dossier.instruments,
        environment=NOT_APPLICABLE if dossier.environment is None else worded(dossier.environment),
        deviations=in_language(dossier.deviations, dossier.language) or worded(wording.NO_DEVIATIONS),
        conclusion=worded(_conclusion(dossier)),
        verdict=dossier.overall.value,
        lines=lines,
        notes=tuple(map(worded, _notes(dossier))),
        scope_statement=worded(wording.scope_statement(sample.programme)),
        decision_rule=worded(_decision_rule(dossier.items)),
        out_of_scope_statement=worded(wording.OUT_OF_SCOPE_STATEMENT) if any(map(_is_outside, dossier.items)) else "",
        remarks=tuple(map(worded, _remarks(dossier, stamp))),
        people=stamp.people,
        replaces=stamp.replaces,
        development_ca=stamp.development,
        signatures=ALL_SIGNATURES,
        timestamped=stamp.timestamped,
        has_results_file=True,
        annex=tuple(_explained(item, dossier.language) for item in dossier.items) if dossier.layout.annex else (),
        uncertainties=dossier.uncertainties,
        calibrations=dossier.calibrations,
        photos=tuple(PhotoBlock(caption=one.caption, at=one.added_at, sha256=one.sha256) for one in dossier.photos),
    )


def _notes(dossier: Dossier) -> tuple[Phrase, ...]:
    notes = wording.notes_for(dossier.sample.programme)
    return (*notes, wording.CHINESE_PREVAILS) if dossier.language is ReportLanguage.BILINGUAL else notes


def _day(day: date) -> str:
    return day.strftime("%Y.%m.%d")


def _client(dossier: Dossier) -> PartyBlock:
    """The client; without an address of its own, the inspected party's when both are the same."""
    sample = dossier.sample
    same = sample.client == sample.inspected_party
    address = sample.client_address or (sample.inspected_address if same else None)
    return PartyBlock(name=sample.client, address=address or NOT_APPLICABLE)


def _sample(dossier: Dossier) -> SampleBlock:
    sample = dossier.sample
    basis, day = wording.BASES[sample.basis_kind], _day(sample.basis_on)
    return SampleBlock(
        name=sample.product_name,
        accession=sample.number,
        batch_number=sample.batch_number or NOT_APPLICABLE,
        specification=sample.specification or NOT_APPLICABLE,
        trademark=sample.trademark or NOT_APPLICABLE,
        grade=sample.grade or NOT_APPLICABLE,
        producer=sample.producer or NOT_APPLICABLE,
        producer_address=sample.producer_address or NOT_APPLICABLE,
        **_sampling(dossier),
        quantity=f"{plain(sample.quantity)} {sample.quantity_unit}",
        produced_on=_told_of(day, basis, dossier.language),
        condition=sample.condition or "",
        seal_state=sample.seal_state or NOT_APPLICABLE,
        seal_checker=dossier.receiver or NOT_APPLICABLE,
        received_on="" if sample.received_at is None else _day(local_day(sample.received_at)),
    )


def _sampling(dossier: Dossier) -> dict[str, str]:
    """How the sample was drawn; of one that was brought the laboratory knows nothing, and so says nothing."""
    sample = dossier.sample
    if sample.programme is Programme.COMMISSIONED:
        return {"sampling_plan": dossier.language.of(wording.BROUGHT)}
    return {
        "sampling_plan": dossier.language.of(wording.PROGRAMMES[sample.programme]),
        "sampling_method": sample.sampling_method or NOT_APPLICABLE,
        "sampling_place": _told_of(sample.place, wording.STAGES[sample.stage], dossier.language),
        "samplers": sample.samplers or NOT_APPLICABLE,
        "sampled_on": _day(sample.sampled_on),
        "sampling_sheet": sample.sampling_sheet_number or NOT_APPLICABLE,
        "sampling_base": sample.base_quantity or NOT_APPLICABLE,
    }


def _told_of(said: str, more: Phrase, language: ReportLanguage) -> str:
    """What needs no translation, with what does in brackets: in a bilingual report once, not once in each language."""
    told = language.of(more).replace("\n", " ")
    return f"{said} ({told})" if language is ReportLanguage.ENGLISH else f"{said}（{told}）"


def _tested_on(items: Sequence[Item]) -> str:
    days = [_day(result.analysed_on) for item in items for result in item.results]
    return span_of(days) if days else ""


def _marks(dossier: Dossier) -> MarksBlock:
    titles = ((dossier.marks.cma, wording.CMA_TITLE), (dossier.marks.catl, wording.CATL_TITLE))
    names = {item.parameter: item.name for item in dossier.items}
    return MarksBlock(
        cma_number=dossier.marks.cma.certificate_number,
        catl_number=dossier.marks.catl.certificate_number,
        statements=tuple(
            dossier.language.of(_why_no_mark(mark, title, names)) for mark, title in titles if not mark.granted
        ),
    )


def _why_no_mark(mark: Mark, title: Phrase, names: Mapping[str, Phrase]) -> Phrase:
    outside = [names.get(parameter, Phrase.same(parameter)) for parameter in mark.out_of_scope]
    return wording.no_mark(title, outside if len(outside) < len(names) else [])


def _is_outside(item: Item) -> bool:
    return not (item.in_cma and item.in_catl)


def _line(no: int, item: Item, language: ReportLanguage) -> ReportLine:
    worded = language.of
    unit, limit = _limit(item)
    return ReportLine(
        no=no,
        parameter=worded(item.name) + (wording.OUTSIDE if _is_outside(item) else ""),
        unit=unit.value,
        limit=worded(_limit_text(item, limit)),
        result=worded(result_text(item, unit, limit)),
        loq=worded(_loq(item, unit)),
        method=item.method_code,
        verdict=worded(wording.VERDICTS[item.verdict]),
        failing=_fails(item),
        in_cma=item.in_cma,
        in_catl=item.in_catl,
        remark=worded(_remark(item)),
    )


def _loq(item: Item, unit: UnitCode) -> Phrase:
    bounds = dict.fromkeys(_number(r.limit_of_quantification, r, unit) for r in item.results)
    return Phrase.join(map(Phrase.same, bounds), "；", "; ")


def _remark(item: Item) -> Phrase:
    """What stands beside a parameter: that it is prohibited, and the declared standard whose limit is printed."""
    edition = item.explanation.get("edition") or {}
    remarks = [wording.PROHIBITED_SUBSTANCE] if item.explanation.get("banned_detected") else []
    if edition.get("declared"):
        remarks.append(wording.decided_by_declared(edition["code"]))
    return Phrase.join(remarks, "；", "; ")


def _explained(item: Item, language: ReportLanguage) -> AnnexLine:
    return AnnexLine(
        parameter=language.of(item.name),
        verdict=language.of(wording.VERDICTS[item.verdict]),
        failing=_fails(item),
        sentence=language.of(item.sentence),
    )


def _decision_rule(items: Sequence[Item]) -> Phrase:
    made = [told for item in items if (told := item.explanation.get("comparison"))]
    ways = dict.fromkeys((DecisionRule(told["rule"]), Comparison(told["way"])) for told in made)
    prohibited = any(item.verdict is Verdict.PROHIBITED_DETECTED for item in items)
    return wording.decision_rule(ways, prohibited=prohibited)


def _fails(item: Item) -> bool:
    return item.verdict in {Verdict.EXCEEDS, Verdict.PROHIBITED_DETECTED}


def _number(value: Decimal, result: Result, unit: UnitCode) -> str:
    return plain(convert(value, parse_unit(result.unit), unit))


def _limit(item: Item) -> tuple[UnitCode, Decimal | None]:
    """The unit of a line is that of its limit; without one, that of its results."""
    row = (item.explanation.get("limit") or {}).get("row")
    if row is not None and row["value"] is not None:
        return UnitCode(row["unit"]), Decimal(row["value"])
    return (parse_unit(item.results[0].unit) if item.results else UnitCode.MG_PER_KG), None


def _limit_text(item: Item, limit: Decimal | None) -> Phrase:
    if limit is not None:
        return Phrase.same(f"≤{plain(limit)}")
    row = (item.explanation.get("limit") or {}).get("row") or {}
    is_absence = item.verdict is Verdict.PROHIBITED_DETECTED or row.get("kind") == LimitKind.MUST_NOT_DETECT
    return wording.MUST_NOT_BE_THERE if is_absence else Phrase.same(NOT_APPLICABLE)


def result_text(item: Item, unit: UnitCode, limit: Decimal | None) -> Phrase:
    """实测值: a number with the figures of a report, `<LOQ`, or 未检出 with the limit of detection; never 0.

    A residue sum is shown by its lower bound, which decides; not quantified, it is what its components are.
    """
    total = item.explanation.get("sum")
    exceeds = {"exceeds": True, "conforms": False}.get(str(item.explanation.get("limit_verdict")))
    if total is None or (len(total["terms"]) == 1 and Decimal(total["terms"][0]["factor"]) == 1):
        found = [amount_from_dict(r.amount) for r in item.results]
        if total is None and len(found) > 1:
            found = [amount_from_dict(r.amount) for r in item.results if r.analyte == item.parameter]
        if not found:
            return Phrase.same(NOT_APPLICABLE)
        return Phrase.join((_amount_text(amount, unit, limit, exceeds=exceeds) for amount in found), "；", "; ")
    if total["quantified"]:
        value = convert(Decimal(total["lower"]), parse_unit(total["unit"]), unit)
        found = [amount_from_dict(term["found"]) for term in total["terms"]]
        return Phrase.same(shown_value(value, unit, limit, exceeds=exceeds, rule=shared_reporting(found)))
    found = [amount_from_dict(term["found"]) for term in total["terms"]]
    if all(isinstance(amount, NotDetected) for amount in found):
        return wording.NOT_DETECTED
    detected = any(isinstance(amount, BelowLoq) and amount.detected for amount in found)
    return wording.DETECTED_BELOW_LOQ if detected else wording.BELOW_LOQ


def _amount_text(amount: Amount, unit: UnitCode, limit: Decimal | None, *, exceeds: bool | None) -> Phrase:
    def in_line(value: Decimal) -> Decimal:
        return convert(value, amount.unit, unit)

    match amount:
        case Quantified(value=value, reporting=rule):
            return Phrase.same(shown_value(in_line(value), unit, limit, exceeds=exceeds, rule=rule))
        case BelowLoq(limit_of_quantification=bound, detected=detected):
            return wording.below_loq(plain(in_line(bound)), detected=detected)
        case NotDetected(limit_of_detection=bound):
            return wording.not_detected(plain(in_line(bound)))


def _conclusion(dossier: Dossier) -> Phrase:
    failing = [item.name for item in dossier.items if _fails(item)]
    # What fails is held against what it breaks, and not against every standard that others were judged by.
    broken = standards_of([item.explanation for item in dossier.items if _fails(item)])
    standards = broken or dossier.standards
    unjudged = sum(i.verdict in {Verdict.NO_LIMIT, Verdict.NOT_JUDGED} for i in dossier.items)
    return wording.conclusion(
        dossier.sample.programme, dossier.overall, standards, failing, unjudged, len(dossier.items)
    )


def standards_of(explanations: Iterable[Mapping[str, Any]], *, kept: bool = False) -> tuple[Phrase, ...]:
    """判定依据: the editions that decided and the prohibitions that did; with `kept` also those that were kept where
    a declared standard speaks beside the law."""
    editions: dict[Phrase, None] = {}
    bans: dict[Phrase, None] = {}
    for told in explanations:
        edition = told.get("edition")
        others = [one for one in told.get("others", ()) if kept and (one.get("limit") or {}).get("row")]
        spoken = [one for one in others if one.get("declared") or (edition or {}).get("declared")]
        for code, one in [
            *([(edition["code"], edition)] if edition else []),
            *((one["edition"], one) for one in spoken),
        ]:
            name = f"{code}《{one['title']}》"
            editions[wording.declared_standard(name) if one.get("declared") else Phrase.same(name)] = None
        if told.get("banned_detected"):
            rules = told["prohibitions"]
            bans |= {Phrase.same(rule["rule"]): None for rule in rules if rule["kind"] != ProhibitionKind.LOCAL_USE_BAN}
    return (*editions, *bans)


def _remarks(dossier: Dossier, stamp: Stamp) -> tuple[Phrase, ...]:
    """备注: deviations on arrival (ISO/IEC 17025:2017, 7.4.3), use violations, prohibitions, why it was amended."""
    remarks: list[Phrase] = [Phrase.same(dossier.sample.remark)] if dossier.sample.remark else []
    if dossier.sample.declared:
        remarks.append(wording.declared(dossier.sample.declared))
    for item in dossier.items:
        rules = item.explanation.get("prohibitions", [])
        if item.explanation.get("local_use_violation"):
            local = [rule["rule"] for rule in rules if rule["kind"] == ProhibitionKind.LOCAL_USE_BAN]
            remarks.append(wording.local_use_violation(item.name, local))
        if item.explanation.get("banned_detected"):
            bans = [rule["rule"] for rule in rules if rule["kind"] != ProhibitionKind.LOCAL_USE_BAN]
            remarks.append(wording.prohibited_found(item.name, bans))
    return (*remarks, *_replaced(stamp))


def _replaced(stamp: Stamp) -> tuple[Phrase, ...]:
    return () if stamp.replaces is None else (wording.replaces(stamp.replaces, stamp.change_reason or ""),)
