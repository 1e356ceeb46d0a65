"""What a schema refuses is said in the reader's language, whatever Pydantic calls it."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import pytest
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from lims.core.language import Language, translator
from lims.core.patterns import REGION_CODE
from lims.core.reasons import Reason
from lims.core.schema_faults import schema_reason
from lims.web.fields import DecimalText


class _Kind(StrEnum):
    BLANK = "blank"
    SPIKE = "spike"


class _Order(BaseModel):
    model_config = ConfigDict(extra="forbid")

    count: Annotated[int, Field(gt=0, le=9)] = 1
    name: Annotated[str, Field(min_length=2, max_length=3)] = "ab"
    code: Annotated[str, Field(pattern=r"^\d+$")] = "1"
    amount: DecimalText = Decimal(1)
    kind: _Kind = _Kind.BLANK
    day: date = date(2026, 1, 1)
    at: AwareDatetime | None = None
    id: UUID | None = None
    is_done: bool = False
    parts: Annotated[list[int], Field(min_length=1, max_length=2)] = [1]


def _refusal(values: dict[str, Any]) -> Reason:
    with pytest.raises(ValidationError) as refused:
        _Order.model_validate(values)
    (fault,) = refused.value.errors()
    return schema_reason(f"field.{fault['type']}", fault, ".".join(map(str, fault["loc"])))


@pytest.mark.parametrize(
    ("values", "code", "chinese"),
    [
        ({"count": "x"}, "field.int_parsing", "count 应为整数。"),
        ({"count": 0}, "field.greater_than", "count 应大于 0。"),
        ({"count": 10}, "field.less_than_equal", "count 应小于或等于 9。"),
        ({"name": "a"}, "field.string_too_short", "name 至少应有 2 个字符。"),
        ({"name": "abcd"}, "field.string_too_long", "name 最多 3 个字符。"),
        ({"name": 1}, "field.string_type", "name 应为文本。"),
        ({"code": "a"}, "field.string_pattern_mismatch", r"code 的格式不符合要求：^\d+$。"),
        ({"amount": "x"}, "field.decimal_parsing", "amount 应为数字，如 0.10。"),
        ({"amount": 0.1}, "field.value_error", 'amount：数字请以文本书写，如 "0.10"：JSON 数字会丢失末尾的 0'),
        ({"kind": "x"}, "field.enum", "kind 应为下列之一：'blank', 'spike'。"),
        ({"day": "x"}, "field.date_from_datetime_parsing", "day 应为日期，写作 2026-11-23。"),
        ({"at": "2026-01-01T00:00:00"}, "field.timezone_aware", "at 应带时区，如 +08:00。"),
        ({"id": "x"}, "field.uuid_parsing", "id 不是有效的标识（UUID）。"),
        ({"is_done": "x"}, "field.bool_parsing", "is_done 应为 true（是）或 false（否）。"),
        ({"parts": []}, "field.too_short", "parts 至少应有 1 项，现有 0 项。"),
        ({"parts": [1, 2, 3]}, "field.too_long", "parts 最多 2 项。"),
        ({"parts": 1}, "field.list_type", "parts 应为列表。"),
        ({"other": 1}, "field.extra_forbidden", "没有 other 这一项；请删去。"),
    ],
)
def test_the_usual_faults_are_said_in_chinese(values: dict[str, Any], code: str, chinese: str) -> None:
    refused = _refusal(values)

    assert (refused.code, refused.translated(translator(Language.CHINESE))) == (code, chinese)


class _Sheet(BaseModel):
    place: Annotated[str, Field(pattern=REGION_CODE)]


def test_a_form_that_people_know_is_said_in_words() -> None:
    with pytest.raises(ValidationError) as refused:
        _Sheet.model_validate({"place": "５20304"})

    said = schema_reason("field.string_pattern_mismatch", refused.value.errors()[0], "place")

    assert said.translated(translator(Language.CHINESE)) == "place 应为六位数字代码，如 520304。"


def test_a_fault_without_a_sentence_of_its_own_is_told_in_the_words_of_the_schema() -> None:
    said = schema_reason("field.new", {"type": "new", "msg": "Something new"}, "count")

    assert said.text == "count: Something new"


def test_english_speaks_of_the_same_fault() -> None:
    assert _refusal({"count": 0}).text == "count must be above 0."
