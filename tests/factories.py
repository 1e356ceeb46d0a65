"""The cast that tests begin with. Ann enters, Vic verifies, Max manages, Eve is of another laboratory."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, select

from lims.core.actions import Action, Role
from lims.core.actors import Actor, system_actor
from lims.db.work import save
from lims.network.rules import Level
from lims.network.service import LaboratoryOrder, register_laboratory
from lims.network.tables import Region
from lims.people import queries as people
from lims.people.confirming import Confirmation, Proof, Purpose, confirm
from lims.people.service import UserOrder, actor_of, create_user, issue_token
from lims.people.sign_in import Client
from lims.runtime import Lims

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Cast:
    """People of laboratory A (a county's), and Eve of laboratory B."""

    ann: Actor  # technician
    bea: Actor  # technician
    vic: Actor  # verifier
    cai: Actor  # compiles reports
    rui: Actor  # reviews them
    sun: Actor  # authorised signatory
    max: Actor  # quality manager
    ada: Actor  # administrator
    ian: Actor  # inspector of the county
    net: Actor  # network manager of the prefecture
    eve: Actor  # everything, but in laboratory B


EVERY_LABORATORY_ROLE = frozenset(Role) - {Role.ADMINISTRATOR, Role.NETWORK_MANAGER, Role.INSPECTOR}

ROLES: dict[str, tuple[str, frozenset[Role]]] = {
    "ann": ("LA", frozenset({Role.TECHNICIAN, Role.SAMPLER})),
    "bea": ("LA", frozenset({Role.TECHNICIAN})),
    "vic": ("LA", frozenset({Role.VERIFIER})),
    "cai": ("LA", frozenset({Role.REPORT_COMPILER})),
    "rui": ("LA", frozenset({Role.REPORT_REVIEWER})),
    "sun": ("LA", frozenset({Role.AUTHORISED_SIGNATORY})),
    "max": ("LA", frozenset({Role.QUALITY_MANAGER})),
    "ada": ("LA", frozenset({Role.ADMINISTRATOR})),
    "ian": ("LA", frozenset({Role.INSPECTOR})),
    "net": ("LP", frozenset({Role.NETWORK_MANAGER})),
    "eve": ("LB", EVERY_LABORATORY_ROLE),
}

REGIONS = (
    ("520000", "贵州省", Level.PROVINCE, None),
    ("520300", "遵义市", Level.PREFECTURE, "520000"),
    ("520304", "播州区", Level.COUNTY, "520300"),
    ("520322", "桐梓县", Level.COUNTY, "520300"),
)

LABORATORIES = (
    LaboratoryOrder("LQ", "贵州省检测中心", Level.PROVINCE, "520000", None, "贵阳市"),
    LaboratoryOrder("LP", "遵义市检测中心", Level.PREFECTURE, "520300", "LQ", "遵义市"),
    LaboratoryOrder("LA", "播州区检测中心", Level.COUNTY, "520304", "LP", "播州区南白街道"),
    LaboratoryOrder("LB", "桐梓县检测中心", Level.COUNTY, "520322", "LP", "桐梓县娄山关街道"),
)

#: A day after which the limits of GB 2763-2026 count.
TODAY = date(2026, 11, 23)


def a_network(lims: Lims) -> None:
    """Four regions and four laboratories, unless the library's regions are loaded already."""
    with lims.work(system_actor(), Action.SET_UP) as session:
        for code, name, level, parent in REGIONS:
            if not _has_region(session, code):
                save(session, Region(code=code, name=name, level=level, kind="区", parent_code=parent, source="test"))
        for order in LABORATORIES:
            register_laboratory(session, order)


def _has_region(session: Session, code: str) -> bool:
    return session.exec(select(Region.id).where(Region.code == code)).first() is not None


def a_cast(lims: Lims) -> Cast:
    """Everybody, in laboratories that `a_network` made."""
    with lims.work(system_actor(), Action.SET_UP) as session:
        actors = {}
        for name, (laboratory, roles) in ROLES.items():
            region = {"ian": "520304", "net": "520300"}.get(name)
            order = UserOrder(name, name.capitalize(), PASSWORD, roles, laboratory, region)
            actors[name] = actor_of(session, create_user(session, order))
    return Cast(**actors)


def confirmed(lims: Lims, actor: Actor, action: Action, *subjects: str, password: str = PASSWORD) -> Confirmation:
    """Somebody proves who they are, for one act on these things."""
    return confirm(lims, actor, Purpose(action, subjects), Proof(password), Client("127.0.0.1"))


def token_of(lims: Lims, username: str) -> str:
    """An API token of one of the cast."""
    with lims.work(system_actor(), Action.TOKEN_CREATE) as session:
        user = people.user_by_name(session, username)
        assert user is not None
        return issue_token(session, user, "test", 1)[0]
