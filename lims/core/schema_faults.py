"""What a schema refuses, as reasons: the types of faults of Pydantic, each with a sentence of the catalogue.

Nothing of Pydantic is imported: a fault comes as the mapping that `ValidationError.errors()` lists.
"""

from collections.abc import Mapping
from typing import Any

from lims.core.patterns import SENTENCES as PATTERN_SENTENCES
from lims.core.reasons import Reason, Where, mark, reason

_NUMBER = mark("{field} must be a number, such as 0.10.")
_WHOLE = mark("{field} must be a whole number.")
_TEXT = mark("{field} must be a text.")
_DAY = mark("{field} must be a day, written as 2026-11-23.")
_INSTANT = mark("{field} must be a day and time, written as 2026-11-23T09:30:00+08:00.")
_CLOCK = mark("{field} must be a time of day, written as 09:30.")
_YES_NO = mark("{field} must be true or false.")
_LIST = mark("{field} must be a list.")
_OBJECT = mark("{field} must be an object with named fields.")
_UUID = mark("{field} is not an id (UUID).")
_CHOICE = mark("{field} must be one of: {expected}.")
_JSON = mark("{field} is not JSON: {error}.")
_ADDRESS = mark("{field} is not a web address, such as https://lims.example.cn.")
_OTHER = mark("{field}: {fault}")

_SENTENCES: Mapping[str, str] = {
    "missing": mark("{field} is missing; give it."),
    "extra_forbidden": mark("{field} is not known here; leave it out."),
    "frozen_field": mark("{field} cannot be changed."),
    "none_required": mark("{field} must stay empty."),
    "string_type": _TEXT,
    "string_unicode": mark("{field} is not UTF-8 text."),
    "string_too_short": mark("{field} needs at least {min_length} characters."),
    "string_too_long": mark("{field} may have at most {max_length} characters."),
    "string_pattern_mismatch": mark("{field} is not of the form that is asked for: {pattern}."),
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "int_parsing_size": mark("{field} is too large."),
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "decimal_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "decimal_max_digits": mark("{field} may have at most {max_digits} digits."),
    "decimal_max_places": mark("{field} may have at most {decimal_places} decimal places."),
    "decimal_whole_digits": mark("{field} may have at most {whole_digits} digits before the decimal point."),
    "multiple_of": mark("{field} must be a multiple of {multiple_of}."),
    "greater_than": mark("{field} must be above {gt}."),
    "greater_than_equal": mark("{field} must be {ge} or more."),
    "less_than": mark("{field} must be below {lt}."),
    "less_than_equal": mark("{field} may be at most {le}."),
    "bool_type": _YES_NO,
    "bool_parsing": _YES_NO,
    "enum": _CHOICE,
    "literal_error": _CHOICE,
    "date_type": _DAY,
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
    "date_from_datetime_inexact": _DAY,
    "date_past": mark("{field} must lie in the past."),
    "date_future": mark("{field} must lie in the future."),
    "datetime_type": _INSTANT,
    "datetime_parsing": _INSTANT,
    "datetime_from_date_parsing": _INSTANT,
    "datetime_object_invalid": _INSTANT,
    "timezone_aware": mark("{field} needs its time zone, such as +08:00."),
    "timezone_naive": mark("{field} must have no time zone."),
    "time_type": _CLOCK,
    "time_parsing": _CLOCK,
    "uuid_type": _UUID,
    "uuid_parsing": _UUID,
    "uuid_version": _UUID,
    "list_type": _LIST,
    "set_type": _LIST,
    "frozen_set_type": _LIST,
    "tuple_type": _LIST,
    "dict_type": _OBJECT,
    "mapping_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "dataclass_type": _OBJECT,
    "too_short": mark("{field} needs at least {min_length} entries; there are {actual_length}."),
    "too_long": mark("{field} may have at most {max_length} entries."),
    "json_invalid": _JSON,
    "json_type": mark("{field} must be JSON text."),
    "union_tag_invalid": mark("{field} must be one of: {expected_tags}."),
    "union_tag_not_found": mark("{field} must say which kind it is."),
    "url_type": _ADDRESS,
    "url_parsing": _ADDRESS,
    "url_scheme": _ADDRESS,
}


def schema_reason(code: str, fault: Mapping[str, Any], named: str, at: Where | None = None) -> Reason:
    """One fault of a schema; `named` is what people call the place of the fault.

    The fault must come with its context, as `errors()` gives it unless told otherwise.
    """
    context = {name: str(value) for name, value in (fault.get("ctx") or {}).items()}
    sentence = PATTERN_SENTENCES.get(context.get("pattern", "")) or _SENTENCES.get(fault["type"], _OTHER)
    if "expected" in context:
        # A list that reads the same in every language.
        context["expected"] = context["expected"].replace(" or ", ", ")
    said = context.get("error") if fault["type"] == "value_error" else None
    values = context | {"field": named, "fault": said or fault["msg"]}
    return reason(code, sentence, at=at, **values)
