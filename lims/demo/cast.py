"""Who takes part in the rehearsal: three laboratories, one account per role, an administrator in each that works."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from lims.core.actions import Role
from lims.installation import SetUp
from lims.network.rules import Level
from lims.network.service import LaboratoryOrder
from lims.people.service import UserOrder
from lims.people.shown_accounts import ShownAccount

COUNTY, PREFECTURE, PROVINCE = "QBZ", "QZY", "QGZ"

LABORATORIES = (
    LaboratoryOrder(
        PROVINCE, "贵州省农产品质量安全检验测试中心（演示）", Level.PROVINCE, "520000", None, "贵州省贵阳市南明区"
    ),
    LaboratoryOrder(
        PREFECTURE,
        "遵义市农产品质量安全检验检测中心（演示）",
        Level.PREFECTURE,
        "520300",
        PROVINCE,
        "贵州省遵义市汇川区",
    ),
    LaboratoryOrder(
        COUNTY,
        "播州区农产品质量安全检验检测站（演示）",
        Level.COUNTY,
        "520304",
        PREFECTURE,
        "贵州省遵义市播州区南白街道",
        "0851-00000000",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """An account of the rehearsal."""

    username: str
    full_name: str
    role: Role
    laboratory: str
    region: str | None = None


PEOPLE = (
    Person("sam", "冉小雨", Role.SAMPLER, COUNTY),
    Person("ann", "安静", Role.TECHNICIAN, COUNTY),
    Person("vic", "韦明", Role.VERIFIER, COUNTY),
    Person("cai", "蔡文", Role.REPORT_COMPILER, COUNTY),
    Person("rui", "芮清", Role.REPORT_REVIEWER, COUNTY),
    Person("sun", "孙权衡", Role.AUTHORISED_SIGNATORY, COUNTY),
    Person("max", "马克勤", Role.QUALITY_MANAGER, COUNTY),
    Person("ian", "殷巡", Role.INSPECTOR, COUNTY, "520304"),
    Person("ada", "达管理", Role.ADMINISTRATOR, COUNTY),
    Person("net", "聂网", Role.NETWORK_MANAGER, PREFECTURE, "520300"),
    Person("pan", "潘管理", Role.ADMINISTRATOR, PREFECTURE),
)


def county(password: str) -> SetUp:
    """The county laboratory's own installation."""
    return SetUp(LABORATORIES, tuple(_account(p, password) for p in PEOPLE if p.laboratory == COUNTY))


def prefecture(password: str) -> SetUp:
    """The installation of the prefecture above it."""
    return SetUp(LABORATORIES, tuple(_account(p, password) for p in PEOPLE if p.laboratory == PREFECTURE))


def shown_accounts(laboratory: str, password: str) -> tuple[ShownAccount, ...]:
    """The accounts of a laboratory that its sign-in page offers."""
    return tuple(ShownAccount(p.username, p.full_name, p.role, password) for p in PEOPLE if p.laboratory == laboratory)


def password_of(folder: Path) -> str:
    """The password of all accounts of this rehearsal: drawn at random once, kept in a file for its owner only."""
    path = folder / "accounts.json"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{secrets.token_hex(4)}")
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps({"password": secrets.token_urlsafe(9)}), encoding="utf-8")
        fresh.replace(path)
    password: str = json.loads(path.read_text(encoding="utf-8"))["password"]
    return password


def _account(person: Person, password: str) -> UserOrder:
    roles = frozenset({person.role})
    return UserOrder(person.username, person.full_name, password, roles, person.laboratory, person.region)
