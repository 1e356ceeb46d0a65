"""Gathers everything that a report is composed from: sample, judgement, results, scope, instruments, people."""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from sqlmodel import Session

from lims.accreditation import queries as accreditation
from lims.accreditation.marks import MarkItem
from lims.accreditation.words import superseded_by
from lims.core.language import Language
from lims.db.work import LimsSession
from lims.documents.phrases import Phrase, ReportLanguage
from lims.library.queries import current_library, library_of
from lims.library.rules import Library
from lims.limits import queries as limits
from lims.limits.tables import JudgementLine
from lims.network import queries as network
from lims.people import queries as people
from lims.reports import wording
from lims.reports.annexes import calibrations_of, uncertainties_of
from lims.reports.composition import standards_of
from lims.reports.deviation_queries import deviations_of
from lims.reports.deviations import in_language
from lims.reports.gathered import Dossier, Item
from lims.reports.rules import Family, Field, Layout, family_of
from lims.reports.tables import Report
from lims.results.bench_queries import conditions_of
from lims.results.queries import verified_results
from lims.results.tables import Result
from lims.results.trace import instruments_of
from lims.samples import photos
from lims.samples import queries as samples
from lims.samples.tables import AssignedTest, Sample


def dossier_of(session: LimsSession, report: Report, day: date) -> Dossier:
    """The dossier of a report as the records are now, by the library that it was judged by; marks as of `day`."""
    judgement = limits.judgement_by_id(session, report.judgement_id)
    library = library_of(session, judgement.library_sha256)
    sample = samples.sample_by_id(session, report.sample_id)
    path = library.foods.keys_around(sample.food)
    tests = {test.id: test for test in samples.tests_of(session, sample.id)}
    results = verified_results(session, sample.id)
    measured = [result.measurement_id for result in results if result.measurement_id is not None]
    lines = limits.lines_of(session, judgement.id)
    marks = accreditation.marks_of(
        session,
        sample.laboratory_id,
        [_mark_item(library, line, tests[line.test_id], _own(results, line), path) for line in lines],
        day,
    )
    items = tuple(
        Item(
            name_in(library, line.parameter),
            line.parameter,
            tests[line.test_id].method_code,
            line.verdict,
            line.explanation,
            Phrase(line.sentence_zh, line.sentence_en),
            tuple(_own(results, line)),
            scope.in_cma,
            scope.in_catl,
        )
        for line, scope in zip(lines, marks.items, strict=True)
    )
    return Dossier(
        laboratory=network.laboratory_by_id(session, sample.laboratory_id),
        sample=sample,
        items=items,
        overall=judgement.overall,
        marks=marks,
        methods=_methods(library, items),
        standards=standards_of([line.explanation for line in lines], kept=True),
        instruments=_instruments(session, measured, report.layout.language),
        receiver=_name(session, sample.received_by),
        layout=report.layout,
        is_rapid=_is_rapid(library, [test.method_code for test in tests.values()]),
        environment=wording.environment(conditions_of(session, measured)),
        deviations=deviations_of(session, library, results, report.stated_deviations),
        uncertainties=uncertainties_of(library, results, report.layout.language) if report.layout.uncertainty else (),
        calibrations=calibrations_of(session, library, results, report.layout.language)
        if report.layout.calibration
        else (),
        photos=tuple(photos.photos_of(session, sample.id)) if report.layout.photos else (),
    )


def deviations_told(session: LimsSession, report: Report) -> str | None:
    """What a report would say of deviations now, in its language; None when it would say that there are none."""
    library = library_of(session, limits.judgement_by_id(session, report.judgement_id).library_sha256)
    found = deviations_of(session, library, verified_results(session, report.sample_id), report.stated_deviations)
    return in_language(found, report.layout.language)


def family_for(session: LimsSession, sample: Sample, layout: Layout) -> Family:
    """The family of templates that a report of a sample is printed with."""
    methods = samples.methods_by_sample(session, [sample.id])[sample.id]
    is_rapid = _is_rapid(current_library(session), methods)
    return family_of(sample.programme, layout, is_retest=sample.retest_of is not None, is_rapid=is_rapid)


def _is_rapid(library: Library, methods: Sequence[str]) -> bool:
    """Does every method only screen?"""
    return bool(methods) and all(map(library.is_screening, methods))


def name_in(library: Library, parameter: str) -> Phrase:
    """What a report calls a parameter; in English too by its Chinese name where the library has no other."""
    return Phrase(*(library.substance_name(parameter, language) for language in (Language.CHINESE, Language.ENGLISH)))


def fields_of(session: Session, report: Report) -> list[Field]:
    """What a signatory of this report must be authorised for: each method in this food."""
    return fields_by_report(session, [report])[report.id]


def fields_by_report(session: Session, reports: Sequence[Report]) -> dict[UUID, list[Field]]:
    """The same for many reports, by their ids."""
    releases = limits.releases_of(session, {report.judgement_id for report in reports})
    found = samples.samples_by_id(session, {report.sample_id for report in reports})
    methods = samples.methods_by_sample(session, found.keys())
    fields = {}
    for report in reports:
        path = library_of(session, releases[report.judgement_id]).foods.keys_around(found[report.sample_id].food)
        fields[report.id] = [Field(method, path) for method in methods[report.sample_id]]
    return fields


def _own(results: Sequence[Result], line: JudgementLine) -> list[Result]:
    return [result for result in results if result.test_id == line.test_id]


def _mark_item(
    library: Library, line: JudgementLine, test: AssignedTest, results: Sequence[Result], path: tuple[str, ...]
) -> MarkItem:
    # Measured on several days, the first of them decides: the scope must have covered all of the work.
    tested_on: date = min(result.analysed_on for result in results)
    newer = superseded_by(library, test.method_code, tested_on)
    return MarkItem(line.parameter, path, test.method_code, tested_on, newer)


def _methods(library: Library, items: Iterable[Item]) -> tuple[str, ...]:
    printed = []
    for code in sorted({item.method_code for item in items}):
        known = library.methods.get(code)
        printed.append(f"{code}《{known.title}》" if known is not None and known.title else code)
    return tuple(printed)


def _instruments(session: Session, measured: Iterable[UUID], language: ReportLanguage) -> tuple[str, ...]:
    """主要仪器: their names are what people gave them, and are not translated; the brackets are the language's."""
    found = instruments_of(session, measured)
    brackets = " ({})" if language is ReportLanguage.ENGLISH else "（{}）"
    return tuple(f"{i.name} {i.model}{brackets.format(i.code)}" for i in found)


def _name(session: Session, user_id: UUID | None) -> str | None:
    return None if user_id is None else people.names_of(session, {user_id}).get(user_id)
