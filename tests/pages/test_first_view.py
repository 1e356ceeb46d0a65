"""A page comes quickly through a thin line, the first time too."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.house import opened
from tests.pages.first_view import MOST_BYTES, Scales
from tests.pages.walking import Walk, addresses, page_doors


@pytest.fixture(scope="module")
def walk(shared: Path, tmp_path_factory: pytest.TempPathFactory, quick_passwords: None) -> Iterator[Walk]:
    with opened(shared, tmp_path_factory.mktemp("house"), upload_megabytes=1) as house:
        yield Walk(house)


def test_no_page_weighs_too_much_at_first_view(walk: Walk) -> None:
    owner = walk.person("owner")
    scales, weights = Scales(owner.client), {}

    for door in page_doors(walk.app, "GET"):
        for address in addresses(walk.keys, door[1]):
            page = owner.get(address)
            if page.status_code == 200 and page.headers["content-type"].startswith("text/html"):
                weights[address] = scales.weight(page)

    assert len(weights) >= 60
    assert {address: weight for address, weight in weights.items() if weight > MOST_BYTES} == {}
    # All of them fetch the shell; a scale that forgets it shows nothing.
    assert min(weight for address, weight in weights.items() if address.count("/") == 1) > 25_000
