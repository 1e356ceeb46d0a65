"""What the tests see on a page: obstacles for people, sideways scrolling, pictures."""

import os
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from lims.settings import Settings

#: WCAG 2.0 to 2.2, levels A and AA, and what the makers of axe advise.
_TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
# A bar that stays in sight covers what is scrolled under it, and axe would take that for targets of half their size.
_RUN = """async tags => {
    const bars = [...document.querySelectorAll('*')].filter(e => getComputedStyle(e).position === 'sticky');
    bars.forEach(bar => { bar.style.position = 'relative'; bar.style.inset = 'auto'; });
    const options = {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations'], preload: false};
    const found = await axe.run(document, options);
    bars.forEach(bar => { bar.style.position = ''; bar.style.inset = ''; });
    return found;
}"""

_OVERFLOWING = """() => {
    const width = document.documentElement.clientWidth;
    const within = element => {  // a part that scrolls by itself is no fault
        for (let e = element.parentElement; e && e !== document.body; e = e.parentElement)
            if (getComputedStyle(e).overflowX !== 'visible') return true;
        return false;
    };
    const name = e => e.tagName.toLowerCase() + (e.id ? '#' + e.id : '') + [...e.classList].map(c => '.' + c).join('');
    return [...document.body.querySelectorAll('*')]
        .filter(e => e.getBoundingClientRect().right > width + 1 && !within(e))
        .map(e => `${name(e)} ends at ${Math.round(e.getBoundingClientRect().right)}`).slice(0, 10);
}"""
_WIDTHS = "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"


def axe(page: Page) -> list[str]:
    """Obstacles that axe-core finds: rule, how bad, what it means, where."""
    page.wait_for_load_state()  # a text may stand there before the stylesheet does
    # Evaluated from outside, so that the page's content policy need not allow it.
    page.evaluate((Settings().assets / "test" / "axe.min.js").read_text(encoding="utf-8"))
    found: dict[str, Any] = page.evaluate(_RUN, list(_TAGS))
    return [_worded(violation) for violation in found["violations"]]


def _worded(violation: dict[str, Any]) -> str:
    places = [
        f"    {node['html'][:160]}\n      {_first_line(node['failureSummary'])}" for node in violation["nodes"][:5]
    ]
    head = f"{violation['id']} ({violation['impact']}, {len(violation['nodes'])}×): {violation['help']}"
    return "\n".join([head, *places])


def _first_line(summary: str) -> str:
    """The first way to mend it; the line above only says that there are several."""
    return next((line.strip() for line in summary.splitlines()[1:] if line.strip()), summary)


def assert_accessible(page: Page) -> None:
    """Fail with every obstacle that axe-core finds."""
    obstacles = axe(page)
    assert not obstacles, f"{page.url}\n" + "\n".join(obstacles)


def no_sideways_scroll(page: Page) -> None:
    """Fail when the page is wider than its window, and name what sticks out."""
    wanted, given = page.evaluate(_WIDTHS)
    assert wanted <= given, f"{page.url} is {wanted} wide in {given}: {page.evaluate(_OVERFLOWING)}"


def shot(page: Page, name: str) -> None:
    """A picture of the whole page in the folder `$SHOTS`, when that is set."""
    if folder := os.environ.get("SHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def shot_of_print(page: Page, name: str) -> None:
    """The same as it would be printed on A4."""
    window = page.viewport_size
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 794, "height": 1123})
    shot(page, name)
    page.emulate_media(media="screen")
    if window is not None:
        page.set_viewport_size(window)
