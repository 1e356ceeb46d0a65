"""The report font (报告字体): where its files lie, its `@font-face` rules and which characters it can print."""

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from fontTools.ttLib import TTFont

from lims.core.errors import BadInput
from lims.core.reasons import Reason, reason

#: The name by which templates ask for the font. No installed font has it, so that no other font can slip in.
FAMILY = "Report Sans"
_FILES = {400: "NotoSansSC-Regular.ttf", 700: "NotoSansSC-Bold.ttf"}
#: Printed smaller and shifted instead, because Chinese fonts lack them (NaNO₂, kg⁻¹).
SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉₊₋", "0123456789+-")
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_NEED_NO_GLYPH = frozenset("\n\r\t \u00a0\u200b\ufeff") | {chr(c) for c in (*SUBSCRIPTS, *SUPERSCRIPTS)}


def font_file(assets_dir: Path, weight: int = 400) -> Path:
    """The font file of a weight (400 or 700). Raises `BadInput` when set-up has not put it there."""
    path = assets_dir / "fonts" / _FILES[weight]
    if not path.is_file():
        raise BadInput(
            reason(
                "report.font_missing",
                "The report font {path} is missing; run the set-up, or point LIMS_ASSETS at the folder that has it.",
                path=str(path),
            )
        )
    return path


def font_faces(assets_dir: Path) -> str:
    """The `@font-face` rules of both weights, as CSS."""
    return "\n".join(
        f'@font-face {{ font-family: "{FAMILY}"; font-weight: {weight}; '
        f'src: url("{font_file(assets_dir, weight).resolve().as_uri()}") format("truetype"); }}'
        for weight in _FILES
    )


@lru_cache(maxsize=4)
def _characters(path: Path) -> frozenset[int]:
    with TTFont(path, lazy=True) as font:
        return frozenset(font.getBestCmap() or ())


def unprintable(text: Iterable[str], assets_dir: Path) -> list[Reason]:
    """One reason per character that one of the two weights has no glyph for; a report must not show a hole.

    Args:
        text: the characters, or any string.
    """
    return [
        reason(
            "report.unprintable",
            "The report font has no glyph for {character} (U+{codepoint}); write it with another character.",
            character=c,
            codepoint=f"{ord(c):04X}",
        )
        for c in sorted(_lacking(text, assets_dir))
    ]


def spelled_out(text: str, assets_dir: Path) -> str:
    """The text with `[U+1F600]` for every character that the font has no glyph for."""
    return text.translate({ord(c): f"[U+{ord(c):04X}]" for c in _lacking(text, assets_dir)})


def _lacking(text: Iterable[str], assets_dir: Path) -> set[str]:
    asked = set(text) - _NEED_NO_GLYPH
    points = {ord(c) for c in asked}
    missing = {point for weight in _FILES for point in points - _characters(font_file(assets_dir, weight))}
    return {chr(point) for point in missing}
