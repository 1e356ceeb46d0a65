"""Injections that a person puts on a position of the worksheet (人工匹配), because their names say none or another."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from lims.core.errors import BadInput, refuse_bad
from lims.core.reasons import Reason, Where, reason
from lims.runs.cells import folded
from lims.runs.records import Injection


@dataclass(frozen=True, slots=True)
class Matches:
    """Positions by the key, or the unique name, of an injection, and why a person says so."""

    positions: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""

    @classmethod
    def of(cls, kept: Mapping[str, Any] | None) -> "Matches":
        """As `as_dict` keeps them."""
        return cls(dict(kept["positions"]), kept["reason"]) if kept else cls()

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"positions": dict(self.positions), "reason": self.reason}


NO_MATCHES: Final = Matches()


def resolved(matches: Matches, injections: Sequence[Injection], labels: Collection[str]) -> dict[str, str]:
    """The positions by the keys of the injections.

    Raises `BadInput` for an injection that the file has not or not once, a position that the worksheet has not, and
    where nobody says why.
    """
    if not matches.positions:
        return {}
    by_key = {injection.key for injection in injections}
    by_name: dict[str, set[str]] = {}
    for injection in injections:
        by_name.setdefault(folded(injection.name), set()).add(injection.key)
    faults: list[Reason] = []
    found: dict[str, str] = {}
    for wanted, label in matches.positions.items():
        keys = {wanted} if wanted in by_key else by_name.get(folded(wanted), set())
        if len(keys) != 1:
            faults.append(_not_one(wanted, len(keys)))
        elif label not in labels:
            said = "The worksheet has no position {label}."
            faults.append(reason("match.no_position", said, at=Where(field="matches"), label=label))
        else:
            found[keys.pop()] = label
    refuse_bad([*faults, *reasons_missing(matches)])
    return found


def reasons_missing(matches: Matches) -> list[Reason]:
    """Nothing is put anywhere by hand without a reason."""
    if not matches.positions or matches.reason.strip():
        return []
    said = "Say why injections are put on positions by hand."
    return [reason("match.no_reason", said, at=Where(field="match_reason"))]


def kept(why: str, by_hand: Mapping[str, str], injections: Sequence[Injection]) -> dict[str, Any]:
    """What a run keeps of it, for JSON: each injection with its first row and its position, and the reason."""
    by_key: dict[str, Injection] = {}
    for injection in injections:
        by_key.setdefault(injection.key, injection)
    found = [
        {"row": by_key[key].row, "injection": by_key[key].name, "position": label} for key, label in by_hand.items()
    ]
    return {"reason": why, "injections": sorted(found, key=lambda one: one["row"])}


def _not_one(wanted: str, count: int) -> Reason:
    if count:
        said = "{count} injections are called {name}; name the one that is meant by its key."
        return reason("match.ambiguous", said, at=Where(field="matches"), count=count, name=wanted)
    return reason("match.no_injection", "The file has no injection {name}.", at=Where(field="matches"), name=wanted)


def parsed(text: str, why: str) -> Matches:
    """Matches from a JSON object of injections and positions; empty for none. Raises `BadInput`."""
    if not text.strip():
        return NO_MATCHES
    try:
        pairs = json.loads(text)
    except (ValueError, RecursionError):
        pairs = None
    is_plain = isinstance(pairs, dict) and all(isinstance(k, str) and isinstance(v, str) for k, v in pairs.items())
    if not isinstance(pairs, dict) or not is_plain:
        said = "Write the matches as a JSON object of texts: name or key of the injection, then its position."
        raise BadInput(reason("match.not_pairs", said, at=Where(field="matches")))
    return Matches({name: label for name, label in pairs.items() if label}, why)
