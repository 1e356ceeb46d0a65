"""The substances of a loaded table: known ones by CAS number or name, new ones under a code of their own.

Where a law names its substances in its own language, those names tell the rows of a substance; English names and CAS
numbers beside them are somebody's additions, and the most frequent ones count.
"""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from lims.core.reasons import Reason, reason
from lims.library.edition_table import EditionTable, TableRow
from lims.library.facts import Standard, Substance, SubstanceAlias
from lims.library.food_tree import folded
from lims.library.rules import Library


@dataclass(slots=True)
class EditionSubstances:
    """Which substance each row means, and which are new."""

    library: Library
    standard: Standard
    new: dict[str, Substance] = field(default_factory=dict)
    aliases: dict[tuple[str, str], SubstanceAlias] = field(default_factory=dict)
    #: By the name in the law's language, the names that most of its rows have.
    main: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _known: dict[tuple[str, ...], str] = field(default_factory=dict)
    _named: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, table: EditionTable, library: Library, standard: Standard) -> "EditionSubstances":
        """Ready for the rows of a table."""
        counted: dict[str, Counter[tuple[str, ...]]] = {}
        for row in table.rows:
            if local := row.get("substance_local"):
                counted.setdefault(local, Counter())[_names(row)] += 1
        return cls(library, standard, main={local: names.most_common(1)[0][0] for local, names in counted.items()})

    def named(self, name: str) -> str:
        """The code of the one substance of a whole name, known or new; empty when there is none."""
        return self._code(name)

    def code_of(self, row: TableRow, table: EditionTable, faults: list[Reason]) -> str:
        """The code of a row's substance; a fault is noted where its names mean different ones."""
        names = self.main.get(row.get("substance_local")) or _names(row)
        if not any(names):
            said = "This cell is empty; it needs a value."
            faults.append(reason("library.cell_empty", said, at=table.at(row.number, "substance")))
            return ""
        if names not in self._known:
            self._known[names] = self._found(names, row, table, faults)
        return self._known[names]

    def _found(self, names: tuple[str, ...], row: TableRow, table: EditionTable, faults: list[Reason]) -> str:
        cas, name, english, local = names
        meant = {code for one in (cas, name, english) if one and (code := self._code(one))}
        if len(meant) > 1:
            by_cas = self._code(cas) if cas else ""
            if by_cas:
                return by_cas  # a number names one substance; names are translated
            said = "“{name}” and “{english}” are different substances in the library: {codes}."
            told = ", ".join(sorted(meant))
            key = "substance" if name else "substance_en"
            at = table.at(row.number, key)
            faults.append(reason("library.substance_unclear", said, at=at, name=name, english=english, codes=told))
            return ""
        known = meant.pop() if meant else self._code(local) if local else ""
        if known:
            self._also_called(local, known)
            return known
        return self._add(names, _adi(row, table, faults))

    def _code(self, name: str) -> str:
        if folded(name) in self._named:
            return self._named[folded(name)]
        known = self.library.find_substance(name)
        return "" if known is None else known.code

    def _add(self, names: tuple[str, ...], adi: Decimal | None) -> str:
        cas, name, english, local = names
        code = self._free(_slug(english or name or local))
        shown = name or local or english
        self.new[code] = Substance(
            code=code,
            name_zh=shown,
            name_en=english or shown,
            cas=cas,
            kind=self.standard.subjects[0],
            molar_mass=None,
            adi=adi,
            arfd=None,
            source=self.standard.source,
        )
        if local and folded(local) not in {folded(shown), folded(english)}:
            self._also_called(local, code)
        for one in (cas, name, english, local):
            if one:
                self._named.setdefault(folded(one), code)
        return code

    def _also_called(self, local: str, code: str) -> None:
        """The name in the law's language leads to the substance too."""
        if local and not self._code(local):
            self.aliases[local, code] = SubstanceAlias(local, code, self.standard.source)
            self._named[folded(local)] = code

    def _free(self, slug: str) -> str:
        taken = {s.code for s in self.library.facts.substances} | set(self.new)
        number, code = 2, slug
        while code in taken:
            code, number = f"{slug}-{number}", number + 1
        return code


def _names(row: TableRow) -> tuple[str, ...]:
    return tuple(row.get(key) for key in ("cas", "substance", "substance_en", "substance_local"))


def _adi(row: TableRow, table: EditionTable, faults: list[Reason]) -> Decimal | None:
    """The acceptable daily intake of a row, in mg per kg of body weight."""
    text = row.get("adi")
    try:
        value = Decimal(text) if text else None
    except InvalidOperation:
        value = Decimal("NaN")
    if value is None or (value.is_finite() and value >= 0):
        return value
    said = "“{text}” is not a number of 0 or more."
    faults.append(reason("library.not_a_number", said, at=table.at(row.number, "adi"), text=text[:60]))
    return None


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKC", name).casefold()
    return re.sub(r"[^\w]+", "-", plain).strip("-")[:90] or "substance"
