"""What an import would do: the file read, accounted for and evaluated against its worksheet. Writes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from types import MappingProxyType
from uuid import UUID

from lims.accreditation.queries import narrowest_limits, verified_methods
from lims.accreditation.tables import VerifiedMethod
from lims.core.errors import BadInput, refuse_bad
from lims.core.reasons import Reason, Where, reason
from lims.db.work import LimsSession
from lims.library.rules import Library
from lims.runs import queries
from lims.runs.accounting import AccountedColumn, Accounting, ColumnMapping, account
from lims.runs.cells import folded
from lims.runs.evaluation import evaluate
from lims.runs.file_units import unit_differences, unit_faults, unit_missing
from lims.runs.matching import NO_MATCHES, Matches, resolved
from lims.runs.outcomes import Evaluation, LeftOut, VerifiedLimits
from lims.runs.profile import ImportProfile
from lims.runs.quality_plan import QualityPlan
from lims.runs.readers import registry
from lims.runs.records import Batch
from lims.runs.rules import PREPARED, EntryKind, WorksheetFacts
from lims.runs.tables import Worksheet, WorksheetEntry
from lims.science.rounding import plain
from lims.science.units import UnitCode, convert, parse_unit


@dataclass(frozen=True, slots=True)
class FileImport:
    """A file to be imported for a worksheet.

    `only_good_rows`: import what can be imported although rows are refused or unmapped, compounds unknown, or
    positions and analytes missing. `reader` empty: the one that recognises the file. `repeat_reason` says why a
    worksheet that has an accepted run is imported again. `profile_version` is the stored version that the profile is.
    `matches` are injections that a person put on positions.
    """

    worksheet_number: str
    content: bytes
    name: str
    profile: ImportProfile
    reader: str = ""
    only_good_rows: bool = False
    repeat_reason: str | None = None
    profile_version: UUID | None = None
    matches: Matches = NO_MATCHES


@dataclass(frozen=True)
class Preview:
    """All that an import would do. `hindrances` keep it from being done, `doubts` unless only good rows are asked for;
    `notices` are for a person to know.

    `compounds` maps analyte codes to the compound names of the file, `by_hand` keys of injections to the positions that
    a person put them on.
    """

    worksheet: Worksheet
    entries: Sequence[WorksheetEntry]
    facts: WorksheetFacts
    plan: QualityPlan
    profile: ImportProfile
    batch: Batch
    accounting: Accounting
    compounds: Mapping[str, str]
    evaluation: Evaluation
    by_hand: Mapping[str, str]
    hindrances: tuple[Reason, ...]
    doubts: tuple[Reason, ...]
    notices: tuple[Reason, ...]


def preview_import(
    session: LimsSession, library: Library, order: FileImport, day: date, left_out: LeftOut = MappingProxyType({})
) -> Preview:
    """What an import on a day would do, without the calibration levels `left_out`; writes nothing.

    Raises `NotFound` for the worksheet, `BadInput` when the file cannot be read at all or a match by hand is none.
    """
    worksheet = queries.worksheet_by_number(session, order.worksheet_number)
    entries = queries.entries_of(session, worksheet.id)
    facts = queries.facts_of(worksheet, entries)
    batch = read_order(order)
    profile = _with_internal_standard(order.profile, batch)
    labels = {entry.label: entry.label for entry in entries}
    by_hand = resolved(order.matches, batch.injections, labels)
    accounting = account(batch, profile, lambda name: code_of(library, name), labels, by_hand=by_hand)
    compounds, twice = _compounds(accounting.columns)
    needs, unverified = needs_of(session, library, worksheet, entries, day)
    injected = [(injection, label) for injection, label in accounting.accepted if label is not None]
    plan = QualityPlan.from_dict(worksheet.quality_plan)
    evaluation = evaluate(facts, plan, profile, compounds, injected, needs, left_out)
    return Preview(
        worksheet=worksheet,
        entries=entries,
        facts=facts,
        plan=plan,
        profile=profile,
        batch=batch,
        accounting=accounting,
        compounds=compounds,
        evaluation=evaluation,
        by_hand=by_hand,
        hindrances=(*twice, *unverified, *unit_missing(batch, profile), *_nothing_read(accounting)),
        doubts=(
            *accounting.open_reasons,
            *_unknown_compounds(accounting),
            *_missing_positions(facts, accounting),
            *_missing_analytes(needs, compounds),
            *_other_dilutions(facts, accounting),
        ),
        notices=(*batch.messages, *unit_differences(batch, profile)),
    )


def read_order(order: FileImport) -> Batch:
    """The file, read. Raises `BadInput`."""
    refuse_bad(unit_faults(order.profile.concentration_unit))
    return registry.read(order.content, order.profile, order.reader, order.name)


def _with_internal_standard(profile: ImportProfile, batch: Batch) -> ImportProfile:
    """The profile with the internal standard as the file writes it. Raises `BadInput` when the file has none such."""
    if profile.internal_standard is None:
        return profile
    wanted = folded(profile.internal_standard)
    for compound in batch.compounds:
        if folded(compound.name) == wanted:
            return replace(profile, internal_standard=compound.name)
    raise BadInput(
        reason(
            "run.internal_standard_missing",
            "The file has no compound {compound}, which the import profile names as internal standard.",
            at=Where(field="internal_standard"),
            compound=profile.internal_standard,
        )
    )


def code_of(library: Library, name: str) -> str | None:
    """The code of the substance that a compound is, by its name alone."""
    found = library.find_substance(name)
    return None if found is None else found.code


def _compounds(columns: Sequence[AccountedColumn]) -> tuple[dict[str, str], list[Reason]]:
    """Analyte codes with their compound; an analyte with two compounds must be settled by a person."""
    compounds: dict[str, str] = {}
    twice = []
    for column in columns:
        if column.mapping is not ColumnMapping.KNOWN or column.analyte is None:
            continue
        if column.analyte in compounds:
            twice.append(
                reason(
                    "run.analyte_twice",
                    "Column {column}: {compound} and {other} both stand for {analyte}; leave one of them out of the"
                    " table.",
                    at=Where(column=column.address),
                    column=column.address,
                    compound=column.compound,
                    other=compounds[column.analyte],
                    analyte=column.analyte,
                )
            )
        compounds.setdefault(column.analyte, column.compound)
    return compounds, twice


def needs_of(
    session: LimsSession, library: Library, worksheet: Worksheet, entries: Sequence[WorksheetEntry], day: date
) -> tuple[dict[str, dict[str, VerifiedLimits]], list[Reason]]:
    """What each sample of a worksheet needs by its label, and a reason for every analyte without verified limits."""
    ids = {entry.sample_id for entry in entries if entry.sample_id is not None}
    samples = queries.samples_with(session, ids)
    parameters = queries.parameters_by_sample(session, ids, worksheet.method_code)
    verified = verified_methods(session, worksheet.method_code, day)
    unit = UnitCode(worksheet.result_unit)

    @cache
    def components(parameter: str, food: str, basis_on: date) -> tuple[tuple[str, VerifiedLimits | None], ...]:
        """What is measured for a parameter, with its limits; the samples of a batch mostly ask for the same."""
        path = {one.food for one in library.foods.path(food)}
        codes = [component.code for component in library.components(parameter, food, basis_on)]
        found = [narrowest_limits(verified, code, path) for code in codes]
        return tuple(
            (code, None if limits is None else _in_unit(limits, unit))
            for code, limits in zip(codes, found, strict=True)
        )

    needs: dict[str, dict[str, VerifiedLimits]] = {}
    unverified: dict[tuple[str, str], Reason] = {}
    for entry in entries:
        if entry.kind is not EntryKind.SAMPLE or entry.sample_id is None:
            continue
        sample = samples[entry.sample_id]
        wanted = needs.setdefault(entry.label, {})
        for parameter in parameters.get(sample.id, ()):
            for code, limits in components(parameter, sample.food, sample.basis_on):
                if limits is None:
                    unverified[code, sample.food] = _unverified(worksheet, code, sample.food)
                else:
                    wanted[code] = limits
    return needs, list(unverified.values())


def _unverified(worksheet: Worksheet, analyte: str, food: str) -> Reason:
    return reason(
        "run.limits_missing",
        "The laboratory has no verified limit of quantification for {analyte} in {food} by {method}; record it in the"
        " method verification first.",
        analyte=analyte,
        food=food,
        method=worksheet.method_code,
    )


def _in_unit(limits: VerifiedMethod, unit: UnitCode) -> VerifiedLimits:
    source = parse_unit(limits.unit)
    return VerifiedLimits(
        convert(limits.limit_of_quantification, source, unit),
        convert(limits.limit_of_detection, source, unit),
        limits.expanded_uncertainty_percent,
    )


def _nothing_read(accounting: Accounting) -> list[Reason]:
    if accounting.accepted:
        return []
    return [
        reason(
            "run.nothing_read",
            "No row of the file could be imported ({sum}); look at the reasons of the rows.",
            sum=accounting.sum_text,
        )
    ]


def _unknown_compounds(accounting: Accounting) -> list[Reason]:
    in_a_column = (
        "Column {column}: the compound {compound} is no substance of the library; map it in the import profile, or"
        " import without it."
    )
    in_rows = (
        "The compound {compound} is no substance of the library; map it in the import profile, or import without it."
    )
    return [
        reason(
            "run.compound_unknown",
            in_a_column if column.address else in_rows,
            at=Where(field="analyte_aliases", column=column.address or None),
            column=column.address,
            compound=column.compound,
        )
        for column in accounting.columns
        if column.mapping is ColumnMapping.UNKNOWN
    ]


def _missing_positions(facts: WorksheetFacts, accounting: Accounting) -> list[Reason]:
    injected = {label for _, label in accounting.accepted}
    return [
        reason(
            "run.position_missing",
            "The position {label} of the worksheet was not injected in this file.",
            label=e.label,
        )
        for e in facts.entries
        if e.label not in injected
    ]


def _other_dilutions(facts: WorksheetFacts, accounting: Accounting) -> list[Reason]:
    """The instrument's table may carry a dilution; 1 is its default and says nothing."""
    planned = {entry.label: entry.dilution for entry in facts.entries if entry.kind in PREPARED}
    reasons = []
    for injection, label in accounting.accepted:
        cell = injection.dilution
        if cell is None or cell.number in (None, 1) or label not in planned or cell.number == planned[label]:
            continue
        reasons.append(
            reason(
                "run.dilution_differs",
                "Cell {address}: the file says {label} was diluted {written} times, the worksheet {planned} times;"
                " correct the one that is wrong.",
                at=Where(row=injection.row, column=cell.address.rstrip("0123456789")),
                address=cell.address,
                label=label,
                written=cell.raw.strip(),
                planned=plain(planned[label]),
            )
        )
    return reasons


def _missing_analytes(needs: Mapping[str, Mapping[str, VerifiedLimits]], compounds: Mapping[str, str]) -> list[Reason]:
    missing: dict[str, list[str]] = {}
    for label, analytes in needs.items():
        for analyte in analytes.keys() - compounds.keys():
            missing.setdefault(analyte, []).append(label)
    return [
        reason(
            "run.analyte_missing",
            "The file has no compound for {analyte}, which {samples} need; add it to the table or map its name.",
            at=Where(field="analyte_aliases"),
            analyte=analyte,
            samples=", ".join(labels),
        )
        for analyte, labels in sorted(missing.items())
    ]
