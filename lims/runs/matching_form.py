"""The part of the import page where a person puts injections on positions: what is shown, and what is sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lims.core.errors import refuse_bad
from lims.core.reasons import Translate, mark
from lims.core.words import word
from lims.runs.accounting import Disposition
from lims.runs.matching import Matches, reasons_missing
from lims.runs.previewing import Preview
from lims.runs.records import address_in
from lims.web.forms import Form

#: So many are listed; whoever has more to match has the wrong worksheet.
_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class LooseInjection:
    """An injection whose position its name does not say; `position` is where a person put it, else empty."""

    key: str
    place: str
    name: str
    data_file: str
    position: str


def loose_injections(preview: Preview) -> list[LooseInjection]:
    """Those that were put on a position by hand, and those that stand on none or whose names disagree."""
    positions = dict(preview.by_hand)
    unmapped = {row.row for row in preview.accounting.rows if row.disposition is Disposition.UNMAPPED}
    seen: dict[str, LooseInjection] = {}
    for injection in preview.batch.injections:
        is_loose = injection.row in unmapped and injection.type is not None
        if is_loose or injection.key in positions:
            place = address_in(preview.batch.sheets, injection.row, "")
            position = positions.get(injection.key, "")
            seen.setdefault(
                injection.key, LooseInjection(injection.key, place, injection.name, injection.data_file, position)
            )
    return list(seen.values())[:_MOST]


def free_positions(preview: Preview, say: Translate) -> list[tuple[str, str]]:
    """Every position with what it is, those without an injection first."""
    injected = {label for _, label in preview.accounting.accepted}
    entries = sorted(preview.facts.entries, key=lambda entry: entry.label in injected)
    taken = say(mark("injected already"))
    return [
        (e.label, f"{e.label} · {say(word(e.kind))}" + (f" · {taken}" if e.label in injected else "")) for e in entries
    ]


def read_matches(form: Form) -> Matches:
    """What was chosen beside each injection that is listed. Raises `BadInput` where nobody says why."""
    keys, chosen = (_texts(form, name) for name in ("match_key", "match_position"))
    positions = {key: label for key, label in zip(keys, chosen, strict=False) if key and label}
    matches = Matches(positions, form.text("match_reason") if positions else "")
    refuse_bad(reasons_missing(matches))
    return matches


def _texts(form: Form, name: str) -> Sequence[str]:
    """Empty ones too, so that they stand beside each other."""
    return [value.strip() for value in form.data.getlist(name) if isinstance(value, str)][:_MOST]
