"""Acts on accreditation: certificates, their annexes, and what the laboratory has verified."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from lims.accreditation import queries
from lims.accreditation.rules import (
    EVERY_PRODUCT,
    certificate_faults,
    certificate_warnings,
    edition_of,
    suspension_faults,
)
from lims.accreditation.schemas import CertificateIn, MethodLimitsIn, ScopeLineEnd, ScopeLineIn, SuspensionIn
from lims.accreditation.tables import Certificate, ScopeLine, VerifiedMethod
from lims.accreditation.words import Words, method_code
from lims.core.clock import local_day
from lims.core.errors import Conflict, NotFound, RuleRefused, refuse_if
from lims.core.reasons import Reason, reason
from lims.db.locks import hold
from lims.db.work import LimsSession, check_version, insert_many, own_laboratory, save
from lims.library.rules import Library
from lims.web.rows import Numbered


def _own_certificate(session: LimsSession, certificate_id: UUID) -> Certificate:
    """A certificate of the own laboratory: seeing those of a region is not managing them. Raises `NotFound`."""
    certificate = queries.certificate_by_id(session, certificate_id)
    if not session.actor.is_system and certificate.laboratory_id != session.actor.laboratory_id:
        raise NotFound.of("certificate", certificate_id)
    return certificate


def record_certificate(session: LimsSession, order: CertificateIn) -> tuple[Certificate, list[Reason]]:
    """A certificate of the own laboratory, and what looks odd in its number.

    Raises `RuleRefused` for what cannot be one, `Conflict` when it is recorded already.
    """
    refuse_if(certificate_faults(order.scheme, order.number, order.valid_from, order.valid_until))
    known = session.exec(
        select(Certificate.id).where(Certificate.scheme == order.scheme, Certificate.number == order.number)
    ).first()
    if known is not None:
        raise Conflict(
            reason(
                "certificate.known",
                "The {scheme} certificate {number} is recorded already.",
                scheme=order.scheme.value,
                number=order.number,
            )
        )
    certificate = Certificate(laboratory_id=own_laboratory(session), **order.model_dump())
    return save(session, certificate), certificate_warnings(order.scheme, order.number, order.valid_from)


def suspend_certificate(session: LimsSession, certificate_id: UUID, order: SuspensionIn) -> Certificate:
    """Suspend a certificate from a day on, set the end of the suspension, or lift it whole."""
    certificate = _own_certificate(session, certificate_id)
    check_version(certificate, order.version)
    if order.suspended_on is None:
        certificate.suspended_on = None
        certificate.suspended_until = None
    else:
        refuse_if(suspension_faults(queries.facts_of(certificate), order.suspended_on, order.suspended_until))
        certificate.suspended_on = order.suspended_on
        certificate.suspended_until = order.suspended_until
    return save(session, certificate)


def add_scope_line(session: LimsSession, library: Library, certificate_id: UUID, order: ScopeLineIn) -> ScopeLine:
    """One line of a certificate's annex. Raises `RuleRefused` with every fault, `Conflict` for a line that is there."""
    (line_id,) = add_scope_lines(session, library, certificate_id, [Numbered(order)])
    return queries.scope_line_by_id(session, line_id)


def add_scope_lines(
    session: LimsSession, library: Library, certificate_id: UUID, orders: Sequence[Numbered[ScopeLineIn]]
) -> list[UUID]:
    """Lines of an annex, all or none; their ids.

    Raises `RuleRefused` with every fault of every row. Lines that stand in the annex already are faults too.
    """
    certificate = _own_certificate(session, certificate_id)
    hold(session, certificate)  # or two at once would each find their line missing
    faults: list[Reason] = []
    rows = [_scope_row(library, certificate, one.order, one.row, faults) for one in orders]
    known = {_line_key(line) for line in _open_lines(session, certificate.id)}
    for one, row in zip(orders, rows, strict=True):
        if (key := _row_key(row)) in known:
            faults.append(_line_twice(library, row, one.row))
        known.add(key)
    refuse_if(faults)
    return insert_many(session, ScopeLine, rows)


def end_scope_line(session: LimsSession, line_id: UUID, order: ScopeLineEnd) -> ScopeLine:
    """The last day of a line. Raises `RuleRefused` when it lies before the first."""
    line = queries.scope_line_by_id(session, line_id)
    _own_certificate(session, line.certificate_id)
    check_version(line, order.version)
    if order.valid_until < line.valid_from:
        raise RuleRefused(
            reason(
                "scope.dates",
                "The line ends on {until}, before it begins on {start}.",
                until=order.valid_until.isoformat(),
                start=line.valid_from.isoformat(),
            )
        )
    line.valid_until = order.valid_until
    return save(session, line)


def record_method_limits(
    session: LimsSession, library: Library, orders: Sequence[Numbered[MethodLimitsIn]]
) -> list[UUID]:
    """LOQ and LOD that the laboratory has shown, all or none; their ids.

    Raises `RuleRefused` with every fault of every row: unknown words, an LOD above the LOQ, a day to come.
    """
    faults: list[Reason] = []
    rows = [_limits_row(session, library, one.order, one.row, faults) for one in orders]
    methods = {row["method_code"] for row in rows}
    known = {
        (m.method_code, m.analyte, m.product, m.verified_on)
        for m in session.exec(
            select(VerifiedMethod).where(
                VerifiedMethod.laboratory_id == own_laboratory(session), col(VerifiedMethod.method_code).in_(methods)
            )
        ).all()
    }
    for one, row in zip(orders, rows, strict=True):
        key = (row["method_code"], row["analyte"], row["product"], row["verified_on"])
        if key in known:
            faults.append(
                reason(
                    "method_limits.twice",
                    "Limits of {analyte} by {method} verified on {day} are recorded already.",
                    analyte=row["analyte"],
                    method=row["method_code"],
                    day=row["verified_on"].isoformat(),
                    at=Words(library, [], row=one.row).at("analyte"),
                )
            )
        known.add(key)
    refuse_if(faults)
    return insert_many(session, VerifiedMethod, rows)


def _open_lines(session: LimsSession, certificate_id: UUID) -> Sequence[ScopeLine]:
    return session.exec(
        select(ScopeLine).where(ScopeLine.certificate_id == certificate_id, col(ScopeLine.valid_until).is_(None))
    ).all()


_LineKey = tuple[str, str, str, str | None]


def _line_key(line: ScopeLine) -> _LineKey:
    return line.product, line.parameter, line.method_code, line.restricted_to


def _row_key(row: dict[str, Any]) -> _LineKey:
    return row["product"], row["parameter"], row["method_code"], row["restricted_to"]


def _line_twice(library: Library, row: dict[str, Any], number: int | None) -> Reason:
    return reason(
        "scope.line_twice",
        "{parameter} in {product} by {method} stands in the annex already.",
        parameter=row["parameter"],
        product=row["product"],
        method=row["method_code"],
        at=Words(library, [], row=number).at("parameter"),
    )


def _scope_row(
    library: Library, certificate: Certificate, order: ScopeLineIn, number: int | None, faults: list[Reason]
) -> dict[str, Any]:
    words = Words(library, faults, row=number)
    product = words.product(order.product)
    within = words.product(order.restricted_to, "restricted_to") if order.restricted_to else None
    if within and product != EVERY_PRODUCT and not library.foods.is_within(within, product):
        faults.append(
            reason(
                "scope.restricted_outside",
                "{within} does not lie in {product}; a line can only be restricted to a part of its product.",
                within=within,
                product=product,
                at=words.at("restricted_to"),
            )
        )
    method = method_code(library, order.method)
    if not edition_of(method):
        faults.append(
            reason(
                "scope.method_undated",
                "The annex names methods with their year, such as GB 23200.121-2026; “{method}” has none.",
                method=method,
                at=words.at("method"),
            )
        )
    starts = order.valid_from or certificate.valid_from
    if order.valid_until is not None and order.valid_until < starts:
        faults.append(
            reason(
                "scope.dates",
                "The line ends on {until}, before it begins on {start}.",
                until=order.valid_until.isoformat(),
                start=starts.isoformat(),
                at=words.at("valid_until"),
            )
        )
    return {
        "laboratory_id": certificate.laboratory_id,
        "certificate_id": certificate.id,
        "product": product,
        "parameter": words.parameter(order.parameter),
        "method_code": method,
        "restriction": order.restriction,
        "restricted_to": within,
        "valid_from": starts,
        "valid_until": order.valid_until,
    }


def _limits_row(
    session: LimsSession, library: Library, order: MethodLimitsIn, number: int | None, faults: list[Reason]
) -> dict[str, Any]:
    words = Words(library, faults, row=number)
    loq, lod = order.limit_of_quantification, order.limit_of_detection
    if not (loq.is_finite() and lod.is_finite() and 0 < lod <= loq):
        faults.append(
            reason(
                "method_limits.order",
                "The limit of detection {lod} must be above 0 and not above the limit of quantification {loq}.",
                lod=str(lod),
                loq=str(loq),
                at=words.at("limit_of_detection"),
            )
        )
    spread = order.expanded_uncertainty_percent
    if spread is not None and not (spread.is_finite() and 0 < spread < 100):
        faults.append(
            reason(
                "method_limits.uncertainty",
                "The expanded uncertainty {percent} % must be above 0 and below 100.",
                percent=str(spread),
                at=words.at("expanded_uncertainty_percent"),
            )
        )
    if order.verified_on > local_day(session.instant):
        faults.append(
            reason(
                "method_limits.day",
                "The day of verification {day} is still to come.",
                day=order.verified_on.isoformat(),
                at=words.at("verified_on"),
            )
        )
    return {
        "laboratory_id": own_laboratory(session),
        "method_code": method_code(library, order.method),
        "analyte": words.parameter(order.analyte, "analyte"),
        "product": words.product(order.product),
        "limit_of_quantification": loq,
        "limit_of_detection": lod,
        "unit": words.unit(order.unit).value,
        "expanded_uncertainty_percent": spread,
        "verified_on": order.verified_on,
    }
