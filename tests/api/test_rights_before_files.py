"""Who may not hand in a file is told so, whatever the file is."""

import pytest
from fastapi.testclient import TestClient

from lims.app import make_app
from lims.runtime import Lims
from tests.factories import Cast, token_of

ROUTES = (
    "/api/samples/import",
    "/api/accreditation/certificates/00000000-0000-0000-0000-000000000001/scope/import",
    "/api/accreditation/method-limits/import",
    "/api/worksheets/W2026-000001/preview",
    "/api/worksheets/W2026-000001/runs",
    "/api/returns/import",
    "/api/library/drafts",
)


@pytest.mark.parametrize("route", ROUTES)
def test_the_right_is_asked_for_before_the_file_is_read(lims: Lims, cast: Cast, route: str) -> None:
    with TestClient(make_app(lims)) as client:
        answer = client.post(
            route,
            headers={"Authorization": f"Bearer {token_of(lims, 'ian')}"},
            files={"file": ("broken.xlsx", b"PK\x03\x04 nothing")},
            data={"profile": "{}"},
        )

    assert answer.status_code == 403, answer.text
