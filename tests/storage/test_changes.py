"""What others changed while a form was open, as a refused change shows it."""

from uuid import UUID

import pytest

from lims.core.actions import Action
from lims.core.actors import Actor, system_actor
from lims.core.language import Language
from lims.db.work import LimsSession
from lims.network import queries as network
from lims.people.queries import user_by_name
from lims.people.tables import User
from lims.runtime import Lims
from lims.web.changes import Change, changes_since
from tests.factories import Cast

pytestmark = pytest.mark.both_databases


def _change(lims: Lims, actor: Actor, **values: object) -> User:
    """Ada changes Ann's account; the account as it is then."""
    with lims.work(actor, Action.USER_EDIT) as session:
        user = _ann(session)
        for name, value in values.items():
            setattr(user, name, value)
        session.flush()
        return user


def _ann(session: LimsSession) -> User:
    user = user_by_name(session, "ann")
    assert user is not None
    return user


def _seen(lims: Lims, actor: Actor, record_id: UUID, version: int, **limits: object) -> list[Change]:
    with lims.read(actor, Action.NETWORK_READ) as session:
        return list(changes_since(session, "app_user", record_id, version, Language.ENGLISH, **limits))  # type: ignore[arg-type]


def test_a_form_is_told_who_changed_what_after_the_version_that_it_showed(lims: Lims, cast: Cast) -> None:
    first = _change(lims, cast.ada, full_name="Ann Before").version
    last = _change(lims, cast.ada, full_name="Ann After", is_active=False)

    told = _seen(lims, cast.max, last.id, first)

    assert [(c.who, c.what, c.old, c.new) for c in told] == [
        ("Ada", "Full name", "Ann Before", "Ann After"),
        ("Ada", "Active", "yes", "no"),
    ]
    assert {c.at for c in told} == {lims.clock.now()}
    assert _seen(lims, cast.max, last.id, last.version) == []


def test_every_version_counts_from_the_first(lims: Lims, cast: Cast) -> None:
    names = ["One", "Two", "Three"]
    for name in names:
        user = _change(lims, cast.ada, full_name=name)

    assert [c.new for c in _seen(lims, cast.max, user.id, 1)] == names
    assert [c.new for c in _seen(lims, cast.max, user.id, 2)] == names[1:]


def test_secrets_are_left_out(lims: Lims, cast: Cast) -> None:
    user = _change(lims, cast.ada, password_hash="$argon2$new", full_name="Ann New")

    assert [c.what for c in _seen(lims, cast.max, user.id, 1)] == ["Full name"]


def test_only_the_fields_of_the_form_are_told_when_it_names_them(lims: Lims, cast: Cast) -> None:
    user = _change(lims, cast.ada, full_name="Ann New", is_active=False)

    assert [c.what for c in _seen(lims, cast.max, user.id, 1, fields={"is_active"})] == ["Active"]


def test_another_laboratory_is_told_nothing(lims: Lims, cast: Cast) -> None:
    user = _change(lims, cast.ada, full_name="Ann New")

    assert _seen(lims, cast.eve, user.id, 1) == []


def test_records_of_the_network_are_told_to_everybody_with_names_instead_of_ids(lims: Lims, cast: Cast) -> None:
    with lims.work(system_actor(), Action.SET_UP) as session:
        laboratory = network.laboratory_by_code(session, "LB")
        shown = laboratory.version
        laboratory.superior_id = network.laboratory_by_code(session, "LQ").id
        session.flush()

    with lims.read(cast.eve, Action.NETWORK_READ) as session:
        told = changes_since(session, "laboratory", laboratory.id, shown, Language.CHINESE)

    assert [(c.who, c.old, c.new) for c in told] == [("系统", "遵义市检测中心", "贵州省检测中心")]
