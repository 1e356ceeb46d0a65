"""The provincial centre of the rehearsal: an installation with twenty laboratories that take part in its rounds."""

from collections.abc import Mapping
from dataclasses import dataclass

from lims.core.actions import Action, Role
from lims.core.actors import system_actor
from lims.demo import cast
from lims.installation import SetUp, set_up
from lims.network import queries as network
from lims.network.rules import Level
from lims.network.service import LaboratoryOrder
from lims.people.service import UserOrder
from lims.people.shown_accounts import ShownAccount
from lims.runtime import Lims

ORGANISER = ("pro", "龙组织", Role.NETWORK_MANAGER)
_AT_THE_BENCH = frozenset({Role.TECHNICIAN, Role.QUALITY_MANAGER})


@dataclass(frozen=True, slots=True)
class Member:
    """A laboratory that takes part."""

    code: str
    region: str

    @property
    def technician(self) -> str:
        """The name that its technician signs in with."""
        return f"t{self.code[1:]}"

    def order(self, names: Mapping[str, str]) -> LaboratoryOrder:
        """The laboratory to be registered; `names` are those of regions."""
        is_county = not self.region.endswith("00")
        kind = "站" if is_county else "中心"
        return LaboratoryOrder(
            self.code,
            f"{names[self.region]}农产品质量安全检验检测{kind}（演示）",
            Level.COUNTY if is_county else Level.PREFECTURE,
            self.region,
            cast.PROVINCE,
            f"贵州省{names[self.region]}",
        )


_REGIONS = (
    "520100", "520200", "520300", "520400", "520500", "520600", "522300", "522600", "522700", "520181",
    "520281", "520304", "520322", "520382", "520423", "520525", "520602", "522302", "522601", "522701",
)  # fmt: skip
MEMBERS = tuple(Member(f"M{number:02d}", region) for number, region in enumerate(_REGIONS, start=1))
#: Whose part a visitor takes: its result in the open round is still missing.
VISITED = MEMBERS[11]


def prepare(lims: Lims, password: str) -> None:
    """The province's database with its laboratories and people, once."""
    set_up(lims, SetUp(cast.LABORATORIES[:1], ()))
    with lims.read(system_actor(), Action.NETWORK_READ) as session:
        names = network.region_names(session, [one.region for one in MEMBERS])
    username, full_name, role = ORGANISER
    organiser = UserOrder(username, full_name, password, frozenset({role}), cast.PROVINCE, "520000")
    technicians = [
        UserOrder(one.technician, f"{names[one.region]}检测员", password, _AT_THE_BENCH, one.code) for one in MEMBERS
    ]
    set_up(lims, SetUp([one.order(names) for one in MEMBERS], [organiser, *technicians]))


def shown_accounts(password: str) -> tuple[ShownAccount, ...]:
    """The accounts that the province's sign-in page offers: who organises, and one who takes part."""
    username, full_name, role = ORGANISER
    return (
        ShownAccount(username, full_name, role, password),
        ShownAccount(VISITED.technician, "播州区检测员", Role.TECHNICIAN, password),
    )
