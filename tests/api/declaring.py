"""A buyer's list of limits for tests: small, stricter than the law for one substance, loaded by two persons."""

from typing import Any

from tests.api.laboratory import Door

FAMILY, EDITION = "HX 01", "HX 01-2026"
TITLE = "豇豆采购标准"
#: Acetamiprid lies far below the limit of GB 2763-2026; carbofuran counts what the law counts, for nobody says else.
TABLE = "农药,食品,限量,单位\n啶虫脒,豇豆,0.05,mg/kg\n克百威,豇豆,0.02,mg/kg\n"
ORDER = {"standard": EDITION, "title": TITLE, "kind": "declared", "effective_on": "2026-01-01", "complete": "true"}


def a_buyers_list(door: Door, table: str = TABLE, **order: str) -> dict[str, Any]:
    """The list is loaded by the network's manager and released by the administrator; its draft."""
    sent = {"file": ("table.csv", table.encode())}
    said = door["net"].client.post("/api/library/drafts", files=sent, data={**ORDER, **order})
    assert said.status_code == 201, said.text
    draft: dict[str, Any] = said.json()
    released = door["ada"].post(f"/api/library/drafts/{draft['id']}/release", {"version": draft["version"]})
    assert released.status_code == 200, released.text
    return draft
