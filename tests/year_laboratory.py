"""The county laboratory of the year: its network, its people, what it is able and allowed to do."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from lims.accreditation import service as accreditation
from lims.accreditation.rules import Scheme
from lims.accreditation.schemas import CertificateIn, MethodLimitsIn, ScopeLineIn
from lims.core.actions import Action, Role
from lims.core.actors import Actor, system_actor
from lims.db.work import save
from lims.equipment import service as equipment
from lims.equipment.schemas import InstrumentIn
from lims.installation import SetUp, set_up
from lims.library.queries import current_library
from lims.library.rules import Library
from lims.limits.service import judge_amounts
from lims.limits.verdicts import Occasion, Verdict
from lims.network.rules import Level
from lims.network.service import LaboratoryOrder
from lims.network.tables import Region
from lims.people import queries as people
from lims.people import service as people_service
from lims.people.service import UserOrder
from lims.people.tables import AuthorisationKind
from lims.runtime import Lims
from lims.samples.rules import BasisKind
from lims.science.amounts import NotDetected
from lims.science.units import UnitCode
from lims.web.rows import Numbered
from tests.factories import PASSWORD

COUNTY, PREFECTURE, PROVINCE = "QBZ", "QZY", "QGZ"
REGION, PREFECTURE_REGION, PROVINCE_REGION = "520304", "520300", "520000"
METHOD = "GB 23200.121-2026"
INSTRUMENT = "LCMS-01"
PRODUCTS = ("蔬菜", "水果", "茶叶")
#: The first day on which the limits that the library holds decide.
OPENS_ON = date(2026, 3, 1)
LOQ, LOD = Decimal("0.002"), Decimal("0.0005")  # mg/kg

LABORATORIES = (
    LaboratoryOrder(PROVINCE, "贵州省农产品质量安全检测中心", Level.PROVINCE, PROVINCE_REGION, None, "贵阳市南明区"),
    LaboratoryOrder(
        PREFECTURE, "遵义市农产品质量安全检测中心", Level.PREFECTURE, PREFECTURE_REGION, PROVINCE, "遵义市汇川区"
    ),
    LaboratoryOrder(
        COUNTY, "播州区农产品质量安全检测站", Level.COUNTY, REGION, PREFECTURE, "遵义市播州区南白街道", "0851-00000000"
    ),
)

#: Where the year's samples are drawn: the county as a whole, and its townships (registered here; the library has none).
PLACES = (
    (REGION, "遵义市播州区"),
    *(
        (f"{REGION}{n:03}", f"遵义市播州区{name}")
        for n, name in enumerate(
            ("南白街道", "播南街道", "龙坑街道", "三合镇", "乌江镇", "鸭溪镇", "枫香镇", "苟江镇", "新民镇"), start=1
        )
    ),
)

#: User name, full name, role, laboratory, and the region that widens what they see. Everybody's password is `PASSWORD`.
PEOPLE: tuple[tuple[str, str, Role, str, str | None], ...] = (
    ("sam", "冉小雨", Role.SAMPLER, COUNTY, None),
    ("ann", "安静", Role.TECHNICIAN, COUNTY, None),
    ("bea", "毕云", Role.TECHNICIAN, COUNTY, None),
    ("vic", "韦明", Role.VERIFIER, COUNTY, None),
    ("cai", "蔡文", Role.REPORT_COMPILER, COUNTY, None),
    ("rui", "芮清", Role.REPORT_REVIEWER, COUNTY, None),
    ("sun", "孙权衡", Role.AUTHORISED_SIGNATORY, COUNTY, None),
    ("max", "马克勤", Role.QUALITY_MANAGER, COUNTY, None),
    ("ian", "殷巡", Role.INSPECTOR, COUNTY, REGION),
    ("ada", "达管理", Role.ADMINISTRATOR, COUNTY, None),
    ("net", "聂网", Role.NETWORK_MANAGER, PREFECTURE, PREFECTURE_REGION),
    ("pro", "蒲省", Role.NETWORK_MANAGER, PROVINCE, PROVINCE_REGION),
)


def found(lims: Lims) -> dict[str, Actor]:
    """Library, laboratories and people; the actors by user name."""
    orders = [
        UserOrder(user, name, PASSWORD, frozenset({role}), lab, within) for user, name, role, lab, within in PEOPLE
    ]
    set_up(lims, SetUp(LABORATORIES, orders))
    with lims.work(system_actor(), Action.SET_UP) as session:
        save(session, *(_township(code, name.removeprefix("遵义市播州区")) for code, name in PLACES[1:]))
    return actors(lims)


def actors(lims: Lims) -> dict[str, Actor]:
    """The people of the year by user name."""
    with lims.read(system_actor(), Action.PEOPLE_READ) as session:
        known = {user.username: user for user in people.users(session)}
        return {name: people_service.actor_of(session, known[name]) for name, *_ in PEOPLE}


def _township(code: str, name: str) -> Region:
    kind = name[-2:] if name.endswith("街道") else "镇"
    return Region(code=code, name=name, level=Level.TOWNSHIP, kind=kind, parent_code=REGION, source="test")


def equip(lims: Lims, quality_manager: Actor, compounds: Sequence[str]) -> None:
    """Instruments, both certificates with the whole library as their annex, verified limits, authorisations."""
    with lims.work(quality_manager, Action.EQUIPMENT_EDIT) as session:
        library = current_library(session)
        for code, name, model in (
            (INSTRUMENT, "液相色谱-三重四极杆质谱联用仪", "6470"),
            ("GCMS-01", "气相色谱-三重四极杆质谱联用仪", "7010B"),
            ("GC-01", "气相色谱仪", "8890"),
            ("BAL-01", "电子天平", "ME204"),
        ):
            until = date(2027, 12, 31)
            equipment.register_instrument(
                session,
                InstrumentIn(code=code, name=name, model=model, serial_number=f"SN-{code}", calibrated_until=until),
            )
        for order in _certificates():
            certificate, _remarks = accreditation.record_certificate(session, order)
            accreditation.add_scope_lines(session, library, certificate.id, _annex(library))
        accreditation.record_method_limits(session, library, [_limits(code) for code in compounds])
        for username, kind in (
            ("ann", AuthorisationKind.METHOD),
            ("bea", AuthorisationKind.METHOD),
            ("sun", AuthorisationKind.SIGNATORY),
        ):
            user = people.user_by_name(session, username)
            if user is not None:
                people_service.authorise(session, user, kind, "*", OPENS_ON, None)


def _certificates() -> list[CertificateIn]:
    begun, ends = date(2024, 3, 1), date(2030, 2, 28)
    return [
        CertificateIn(
            scheme=Scheme.CMA,
            number="242404090001",
            issued_by="贵州省市场监督管理局",
            valid_from=begun,
            valid_until=ends,
        ),
        CertificateIn(
            scheme=Scheme.CATL,
            number="[2024]农质检核（黔）字第0001号",
            issued_by="贵州省农业农村厅",
            valid_from=begun,
            valid_until=ends,
        ),
    ]


def _annex(library: Library) -> list[Numbered[ScopeLineIn]]:
    return [
        Numbered(ScopeLineIn(product=product, parameter=substance.code, method=METHOD))
        for product in PRODUCTS
        for substance in library.facts.substances
    ]


def _limits(analyte: str) -> Numbered[MethodLimitsIn]:
    return Numbered(
        MethodLimitsIn(
            method=METHOD,
            analyte=analyte,
            limit_of_quantification=LOQ,
            limit_of_detection=LOD,
            unit="mg/kg",
            expanded_uncertainty_percent=Decimal(22),
            verified_on=date(2025, 6, 1),
        )
    )


def judgeable(library: Library, products: Sequence[str]) -> tuple[str, ...]:
    """The substances that the library can judge in each of these products when nothing is found."""
    codes = [substance.code for substance in library.facts.substances]
    nothing = {code: NotDetected(LOD, UnitCode.MG_PER_KG) for code in codes}
    usable = set(codes)
    for product in products:
        occasion = Occasion(product, OPENS_ON, BasisKind.HARVEST, REGION)
        lines = judge_amounts(library, occasion, nothing, codes).lines
        usable &= {line.parameter.code for line in lines if line.verdict in {Verdict.CONFORMS, Verdict.NO_LIMIT}}
    return tuple(sorted(usable))


def analytes(library: Library, products: Sequence[str], parameters: Sequence[str]) -> tuple[str, ...]:
    """Every analyte that these parameters need in these products, components of sums included."""
    foods = [library.foods.resolve(product).food.food for product in products]
    return tuple(sorted({c.code for food in foods for p in parameters for c in library.components(p, food, OPENS_ON)}))
