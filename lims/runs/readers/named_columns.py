"""One row of a long table (a compound of an injection) by the names of its columns, whoever's table it is."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PureWindowsPath

from lims.core.reasons import Reason, Where, reason
from lims.runs.cells import Cell, CellStatus, folded
from lims.runs.profile import ImportProfile, InjectionType
from lims.runs.readers import columns
from lims.runs.readers.assembling import Head, Record
from lims.runs.readers.columns import Columns
from lims.runs.reading import Row
from lims.runs.records import Compound, Figure, Line, Trace, TraceRole, VendorCurve

_WITH_UNIT = re.compile(r"(?P<name>.*\S)\s*[(\[]\s*(?P<unit>[^()\[\]]*)\s*[)\]]", re.DOTALL)
_LONGEST_NAME = 200


@dataclass(frozen=True)
class Names:
    """The headings that columns of a meaning go by in one program's tables; the first that exists counts.

    `key` are further columns that, with data file, name and time, tell one injection from another. `kind` says what a
    compound is (Internal Standards, …), `integration` how its peak was integrated (Manual, …). `used` says yes where a
    point counts in the calibration, `excluded` where it does not.
    """

    compound: Sequence[str]
    name: Sequence[str]
    figures: Mapping[Figure, Sequence[str]]
    data_file: Sequence[str] = ()
    acquired_at: Sequence[str] = ()
    key: Sequence[str] = ()
    vendor_type: Sequence[str] = ()
    level: Sequence[str] = ()
    vial: Sequence[str] = ()
    dilution: Sequence[str] = ()
    unit: Sequence[str] = ()
    transition: Sequence[str] = ()
    internal_standard: Sequence[str] = ()
    is_internal_standard: Sequence[str] = ()
    kind: Sequence[str] = ()
    manual: Sequence[str] = ()
    integration: Sequence[str] = ()
    used: Sequence[str] = ()
    excluded: Sequence[str] = ()


@dataclass
class Seen:
    """What the rows said of a compound: the first row with it says what is kept."""

    column: int
    transition: str = ""
    is_internal_standard: bool = False


def without_unit(heading: str) -> tuple[str, str]:
    """A heading and the unit in brackets behind it: `Final Conc. (ng/mL)`."""
    told = _WITH_UNIT.fullmatch(heading.strip())
    return (told["name"], told["unit"].strip()) if told else (heading.strip(), "")


def columns_with_units(headings: Sequence[str], profile: ImportProfile) -> tuple[Columns, dict[int, str]]:
    """Columns that are found by their heading without its unit, and the units by place. Texts show it as written."""
    told = [without_unit(heading) for heading in headings]
    found = Columns([name for name, _ in told], profile)
    found.headings = tuple(heading.strip() for heading in headings)
    return found, {place: unit for place, (_, unit) in enumerate(told, start=1) if unit}


@dataclass
class LongTable:
    """The rows of one table. `units` are of columns that have one in their heading, by their place."""

    names: Names
    columns: Columns
    units: Mapping[int, str] = field(default_factory=dict)
    whole_key: bool = False
    compounds: dict[str, Seen] = field(default_factory=dict)
    heads: dict[str, Head] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.figures = self.columns.figure_places(self.names.figures)
        known = {name: headings for name, headings in vars(self.names).items() if name not in ("figures", "key")}
        found = {name: self.columns.place(*headings) for name, headings in known.items()}
        self._places = {name: place for name, place in found.items() if place is not None}
        self._keys = tuple(p for p in map(self.columns.place, self.names.key) if p is not None)
        self._used = {*self._places.values(), *self._keys, *self.figures.values()}
        final = self.figures.get(Figure.FINAL_CONCENTRATION, self.figures.get(Figure.UNDILUTED_CONCENTRATION, 0))
        self._unit = self.units.get(final, "")

    def part(self, row: Row) -> Line | Record:
        """What a row is: a record, or a line that is none and says why."""
        if row.blank:
            return columns.ignored(row, columns.BLANK)
        if misfit := self._misfit(row):
            return columns.refused(row, [misfit])
        name, data_file = self._text(row, "name"), self._text(row, "data_file")
        if folded(name) in columns.STATISTICS and not data_file:
            return columns.ignored(row, columns.STATISTIC)
        faults: list[Reason] = []
        head, trace = self.head(row, faults), self.trace(row, faults)
        if head is not None and not _agree(self.heads.setdefault(head.key, head), head):
            faults.append(_head_disputed(row, head))
        if faults or head is None or trace is None:
            return columns.refused(row, faults)
        return Record(row.number, row.cells, head, (trace,))

    def found(self, profile: ImportProfile, curves: Mapping[str, VendorCurve] | None = None) -> list[Compound]:
        """The compounds in the order in which they come."""
        curves = curves or {}
        return [
            Compound(
                name=name,
                column=seen.column,
                qualifiers=(),
                is_internal_standard=seen.is_internal_standard or profile.is_internal_standard(name),
                transition=seen.transition,
                curve=curves.get(folded(name)),
            )
            for name, seen in self.compounds.items()
        ]

    def head(self, row: Row, faults: list[Reason]) -> Head | None:
        """What the row says of its injection; None, with a fault, when it names none."""
        data_file = self._text(row, "data_file")
        name = self._text(row, "name") or stem(data_file)
        if not name:
            faults.append(columns.nameless(row))
            return None
        if max(len(name), len(data_file)) > _LONGEST_NAME:
            faults.append(columns.name_too_long(row, _LONGEST_NAME))
        acquired_at = self._instant(row, faults)
        said = [data_file] if data_file and not self.whole_key else [name, data_file, str(acquired_at or "")]
        said += [row.cells[place - 1].strip() for place in self._keys]
        return Head(
            key=" @ ".join(folded(text) for text in said if text),
            name=name,
            data_file=data_file,
            acquired_at=acquired_at,
            vendor_type=self._text(row, "vendor_type"),
            level=self._text(row, "level"),
            vial=self._text(row, "vial"),
            dilution=self._dilution(row, faults),
        )

    def trace(self, row: Row, faults: list[Reason]) -> Trace | None:
        """The compound of the row; None, with a fault, when it names none."""
        table = self.columns
        compound = self._text(row, "compound")
        if not compound:
            faults.append(compoundless(row))
            return None
        seen = self.compounds.setdefault(compound, Seen(self._places["compound"]))
        seen.transition = seen.transition or self._text(row, "transition")
        if self._flag(row, "is_internal_standard", faults):
            seen.is_internal_standard = True
        if folded(self._text(row, "kind")).startswith("internal standard"):
            seen.is_internal_standard = True
        return Trace(
            compound=compound,
            role=TraceRole.QUANTIFIER,
            label="",
            figures=without_absent_peak(table.figures(row, self.figures, faults)),
            manually_integrated=self._manual(row, faults),
            others=table.others(row, self._used),
            unit=self._unit or self._text(row, "unit"),
            is_excluded=self._excluded(row, faults),
            internal_standard=self._internal_standard(row),
        )

    def _misfit(self, row: Row) -> Reason | None:
        width = self.columns.width
        if len(row.cells) < width:
            return columns.too_short(row, width)
        if any(cell.strip() for cell in row.cells[max(width, len(self.columns.headings)) :]):
            return columns.too_long(row, width)
        return None

    def _text(self, row: Row, name: str) -> str:
        place = self._places.get(name)
        return "" if place is None or place > len(row.cells) else row.cells[place - 1].strip()

    def _flag(self, row: Row, name: str, faults: list[Reason]) -> bool | None:
        if not self._text(row, name):
            return None
        return self.columns.flag(row, faults, *getattr(self.names, name))

    def _instant(self, row: Row, faults: list[Reason]) -> datetime | None:
        return self.columns.instant(row, faults, *self.names.acquired_at) if "acquired_at" in self._places else None

    def _dilution(self, row: Row, faults: list[Reason]) -> Cell | None:
        place = self._places.get("dilution")
        return None if place is None else self.columns.number(row, place, faults)

    def _manual(self, row: Row, faults: list[Reason]) -> bool | None:
        if "manual" in folded(self._text(row, "integration")):
            return True
        return self._flag(row, "manual", faults)

    def _excluded(self, row: Row, faults: list[Reason]) -> bool | None:
        if self._text(row, "excluded"):
            return self._flag(row, "excluded", faults)
        # Of a sample it says nothing: only standards make a calibration.
        if "used" not in self._places or self._type(row) is not InjectionType.STANDARD:
            return None
        used = self._flag(row, "used", faults)
        return None if used is None else not used

    def _type(self, row: Row) -> InjectionType | None:
        return self.columns.profile.type_of(self._text(row, "vendor_type"), self._text(row, "name"))

    def _internal_standard(self, row: Row) -> str:
        name = self._text(row, "internal_standard")
        return "" if folded(name) in ("n/a", "(none)", "none", "-") else name


def without_absent_peak(figures: dict[Figure, Cell]) -> dict[Figure, Cell]:
    """The figures, where an area of 0 at the time 0 is a peak that was not found."""
    area, time = figures.get(Figure.AREA), figures.get(Figure.RETENTION_TIME)
    if area is None or time is None or area.number != 0 or time.number != 0:
        return figures
    of_peak = (Figure.AREA, Figure.HEIGHT, Figure.RETENTION_TIME)
    return {
        figure: cell._replace(status=CellStatus.NOT_FOUND, number=None)
        if figure in of_peak and cell.number == 0
        else cell
        for figure, cell in figures.items()
    }


def stem(data_file: str) -> str:
    """The injection's name when the table has none: the data file without folder and `.d`."""
    name = PureWindowsPath(data_file).name
    return name[:-2] if name.lower().endswith(".d") else name


def compoundless(row: Row) -> Reason:
    """Why a row without a compound is not read."""
    return reason(
        "row.compoundless",
        "Row {row} has no name of a compound; nobody can say what was measured.",
        at=Where(row=row.number),
        row=row.number,
    )


def _agree(first: Head, other: Head) -> bool:
    """Whether two rows say the same of their injection."""
    return _told(first) == _told(other)


def _told(head: Head) -> tuple[object, ...]:
    dilution = None if head.dilution is None else head.dilution.raw.strip()
    return (head.name, head.acquired_at, head.vendor_type, head.level, head.vial, dilution)


def _head_disputed(row: Row, head: Head) -> Reason:
    return reason(
        "row.head_disputed",
        "Row {row} says something else of the injection {name} (name, time, type, level, vial or dilution) than an"
        " earlier row; export the table again.",
        at=Where(row=row.number),
        row=row.number,
        name=head.data_file or head.name,
    )
