"""Chinese for machines that have no font for it."""

import pytest

from tests.browser.conftest import House, OpenPage


@pytest.mark.parametrize("has_its_own", [True, False])
def test_only_a_machine_without_a_chinese_font_fetches_ours(
    open_page: OpenPage, house: House, has_its_own: bool
) -> None:
    page = open_page(house.base_url)
    found = "Promise.resolve()" if has_its_own else "Promise.reject(new Error('none'))"
    page.add_init_script(f"window.FontFace = class {{ load() {{ return {found}; }} }}")
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))

    page.goto("/sign-in")
    page.wait_for_load_state("networkidle")

    assert any(".css" in address for address in fetched)
    assert any("noto-sans-sc.css" in address for address in fetched) is not has_its_own
    faces = page.evaluate("[...document.fonts].filter(face => face.family.includes('Qianjian')).length")
    assert (faces > 50) is not has_its_own
