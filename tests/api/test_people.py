"""Accounts at the front door: changing them, and signing in for a token."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from lims.core.clock import FixedClock
from lims.runtime import Lims
from tests.api.laboratory import codes
from tests.concurrency.at_once import audit_findings
from tests.factories import PASSWORD, Cast

NEW = "quite another phrase"


@pytest.fixture
def ada(client: Any, cast: Cast) -> TestClient:
    """The administrator."""
    found: TestClient = client(cast.ada)
    return found


def account(ada: TestClient, username: str = "ann") -> dict[str, Any]:
    return next(user for user in ada.get("/api/users").json() if user["username"] == username)


def sign_in(stranger: TestClient, username: str = "ann", password: str = PASSWORD, **more: str) -> Any:
    return stranger.post("/api/tokens", json={"username": username, "password": password, **more})


def test_an_account_is_changed_by_who_has_seen_it(ada: TestClient, lims: Lims) -> None:
    seen = account(ada)
    order = {"version": seen["version"], "full_name": "安静", "roles": ["verifier"], "region_code": "520304"}

    changed = ada.put("/api/users/ann", json=order)

    assert changed.status_code == 200
    assert changed.json() == account(ada)
    assert (changed.json()["full_name"], changed.json()["roles"]) == ("安静", ["verifier"])
    assert changed.json()["version"] > seen["version"]
    assert ada.put("/api/users/ann", json=order).status_code == 409
    for act, more in (("deactivate", {}), ("reactivate", {}), ("password", {"password": NEW})):
        assert ada.post(f"/api/users/ann/{act}", json={"version": seen["version"], **more}).status_code == 409
    assert ada.post("/api/users/ann/second-factor/reset", json={"version": seen["version"]}).status_code == 409
    assert audit_findings(lims) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"roles": []}, "user.no_role"),
        ({"roles": ["administrator", "verifier"]}, "user.administrator_only"),
        ({"region_code": "520000"}, "user.region_outside"),
        ({"region_code": "999999"}, "not_found"),
    ],
)
def test_an_impossible_change_is_refused_and_nothing_changes(ada: TestClient, change: Any, code: str) -> None:
    seen = account(ada)
    order = {"version": seen["version"], "full_name": "x", "roles": ["verifier"], **change}

    refused = ada.put("/api/users/ann", json=order)

    assert codes(refused) == [code]
    assert account(ada) == seen


def test_switched_off_and_on_again(ada: TestClient, client: Any) -> None:
    stranger = client(None)
    token = sign_in(stranger).json()["token"]
    off = ada.post("/api/users/ann/deactivate", json={"version": account(ada)["version"]}).json()

    assert off["is_active"] is False
    assert stranger.get("/api/me", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    assert codes(sign_in(stranger)) == ["sign_in.wrong"]
    on = ada.post("/api/users/ann/reactivate", json={"version": off["version"]}).json()
    assert on["is_active"] is True
    assert sign_in(stranger).status_code == 201


def test_a_temporary_password_gives_no_token(ada: TestClient, client: Any) -> None:
    given = ada.post("/api/users/ann/password", json={"version": account(ada)["version"], "password": NEW})

    assert given.json()["must_change_password"] is True
    refused = sign_in(client(None), password=NEW)
    assert (refused.status_code, codes(refused)) == (403, ["password.temporary"])


@pytest.mark.parametrize("act", ["password", "second-factor/reset"])
def test_a_token_of_an_administrator_does_not_reset_the_administrator(ada: TestClient, act: str) -> None:
    seen = account(ada, "ada")
    order = {"version": seen["version"]} | ({"password": NEW} if act == "password" else {})

    refused = ada.post(f"/api/users/ada/{act}", json=order)

    assert (refused.status_code, codes(refused)) == (422, ["user.own_reset"])
    assert account(ada, "ada") == seen


def test_too_many_guesses_are_told_when_to_come_back(client: Any, cast: Cast, clock: FixedClock) -> None:
    stranger = client(None)
    for _ in range(5):
        assert sign_in(stranger, password="a guess").status_code == 401

    refused = sign_in(stranger)

    assert (refused.status_code, codes(refused)) == (429, ["sign_in.too_often"])
    assert refused.headers["retry-after"] == "30"
    assert refused.json()["title"] == "尝试过于频繁"
    assert "30" in refused.json()["detail"]


def test_an_authorisation_ends_on_a_day(client: Any, cast: Cast) -> None:
    max_ = client(cast.max)
    path = "/api/users/ann/authorisations"
    given = max_.post(path, json={"kind": "method", "subject": "GB 1", "starts_on": "2026-01-01"}).json()
    end = f"/api/authorisations/{given['id']}/end"

    early = max_.post(end, json={"version": given["version"], "ends_on": "2025-12-31"})
    ended = max_.post(end, json={"version": given["version"], "ends_on": "2026-06-30"})

    assert (early.status_code, codes(early)) == (422, ["authorisation.ends_before"])
    assert ended.json()["ends_on"] == "2026-06-30"
    assert ended.json() in max_.get(path).json()
    assert max_.post(end, json={"version": given["version"], "ends_on": "2026-12-31"}).status_code == 409
