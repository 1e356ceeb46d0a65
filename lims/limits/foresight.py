"""What the limits will say of results that nobody has verified yet: for the eyes of the verifier, nothing is kept."""

from collections.abc import Mapping

from lims.core.errors import LimsError
from lims.library.rules import Library
from lims.limits.rules import judge_parameter
from lims.limits.service import occasion_of
from lims.limits.verdicts import Verdict
from lims.results.review import Foreseen
from lims.samples.tables import Sample
from lims.science.amounts import Amount
from lims.science.units import UnitCode, convert


def foresee(library: Library, sample: Sample, parameter: str, measured: Mapping[str, Amount]) -> Foreseen:
    """The limit of a parameter and whether what was found exceeds it or is banned; empty where nothing can be said."""
    try:
        line = judge_parameter(library, occasion_of(library, sample), parameter, measured)
    except LimsError:
        return Foreseen()
    row = None if line.found is None else line.found.row
    limit = None if row is None or row.value is None else convert(row.value, row.unit, UnitCode.MG_PER_KG)
    return Foreseen(
        limit,
        None if line.total is None else convert(line.total.lower, line.total.unit, UnitCode.MG_PER_KG),
        line.limit_verdict is Verdict.EXCEEDS,
        line.banned_detected,
    )
