"""How a file is to be read (导入配置), as fields of a form: shown, and read back."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import ValidationError

from lims.core.errors import BadInput, LimsError, refuse_bad
from lims.core.reasons import Reason, Where, reason
from lims.core.record_words import column_word
from lims.core.schema_faults import schema_reason
from lims.library.rules import Library
from lims.runs.cells import folded
from lims.runs.profile import InjectionType
from lims.runs.schemas import ProfileIn
from lims.science.units import parse_unit
from lims.web.forms import Form

#: A mark that is a blank would be lost on its way through a form.
GROUPING_MARKS: Final[Mapping[str, str]] = {"blank": " ", "point": ".", "comma": ",", "apostrophe": "'"}
_PLAIN = ("concentration_unit", "encoding", "decimal_mark", "date_order", "time_zone", "response", "internal_standard")
_MOST_LISTED = 2000


def profile_texts(profile: ProfileIn) -> dict[str, Any]:
    """The values of the plain fields."""
    texts: dict[str, Any] = {name: getattr(profile, name) or "" for name in _PLAIN}
    with suppress(LimsError):  # whatever it was called, by the name that the form knows
        texts["concentration_unit"] = parse_unit(profile.concentration_unit).value
    marks = {mark: name for name, mark in GROUPING_MARKS.items()}
    return texts | {"grouping_mark": marks.get(profile.grouping_mark or "", "")}


def read_profile(form: Form, library: Library, before: ProfileIn) -> ProfileIn:
    """The settings as the form has them; what it did not ask about stays as it was before.

    Raises `BadInput` with every fault at its field.
    """
    values: dict[str, Any] = {name: text for name in _PLAIN if (text := form.text(name))}
    if mark := GROUPING_MARKS.get(form.text("grouping_mark")):
        values["grouping_mark"] = mark
    faults: list[Reason] = []
    values["analyte_aliases"] = _aliases(form, library, before, faults)
    values["internal_standards"] = _internal_standards(form, before)
    values["type_mapping"] = dict(before.type_mapping) | _pairs(form, "vendor_type", "means")
    values["name_rules"] = [
        {"pattern": pattern, "type": means}
        for pattern, means in _pairs(form, "pattern", "pattern_means").items()
        if pattern and means
    ]
    try:
        profile = ProfileIn.model_validate(values)
    except ValidationError as error:
        raise BadInput(*faults, *(_fault(fault) for fault in error.errors())) from error
    refuse_bad(faults)
    return profile


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed into the rows of the form: names by compound, meanings by type text, rules in their order."""

    names: Mapping[str, str] = field(default_factory=dict)
    meanings: Mapping[str, str] = field(default_factory=dict)
    rules: Sequence[tuple[str, str]] = ()


def typed_rows(form: Form) -> Typed:
    """The rows of the form as they were sent, to be shown again."""
    return Typed(
        dict(_listed(form, "compound", "stands_for")),
        dict(_listed(form, "vendor_type", "means")),
        [(pattern, means) for pattern, means in _listed(form, "pattern", "pattern_means") if pattern or means],
    )


def stored_profile(kept: Mapping[str, Any]) -> ProfileIn:
    """The settings of a run, or of a file that is looked at."""
    return ProfileIn.model_validate(dict(kept))


def _aliases(form: Form, library: Library, before: ProfileIn, faults: list[Reason]) -> dict[str, str]:
    aliases = {folded(name): (name, code) for name, code in before.analyte_aliases.items()}
    for place, (compound, name) in enumerate(_listed(form, "compound", "stands_for")):
        aliases.pop(folded(compound), None)
        if not name:
            continue
        found = library.find_substance(name)
        if found is None:
            faults.append(
                reason(
                    "import.substance_unknown",
                    "“{name}” is not one substance of the library; write its name, an alias or its CAS number.",
                    at=Where(field=f"stands_for-{place}"),
                    name=name[:100],
                )
            )
        elif library.find_substance(compound) is not found:
            aliases[folded(compound)] = (compound, found.code)
    return dict(aliases.values())


def _internal_standards(form: Form, before: ProfileIn) -> list[str]:
    listed = {compound for compound, _ in _listed(form, "compound", "stands_for")}
    chosen = set(form.texts("internal")) & listed
    return sorted((before.internal_standards - listed) | chosen)


def _pairs(form: Form, names: str, meanings: str) -> dict[str, str]:
    """Pairs of fields that are sent many times; a meaning left empty says nothing."""
    return {name: meaning for name, meaning in _listed(form, names, meanings) if meaning}


def _listed(form: Form, first: str, second: str) -> Sequence[tuple[str, str]]:
    """Two fields of each row, empty ones too: `Form.texts` would leave these out and shift the others."""
    columns = (
        [value.strip() for value in form.data.getlist(name) if isinstance(value, str)][:_MOST_LISTED]
        for name in (first, second)
    )
    return list(zip(*columns, strict=False))


def _fault(fault: Any) -> Reason:
    name = str(fault["loc"][0]) if fault["loc"] else "grouping_mark"
    return schema_reason(f"field.{fault['type']}", fault, column_word(name), Where(field=name))


#: What a person may say that an injection is for, in the order of a form.
INJECTION_TYPES: Final = tuple(InjectionType)
