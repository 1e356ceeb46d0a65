"""Pure decisions about certificates and scope lines: who may test what, on a day, under which scheme."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from lims.core.reasons import Reason, Where, reason

#: The product of a scope line that covers every product.
EVERY_PRODUCT = "*"


class Scheme(StrEnum):
    """CMA: 检验检测机构资质认定. CATL: 农产品质量安全检测机构考核."""

    CMA = "CMA"
    CATL = "CATL"


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """A certificate with the dates printed on it (they are stored, never computed), and its suspension."""

    scheme: Scheme
    number: str
    valid_from: date
    valid_until: date
    suspended_on: date | None = None
    suspended_until: date | None = None

    def in_force_on(self, day: date) -> bool:
        """Valid and not suspended; every bound is inclusive, a suspension without an end still lasts."""
        if not self.valid_from <= day <= self.valid_until:
            return False
        if self.suspended_on is None or day < self.suspended_on:
            return True
        return self.suspended_until is not None and day > self.suspended_until


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the ability annex (能力附表) together with its certificate.

    `product` and `restricted_to` are keys of the food tree (`蔬菜/豆类蔬菜`) or `*`; a line covers everything
    beneath its product, or beneath what it is restricted to. The printed `restriction` stays a text for people.
    """

    certificate: CertificateFacts
    product: str
    parameter: str
    method_code: str
    valid_from: date
    valid_until: date | None = None
    restriction: str | None = None
    restricted_to: str | None = None

    @property
    def scheme(self) -> Scheme:
        """The scheme of its certificate."""
        return self.certificate.scheme

    @property
    def reach(self) -> str:
        """The node of the food tree that it really covers."""
        return self.restricted_to or self.product

    def in_force_on(self, day: date) -> bool:
        """The line itself and its certificate are in force."""
        begun = self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)
        return begun and self.certificate.in_force_on(day)


@dataclass(frozen=True, slots=True)
class MethodChoice:
    """A method for a parameter, and the lines that cover it in each scheme."""

    parameter: str
    method_code: str
    cma: Line | None
    catl: Line | None


@dataclass(frozen=True, slots=True)
class ParameterCounts:
    """How many parameters, counted three ways (no written counting rule exists; the first decides the targets)."""

    parameters: int
    parameter_products: int
    parameter_product_methods: int


def certificate_faults(scheme: Scheme, number: str, valid_from: date, valid_until: date) -> list[Reason]:
    """What cannot be a certificate. A CMA number has 12 digits (检验检测机构资质认定标志及其使用要求)."""
    faults = []
    if scheme is Scheme.CMA and not re.fullmatch(r"[0-9]{12}", number):
        faults.append(
            reason(
                "certificate.cma_number",
                "A CMA number has 12 digits, such as 182412341234; “{number}” has not.",
                number=number,
                at=Where("number"),
            )
        )
    if valid_until < valid_from:
        faults.append(
            reason(
                "certificate.dates",
                "The certificate ends on {until}, before it begins on {start}.",
                until=valid_until.isoformat(),
                start=valid_from.isoformat(),
                at=Where("valid_until"),
            )
        )
    return faults


_CMA_BODIES = {"00": "国家", "10": "江苏", "24": "贵州"}
_CMA_FIELDS = {"00": "食品", "04": "农林牧渔", "12": "环保"}
_CMA_INDUSTRIES = {"09": "农业", "11": "技术监督", "14": "食药"}
_CATL_NUMBER = re.compile(r"[\[〔［](\d{4})[\]〕］]农质检核[（(](.+?)[）)]字第(\d{4})号")


def certificate_warnings(scheme: Scheme, number: str, valid_from: date) -> list[Reason]:
    """What looks odd in a number. The codes known here are those seen on certificates, so nothing is refused.

    CMA: year 2, issuing body 2, field 2, industry 2, serial 4. CATL: `[2020]农质检核（苏）字第0021号`.
    """
    if scheme is Scheme.CATL:
        if _CATL_NUMBER.fullmatch(number):
            return []
        return [
            reason(
                "certificate.catl_form",
                "The number is not of the form [2020]农质检核（黔）字第0021号; check it against the certificate.",
                at=Where("number"),
            )
        ]
    parts = (
        ("issuing body", number[2:4], _CMA_BODIES),
        ("field", number[4:6], _CMA_FIELDS),
        ("industry", number[6:8], _CMA_INDUSTRIES),
    )
    odd = [
        reason(
            "certificate.cma_code",
            "The {part} code {code} of the number is not known here; check it against the certificate.",
            part=part,
            code=code,
            at=Where("number"),
        )
        for part, code, known in parts
        if code not in known
    ]
    if int(number[:2]) != valid_from.year % 100:
        odd.append(
            reason(
                "certificate.cma_year",
                "The number says year {year}, the certificate begins in {begins}; check it.",
                year=number[:2],
                begins=valid_from.year,
                at=Where("number"),
            )
        )
    return odd


def suspension_faults(facts: CertificateFacts, on: date, until: date | None) -> list[Reason]:
    """A suspension lies within the certificate's validity and ends after it begins."""
    faults = []
    if not facts.valid_from <= on <= facts.valid_until:
        faults.append(
            reason(
                "certificate.suspension_outside",
                "The suspension must begin within the validity, {start} to {end}.",
                start=facts.valid_from.isoformat(),
                end=facts.valid_until.isoformat(),
                at=Where("suspended_on"),
            )
        )
    if until is not None and until < on:
        faults.append(
            reason(
                "certificate.suspension_dates",
                "The suspension ends on {until}, before it begins on {on}.",
                until=until.isoformat(),
                on=on.isoformat(),
                at=Where("suspended_until"),
            )
        )
    return faults


def covering_line(
    lines: Iterable[Line],
    scheme: Scheme,
    product_path: Collection[str],
    parameter: str,
    method: str,
    day: date,
) -> Line | None:
    """The line that covers a test on a day, the most specific product first; None when it is out of scope.

    `product_path` holds the keys of the food, its group, the group's group … in any order.
    """
    covering = [
        line
        for line in lines
        if line.scheme is scheme
        and line.parameter == parameter
        and line.method_code == method
        and reaches(line, product_path)
        and line.in_force_on(day)
    ]
    return max(covering, key=_preference, default=None)


def reaches(line: Line, product_path: Collection[str]) -> bool:
    """Whether a line reaches a product."""
    return line.reach == EVERY_PRODUCT or line.reach in product_path


def specificity(product: str) -> int:
    """Larger for a narrower node: a key of the food tree holds the keys of all its groups (`蔬菜/豆类蔬菜/…`)."""
    return 0 if product == EVERY_PRODUCT else len(product)


def _preference(line: Line) -> tuple[int, date, date, str]:
    return specificity(line.reach), line.certificate.valid_until, line.valid_from, line.certificate.number


def choose_method(
    lines: Iterable[Line],
    product_path: Collection[str],
    parameter: str,
    day: date,
    outdated: Collection[str] = (),
) -> MethodChoice | None:
    """The method that a parameter is tested by when nobody names one; None when it is out of scope."""
    own = [line for line in lines if line.parameter == parameter]
    return choose_methods(own, product_path, day, outdated).get(parameter)


def choose_methods(
    lines: Iterable[Line], product_path: Collection[str], day: date, outdated: Collection[str] = ()
) -> dict[str, MethodChoice]:
    """For every parameter in scope on a day its method, in one pass.

    First choice is a method in both schemes, then one that no newer edition has replaced, then the line of the
    narrowest product, then the newest edition, last the code itself: the same lines always give the same method.
    """
    by_method: dict[tuple[str, str], dict[Scheme, Line]] = defaultdict(dict)
    for line in lines:
        if reaches(line, product_path) and line.in_force_on(day):
            best = by_method[line.parameter, line.method_code]
            known = best.get(line.scheme)
            if known is None or _preference(line) > _preference(known):
                best[line.scheme] = line
    chosen: dict[str, tuple[tuple[bool, bool, int, str, str], MethodChoice]] = {}
    for (parameter, method), found in by_method.items():
        choice = MethodChoice(parameter, method, found.get(Scheme.CMA), found.get(Scheme.CATL))
        rank = (
            len(found) == len(Scheme),
            method not in outdated,
            max(specificity(line.reach) for line in found.values()),
            edition_of(method),
            method,
        )
        if parameter not in chosen or rank > chosen[parameter][0]:
            chosen[parameter] = (rank, choice)
    return {parameter: choice for parameter, (_, choice) in sorted(chosen.items())}


_EDITION = re.compile(r"(.+)-(\d{4})")


def edition_of(method_code: str) -> str:
    """The year of a dated code, `2026` of `GB 23200.121-2026`; empty for an undated one."""
    found = _EDITION.fullmatch(method_code)
    return found.group(2) if found else ""


def undated(method_code: str) -> str:
    """The code without its year."""
    found = _EDITION.fullmatch(method_code)
    return found.group(1) if found else method_code


def count_parameters(lines: Iterable[Line], day: date) -> ParameterCounts:
    """Parameters in force on a day that stand in both annexes, CMA and CATL: both are legally needed to report.

    Synonyms are one parameter already: a line holds the code of the substance in the library.
    """
    keys: dict[Scheme, tuple[set[str], set[tuple[str, str]], set[tuple[str, str, str]]]]
    keys = {scheme: (set(), set(), set()) for scheme in Scheme}
    for line in lines:
        if line.in_force_on(day):
            parameters, products, methods = keys[line.scheme]
            parameters.add(line.parameter)
            products.add((line.parameter, line.reach))
            methods.add((line.parameter, line.reach, line.method_code))
    cma, catl = keys[Scheme.CMA], keys[Scheme.CATL]
    return ParameterCounts(len(cma[0] & catl[0]), len(cma[1] & catl[1]), len(cma[2] & catl[2]))


def narrowest(products: Sequence[str], product_path: Collection[str]) -> str | None:
    """Of several nodes the narrowest that holds the food; None when none does."""
    holding = [p for p in products if p == EVERY_PRODUCT or p in product_path]
    return max(holding, key=specificity, default=None)
