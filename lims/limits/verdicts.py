"""What a judgement is made of (判定用语): occasion, what each standard says, line of a parameter, sample."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from lims.core.reasons import Reason
from lims.library.facts import (
    HOME_MARKET,
    Basis,
    Form,
    Prohibition,
    ResidueDefinition,
    Screening,
    Standard,
    Substance,
)
from lims.library.food_tree import FoodFound
from lims.limits.search import Found
from lims.samples.rules import BasisKind
from lims.science.conformity import Assessment, Comparison, DecisionRule
from lims.science.residues import ResidueSum


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


class Flag(StrEnum):
    """What stands beside the verdicts (判定标记): it names parameters, and changes no verdict."""

    BANNED_DETECTED = "banned_detected"
    LOCAL_USE_VIOLATION = "local_use_violation"
    SUM_LOQ_UNFIT = "sum_loq_unfit"
    SCREENED = "screened"
    FOOD_UNCONFIRMED = "food_unconfirmed"
    SOURCE_UNVERIFIED = "source_unverified"


#: How a market's authorities decide where nothing else is agreed; simple acceptance elsewhere.
#: EU: the default expanded uncertainty of 50 % is subtracted (SANTE/11312, method validation and quality control).
MARKET_RULES = {"EU": DecisionRule.SANTE_50}
#: In place of a market: only the declared standards are asked, no law.
NO_MARKET = ""


@dataclass(frozen=True, slots=True)
class Occasion:
    """What is judged, and by the law of which day and place.

    `food` is a path of the food tree, or a name that stands for exactly one food. The edition in force on `basis_on`
    decides, the day of production, harvest, purchase or slaughter: not the day of the test or the report.
    `region` is the six-digit code of the origin, empty when not known. `species` and `tissue` name an animal food
    where its name does not. `rule` None: as the market decides; `comparison` None: as the edition says. `declared` are
    the families of standards that the sample claims to meet besides the law.
    """

    food: str
    basis_on: date
    basis_kind: BasisKind
    region: str = ""
    basis: Basis = Basis.AS_RECEIVED
    rule: DecisionRule | None = None
    comparison: Comparison | None = None
    market: str = HOME_MARKET
    species: str = ""
    tissue: str = ""
    form: Form = Form.ANY
    declared: tuple[str, ...] = ()

    def comparison_by(self, edition: Standard) -> Comparison:
        """The way of comparing that was agreed, else that of the edition."""
        return self.comparison or edition.comparison

    @property
    def decision_rule(self) -> DecisionRule:
        """The rule that was agreed, else that of the market."""
        return self.rule or MARKET_RULES.get(self.market, DecisionRule.SIMPLE)


@dataclass(frozen=True, slots=True)
class Ruling:
    """What one family of standards says of a parameter by its limits alone.

    `verdict` is CONFORMS, EXCEEDS, NO_LIMIT or NOT_JUDGED; `reasons` say why nothing could be judged, `reservations`
    with what restriction the verdict stands. `screening` is set where a total was held against the parameter's limit.
    """

    family: str
    verdict: Verdict
    edition: Standard | None = None
    food: FoodFound | None = None
    path: tuple[str, ...] = ()
    found: Found | None = None
    definition: ResidueDefinition | None = None
    total: ResidueSum | None = None
    assessment: Assessment | None = None
    screening: Screening | None = None
    reasons: tuple[Reason, ...] = ()
    reservations: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """The judgement of one parameter with everything that led to it.

    `verdict` is the line's own word; `limit_verdict` what the limit alone says. `ruling` is that of the standard that
    decided, `others` what further standards say. `reasons` say why nothing could be judged; `reservations` with what
    restriction the verdict stands.
    """

    parameter: Substance
    verdict: Verdict
    limit_verdict: Verdict
    banned_detected: bool
    local_use_violation: bool
    occasion: Occasion
    ruling: Ruling
    others: tuple[Ruling, ...]
    bans: tuple[Prohibition, ...]
    local_rules: tuple[Prohibition, ...]
    reasons: tuple[Reason, ...]
    reservations: tuple[Reason, ...]

    @property
    def is_by_promise(self) -> bool:
        """Did a standard decide that the sample claims to meet, and not the law?"""
        return self.ruling.family in self.occasion.declared

    @property
    def food(self) -> FoodFound | None:
        """The food that the deciding standard knows it as."""
        return self.ruling.food

    @property
    def path(self) -> tuple[str, ...]:
        """The names from that food up to the top of its tree."""
        return self.ruling.path

    @property
    def edition(self) -> Standard | None:
        """The edition that decided."""
        return self.ruling.edition

    @property
    def found(self) -> Found | None:
        """The search for the limit that decided."""
        return self.ruling.found

    @property
    def definition(self) -> ResidueDefinition | None:
        """What counted as residue."""
        return self.ruling.definition

    @property
    def total(self) -> ResidueSum | None:
        """The residue that was formed."""
        return self.ruling.total

    @property
    def assessment(self) -> Assessment | None:
        """The comparison of residue and limit."""
        return self.ruling.assessment

    @property
    def flags(self) -> tuple[Flag, ...]:
        """What stands beside the verdict."""
        codes = {why.code for why in self.reservations}
        told = {
            Flag.BANNED_DETECTED: self.banned_detected,
            Flag.LOCAL_USE_VIOLATION: self.local_use_violation,
            Flag.SUM_LOQ_UNFIT: "conformity.loq_unfit_for_sum" in codes,
            Flag.SCREENED: self.ruling.screening is not None,
            Flag.FOOD_UNCONFIRMED: bool(codes & {"limit.group_unconfirmed", "food.linked"}),
            Flag.SOURCE_UNVERIFIED: bool(
                codes & {"edition.date_unverified", "limit.compiled", "prohibition.unverified"}
            ),
        }
        return tuple(flag for flag, holds in told.items() if holds)


@dataclass(frozen=True, slots=True)
class SampleJudgement:
    """The judgement of a sample: its word, and its lines."""

    overall: Overall
    lines: tuple[Line, ...]

    @property
    def without_limit(self) -> tuple[str, ...]:
        """Parameters for which there is no limit: the word of the sample does not speak of them."""
        return tuple(line.parameter.code for line in self.lines if line.verdict is Verdict.NO_LIMIT)

    @property
    def flags(self) -> tuple[Flag, ...]:
        """Every flag of a line."""
        raised = {flag for line in self.lines for flag in line.flags}
        return tuple(flag for flag in Flag if flag in raised)
