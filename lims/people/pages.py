"""Pages of people: signing in, one's own account, the people of the laboratory, the first run."""

from fastapi import APIRouter

from lims.people import (
    account_pages,
    confirming_pages,
    key_pages,
    second_factor_pages,
    setup_pages,
    sign_in_pages,
    user_pages,
)

router = APIRouter()
for _part in (
    sign_in_pages,
    setup_pages,
    account_pages,
    second_factor_pages,
    confirming_pages,
    key_pages,
    user_pages,
):
    router.include_router(_part.router)
