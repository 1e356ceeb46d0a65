"""The network around the county of the year: every county's laboratory, certificates, and what is reported upward."""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from lims.accreditation.rules import Scheme
from lims.accreditation.tables import Certificate
from lims.core.actions import Action
from lims.core.actors import Actor, system_actor
from lims.core.clock import FixedClock
from lims.db.work import LimsSession, insert_many, save
from lims.indicators import service as indicators
from lims.indicators.rules import BatchVerdict, Period
from lims.indicators.tables import ReportedBatch, ReturnReceived
from lims.library.queries import current_library
from lims.network import queries as network
from lims.network import service as network_service
from lims.network.rules import Level
from lims.network.service import LaboratoryOrder
from lims.network.tables import Laboratory, Region
from lims.reports.desk import signing_identity
from lims.runtime import Lims
from lims.samples.rules import Programme, Stage
from tests.year_laboratory import COUNTY, PREFECTURE, PREFECTURE_REGION, PROVINCE, REGION
from tests.year_walk import LOTS

#: Months that the county has reported upward.
MONTHS = (*((2026, month) for month in range(3, 13)), (2027, 1))
#: Batches of a neighbour in the prefecture, and of a county elsewhere in the province.
NEAR, FAR = 800, 250


def returns_of_the_year(lims: Lims, clock: FixedClock, people: dict[str, Actor]) -> None:
    """The county's monthly returns, made on the fifth of the next month and taken in by the prefecture."""
    with lims.read(system_actor(), Action.NETWORK_READ) as session:
        county = network.laboratory_by_code(session, COUNTY)
    with lims.work(system_actor(), Action.SET_UP) as session:
        certificate = signing_identity(lims, county).certificate_pem.decode("ascii")
        network_service.set_certificate(session, COUNTY, certificate)
    for year, month in MONTHS:
        following = date(year + month // 12, month % 12 + 1, 5)
        clock.instant = datetime.combine(following, time(2), tzinfo=UTC)
        content = indicators.export_return(lims, people["max"], Period.month(year, month))
        indicators.import_return(lims, people["net"], content)


def a_network_of_counties(lims: Lims) -> None:
    """A laboratory for every prefecture and county, their certificates, and what prefecture and province have received.

    The neighbours' batches are with the prefecture, those of the other counties with the province.
    """
    draw = random.Random(520)
    with lims.work(system_actor(), Action.SET_UP) as session:
        counties = _laboratories(session)
        _certify(session, counties, draw)
        kept = {code: network.laboratory_by_code(session, code) for code in (PREFECTURE, PROVINCE)}
        for laboratory in counties:
            near = laboratory.region_code.startswith(PREFECTURE_REGION[:4])
            receiver = kept[PREFECTURE] if near else kept[PROVINCE]
            _receive(session, laboratory, receiver, NEAR if near else FAR, draw)


def _laboratories(session: LimsSession) -> list[Laboratory]:
    """Those of the counties without one, each beneath its prefecture's."""
    regions = network.regions_within(session, "520000")
    above = {PREFECTURE_REGION: PREFECTURE}
    for region in regions:
        if region.level is Level.PREFECTURE and region.code not in above:
            above[region.code] = _register(session, region, PROVINCE).code
    counties = (r for r in regions if r.level is Level.COUNTY and r.code != REGION)
    return [_register(session, region, above.get(region.parent_code or "", PROVINCE)) for region in counties]


def _register(session: LimsSession, region: Region, superior: str) -> Laboratory:
    name = f"{region.name}农产品质量安全检验检测站"
    order = LaboratoryOrder(f"L{region.code}", name, region.level, region.code, superior, region.name)
    return network_service.register_laboratory(session, order)


def _certify(session: LimsSession, laboratories: Sequence[Laboratory], draw: random.Random) -> None:
    """Seven of ten have both certificates, some one of them, some none."""
    rows = []
    for n, laboratory in enumerate(laboratories, start=1):
        held = draw.choices([tuple(Scheme), (Scheme.CMA,), (Scheme.CATL,), ()], [70, 15, 5, 10])[0]
        for scheme in held:
            number = f"24240409{n:04}" if scheme is Scheme.CMA else f"[2024]农质检核（黔）字第{n + 1:04}号"
            until = date(2026 + draw.randrange(5), 2, 28)
            rows.append(
                {
                    "laboratory_id": laboratory.id,
                    "scheme": scheme,
                    "number": number,
                    "issued_by": "贵州省市场监督管理局" if scheme is Scheme.CMA else "贵州省农业农村厅",
                    "valid_from": date(2020, 3, 1),
                    "valid_until": until,
                }
            )
    insert_many(session, Certificate, rows)


def _receive(session: LimsSession, sender: Laboratory, receiver: Laboratory, count: int, draw: random.Random) -> None:
    received = save(
        session,
        ReturnReceived(
            laboratory_id=receiver.id,
            sender_code=sender.code,
            number=f"{sender.code}-R20270001",
            starts_on=date(2026, 3, 1),
            ends_on=date(2027, 1, 31),
            records=count,
            added=count,
            changed=0,
            sha256=f"{draw.getrandbits(256):064x}",
            created_at=session.instant,
            received_at=session.instant,
            received_by="聂网",
        ),
    )
    insert_many(session, ReportedBatch, list(_batches(session, sender, receiver.id, received.id, count, draw)))


def _batches(
    session: LimsSession, sender: Laboratory, receiver_id: UUID, return_id: UUID, count: int, draw: random.Random
) -> Iterator[dict[str, Any]]:
    foods = {lot.product: current_library(session).foods.resolve(lot.product).food.food for lot in LOTS}
    for n in range(1, count + 1):
        sampled_on = date(2026, 3, 2) + timedelta(days=n * 330 // count)
        lot = draw.choice(LOTS)
        fails = draw.random() < 0.03
        yield {
            "laboratory_id": receiver_id,
            "origin_code": sender.code,
            "sample_number": f"{sender.code}-2026-{n:06}",
            "report_number": f"{sender.code}2026{n:06}",
            "region_code": sender.region_code,
            "product_name": lot.product,
            "food": foods[lot.product],
            "food_group": foods[lot.product].split("/")[0],
            "programme": draw.choice((Programme.ROUTINE, Programme.ROUTINE, Programme.SUPERVISION, Programme.SPECIAL)),
            "stage": draw.choice(tuple(Stage)),
            "sampled_on": sampled_on,
            "issued_at": datetime.combine(sampled_on + timedelta(days=4), time(3), tzinfo=UTC),
            "verdict": BatchVerdict.FAILS if fails else BatchVerdict.CONFORMS,
            "failing": "毒死蜱" if fails else None,
            "pdf_sha256": f"{draw.getrandbits(256):064x}",
            "return_id": return_id,
        }
