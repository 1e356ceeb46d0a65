"""Who asks in English is answered in English, everybody else in Chinese."""

from datetime import date
from typing import Any

import pytest

from lims.runtime import Lims
from tests.api.laboratory import Door, FrontDoor, load
from tests.factories import Cast


@pytest.fixture
def max_(lims: Lims, cast: Cast) -> FrontDoor:
    load(lims)
    return Door(lims)["max"]


def asked(door: FrontDoor, language: str | None, path: str, body: Any) -> dict[str, Any]:
    del door.client.headers["Accept-Language"]
    headers = {} if language is None else {"Accept-Language": language}
    answer: dict[str, Any] = door.client.post(path, json=body, headers=headers).json()
    return answer


@pytest.mark.parametrize(
    ("language", "title", "text"),
    [
        ("en", "Cannot be read", "scheme is missing; give it."),
        ("zh-CN", "无法读取", "缺少必填项 scheme；请填写。"),
        ("*", "无法读取", "缺少必填项 scheme；请填写。"),
    ],
)
def test_a_schema_refuses_in_the_language_that_was_asked_for(
    max_: FrontDoor, language: str, title: str, text: str
) -> None:
    refused = asked(max_, language, "/api/accreditation/certificates", {})

    assert refused["title"] == title
    assert text in [reason["text"] for reason in refused["reasons"]]


@pytest.mark.parametrize(
    ("language", "title", "text"),
    [
        ("en", "Not found", "There is nothing at this address; check how it is written."),
        ("zh", "未找到", "该地址没有内容；请核对地址。"),
    ],
)
def test_the_framework_s_own_refusals_are_said_in_both_languages(
    max_: FrontDoor, language: str, title: str, text: str
) -> None:
    refused = asked(max_, language, "/api/nowhere", {})

    assert (refused["status"], refused["title"], refused["detail"]) == (404, title, text)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The issuing body code 99 of the number is not known here; check it against the certificate."),
        ("zh", "编号中的发证机关代码 99 未收录；请核对证书。"),
    ],
)
def test_warnings_of_a_certificate_follow_the_language(max_: FrontDoor, language: str, text: str) -> None:
    certificate = {
        "scheme": "CMA",
        "number": "239904090030",
        "issued_by": "贵州省市场监督管理局",
        "valid_from": date(2023, 1, 1).isoformat(),
        "valid_until": date(2028, 12, 31).isoformat(),
    }

    made = asked(max_, language, "/api/accreditation/certificates", certificate)

    assert [warning["text"] for warning in made["warnings"]] == [text]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "This needs a right that {name} does not have: Report compiled."),
        ("zh", "{name} 没有此项权限：编制报告。"),
    ],
)
def test_a_right_that_is_missing_is_named_in_words(max_: FrontDoor, cast: Cast, language: str, text: str) -> None:
    asked_for = {"sample": "LA-2026-000001", "authentication": {"password": "x"}}

    refused = asked(max_, language, "/api/reports", asked_for)

    assert (refused["status"], refused["detail"]) == (403, text.format(name=cast.max.name))
