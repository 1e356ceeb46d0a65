"""`make_app`: the one place that knows every feature's routes."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache
from typing import TypeAlias

import anyio.to_thread
from fastapi import APIRouter, FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from starlette.middleware.gzip import GZipMiddleware

import lims.metadata  # noqa: F401  # every table is known before the first query is scoped
from lims.accreditation.api import router as accreditation
from lims.accreditation.limits_pages import router as limits_pages_of_methods
from lims.accreditation.pages import router as accreditation_pages
from lims.contests.api import router as contests
from lims.contests.pages import router as contest_pages
from lims.desk.authorisation_pages import router as authorisation_pages
from lims.desk.pages import router as desk_pages
from lims.desk.settings_pages import router as settings_pages
from lims.equipment.api import router as equipment
from lims.equipment.pages import router as equipment_pages
from lims.exams.api import router as exams
from lims.exams.pages import router as exam_pages
from lims.indicators.api import router as indicators
from lims.indicators.pages import router as indicator_pages
from lims.library.api import router as library
from lims.library.pages import router as library_pages
from lims.limits.api import router as limits
from lims.limits.comparison_pages import router as comparison_pages
from lims.limits.food_pages import router as food_limit_pages
from lims.limits.foresight import foresee
from lims.limits.pages import router as limit_pages
from lims.materials.api import router as materials
from lims.materials.pages import router as material_pages
from lims.network.api import router as network
from lims.network.pages import router as network_pages
from lims.people.api import router as people
from lims.people.key_api import router as signing_keys
from lims.people.pages import router as people_pages
from lims.people.service import authenticate
from lims.people.sessions import session_of
from lims.people.shown_accounts import ShownAccount
from lims.proficiency.api import router as proficiency
from lims.proficiency.pages import router as proficiency_pages
from lims.quality.api import router as quality
from lims.quality.pages import router as quality_pages
from lims.rapid.api import router as rapid
from lims.rapid.pages import router as rapid_pages
from lims.reports.api import public_router as public_reports
from lims.reports.api import router as reports
from lims.reports.batch_api import router as report_batches
from lims.reports.distribution_api import router as distribution
from lims.reports.log_routes import router as public_log
from lims.reports.pages import router as report_pages
from lims.reports.retrieval_api import router as retrieval
from lims.results.api import router as results
from lims.results.level_api import router as calibration_levels
from lims.results.pages import router as result_pages
from lims.runs.api import router as runs
from lims.runs.pages import router as run_pages
from lims.runtime import Lims
from lims.samples.api import router as samples
from lims.samples.pages import router as sample_pages
from lims.samples.photo_api import router as sample_photos
from lims.settings import Environment
from lims.web.appearance import router as appearance
from lims.web.assets import serve_assets
from lims.web.audit import router as audit
from lims.web.body_limit import BodyLimit
from lims.web.pace import Paces
from lims.web.problems import install, responses
from lims.web.saved_view_pages import router as saved_views
from lims.web.security import POLICY, with_security_headers
from lims.worker import Background, Worker

FEATURES = (
    network, people, signing_keys, library, equipment, materials, accreditation, samples, sample_photos, runs, results,
    calibration_levels, rapid, quality, limits, retrieval, report_batches, reports, distribution, indicators,
    proficiency, exams, contests, audit,
)  # fmt: skip


PAGES = (
    limit_pages,
    library_pages,
    accreditation_pages,
    appearance,
    authorisation_pages,
    comparison_pages,
    contest_pages,
    desk_pages,
    equipment_pages,
    exam_pages,
    food_limit_pages,
    indicator_pages,
    limits_pages_of_methods,
    material_pages,
    network_pages,
    people_pages,
    proficiency_pages,
    rapid_pages,
    report_pages,
    result_pages,
    run_pages,
    quality_pages,
    sample_pages,
    saved_views,
    settings_pages,
)


@cache
def every_route() -> APIRouter:
    """The routes of every feature. What they declare is worked out once, whatever applications a process makes."""
    routes = APIRouter(responses=responses())
    for router in (*FEATURES, public_reports, public_log):
        routes.include_router(router)
    for router in PAGES:
        routes.include_router(router, include_in_schema=False)
    return routes


def make_app(lims: Lims, *, with_worker: bool = False, shown_accounts: Sequence[ShownAccount] = ()) -> FastAPI:
    """The web application of an installation. Nothing it serves comes from another host.

    `with_worker`: background work runs in the same process, which suits one laboratory on one machine.
    `shown_accounts`: accounts of a rehearsal that its sign-in page offers; in production none is ever shown.
    """
    app = FastAPI(
        title="黔检 Qianjian LIMS",
        description="Laboratory information management for farm-produce safety. Refusals are problem+json (RFC 9457).",
        lifespan=_lifespan(lims, with_worker=with_worker),
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        routes=every_route().routes,
    )
    app.state.lims = lims
    app.state.authenticate = authenticate
    app.state.session_of = session_of
    app.state.shown_accounts = () if lims.settings.environment is Environment.PRODUCTION else shown_accounts
    app.state.background = Background(lims)
    app.state.foresee = foresee
    app.state.paces = Paces()
    install(app)
    app.add_middleware(BodyLimit, file_bytes=lims.settings.upload_megabytes * 1024 * 1024)
    app.middleware("http")(with_security_headers)
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)
    serve_assets(app, lims.settings)
    _serve_documentation(app, lims)
    return app


Lifespan: TypeAlias = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def _lifespan(lims: Lims, *, with_worker: bool) -> Lifespan:
    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        # As many threads as database connections: a thread never waits for a connection.
        anyio.to_thread.current_default_thread_limiter().total_tokens = lims.settings.threads
        worker = Worker() if with_worker else None
        if worker is not None:
            worker.start(lims)
            app.state.background = Background(lims, worker)
        try:
            yield
        finally:
            if worker is not None:
                worker.close()

    return life


def _serve_documentation(app: FastAPI, lims: Lims) -> None:
    folder = lims.settings.assets / "web" / "swagger-ui"
    if not folder.is_dir():
        return
    app.mount("/static/swagger-ui", StaticFiles(directory=folder), name="swagger-ui")

    @app.get("/api/docs", include_in_schema=False)
    def documentation() -> HTMLResponse:
        page = get_swagger_ui_html(
            openapi_url="/api/openapi.json",
            title="Qianjian LIMS API",
            swagger_js_url="/static/swagger-ui/swagger-ui-bundle.js",
            swagger_css_url="/static/swagger-ui/swagger-ui.css",
            swagger_favicon_url="/static/swagger-ui/favicon-32x32.png",
        )
        # This page alone has a script and styles of its own in it.
        page.headers["Content-Security-Policy"] = POLICY.replace("'self';", "'self' 'unsafe-inline';")
        return page
