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
from lims.runs.curves import NameOf
from lims.runs.profile_options import GROUPING_MARKS
from lims.runs.schemas import ProfileIn
from lims.science.units import parse_unit
from lims.web.forms import Form

_PLAIN = ("concentration_unit", "encoding", "decimal_mark", "date_order", "time_zone", "response", "internal_standard")
#: What a page may propose to set, one at a time.
PROPOSED: Final = ("concentration_unit", "encoding", "decimal_mark", "grouping_mark", "date_order", "reader")
_MOST_LISTED = 2000


def profile_texts(profile: ProfileIn) -> dict[str, Any]:
    """The values of the plain fields."""
    texts: dict[str, Any] = {name: getattr(profile, name) or "" for name in (*_PLAIN, "reader")}
    with suppress(LimsError):  # whatever it was called, by the name that the form knows
        texts["concentration_unit"] = parse_unit(profile.concentration_unit).value
    marks = {mark: name for name, mark in GROUPING_MARKS.items()}
    texts["internal_lines"] = "\n".join(sorted(profile.internal_standards))
    return texts | {"grouping_mark": marks.get(profile.grouping_mark or "", "")}


def read_profile(form: Form, library: Library, before: ProfileIn) -> ProfileIn:
    """The settings as the form has them; what it did not ask about stays as it was before.

    The button of a proposal (`take`, as `date_order=dmy`) sets what it proposes. Raises `BadInput` with every fault at
    its field.
    """
    values: dict[str, Any] = {name: text for name in _PLAIN if (text := form.text(name))}
    values["reader"] = form.text("reader") if "reader" in form.data else before.reader
    values["mapping"] = before.mapping
    values["grouping_mark"] = form.text("grouping_mark")
    name, _, proposed = form.text("take").partition("=")
    if name in PROPOSED:
        values[name] = proposed
    values["grouping_mark"] = GROUPING_MARKS.get(values["grouping_mark"])
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


def read_whole_profile(form: Form, library: Library, before: ProfileIn) -> ProfileIn:
    """The settings of a form that shows all of them: names, types and internal standards left out are taken out."""
    empty: dict[str, Any] = {"analyte_aliases": {}, "internal_standards": frozenset(), "type_mapping": {}}
    return read_profile(form, library, before.model_copy(update=empty))


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


def typed_of(profile: ProfileIn, name_of: NameOf) -> Typed:
    """The rows of a form that shows all of a profile."""
    return Typed(
        {compound: name_of(code) for compound, code in profile.analyte_aliases.items()},
        {text: kind.value for text, kind in profile.type_mapping.items()},
        [(rule.pattern, rule.type.value) for rule in profile.name_rules],
    )


def stored_profile(kept: Mapping[str, Any]) -> ProfileIn:
    """The settings of a run, or of a file that is looked at."""
    return ProfileIn.model_validate(dict(kept))


def _aliases(form: Form, library: Library, before: ProfileIn, faults: list[Reason]) -> dict[str, str]:
    aliases = {folded(name): (name, code) for name, code in before.analyte_aliases.items()}
    for place, (compound, name) in enumerate(_listed(form, "compound", "stands_for")):
        aliases.pop(folded(compound), None)
        if not name or not compound:
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
    """Those that are ticked beside their compounds, or written one to a line."""
    if "internal_lines" in form.data:
        return sorted({line.strip() for line in form.text("internal_lines").splitlines() if line.strip()})
    listed = {compound for compound, _ in _listed(form, "compound", "stands_for")}
    chosen = set(form.texts("internal")) & listed
    return sorted((before.internal_standards - listed) | chosen)


def _pairs(form: Form, names: str, meanings: str) -> dict[str, str]:
    """Pairs of fields that are sent many times; a name or a meaning left empty says nothing."""
    return {name: meaning for name, meaning in _listed(form, names, meanings) if name and meaning}


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
