"""The usual batch (常规上机批): from a few numbers to every position of a worksheet, and back from an earlier one.

Standards from low to high, blanks, the samples with a check standard after every so many, then duplicates and spikes.
Where a method brackets, the standards are injected again after every so many of these positions, and at the end.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from lims.core.errors import BadInput
from lims.core.reasons import Where, reason
from lims.runs.rules import EntryKind, PlannedEntry
from lims.science.rounding import plain

#: As many standards or blanks as anybody needs.
MOST_LEVELS: Final = 30
#: One duplicate for every ten samples, one spike for every twenty, unless somebody decides otherwise.
DUPLICATE_EVERY: Final = 10
SPIKE_EVERY: Final = 20
_NUMBER = re.compile(r"\d{1,12}(\.\d{1,12})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class SampleChoice:
    """A sample on the worksheet, and what is made from it besides; portion and dilution where they are its own.

    `moisture` in percent, where the formula of the method asks for it; what is made from the sample is as moist.
    """

    code: str
    is_duplicated: bool = False
    is_spiked: bool = False
    test_portion: str = ""
    dilution: str = ""
    moisture: str = ""


@dataclass(frozen=True, slots=True)
class Outline:
    """A batch in a few numbers. `check_every` 0: no check standards; `bracket_every` 0: standards only at the start."""

    levels: tuple[Decimal, ...]
    standard_prefix: str = "STD-"
    blanks: int = 1
    spiked_content: str = ""
    check_level: str = ""
    check_every: int = 0
    bracket_every: int = 0


#: µg/L; what a laboratory that has made no worksheet yet may begin with.
FIRST_OUTLINE: Final = Outline(levels=tuple(Decimal(level) for level in ("1", "2", "5", "10", "20", "50", "100")))

#: A position as the form and the JSON door write it: texts by field, the empty ones left out.
Position = dict[str, str]


def positions_of(outline: Outline, samples: Sequence[SampleChoice]) -> list[Position]:
    """Every position of the batch, in the order in which it is injected."""
    positions = [_position(EntryKind.BLANK, f"BLK-{place}") for place in range(1, outline.blanks + 1)]
    checks = 0
    for place, sample in enumerate(samples, start=1):
        positions.append(
            _position(
                EntryKind.SAMPLE,
                sample.code,
                test_portion=sample.test_portion,
                dilution=sample.dilution,
                moisture_percent=sample.moisture,
            )
        )
        if outline.check_every and (place % outline.check_every == 0 or place == len(samples)):
            checks += 1
            positions.append(
                _position(EntryKind.CHECK_STANDARD, f"CCV-{checks}", nominal_concentration=outline.check_level)
            )
    positions += [
        _position(EntryKind.DUPLICATE, f"{sample.code}-D", parent=sample.code, dilution=sample.dilution)
        for sample in samples
        if sample.is_duplicated
    ]
    positions += [
        _position(
            EntryKind.MATRIX_SPIKE,
            f"{sample.code}-S",
            parent=sample.code,
            spiked_content=outline.spiked_content,
            dilution=sample.dilution,
        )
        for sample in samples
        if sample.is_spiked
    ]
    return _among_standards(outline, positions)


def _among_standards(outline: Outline, measured: Sequence[Position]) -> list[Position]:
    """Standards before everything, and again within it where they bracket: STD-1, then STD-1-2 and so on."""
    if not outline.bracket_every:
        return [*_standards(outline, 1), *measured]
    found = _standards(outline, 1)
    for turn, start in enumerate(range(0, len(measured), outline.bracket_every), start=2):
        found += [*measured[start : start + outline.bracket_every], *_standards(outline, turn)]
    return found


def _standards(outline: Outline, turn: int) -> list[Position]:
    again = "" if turn == 1 else f"-{turn}"
    return [
        _position(
            EntryKind.CALIBRATION_STANDARD,
            f"{outline.standard_prefix}{place}{again}",
            nominal_concentration=plain(level),
        )
        for place, level in enumerate(outline.levels, start=1)
    ]


def _position(kind: EntryKind, label: str, **more: str) -> Position:
    return {"kind": kind.value, "label": label} | {name: text for name, text in more.items() if text}


def outline_of(entries: Sequence[PlannedEntry]) -> Outline:
    """The outline that an earlier worksheet was made by, as far as it can be told from its positions."""
    by_kind: Mapping[EntryKind, list[PlannedEntry]] = {
        kind: [entry for entry in entries if entry.kind is kind] for kind in EntryKind
    }
    standards, checks = by_kind[EntryKind.CALIBRATION_STANDARD], by_kind[EntryKind.CHECK_STANDARD]
    levels = tuple(dict.fromkeys(entry.nominal for entry in standards if entry.nominal is not None))
    prefixes = {re.sub(r"\d+(-\d+)?$", "", entry.label) for entry in standards}
    spiked = next((entry.spiked for entry in by_kind[EntryKind.MATRIX_SPIKE]), None)
    check = checks[0].nominal if checks else None
    samples = len(by_kind[EntryKind.SAMPLE])
    return replace(
        FIRST_OUTLINE,
        levels=levels or FIRST_OUTLINE.levels,
        standard_prefix=prefixes.pop() if len(prefixes) == 1 else FIRST_OUTLINE.standard_prefix,
        blanks=len(by_kind[EntryKind.BLANK]) or 1,
        spiked_content="" if spiked is None else plain(spiked),
        check_level="" if check is None else plain(check),
        check_every=-(-samples // len(checks)) if checks else 0,
        bracket_every=_between_standards(entries),
    )


def _between_standards(entries: Sequence[PlannedEntry]) -> int:
    """How many positions stand between the first standards and those that follow; 0 where none follow."""
    is_standard = [entry.kind is EntryKind.CALIBRATION_STANDARD for entry in entries]
    if True not in is_standard:
        return 0
    first = is_standard.index(True)
    try:
        begins = is_standard.index(False, first)
        return is_standard.index(True, begins) - begins
    except ValueError:
        return 0


def usual_choices(codes: Sequence[str]) -> list[SampleChoice]:
    """Which of the samples are duplicated and spiked when nobody decides otherwise; not the same one if avoidable."""
    shift = 1 if len(codes) > 1 else 0
    return [
        SampleChoice(code, place % DUPLICATE_EVERY == 0, place % SPIKE_EVERY == shift)
        for place, code in enumerate(codes)
    ]


def read_levels(text: str, field: str) -> tuple[Decimal, ...]:
    """Concentrations as they are typed: apart by blanks, commas of any width, or semicolons. Raises `BadInput`."""
    written = [part for part in re.split(r"[\s,;，、；]+", text) if part]
    found = []
    for part in written:
        if not _NUMBER.fullmatch(part):
            raise BadInput(
                reason(
                    "worksheet.level_unreadable",
                    "“{text}” is not a concentration; write numbers apart by commas, for example 1, 2, 5, 10.",
                    at=Where(field),
                    text=part[:40],
                )
            )
        found.append(Decimal(part))
    if not found or len(found) > MOST_LEVELS:
        raise BadInput(
            reason(
                "worksheet.levels_count",
                "Write the concentrations of the standards, at most {most}, apart by commas.",
                at=Where(field),
                most=MOST_LEVELS,
            )
        )
    return tuple(found)
