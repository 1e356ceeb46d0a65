"""The statements of the desk are understood by both databases."""

from collections.abc import Callable

import pytest

from lims.desk.trail_check import newest_check, start_check
from lims.runtime import Lims
from tests.api.laboratory import Door
from tests.api.reporting import a_received_sample, a_tested_sample, a_working_laboratory, an_issued_report
from tests.factories import Cast
from tests.pages.conftest import Browser, text_of

pytestmark = pytest.mark.both_databases


def test_every_page_of_the_desk_answers(lims: Lims, cast: Cast, browse: Callable[..., Browser]) -> None:
    door: Door = a_working_laboratory(lims, cast)
    a_received_sample(door, sampling_sheet_number="CY-1")
    a_tested_sample(door, sampling_sheet_number="CY-2")
    report = an_issued_report(door, found="9.9", sampling_sheet_number="CY-3")
    start_check(lims, cast.max).join(60)
    everybody = ("/", "/search?q=%E8%B1%87", "/search?q=LA", "/search?q=1")
    pages = {
        **dict.fromkeys(("ann", "bea", "vic", "cai", "rui", "sun", "ada", "ian", "net", "eve"), everybody),
        "max": (*everybody, "/audit", "/audit?q=a&who=a&kind=report", f"/audit/report/{report['id']}", "/background"),
    }

    answers = {
        (person, address): browse(getattr(cast, person)).get(address)
        for person, addresses in pages.items()
        for address in addresses
    }

    assert {at: text_of(answer) for at, answer in answers.items() if answer.status_code != 200} == {}
    check = newest_check(lims, cast.max)
    assert check is not None
    assert check.is_whole
    assert check.records > 50
