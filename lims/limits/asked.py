"""Reads the cells of a question as people and files write them (判定输入): values, units, days, markets.

What cannot be read is refused with what would be right; nothing is guessed. `2.93×103` may be 10³ printed flat, so it
is refused and not taken for 301.79.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache

from lims.core.errors import BadInput
from lims.core.reasons import Where, reason
from lims.library.facts import HOME_MARKET, Basis, Form
from lims.samples.rules import BasisKind
from lims.science.amounts import UNSTATED, Amount, BelowLoq, NotDetected, Quantified
from lims.science.units import UnitCode, UnitKind, convert, parse_unit

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_RAISED = re.compile(r"10([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)")
_NUMBER = r"(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_PLAIN = re.compile(rf"[+-]?{_NUMBER}")
_POWER = re.compile(rf"(?P<value>[+-]?{_NUMBER})[×xX*·]10\^(?P<power>[+-]?\d{{1,2}})")
_PRODUCT = re.compile(rf"(?P<value>[+-]?{_NUMBER})[×xX*](?P<by>10+)")
_FLAT = re.compile(rf"(?P<value>[+-]?{_NUMBER})[×xX*]10(?P<power>\d{{1,2}})")
_WITH_UNIT = re.compile(
    rf"(?P<number>[<≤]?[+-]?{_NUMBER}(?:[×xX*·]10(?:\^[+-]?\d+|\d*))?)(?P<unit>[a-zA-Zμ毫微纳克].*)"
)

_NOT_DETECTED = frozenset({"nd", "n.d.", "未检出", "notdetected", "阴性"})
_DETECTED = frozenset({"检出", "detected", "阳性"})
_BELOW = frozenset({"<loq", "loq以下", "低于定量限"})

#: How people call the markets.
MARKETS: Mapping[str, str] = {
    "gb": "CN", "cn": "CN", "中国": "CN", "国标": "CN", "国内": "CN", "china": "CN",
    "kr": "KR", "韩国": "KR", "korea": "KR", "jp": "JP", "日本": "JP", "japan": "JP",
    "eu": "EU", "欧盟": "EU", "tw": "TW", "台湾": "TW", "taiwan": "TW",
}  # fmt: skip
_BASIS_KINDS: Mapping[str, BasisKind] = {
    **{kind.value: kind for kind in BasisKind},
    "生产": BasisKind.PRODUCTION, "生产日期": BasisKind.PRODUCTION, "采收": BasisKind.HARVEST,
    "采收日期": BasisKind.HARVEST, "购进": BasisKind.PURCHASE, "购进日期": BasisKind.PURCHASE,
    "屠宰": BasisKind.SLAUGHTER, "屠宰日期": BasisKind.SLAUGHTER,
}  # fmt: skip
_CONTENTS: Mapping[str, Basis] = {
    **{basis.value: basis for basis in Basis}, "脂肪": Basis.FAT, "以脂肪计": Basis.FAT, "鲜重": Basis.AS_RECEIVED,
}  # fmt: skip
_FORMS: Mapping[str, Form] = {
    "": Form.ANY, **{form.value: form for form in Form}, "鲜": Form.FRESH, "鲜品": Form.FRESH, "新鲜": Form.FRESH,
    "干": Form.DRIED, "干品": Form.DRIED, "干制": Form.DRIED, "加工": Form.PROCESSED, "加工品": Form.PROCESSED,
}  # fmt: skip
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_COMPACT_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")
#: What `read_grounds` is told of a family that binds only who declares it.
DECLARED = "declared"


@dataclass(frozen=True, slots=True)
class Grounds:
    """By what a sample is judged: the market, what the day is, and what the content is related to."""

    market: str = HOME_MARKET
    kind: BasisKind = BasisKind.PRODUCTION
    content: Basis = Basis.AS_RECEIVED
    declared: tuple[str, ...] = ()


def read_amount(value: str, unit: str, loq: str = "", lod: str = "", uncertainty: str = "") -> Amount:
    """The amount of a row: a number, `<0.01`, `ND`, `未检出`, `检出`, `<LOQ`, `3.36×10^3`.

    The unit may stand behind the number instead of in its own cell. Raises `BadInput`: `value.missing`,
    `value.not_a_number`, `value.negative`, `value.impossible`, `value.flat_power`, `value.contradicts`,
    `unit.missing`, `unit.unknown`.
    """
    word, code = _parted(_plain(value), unit)
    quantification, detection = _bound(loq, "loq"), _bound(lod, "lod")
    if quantification is not None and detection is not None and detection > quantification:
        said = "The limit of detection {lod} is above the limit of quantification {loq}."
        raise BadInput(reason("value.contradicts", said, at=Where(column="lod"), lod=lod, loq=loq))
    if not word:
        raise BadInput(reason("value.missing", "The value is empty; write a number, <0.01 or ND.", at=_AT_VALUE))
    if word in _NOT_DETECTED:
        return NotDetected(detection or quantification or UNSTATED, code, quantification)
    if word in _DETECTED or word in _BELOW:
        return BelowLoq(quantification or UNSTATED, code, detected=word in _DETECTED)
    if word[0] in "<≤":
        bound = _below(word, quantification)
        refuse_more_than_all(bound, code, value)
        return BelowLoq(bound, code, detected=False)
    number = _number(word, value)
    refuse_more_than_all(number, code, value)
    return Quantified(number, code, _bound(uncertainty, "uncertainty"))


_AT_VALUE = Where(column="value")


def _plain(text: str) -> str:
    """Width and compatibility forms unified, spaces dropped, and a raised power written with ^ before it is lost."""
    raised = _RAISED.sub(lambda found: f"10^{found[1].translate(_SUPERSCRIPTS)}", text)
    return "".join(unicodedata.normalize("NFKC", raised).split())


def _parted(text: str, unit: str) -> tuple[str, UnitCode]:
    """The number and the unit, which stands behind it or in its own cell; both may, if they agree."""
    is_bare = _PLAIN.fullmatch(text) or _POWER.fullmatch(text) or _PRODUCT.fullmatch(text) or _FLAT.fullmatch(text)
    with_unit = None if is_bare else _WITH_UNIT.fullmatch(text)
    own = parse_unit(unit, at=Where(column="unit")) if unit.strip() else None
    if with_unit is None:
        if own is None:
            said = "The unit is missing; write for example mg/kg."
            raise BadInput(reason("unit.missing", said, at=Where(column="unit")))
        return text.casefold(), own
    behind = parse_unit(with_unit["unit"], at=_AT_VALUE)
    if own not in {None, behind}:
        said = "The value is in {behind}, the unit says {unit}."
        raise BadInput(reason("value.contradicts_unit", said, at=_AT_VALUE, behind=behind.value, unit=unit))
    return with_unit["number"].casefold(), behind


def _below(word: str, quantification: Decimal | None) -> Decimal:
    bound = _number(word[1:], word)
    if bound == 0 or (quantification is not None and quantification != bound):
        said = "“{text}” does not fit the limit of quantification {loq}."
        loq = "—" if quantification is None else f"{quantification:f}"
        raise BadInput(reason("value.contradicts_loq", said, at=_AT_VALUE, text=word, loq=loq))
    return bound


def _number(word: str, typed: str) -> Decimal:
    """A number that is 0 or more and of a size that a content can have."""
    value = _decimal(word)
    if value is None or not -20 < value.adjusted() < 20:
        flat = _FLAT.fullmatch(word)
        if flat:
            said = "“{text}” may be a power of ten printed flat; write {value}×10^{power}."
            found = flat.groupdict()
            raise BadInput(reason("value.flat_power", said, at=_AT_VALUE, text=typed, **found))
        said = "“{text}” is no amount; write a number such as 0.015, <0.01, ND, 检出 or 3.36×10^3."
        raise BadInput(reason("value.not_a_number", said, at=_AT_VALUE, text=typed))
    if value.is_signed():
        said = "“{text}” is negative; a content is 0 or more."
        raise BadInput(reason("value.negative", said, at=_AT_VALUE, text=typed))
    return value


@cache
def most_of(unit: UnitCode) -> Decimal | None:
    """The content of a food that is nothing else, 1 kg/kg; None for a unit that is no content."""
    is_content = unit.kind is UnitKind.MASS_FRACTION
    return convert(Decimal(1000), UnitCode.G_PER_KG, unit) if is_content else None


def refuse_more_than_all(value: Decimal, unit: UnitCode, typed: str, at: Where = _AT_VALUE) -> None:
    """A food holds no more than 1 kg/kg of anything: the unit or the number is wrong. Raises `BadInput`:
    `value.impossible`."""
    most = most_of(unit)
    if most is not None and value > most:
        said = "“{text}” in {unit} is more than the whole food; check number and unit."
        raise BadInput(reason("value.impossible", said, at=at, text=typed, unit=unit.value))


def _decimal(word: str) -> Decimal | None:
    if power := _POWER.fullmatch(word):
        return Decimal(power["value"]).scaleb(int(power["power"]))
    if product := _PRODUCT.fullmatch(word):
        return Decimal(product["value"]).scaleb(len(product["by"]) - 1)
    return Decimal(word) if _PLAIN.fullmatch(word) else None


def _bound(text: str, column: str) -> Decimal | None:
    """A limit of detection or quantification, or an uncertainty; None when the cell is empty."""
    if not text.strip():
        return None
    value = _decimal(_plain(text))
    if value is None or not value > 0:
        said = "“{text}” is no number above 0."
        raise BadInput(reason("value.bound", said, at=Where(column=column), text=text))
    return value


def read_day(text: str) -> date:
    """A day, year first: 2026-03-01, 2026/3/1, 20260301, 2026年3月1日. Raises `BadInput`."""
    plain = unicodedata.normalize("NFKC", text).strip().removesuffix(" 00:00:00")
    found = _DAY.fullmatch(plain) or _COMPACT_DAY.fullmatch(plain)
    at = Where(column="date")
    if not plain:
        said = "The day of production or purchase is missing: it decides which edition counts."
        raise BadInput(reason("date.missing", said, at=at))
    if found:
        try:
            return date(*(int(part) for part in found.groups()))
        except ValueError:
            pass
    raise BadInput(reason("date.unreadable", "“{text}” is no day; write it as 2026-11-23.", at=at, text=text))


def read_grounds(text: str, families: Mapping[str, str], markets: frozenset[str]) -> Grounds:
    """The grounds that a cell names, several parted by `;`; none means the law of the home market.

    `families` gives the market of each known family of standards (`GB 2763`), or `declared` for one that binds only
    who declares it. Raises `BadInput` `basis.unknown`.
    """
    grounds = Grounds()
    for part in re.split(r"[;；、,，]", text):
        word = unicodedata.normalize("NFKC", part).strip()
        if word:
            grounds = _with(grounds, word, families, markets)
    return grounds


def _with(grounds: Grounds, word: str, families: Mapping[str, str], markets: frozenset[str]) -> Grounds:
    key = word.casefold()
    if (market := MARKETS.get(key, word.upper())) in markets:
        return replace(grounds, market=market)
    if key in _BASIS_KINDS:
        return replace(grounds, kind=_BASIS_KINDS[key])
    if key in _CONTENTS:
        return replace(grounds, content=_CONTENTS[key])
    if word in families:
        if families[word] == DECLARED:
            return replace(grounds, declared=(*grounds.declared, word))
        return replace(grounds, market=families[word])
    said = "“{text}” is no market or basis; known are {known}."
    known = ", ".join([*sorted(markets), *sorted(families), *_BASIS_KINDS, *_CONTENTS])
    raise BadInput(reason("basis.unknown", said, at=Where(column="basis"), text=word, known=known))


def read_form(text: str) -> Form:
    """Fresh, dried or processed; empty when nothing is said. Raises `BadInput` `form.unknown`."""
    word = unicodedata.normalize("NFKC", text).strip().casefold()
    if word not in _FORMS:
        said = "“{text}” is no form of a food; write fresh, dried or processed."
        raise BadInput(reason("form.unknown", said, at=Where(column="form"), text=text))
    return _FORMS[word]
