"""What one family of standards says of a parameter by its limits (按限量判定): food, limit, residue, comparison."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from lims.core.errors import LimsError
from lims.core.reasons import Reason, reason
from lims.library.facts import (
    Coverage,
    DateIs,
    DefinitionState,
    LimitKind,
    ResidueDefinition,
    Screening,
    Standard,
    Substance,
)
from lims.library.rules import Library
from lims.limits.places import Place, place_of
from lims.limits.search import NOT_LOADED, NOT_SPECIFIC, Found, find_limit
from lims.limits.verdicts import Occasion, Ruling, Verdict
from lims.science import conformity, residues
from lims.science.amounts import Amount
from lims.science.conformity import Assessment
from lims.science.residues import ResidueSum
from lims.science.units import UnitCode

NEEDS_FURTHER_TEST = "limit.needs_further_test"


@dataclass(slots=True)
class _Notes:
    """What is noted on the way."""

    reasons: list[Reason] = field(default_factory=list)
    reservations: list[Reason] = field(default_factory=list)


def rule_by(
    library: Library, occasion: Occasion, substance: Substance, measured: Mapping[str, Amount], family: str
) -> Ruling | None:
    """The ruling of a family; None when the family does not speak of the food at all."""
    editions = library.editions_on(family, occasion.basis_on)
    if not editions:
        return Ruling(family, Verdict.NOT_JUDGED, reasons=(_not_loaded(library, occasion, family),))
    try:
        place = place_of(library, occasion, editions[-1].tree)
    except LimsError as unclear:
        return Ruling(family, Verdict.NOT_JUDGED, editions[-1], reasons=unclear.reasons)
    if place is None:
        return None
    return _ruling(library, occasion, substance, measured, family, editions, place)


def _ruling(
    library: Library,
    occasion: Occasion,
    substance: Substance,
    measured: Mapping[str, Amount],
    family: str,
    editions: tuple[Standard, ...],
    place: Place,
) -> Ruling:
    notes = _Notes()
    path = place.found.food.food
    found = find_limit(library, editions, substance.code, path, occasion.basis, occasion.basis_on)
    if found.reason is not None and found.reason.code == NOT_LOADED and library.is_fragment(editions[-1].code):
        found = replace(found, reason=_not_loaded(library, occasion, family))
    edition = _edition_of(found, editions)
    screening, found = _screening(library, occasion, substance, measured, editions, path, found)
    parameter = substance.code if screening is None else screening.screened_by
    definition = _definition(library, editions, parameter, path)
    unit = UnitCode.MG_PER_KG if found.row is None else found.row.unit
    total = _total(library.substance(parameter), definition, measured, unit, notes.reasons)
    assessment = _assessment(occasion, edition, found, total, notes.reasons)
    verdict = _verdict(assessment, notes.reasons)
    if screening is not None and verdict is Verdict.EXCEEDS:
        verdict = Verdict.NOT_JUDGED
        notes.reasons.append(_needs_speciation(library, screening))
    _note_reservations(notes, place, found, edition, assessment)
    return Ruling(
        family=family,
        verdict=verdict,
        edition=edition,
        food=place.found,
        path=tuple(node.name for node in library.tree(edition.tree).path(path)),
        found=found,
        definition=definition,
        total=total,
        assessment=assessment,
        screening=screening,
        reasons=tuple(notes.reasons),
        reservations=tuple(notes.reservations),
    )


def _not_loaded(library: Library, occasion: Occasion, family: str) -> Reason:
    known = [e for e in library.editions_of(family) if e.limits_loaded and e.effective_on]
    loaded = [e for e in known if not library.is_fragment(e.code)]
    spans = ", ".join(f"{e.code} ({_span(e)})" for e in loaded)
    said = "The edition of {standard} that was in force on {day} is not loaded; loaded: {loaded}."
    if not spans:
        said = "The edition of {standard} that was in force on {day} is not loaded, nor any other."
    day = occasion.basis_on.isoformat()
    return reason("limit.edition_not_loaded", said, standard=family, day=day, loaded=spans)


def _span(edition: Standard) -> str:
    """When an edition is in force; `wording` says it in other languages."""
    if edition.ended_on is None:
        return f"since {edition.effective_on}"
    return f"{edition.effective_on} – {edition.ended_on}"


def _edition_of(found: Found, editions: tuple[Standard, ...]) -> Standard:
    """The edition whose row decides; the main one when there is no row."""
    if found.row is None:
        return editions[-1]
    return next(edition for edition in editions if edition.code == found.row.standard)


def _definition(
    library: Library, editions: tuple[Standard, ...], parameter: str, path: str
) -> ResidueDefinition | None:
    for edition in editions:
        definition = library.definition(edition.code, parameter, path)
        if definition is not None:
            return definition
    return None


def _screening(
    library: Library,
    occasion: Occasion,
    substance: Substance,
    measured: Mapping[str, Amount],
    editions: tuple[Standard, ...],
    path: str,
    own: Found,
) -> tuple[Screening | None, Found]:
    """A total is held against the limit of the form that it contains, where that has a limit and was not measured.

    GB 2762-2022: total mercury (arsenic) within the limit of methylmercury (inorganic arsenic) conforms; above it the
    form itself must be measured.
    """
    for screening in (s for e in editions for s in library.screenings_of(e.code)):
        if screening.parameter in measured or screening.screened_by not in measured:
            continue
        if substance.code == screening.parameter and own.row is not None:
            return screening, own
        if substance.code == screening.screened_by and own.row is None:
            form = find_limit(library, editions, screening.parameter, path, occasion.basis, occasion.basis_on)
            if form.row is not None:
                return screening, form
            if form.reason is not None and form.reason.code == NOT_SPECIFIC:
                return None, form
    return None, own


def _needs_speciation(library: Library, screening: Screening) -> Reason:
    said = "{total} is above the limit of {parameter}; {parameter} itself must be measured."
    names = (library.substance(code).code for code in (screening.screened_by, screening.parameter))
    total, parameter = names
    return reason(NEEDS_FURTHER_TEST, said, total=total, parameter=parameter)


def _total(
    substance: Substance,
    definition: ResidueDefinition | None,
    measured: Mapping[str, Amount],
    unit: UnitCode,
    reasons: list[Reason],
) -> ResidueSum | None:
    """The residue by its definition, in the unit of the limit; the substance itself when the law says nothing else."""
    if definition is not None and definition.state is not DefinitionState.COMPONENTS_KNOWN:
        said = "What counts as residue of {substance} is not known exactly enough to calculate with: {text}"
        if not definition.text:
            said = "What counts as residue of {substance} was not read in the standard."
        reasons.append(reason("residue.definition_unknown", said, substance=substance.name_zh, text=definition.text))
        return None
    parts = (
        (residues.Component(substance.code),)
        if definition is None
        else tuple(residues.Component(c.substance, c.factor) for c in definition.components)
    )
    expressed_as = substance.code if definition is None else definition.expressed_as or substance.code
    try:
        return residues.sum_residues(residues.ResidueDefinition(expressed_as, parts, substance.code), measured, unit)
    except LimsError as missing:
        reasons.extend(missing.reasons)
        return None


def _assessment(
    occasion: Occasion, edition: Standard, found: Found, total: ResidueSum | None, reasons: list[Reason]
) -> Assessment | None:
    if found.reason is not None:
        reasons.append(found.reason)
    if found.row is None or total is None:
        return None
    rule, comparison = occasion.decision_rule, occasion.comparison_by(edition)
    if found.row.kind is LimitKind.MUST_NOT_DETECT:
        return conformity.assess_absence(total, found.row.unit, rule, comparison)
    if found.row.value is None:
        return None
    limit = conformity.Limit(found.row.value, found.row.unit)
    try:
        assessment = conformity.assess_sum(total, limit, rule, comparison)
    except LimsError as impossible:
        reasons.extend(impossible.reasons)
        return None
    if assessment.verdict is conformity.Verdict.INCONCLUSIVE:
        reasons.extend(assessment.reasons)
    return assessment


def _verdict(assessment: Assessment | None, reasons: list[Reason]) -> Verdict:
    if assessment is not None and assessment.verdict is not conformity.Verdict.INCONCLUSIVE:
        exceeds = assessment.verdict is conformity.Verdict.EXCEEDS
        return Verdict.EXCEEDS if exceeds else Verdict.CONFORMS
    return Verdict.NOT_JUDGED if reasons else Verdict.NO_LIMIT


def _note_reservations(
    notes: _Notes, place: Place, found: Found, edition: Standard, assessment: Assessment | None
) -> None:
    """With what restriction a verdict stands; nothing where there is no row to speak of."""
    said = notes.reservations
    if found.row is not None:
        said.extend(place.reservations)
        if not found.confirmed:
            sentence = "That the food belongs to {group} is customary, and has not been confirmed against annex A."
            said.append(reason("limit.group_unconfirmed", sentence, group=found.row.printed))
        if found.coverage is not Coverage.COMPLETE:
            sentence = "The limits of {edition} were taken from a compilation; check the row in the standard itself."
            said.append(reason("limit.compiled", sentence, edition=edition.code))
        if edition.effective_is is DateIs.UNVERIFIED:
            sentence = "The day from which {edition} is in force ({day}) has not been verified."
            day = edition.effective_on.isoformat() if edition.effective_on else ""
            said.append(reason("edition.date_unverified", sentence, edition=edition.code, day=day))
    if assessment is not None and assessment.verdict is not conformity.Verdict.INCONCLUSIVE:
        said.extend(assessment.reasons)
