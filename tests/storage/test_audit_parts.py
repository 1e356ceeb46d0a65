"""The check of the audit trail on a part of it, in spans, and while others go on working."""

import pytest
from sqlalchemy import text

from lims.core.actions import Action
from lims.db import audit_check
from lims.db.audit_check import AuditReport, Tell, still, verify
from lims.db.audit_tables import NETWORK_CHAIN
from lims.db.engine import WRITES
from lims.people.queries import user_by_name
from lims.runtime import Lims
from tests.factories import Cast

pytestmark = pytest.mark.both_databases


def checked(lims: Lims, *chains: object, tell: Tell | None = None) -> AuditReport:
    with still(lims.engine) as connection:
        return verify(connection, {str(chain) for chain in chains} or None, tell)


def rename_by_hand(lims: Lims, *usernames: str) -> None:
    with lims.engine.execution_options(**{WRITES: True}).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT set_config('lims.laboratories', '*', true)"))
        for name in usernames:
            connection.execute(
                text("UPDATE app_user SET full_name = 'Somebody' WHERE username = :name"), {"name": name}
            )


def test_a_part_of_the_chains_is_checked_with_its_records_alone(lims: Lims, cast: Cast) -> None:
    rename_by_hand(lims, "ann", "eve")

    whole, own = checked(lims), checked(lims, cast.ann.laboratory_id)
    network = checked(lims, NETWORK_CHAIN)

    assert (len(whole.findings), len(own.findings), len(network.findings)) == (2, 1, 0)
    assert own.findings[0].kind == "record.edited"
    assert own.chains == network.chains == 1
    assert own.records + network.records < whole.records


@pytest.mark.parametrize("replayed", [100_000, 20, 1])
def test_spans_of_any_size_find_the_same(
    lims: Lims, cast: Cast, monkeypatch: pytest.MonkeyPatch, replayed: int
) -> None:
    rename_by_hand(lims, "ann", "bea", "vic", "eve")
    in_one_go = checked(lims)
    monkeypatch.setattr(audit_check, "_REPLAYED", replayed)
    monkeypatch.setattr(audit_check, "_PART", 3)

    found = checked(lims)

    assert [f.kind for f in found.findings] == ["record.edited"] * 4
    assert found.records == found.entries == in_one_go.records > 30


def test_progress_is_told_up_to_the_end(lims: Lims, cast: Cast) -> None:
    told: list[tuple[int, int]] = []

    found = checked(lims, tell=lambda done, total: told.append((done, total)))

    assert told == sorted(told)
    assert told[-1] == (found.entries + found.records, found.entries + found.records)


def test_what_others_commit_meanwhile_is_no_finding(lims: Lims, cast: Cast) -> None:
    with still(lims.engine) as connection:
        assert verify(connection, [NETWORK_CHAIN]).is_whole  # the check has begun
        with lims.work(cast.ada, Action.USER_EDIT) as session:
            user = user_by_name(session, "ann")
            assert user is not None
            user.full_name = "Ann New"

        assert verify(connection).findings == ()
