"""Acts on the network."""

from dataclasses import dataclass

from sqlmodel import select

from lims.core.errors import BadInput, Conflict, Forbidden, refuse_if
from lims.core.reasons import Where, reason
from lims.db.work import LimsSession, check_version, insert_many, save
from lims.documents.certificates import read_certificates
from lims.network import queries
from lims.network.files import NetworkFacts
from lims.network.rules import Level, is_within, reasons_not_to_register
from lims.network.tables import Laboratory, Region, RegionPopulation, Target


@dataclass(frozen=True, slots=True)
class LaboratoryOrder:
    """What a new laboratory is to be."""

    code: str
    name: str
    level: Level
    region_code: str
    superior_code: str | None
    address: str
    phone: str | None = None


def load_network(session: LimsSession, facts: NetworkFacts) -> int:
    """Regions, populations and targets that are not there yet; what is there stays. The number of new rows."""
    known = set(session.exec(select(Region.code)).all())
    regions = [r for r in facts.regions if r["code"] not in known]
    insert_many(session, Region, regions)
    counted = set(session.exec(select(RegionPopulation.region_code, RegionPopulation.year)).all())
    people = [p for p in facts.populations if (p["region_code"], p["year"]) not in counted]
    insert_many(session, RegionPopulation, people)
    set_before = {(t.code, t.starts_on) for t in session.exec(select(Target)).all()}
    targets = [t for t in facts.targets if (t["code"], t["starts_on"]) not in set_before]
    insert_many(session, Target, targets)
    return len(regions) + len(people) + len(targets)


def register_laboratory(session: LimsSession, order: LaboratoryOrder) -> Laboratory:
    """A new laboratory of the network.

    Raises `RuleRefused`, `NotFound` for its region, `Forbidden` for one outside one's own, `Conflict` for its code.
    """
    queries.region_by_code(session, order.region_code)
    _refuse_outside(session, order.region_code)
    superior = queries.laboratory_by_code(session, order.superior_code) if order.superior_code else None
    refuse_if(reasons_not_to_register(order.level, superior.level if superior else None))
    if session.exec(select(Laboratory.id).where(Laboratory.code == order.code)).first():
        raise Conflict(
            reason("laboratory.code_taken", "The code {code} belongs to another laboratory.", code=order.code)
        )
    return save(
        session,
        Laboratory(
            code=order.code,
            name=order.name,
            level=order.level,
            region_code=order.region_code,
            superior_id=superior.id if superior else None,
            address=order.address,
            phone=order.phone,
        ),
    )


def set_certificate(session: LimsSession, code: str, certificate_pem: str, version: int | None = None) -> Laboratory:
    """Register the certificate that a laboratory's returns and reports are checked with.

    Raises `BadInput`, `NotFound`, `Conflict`, and `Forbidden` for a laboratory outside one's own region.
    """
    if not _is_certificate(certificate_pem):
        raise BadInput(
            reason(
                "laboratory.certificate",
                "This is no certificate in PEM form; hand in the certificate alone, never the private key.",
                at=Where("certificate_pem"),
            )
        )
    laboratory = queries.laboratory_by_code(session, code)
    _refuse_outside(session, laboratory.region_code)
    check_version(laboratory, version)
    laboratory.certificate_pem = certificate_pem
    return save(session, laboratory)


def _is_certificate(pem: str) -> bool:
    """Whether a text is a certificate that can be read, and no private key comes along."""
    if "BEGIN CERTIFICATE" not in pem or "PRIVATE KEY" in pem:
        return False
    try:
        return bool(read_certificates(pem.encode()))
    except BadInput:
        return False


def _refuse_outside(session: LimsSession, region_code: str) -> None:
    """People change the network inside the region of their laboratory alone: else a county could replace the key
    that its neighbour's returns are checked with.
    """
    if session.actor.is_system:
        return
    own = queries.laboratory_by_id(session, session.actor.laboratory_id)
    if not is_within(region_code, own.region_code):
        raise Forbidden(
            reason(
                "network.outside",
                "Region {region} is not inside region {own} of your laboratory.",
                region=region_code,
                own=own.region_code,
            )
        )
