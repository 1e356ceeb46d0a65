"""Code from packages under the content policy of our pages."""

from collections.abc import Iterator

import pytest
import segno
from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from lims.settings import Settings
from lims.web.assets import serve_assets
from lims.web.security import POLICY
from tests.browser.conftest import OpenPage
from tests.browser.serving import served_app

#: What the page that scans needs beyond the others.
SCANNING = POLICY.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'")
PAGES = {
    "scan": ('<script src="/static/web/barcode/barcode-detector.js"></script>', SCANNING),
    "chart": ('<script src="/static/web/chart/chart.umd.min.js"></script><canvas id="c"></canvas>', POLICY),
    "font": (
        '<link rel="stylesheet" href="/static/web/fonts/noto-sans-sc.css"><p id="word">农药残留</p>',
        POLICY,
    ),
}


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    app = FastAPI()
    serve_assets(app, Settings())

    @app.get("/{name}")
    def page(name: str) -> HTMLResponse:
        content, policy = PAGES[name]
        text = f'<!doctype html><html lang="zh-CN"><title>{name}</title><link rel="icon" href="data:,">{content}'
        return HTMLResponse(text, headers={"Content-Security-Policy": policy})

    with served_app(app) as address:
        yield address


def test_a_code_is_read_without_another_host(open_page: OpenPage, base_url: str) -> None:
    page = open_page(base_url, phone=True)
    page.goto("/scan")

    found = page.evaluate(
        """async picture => {
            const { BarcodeDetector, prepareZXingModule } = BarcodeDetectionAPI;
            prepareZXingModule({ overrides: { locateFile: name => '/static/web/barcode/' + name } });
            const image = Object.assign(new Image(), { src: picture });
            await image.decode();
            const codes = await new BarcodeDetector({ formats: ['qr_code', 'code_128'] }).detect(image);
            return codes.map(code => [code.format, code.rawValue]);
        }""",
        segno.make("LA-2026-000123", micro=False).png_data_uri(scale=4, border=4),
    )

    assert found == [["qr_code", "LA-2026-000123"]]


def test_a_chart_is_drawn_under_the_policy(open_page: OpenPage, base_url: str) -> None:
    page = open_page(base_url)
    page.goto("/chart")

    drawn = page.evaluate(
        """() => {
            const data = { labels: [1, 2], datasets: [{ data: [3, 4] }] };
            new Chart(document.getElementById('c'), { type: 'line', data, options: { animation: false } });
            const canvas = document.getElementById('c');
            return canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(v => v > 0);
        }"""
    )

    assert drawn


def test_the_fetched_font_is_asked_for_only_by_its_name(open_page: OpenPage, base_url: str) -> None:
    page = open_page(base_url)
    slices: list[str] = []
    page.on("request", lambda request: slices.append(request.url) if ".woff2" in request.url else None)
    page.goto("/font")
    page.wait_for_load_state("networkidle")
    assert slices == []

    page.evaluate("document.getElementById('word').style.fontFamily = '\"Qianjian Sans\"'")
    page.evaluate("document.fonts.ready")
    page.wait_for_function("[...document.fonts].some(font => font.status === 'loaded')")

    assert slices
