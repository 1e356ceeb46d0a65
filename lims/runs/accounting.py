"""The accounting of an import: every record of the file is read, a duplicate, unmapped, refused or ignored, and the sum
is the number of records. A person decides on this page; nothing is imported before.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lims.core.reasons import Reason, Where, reason
from lims.runs.cells import folded
from lims.runs.profile import ImportProfile
from lims.runs.records import Batch, Compound, Injection, Line


class Disposition(StrEnum):
    """What becomes of one record of the file."""

    READ = "read"
    DUPLICATE = "duplicate"
    UNMAPPED = "unmapped"
    REFUSED = "refused"
    IGNORED = "ignored"


class ColumnMapping(StrEnum):
    """What a compound of the file is to the laboratory."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    INTERNAL_STANDARD = "internal_standard"


@dataclass(frozen=True, slots=True)
class AccountedRow:
    """One record: the line on which it begins, what becomes of it, and why."""

    row: int
    disposition: Disposition
    injection: str
    position: str | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class AccountedColumn:
    """One compound of the file and the analyte of the library it stands for."""

    compound: str
    address: str
    mapping: ColumnMapping
    analyte: str | None
    qualifiers: tuple[str, ...]


@dataclass(frozen=True)
class Accounting:
    """The whole file. `rows` has exactly one entry for each of the `total` records."""

    total: int
    rows: tuple[AccountedRow, ...]
    columns: tuple[AccountedColumn, ...]
    accepted: tuple[tuple[Injection, str | None], ...]

    def __post_init__(self) -> None:
        if len({row.row for row in self.rows}) != self.total or len(self.rows) != self.total:
            raise ValueError("an accounting must name each record of the file exactly once")

    @property
    def counts(self) -> dict[Disposition, int]:
        """How many records of each disposition, none left out."""
        counted = Counter(row.disposition for row in self.rows)
        return {disposition: counted[disposition] for disposition in Disposition}

    @property
    def sum_text(self) -> str:
        """The sum as it is shown: `12 read + 1 duplicate + … = 20 rows`."""
        parts = " + ".join(f"{count} {disposition.value}" for disposition, count in self.counts.items())
        return f"{parts} = {self.total} rows"

    @property
    def open_reasons(self) -> tuple[Reason, ...]:
        """Everything a person should mend before the import: refused and unmapped rows, in the order of the file.

        Of a line with several injections some may be read and others not: it is read, with the reasons of the others.
        """
        telling = (Disposition.REFUSED, Disposition.UNMAPPED, Disposition.READ)
        return tuple(reason for row in self.rows if row.disposition in telling for reason in row.reasons)

    @property
    def unknown_compounds(self) -> tuple[str, ...]:
        """Compounds without an analyte: visible, and not imported until a person maps them."""
        return tuple(c.compound for c in self.columns if c.mapping is ColumnMapping.UNKNOWN)


def account(
    batch: Batch,
    profile: ImportProfile,
    find_analyte: Callable[[str], str | None],
    positions: Mapping[str, str] | None = None,
    already_imported: Collection[str] = (),
    by_hand: Mapping[str, str] | None = None,
) -> Accounting:
    """Account for every record of a file.

    `find_analyte` gives the library's code for a compound name, or None; the profile's aliases go first.
    `positions` maps the injection names a worksheet expects to its positions; None expects nothing and maps no row.
    `already_imported` are injection keys of earlier imports into the same run; `by_hand` are positions by injection
    keys that a person decided on, whatever the injections are called.
    """
    expected = None if positions is None else {folded(name): position for name, position in positions.items()}
    firsts: dict[str, Injection] = {}
    rows = []
    accepted: dict[int, tuple[Injection, str | None]] = {}
    for line in batch.lines:
        parts = [_accounted(line, i, expected, already_imported, firsts, by_hand or {}) for i in line.injections]
        rows.append(_together(parts) if parts else _without_injection(line))
        for injection, part in zip(line.injections, parts, strict=True):
            if part.disposition is Disposition.READ:
                accepted.setdefault(id(injection), (injection, part.position))
    return Accounting(
        total=len(batch.lines),
        rows=tuple(rows),
        columns=tuple(_column(compound, profile, find_analyte) for compound in batch.compounds),
        accepted=tuple(accepted.values()),
    )


def _without_injection(line: Line) -> AccountedRow:
    disposition = Disposition.REFUSED if line.refused else Disposition.IGNORED
    return AccountedRow(line.row, disposition, "", None, line.reasons)


def _accounted(
    line: Line,
    injection: Injection,
    expected: Mapping[str, str] | None,
    already_imported: Collection[str],
    firsts: dict[str, Injection],
    by_hand: Mapping[str, str],
) -> AccountedRow:
    first = firsts.setdefault(injection.key, injection)
    if first is not injection or line.repeats is not None or injection.key in already_imported:
        again = _again(injection, line.row, line.repeats or first.row)
        return AccountedRow(line.row, Disposition.DUPLICATE, injection.name, None, (again,))
    decided = by_hand.get(injection.key)
    position = decided or (None if expected is None else expected.get(folded(injection.name)))
    if why_not := _reasons_not_mapped(injection, position, expected, is_decided=decided is not None):
        told = why_not if line.row == injection.row else ()  # once for all rows of an injection
        return AccountedRow(line.row, Disposition.UNMAPPED, injection.name, None, told)
    return AccountedRow(line.row, Disposition.READ, injection.name, position, ())


def _together(parts: Sequence[AccountedRow]) -> AccountedRow:
    """One row for a line with several injections: read when any of them is, and with every reason, each once."""
    if len(parts) == 1:
        return parts[0]
    ranks = (Disposition.READ, Disposition.UNMAPPED, Disposition.DUPLICATE)
    disposition = min((part.disposition for part in parts), key=ranks.index)
    shown = [part for part in parts if part.disposition is disposition]
    names = dict.fromkeys(part.injection for part in shown)
    positions = dict.fromkeys(part.position for part in shown if part.position)
    reasons = {(why.code, why.text): why for part in parts for why in part.reasons}
    return AccountedRow(
        parts[0].row, disposition, ", ".join(names), ", ".join(positions) or None, tuple(reasons.values())
    )


def _position_of_file(injection: Injection, expected: Mapping[str, str]) -> str | None:
    """The worksheet position that the data file is named for, if any."""
    return expected.get(folded(injection.data_file).removesuffix(".d"))


def _again(injection: Injection, row: int, first: int) -> Reason:
    if first == row:
        return reason(
            "row.imported_before",
            "Row {row}: the injection {name} was imported before; it is not imported again.",
            at=Where(row=row),
            row=row,
            name=injection.data_file or injection.name,
        )
    return reason(
        "row.repeated",
        "Row {row} repeats row {first} word for word; it counts once.",
        at=Where(row=row),
        row=row,
        first=first,
    )


def _reasons_not_mapped(
    injection: Injection, position: str | None, expected: Mapping[str, str] | None, *, is_decided: bool
) -> tuple[Reason, ...]:
    """Name and data file must not point at two positions: which sample was injected is then for a person to say."""
    reasons = []
    of_file = None if expected is None or is_decided else _position_of_file(injection, expected)
    if of_file is not None and of_file != position:
        reasons.append(
            reason(
                "row.names_disagree",
                "Row {row}: the injection is called {name}, but its data file {file} is named for {position}; correct"
                " whichever is wrong and export again.",
                at=Where(row=injection.row),
                row=injection.row,
                name=injection.name,
                file=injection.data_file,
                position=of_file,
            )
        )
    if injection.type is None:
        reasons.append(
            reason(
                "row.type_unknown",
                "Row {row}: the sample type “{type}” is not mapped; map it, or add a name rule, in the import profile.",
                at=Where(field="type_mapping", row=injection.row),
                row=injection.row,
                type=injection.vendor_type,
            )
        )
    elif expected is not None and position is None:
        reasons.append(
            reason(
                "row.not_on_worksheet",
                "Row {row}: no position of the worksheet is called {name}; correct the name in the sequence, or add the"
                " position to the worksheet.",
                at=Where(row=injection.row),
                row=injection.row,
                name=injection.name,
            )
        )
    return tuple(reasons)


def _column(compound: Compound, profile: ImportProfile, find_analyte: Callable[[str], str | None]) -> AccountedColumn:
    analyte = find_analyte(profile.analyte_of(compound.name) or compound.name)
    if compound.is_internal_standard:
        mapping = ColumnMapping.INTERNAL_STANDARD
    else:
        mapping = ColumnMapping.UNKNOWN if analyte is None else ColumnMapping.KNOWN
    return AccountedColumn(compound.name, compound.address, mapping, analyte, compound.qualifiers)
