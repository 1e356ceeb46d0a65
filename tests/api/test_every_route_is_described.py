"""OpenAPI says of every route what it does, what it takes with an example, and how it refuses."""

import json
import re
from typing import Any

import pytest

from tests.api.house import House
from tests.api.routes import PUBLIC, Door, doors

METHODS = {"get", "post", "put", "patch", "delete"}
#: Neither described nor asked by programs.
UNDESCRIBED = {("GET", "/api/openapi.json"), ("HEAD", "/api/openapi.json"), ("GET", "/api/docs")}
REFUSALS = {"401", "403", "404", "409", "422"}


@pytest.fixture(scope="module")
def described(house: House) -> dict[str, Any]:
    """The document as a client gets it."""
    document: dict[str, Any] = house.stranger().get("/api/openapi.json").json()
    return document


@pytest.fixture(scope="module")
def operations(described: dict[str, Any]) -> dict[Door, dict[str, Any]]:
    return {
        (method.upper(), path): operation
        for path, ways in described["paths"].items()
        for method, operation in ways.items()
        if method in METHODS
    }


def test_every_route_is_in_the_document(house: House, operations: dict[Door, dict[str, Any]]) -> None:
    assert set(operations) == set(doors(house.app)) - UNDESCRIBED


def test_every_route_says_what_it_does(operations: dict[Door, dict[str, Any]]) -> None:
    for door, operation in operations.items():
        assert operation["summary"], door
        assert len(operation["description"]) >= 15, door
        assert operation["description"].rstrip().endswith((".", "?")), door
        assert len(operation["tags"]) == 1, door
    identities = [operation["operationId"] for operation in operations.values()]
    assert len(set(identities)) == len(identities)


def test_every_route_declares_its_answer_and_its_refusals(operations: dict[Door, dict[str, Any]]) -> None:
    for door, operation in operations.items():
        answers = operation["responses"]
        assert answers.keys() >= REFUSALS, door
        for status in REFUSALS:
            problem = answers[status]["content"]["application/problem+json"]["schema"]
            assert set(problem["required"]) == {"type", "title", "status", "detail", "reasons"}, door
        (good,) = [status for status in answers if status.startswith("2")]
        assert good == "204" or answers[good].get("content"), door


def test_whatever_a_route_takes_is_described(operations: dict[Door, dict[str, Any]]) -> None:
    for door, operation in operations.items():
        for parameter in operation.get("parameters", []):
            assert parameter["schema"].keys() & {"type", "anyOf", "$ref", "allOf", "enum"}, (door, parameter["name"])


def test_all_but_the_public_routes_ask_for_a_token(
    described: dict[str, Any], operations: dict[Door, dict[str, Any]]
) -> None:
    schemes = described["components"]["securitySchemes"]

    assert all(scheme["type"] == "http" and scheme["scheme"] == "bearer" for scheme in schemes.values())
    for door, operation in operations.items():
        asks = any(scheme in schemes for needed in operation.get("security", []) for scheme in needed)
        assert asks is (door not in PUBLIC), door


def test_every_body_has_an_example(described: dict[str, Any], operations: dict[Door, dict[str, Any]]) -> None:
    """Its own, or one for each of its fields that is needed and that nothing else explains."""
    lacking = []
    for door, operation in operations.items():
        for kind, content in operation.get("requestBody", {}).get("content", {}).items():
            if kind == "application/json":
                lacking += [f"{door} {field}" for field in without_example(content["schema"], described)]

    assert "\n".join(lacking) == ""


def without_example(schema: dict[str, Any], described: dict[str, Any], path: str = "") -> list[str]:
    """The needed fields of a schema that have neither example nor choice nor a form that speaks for itself."""
    if "$ref" in schema:
        siblings = {name: value for name, value in schema.items() if name != "$ref"}
        schema = {**described["components"]["schemas"][schema["$ref"].split("/")[-1]], **siblings}
    if schema.keys() & {"examples", "example", "default", "enum", "const"}:
        return []
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            found = [without_example(one, described, path) for one in schema[choice]]
            return [] if not all(found) else found[0]
    match schema.get("type"):
        case "object":
            return [
                lack
                for name in schema.get("required", [])
                for lack in without_example(schema["properties"][name], described, f"{path}.{name}")
            ]
        case "array":
            return without_example(schema["items"], described, f"{path}[]")
        case "integer" | "boolean" | "null":
            return []
        case "string" if schema.get("format") in {"date", "date-time", "uuid", "binary"}:
            return []
    return [path or "the body"]


def test_every_named_reference_exists(described: dict[str, Any]) -> None:
    names = re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(described))

    assert names
    assert set(names) <= described["components"]["schemas"].keys()


def test_the_page_of_the_interface_asks_no_other_host(house: House) -> None:
    """An installation may have no way out; and nobody else learns who reads here."""
    client = house.stranger()
    page = client.get("/api/docs")
    if page.status_code == 404:
        pytest.skip("the files of the browser were not set up here")
    addresses = re.findall(r"""(?:src|href|url)\s*[=:(]\s*['"]?([^'"\s>)]+)""", page.text)

    assert len(addresses) >= 3
    for address in addresses:
        assert not re.match(r"(?:[a-z]+:)?//", address), address
        assert client.get(address).status_code == 200, address
    assert not re.search(r"https?://", page.text)
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "http" not in policy
