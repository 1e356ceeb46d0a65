"""What the county laboratory of the rehearsal is able and allowed to do: equipment, scope, verified limits."""

from datetime import date
from decimal import Decimal

from sqlmodel import select

from lims.accreditation import service as accreditation
from lims.accreditation.rules import Scheme
from lims.accreditation.schemas import CertificateIn, MethodLimitsIn, ScopeLineIn
from lims.accreditation.tables import Certificate
from lims.core.actions import Action
from lims.core.actors import Actor
from lims.core.clock import local_day
from lims.demo.produce import COMMON, LOTS, METHOD
from lims.equipment import service as equipment
from lims.equipment.schemas import InstrumentIn
from lims.library.queries import current_library
from lims.library.rules import Library
from lims.people import queries as people
from lims.people import service as people_service
from lims.people.tables import AuthorisationKind
from lims.runtime import Lims
from lims.web.rows import Numbered

INSTRUMENT, SECOND_INSTRUMENT = "LCMS-01", "LCMS-02"
BALANCE, PIPETTE, THERMOMETER = "BAL-02", "PIP-07", "TH-03"
PRODUCTS = ("蔬菜", "水果", "茶叶")


def equip(lims: Lims, quality_manager: Actor) -> None:
    """Record equipment, certificates with their annexes, verified limits and authorisations, once."""
    today = local_day(lims.clock.now())
    with lims.work(quality_manager, Action.EQUIPMENT_EDIT, "演示") as session:
        if session.exec(select(Certificate.id)).first() is not None:
            return
        library = current_library(session)
        for device in _equipment(today):
            equipment.register_instrument(session, device)
        for order in _certificates(today):
            certificate, _remarks = accreditation.record_certificate(session, order)
            accreditation.add_scope_lines(session, library, certificate.id, _annex(library))
        accreditation.record_method_limits(session, library, _verified(library, today))
        for username, kind in (("ann", AuthorisationKind.METHOD), ("sun", AuthorisationKind.SIGNATORY)):
            user = people.user_by_name(session, username)
            if user is not None:
                people_service.authorise(session, user, kind, "*", today.replace(day=1), None)


def analytes(library: Library, today: date) -> tuple[str, ...]:
    """Every analyte that the samples of the rehearsal need, components of sums included."""
    found = {
        component.code
        for lot in LOTS
        for name in (*COMMON, *lot.parameters)
        for component in library.components(
            library.substance(name).code, library.foods.resolve(lot.product).food.food, today
        )
    }
    return tuple(sorted(found))


def _equipment(today: date) -> list[InstrumentIn]:
    """The instruments, and what is weighed and measured with; on no day of the rehearsal is a calibration over."""
    until = today.replace(year=today.year + 1, day=1)
    devices = (
        (INSTRUMENT, "液相色谱-三重四极杆质谱联用仪", "6470", "YS-6470-01"),
        (SECOND_INSTRUMENT, "液相色谱-三重四极杆质谱联用仪", "TSQ Altis", "YS-ALTIS-02"),
        (BALANCE, "电子天平", "ME204（0.1 mg）", "YS-ME204-02"),
        (PIPETTE, "单道移液器", "100–1000 μL", "YS-P1000-07"),
        (THERMOMETER, "温湿度计", "TH-10", "YS-TH10-03"),
    )
    return [
        InstrumentIn(code=code, name=name, model=model, serial_number=serial, calibrated_until=until)
        for code, name, model, serial in devices
    ]


def _certificates(today: date) -> list[CertificateIn]:
    begun, ends = date(today.year - 2, 3, 1), date(today.year + 4, 2, 28)
    market, farming = "贵州省市场监督管理局（演示）", "贵州省农业农村厅（演示）"
    return [
        CertificateIn(
            scheme=Scheme.CMA, number=f"{begun:%y}2404090001", issued_by=market, valid_from=begun, valid_until=ends
        ),
        CertificateIn(
            scheme=Scheme.CATL,
            number=f"[{begun.year}]农质检核（黔）字第0001号",
            issued_by=farming,
            valid_from=begun,
            valid_until=ends,
        ),
    ]


def _annex(library: Library) -> list[Numbered[ScopeLineIn]]:
    family = library.methods[METHOD].undated_code
    covered = [
        s for s in library.facts.substances if any(m.undated_code == family for m in library.methods_for(s.code))
    ]
    return [
        Numbered(ScopeLineIn(product=product, parameter=substance.code, method=METHOD))
        for product in PRODUCTS
        for substance in covered
    ]


def _verified(library: Library, today: date) -> list[Numbered[MethodLimitsIn]]:
    return [
        Numbered(
            MethodLimitsIn(
                method=METHOD,
                analyte=analyte,
                limit_of_quantification=Decimal("0.002"),
                limit_of_detection=Decimal("0.0005"),
                unit="mg/kg",
                expanded_uncertainty_percent=Decimal(22),
                verified_on=today.replace(year=today.year - 1, day=1),
            )
        )
        for analyte in analytes(library, today)
    ]
