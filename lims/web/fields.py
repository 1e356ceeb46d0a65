"""Field types of the JSON door."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

_PATTERN = r"^-?\d+(\.\d+)?$"
_WRITTEN = re.compile(_PATTERN, re.ASCII)


def _refuse_float(value: Any) -> Any:
    if isinstance(value, float):
        sentence = 'write the number as text, "0.10": a JSON number loses its trailing zeros'
        raise ValueError(sentence)  # noqa: TRY004  # Pydantic makes a message of a ValueError only
    if isinstance(value, str) and len(value) > 40:
        raise ValueError("a number has at most 40 characters")
    if isinstance(value, str) and not _WRITTEN.fullmatch(value.strip()):
        # Decimal would take 1_0 for ten, and digits of any script.
        raise PydanticCustomError("decimal_parsing", "Input should be a valid decimal")
    return value


def _written(value: Decimal) -> str:
    return format(value, "f")


#: An exact decimal that crosses the edge as text, its zeros kept.
DecimalText = Annotated[
    Decimal,
    BeforeValidator(_refuse_float),
    PlainSerializer(_written, return_type=str),
    WithJsonSchema({"type": "string", "pattern": _PATTERN, "examples": ["0.10"]}),
]


class Input(BaseModel):
    """What comes in: an unknown field is an error, never ignored."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Output(BaseModel):
    """What goes out: exactly the declared fields."""

    model_config = ConfigDict(from_attributes=True)


T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    """A part of a list and the length of the whole."""

    items: Sequence[T]
    total: int
    limit: int
    offset: int


Limit = Annotated[int, Query(ge=1, le=500, description="How many at most.")]
Offset = Annotated[int, Query(ge=0, le=10_000_000, description="How many to pass over.")]
