"""Writes what another LC-MS/MS would have exported: a TraceFinder result table, a row for each peak of a compound.

Only columns that the reader or a person looks at are written. The peaks are invented (`lims.demo.peaks`). The same
call gives the same bytes.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from io import StringIO

from lims.demo.instrument_export import PlannedInjection, refuse_unknown
from lims.demo.peaks import Chemistry, Draws, Peak, cycle_of

_INTERNAL_STANDARD_AREA = 6_200_000
_INTERNAL_STANDARD_TIME_MIN = 5.94
_INTERNAL_STANDARD_ION = 77.1
#: The column of this instrument is shorter: everything elutes earlier.
_EARLIER = 0.87
#: TraceFinder's words for what an injection is for, by MassHunter's.
_TYPES = {"Cal": "Cal Std", "Sample": "Unknown", "QC": "QC", "Blank": "Matrix Blank", "DoubleBlank": "Solvent"}
_HEADINGS = (
    *("Compound", "RT", "Type", "Filename", "Batch Order", "Peak Label", "Sample Type", "Level", "Sample Name"),
    *("Vial Position", "Acquisition Date", "Dilution Factor", "Height", "Area", "Actual RT", "RT Delta"),
    *("Calculated Amt", "Theoretical Amt", "Final Units", "m/z (Expected)", "Response Ratio", "ISTD Amt"),
    *("ISTD Response", "ISTD", "Integration Mode", "Excluded", "%Diff", "S/N", "Ion Ratio", "Flag Details"),
)
_NONE, _NOT_FOUND = "N/A", "N/F"


@dataclass(frozen=True, slots=True)
class _Injected:
    """An injection with its peaks by compound; no peak where the compound was not found."""

    plan: PlannedInjection
    order: int
    acquired_at: datetime
    internal_area: int
    internal_time_min: float
    peaks: Mapping[str, Peak | None]


def tracefinder_table(
    injections: Sequence[PlannedInjection],
    compounds: Sequence[str],
    started_at: datetime,
    *,
    internal_standard: str = "Triphenyl phosphate",
    seed: int = 2026,
) -> bytes:
    """The result table of a batch as csv in UTF-8 with byte order mark and CRLF; concentrations in ng/mL.

    `started_at` is written as local time, year first; all injections are of its day. Concentrations of compounds not
    in `compounds` are refused.
    """
    refuse_unknown(injections, compounds)
    chemistry = {compound: _here(compound) for compound in compounds}
    injected = list(_injected(injections, chemistry, started_at, Draws(seed)))
    sink = StringIO()
    writer = csv.DictWriter(sink, _HEADINGS, restval="", lineterminator="\r\n")
    writer.writeheader()
    for compound, ions in chemistry.items():
        for one in injected:
            writer.writerow(_quantifier(one, compound, ions, internal_standard))
            writer.writerow(_qualifier(one, compound, ions, internal_standard))
    writer.writerows(_of_internal_standard(one, internal_standard) for one in injected)
    return b"\xef\xbb\xbf" + sink.getvalue().encode()


def _here(compound: str) -> Chemistry:
    ions = Chemistry.of(compound)
    return replace(ions, retention_min=ions.retention_min * _EARLIER)


def _injected(
    injections: Sequence[PlannedInjection], chemistry: Mapping[str, Chemistry], started_at: datetime, draws: Draws
) -> Iterator[_Injected]:
    cycle = cycle_of(started_at, len(injections))
    for order, plan in enumerate(injections):
        area = 0 if plan.type == "DoubleBlank" else draws.internal_area(_INTERNAL_STANDARD_AREA)
        in_vial = {compound: float(plan.concentrations.get(compound, Decimal(0))) for compound in chemistry}
        peaks = {compound: draws.peak(ions, in_vial[compound], area) for compound, ions in chemistry.items()}
        time = draws.time(_INTERNAL_STANDARD_TIME_MIN)
        yield _Injected(plan, order, started_at + order * cycle, area, time, peaks)


def _about(one: _Injected) -> dict[str, str]:
    """What every row says of its injection."""
    return {
        "Filename": one.plan.name,
        "Batch Order": str(one.order + 1),
        "Sample Type": _TYPES[one.plan.type],
        "Level": one.plan.level or _NONE,
        "Sample Name": one.plan.name,
        "Vial Position": f"{'RGBY'[one.order // 40 % 4]}:{'ABCDE'[one.order // 8 % 5]}{one.order % 8 + 1}",
        "Acquisition Date": f"{one.acquired_at:%Y/%m/%d %H:%M:%S}",
        "Dilution Factor": format(one.plan.dilution, "f"),
        "Integration Mode": "Method",
        "Excluded": "False",
        "Final Units": "ng/mL",
    }


def _quantifier(one: _Injected, compound: str, ions: Chemistry, internal_standard: str) -> dict[str, str]:
    peak, expected = one.peaks[compound], one.plan.expected
    row = {
        **_about(one),
        **_target(compound, ions, internal_standard),
        "Peak Label": "T1",
        "m/z (Expected)": f"{ions.product:.1f}",
        "Theoretical Amt": _NONE if expected is None else format(expected, "f"),
        "ISTD Amt": "100" if one.internal_area else _NONE,
        "ISTD Response": str(one.internal_area) if one.internal_area else _NOT_FOUND,
    }
    if peak is None:
        return row | dict.fromkeys(("Height", "Area", "Actual RT", "Calculated Amt", "Response Ratio"), _NOT_FOUND)
    found = peak.concentration * float(one.plan.dilution)
    return row | {
        "Height": str(peak.height),
        "Area": str(peak.area),
        "Actual RT": f"{peak.retention_min:.2f}",
        "RT Delta": f"{peak.retention_min - ions.retention_min:.2f}",
        "Calculated Amt": f"{found:.3f}",
        "Response Ratio": f"{peak.ratio:.5f}",
        "%Diff": _NONE if expected is None else f"{100 * found / float(expected) - 100:.2f}",
        "S/N": f"{peak.signal_to_noise:.2f}",
        "Ion Ratio": f"{peak.qualifier_ratio:.2f}",
    }


def _qualifier(one: _Injected, compound: str, ions: Chemistry, internal_standard: str) -> dict[str, str]:
    peak = one.peaks[compound]
    row = {
        **_about(one),
        **_target(compound, ions, internal_standard),
        "Peak Label": "T2",
        "m/z (Expected)": f"{ions.qualifier:.1f}",
        "Theoretical Amt": _NONE,
        "Calculated Amt": _NONE,
        "ISTD Amt": _NONE,
        "ISTD Response": _NONE,
    }
    if peak is None:
        return row | dict.fromkeys(("Height", "Area", "Actual RT"), _NOT_FOUND)
    return row | {
        "Area": str(peak.qualifier_area),
        "Height": str(round(peak.qualifier_area * peak.height / peak.area)),
        "Actual RT": f"{peak.qualifier_retention_min:.2f}",
    }


def _of_internal_standard(one: _Injected, internal_standard: str) -> dict[str, str]:
    found = {"Area": str(one.internal_area), "Actual RT": f"{one.internal_time_min:.2f}"}
    return {
        **_about(one),
        "Compound": internal_standard,
        "RT": f"{_INTERNAL_STANDARD_TIME_MIN:.2f}",
        "Type": "Internal Standard",
        "Peak Label": "T1",
        "m/z (Expected)": f"{_INTERNAL_STANDARD_ION:.1f}",
        **(found if one.internal_area else dict.fromkeys(found, _NOT_FOUND)),
    }


def _target(compound: str, ions: Chemistry, internal_standard: str) -> dict[str, str]:
    return {
        "Compound": compound,
        "RT": f"{ions.retention_min:.2f}",
        "Type": "Target Compound",
        "ISTD": internal_standard,
    }
