"""What is handed in to deceive or to exhaust: refused before it does harm, and nothing is kept of it."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from lims.app import make_app
from lims.runtime import Lims
from tests.api.laboratory import Door, a_sheet, codes, load
from tests.factories import Cast

MEGABYTE = 1024 * 1024


@pytest.fixture
def door(lims: Lims, cast: Cast) -> Door:
    load(lims)
    return Door(lims)


@pytest.fixture
def stranger(lims: Lims) -> TestClient:
    return TestClient(make_app(lims), headers={"Accept-Language": "en"})


@pytest.mark.parametrize(
    "hidden",
    ["\u200b", "\u200f", "\u202e", "\u2028", "\u2066", "\ufeff", "\u00ad", "\U000e0041", "\x00", "\n"],
    ids="U+{0!r}".format,
)
def test_a_name_shows_every_character_it_has(door: Door, hidden: str) -> None:
    name = f"播州区{hidden}农业农村局"

    sheet = door["ann"].post("/api/samples", a_sheet(client=name))
    account = door["ada"].post(
        "/api/users", {"username": "eva", "full_name": name, "password": "long enough 12", "roles": ["verifier"]}
    )

    assert (sheet.status_code, codes(sheet)) == (422, ["field.value_error"])
    assert (account.status_code, codes(account)) == (422, ["field.value_error"])


@pytest.mark.parametrize("number", ["1_0", "１０", "١٠", "1e1", "+1", ".5", "5.", "0x10", "NaN", "Infinity", "1,0"])
def test_a_number_is_written_as_the_interface_publishes_it(door: Door, number: str) -> None:
    answer = door["ann"].post("/api/samples", a_sheet(quantity=number))

    assert (answer.status_code, codes(answer)) == (422, ["field.decimal_parsing"])


@pytest.mark.parametrize("declared", [True, False])
def test_a_stranger_cannot_make_the_server_read_a_huge_body(stranger: TestClient, declared: bool) -> None:
    def parts() -> Iterator[bytes]:
        yield from (b"[" * MEGABYTE for _ in range(5))

    content = b"".join(parts()) if declared else parts()
    answer = stranger.post("/api/samples", content=content, headers={"Content-Type": "application/json"})

    assert (answer.status_code, codes(answer)) == (413, ["http.413"])


def test_a_form_may_be_as_large_as_a_file(stranger: TestClient, lims: Lims) -> None:
    file = b"x" * (lims.settings.upload_megabytes * MEGABYTE)

    fitting = stranger.post("/api/samples/import", files={"file": ("samples.csv", file)})
    larger = stranger.post("/api/samples/import", files={"file": ("samples.csv", file + b"x" * 2 * MEGABYTE)})

    assert fitting.status_code == 401
    assert (larger.status_code, codes(larger)) == (413, ["http.413"])


def test_a_body_that_is_not_json_is_told_as_that_and_as_no_field(door: Door) -> None:
    answer = door["ann"].client.post("/api/samples", content=b"{,", headers={"Content-Type": "application/json"})

    assert (answer.status_code, codes(answer)) == (422, ["field.json_invalid"])
    assert answer.json()["reasons"][0]["where"] == {}
