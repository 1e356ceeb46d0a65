"""The word that a page shows for a member of a closed list: a status, a kind, a role.

Most words are their own: `not_detected` reads “not detected”. Those that are not stand here, because the value is
no English that a reader knows, or because it means something else in another list; the latter by list and value.
"""

from collections.abc import Mapping
from types import MappingProxyType

from lims.core.reasons import mark

#: English words by value, or by list and value.
_WORDS: Mapping[str, str] = MappingProxyType(
    {
        # programmes, links of the chain, days and seals of a sampling sheet
        "routine": mark("routine monitoring"),
        "survey": mark("general survey"),
        "special": mark("special monitoring"),
        "supervision": mark("supervision sampling"),
        "emergency": mark("emergency monitoring"),
        "commissioned": mark("commissioned test"),
        "farm": mark("production base"),
        "storage": mark("collection, storage and transport"),
        "transport": mark("transport vehicle"),
        "online": mark("online shop"),
        "BasisKind.production": mark("day of production"),
        "harvest": mark("day of harvest"),
        "purchase": mark("day of purchase"),
        "slaughter": mark("day of slaughter"),
        "intact": mark("seal intact"),
        "broken": mark("seal broken"),
        "SealState.none": mark("not sealed"),
        # certificates
        "both": mark("CMA and CATL"),
        "only_cma": mark("CMA only"),
        "only_catl": mark("CATL only"),
        "DualStatus.none": mark("neither CMA nor CATL"),
        # worksheets and runs
        "EntryKind.duplicate": mark("duplicate portion"),
        "QcCheck.duplicate": mark("duplicate determinations"),
        "QcCheck.over_range": mark("calibrated range"),
        "WorksheetStatus.open": mark("awaiting its run"),
        "RunStatus.failed": mark("nothing calculated"),
        "InjectionType.standard": mark("standard solution"),
        "area": mark("peak area"),
        "height": mark("peak height"),
        "quantifier": mark("quantifier ion"),
        "qualifier": mark("qualifier ion"),
        "Weighting.1": mark("unweighted"),
        "Weighting.1/x2": mark("1/x²"),
        "ymd": mark("year, month, day"),
        "mdy": mark("month, day, year"),
        "dmy": mark("day, month, year"),
        "roc": mark("year of the Republic (from 1912), month, day"),
        "above": mark("above a bound"),
        # quality control and control charts
        "horrat": mark("repeatability (HorRat)"),
        "bracket": mark("brackets of check standards"),
        "drift": mark("drift over the sequence"),
        "carry_over": mark("carry-over"),
        "source_read": mark("text read"),
        "source_second_hand": mark("text read second-hand"),
        "source_recalled": mark("unverified: from memory"),
        "source_own": mark("the laboratory's own"),
        "in_minutes": mark("in minutes"),
        "in_percent_of_time": mark("in percent of the retention time"),
        "qualifier_over_quantifier": mark("qualifier over quantifier"),
        "quantifier_over_qualifier": mark("quantifier over qualifier"),
        "individuals": mark("single values and moving range"),
        "ChartKind.means": mark("means and ranges of runs"),
        "ewma": mark("moving average (EWMA)"),
        "cusum": mark("cumulative sums (CUSUM)"),
        "all_points": mark("from all points"),
        "moving_range": mark("from the moving range"),
        "westgard": mark("rules of Westgard"),
        "nelson": mark("rules of Nelson"),
        "westgard_1_2s": mark("1-2s: one point beyond 2 s"),
        "westgard_1_3s": mark("1-3s: one point beyond 3 s"),
        "westgard_2_2s": mark("2-2s: two in a row beyond the same 2 s"),
        "westgard_r_4s": mark("R-4s: two of a run more than 4 s apart"),
        "westgard_4_1s": mark("4-1s: four in a row beyond the same 1 s"),
        "westgard_10x": mark("10x: ten in a row on one side of the centre"),
        "nelson_1": mark("Nelson 1: one point beyond 3 s"),
        "nelson_2": mark("Nelson 2: nine in a row on one side of the centre"),
        "nelson_3": mark("Nelson 3: six in a row rising or falling"),
        "nelson_4": mark("Nelson 4: fourteen in a row up and down"),
        "nelson_5": mark("Nelson 5: two of three beyond the same 2 s"),
        "nelson_6": mark("Nelson 6: four of five beyond the same 1 s"),
        "nelson_7": mark("Nelson 7: fifteen in a row within 1 s"),
        "nelson_8": mark("Nelson 8: eight in a row outside 1 s, on both sides"),
        "nc_open": mark("to be evaluated"),
        "nc_evaluated": mark("evaluated, in hand"),
        "nc_closed": mark("closed"),
        "nc_control_chart": mark("a control chart"),
        "nc_run": mark("a run"),
        "nc_other": mark("a person"),
        "nc_minor": mark("minor: no result is affected"),
        "nc_major": mark("major: work stops until it is mended"),
        "nc_results_affected": mark("results that were given may be wrong"),
        "look_failed": mark("did not pass"),
        "look_not_evaluated": mark("not evaluated"),
        "look_near": mark("near the limit"),
        "look_by_hand": mark("integrated by hand"),
        "look_over_range": mark("above the range"),
        "qc_accepted": mark("accepted with a reservation"),
        "qc_rejected": mark("rejected: run again"),
        "qc_repeat": mark("dilute or repeat"),
        "Weight.out": mark("out of control"),
        "ChartState.no_limits": mark("limits not set"),
        # limits, editions and how they are judged by
        "add_u": mark("value plus its expanded uncertainty"),
        "sante_50": mark("value less 50 % (EU)"),
        "Coverage.compiled": mark("taken from a compilation"),
        "LimitKind.default": mark("uniform limit"),
        "LimitKind.must_not_detect": mark("must not be found"),
        "Acceptance.accepted": mark("would be accepted"),
        "Acceptance.refused": mark("would be refused"),
        "Acceptance.undecided": mark("cannot be said"),
        "too_much": mark("above the limit"),
        "must_be_absent": mark("found where nothing may be found"),
        "loq_too_high": mark("limit of quantification too high"),
        "components_missing": mark("parts of the residue not measured"),
        "Obstacle.not_verified": mark("results not verified yet"),
        "further_test": mark("a further test is needed"),
        "Obstacle.not_loaded": mark("limits not loaded"),
        "food_unclear": mark("food not clear"),
        "Obstacle.else": mark("another reason"),
        "law": mark("by law"),
        "StandardKind.declared": mark("whoever declares it"),
        "Form.any": mark("any form"),
        "DraftState.draft": mark("awaiting release"),
        "sum_loq_unfit": mark("limits of quantification too high for the sum"),
        "screened": mark("screened by a total"),
        "food_unconfirmed": mark("place of the food not confirmed"),
        "source_unverified": mark("source not verified"),
        "below": mark("below a bound"),
        "CellStatus.flagged": mark("flagged by the instrument"),
        # results and judgements
        "ResultOrigin.run": mark("from a run"),
        "hand": mark("entered by hand"),
        "below_loq": mark("below LOQ"),
        "simple": mark("simple acceptance"),
        "subtract_u": mark("uncertainty subtracted"),
        "full_value": mark("full value compared"),
        "rounded_value": mark("rounded value compared"),
        "prohibited_detected": mark("prohibited substance detected"),
        # the library
        "mrl": mark("maximum residue limit"),
        "temporary_mrl": mark("temporary limit"),
        "emrl": mark("extraneous residue limit"),
        "LimitKind.unreadable": mark("limit not readable"),
        "Basis.fat": mark("in fat"),
        "FoodLevel.group": mark("food group"),
        "Coverage.complete": mark("every limit loaded"),
        "Coverage.partial": mark("some limits loaded"),
        "DefinitionState.not_read": mark("definition not read"),
        "national_ban": mark("national ban"),
        "local_use_ban": mark("ban of use in some places"),
        "DateIs.printed": mark("as printed"),
        "no_later_than": mark("or earlier"),
        "cited_undated": mark("cited without a year"),
        "Citation.published": mark("published edition"),
        # targets of the network
        "batches_per_thousand": mark("batches per thousand residents"),
        "dual_accreditation_rate": mark("dual accreditation rate"),
        "parameters_province": mark("accredited parameters of the province"),
        "parameters_prefecture": mark("accredited parameters of a prefecture"),
        "parameters_county": mark("accredited parameters of a county"),
        "TargetKind.other": mark("reported by hand"),
        # people and the installation
        "AuthorisationKind.method": mark("test method"),
        "signatory": mark("report signatory"),
        "Environment.development": mark("trial, without legal effect"),
        "Environment.production": mark("in service"),
        "auto": mark("as the system"),
    }
)


def word(value: object) -> str:
    """The English word of a member of a closed list, or of its plain value; the message id of its translation."""
    return word_in(type(value).__name__, str(value))


def word_in(listed_in: str, value: str) -> str:
    """As `word`, for the name of a list and a value of it."""
    return _WORDS.get(f"{listed_in}.{value}") or _WORDS.get(value) or value.replace("_", " ")


def particular_words() -> Mapping[str, str]:
    """The words that differ from their values, by value, or by list and value."""
    return _WORDS
