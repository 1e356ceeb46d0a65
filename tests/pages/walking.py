"""Every page of the application, walked by people of two laboratories; an example for every value of an address.

A new page needs a line in `FITTING` when a value stands in its address, and one in `NEEDS` of `test_every_page.py`.
"""

from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

from fastapi import FastAPI
from sqlalchemy import MetaData
from sqlmodel import select
from starlette.testclient import TestClient

from lims.core.actions import Action, Role
from lims.core.actors import Actor, system_actor
from lims.core.errors import Unauthenticated
from lims.core.reasons import reason
from lims.indicators.tables import ReturnReceived, ReturnSent
from lims.runtime import Lims
from lims.web import csrf
from lims.web.viewer import LANGUAGE_COOKIE
from tests.api.house import House
from tests.api.laboratory import COWPEA
from tests.api.routes import Door, doors, every_door
from tests.pages.conftest import Session

#: Pages of people who have not signed in; they check where a form comes from instead of a token.
GUEST_FORMS: frozenset[Door] = frozenset(
    {
        ("POST", "/sign-in"),
        ("POST", "/sign-in/second"),
        ("POST", "/sign-in/passkey/begin"),
        ("POST", "/sign-in/passkey"),
        ("POST", "/setup"),
        ("POST", "/v"),
        *(("POST", f"/exam/{name}") for name in ("admit", "begin", "paper", "answers", "hand-in", "leave")),
    }
)
#: It keeps two cookies that every visitor may choose, and nothing else.
APPEARANCE: Door = ("POST", "/appearance")
GUEST_PAGES: frozenset[Door] = frozenset({("GET", "/sign-in"), ("GET", "/sign-in/second"), ("GET", "/setup")}) | {
    ("GET", "/exam"),
    ("GET", "/v"),
    ("GET", "/exam/paper"),
    ("GET", "/exam/hand-in"),
    ("GET", "/contests/board/{token}"),
    ("GET", "/contests/documents/{token}"),
}
NOBODYS = GUEST_FORMS | GUEST_PAGES | {APPEARANCE}
#: The people of the other laboratory (a county's), one role each, and the network manager above it.
THEIRS = ("sam", "ann", "vic", "cai", "rui", "sun", "max", "ian", "ada", "net", "ora")

#: (beginning of the address, name in it) → examples out of the other laboratory's records.
FITTING: dict[tuple[str, str], Callable[[Any], tuple[str, ...]]] = {
    ("/samples/bench", "blind_code"): lambda k: (k.blind_code,),
    ("/samples/labels", "kind"): lambda _k: ("counter", "bench"),
    ("/samples", "photo_id"): lambda k: (k.photo,),
    ("/samples", "code"): lambda k: (k.sample, k.blind_code),
    ("/samples", "number"): lambda k: (k.sample, k.blind_code),
    ("/library/substances", "name"): lambda _k: ("carbofuran",),
    ("/library/drafts", "draft_id"): lambda k: (k.draft,),
    ("/library/methods", "code:path"): lambda _k: ("GB 23200.121-2026",),
    ("/accreditation/certificates", "certificate_id"): lambda k: (k.certificate,),
    ("/accreditation/lines", "line_id"): lambda k: (k.scope_line,),
    ("/people", "username"): lambda k: (k.username,),
    ("/people", "authorisation_id"): lambda k: (k.authorisation,),
    ("/audit", "entity"): lambda _k: ("sample",),
    ("/audit", "record_id"): lambda k: (k.sample_id,),
    ("/equipment", "key"): lambda k: (k.instrument,),
    ("/materials", "key"): lambda k: (k.material,),
    ("/worksheets/with-lot", "key"): lambda k: (k.material_id,),
    ("/account/sessions", "session_id"): lambda _k: (str(uuid4()),),
    ("/account/tokens", "token_id"): lambda k: (k.token,),
    ("/account/passkeys", "passkey_id"): lambda _k: (str(uuid4()),),
    ("/reports/of-sample", "code"): lambda k: (k.sample, k.blind_code),
    ("/reports/compile", "number"): lambda k: (k.sample,),
    ("/reports/batches", "batch_id"): lambda k: (k.batch,),
    ("/reports", "handout_id"): lambda k: (k.handout,),
    ("/reports", "key"): lambda k: (k.report, k.report_number),
    ("/reports", "name"): lambda _k: ("send-back", "replace", "withdraw"),
    ("/results/of-sample", "code"): lambda k: (k.sample, k.blind_code),
    ("/results", "key"): lambda k: (k.result,),
    ("/runs", "run_id"): lambda k: (k.run,),
    ("/runs/profiles", "key"): lambda k: (k.instrument,),
    ("/runs/profiles", "profile_id"): lambda k: (k.profile,),
    ("/quality/nonconforming", "number"): lambda k: (k.nonconforming,),
    ("/rapid", "test_id"): lambda k: (k.rapid,),
    ("/rapid/of-sample", "code"): lambda k: (k.sample, k.blind_code),
    ("/proficiency", "number"): lambda k: (k.round,),
    ("/exams", "number"): lambda k: (k.exam,),
    ("/exams", "key"): lambda k: (k.candidate,),
    ("/exams", "fault_id"): lambda k: (k.fault,),
    ("/exams/questions", "code"): lambda k: (k.question,),
    ("/contests", "number"): lambda k: (k.contest,),
    ("/contests", "event"): lambda k: (k.contest_event,),
    ("/contests", "code"): lambda k: (k.contest_code,),
    ("/contests", "key"): lambda k: (k.contest_entry,),
    ("/contests", "document"): lambda k: (k.contest_document,),
    ("/contests", "token"): lambda k: (k.contest_token,),
    ("/worksheets", "number"): lambda k: (k.worksheet,),
    ("/worksheets", "key"): lambda k: (k.file_sha256,),
    ("/laboratories", "code"): lambda k: (k.laboratory,),
    ("/views", "table"): lambda _k: ("samples",),
    ("/views", "view_id"): lambda _k: (str(uuid4()),),
    ("/returns/sent", "key"): lambda k: (k.return_id,),
    ("/returns/received", "key"): lambda k: (k.received_id,),
}  # fmt: skip


#: What must be asked for in the query.
QUERIES = {
    "/quality/charts/one": {
        "method": "GB 23200.121-2026",
        "analyte": "carbofuran",
        "source": "spike_recovery",
        "level": "0.02 mg/kg",
    },
    "/quality/plans/one": {"method": "GB 23200.121-2026"},
    "/library/food": {"path": COWPEA},
    "/library/food/inside": {"path": COWPEA.split("/")[0]},
    "/library/food-limits": {"path": COWPEA},
    "/library/food-limits/inherited": {"path": "蔬菜/豆类蔬菜", "substance": "carbofuran", "edition": "GB 2763-2026"},
    "/library/food-limits/part": {"path": COWPEA},
    "/results/verify/routine": {"batch": "none"},
    "/samples/many/registered": {"at": "2026-11-23T02:00:00+00:00"},
}
#: Parts of forms, which stand in no page of their own; without scripts nobody is led to them.
PARTS = ("/samples/new/food", "/library/food/inside", "/library/food-limits/inherited", "/library/lookup")


def page_doors(app: FastAPI, method: str) -> list[Door]:
    """Every page that is asked by this method."""
    asked_by_programs = set(doors(app))
    found = [d for d in every_door(app) if d not in asked_by_programs and not d[1].startswith("/api/")]
    pages = [door for door in found if door[0] == method]
    # There were as many when this was written; fewer would mean that they are not found any more.
    assert len(pages) >= {"GET": 91, "POST": 70}[method]
    assert {door[0] for door in found} == {"GET", "POST"}
    return pages


def names_in(path: str) -> list[str]:
    """The names of the values of an address."""
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]


def filled(path: str, values: Mapping[str, str]) -> str:
    """An address with its values, each quoted so that it stays one part."""
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    return path


def fitting(keys: Any, path: str, name: str) -> tuple[str, ...]:
    """Examples of a value in an address. Raises `LookupError` for a page that nobody gave one for."""
    for (start, wanted), values in FITTING.items():
        if wanted == name and (path == start or path.startswith(f"{start}/")):
            return values(keys)
    raise LookupError(f"no example for {name} in {path}")


def addresses(keys: Any, path: str) -> Iterator[str]:
    """The address of a page with every example for its values."""
    found: list[dict[str, str]] = [{}]
    for name in names_in(path):
        found = [{**one, name: value} for one in found for value in fitting(keys, path, name)]
    asked = QUERIES.get(path)
    for values in found:
        yield filled(path, values) + (f"?{urlencode(asked)}" if asked else "")


class Person:
    """Somebody with an open session in front of a browser. Redirects are not followed, faults are answered."""

    def __init__(self, client: TestClient, secret: str) -> None:
        self.client = client
        self._secret = secret

    @property
    def token(self) -> str:
        """A token as this person's pages carry it."""
        return csrf.issue(self._secret)

    def get(self, address: str, **headers: str) -> Any:
        """Look at a page."""
        return self.client.get(address, headers=headers, follow_redirects=False)

    def post(self, address: str, data: Mapping[str, Any] | None = None, files: Any = None) -> Any:
        """Send a form from one's own page."""
        return self.forge(address, {csrf.FIELD: self.token, **(data or {})}, files)

    def forge(self, address: str, data: Mapping[str, Any], files: Any = None, **headers: str) -> Any:
        """Send a form from somewhere else."""
        return self.client.post(address, data=dict(data), files=files, headers=headers, follow_redirects=False)


class Walk:
    """A house whose doors people enter by session cookies."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.app = house.app
        self.lims: Lims = house.lims
        self.keys = _keyring(house)
        self._sessions: dict[str, Session] = {}
        self._people: dict[tuple[str, str], Person] = {}
        self.app.state.session_of = self._session_of

    def person(self, name: str, language: str = "zh") -> Person:
        """Somebody of the other laboratory or its prefecture by user name, or `owner`: all roles of the laboratory."""
        actor = self.owner() if name == "owner" else self.house.their_actor(name)
        return self._entered(name, actor, language)

    def neighbour(self, name: str) -> Person:
        """Somebody of the laboratory that has nothing: a role's value, or everything but administrating."""
        return self._entered(f"a {name}", self.house.actor(name), "zh")

    def somebody(self, actor: Actor) -> Person:
        """Somebody who need not have an account."""
        return self._entered(str(uuid4()), actor, "zh")

    def stranger(self) -> Person:
        """Nobody, in front of a browser."""
        return Person(self.house.stranger(), "not of a session")

    def owner(self) -> Actor:
        """Somebody with every role in the laboratory whose keys these are."""
        known = self.house.their_actor("max")
        return Actor(known.user_id, known.name, frozenset(Role), known.laboratory_id, known.visible_laboratories)

    def _entered(self, name: str, actor: Actor, language: str) -> Person:
        if (name, language) not in self._people:
            cookie, client = f"session of {len(self._sessions)}", self.house.stranger()
            secret = f"secret of {cookie}"
            self._sessions[cookie] = Session(actor, uuid4(), secret)
            client.cookies.set("lims_session", cookie)
            client.cookies.set(LANGUAGE_COOKIE, language)
            self._people[name, language] = Person(client, secret)
        return self._people[name, language]

    def _session_of(self, _lims: Lims, cookie: str, **_: object) -> Session:
        if cookie not in self._sessions:
            raise Unauthenticated(reason("sign_in.page", "Sign in first."))
        return self._sessions[cookie]

    def state(self) -> dict[str, list[str]]:
        """Everything that is stored, to compare before and after. Who downloads a report leaves a receipt by that."""
        known = MetaData()
        with self.lims.engine.connect() as connection:
            known.reflect(connection)
            tables = [t for t in known.sorted_tables if t.name not in {"report_receipt", "audit_head"}]
            kept = {t.name: connection.execute(t.select()).mappings().all() for t in tables}
        return {
            name: sorted(repr(dict(row)) for row in rows if row.get("action") != Action.REPORT_DOWNLOAD.value)
            for name, rows in kept.items()
        }


def _keyring(house: House) -> SimpleNamespace:
    """The keys of the other laboratory, and those that only pages ask for."""
    with house.lims.read(system_actor(), Action.AUDIT_VERIFY) as session:
        sent = session.exec(select(ReturnSent)).first()
        received = session.exec(select(ReturnReceived)).first()
    assert sent is not None
    assert received is not None
    return SimpleNamespace(**house.keys.all(), return_id=str(sent.id), received_id=str(received.id))
