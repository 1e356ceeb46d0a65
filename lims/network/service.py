"""Acts on the network."""

from dataclasses import dataclass

from sqlmodel import select

from lims.core.errors import BadInput, Conflict, refuse_if
from lims.core.reasons import Where, reason
from lims.db.work import LimsSession, insert_many, save
from lims.network import queries
from lims.network.files import NetworkFacts
from lims.network.rules import Level, reasons_not_to_register
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
    """A new laboratory of the network. Raises `RuleRefused`, `NotFound` for its region, `Conflict` for its code."""
    queries.region_by_code(session, order.region_code)
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


def set_certificate(session: LimsSession, code: str, certificate_pem: str) -> Laboratory:
    """Register the certificate that a laboratory's returns and reports are checked with."""
    if "BEGIN CERTIFICATE" not in certificate_pem or "PRIVATE KEY" in certificate_pem:
        raise BadInput(
            reason(
                "laboratory.certificate",
                "This is no certificate in PEM form; hand in the certificate alone, never the private key.",
                at=Where("certificate_pem"),
            )
        )
    laboratory = queries.laboratory_by_code(session, code)
    laboratory.certificate_pem = certificate_pem
    return save(session, laboratory)
