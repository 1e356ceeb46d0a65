"""Setting up an installation: database, reference facts, laboratories, the first administrator."""

from collections.abc import Sequence
from dataclasses import dataclass

from lims.core.actions import Action, Role
from lims.core.actors import system_actor
from lims.core.errors import NotFound
from lims.library import service as library
from lims.library.files import read_library
from lims.migrate import migrate
from lims.network import queries as network
from lims.network import service as network_service
from lims.network.files import read_network
from lims.network.service import LaboratoryOrder
from lims.people import queries as people
from lims.people import service as people_service
from lims.people.service import UserOrder
from lims.reports import log
from lims.runtime import Lims


@dataclass(frozen=True, slots=True)
class SetUp:
    """What a new installation begins with: laboratories from the top down, and its people."""

    laboratories: Sequence[LaboratoryOrder]
    users: Sequence[UserOrder]


def prepare(lims: Lims) -> None:
    """Bring the database up to date and load the reference facts; doing it again changes nothing."""
    migrate(lims.engine)
    files = read_library(lims.settings.method_library)
    with lims.work(system_actor(), Action.SET_UP) as session:
        network_service.load_network(session, read_network(lims.settings.method_library))
        library.load_library(session, files)
        log.enter_earlier(session)  # of reports that are older than the log


def set_up(lims: Lims, plan: SetUp) -> None:
    """`prepare`, then add the laboratories and users that are not there yet."""
    prepare(lims)
    with lims.work(system_actor(), Action.SET_UP) as session:
        known = {laboratory.code for laboratory in network.laboratories(session)}
        for order in plan.laboratories:
            if order.code not in known:
                network_service.register_laboratory(session, order)
        for user in plan.users:
            if people.user_by_name(session, user.username) is None:
                people_service.create_user(session, user)


def create_administrator(lims: Lims, laboratory_code: str, username: str, full_name: str, password: str) -> None:
    """The first account of a laboratory. Raises what `create_user` refuses."""
    order = UserOrder(username, full_name, password, frozenset({Role.ADMINISTRATOR}), laboratory_code)
    with lims.work(system_actor(), Action.SET_UP) as session:
        people_service.create_user(session, order)


def only_laboratory(lims: Lims) -> str:
    """The code of the laboratory that signs here: the only one that has users. Raises `NotFound` when unclear."""
    with lims.read(system_actor(), Action.NETWORK_READ) as session:
        codes = [laboratory.code for laboratory in people.working_laboratories(session)]
    if len(codes) != 1:
        raise NotFound.of("single laboratory; name one with --laboratory, of", ", ".join(codes) or "none")
    return codes[0]
