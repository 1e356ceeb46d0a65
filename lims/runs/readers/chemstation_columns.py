"""The fixed-width tables of a ChemStation report, cut where the dashes below their headings say.

    RetTime  Type  ISTD    Area     Amt/Area    Amount   Grp   Name
     [min]         used  [pA*s]      ratio     [ng/ul]
    -------|------|----|----------|----------|----------|--|------------------
      8.335 MF        1   10.97505    5.42183  531.23458    Glyoxylate

A stroke closes the column on its left; at its place a row has a blank. The last column reaches to the end of the line.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lims.runs.cells import folded
from lims.runs.records import Figure

_DASHES = re.compile(r"-+(?:\|-+)+\|?")
_NUMBER = re.compile(r"\d+[.,]\d+(?:e[+-]?\d+)?", re.IGNORECASE)
_FIGURES = {
    "rettime": Figure.RETENTION_TIME,
    "area": Figure.AREA,
    "height": Figure.HEIGHT,
    "amount": Figure.FINAL_CONCENTRATION,
    "s/n": Figure.SIGNAL_TO_NOISE,
}


@dataclass(frozen=True)
class FixedTable:
    """The columns of one table: where each begins and ends, its name, and its unit in brackets."""

    extents: tuple[tuple[int, int], ...]
    names: tuple[str, ...]
    units: tuple[str, ...]

    @property
    def has_results(self) -> bool:
        """Whether it is a table of peaks; reports have tables of standards and sums too."""
        return {"rettime", "area"} <= set(self.names)

    @property
    def figures(self) -> dict[Figure, int]:
        """The columns (from 1) that have a meaning. A second column Area is the share in percent."""
        found: dict[Figure, int] = {}
        for place, (name, unit) in enumerate(zip(self.names, self.units, strict=True), start=1):
            figure = _FIGURES.get(name)
            if figure is not None and not (figure is Figure.AREA and unit == "%"):
                found.setdefault(figure, place)
        return found

    def place(self, name: str) -> int | None:
        """The column (from 1) of this name."""
        return self.names.index(name) + 1 if name in self.names else None

    def text(self, cells: Sequence[str], name: str) -> str:
        """The text of a row in the column of this name; empty where there is none."""
        place = self.place(name)
        return "" if place is None else cells[place - 1].strip()

    def unit(self, place: int) -> str:
        """The unit of a column (from 1)."""
        return self.units[place - 1]

    def cells(self, line: str) -> tuple[str, ...]:
        """The cells of a row."""
        last = len(self.extents) - 1
        return tuple(
            line[first:].rstrip() if place == last and self.names[place] == "name" else line[first:end]
            for place, (first, end) in enumerate(self.extents)
        )

    def heading(self, place: int) -> str:
        """The name of a column (from 1) with its unit."""
        name, unit = self.names[place - 1], self.units[place - 1]
        return f"{name} [{unit}]" if unit else name

    def fits(self, line: str) -> bool:
        """Whether nothing stands where the strokes are; a longer figure would have moved what follows it."""
        return all(line[end : end + 1] in ("", " ") for _, end in self.extents[:-1])

    def is_row(self, cells: Sequence[str]) -> bool:
        """Whether a line is a peak: it has a time of retention. Page headings within a table have none."""
        place = self.place("rettime")
        return place is not None and _NUMBER.fullmatch(cells[place - 1].strip()) is not None

    def continues(self, cells: Sequence[str]) -> bool:
        """Whether a line only carries on the name of the line above."""
        return self.names[-1] == "name" and bool(cells[-1].strip()) and not any(cell.strip() for cell in cells[:-1])

    @property
    def name_width(self) -> int:
        """How long a name may be before it is wrapped."""
        first, end = self.extents[-1]
        return end - first


def fixed_table(dashes: str, names: str, units: str) -> FixedTable | None:
    """The table below three lines, or None when the last of them is no line of dashes and strokes."""
    line = dashes.rstrip()
    if _DASHES.fullmatch(line.strip()) is None:
        return None
    extents: list[tuple[int, int]] = []
    begin = len(line) - len(line.lstrip())
    for place, sign in enumerate(line):
        if sign == "|":
            extents.append((begin, place))
            begin = place + 1
    if begin < len(line):
        extents.append((begin, len(line)))
    headings, brackets = _by_column(names, extents), _by_column(units, extents)
    return FixedTable(
        extents=tuple(extents),
        names=tuple(map(folded, headings)),
        units=tuple(unit.strip("[] ") for unit in brackets),
    )


def _by_column(line: str, extents: Sequence[tuple[int, int]]) -> list[str]:
    """The words of a heading line in the column that each of them overlaps most; they may reach beyond it."""
    found: list[list[str]] = [[] for _ in extents]
    for word in re.finditer(r"\S+", line):
        overlaps = [min(word.end(), end + 1) - max(word.start(), first) for first, end in extents]
        if (most := max(overlaps)) > 0:
            found[overlaps.index(most)].append(word[0])
    return [" ".join(words) for words in found]
