"""Pages of worksheets and runs: making a worksheet, importing its file, and tracing every number to its row."""

from fastapi import APIRouter

from lims.runs import (
    import_pages,
    mapping_pages,
    new_worksheet_pages,
    profile_pages,
    quality_pages,
    row_pages,
    run_pages,
    worksheet_pages,
)

router = APIRouter()
# Fixed addresses come before those with a number in them.
router.include_router(new_worksheet_pages.router)
router.include_router(worksheet_pages.router)
router.include_router(import_pages.router)
router.include_router(mapping_pages.router)
router.include_router(profile_pages.router)
router.include_router(quality_pages.router)
router.include_router(run_pages.router)
router.include_router(row_pages.router)
