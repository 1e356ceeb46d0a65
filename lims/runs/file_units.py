"""The unit of the concentrations in a file: what the file states goes before what the import profile says."""

from collections.abc import Iterator
from functools import lru_cache

from lims.core.errors import BadInput
from lims.core.reasons import Reason, Where, reason
from lims.runs.profile import ImportProfile
from lims.runs.records import Batch, Figure, Trace
from lims.science.units import UnitCode, UnitKind, parse_unit

#: Figures that are concentrations in a solution.
CONCENTRATIONS = (
    Figure.NOMINAL_CONCENTRATION,
    Figure.UNDILUTED_CONCENTRATION,
    Figure.FINAL_CONCENTRATION,
)


def unit_of(trace: Trace, profile: ImportProfile) -> UnitCode | None:
    """The unit of a trace's concentrations, or None where neither file nor profile says one that is known.

    A unit of the file whose meaning depends on what is measured (ppb) is for a person to say: then the profile counts.
    """
    return known_unit(trace.unit) or known_unit(profile.concentration_unit)


@lru_cache(maxsize=1024)
def known_unit(text: str) -> UnitCode | None:
    """The code of a unit of a concentration in a solution, however it is written; None for any other text."""
    if not text:
        return None
    try:
        unit = parse_unit(text)
    except BadInput:
        return None
    return unit if unit.kind is UnitKind.MASS_CONCENTRATION else None


def unit_faults(text: str) -> list[Reason]:
    """What is wrong with the unit of an import profile; one left empty is not."""
    if not text:
        return []
    try:
        unit = parse_unit(text, at=Where(field="concentration_unit"))
    except BadInput as unknown:
        return list(unknown.reasons)
    if unit.kind is UnitKind.MASS_CONCENTRATION:
        return []
    return [
        reason(
            "run.unit_wrong",
            "{unit} is no unit of a concentration in a solution; set for example μg/L in the import profile.",
            at=Where(field="concentration_unit"),
            unit=unit.value,
        )
    ]


def unit_missing(batch: Batch, profile: ImportProfile) -> list[Reason]:
    """Asks for the unit where the file has concentrations and neither file nor profile says in which unit."""
    unitless = (trace for trace in _traces(batch) if unit_of(trace, profile) is None)
    without = next((trace for trace in unitless if _has_concentration(trace)), None)
    if without is None:
        return []
    if without.unit:
        said = (
            "The file gives the concentrations of {compound} in “{unit}”, which does not say what it is a part of; set"
            " their unit in the import profile."
        )
    else:
        said = "The file does not state the unit of its concentrations ({compound}); set it in the import profile."
    at = Where(field="concentration_unit")
    return [reason("run.unit_missing", said, at=at, compound=without.compound, unit=without.unit)]


def unit_differences(batch: Batch, profile: ImportProfile) -> list[Reason]:
    """Where the file states another unit than the profile: each pair once. What the file states counts."""
    chosen = known_unit(profile.concentration_unit)
    if chosen is None:
        return []
    compounds: dict[str, dict[str, None]] = {}
    for trace in _traces(batch):
        if trace.unit and known_unit(trace.unit) is not chosen and _has_concentration(trace):
            compounds.setdefault(trace.unit, {}).setdefault(trace.compound)
    return [_difference(unit, list(names), profile.concentration_unit) for unit, names in compounds.items()]


def _difference(unit: str, names: list[str], chosen: str) -> Reason:
    shown = ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
    if known_unit(unit) is None:
        said = (
            "The file writes “{written}” for {compounds}, which is no unit that is known here; the import profile's"
            " {chosen} counts."
        )
    else:
        said = (
            "The file states {written} for {compounds}, the import profile says {chosen}; what the file states counts."
        )
    return reason("run.unit_differs", said, written=unit, compounds=shown, chosen=chosen)


def _traces(batch: Batch) -> Iterator[Trace]:
    return (trace for injection in batch.injections for trace in injection.traces)


def _has_concentration(trace: Trace) -> bool:
    return any((cell := trace.value(figure)) and cell.number is not None for figure in CONCENTRATIONS)
