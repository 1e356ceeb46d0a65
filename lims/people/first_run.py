"""The first account of a fresh installation, made by whoever holds its set-up code.

A fresh server is open to whoever comes first. So the first administrator needs a code that stands in the data folder,
readable by its owner only, and is printed where the server is started.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session, select

from lims.core.actions import Action, Role
from lims.core.actors import system_actor
from lims.core.errors import Conflict, Forbidden
from lims.core.reasons import Where, reason
from lims.db.locks import Matter, one_at_a_time
from lims.network import queries as network
from lims.network.service import LaboratoryOrder, register_laboratory
from lims.people.sealing import write_secret_once
from lims.people.service import UserOrder, create_user
from lims.people.tables import User
from lims.people.totp import new_recovery_codes, normalised
from lims.runtime import Lims


@dataclass(frozen=True, slots=True)
class FirstRun:
    """Who begins here. `above`: the laboratories over one's own from the top down; those that are known are left."""

    laboratory: LaboratoryOrder
    username: str
    full_name: str
    password: str
    above: Sequence[LaboratoryOrder] = ()


def is_fresh(lims: Lims) -> bool:
    """Whether nobody has an account here yet."""
    with lims.read(system_actor(), Action.PEOPLE_READ) as session:
        return _is_fresh(session)


def set_up_code(lims: Lims) -> str:
    """The code that the first administrator must give: 80 random bits, kept in the data folder until they have."""
    path = _path(lims)
    if not path.is_file():
        write_secret_once(path, new_recovery_codes()[0].encode())
    return path.read_text(encoding="ascii")


def create_first_administrator(lims: Lims, code: str, plan: FirstRun) -> None:
    """The laboratory and its administrator. Of two who try at once, one succeeds; afterwards nobody does.

    Raises `Conflict` when somebody has an account already, `Forbidden` for a wrong code, and what registering a
    laboratory and creating a user refuse (the fields are `code`, `superior`, `password`).
    """
    if not is_fresh(lims):
        raise _too_late()
    given = normalised(code).encode(errors="replace")
    if not secrets.compare_digest(given, normalised(set_up_code(lims)).encode()):
        raise Forbidden(
            reason(
                "first_run.code",
                "This is not the set-up code; it was printed where the server was started.",
                at=Where("set_up_code"),
            )
        )
    with lims.work(system_actor(), Action.SET_UP) as session:
        one_at_a_time(session, Matter.FIRST_ACCOUNT)
        if not _is_fresh(session):
            raise _too_late()
        known = {laboratory.code for laboratory in network.laboratories(session)}
        for order in (*plan.above, plan.laboratory):
            if order.code not in known:
                register_laboratory(session, order)
        create_user(
            session,
            UserOrder(
                plan.username, plan.full_name, plan.password, frozenset({Role.ADMINISTRATOR}), plan.laboratory.code
            ),
        )
    _path(lims).unlink(missing_ok=True)


def _is_fresh(session: Session) -> bool:
    return session.exec(select(User.id).limit(1)).first() is None


def _path(lims: Lims) -> Path:
    return lims.settings.data / "set-up-code"


def _too_late() -> Conflict:
    return Conflict(reason("first_run.over", "Somebody has an account here already; sign in."))
