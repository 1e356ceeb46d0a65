"""Pages of quality: control charts and nonconforming work."""

from fastapi import APIRouter

from lims.quality import chart_pages, work_pages

router = APIRouter()
router.include_router(chart_pages.router)
router.include_router(work_pages.router)
