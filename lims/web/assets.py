"""Style sheets, scripts, fonts and shapes, all served by the application: no page asks another host for anything."""

import hashlib
from functools import cache
from pathlib import Path

from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from lims.settings import Settings

#: What is written here.
OWN = Path(__file__).parent / "static"
_FOREVER = "public, max-age=31536000, immutable"


class _Lasting(StaticFiles):
    """Files whose address carries a digest of their content may be kept for ever; others are asked for again."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = _FOREVER if b"v=" in scope["query_string"] else "no-cache"
        return response


def serve_assets(app: FastAPI, settings: Settings) -> None:
    """Put the files under `/static/own` and what set-up fetched under `/static/web`."""
    app.mount("/static/own", _Lasting(directory=OWN), name="own")
    fetched = settings.assets / "web"
    app.mount("/static/web", _Lasting(directory=fetched, check_dir=False), name="web")


@cache
def address_of(folder: Path, name: str) -> str:
    """The address of a file of our own or of a fetched one, changed with its content."""
    path = folder / name
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12] if path.is_file() else "missing"
    return f"/static/{'own' if folder == OWN else 'web'}/{name}?v={digest}"
