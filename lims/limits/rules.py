"""Judges a parameter and a sample (判定规则): limit, prohibition and local rule of use, each on its own.

Law of the People's Republic of China on the quality and safety of agricultural products (2022), article 36: produce
may not be sold if it contains substances banned by the state (no threshold), or residues that do not meet the
standards (a threshold). So a line has a verdict by the limit and, apart from it, whether a prohibited substance was
detected. A local rule of use changes neither; it is reported beside them.

An extraneous limit (再残留限量) is set for banned persistent pesticides that the environment still holds; where one
applies it decides, and the ban does not turn a content below it into a failure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from lims.core.errors import LimsError
from lims.core.reasons import Reason, reason
from lims.library.facts import (
    FOOD_STANDARD,
    Basis,
    DefinitionState,
    LimitKind,
    Prohibition,
    ProhibitionKind,
    ResidueDefinition,
    Standard,
    Substance,
    SubstanceKind,
)
from lims.library.food_tree import FoodFound
from lims.library.rules import Library
from lims.limits.search import Found, find_limit
from lims.network.rules import is_within
from lims.samples.rules import BasisKind
from lims.science import conformity, residues
from lims.science.amounts import Amount, is_detected
from lims.science.conformity import Assessment, Comparison, DecisionRule
from lims.science.residues import ResidueSum
from lims.science.units import UnitCode


class Verdict(StrEnum):
    """What is said of one parameter (单项判定). NO_LIMIT and NOT_JUDGED are not CONFORMS."""

    CONFORMS = "conforms"
    EXCEEDS = "exceeds"
    PROHIBITED_DETECTED = "prohibited_detected"
    NO_LIMIT = "no_limit"
    NOT_JUDGED = "not_judged"


class Overall(StrEnum):
    """What is said of the sample (总体判定)."""

    CONFORMS = "conforms"
    FAILS = "fails"
    PENDING = "pending"
    NOT_JUDGED = "not_judged"


#: The reason of a line whose results nobody has verified yet.
NOT_VERIFIED = "result.not_verified"
#: What the laboratory itself can still settle: then the sample is pending, not unjudgeable.
PENDING_CODES = frozenset({"residue.needs_components", "prohibition.needs_confirmation", NOT_VERIFIED})


@dataclass(frozen=True, slots=True)
class Occasion:
    """What is judged, and by the law of which day and place.

    `food` is a path of the food tree, or a name that stands for exactly one food. The edition in force on `basis_on`
    decides, the day of production, harvest, purchase or slaughter: not the day of the test or the report.
    `region` is the six-digit code of the origin, empty when not known.
    """

    food: str
    basis_on: date
    basis_kind: BasisKind
    region: str = ""
    basis: Basis = Basis.AS_RECEIVED
    rule: DecisionRule = DecisionRule.SIMPLE
    comparison: Comparison = Comparison.FULL_VALUE


@dataclass(frozen=True, slots=True)
class Line:
    """The judgement of one parameter with everything that led to it.

    `verdict` is the line's own word; `limit_verdict` what the limit alone says. `reasons` say why nothing could be
    judged; `reservations` with what restriction the verdict stands.
    """

    parameter: Substance
    verdict: Verdict
    limit_verdict: Verdict
    banned_detected: bool
    local_use_violation: bool
    occasion: Occasion
    food: FoodFound | None
    path: tuple[str, ...]
    edition: Standard | None
    found: Found | None
    definition: ResidueDefinition | None
    total: ResidueSum | None
    assessment: Assessment | None
    bans: tuple[Prohibition, ...]
    local_rules: tuple[Prohibition, ...]
    reasons: tuple[Reason, ...]
    reservations: tuple[Reason, ...]


def judge_parameter(
    library: Library,
    occasion: Occasion,
    parameter: str,
    measured: Mapping[str, Amount],
    unconfirmed: frozenset[str] = frozenset(),
) -> Line:
    """Judge one parameter of a sample from what was measured of every analyte, by substance code.

    `unconfirmed` are analytes whose identity has not been confirmed; a ban is not held against them yet. Whatever
    cannot be judged is a line with its reasons. Raises `NotFound` for a parameter the library does not know.
    """
    substance = library.substance(parameter)
    reasons: list[Reason] = []
    food = _food(library, occasion, reasons)
    edition = _edition(library, occasion.basis_on, reasons)
    found = definition = None
    if food is not None and edition is not None:
        found = find_limit(library, edition.code, substance.code, food.food.food, occasion.basis)
        definition = library.definition(edition.code, substance.code, food.food.food)
    rules = [] if food is None else library.prohibitions_of(substance.code, food.food.food, occasion.basis_on)
    bans = tuple(rule for rule in rules if rule.kind is not ProhibitionKind.LOCAL_USE_BAN)
    local = tuple(r for r in rules if r.kind is ProhibitionKind.LOCAL_USE_BAN and _holds_at(r, occasion.region))
    total = _total(substance, definition, measured, reasons)
    detected = _detected(substance, definition, measured)
    assessment = _assessment(occasion, found, total, reasons)
    required_absent = substance.kind is SubstanceKind.VETERINARY_DRUG and bool(bans)
    if required_absent:
        # Not a pesticide: GB 2763 has nothing to say of it, the prohibition is the whole requirement.
        reasons = [r for r in reasons if r.code in PENDING_CODES]
        found = None
    limit_verdict = _limit_verdict(assessment, reasons)
    suspected = bool(bans) and bool(detected) and not _set_for_banned(found, assessment)
    confirmed = bool(detected - unconfirmed)
    if suspected and not confirmed:
        said = "{substance} may not be there at all; confirm its identity before judging."
        reasons.append(reason("prohibition.needs_confirmation", said, substance=substance.name_zh))
    return Line(
        parameter=substance,
        verdict=_verdict(limit_verdict, required_absent, suspected, confirmed),
        limit_verdict=limit_verdict,
        banned_detected=suspected and confirmed,
        local_use_violation=bool(local) and confirmed,
        occasion=occasion,
        food=food,
        path=() if food is None else tuple(node.name for node in library.foods.path(food.food.food)),
        edition=None if required_absent else edition,
        found=found,
        definition=definition,
        total=total,
        assessment=assessment,
        bans=bans,
        local_rules=local,
        reasons=tuple(reasons),
        reservations=_reservations(found, assessment),
    )


def _holds_at(rule: Prohibition, region: str) -> bool:
    """Does a local rule hold at a place? Where nobody knows the place, no local rule is held against it."""
    return bool(region) and is_within(region, rule.region)


def _food(library: Library, occasion: Occasion, reasons: list[Reason]) -> FoodFound | None:
    try:
        return library.foods.resolve(occasion.food)
    except LimsError as unclear:
        reasons.extend(unclear.reasons)
        return None


def _edition(library: Library, day: date, reasons: list[Reason]) -> Standard | None:
    edition = library.edition_on(FOOD_STANDARD, day)
    if edition is None:
        loaded = [e for e in library.editions_of(FOOD_STANDARD) if e.limits_loaded and e.effective_on]
        said = "The edition of {standard} that was in force on {day} is not loaded; loaded: {loaded}."
        spans = ", ".join(f"{e.code} ({e.effective_on} – {e.ended_on or ''})" for e in loaded)
        reasons.append(
            reason("limit.edition_not_loaded", said, standard=FOOD_STANDARD, day=day.isoformat(), loaded=spans)
        )
    return edition


def _total(
    substance: Substance,
    definition: ResidueDefinition | None,
    measured: Mapping[str, Amount],
    reasons: list[Reason],
) -> ResidueSum | None:
    """The residue by its definition; the substance itself when the law says nothing else."""
    if definition is not None and definition.state is not DefinitionState.COMPONENTS_KNOWN:
        said = "What counts as residue of {substance} is not known exactly enough to calculate with: {text}"
        text = definition.text or "—"
        reasons.append(reason("residue.definition_unknown", said, substance=substance.name_zh, text=text))
        return None
    parts = (
        (residues.Component(substance.code),)
        if definition is None
        else tuple(residues.Component(c.substance, c.factor) for c in definition.components)
    )
    expressed_as = substance.code if definition is None else definition.expressed_as or substance.code
    try:
        return residues.sum_residues(residues.ResidueDefinition(expressed_as, parts), measured, UnitCode.MG_PER_KG)
    except LimsError as missing:
        reasons.extend(missing.reasons)
        return None


def _detected(
    substance: Substance, definition: ResidueDefinition | None, measured: Mapping[str, Amount]
) -> frozenset[str]:
    """Which analytes that show the substance were detected: itself and the components of its residue."""
    shown_by = {substance.code}
    if definition is not None and definition.expressed_as == definition.substance:
        # Carbendazim does not prove thiophanate-methyl: only what is expressed as the substance stands for it.
        shown_by |= {part.substance for part in definition.components}
    return frozenset(code for code in shown_by if code in measured and is_detected(measured[code]))


def _assessment(
    occasion: Occasion, found: Found | None, total: ResidueSum | None, reasons: list[Reason]
) -> Assessment | None:
    if found is not None and found.reason is not None:
        reasons.append(found.reason)
    if found is None or found.row is None or found.row.value is None or total is None:
        return None
    limit = conformity.Limit(found.row.value, found.row.unit)
    try:
        assessment = conformity.assess_sum(total, limit, occasion.rule, occasion.comparison)
    except LimsError as impossible:
        reasons.extend(impossible.reasons)
        return None
    if assessment.verdict is conformity.Verdict.INCONCLUSIVE:
        reasons.extend(assessment.reasons)
    return assessment


def _limit_verdict(assessment: Assessment | None, reasons: Sequence[Reason]) -> Verdict:
    if assessment is not None and assessment.verdict is not conformity.Verdict.INCONCLUSIVE:
        exceeds = assessment.verdict is conformity.Verdict.EXCEEDS
        return Verdict.EXCEEDS if exceeds else Verdict.CONFORMS
    return Verdict.NOT_JUDGED if reasons else Verdict.NO_LIMIT


def _verdict(limit_verdict: Verdict, required_absent: bool, suspected: bool, confirmed: bool) -> Verdict:
    if suspected and confirmed:
        return Verdict.PROHIBITED_DETECTED
    if suspected and limit_verdict is not Verdict.EXCEEDS:
        return Verdict.NOT_JUDGED
    if required_absent and limit_verdict is Verdict.NO_LIMIT:
        return Verdict.CONFORMS
    return limit_verdict


def _set_for_banned(found: Found | None, assessment: Assessment | None) -> bool:
    """Does an extraneous limit decide, which exists because the substance is banned?"""
    return assessment is not None and found is not None and found.row is not None and found.row.kind is LimitKind.EMRL


def _reservations(found: Found | None, assessment: Assessment | None) -> tuple[Reason, ...]:
    said = []
    if found is not None and found.row is not None and not found.confirmed:
        sentence = "That the food belongs to {group} is customary, and has not been confirmed against annex A."
        said.append(reason("limit.group_unconfirmed", sentence, group=found.row.printed))
    if assessment is not None and assessment.verdict is not conformity.Verdict.INCONCLUSIVE:
        said.extend(assessment.reasons)
    return tuple(said)


@dataclass(frozen=True, slots=True)
class SampleJudgement:
    """The judgement of a sample: its word, and its lines."""

    overall: Overall
    lines: tuple[Line, ...]

    @property
    def without_limit(self) -> tuple[str, ...]:
        """Parameters for which there is no limit: the word of the sample does not speak of them."""
        return tuple(line.parameter.code for line in self.lines if line.verdict is Verdict.NO_LIMIT)


def judge_lines(lines: Sequence[Line]) -> SampleJudgement:
    """The word of a sample from those of its parameters.

    While results wait for verification the sample is pending. One failing item fails the sample, whatever else is
    open. While something is open the sample does not conform: it is pending if the laboratory can settle it, otherwise
    not judged. Items without a limit are left out and named; a sample with nothing else is not judged.
    """
    return SampleJudgement(overall_of([(line.verdict, line.reasons) for line in lines]), tuple(lines))


def left_open(line: Line, why: Reason) -> Line:
    """The line, not judged for a reason that lies outside it: results that are not verified decide nothing."""
    return replace(
        line,
        verdict=Verdict.NOT_JUDGED,
        limit_verdict=Verdict.NOT_JUDGED,
        banned_detected=False,
        local_use_violation=False,
        total=None,
        assessment=None,
        reasons=(why,),
        reservations=(),
    )


def overall_of(verdicts: Sequence[tuple[Verdict, Sequence[Reason]]]) -> Overall:
    """The word of a sample from the verdicts of its parameters and why some were not judged."""
    words = {verdict for verdict, _ in verdicts}
    if any(why.code == NOT_VERIFIED for _, reasons in verdicts for why in reasons):
        return Overall.PENDING
    if words & {Verdict.EXCEEDS, Verdict.PROHIBITED_DETECTED}:
        return Overall.FAILS
    open_items = [reasons for verdict, reasons in verdicts if verdict is Verdict.NOT_JUDGED]
    if any(why.code in PENDING_CODES for reasons in open_items for why in reasons):
        return Overall.PENDING
    if open_items or Verdict.CONFORMS not in words:
        return Overall.NOT_JUDGED
    return Overall.CONFORMS


def parameters_of(library: Library, measured: Mapping[str, Amount]) -> tuple[str, ...]:
    """Which parameters a set of measured analytes asks to be judged.

    Every substance that was measured, a component that is nothing but part of another's residue standing for that one
    (3-hydroxycarbofuran for carbofuran).
    """
    owners: dict[str, set[str]] = {}
    for definition in library.facts.definitions:
        for part in definition.components:
            owners.setdefault(part.substance, set()).add(definition.substance)
    asked: set[str] = set()
    for code in measured:
        substance = library.substance(code)
        is_part = substance.kind is SubstanceKind.RESIDUE_COMPONENT
        asked |= owners.get(substance.code, {substance.code}) if is_part else {substance.code}
    return tuple(sorted(asked))
