"""Every route of the JSON door, and an example of what each is asked with. A new route needs a line here.

Pages are walked by `tests/pages/test_every_page.py`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import Mount
from starlette.testclient import TestClient

from lims.samples.spreadsheet import sample_template
from tests.api.house import PASSWORD, House, Keys
from tests.api.laboratory import COWPEA, METHOD, a_sheet
from tests.pictures import a_picture
from tests.turns import turns

#: (method, path as it is declared)
Door = tuple[str, str]

#: For anybody: signing in, the page behind a QR code, and what says how to ask.
PUBLIC: frozenset[Door] = frozenset(
    {
        ("POST", "/api/tokens"),
        ("GET", "/v/{token}"),
        ("POST", "/api/verify"),
        ("GET", "/api/schemas/report"),
        ("GET", "/api/log/head"),
        ("GET", "/api/log/leaves"),
        ("GET", "/api/log/proof/consistency"),
        ("GET", "/api/log/proof/inclusion"),
        ("GET", "/api/contests/board/{token}"),
        ("GET", "/api/contests/documents/{token}"),
        ("GET", "/api/openapi.json"),
        ("HEAD", "/api/openapi.json"),
        ("GET", "/api/docs"),
    }
)
#: For everybody who is signed in: they tell nothing but who asks, or what an empty form looks like.
WITHOUT_PERMISSION: frozenset[Door] = frozenset(
    {
        ("GET", "/api/me"),
        ("GET", "/api/accreditation/templates/scope.xlsx"),
        ("GET", "/api/accreditation/templates/method-limits.xlsx"),
        ("GET", "/api/returns/schema"),
    }
)
#: A certificate of nobody, self-signed.
PEM = """-----BEGIN CERTIFICATE-----
MIIBDzCBt6ADAgECAgEHMAoGCCqGSM49BAMCMBExDzANBgNVBAMMBmEgdGVzdDAg
Fw0yNjAxMDEwMDAwMDBaGA8yMDk5MDEwMTAwMDAwMFowETEPMA0GA1UEAwwGYSB0
ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEboB/gUQ6Re+gK3psPpimwz95
h9wHqpskRvJeFiKgGkosgQXJs77jvyuiDeOCon+AsSzyPzkxcPJznNYsg6eUpzAK
BggqhkjOPQQDAgNHADBEAiBB30w/8L3fbfsIi3GdrfpCKVG1ewmTILoZ5/SqvkEj
oQIgQIQyQIgoCci9dzhRmta6liPCb1vhML0KCtx20PyU+SY=
-----END CERTIFICATE-----
"""


@dataclass(frozen=True)
class Asked:
    """What a route is asked: values of its path, its query, and its body or file."""

    path: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    body: Any = None
    file: bytes | None = None
    form: dict[str, str] = field(default_factory=dict)

    def send(self, client: TestClient, door: Door, **headers: str) -> Any:
        """Ask. Values of the path are quoted, so that they stay one part of it."""
        method, path = door
        for name, value in self.path.items():
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
        more: dict[str, Any] = {} if self.body is None else {"json": self.body}
        if self.file is not None:
            more = {"files": {"file": ("file", self.file)}, "data": self.form}
        return client.request(method, path, params=self.query, headers=headers, **more)


#: There were as many when this was written; fewer would mean that they are not found any more.
AT_LEAST = 103


def doors(app: FastAPI) -> list[Door]:
    """Every route that programs ask, each method apart, and the page behind a QR code, which answers them as well."""
    found = [door for door in every_door(app) if door[1].startswith(("/api/", "/v/"))]
    assert len(found) >= AT_LEAST
    return found


def every_door(app: FastAPI) -> list[Door]:
    """Every route, pages too, each method apart; the folders of static files are no routes."""
    contexts = [c for c in iter_route_contexts(app.routes) if not isinstance(c.original_route, Mount)]
    return sorted((method, str(c.path)) for c in contexts for method in (c.methods or ()))


def with_their_keys(house: House, door: Door) -> Iterator[Asked]:
    """Every way to ask a route by the keys of the other laboratory that belong there."""
    bodies = _bodies(house, door)
    for path in _paths(house.keys, door):
        for body in bodies:
            yield Asked(path, dict(QUERIES.get(door, {})), body.body, body.file, body.form)


def with_any_of_their_keys(house: House, door: Door) -> Iterator[Asked]:
    """The same with any key of the other laboratory in every value of the path and every text of the query.

    Keys of other sorts lead nowhere by their type; a fifth of them is tried in each value of a path, in turn.
    """
    usual = next(with_their_keys(house, door))
    some = turns(sorted(house.keys.all().values()), len(house.keys.all()) // 5)
    for _ in range(sum(map(ord, "".join(door))) % 5):
        some()  # doors begin at different keys
    for name in usual.path:
        for value in some():
            yield replace(usual, path={**usual.path, name: value})
    for kind, value in house.keys.all().items():
        for name in text_queries(house.app, door) if kind in IN_A_QUERY else ():
            yield replace(usual, query={**usual.query, name: value})


#: One key of each sort: a query is not typed, so more of the same sort would say nothing new.
IN_A_QUERY = frozenset({"sample", "sample_id", "report_number", "laboratory"})


def operation_of(app: FastAPI, door: Door) -> dict[str, Any]:
    """What OpenAPI says of a route; nothing for what it does not describe."""
    method, path = door
    found: dict[str, Any] = app.openapi()["paths"].get(path, {}).get(method.lower(), {})
    return found


def text_queries(app: FastAPI, door: Door) -> list[str]:
    """The names in the query of a route that any text fits."""
    found = []
    for parameter in operation_of(app, door).get("parameters", []):
        kinds = parameter["schema"].get("anyOf", [parameter["schema"]])
        if parameter["in"] == "query" and any(k.get("type") == "string" and "enum" not in k for k in kinds):
            found.append(parameter["name"])
    return found


def _bodies(house: House, door: Door) -> list[Asked]:
    if door in UPLOADS:
        content, form = UPLOADS[door](house)
        return [Asked(file=content, form=form)]
    if door in BODIES:
        return [Asked(body=body) for body in BODIES[door](house.keys)]
    return [Asked()]


def _paths(keys: Keys, door: Door) -> list[dict[str, str]]:
    found: list[dict[str, str]] = [{}]
    for name in names_in(door[1]):
        found = [{**one, name: value} for one in found for value in fitting(keys, door[1], name)]
    return found


def names_in(path: str) -> list[str]:
    """The names of the values of a path."""
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]


def fitting(keys: Keys, path: str, name: str) -> tuple[str, ...]:
    """The keys of the other laboratory that a value of a path may be."""
    for (start, wanted), values in FITTING.items():
        if path.startswith(start) and name == wanted:
            return values(keys)
    raise LookupError(f"no example for {name} in {path}")


FITTING: dict[tuple[str, str], Callable[[Keys], tuple[str, ...]]] = {
    ("/api/samples", "number"): lambda k: (k.sample, k.blind_code),
    ("/api/samples", "blind_code"): lambda k: (k.blind_code,),
    ("/api/samples", "photo_id"): lambda k: (k.photo,),
    ("/api/worksheets", "number"): lambda k: (k.worksheet,),
    ("/api/returns", "number"): lambda k: (k.return_number,),
    ("/api/runs", "run_id"): lambda k: (k.run,),
    ("/api/import-profiles", "profile_id"): lambda k: (k.profile,),
    ("/api/results", "result_id"): lambda k: (k.result,),
    ("/api/reports", "key"): lambda k: (k.report, k.report_number),
    ("/api/reports", "handout_id"): lambda k: (k.handout,),
    ("/api/report-batches", "batch_id"): lambda k: (k.batch,),
    ("/api/instruments", "code"): lambda k: (k.instrument,),
    ("/api/materials", "code"): lambda k: (k.material,),
    ("/api/laboratories", "code"): lambda k: (k.laboratory,),
    ("/api/accreditation/laboratories", "code"): lambda k: (k.laboratory,),
    ("/api/accreditation/certificates", "certificate_id"): lambda k: (k.certificate,),
    ("/api/accreditation/scope-lines", "line_id"): lambda k: (k.scope_line,),
    ("/api/users", "username"): lambda k: (k.username,),
    ("/api/tokens", "token_id"): lambda k: (k.token,),
    ("/api/authorisations", "authorisation_id"): lambda k: (k.authorisation,),
    ("/api/library/substances", "name"): lambda _k: ("carbofuran",),
    ("/api/library/drafts", "draft_id"): lambda k: (k.draft,),
    ("/v", "token"): lambda k: (k.verification_token,),
    ("/api/nonconforming", "number"): lambda k: (k.nonconforming,),
    ("/api/rapid-tests", "test_id"): lambda k: (k.rapid,),
    ("/api/proficiency/rounds", "number"): lambda k: (k.round,),
    ("/api/proficiency/rounds", "code"): lambda k: (k.round_code,),
    ("/api/exams", "number"): lambda k: (k.exam,),
    ("/api/exams", "key"): lambda k: (k.candidate,),
    ("/api/exams", "fault_id"): lambda k: (k.fault,),
    ("/api/exams/questions", "code"): lambda k: (k.question,),
    ("/api/contests", "number"): lambda k: (k.contest,),
    ("/api/contests", "event"): lambda k: (k.contest_event,),
    ("/api/contests", "code"): lambda k: (k.contest_code,),
    ("/api/contests", "entry"): lambda k: (k.contest_entry,),
    ("/api/contests", "key"): lambda k: (k.contest_entry,),
    ("/api/contests", "document"): lambda k: (k.contest_document,),
    ("/api/contests", "token"): lambda k: (k.contest_token,),
}

#: What must be asked in the query; what may be asked is read from OpenAPI.
QUERIES: dict[Door, dict[str, str]] = {
    ("DELETE", "/api/contests/{number}/events/{event}"): {"version": "1"},
    ("DELETE", "/api/contests/{number}/mine/entries/{entry}"): {"version": "1"},
    ("GET", "/api/library/foods/resolve"): {"name": "豇豆"},
    ("GET", "/api/library/lookup"): {"q": "kbw"},
    ("GET", "/api/library/food-limits"): {"food": "豇豆"},
    ("GET", "/api/library/compare"): {"food": "豇豆"},
    ("GET", "/api/samples/bench/awaiting"): {"method": METHOD},
    ("GET", "/api/worksheets/waiting"): {"method": METHOD},
    ("GET", "/api/indicators"): {"period": "2026-11"},
    ("GET", "/api/indicators/batches"): {"period": "2026-11"},
    ("GET", "/api/accreditation/dual-rate"): {"region": "520322"},
    ("GET", "/api/log/head"): {"laboratory": "QBZ"},
    ("GET", "/api/log/leaves"): {"laboratory": "QBZ"},
    ("GET", "/api/log/proof/consistency"): {"laboratory": "QBZ", "first": "1", "second": "2"},
    ("GET", "/api/log/proof/inclusion"): {"laboratory": "QBZ", "leaf": "0" * 64, "size": "1"},
    ("GET", "/api/control-charts/points"): {
        "method": METHOD,
        "analyte": "carbofuran",
        "source": "spike_recovery",
        "level": "0.02 mg/kg",
    },
}

_SETTINGS = {"concentration_unit": "μg/L", "date_order": "dmy"}
_ENTRY = {"finding": "not_detected", "unit": "mg/kg"}
_LINE = {"product": "蔬菜", "parameter": "克百威", "method": METHOD}
_LIMITS = {"method": METHOD, "analyte": "克百威", "limit_of_quantification": "0.01", "limit_of_detection": "0.003",
           "verified_on": "2026-03-01"}  # fmt: skip
_WHY = "Looked at once more."
_PROOF = {"password": PASSWORD}
_CONTEST = {"title": "x", "season": "x", "year": 2026, "streams": ["x"], "entries_until": "2026-12-31T10:00:00Z"}
_ROUND = {"title": "A round", "year": 2026, "deadline": "2026-12-31T10:00:00Z", "items": ["A"]}
_QUESTION = {"kind": "true_or_false", "subject": "x", "stem": "x", "answers": ["true"]}
_EXAM = {
    "title": "A paper",
    "sections": [{"kind": "true_or_false", "count": 1, "marks": "2"}],
    "minutes": 10,
    "opens_at": "2026-12-01T01:00:00Z",
    "last_start": "2026-12-01T02:00:00Z",
    "pass_mark": "1",
}


def _worksheet(keys: Keys, instrument: str) -> dict[str, Any]:
    return {
        "method_code": METHOD,
        "instrument_code": instrument,
        "matrix_group": "蔬菜",
        "test_portion": "10.00",
        "final_volume": "10.0",
        "entries": [
            {"kind": "blank", "label": "BLK"},
            {"kind": "sample", "label": keys.blind_code},
        ],
    }


def _account(**changes: Any) -> dict[str, Any]:
    return {
        "username": "mole",
        "full_name": "田鼠",
        "password": "under the ground",
        "roles": ["quality_manager"],
        **changes,
    }


def _chosen(keys: Keys) -> dict[str, Any]:
    return {"results": [{"id": keys.result, "version": 3}]}


BODIES: dict[Door, Callable[[Keys], list[Any]]] = {
    ("POST", "/api/laboratories"): lambda k: [
        {"code": "QSY", "name": "绥阳县检测站", "level": "county", "region_code": "520323", "superior": "QZY",
         "address": "绥阳县"},
        {"code": "QBX", "name": "播州区乡镇站", "level": "township", "region_code": "520304", "superior": k.laboratory,
         "address": "播州区"},
    ],
    ("PUT", "/api/laboratories/{code}/certificate"): lambda _k: [
        {"certificate_pem": PEM, "version": 2}
    ],
    ("POST", "/api/tokens"): lambda k: [{"username": k.username, "password": "not her password"}],
    ("POST", "/api/me/passkey-questions"): lambda k: [{"act": "report.review", "subjects": [k.report]}],
    ("POST", "/api/me/signing-key/token"): lambda _k: [{"password": PASSWORD}],
    ("POST", "/api/users"): lambda k: [
        _account(laboratory=k.laboratory),
        _account(region_code="520000"),
        _account(region_code="520304", roles=["inspector"]),
    ],
    ("PUT", "/api/users/{username}"): lambda _k: [{"version": 1, "full_name": "田鼠", "roles": ["inspector"]}],
    ("POST", "/api/users/{username}/deactivate"): lambda _k: [{"version": 1}],
    ("POST", "/api/users/{username}/reactivate"): lambda _k: [{"version": 1}],
    ("POST", "/api/users/{username}/password"): lambda _k: [{"version": 1, "password": "under the ground"}],
    ("POST", "/api/users/{username}/second-factor/reset"): lambda _k: [{"version": 1}],
    ("POST", "/api/authorisations/{authorisation_id}/end"): lambda _k: [{"version": 1, "ends_on": "2026-12-31"}],
    ("POST", "/api/users/{username}/authorisations"): lambda _k: [
        {"kind": "signatory", "subject": "*", "starts_on": "2026-01-01"}
    ],
    ("POST", "/api/instruments"): lambda k: [
        {"code": k.instrument, "name": "气质", "model": "1", "serial_number": "1", "calibrated_until": "2027-01-01"}
    ],
    ("POST", "/api/instruments/{code}/calibration"): lambda _k: [{"version": 1, "calibrated_until": "2020-01-01"}],
    ("POST", "/api/materials"): lambda k: [
        {"code": k.material, "kind": "reagent", "name": "乙腈", "lot": "1", "supplier": "甲",
         "expires_on": "2027-01-01"}
    ],
    ("POST", "/api/materials/solutions"): lambda k: [
        {"code": "WS-1", "name": "标准工作溶液", "final_volume": "10.0", "prepared_on": "2026-11-23",
         "expires_on": "2026-11-30", "sources": [{"code": k.material, "taken": "1.00"}]}
    ],
    ("POST", "/api/materials/{code}/opening"): lambda _k: [{"version": 1, "opened_on": "2026-11-23"}],
    ("POST", "/api/materials/{code}/closing"): lambda _k: [{"version": 1, "closed_on": "2026-11-23", "reason": _WHY}],
    ("POST", "/api/worksheets/{number}/bench-record"): lambda k: [
        {"used_on": "2026-11-23", "temperature_c": "21.0", "humidity_percent": "40", "materials": [k.material],
         "equipment": [k.instrument]}
    ],
    ("POST", "/api/accreditation/certificates"): lambda k: [
        {"scheme": "CATL", "number": k.certificate_number, "issued_by": "贵州省", "valid_from": "2024-01-01",
         "valid_until": "2030-01-01"}
    ],
    ("POST", "/api/accreditation/certificates/{certificate_id}/suspension"): lambda _k: [
        {"version": 1, "suspended_on": "2026-01-01"}
    ],
    ("POST", "/api/accreditation/certificates/{certificate_id}/scope"): lambda _k: [_LINE],
    ("POST", "/api/accreditation/scope-lines/{line_id}/end"): lambda _k: [{"version": 1, "valid_until": "2026-01-01"}],
    ("POST", "/api/accreditation/method-limits"): lambda _k: [[_LIMITS]],
    ("POST", "/api/samples"): lambda k: [
        a_sheet(sampling_sheet_number=k.sheet, parameters=["克百威"], client="甲", inspected_party="乙", place="丙")
    ],
    ("POST", "/api/samples/labels"): lambda k: [
        {"numbers": [k.sample], "kind": kind} for kind in ("counter", "bench")
    ],
    ("POST", "/api/samples/{number}/receive"): lambda _k: [{"condition": "新鲜", "seal": "intact"}],
    ("POST", "/api/samples/{number}/photos/{photo_id}/remove"): lambda _k: [{"reason": _WHY}],
    ("POST", "/api/worksheets"): lambda k: [_worksheet(k, k.instrument), _worksheet(k, "GCMS-77")],
    ("POST", "/api/import-profiles"): lambda k: [
        {"instrument_code": code, "name": "A profile", "profile": _SETTINGS} for code in (k.instrument, "GCMS-77")
    ],
    ("POST", "/api/import-profiles/{profile_id}/versions"): lambda _k: [
        {"version": 1, "profile": _SETTINGS, "reason": _WHY}
    ],
    ("POST", "/api/import-profiles/{profile_id}/retire"): lambda _k: [{"version": 1, "reason": _WHY}],
    ("POST", "/api/results"): lambda k: [
        {**_ENTRY, "sample": key, "parameter": "carbofuran"} for key in (k.sample, k.blind_code, k.sample_id[:30])
    ],
    ("POST", "/api/results/submit"): lambda k: [_chosen(k)],
    ("POST", "/api/results/verify"): lambda k: [_chosen(k)],
    ("POST", "/api/results/{result_id}/return"): lambda _k: [{"version": 3, "reason": _WHY}],
    ("POST", "/api/results/{result_id}/correct"): lambda _k: [{**_ENTRY, "version": 3, "reason": _WHY}],
    ("POST", "/api/judge"): lambda _k: [
        {"food": COWPEA, "basis_on": "2026-11-01",
         "measured": {"carbofuran": {"kind": "quantified", "value": "0.010"}}}
    ],
    ("POST", "/api/judgements"): lambda _k: [
        [{"sample": "S1", "food": "豇豆", "date": "2026-11-01", "analyte": "克百威", "value": "0.010", "unit": "mg/kg"}]
    ],
    ("POST", "/api/library/drafts/{draft_id}/release"): lambda _k: [{"version": 1}],
    ("POST", "/api/library/drafts/{draft_id}/reject"): lambda _k: [{"version": 1, "reason": _WHY}],
    ("POST", "/api/markets"): lambda _k: [
        {"food": COWPEA, "basis_on": "2026-11-01",
         "measured": {"carbofuran": {"kind": "quantified", "value": "0.010"}}}
    ],
    ("POST", "/api/reports"): lambda k: [
        {"sample": key, "language": "bilingual", "authentication": _PROOF} for key in (k.sample, k.blind_code)
    ],
    ("POST", "/api/reports/{key}/annex"): lambda _k: [{"version": 3, "annex": True}],
    ("POST", "/api/reports/{key}/review"): lambda _k: [{"version": 3, "authentication": _PROOF}],
    ("POST", "/api/reports/{key}/approve"): lambda _k: [{"version": 3, "authentication": _PROOF}],
    ("POST", "/api/reports/{key}/send-back"): lambda _k: [{"version": 3, "reason": _WHY}],
    ("POST", "/api/reports/{key}/replace"): lambda _k: [{"reason": _WHY, "authentication": _PROOF}],
    ("POST", "/api/reports/{key}/withdraw"): lambda _k: [{"version": 4, "reason": _WHY}],
    ("POST", "/api/reports/found/zip"): lambda _k: [{"region": "520304"}],
    ("POST", "/api/reports/found/results"): lambda _k: [{"product": "豇豆"}],
    ("POST", "/api/reports/{key}/distribution"): lambda _k: [
        {"recipient": "王建国", "way": "paper", "handed_on": "2026-11-23"}
    ],
    ("POST", "/api/reports/{key}/distribution/{handout_id}/told"): lambda _k: [{"version": 1, "how": _WHY}],
    ("POST", "/api/report-batches/compile"): lambda k: [
        {"reports": [{"sample": k.sample}], "authentication": _PROOF}
    ],
    ("POST", "/api/report-batches/review"): lambda k: [
        {"reports": [{"id": k.report, "version": 1}], "authentication": _PROOF}
    ],
    ("POST", "/api/report-batches/approve"): lambda k: [
        {"reports": [{"id": k.report, "version": 2}], "authentication": _PROOF}
    ],
    ("POST", "/api/returns/export"): lambda _k: [{"period": "2026-11"}],
    ("POST", "/api/control-charts/limits"): lambda _k: [
        {"method": METHOD, "analyte": "carbofuran", "source": "blank", "edition": 0, "reference_from": "2026-11-01",
         "reference_until": "2026-11-20", "reason": _WHY}
    ],
    ("POST", "/api/rapid-tests/{test_id}/confirmation"): lambda _k: [{"parameters": [{"parameter": "毒死蜱"}]}],
    ("POST", "/api/nonconforming"): lambda k: [{"what": _WHY, "run_id": k.run}],
    ("POST", "/api/nonconforming/{number}/evaluate"): lambda _k: [
        {"version": 1, "significance": "nc_minor", "action": _WHY}
    ],
    ("POST", "/api/nonconforming/{number}/close"): lambda _k: [{"version": 1, "outcome": _WHY}],
    ("POST", "/api/proficiency/rounds"): lambda _k: [_ROUND],
    ("PUT", "/api/proficiency/rounds/{number}"): lambda _k: [{**_ROUND, "version": 1}],
    ("POST", "/api/proficiency/rounds/{number}/participants"): lambda k: [
        {"version": 2, "laboratories": [k.laboratory]}
    ],
    ("POST", "/api/proficiency/rounds/{number}/sendings"): lambda k: [
        {"version": 3, "codes": [k.round_code], "sent_on": "2026-11-20"}
    ],
    ("PUT", "/api/proficiency/rounds/{number}/mine/arrival"): lambda _k: [
        {"version": 0, "received_on": "2026-11-20", "arrival": "pt_intact"}
    ],
    ("POST", "/api/proficiency/rounds/{number}/participants/{code}/late"): lambda _k: [
        {"until": "2026-12-31T10:00:00Z", "reason": _WHY}
    ],
    **{
        ("POST", f"/api/proficiency/rounds/{{number}}/{act}"): lambda _k: [{"version": 3}]
        for act in ("open", "close", "evaluate", "publish")
    },
    ("PUT", "/api/proficiency/rounds/{number}/mine"): lambda _k: [
        {"version": 0, "results": [{"item": "A", "analyte": "毒死蜱", "values": ["0.12"]}]}
    ],
    ("POST", "/api/exams/questions"): lambda _k: [_QUESTION],
    ("PUT", "/api/exams/questions/{code}"): lambda _k: [{**_QUESTION, "version": 1}],
    ("POST", "/api/exams/questions/{code}/retire"): lambda _k: [{"version": 1}],
    ("POST", "/api/exams"): lambda _k: [_EXAM],
    ("PUT", "/api/exams/{number}"): lambda _k: [{**_EXAM, "version": 1}],
    ("POST", "/api/exams/{number}/candidates"): lambda _k: [{"candidates": [{"key": "B-1"}]}],
    ("POST", "/api/exams/{number}/slips"): lambda _k: [{"keys": []}],
    **{("POST", f"/api/exams/{{number}}/{act}"): lambda _k: [{"version": 3}] for act in ("open", "close", "publish")},
    ("POST", "/api/exams/{number}/candidates/{key}/extra-time"): lambda _k: [{"extra_minutes": 10, "reason": _WHY}],
    ("POST", "/api/exams/{number}/faults"): lambda k: [{"question": k.question, "fault": _WHY}],
    ("POST", "/api/exams/{number}/faults/{fault_id}/decide"): lambda _k: [{"confirms": True}],
    ("POST", "/api/contests"): lambda _k: [_CONTEST],
    ("PUT", "/api/contests/{number}"): lambda _k: [{**_CONTEST, "version": 1}],
    ("PUT", "/api/contests/{number}/events/{event}"): lambda _k: [
        {"version": 0, "title": "x", "kind": "ct_theory", "share": "1"}
    ],
    **{
        ("POST", f"/api/contests/{{number}}/{act}"): lambda _k: [{"version": 6}]
        for act in ("open", "draw", "announce", "finish", "documents")
    },
    ("POST", "/api/contests/{number}/until"): lambda _k: [{"version": 6, "entries_until": "2026-12-31T10:00:00Z"}],
    ("PUT", "/api/contests/{number}/judges"): lambda k: [{"username": k.username, "label": "J1", "events": []}],
    ("POST", "/api/contests/{number}/entries/promoted"): lambda k: [{"number": k.contest}],
    ("POST", "/api/contests/{number}/entrants/{code}/withdraw"): lambda _k: [{"version": 1, "reason": _WHY}],
    ("PUT", "/api/contests/{number}/board"): lambda _k: [{"version": 6, "is_shown": True}],
    ("POST", "/api/contests/{number}/mine/entries"): lambda _k: [
        {"entries": [{"full_name": "x", "gender": "ct_man", "stream": "种植业"}]}
    ],
    ("POST", "/api/contests/{number}/mine/appeals"): lambda k: [{"entrant": k.contest_code, "grounds": _WHY}],
    ("PUT", "/api/contests/{number}/judging/{event}/{code}"): lambda _k: [{"version": 0, "marks": {"i1": "1"}}],
    ("PUT", "/api/contests/{number}/marks/{event}/{code}"): lambda _k: [{"mark": "1"}],
    **{
        ("POST", f"/api/contests/{{number}}/marks/{{event}}/{act}"): lambda k: [{"exam": k.exam}]
        for act in ("candidates", "exam")
    },
    ("POST", "/api/contests/{number}/entrants/{code}/corrections"): lambda k: [
        {"event": k.contest_event, "mark": "1", "reason": _WHY}
    ],
    ("POST", "/api/contests/{number}/corrections/{key}/decide"): lambda _k: [{"version": 1, "approve": True}],
    ("POST", "/api/contests/{number}/appeals/{key}/propose"): lambda _k: [{"finding": "ct_upheld", "findings": _WHY}],
    ("POST", "/api/contests/{number}/appeals/{key}/confirm"): lambda _k: [{"version": 1, "approve": True}],
    ("POST", "/api/qc-plans"): lambda _k: [
        {"method": METHOD, "edition": 0, "effective_on": "2026-11-23", "reason": _WHY,
         "rules": [{"check": "blank", "source": "x", "high": "0.3"}],
         "formula": {"text": "(c - c0) * V * f * V2 / (m * V1) / R",
                     "constants": {"V1": {"value": "5", "unit": "mL"}, "V2": {"value": "10", "unit": "mL"}}}}
    ],
    ("POST", "/api/runs/{run_id}/qc-decisions"): lambda k: [
        {"checks": [{"id": k.check}], "decision": "qc_accepted", "reason": _WHY}
    ],
    ("POST", "/api/runs/{run_id}/calibration-levels"): lambda _k: [
        {"analyte": "carbofuran", "label": "Cal-1", "is_left_out": True, "reason": _WHY, "version": 1}
    ],
}  # fmt: skip

_PROFILE = {"profile": '{"concentration_unit": "µg/L"}'}
_SCOPE = "产品,参数,方法\n蔬菜,克百威,GB 23200.121-2026\n".encode()
_VERIFIED = "方法,化合物,定量限,检出限,验证日期\nGB 23200.121-2026,克百威,0.01,0.003,2026-03-01\n".encode()

_BOTTLES = "analyte,bottle,value,unit\n" + "".join(f"x,{n // 2},0.{100 + n},mg/kg\n" for n in range(16))
_ENTERED = "姓名,性别,类别\n甲,男,种植业\n".encode()
_ENTERED_BY = "单位代码,姓名,性别,类别\nQTZ,甲,男,种植业\n".encode()
_MARKED = "选手编码,成绩\nK1000,80\n".encode()
_FILLED = "样品,检测项目,结果,单位\nA,毒死蜱,0.12,mg/kg\n".encode()
_QUESTIONS = "题型,科目,题干,答案\n判断题,抽样,抽样人员不少于两人。,正确\n".encode()
_LIMITS_TABLE = "农药,食品,最大残留限量,单位\n克百威,豇豆,0.02,mg/kg\n".encode()

UPLOADS: dict[Door, Callable[[House], tuple[bytes, dict[str, str]]]] = {
    ("POST", "/api/rapid-tests"): lambda h: (
        f"样品编号,检测项目,抑制率(%),检测结果\n{h.keys.blind_code},有机磷,12.5,合格\n".encode(),
        {},
    ),
    ("POST", "/api/accreditation/certificates/{certificate_id}/scope/import"): lambda _h: (_SCOPE, {}),
    ("POST", "/api/accreditation/method-limits/import"): lambda _h: (_VERIFIED, {}),
    ("POST", "/api/samples/import"): lambda _h: (sample_template(), {}),
    ("POST", "/api/samples/{number}/photos"): lambda _h: (a_picture("blue"), {"caption": "封样"}),
    ("POST", "/api/worksheets/{number}/preview"): lambda h: (h.instrument_file, _PROFILE),
    ("POST", "/api/worksheets/{number}/runs"): lambda h: (h.instrument_file, _PROFILE),
    ("POST", "/api/runs"): lambda h: (h.instrument_file, {**_PROFILE, "worksheet": h.keys.worksheet}),
    ("POST", "/api/me/signing-key"): lambda _h: (b"no key", {"password": PASSWORD, "passphrase": "x"}),
    ("POST", "/api/reports/verify"): lambda _h: (b"%PDF-1.7\n", {}),
    ("POST", "/api/verify"): lambda _h: (b"%PDF-1.7\n", {}),
    ("POST", "/api/proficiency/rounds/{number}/homogeneity"): lambda _h: (_BOTTLES.encode(), {"version": "3"}),
    ("POST", "/api/proficiency/rounds/{number}/mine/import"): lambda _h: (_FILLED, {"version": "0"}),
    ("POST", "/api/exams/questions/import"): lambda _h: (_QUESTIONS, {}),
    ("POST", "/api/contests/{number}/entries/import"): lambda _h: (_ENTERED_BY, {}),
    ("POST", "/api/contests/{number}/mine/import"): lambda _h: (_ENTERED, {}),
    ("POST", "/api/contests/{number}/marks/{event}/import"): lambda _h: (_MARKED, {}),
    ("POST", "/api/returns/import"): lambda h: (h.return_file, {}),
    ("POST", "/api/library/drafts"): lambda _h: (_LIMITS_TABLE, {"standard": "GB 2763-2019"}),
}
