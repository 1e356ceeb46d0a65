"""The return as a file: strict, canonical, described by a published schema."""

import json
from pathlib import Path
from typing import Any

import pytest

from lims.core.canonical import canonical_bytes
from lims.core.errors import BadInput
from lims.indicators.return_file import Counts, json_schema, open_return
from lims.indicators.rules import BatchVerdict
from lims.runtime import Lims
from tests.factories import Cast
from tests.unit.indicators.world import a_record, signed

ROOT = Path(__file__).parents[3]


def test_the_published_schema_is_the_one_that_files_are_read_by() -> None:
    published = json.loads((ROOT / "lims/indicators/return.schema.json").read_text(encoding="utf-8"))

    assert published == json_schema()
    assert published["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_the_description_names_every_field_of_a_record() -> None:
    described = (ROOT / "docs/return-schema.md").read_text(encoding="utf-8")

    missing = [name for name in json_schema()["$defs"]["ReturnRecord"]["properties"] if f"`{name}`" not in described]
    assert missing == []


def test_the_same_return_in_another_layout_is_the_same_return(lims: Lims, cast: Cast) -> None:
    data = signed(lims, a_record())

    spread = json.dumps(json.loads(data), indent=4, ensure_ascii=True).encode()

    assert spread != data
    assert open_return(spread).sha256 == open_return(data).sha256
    assert open_return(spread).content == data


def test_withdrawn_reports_stand_in_no_other_sum() -> None:
    counts = Counts.of(
        [
            a_record(sample_number="1"),
            a_record(sample_number="2", verdict=BatchVerdict.FAILS, failing="克百威"),
            a_record(sample_number="3", verdict=BatchVerdict.FAILS, failing="克百威", withdrawn=True),
            a_record(sample_number="4", verdict=BatchVerdict.NOT_JUDGED),
        ]
    )

    assert counts == Counts(records=4, conforming=1, failing=1, not_judged=1, withdrawn=1)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"%PDF-1.7",
        b"\xff\xfe{}",
        b"\xef\xbb\xbf{}",
        b'{"payload": 1, "payload": 2}',
        b'{"payload": 0.5}',
        b'{"payload": NaN}',
        b'{"payload": "\\ud800"}',
        b"[" * 100_000,
        b"1" * 10_000,
    ],
)
def test_what_is_no_return_is_refused_with_one_sentence(data: bytes) -> None:
    with pytest.raises(BadInput) as refused:
        open_return(data)

    assert [r.code for r in refused.value.reasons] == ["return.unreadable"]


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (("signature",), None, "signature"),
        (("payload", "schema_version"), 3, "payload.schema_version"),
        (("payload", "kind"), "other", "payload.kind"),
        (("payload", "surprise"), 1, "payload.surprise"),
        (("payload", "number"), "LA-2026", "payload.number"),
        (("payload", "created_at"), "2026-11-20T00:00:00", "payload.created_at"),
        (("payload", "records", 0, "revision"), "1", "payload.records.0.revision"),
        (("payload", "records", 0, "revision"), 0, "payload.records.0.revision"),
        (("payload", "records", 0, "verdict"), "fine", "payload.records.0.verdict"),
        (("payload", "records", 0, "product_name"), "豇豆\u0000", "payload.records.0.product_name"),
        (("payload", "records", 0, "region"), "播州区", "payload.records.0.region"),
        (("payload", "records", 0, "region"), "５２０３０４", "payload.records.0.region"),
        (("payload", "records", 0, "sampled_on"), "10.11.2026", "payload.records.0.sampled_on"),
        (("payload", "records", 0, "pdf_sha256"), "AB" * 32, "payload.records.0.pdf_sha256"),
    ],
)
def test_a_field_that_is_not_as_the_schema_asks_is_named(
    lims: Lims, cast: Cast, path: tuple[Any, ...], value: Any, field: str
) -> None:
    document = json.loads(signed(lims, a_record()))
    part = document
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value

    with pytest.raises(BadInput) as refused:
        open_return(canonical_bytes(document))

    assert [(r.code, r.where.field) for r in refused.value.reasons] == [("return.field", field)]
