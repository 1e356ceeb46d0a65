"""Which methods only screen."""

import pytest

from lims.library.rapid_methods import is_rapid
from tests.api.laboratory import library_facts


@pytest.mark.parametrize(
    ("code", "rapid"),
    [
        ("GB/T 5009.199-2003", True),
        ("NY/T 448-2001", True),
        ("KJ202101", True),
        ("GB/T 21330-2007", True),  # 酶联免疫
        ("GB 23200.121-2026", False),
        ("GB/T 5009.19-2008", False),
        ("KJX-1", False),
    ],
)
def test_a_rapid_method_is_known_by_its_title_technique_or_number(code: str, rapid: bool) -> None:
    known = {method.code: method for method in library_facts().methods}

    assert is_rapid(code, known.get(code)) is rapid
