"""A laboratory at work for tests at the front door: library, cast, an annex of both schemes, sampling sheets."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response

from lims.accreditation import service as accreditation
from lims.accreditation.rules import Scheme
from lims.accreditation.schemas import CertificateIn, ScopeLineIn
from lims.app import make_app
from lims.core.actions import Action
from lims.core.actors import Actor, system_actor
from lims.library.facts import LibraryFacts
from lims.library.files import LibraryFiles, parse_library, read_library
from lims.library.queries import current_library
from lims.library.service import store_release
from lims.network import queries as network
from lims.runtime import Lims
from lims.web.rows import Numbered
from tests.factories import PASSWORD, token_of

METHOD = "GB 23200.121-2026"
OTHER_METHOD = "GB 23200.113-2026"
PARAMETERS = ("克百威", "氧乐果", "毒死蜱")
COWPEA = "蔬菜/豆类蔬菜/荚可食类豆类蔬菜/豇豆"


@cache
def library_files() -> LibraryFiles:
    """The library that comes with the program; read once per process."""
    return read_library()


@cache
def library_facts() -> LibraryFacts:
    """What these files say; checked once per process."""
    return parse_library(library_files())


def load(lims: Lims) -> None:
    """The method library in an installation that has none: as if loaded, but not checked once more."""
    with lims.work(system_actor(), Action.LIBRARY_LOAD) as session:
        store_release(session, library_files(), library_facts())


def laboratory_id(lims: Lims, code: str) -> UUID:
    """The id of a laboratory by its code."""
    with lims.read(system_actor(), Action.NETWORK_READ) as session:
        return network.laboratory_by_code(session, code).id


def accredit(
    lims: Lims,
    actor: Actor,
    scheme: Scheme,
    *,
    number: str | None = None,
    parameters: tuple[str, ...] = PARAMETERS,
    product: str = "蔬菜",
    method: str = METHOD,
    valid_until: date = date(2030, 12, 31),
) -> UUID:
    """A certificate with an annex of these parameters, from 2026 on; its id."""
    default = "232404090030" if scheme is Scheme.CMA else "[2023]农质检核（黔）字第0021号"
    order = CertificateIn(
        scheme=scheme,
        number=number or default,
        issued_by="贵州省",
        valid_from=date(2023, 1, 1),
        valid_until=valid_until,
    )
    lines = [Numbered(ScopeLineIn(product=product, parameter=p, method=method)) for p in parameters]
    with lims.work(actor, Action.ACCREDITATION_EDIT) as session:
        certificate, _ = accreditation.record_certificate(session, order)
        accreditation.add_scope_lines(session, current_library(session), certificate.id, lines)
    return certificate.id


def a_sheet(**changes: Any) -> dict[str, Any]:
    """The JSON of a sampling sheet of cowpeas."""
    sheet = {
        "product_name": "豇豆",
        "programme": "routine",
        "stage": "farm",
        "client": "播州区农业农村局",
        "client_address": "遵义市播州区南白街道",
        "inspected_party": "绿源蔬菜专业合作社",
        "region_code": "520304",
        "place": "南白街道龙山村",
        "sampled_on": "2026-11-20",
        "sampling_sheet_number": "CY2026-0117",
        "samplers": "李明、王芳",
        "quantity": "3.0",
        "quantity_unit": "kg",
        "basis_on": "2026-11-20",
        "basis_kind": "harvest",
        "parameters": "all",
    }
    return {**sheet, **changes}


class FrontDoor:
    """The JSON door for one person."""

    def __init__(self, app: FastAPI, token: str) -> None:
        self.client = TestClient(app)
        self.client.headers["Authorization"] = f"Bearer {token}"
        self.client.headers["Accept-Language"] = "en"

    def get(self, path: str, **query: Any) -> Response:
        return self.client.get(path, params=query)

    def post(self, path: str, body: Any = None, **query: Any) -> Response:
        return self.client.post(path, json=body, params=query)

    def sign(self, path: str, body: dict[str, Any], password: str = PASSWORD) -> Response:
        """An act that the person vouches for: they prove afresh who they are."""
        return self.post(path, {**body, "authentication": {"password": password}})

    def upload(self, path: str, name: str, content: bytes, **query: Any) -> Response:
        return self.client.post(path, files={"file": (name, content)}, params=query)


class Door:
    """The application of an installation, entered by name: `door["ann"].get(…)`."""

    def __init__(self, lims: Lims) -> None:
        self._lims = lims
        self._app = make_app(lims)
        self._people: dict[str, FrontDoor] = {}

    def __getitem__(self, name: str) -> FrontDoor:
        if name not in self._people:
            self._people[name] = FrontDoor(self._app, token_of(self._lims, name))
        return self._people[name]


def codes(response: Response) -> list[str]:
    """The codes of a refusal."""
    body: Mapping[str, Any] = response.json()
    return [reason["code"] for reason in body["reasons"]]
