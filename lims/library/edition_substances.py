"""The substances of a loaded table: known ones by CAS number or name, new ones under a code of their own."""

import re
import unicodedata
from dataclasses import dataclass, field

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
    _known: dict[tuple[str, ...], str] = field(default_factory=dict)
    _named: dict[str, str] = field(default_factory=dict)

    def code_of(self, row: TableRow, table: EditionTable, faults: list[Reason]) -> str:
        """The code of a row's substance; a fault is noted where its names mean different ones."""
        names = tuple(row.get(key) for key in ("cas", "substance", "substance_en", "substance_local"))
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
        if meant:
            return meant.pop()
        return self._add(cas, name, english, local)

    def _code(self, name: str) -> str:
        if folded(name) in self._named:
            return self._named[folded(name)]
        known = self.library.find_substance(name)
        return "" if known is None else known.code

    def _add(self, cas: str, name: str, english: str, local: str) -> str:
        code = self._free(_slug(english or name or local))
        shown = name or local or english
        self.new[code] = Substance(
            code=code,
            name_zh=shown,
            name_en=english or shown,
            cas=cas,
            kind=self.standard.subjects[0],
            molar_mass=None,
            adi=None,
            arfd=None,
            source=self.standard.source,
        )
        if local and folded(local) not in {folded(shown), folded(english)}:
            self.aliases[local, code] = SubstanceAlias(local, code, self.standard.source)
        for one in (cas, name, english, local):
            if one:
                self._named.setdefault(folded(one), code)
        return code

    def _free(self, slug: str) -> str:
        taken = {s.code for s in self.library.facts.substances} | set(self.new)
        number, code = 2, slug
        while code in taken:
            code, number = f"{slug}-{number}", number + 1
        return code


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKC", name).casefold()
    return re.sub(r"[^\w]+", "-", plain).strip("-")[:90] or "substance"
