"""Nobody sees or changes anything of another laboratory by any route, whatever their role and whatever they ask."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lims.core.actions import Role
from lims.core.actors import Actor
from tests.api.house import EVERYTHING, House, opened
from tests.api.routes import (
    AT_LEAST,
    BODIES,
    FITTING,
    PEM,
    PUBLIC,
    QUERIES,
    UPLOADS,
    WITHOUT_PERMISSION,
    Asked,
    Door,
    doors,
    names_in,
    operation_of,
    with_any_of_their_keys,
    with_their_keys,
)

PEOPLE = (*(role.value for role in Role), EVERYTHING)
REFUSED = {403, 404, 422}
#: The schema shows the number of a return as an example.
EXAMPLES: set[Door] = {("GET", "/api/returns/schema")}
#: Names that are unique in the whole installation: that one is taken cannot be hidden, and numbers of certificates
#: are printed on reports. Nothing else is told.
TAKEN: set[Door] = {("POST", "/api/users"), ("POST", "/api/accreditation/certificates")}
#: Of the network, so that who may may decide, once: whoever asks again comes too late.
DECIDED: set[Door] = {
    ("POST", "/api/library/drafts/{draft_id}/release"), ("POST", "/api/library/drafts/{draft_id}/reject")
}  # fmt: skip
_KEY = re.compile(r"[0-9a-f-]{32,}")


class Watch:
    """Finds in an answer what tells of the other laboratory."""

    def __init__(self, house: House) -> None:
        markers = house.markers()
        keys = {m for m in markers if _KEY.fullmatch(m)}
        self.keys = {key.replace("-", "") for key in keys}
        self.texts = markers - keys

    def told(self, response: Any) -> set[str]:
        text = response.content.decode("utf-8", "replace")
        keys = {found.replace("-", "") for found in _KEY.findall(text)} & self.keys
        return keys | {marker for marker in self.texts if marker in text}


def complaint(watch: Watch, door: Door, asked: Asked, response: Any) -> str | None:
    """What is wrong with an answer; None when nothing is."""
    told = set() if door in EXAMPLES else watch.told(response)
    said = repr(asked)
    sent = {marker for marker in told if marker in said or marker in said.replace("-", "")}
    right = response.status_code in REFUSED or (response.status_code == 409 and door in TAKEN | DECIDED)
    if response.status_code < 300:
        # What was just created for the own laboratory may repeat what was handed in; a look may not.
        right, sent = True, sent if response.status_code == 201 else set()
    if right and not told - sent:
        return None
    return f"{door} {said[:200]} → {response.status_code}, told {sorted(told - sent)[:3]}: {response.text[:200]}"


def tried(house: House, *, with_any_key: bool) -> Iterator[tuple[Door, Asked]]:
    # What creates comes last: a code that was just taken for the own laboratory would find the own record.
    for door in sorted(doors(house.app), key=lambda door: (door[0] == "POST" and not names_in(door[1]), door)):
        if door not in PUBLIC:
            yield from ((door, asked) for asked in with_their_keys(house, door))
            if with_any_key:
                yield from ((door, asked) for asked in with_any_of_their_keys(house, door))


def test_every_route_has_an_example(house: House) -> None:
    found = doors(house.app)

    for door in found:
        assert all(values for values in ([*with_their_keys(house, door)],)), door
        wants = operation_of(house.app, door).get("requestBody", {}).get("content", {})
        example = UPLOADS if "multipart/form-data" in wants else BODIES if wants else None
        assert example is None or door in example, f"{door} needs an example in tests/api/routes.py"


def test_no_example_is_left_of_a_route_that_is_gone(house: House) -> None:
    found = set(doors(house.app))

    assert (BODIES.keys() | UPLOADS.keys() | QUERIES.keys() | PUBLIC | WITHOUT_PERMISSION) <= found
    for start, name in FITTING:
        assert any(path.startswith(start) and name in names_in(path) for _, path in found), (start, name)


def test_the_examples_are_understood_by_those_whose_records_they_name(house: House) -> None:
    """A misspelt example would be refused everywhere, and prove nothing."""
    owner = house.their_actor("max")
    client = house.client_of("their-max", owner)
    seen = 0

    for door in doors(house.app):
        if door[0] == "GET" and door not in PUBLIC and "received" not in door[1]:
            statuses = {asked.send(client, door).status_code for asked in with_their_keys(house, door)}
            assert statuses & {200, 403}, door
            seen += 200 in statuses
    assert seen >= 40


@pytest.fixture
def fresh_house(shared: Path, tmp_path: Path, quick_passwords: None) -> Iterator[House]:
    """A house in which nobody of laboratory A has taken a name yet."""
    with opened(shared, tmp_path, upload_megabytes=1) as house:
        yield house


@pytest.mark.parametrize("name", PEOPLE)
def test_nothing_of_another_laboratory_is_seen_or_changed_by_any_route(fresh_house: House, name: str) -> None:
    house = fresh_house
    watch, before = Watch(house), house.foreign_records()
    client = house.client(name)
    walked, wrong = set(), []

    for door, asked in tried(house, with_any_key=name == EVERYTHING):
        walked.add(door)
        wrong.append(complaint(watch, door, asked, asked.send(client, door)))

    assert "\n".join(found for found in wrong if found) == ""
    assert walked == set(doors(house.app)) - PUBLIC
    assert house.foreign_records() == before


def test_the_watch_sees_what_the_owner_is_shown(house: House) -> None:
    client, watch = house.client_of("their-max", house.their_actor("max")), Watch(house)

    for path in ("/api/samples", "/api/reports", "/api/worksheets", "/api/returns", "/api/users", "/api/audit"):
        assert watch.told(client.get(path)), path


@pytest.mark.parametrize("token", [None, "", "lims_never-issued", "null"])
def test_a_stranger_is_asked_to_sign_in_by_every_route_but_the_public_ones(house: House, token: str | None) -> None:
    client = house.stranger(token)
    walked = set()

    for door in doors(house.app):
        if door not in PUBLIC:
            for asked in with_their_keys(house, door):
                response = asked.send(client, door)
                assert (response.status_code, response.headers.get("www-authenticate")) == (401, "Bearer"), door
                walked.add(door)
    assert len(walked) >= AT_LEAST - len(PUBLIC)


def test_somebody_without_a_role_may_do_nothing(house: House) -> None:
    """So every route asks for a permission."""
    known = house.actor(EVERYTHING)
    nobody = Actor(known.user_id, known.name, frozenset(), known.laboratory_id, known.visible_laboratories)
    client = house.client_of("nobody", nobody)

    for door in doors(house.app):
        if door not in PUBLIC:
            statuses = {asked.send(client, door).status_code for asked in with_their_keys(house, door)}
            assert statuses == ({200} if door in WITHOUT_PERMISSION else {403}), door


def test_the_page_behind_a_qr_code_tells_only_what_stands_on_the_paper(house: House) -> None:
    path = f"/v/{house.keys.verification_token}"
    page, data = house.stranger().get(path), house.stranger().get(path, headers={"Accept": "application/json"})
    told = Watch(house).told(data) | Watch(house).told(page)

    assert (page.status_code, data.status_code) == (200, 200)
    assert told <= {house.keys.report_number, data.json()["pdf_sha256"]}
    assert house.keys.report_number in told


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"region_code": "520000", "roles": ["inspector"]}, 422),  # the province
        ({"region_code": "520304", "roles": ["inspector"]}, 422),  # the neighbour
        ({"region_code": "520322", "roles": ["inspector"]}, 201),
        ({"laboratory": "QBZ"}, 403),
        ({"roles": ["administrator", "technician"]}, 422),
    ],
)
def test_an_administrator_gives_nobody_more_than_the_own_region(
    house: House, changes: dict[str, Any], status: int
) -> None:
    (body,) = BODIES["POST", "/api/users"](house.keys)[:1]
    body |= {"username": f"mole{status}-{len(changes)}", "laboratory": None, **changes}

    answer = house.client("administrator").post("/api/users", json=body)

    assert answer.status_code == status, answer.text


def test_an_administrator_replaces_no_key_of_a_neighbour(house: House) -> None:
    order = {"certificate_pem": PEM, "version": 1}
    client = house.client("administrator")
    versions = {lab["code"]: lab["version"] for lab in client.get("/api/laboratories").json()}

    answers = {
        code: client.put(f"/api/laboratories/{code}/certificate", json={**order, "version": version}).status_code
        for code, version in versions.items()
    }

    assert answers == {"QBZ": 403, "QGZ": 403, "QTZ": 200, "QZY": 403}
