"""How a lot is said: its concentration or purity, and what a solution was made of."""

from collections.abc import Sequence

from lims.materials.rules import STANDARDS
from lims.materials.tables import Material, MaterialSource
from lims.science.rounding import plain


def strength_text(material: Material) -> str | None:
    """`100 μg/mL (U = 3, k = 2)`; None where it has none, as a solvent."""
    if material.strength is None:
        return None
    text = f"{plain(material.strength)} {material.strength_unit}"
    if material.strength_uncertainty is None:
        return text
    return f"{text} (U = {plain(material.strength_uncertainty)}, k = 2)"


def sources_text(material: Material, sources: Sequence[tuple[MaterialSource, Material]]) -> str | None:
    """`1.00 mL RM-26-001 → 100 mL`: what was taken of which lot, and the final volume; None for what was bought."""
    if not sources:
        return None
    standards_first = sorted(sources, key=lambda pair: pair[1].kind not in STANDARDS)
    taken = " + ".join(f"{plain(source.taken)} {source.taken_unit} {lot.code}" for source, lot in standards_first)
    if material.final_volume is None:
        return taken
    return f"{taken} → {plain(material.final_volume)} {material.final_volume_unit}"
