"""Judges a parameter and a sample (判定规则): limit, prohibition and local rule of use, each on its own.

Law of the People's Republic of China on the quality and safety of agricultural products (2022), article 36: produce
may not be sold if it contains substances banned by the state (no threshold), or residues that do not meet the
standards (a threshold). So a line has a verdict by the limit and, apart from it, whether a prohibited substance was
detected. A local rule of use changes neither; it is reported beside them.

An extraneous limit (再残留限量) is set for banned persistent pesticides that the environment still holds; where one
applies it decides, and the ban does not turn a content below it into a failure. So does a number for eggs where a drug
may not be used while hens lay.

A standard that a sample is declared to meet (明示执行标准: organic, green food, a buyer's contract) speaks beside the
law: a failure by either fails, and where both are kept the lower limit is named.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from lims.core.reasons import Reason, reason
from lims.library.facts import (
    HOME_MARKET,
    DateIs,
    LimitKind,
    Prohibition,
    ProhibitionKind,
    ResidueDefinition,
    Substance,
    SubstanceKind,
)
from lims.library.food_tree import covers
from lims.library.rules import Library, rule_holds
from lims.limits.places import home_food
from lims.limits.rulings import NEEDS_FURTHER_TEST, rule_by
from lims.limits.verdicts import NO_MARKET, Line, Occasion, Overall, Ruling, SampleJudgement, Verdict
from lims.network.rules import is_within
from lims.science.amounts import Amount, is_detected
from lims.science.units import UnitCode, convert

#: The reason of a line whose results nobody has verified yet.
NOT_VERIFIED = "result.not_verified"
#: What the laboratory itself can still settle: then the sample is pending, not unjudgeable.
PENDING_CODES = frozenset(
    {"residue.needs_components", "prohibition.needs_confirmation", NEEDS_FURTHER_TEST, NOT_VERIFIED}
)
#: Prohibitions that leave no content at all unless the standard sets a number.
_LEAVES_NOTHING = frozenset({ProhibitionKind.MUST_NOT_DETECT, ProhibitionKind.LAY_PERIOD_BAN})
#: Which ruling is the word of the line: what fails first, then what decides, then what is open.
_WEIGHT = {Verdict.EXCEEDS: 0, Verdict.CONFORMS: 1, Verdict.NOT_JUDGED: 2, Verdict.NO_LIMIT: 3}
#: Which is the word of a law and a promise together: neither stands for the other.
_TOGETHER = {Verdict.EXCEEDS: 0, Verdict.NOT_JUDGED: 1, Verdict.CONFORMS: 2, Verdict.NO_LIMIT: 3}


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
    law, promises = _rulings(library, occasion, substance, measured)
    by_law = _decisive(library, substance, law)
    rules = _prohibitions(library, occasion, substance)
    bans = tuple(rule for rule in rules if rule.kind is not ProhibitionKind.LOCAL_USE_BAN)
    local = tuple(r for r in rules if r.kind is ProhibitionKind.LOCAL_USE_BAN and _holds_at(r, occasion.region))
    detected = _detected(substance, by_law.definition, measured)
    required_absent = _must_be_absent(substance, bans, by_law)
    if required_absent:
        by_law = _absence(by_law)
        law = tuple(by_law if ruling.family == by_law.family else ruling for ruling in law)
    # A promise lifts no prohibition: only a number that the law sets decides beside one.
    suspected = bool(bans) and bool(detected) and not _number_decides(library, substance, by_law, bans)
    ruling = _strictest(by_law, promises)
    confirmed = bool(detected - unconfirmed)
    reasons = list(ruling.reasons)
    doubtful = [ban for ban in bans if ban.date_is is DateIs.UNVERIFIED] if suspected else []
    said_of_bans = () if len(doubtful) < len(bans) else tuple(_unverified(ban) for ban in doubtful)
    if suspected and not confirmed:
        said = "{substance} may not be there at all; confirm its identity before judging."
        reasons.append(reason("prohibition.needs_confirmation", said, substance=substance.name_zh))
    return Line(
        parameter=substance,
        verdict=_verdict(ruling.verdict, required_absent, suspected, confirmed),
        limit_verdict=ruling.verdict,
        banned_detected=suspected and confirmed,
        local_use_violation=bool(local) and confirmed,
        occasion=occasion,
        ruling=ruling,
        others=tuple(other for other in (*law, *promises) if other.family != ruling.family),
        bans=bans,
        local_rules=local,
        reasons=tuple(reasons),
        reservations=(*ruling.reservations, *said_of_bans),
    )


def _absence(ruling: Ruling) -> Ruling:
    """Nothing but the prohibition speaks of it: absence is the whole requirement of the law."""
    open_ = tuple(r for r in ruling.reasons if r.code in PENDING_CODES or r.code.startswith("food."))
    absent = Verdict.NOT_JUDGED if open_ else Verdict.NO_LIMIT
    return replace(ruling, verdict=absent, edition=None, found=None, reasons=open_, reservations=())


def _unverified(ban: Prohibition) -> Reason:
    said = "{rule} and its day ({day}) have not been checked against the text; check them before acting on it."
    return reason("prohibition.unverified", said, rule=ban.rule, day=ban.in_force_on.isoformat())


def _rulings(
    library: Library, occasion: Occasion, substance: Substance, measured: Mapping[str, Amount]
) -> tuple[tuple[Ruling, ...], tuple[Ruling, ...]]:
    """What the law says, and what each standard says that is declared besides it.

    A declared standard that is not loaded is open, and not passed over. Where no law is asked about, the declared
    standards are the law of the occasion.
    """
    families = [f for f in library.families(occasion.market) if library.speaks_of(f, substance)]
    declared = [f for f in dict.fromkeys(occasion.declared) if f not in library.families(occasion.market)]
    promised = [f for f in declared if library.speaks_of(f, substance) or not library.editions_of(f)]
    if occasion.market == NO_MARKET:
        families, promised = promised, []
    law = _said(library, occasion, substance, measured, families)
    promises = _said(library, occasion, substance, measured, promised)
    if any(ruling.food is not None for ruling in law):
        promises = tuple(ruling for ruling in promises if not _is_unknown(ruling))
    return law or (_silence(occasion, substance, families),), promises


def _said(
    library: Library,
    occasion: Occasion,
    substance: Substance,
    measured: Mapping[str, Amount],
    families: Sequence[str],
) -> tuple[Ruling, ...]:
    """What every family says that speaks of the food."""
    said = (rule_by(library, occasion, substance, measured, family) for family in families)
    rulings = tuple(ruling for ruling in said if ruling is not None)
    if any(ruling.food is not None for ruling in rulings):
        # A bullfrog is no food of GB 2763: where another standard knows it, that one alone speaks.
        return tuple(r for r in rulings if r.food is not None or not _is_unknown(r))
    return rulings


def _silence(occasion: Occasion, substance: Substance, families: Sequence[str]) -> Ruling:
    """The ruling where no standard speaks: of the substance, or of the food."""
    if families:
        sentence = "{standard} does not speak of {food}."
        why = reason("food.not_in_standard", sentence, standard=", ".join(families), food=occasion.food)
    elif occasion.market == NO_MARKET:
        return Ruling("", Verdict.NO_LIMIT)
    else:
        sentence = "No standard of {market} that sets limits for {substance} is loaded."
        why = reason("limit.standard_not_loaded", sentence, market=occasion.market, substance=substance.name_zh)
    return Ruling("", Verdict.NOT_JUDGED, reasons=(why,))


def _is_unknown(ruling: Ruling) -> bool:
    return any(why.code == "food.unknown" for why in ruling.reasons)


def _decisive(library: Library, substance: Substance, rulings: Sequence[Ruling]) -> Ruling:
    """The word of the line: what fails, else what its own standard says, else what any says.

    A standard that only happens to name the substance (an insecticide that is a drug too) may add a failure, but what
    it leaves open does not take away what the standard made for such substances decides.
    """

    def weight(ruling: Ruling) -> tuple[int, int]:
        subjects = {s for e in library.editions_of(ruling.family) for s in e.subjects}
        own = substance.kind in subjects
        fails = ruling.verdict is Verdict.EXCEEDS
        if ruling.verdict is Verdict.NOT_JUDGED and own:
            return (1, 0)
        return (0 if fails else 1 + _WEIGHT[ruling.verdict], 0 if own else 1)

    return min(rulings, key=weight)


def _strictest(by_law: Ruling, promises: Sequence[Ruling]) -> Ruling:
    """The word of the law and of what was promised besides it.

    A failure by either fails, the law's named first. What is open by either is open. Where both are kept the lower
    limit decides, and where only one sets a limit, that one.
    """
    return min((by_law, *promises), key=lambda ruling: (_TOGETHER[ruling.verdict], _bound(ruling)))


def _bound(ruling: Ruling) -> Decimal:
    """The limit that a content was kept within, to be compared with that of another standard."""
    row = None if ruling.found is None else ruling.found.row
    if ruling.verdict is not Verdict.CONFORMS or row is None or row.value is None:
        return Decimal(0)
    return convert(row.value, row.unit, UnitCode.MG_PER_KG)


def _prohibitions(library: Library, occasion: Occasion, substance: Substance) -> Sequence[Prohibition]:
    """The rules of the home market that forbid the substance in the food on the day."""
    if occasion.market != HOME_MARKET:
        return ()
    home = home_food(library, occasion)
    if home is not None:
        return library.prohibitions_of(substance.code, home.food, occasion.basis_on)
    everywhere = (rule for rule in library.rules_for(substance.code) if covers(rule.foods, rule.except_foods, ""))
    return tuple(rule for rule in everywhere if rule_holds(rule, occasion.basis_on))


def _must_be_absent(substance: Substance, bans: Sequence[Prohibition], ruling: Ruling) -> bool:
    """Is there a prohibition and no limit beside it, so that absence is what is required?"""
    if not bans or (ruling.found is not None and ruling.found.row is not None):
        return False
    return substance.kind is not SubstanceKind.PESTICIDE or any(ban.kind in _LEAVES_NOTHING for ban in bans)


def _holds_at(rule: Prohibition, region: str) -> bool:
    """Does a local rule hold at a place? Where nobody knows the place, no local rule is held against it."""
    return bool(region) and is_within(region, rule.region)


def _detected(
    substance: Substance, definition: ResidueDefinition | None, measured: Mapping[str, Amount]
) -> frozenset[str]:
    """Which analytes that show the substance were detected: itself and the components of its residue."""
    shown_by = {substance.code}
    if definition is not None and definition.expressed_as == definition.substance:
        # Carbendazim does not prove thiophanate-methyl: only what is expressed as the substance stands for it.
        shown_by |= {part.substance for part in definition.components}
    return frozenset(code for code in shown_by if code in measured and is_detected(measured[code]))


def _verdict(limit_verdict: Verdict, required_absent: bool, suspected: bool, confirmed: bool) -> Verdict:
    if suspected and confirmed:
        return Verdict.PROHIBITED_DETECTED
    if suspected and limit_verdict is not Verdict.EXCEEDS:
        return Verdict.NOT_JUDGED
    if required_absent and limit_verdict is Verdict.NO_LIMIT:
        return Verdict.CONFORMS
    return limit_verdict


def _number_decides(library: Library, substance: Substance, ruling: Ruling, bans: Sequence[Prohibition]) -> bool:
    """Does a number decide although the substance is banned: an extraneous limit, or one for eggs in laying time?

    It does also before it can be compared with (a component is missing), and an extraneous limit also where it is not
    clear which one applies (the food is ambiguous): a trace of DDT condemns nothing until then.
    """
    row = None if ruling.found is None else ruling.found.row
    if row is None or row.value is None:
        return ruling.verdict is Verdict.NOT_JUDGED and library.has_extraneous_limit(substance.code)
    lay_period_only = all(ban.kind is ProhibitionKind.LAY_PERIOD_BAN for ban in bans)
    return row.kind is LimitKind.EMRL or lay_period_only


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
        ruling=replace(line.ruling, total=None, assessment=None),
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
    asked: set[str] = set()
    for code in measured:
        substance = library.substance(code)
        is_part = substance.kind is SubstanceKind.RESIDUE_COMPONENT
        asked |= set(library.owners_of(substance.code)) or {substance.code} if is_part else {substance.code}
    return tuple(sorted(asked))
