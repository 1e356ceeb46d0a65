"""Which marks a report may carry (资质认定标志 CMA, 考核合格标志 CATL), and why not.

The rule: a mark stays on a report only when *every* reported item is covered by the scope of that scheme, on the day
of its test and on the day of issue, by a method of which no newer edition exists; otherwise the report goes out
without that mark, and every item that is not covered is flagged (printed with `*` and listed in a note). A report
with some items outside could also keep the mark and exclude them by the note; the stricter way cannot mislead.
Sources: 检验检测机构资质认定管理办法, articles 18, 19 and 21; article 14 (a change of standard is filed, until then a
replaced method gives no mark). A standard that only sets limits needs no line in the scope.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from lims.accreditation.rules import CertificateFacts, Line, Scheme, covering_line
from lims.core.reasons import Reason, reason


@dataclass(frozen=True, slots=True)
class MarkItem:
    """One reported item. `superseded_by` names a newer edition of its method, when there is one on the test day."""

    parameter: str
    product_path: tuple[str, ...]
    method_code: str
    tested_on: date
    superseded_by: str | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """One scheme. `certificate_number` is printed beneath the mark, and is None when the mark is not granted."""

    scheme: Scheme
    granted: bool
    certificate_number: str | None
    reasons: tuple[Reason, ...]
    out_of_scope: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ItemScope:
    """Whether an item is covered in each scheme, and the printed restrictions of the lines that cover it."""

    item: MarkItem
    in_cma: bool
    in_catl: bool
    restrictions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Marks:
    """Both schemes, and each item in the order it was given."""

    cma: Mark
    catl: Mark
    items: tuple[ItemScope, ...]

    @property
    def out_of_scope(self) -> tuple[str, ...]:
        """Parameters that at least one scheme does not cover."""
        return tuple(s.item.parameter for s in self.items if not (s.in_cma and s.in_catl))


def marks_for(lines: Collection[Line], items: Sequence[MarkItem], day: date) -> Marks:
    """The marks of a report issued on `day`. `lines` are all lines of the laboratory for these parameters."""
    cma, cma_lines = _mark(lines, Scheme.CMA, items, day)
    catl, catl_lines = _mark(lines, Scheme.CATL, items, day)
    scopes = []
    for item, one, two in zip(items, cma_lines, catl_lines, strict=True):
        printed = {line.restriction for line in (one, two) if line and line.restriction}
        scopes.append(ItemScope(item, one is not None, two is not None, tuple(sorted(printed))))
    return Marks(cma, catl, tuple(scopes))


def _mark(
    lines: Collection[Line], scheme: Scheme, items: Sequence[MarkItem], day: date
) -> tuple[Mark, list[Line | None]]:
    """The mark of one scheme: the certificate in force that covers most items is the one that would be printed."""
    own = [line for line in lines if line.scheme is scheme]
    nothing: list[Line | None] = [None] * len(items)
    certificates = sorted(
        {line.certificate for line in own if line.certificate.in_force_on(day)}, key=lambda c: (c.valid_until, c.number)
    )
    if not items:
        why = reason("mark.no_items", "A report without items carries no mark.")
        return Mark(scheme, granted=False, certificate_number=None, reasons=(why,), out_of_scope=()), nothing
    if not certificates:
        why = reason(
            "mark.no_certificate",
            "No {scheme} certificate that covers any of the items is in force on {day}.",
            scheme=scheme.value,
            day=day.isoformat(),
        )
        outside = tuple(item.parameter for item in items)
        return Mark(scheme, granted=False, certificate_number=None, reasons=(why,), out_of_scope=outside), nothing
    best, covering = _best(own, certificates, scheme, items, day)
    faults = [_fault(item, line, scheme, day) for item, line in zip(items, covering, strict=True)]
    reasons = tuple(fault for fault in faults if fault is not None)
    counted = [line if item.superseded_by is None else None for item, line in zip(items, covering, strict=True)]
    outside = tuple(item.parameter for item, line in zip(items, counted, strict=True) if line is None)
    number = best.number if not reasons else None
    return Mark(scheme, not reasons, number, reasons, outside), counted


def _best(
    lines: Sequence[Line],
    certificates: Iterable[CertificateFacts],
    scheme: Scheme,
    items: Sequence[MarkItem],
    day: date,
) -> tuple[CertificateFacts, list[Line | None]]:
    candidates = []
    for certificate in certificates:
        under_it = [line for line in lines if line.certificate == certificate]
        covering = [_line_for(item, under_it, lines, scheme, day) for item in items]
        candidates.append((certificate, covering))
    return max(candidates, key=lambda c: (sum(line is not None for line in c[1]), c[0].valid_until, c[0].number))


def _line_for(
    item: MarkItem, under_certificate: Sequence[Line], lines: Sequence[Line], scheme: Scheme, day: date
) -> Line | None:
    """The line on the day of issue, if the test was in scope on its own day too (perhaps of an earlier certificate)."""
    what = (scheme, item.product_path, item.parameter, item.method_code)
    if covering_line(lines, *what, item.tested_on) is None:
        return None
    return covering_line(under_certificate, *what, day)


def _fault(item: MarkItem, line: Line | None, scheme: Scheme, day: date) -> Reason | None:
    if line is None:
        return reason(
            "mark.out_of_scope",
            "{parameter} by {method} in {product} is not in the {scheme} scope on both {tested} and {day}.",
            parameter=item.parameter,
            method=item.method_code,
            product=item.product_path[0] if item.product_path else "",
            scheme=scheme.value,
            tested=item.tested_on.isoformat(),
            day=day.isoformat(),
        )
    if item.superseded_by is not None:
        return reason(
            "mark.method_superseded",
            "{parameter} was tested by {method}, which {newer} has replaced; file the change of method first.",
            parameter=item.parameter,
            method=item.method_code,
            newer=item.superseded_by,
        )
    return None
