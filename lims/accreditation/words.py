"""The library's words for what people write in an annex: substances, foods, methods and units, or why not."""

import unicodedata
from datetime import date

from lims.accreditation.rules import EVERY_PRODUCT, edition_of, undated
from lims.core.errors import BadInput
from lims.core.reasons import Reason, Where, reason
from lims.library.rules import Library
from lims.science.units import UnitCode, UnitKind, parse_unit

_DASHES = dict.fromkeys(map(ord, "‐‑‒–—−－"), "-")


class Words:
    """Collects faults while it looks words up; a stand-in comes back for a word that is not known."""

    def __init__(self, library: Library, faults: list[Reason], *, row: int | None = None) -> None:
        self._library = library
        self._faults = faults
        self._row = row

    def parameter(self, text: str, field: str = "parameter") -> str:
        """The code of a substance by its code, name, alias or CAS number."""
        found = self._library.find_substance(text)
        if found is None:
            self._faults.append(unknown_parameter(text, self.at(field)))
            return text
        return found.code

    def product(self, text: str, field: str = "product") -> str:
        """The key of a food or a group of foods, or `*`."""
        if text == EVERY_PRODUCT:
            return EVERY_PRODUCT
        try:
            return self._library.foods.resolve(text).food.food
        except BadInput as refused:
            self._faults.extend(Reason(r.code, r.sentence, r.values, self.at(field)) for r in refused.reasons)
            return text

    def unit(self, text: str, field: str = "unit") -> UnitCode:
        """A unit of mass fraction."""
        try:
            unit = parse_unit(text, at=self.at(field))
        except BadInput as refused:
            self._faults.extend(refused.reasons)
            return UnitCode.MG_PER_KG
        if unit.kind is not UnitKind.MASS_FRACTION:
            self._faults.append(
                reason(
                    "unit.not_mass_fraction",
                    "The limits of a method are given as mass fraction, such as mg/kg; {unit} is none.",
                    unit=unit.value,
                    at=self.at(field),
                )
            )
        return unit

    def at(self, field: str) -> Where:
        """The place of a fault."""
        return Where(field=field) if self._row is None else Where(row=self._row, column=field)


def unknown_parameter(name: str, at: Where) -> Reason:
    """Why a word is no parameter."""
    return reason(
        "parameter.unknown",
        "“{name}” is no substance of the library, or more than one; give its code or CAS number.",
        name=name,
        at=at,
    )


def method_code(library: Library, text: str) -> str:
    """The code of a method as the library writes it; one that it does not hold keeps its text, with plain dashes."""
    plain = " ".join(unicodedata.normalize("NFKC", text.translate(_DASHES)).split())
    if plain in library.methods:
        return plain
    squeezed = plain.replace(" ", "").casefold()
    known = (code for code in library.methods if code.replace(" ", "").casefold() == squeezed)
    return next(known, plain)


def superseded_by(library: Library, code: str, day: date) -> str | None:
    """The newest edition of a dated method that was published by a day, if it is newer; None when there is none.

    The library knows days of publication. Between publication and implementation both editions may be used by law;
    counting from publication is the stricter way and cannot give a mark to a replaced method.
    """
    edition, base = edition_of(code), undated(code)
    if not edition:
        return None
    newer = [
        method
        for method in library.methods.values()
        if method.undated_code == base
        and method.edition > edition
        and method.published_on is not None
        and method.published_on <= day
    ]
    return max(newer, key=lambda method: method.edition).code if newer else None
