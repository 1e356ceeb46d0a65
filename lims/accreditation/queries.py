"""Reads of accreditation."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from lims.accreditation.dual import DualRate, LaboratoryStatus, dual_rate, in_force_until, status_on
from lims.accreditation.marks import MarkItem, Marks, marks_for
from lims.accreditation.rules import (
    EVERY_PRODUCT,
    CertificateFacts,
    Line,
    ParameterCounts,
    Scheme,
    count_parameters,
    narrowest,
)
from lims.accreditation.tables import Certificate, ScopeLine, VerifiedMethod
from lims.core.errors import Forbidden, NotFound
from lims.core.reasons import reason
from lims.db.work import LimsSession
from lims.network import queries as network
from lims.network.rules import Level

#: Beyond this the database spends more on a list of names than on giving all lines of the products.
_FEW = 10


def facts_of(certificate: Certificate) -> CertificateFacts:
    """The certificate as the rules know it."""
    return CertificateFacts(
        certificate.scheme,
        certificate.number,
        certificate.valid_from,
        certificate.valid_until,
        certificate.suspended_on,
        certificate.suspended_until,
    )


def certificate_by_id(session: Session, certificate_id: UUID) -> Certificate:
    """Raises `NotFound`."""
    found = session.exec(select(Certificate).where(Certificate.id == certificate_id)).one_or_none()
    if found is None:
        raise NotFound.of("certificate", certificate_id)
    return found


def certificates(session: Session, laboratory_id: UUID | None = None) -> Sequence[Certificate]:
    """The certificates that the session may see, or those of one laboratory, by scheme and first day."""
    query = select(Certificate).order_by(col(Certificate.scheme), col(Certificate.valid_from), col(Certificate.number))
    if laboratory_id is not None:
        query = query.where(Certificate.laboratory_id == laboratory_id)
    return session.exec(query).all()


def scope_line_by_id(session: Session, line_id: UUID) -> ScopeLine:
    """Raises `NotFound`."""
    found = session.exec(select(ScopeLine).where(ScopeLine.id == line_id)).one_or_none()
    if found is None:
        raise NotFound.of("scope line", line_id)
    return found


def annex(session: Session, certificate_id: UUID, limit: int, offset: int) -> tuple[Sequence[ScopeLine], int]:
    """A part of the lines of a certificate, and how many there are. Raises `NotFound`."""
    certificate_by_id(session, certificate_id)
    total = session.exec(select(func.count()).where(ScopeLine.certificate_id == certificate_id)).one()
    rows = session.exec(
        select(ScopeLine)
        .where(ScopeLine.certificate_id == certificate_id)
        .order_by(col(ScopeLine.parameter), col(ScopeLine.product), col(ScopeLine.method_code), col(ScopeLine.id))
        .limit(limit)
        .offset(offset)
    ).all()
    return rows, total


def scope_lines(
    session: Session,
    laboratory_id: UUID,
    *,
    product_path: Collection[str] | None = None,
    parameters: Collection[str] | None = None,
) -> list[Line]:
    """The lines of a laboratory of every date, in one query; only those that could cover a product or parameters."""
    held = {c.id: facts_of(c) for c in certificates(session, laboratory_id)}
    if not held:
        return []
    query = select(
        ScopeLine.certificate_id,
        ScopeLine.product,
        ScopeLine.parameter,
        ScopeLine.method_code,
        ScopeLine.valid_from,
        ScopeLine.valid_until,
        ScopeLine.restriction,  # type: ignore[call-overload]  # overloads end at four columns
        ScopeLine.restricted_to,
    ).where(ScopeLine.laboratory_id == laboratory_id)
    if product_path is not None:
        query = query.where(col(ScopeLine.product).in_([EVERY_PRODUCT, *product_path]))
    wanted = None if parameters is None else frozenset(parameters)
    if wanted is not None and len(wanted) <= _FEW:
        query = query.where(col(ScopeLine.parameter).in_(sorted(wanted)))
    return [
        Line(held[certificate_id], product, parameter, *rest)
        for certificate_id, product, parameter, *rest in session.exec(query).all()
        if wanted is None or parameter in wanted
    ]


def lines_in_force(
    session: Session,
    laboratory_id: UUID,
    day: date,
    *,
    product_path: Collection[str] | None = None,
    parameters: Collection[str] | None = None,
) -> list[Line]:
    """The lines in force on a day: begun, not ended, their certificate valid and not suspended."""
    lines = scope_lines(session, laboratory_id, product_path=product_path, parameters=parameters)
    return [line for line in lines if line.in_force_on(day)]


def marks_of(session: Session, laboratory_id: UUID, items: Sequence[MarkItem], day: date) -> Marks:
    """The marks of a report of a laboratory issued on a day (see `lims.accreditation.marks`)."""
    parameters = {item.parameter for item in items}
    return marks_for(scope_lines(session, laboratory_id, parameters=parameters), items, day)


def verified_methods(
    session: LimsSession, method: str, day: date, *, laboratory_id: UUID | None = None
) -> Sequence[VerifiedMethod]:
    """All limits that the laboratory has shown for a method by a day, newest last."""
    return session.exec(
        select(VerifiedMethod)
        .where(
            VerifiedMethod.laboratory_id == (laboratory_id or session.actor.laboratory_id),
            VerifiedMethod.method_code == method,
            VerifiedMethod.verified_on <= day,
        )
        .order_by(col(VerifiedMethod.verified_on))
    ).all()


def narrowest_limits(rows: Sequence[VerifiedMethod], analyte: str, food_path: Collection[str]) -> VerifiedMethod | None:
    """Of the limits of a method those for the narrowest product that holds the food; of equals the newest."""
    own = {row.product: row for row in rows if row.analyte == analyte}  # newest last: it stays
    product = narrowest(list(own), food_path)
    return own[product] if product is not None else None


def verified_limits(
    session: LimsSession,
    method: str,
    analyte: str,
    food_path: Collection[str],
    day: date,
    *,
    laboratory_id: UUID | None = None,
) -> VerifiedMethod | None:
    """LOQ and LOD of an analyte by a method in a food on a day; None when the laboratory has shown none.

    `food_path` holds the keys of the food and its groups. For many analytes ask `verified_methods` once.
    """
    return narrowest_limits(verified_methods(session, method, day, laboratory_id=laboratory_id), analyte, food_path)


def limits_list(
    session: Session, method: str | None, analyte: str | None, limit: int, offset: int
) -> tuple[Sequence[VerifiedMethod], int]:
    """A part of the verified limits that the session may see, and how many there are."""
    wanted = []
    if method is not None:
        wanted.append(col(VerifiedMethod.method_code) == method)
    if analyte is not None:
        wanted.append(col(VerifiedMethod.analyte) == analyte)
    total = session.exec(select(func.count(col(VerifiedMethod.id))).where(*wanted)).one()
    rows = session.exec(
        select(VerifiedMethod)
        .where(*wanted)
        .order_by(
            col(VerifiedMethod.method_code),
            col(VerifiedMethod.analyte),
            col(VerifiedMethod.product),
            col(VerifiedMethod.verified_on),
            col(VerifiedMethod.id),
        )
        .limit(limit)
        .offset(offset)
    ).all()
    return rows, total


def parameter_counts(session: LimsSession, laboratory_id: UUID, day: date) -> ParameterCounts:
    """The parameters of a laboratory on a day. Raises `NotFound` for a laboratory the actor may not see."""
    _require_visible(session, laboratory_id)
    return count_parameters(scope_lines(session, laboratory_id), day)


def dual_rate_of(session: LimsSession, region_code: str, day: date) -> DualRate:
    """双认证 rate of the county laboratories of a region on a day.

    Raises `NotFound` for the region, `Forbidden` when the actor may not see every laboratory that counts: the rate
    of some of them would be wrong without looking wrong.
    """
    network.region_by_code(session, region_code)
    counties = [lab for lab in network.laboratories(session, region_code) if lab.level is Level.COUNTY]
    visible = session.actor.visible_laboratories
    if visible is not None and any(lab.id not in visible for lab in counties):
        raise Forbidden(
            reason(
                "dual_rate.not_all_visible",
                "Not every county laboratory of region {region} is yours to see; ask for a region inside yours.",
                region=region_code,
            )
        )
    held: dict[UUID, list[CertificateFacts]] = {lab.id: [] for lab in counties}
    for certificate in certificates(session):
        if certificate.laboratory_id in held:
            held[certificate.laboratory_id].append(facts_of(certificate))
    statuses = [
        LaboratoryStatus(
            lab.code,
            lab.name,
            lab.region_code,
            status_on(held[lab.id], day),
            in_force_until(held[lab.id], Scheme.CMA, day),
            in_force_until(held[lab.id], Scheme.CATL, day),
        )
        for lab in counties
    ]
    return dual_rate(region_code, statuses, day)


def _require_visible(session: LimsSession, laboratory_id: UUID) -> None:
    visible = session.actor.visible_laboratories
    if visible is not None and laboratory_id not in visible:
        raise NotFound.of("laboratory", laboratory_id)
