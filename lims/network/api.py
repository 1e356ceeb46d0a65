"""JSON routes of the network."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.patterns import REGION_CODE
from lims.network import queries, service
from lims.network.rules import PROVINCE_CODE
from lims.network.schemas import CertificateIn, LaboratoryIn, LaboratoryOut, RegionOut, TargetOut
from lims.web.dependencies import ActorDep, LimsDep

router = APIRouter(prefix="/api", tags=["network"])

Within = Annotated[str, Query(pattern=REGION_CODE, description="Code of the region to look inside.")]


@router.get("/regions")
def regions(lims: LimsDep, actor: ActorDep, within: Within = PROVINCE_CODE) -> list[RegionOut]:
    """A region and everything inside it, each with its residents by the newest census."""
    with lims.read(actor, Action.NETWORK_READ) as session:
        found = queries.regions_within(session, within)
        people = queries.populations(session, (r.code for r in found), local_day(lims.clock.now()))
        return [
            RegionOut(
                code=r.code,
                name=r.name,
                level=r.level,
                kind=r.kind,
                parent_code=r.parent_code,
                residents=people[r.code].residents if r.code in people else None,
                census_year=people[r.code].year if r.code in people else None,
            )
            for r in found
        ]


@router.get("/laboratories")
def laboratories(lims: LimsDep, actor: ActorDep, within: Within = PROVINCE_CODE) -> list[LaboratoryOut]:
    """The laboratories of a region: names and certificates, which are public; never their records."""
    with lims.read(actor, Action.NETWORK_READ) as session:
        return [LaboratoryOut.model_validate(lab) for lab in queries.laboratories(session, within)]


@router.post("/laboratories", status_code=201)
def register_laboratory(order: LaboratoryIn, lims: LimsDep, actor: ActorDep) -> LaboratoryOut:
    """A new laboratory; its superior must stand above it."""
    with lims.work(actor, Action.NETWORK_EDIT) as session:
        laboratory = service.register_laboratory(
            session,
            service.LaboratoryOrder(
                order.code, order.name, order.level, order.region_code, order.superior, order.address, order.phone
            ),
        )
        return LaboratoryOut.model_validate(laboratory)


@router.put("/laboratories/{code}/certificate")
def set_certificate(code: str, order: CertificateIn, lims: LimsDep, actor: ActorDep) -> LaboratoryOut:
    """Register the certificate that a laboratory's returns and reports are checked with."""
    with lims.work(actor, Action.NETWORK_EDIT) as session:
        laboratory = service.set_certificate(session, code, order.certificate_pem, order.version)
        return LaboratoryOut.model_validate(laboratory)


@router.get("/targets")
def targets(lims: LimsDep, actor: ActorDep, on: date | None = None) -> list[TargetOut]:
    """The targets that count on a day (today when none is named)."""
    day = on or local_day(lims.clock.now())
    with lims.read(actor, Action.NETWORK_READ) as session:
        return [TargetOut.model_validate(target) for target in queries.targets_in_force(session, day)]
