"""Writes what an LC-MS/MS would have exported: a MassHunter wide batch table from known concentrations.

The peaks are invented: an area is slope · concentration · internal-standard response, with the scatter a good
instrument has, drawn from a seeded generator. The same call gives the same bytes.
"""

import csv
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from io import StringIO
from zlib import crc32

#: From one injection to the next.
_CYCLE = timedelta(minutes=14)
_INTERNAL_STANDARD_AREA = 480_000
#: Repeatability of area ratios on a maintained triple quadrupole, and of the internal standard's area.
_SCATTER, _INTERNAL_SCATTER = 0.012, 0.04
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


@dataclass(frozen=True, slots=True)
class _Chemistry:
    """How a compound behaves on the instrument; drawn from its name, so always the same."""

    retention_min: float
    response: float
    qualifier_ratio: float
    precursor: float
    product: float
    qualifier: float

    @classmethod
    def of(cls, compound: str) -> "_Chemistry":
        draw = random.Random(crc32(compound.encode()))  # noqa: S311 - invented peaks, nothing secret
        precursor = draw.randint(1900, 4600) / 10
        return cls(
            retention_min=draw.uniform(1.6, 11.5),
            response=draw.uniform(0.012, 0.06),
            qualifier_ratio=draw.uniform(18, 75),
            precursor=precursor,
            product=round(precursor * draw.uniform(0.5, 0.8), 1),
            qualifier=round(precursor * draw.uniform(0.25, 0.48), 1),
        )


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
    for injection in injections:
        if unknown := injection.concentrations.keys() - set(compounds):
            raise ValueError(f"no column for {sorted(unknown)}")
    scatter = random.Random(seed)  # noqa: S311 - invented peaks, nothing secret
    chemistry = {compound: _Chemistry.of(compound) for compound in compounds}
    sink = StringIO()
    writer = csv.writer(sink, lineterminator="\r\n")
    groups, names = _headings(compounds, chemistry, internal_standard)
    writer.writerow(groups)
    writer.writerow(names)
    cycle = _cycle(started_at, len(injections))
    for order, injection in enumerate(injections):
        acquired_at = started_at + order * cycle
        writer.writerow(_row(injection, order, acquired_at, chemistry, scatter))
    return b"\xef\xbb\xbf" + sink.getvalue().encode()


def _cycle(started_at: datetime, injections: int) -> timedelta:
    """The time of an injection. A sequence that begins late in the day is quicker, so that none is of tomorrow."""
    midnight = started_at.replace(hour=23, minute=59, second=0, microsecond=0)
    return max(min(_CYCLE, (midnight - started_at) / max(injections, 1)), timedelta(0))


def _headings(
    compounds: Sequence[str], chemistry: Mapping[str, _Chemistry], internal_standard: str
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
    chemistry: Mapping[str, _Chemistry],
    scatter: random.Random,
) -> list[str]:
    has_internal_standard = injection.type != "DoubleBlank"
    internal_area = round(_INTERNAL_STANDARD_AREA * scatter.gauss(1, _INTERNAL_SCATTER)) if has_internal_standard else 0
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
        row += _peak(injection, compound, ions, internal_area, scatter)
    row += [f"{scatter.gauss(6.82, 0.006):.3f}", str(internal_area)] if has_internal_standard else ["", ""]
    return row


def _peak(
    injection: PlannedInjection, compound: str, ions: _Chemistry, internal_area: int, scatter: random.Random
) -> list[str]:
    expected = "" if injection.expected is None else format(injection.expected, "f")
    method = [f"{ions.retention_min:.3f}", expected]
    concentration = float(injection.concentrations.get(compound, Decimal(0)))
    if concentration == 0 or internal_area == 0:
        return [*method, *[""] * (len(_RESULT_COLUMNS) + 3)]
    retention = scatter.gauss(ions.retention_min, 0.006)
    area = max(1, round(internal_area * ions.response * concentration * scatter.gauss(1, _SCATTER)))
    ratio = area / internal_area
    # The vendor's own concentration, from its own (here: the true) curve; shown beside ours, never used.
    calculated = ratio / ions.response
    accuracy = "" if injection.expected is None else f"{100 * calculated / float(injection.expected):.1f}"
    qualifier_ratio = ions.qualifier_ratio * scatter.gauss(1, 0.03)
    return [
        *method,
        f"{retention:.3f}",
        str(area),
        str(round(area * 0.36)),
        f"{max(3.2, area / 95):.1f}",
        "FALSE",
        f"{ratio:.4f}",
        f"{calculated:.4f}",
        f"{calculated * float(injection.dilution):.4f}",
        accuracy,
        f"{scatter.gauss(retention, 0.002):.3f}",
        str(round(area * qualifier_ratio / 100)),
        f"{qualifier_ratio:.1f}",
    ]
