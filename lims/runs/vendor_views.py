"""Readings of a run beside those of the vendor's program, as pages show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlmodel import Session, col, select

from lims.core.errors import LimsError
from lims.runs import page_queries
from lims.runs.curves import Curve, NameOf
from lims.runs.kept_brackets import KeptBracket
from lims.runs.rules import EntryKind
from lims.runs.run_lists import calibration_address, row_address
from lims.runs.tables import Calibration, Measurement, Run, Signal, WorksheetEntry
from lims.runs.vendor import Compared, compared
from lims.science.internal_standard import response_ratio
from lims.science.rounding import plain, round_to_places
from lims.science.units import convert, parse_unit


@dataclass(frozen=True, slots=True)
class ReadLine:
    """One reading: ours with its uncertainty, that of the vendor's program if the file has one, and the difference.

    `bracket` is what ours was read from, where the method brackets.
    """

    label: str
    name: str
    address: str
    unit: str
    ours: Decimal | None
    theirs: Decimal | None
    compared: Compared | None
    uncertainty: Decimal | None = None
    bracket: KeptBracket | None = None

    @property
    def difference(self) -> str:
        """The difference in percent as it is read: −0.7."""
        found = None if self.compared is None else self.compared.difference_percent
        return "" if found is None else plain(round_to_places(found, 1))

    @property
    def is_far(self) -> bool:
        """Whether the two are far apart."""
        return self.compared is not None and self.compared.is_far


def read_lines(
    session: Session, run: Run, curve: Curve, injected: Sequence[tuple[Signal, WorksheetEntry]]
) -> list[ReadLine]:
    """Every injection in which the analyte was found, by us or by the vendor's program."""
    name, amounts = curve.standard_of(run.profile), curve.standard_concentrations
    between = {} if curve.brackets is None else {one.key: one for one in curve.brackets.readings}
    standards = {}
    if name is not None:
        standards = {s.injection_key: s.response for s, _ in page_queries.sequence_of(session, run.id, name)}
    lines = []
    for signal, entry in injected:
        theirs = _theirs(signal.vendor_concentration, signal.vendor_unit, curve.unit)
        response = signal.response
        if response is not None and name is not None:
            response = _ratio(response, standards.get(signal.injection_key), amounts, signal.injection_key)
        read, bracket = None, None
        if curve.brackets is not None:
            found = between.get(signal.injection_key)
            ours, bracket = (None, None) if found is None else (found.concentration, found.bracket)
        else:
            read = None if response is None or curve.kept is None else curve.kept.read(response)
            ours = None if read is None else read.concentration
        is_bracketing = curve.brackets is not None and ours is None and entry.kind is EntryKind.CALIBRATION_STANDARD
        if (ours is None and theirs is None) or is_bracketing:
            continue
        lines.append(
            ReadLine(
                label=entry.label,
                name="",
                address=row_address(run.id, signal.row, signal.column),
                unit=curve.unit,
                ours=ours,
                theirs=theirs,
                compared=None if theirs is None else compared(ours, theirs, curve.lowest),
                uncertainty=None if read is None else read.standard_uncertainty,
                bracket=bracket,
            )
        )
    return lines


def _ratio(own: Decimal, standard: Decimal | None, amounts: Mapping[str, Decimal], key: str) -> Decimal | None:
    """The response over that of the internal standard, as `lims.runs.readings.AnalyteReadings.response`."""
    if not standard or (amounts and key not in amounts):
        return None
    return response_ratio(own, standard, amounts.get(key))


def far_from_vendor(session: Session, run_id: UUID, name_of: NameOf) -> list[ReadLine]:
    """The samples of a run whose concentration is far from that of the vendor's program, by position."""
    rows = session.exec(
        select(
            Measurement.factors,
            Signal.vendor_concentration,
            Signal.vendor_unit,
            Measurement.analyte,
            Measurement.calibration_id,
            WorksheetEntry.label,
        )  # type: ignore[call-overload]  # six columns are one more than its signatures know
        .join(Signal, col(Signal.id) == col(Measurement.signal_id))
        .join(WorksheetEntry, col(WorksheetEntry.id) == col(Measurement.entry_id))
        .where(Measurement.run_id == run_id, col(Signal.vendor_concentration).is_not(None))
        .order_by(col(WorksheetEntry.position), col(Measurement.analyte))
    ).all()
    ranges = session.exec(
        select(Calibration.id, Calibration.unit, col(Calibration.lowest)).where(Calibration.run_id == run_id)
    ).all()
    known = {key: (unit, lowest) for key, unit, lowest in ranges}
    found = []
    for factors, concentration, vendor_unit, analyte, calibration_id, label in rows:
        unit, lowest = known[calibration_id]
        theirs = _theirs(concentration, vendor_unit, unit)
        if theirs is None:
            continue
        ours = None if factors.get("concentration") is None else Decimal(factors["concentration"])
        both = compared(ours, theirs, lowest)
        if both.is_far:
            address = calibration_address(run_id, analyte)
            found.append(ReadLine(label, name_of(analyte), address, unit, ours, theirs, both))
    return found


def _theirs(concentration: Decimal | None, unit: str | None, wanted: str) -> Decimal | None:
    """The vendor's concentration in our unit; None where the file has none, or in a unit of another kind."""
    if concentration is None or unit is None:
        return None
    try:
        return convert(concentration, parse_unit(unit), parse_unit(wanted))
    except LimsError:
        return None
