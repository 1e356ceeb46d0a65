"""Pages of results: the list, entering, verifying, one result, and its trace."""

from fastapi import APIRouter

from lims.results import (
    bench_pages,
    entry_pages,
    level_pages,
    lists,
    original_record_pages,
    result_pages,
    run_results_pages,
    trace_pages,
    verify_pages,
)

router = APIRouter()
# Fixed addresses come before those with the key of a result in them.
router.include_router(lists.router)
router.include_router(entry_pages.router)
router.include_router(verify_pages.router)
router.include_router(run_results_pages.router)
router.include_router(level_pages.router)
router.include_router(original_record_pages.router)
router.include_router(bench_pages.router)
router.include_router(trace_pages.router)
router.include_router(result_pages.router)
