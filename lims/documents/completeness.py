"""Is a report complete (报告要素)? One predicate per letter of ISO/IEC 17025:2017 7.8.2.1; and are its marks true?"""

from collections.abc import Callable, Iterable
from types import MappingProxyType

from lims.core.reasons import Reason, Where, reason
from lims.documents.phrases import NOT_JUDGED, ReportLanguage
from lims.documents.snapshot import NOT_APPLICABLE, ReportSnapshot

#: The family of templates of samples that a client brought (委托检验).
COMMISSIONED = "commissioned"
#: That of notices of results of risk monitoring (风险监测结果通知).
RISK_MONITORING = "risk_monitoring"
#: That of notices of screening results (快速检测结果通知), and that of retests (复检).
RAPID_TEST, RETEST = "rapid_test", "retest"
#: The first version of the templates of a family that prints the decision rule; notices judge nothing.
PRINTS_DECISION_RULE_FROM = MappingProxyType({"supervised": 4, COMMISSIONED: 2, RETEST: 1})
Predicate = Callable[[ReportSnapshot], bool]


def _given(*texts: str) -> bool:
    return all(texts)


def _stated(*texts: str) -> bool:
    """Given, and not set aside as not applicable."""
    return all(text and text != NOT_APPLICABLE for text in texts)


def has_title(snapshot: ReportSnapshot) -> bool:
    """7.8.2.1 a."""
    return _stated(snapshot.title)


def has_laboratory(snapshot: ReportSnapshot) -> bool:
    """7.8.2.1 b."""
    return _stated(snapshot.laboratory.name, snapshot.laboratory.address)


def has_place_of_activity(snapshot: ReportSnapshot) -> bool:
    """7.8.2.1 c."""
    return _stated(snapshot.laboratory.place_of_activity)


def has_identification(snapshot: ReportSnapshot) -> bool:
    """7.8.2.1 d; the template prints the number on every page and 以下空白 at the end."""
    return _stated(snapshot.number)


def has_client(snapshot: ReportSnapshot) -> bool:
    """7.8.2.1 e: the client's name and a way to reach it."""
    reachable = _stated(snapshot.client.address) or _stated(snapshot.client.contact)
    return _stated(snapshot.client.name) and reachable


def has_methods(snapshot: ReportSnapshot) -> bool:
    """7.8.2.1 f: for the report and for every line."""
    return bool(snapshot.methods) and _stated(*snapshot.methods, *(line.method for line in snapshot.lines))


def has_item(snapshot: ReportSnapshot) -> bool:
    """7.8.2.1 g: description, unambiguous identification and condition."""
    return _stated(snapshot.sample.name, snapshot.sample.accession, snapshot.sample.condition)


def has_receipt_and_sampling_dates(snapshot: ReportSnapshot) -> bool:
    """7.8.2.1 h: receipt always, sampling unless it does not apply."""
    return _stated(snapshot.sample.received_on) and _given(snapshot.sample.sampled_on)


def has_dates_of_activity(snapshot: ReportSnapshot) -> bool:
    """7.8.2.1 i."""
    return _stated(snapshot.tested_on)


def has_issue_date(snapshot: ReportSnapshot) -> bool:
    """7.8.2.1 j: not before the approval that it follows."""
    return snapshot.issued_at >= snapshot.people.approved_by.at


def has_sampling(snapshot: ReportSnapshot) -> bool:
    """7.8.2.1 k: plan and method; "—" says that the laboratory did not sample."""
    sample = snapshot.sample
    sampled = sample.sampled_on != NOT_APPLICABLE
    if sampled:
        return _stated(sample.sampling_method) or _stated(sample.sampling_plan)
    return _given(sample.sampling_method, sample.sampling_plan)


def has_scope_statement(snapshot: ReportSnapshot) -> bool:
    """7.8.2.1 l."""
    return _stated(snapshot.scope_statement)


def has_results_with_units(snapshot: ReportSnapshot) -> bool:
    """7.8.2.1 m; "—" is the unit of a result that has none."""
    lines = snapshot.lines
    return bool(lines) and all(_stated(line.parameter, line.result) and _given(line.unit) for line in lines)


def has_deviations(snapshot: ReportSnapshot) -> bool:
    """7.8.2.1 n: said even when there are none (无); that they do not apply to a report is never true."""
    return _stated(snapshot.deviations)


def tells_decision_rule(snapshot: ReportSnapshot) -> bool:
    """7.8.6.2: where a parameter is judged, by which rule; asked of the templates that print it."""
    first = PRINTS_DECISION_RULE_FROM.get(snapshot.template.family)
    version = snapshot.template.version
    if first is None or not version.isdecimal() or int(version) < first:
        return True
    open_words = {NOT_APPLICABLE, *(language.of(NOT_JUDGED) for language in ReportLanguage)}
    judges = any(line.verdict not in open_words for line in snapshot.lines)
    return not judges or _stated(snapshot.decision_rule)


def has_authoriser(snapshot: ReportSnapshot) -> bool:
    """7.8.2.1 o."""
    return _stated(snapshot.people.approved_by.name)


def has_external_providers(snapshot: ReportSnapshot) -> bool:
    """7.8.2.1 p: every result from elsewhere names the laboratory."""
    return all(_stated(line.external_provider) for line in snapshot.lines if line.external)


def answers_as_received(snapshot: ReportSnapshot) -> bool:
    """A commissioned report answers for the sample as received: it says so, and claims no sampling (7.8.2.1 k, l)."""
    if snapshot.template.family != COMMISSIONED:
        return True
    sample = snapshot.sample
    claims = {sample.sampling_sheet, sample.sampling_method, sample.sampling_place, sample.samplers, sample.sampled_on}
    says = any(words in snapshot.scope_statement for words in ("来样", "as received"))
    return says and claims == {NOT_APPLICABLE}


ELEMENTS: tuple[tuple[Predicate, Reason], ...] = (
    (has_title, reason("report.missing_a", "The report has no title.", at=Where(field="title"))),
    (
        has_laboratory,
        reason(
            "report.missing_b", "The report must state the laboratory's name and address.", at=Where(field="laboratory")
        ),
    ),
    (
        has_place_of_activity,
        reason(
            "report.missing_c",
            "The report must state where the tests were done.",
            at=Where(field="laboratory.place_of_activity"),
        ),
    ),
    (has_identification, reason("report.missing_d", "The report has no number.", at=Where(field="number"))),
    (
        has_client,
        reason(
            "report.missing_e", "The report must state the client and its address or contact.", at=Where(field="client")
        ),
    ),
    (
        has_methods,
        reason(
            "report.missing_f",
            "The report and each of its lines must state the test method.",
            at=Where(field="methods"),
        ),
    ),
    (
        has_item,
        reason(
            "report.missing_g",
            "The report must state the sample's name, number and condition on arrival.",
            at=Where(field="sample"),
        ),
    ),
    (
        has_receipt_and_sampling_dates,
        reason(
            "report.missing_h",
            "The report must state when the sample was received and when it was taken.",
            at=Where(field="sample.received_on"),
        ),
    ),
    (
        has_dates_of_activity,
        reason("report.missing_i", "The report must state when the tests were done.", at=Where(field="tested_on")),
    ),
    (
        has_issue_date,
        reason("report.missing_j", "The report cannot be issued before it was approved.", at=Where(field="issued_at")),
    ),
    (
        has_sampling,
        reason(
            "report.missing_k",
            "The report must state the sampling plan or method of a sample that was drawn.",
            at=Where(field="sample"),
        ),
    ),
    (
        has_scope_statement,
        reason(
            "report.missing_l",
            "The report must say that its results relate only to the items tested.",
            at=Where(field="scope_statement"),
        ),
    ),
    (
        has_results_with_units,
        reason(
            "report.missing_m",
            "The report needs at least one result, and each result needs its unit.",
            at=Where(field="lines"),
        ),
    ),
    (
        has_deviations,
        reason(
            "report.missing_n",
            "The report must state deviations from the method, or that there were none.",
            at=Where(field="deviations"),
        ),
    ),
    (
        has_authoriser,
        reason(
            "report.missing_o",
            "The report must name the person who authorised it.",
            at=Where(field="people.approved_by"),
        ),
    ),
    (
        has_external_providers,
        reason(
            "report.missing_p", "A result from another laboratory must name that laboratory.", at=Where(field="lines")
        ),
    ),
)


def gives_results_only(snapshot: ReportSnapshot) -> bool:
    """A notice of risk-monitoring results judges nothing, and carries no mark."""
    if snapshot.template.family != RISK_MONITORING:
        return True
    judged = snapshot.judgement_standards or snapshot.annex or snapshot.verdict != "not_judged"
    marked = snapshot.marks.cma_number or snapshot.marks.catl_number
    said = {text for line in snapshot.lines for text in (line.limit, line.verdict)}
    return not judged and not marked and said <= {NOT_APPLICABLE} and not any(line.failing for line in snapshot.lines)


def tells_screening(snapshot: ReportSnapshot) -> bool:
    """A notice of rapid tests says what follows from a screening result; it gives no verdict, and carries no mark."""
    if snapshot.template.family != RAPID_TEST:
        return True
    judged = snapshot.judgement_standards or snapshot.annex or snapshot.verdict != "not_judged"
    marked = snapshot.marks.cma_number or snapshot.marks.catl_number
    return bool(snapshot.rights) and not judged and not marked and _given(*snapshot.rights)


def tells_what_was_first(snapshot: ReportSnapshot) -> bool:
    """A retest names the first report, its laboratory and day, the decision, and what was found first."""
    if snapshot.template.family != RETEST:
        return True
    first = snapshot.retest
    if first is None:
        return False
    return bool(first.lines) and _stated(first.report, first.body, first.issued_on, first.decision, first.statement)


def comes_from_another_laboratory(snapshot: ReportSnapshot) -> bool:
    """The retest is not made by the laboratory that tested first (农产品质量安全法, article 51)."""
    return snapshot.retest is None or snapshot.retest.body != snapshot.laboratory.name


def tells_amendment(snapshot: ReportSnapshot) -> bool:
    """ISO/IEC 17025:2017 7.8.8: an amended report names the one that it replaces, and says what changed and why."""
    if snapshot.replaces is None:
        return True
    amended = snapshot.amendment
    return amended is not None and amended.replaces == snapshot.replaces and _stated(amended.reason)


#: What the family of a report asks for besides.
OF_FAMILIES: tuple[tuple[Predicate, Reason], ...] = (
    (
        tells_decision_rule,
        reason(
            "report.no_decision_rule",
            "A report that judges its results must say by which decision rule it did; judge the sample again.",
            at=Where(field="decision_rule"),
        ),
    ),
    (
        answers_as_received,
        reason(
            "report.not_as_received",
            "A commissioned report must say that it answers for the sample as received, and may claim no sampling.",
            at=Where(field="scope_statement"),
        ),
    ),
    (
        gives_results_only,
        reason(
            "report.notice_judges",
            "A notice of risk-monitoring results may hold no limit, no verdict and no mark.",
            at=Where(field="lines"),
        ),
    ),
    (
        tells_screening,
        reason(
            "report.not_screening",
            "A notice of rapid tests must say what follows from its results, and may hold no verdict and no mark.",
            at=Where(field="rights"),
        ),
    ),
    (
        tells_what_was_first,
        reason(
            "report.no_first",
            "A retest report must name the first report with its laboratory, day, results, and the decision to retest.",
            at=Where(field="retest"),
        ),
    ),
    (
        comes_from_another_laboratory,
        reason(
            "report.same_body",
            "A retest is made by another laboratory than the one that made the first report.",
            at=Where(field="retest"),
        ),
    ),
    (
        tells_amendment,
        reason(
            "report.amendment_untold",
            "An amended report must name the report that it replaces, and say what was changed and why.",
            at=Where(field="amendment"),
        ),
    ),
)


def missing_elements(snapshot: ReportSnapshot) -> list[Reason]:
    """Every element of ISO/IEC 17025:2017 7.8.2.1 that the snapshot lacks, a to p, and what its family asks for too.

    Empty when it is complete.
    """
    return [why for present, why in ELEMENTS + OF_FAMILIES if not present(snapshot)]


def untrue_marks(snapshot: ReportSnapshot) -> list[Reason]:
    """Marks that say more than the lines allow.

    A mark needs at least one line in its scope, and the lines outside it must be explained in the
    out-of-scope statement (检验检测机构资质认定管理办法, Art. 21; practice of the * beside the parameter).
    """
    lines = snapshot.lines
    marks: Iterable[tuple[str, str | None, list[bool]]] = (
        ("CMA", snapshot.marks.cma_number, [line.in_cma for line in lines]),
        ("CATL", snapshot.marks.catl_number, [line.in_catl for line in lines]),
    )
    reasons = []
    for mark, number, in_scope in marks:
        if number is None:
            continue
        if not any(in_scope):
            reasons.append(
                reason(
                    "report.mark_without_scope",
                    "The report carries the {mark} mark, but none of its results is in the {mark} scope.",
                    mark=mark,
                )
            )
        elif not all(in_scope) and not snapshot.out_of_scope_statement:
            reasons.append(
                reason(
                    "report.out_of_scope_unexplained",
                    "{count} results are outside the {mark} scope; the report must say so in a statement.",
                    mark=mark,
                    count=in_scope.count(False),
                )
            )
    return reasons
