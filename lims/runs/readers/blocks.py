"""Tables that stand in blocks, one for each compound or sample, each with a row of headings of its own.

What readers of such files share: which compounds were seen and how often, where the headings stand, dates that could be
read in two ways, and the rows that stand in no block.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from lims.core.reasons import Reason, Where, reason
from lims.runs.opened import OpenedFile
from lims.runs.profile import ImportProfile
from lims.runs.readers.assembling import Record, assembled
from lims.runs.readers.batching import batch_of
from lims.runs.readers.long_layout import LongTable, compounds_of, refuse_without_records, uneven
from lims.runs.reading import Row
from lims.runs.records import Batch, Compound, Figure, Line


class BlockReading:
    """What is known so far of a file in blocks. `unfinished` is the row at which the file is cut off, if it is."""

    def __init__(self, profile: ImportProfile, unfinished: int | None) -> None:
        self.profile = profile
        self.unfinished = unfinished
        self.compounds: dict[str, Compound] = {}
        self.sizes: Counter[str] = Counter()
        self.heading_rows: list[int] = []
        self.ambiguous_dates: list[str] = []

    def table(
        self, row: Row, figures: Mapping[Figure, Sequence[str]], named: Sequence[str], kept: Sequence[str]
    ) -> LongTable:
        """The table of a block, by its row of headings."""
        self.heading_rows.append(row.number)
        return LongTable(row, self.profile, figures, named, self.unfinished, kept)

    def instant(
        self, table: LongTable, row: Row, faults: list[Reason], day: Sequence[str], time: str = ""
    ) -> datetime | None:
        """The time of an injection: from one column that may have several names, or from a day and a time beside it."""
        before = len(table.columns.ambiguous_dates)
        found = table.instant_of(row, faults, day[0], time) if time else table.columns.instant(row, faults, *day)
        self.ambiguous_dates += table.columns.ambiguous_dates[before:]
        return found

    def note(self, name: str, labels: Iterable[str], transition: str) -> None:
        """That a row of a compound was read, with the names of its qualifiers there."""
        self.sizes[name] += 1
        known = self.compounds.get(name) or Compound(name, 0, (), self.profile.is_internal_standard(name))
        every = tuple(dict.fromkeys([*known.qualifiers, *labels]))
        self.compounds[name] = replace(known, qualifiers=every, transition=known.transition or transition)

    def batch(
        self,
        file: OpenedFile,
        reader: tuple[str, str],
        parts: Sequence[Line | Record],
        compounds: Mapping[str, Compound],
        software: str,
        nothing: Reason,
    ) -> Batch:
        """The whole file. Raises `BadInput` with `nothing` where no row of it is a result."""
        refuse_without_records(parts, nothing)
        return batch_of(
            file,
            reader,
            compounds_of(parts, compounds),
            assembled(parts, self.profile),
            ambiguous_dates=self.ambiguous_dates,
            heading_rows=self.heading_rows[:1],
            software=software,
            messages=uneven(self.sizes),
        )


def outside(row: Row) -> Reason:
    """A row that belongs to no block."""
    return reason(
        "row.outside_blocks",
        "Row {row} stands outside the blocks of the compounds; nobody can say which compound it is of.",
        at=Where(row=row.number),
        row=row.number,
    )
