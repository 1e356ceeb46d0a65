"""Writes what an LC-MS/MS would have exported: a MassHunter wide batch table from known concentrations.

The peaks are invented (`lims.demo.peaks`). The same call gives the same bytes.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from io import StringIO

from lims.demo.peaks import Chemistry, Draws, cycle_of

_INTERNAL_STANDARD_AREA = 480_000
_INTERNAL_STANDARD_TIME_MIN = 6.82
_RESULT_COLUMNS = ("RT", "Area", "Height", "S/N", "MI", "ISTD Resp. Ratio", "Calc. Conc.", "Final Conc.", "Accuracy")


@dataclass(frozen=True, slots=True)
class PlannedInjection:
    """One injection to write.

    `type` is the vendor's word (Sample, Cal, QC, Blank, DoubleBlank); `expected` the nominal concentration of a
    standard in µg/L; `concentrations` what is really in the vial, by compound, in µg/L (absent = nothing there).
    """

    name: str
    type: str
    level: str = ""
    expected: Decimal | None = None
    concentrations: Mapping[str, Decimal] = field(default_factory=dict)
    dilution: Decimal = Decimal(1)


def masshunter_table(
    injections: Sequence[PlannedInjection],
    compounds: Sequence[str],
    started_at: datetime,
    *,
    internal_standard: str = "Triphenyl phosphate (ISTD)",
    seed: int = 2026,
) -> bytes:
    """The batch table as csv in UTF-8 with byte order mark and CRLF, as a Chinese-language computer writes it.

    `started_at` is written as local time, year first; all injections are of its day. Concentrations of compounds not
    in `compounds` are refused.
    """
    refuse_unknown(injections, compounds)
    draws = Draws(seed)
    chemistry = {compound: Chemistry.of(compound) for compound in compounds}
    sink = StringIO()
    writer = csv.writer(sink, lineterminator="\r\n")
    groups, names = _headings(compounds, chemistry, internal_standard)
    writer.writerow(groups)
    writer.writerow(names)
    cycle = cycle_of(started_at, len(injections))
    for order, injection in enumerate(injections):
        acquired_at = started_at + order * cycle
        writer.writerow(_row(injection, order, acquired_at, chemistry, draws))
    return b"\xef\xbb\xbf" + sink.getvalue().encode()


def refuse_unknown(injections: Sequence[PlannedInjection], compounds: Sequence[str]) -> None:
    """Raises ValueError for what is planned to be in a vial and would stand nowhere in the table."""
    for injection in injections:
        if unknown := injection.concentrations.keys() - set(compounds):
            raise ValueError(f"no column for {sorted(unknown)}")


def _headings(
    compounds: Sequence[str], chemistry: Mapping[str, Chemistry], internal_standard: str
) -> tuple[list[str], list[str]]:
    sample = ["", "", "Name", "Data File", "Type", "Level", "Acq. Date-Time", "Pos.", "Dil."]
    groups, names = ["Sample", *[""] * (len(sample) - 1)], list(sample)
    for compound in compounds:
        ions = chemistry[compound]
        groups += [f"{compound} Method", "", f"{compound} Results", *[""] * (len(_RESULT_COLUMNS) - 1)]
        names += ["RT", "Exp. Conc.", *_RESULT_COLUMNS]
        groups += [f"Qualifier ({ions.precursor} -> {ions.qualifier}) Results", "", ""]
        names += ["RT", "Area", "Ratio"]
    groups += [f"{internal_standard} Results", ""]
    names += ["RT", "Area"]
    return groups, names


def _row(
    injection: PlannedInjection,
    order: int,
    acquired_at: datetime,
    chemistry: Mapping[str, Chemistry],
    draws: Draws,
) -> list[str]:
    has_internal_standard = injection.type != "DoubleBlank"
    internal_area = draws.internal_area(_INTERNAL_STANDARD_AREA) if has_internal_standard else 0
    row = [
        "",
        "",
        injection.name,
        f"{injection.name}.d",
        injection.type,
        injection.level,
        f"{acquired_at:%Y/%m/%d %H:%M}",
        f"P1-{'ABCDEFGH'[order // 12 % 8]}{order % 12 + 1}",
        format(injection.dilution, "f"),
    ]
    for compound, ions in chemistry.items():
        row += _peak(injection, compound, ions, internal_area, draws)
    row += [f"{draws.time(_INTERNAL_STANDARD_TIME_MIN):.3f}", str(internal_area)] if has_internal_standard else ["", ""]
    return row


def _peak(injection: PlannedInjection, compound: str, ions: Chemistry, internal_area: int, draws: Draws) -> list[str]:
    expected = "" if injection.expected is None else format(injection.expected, "f")
    method = [f"{ions.retention_min:.3f}", expected]
    peak = draws.peak(ions, float(injection.concentrations.get(compound, Decimal(0))), internal_area)
    if peak is None:
        return [*method, *[""] * (len(_RESULT_COLUMNS) + 3)]
    accuracy = "" if injection.expected is None else f"{100 * peak.concentration / float(injection.expected):.1f}"
    return [
        *method,
        f"{peak.retention_min:.3f}",
        str(peak.area),
        str(peak.height),
        f"{peak.signal_to_noise:.1f}",
        "FALSE",
        f"{peak.ratio:.4f}",
        f"{peak.concentration:.4f}",
        f"{peak.concentration * float(injection.dilution):.4f}",
        accuracy,
        f"{peak.qualifier_retention_min:.3f}",
        str(peak.qualifier_area),
        f"{peak.qualifier_ratio:.1f}",
    ]
