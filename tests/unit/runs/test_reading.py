"""Bytes become text by rule: what only a person can know is asked for, never guessed."""

import pytest

from lims.core.errors import BadInput
from lims.runs.profile import ImportProfile, TextEncoding
from lims.runs.reading import Container, container_of, rows_of, text_of

PROFILE = ImportProfile("µg/L")
GB18030 = ImportProfile("µg/L", encoding=TextEncoding.GB18030)
WESTERN = ImportProfile("µg/L", encoding=TextEncoding.WESTERN_EUROPEAN)


def code_of(content: bytes, profile: ImportProfile = PROFILE) -> str:
    with pytest.raises(BadInput) as refused:
        text_of(content, profile.encoding)
    return refused.value.reasons[0].code


@pytest.mark.parametrize(
    ("content", "profile", "encoding"),
    [
        ("韭菜,1".encode("utf-8-sig"), PROFILE, "utf-8-sig"),
        ("韭菜,1".encode(), PROFILE, "utf-8"),
        ("韭菜,1".encode("utf-16"), PROFILE, "utf-16"),
        ("Sample,韭菜,1".encode("utf-16-le"), PROFILE, "utf-16-le"),
        ("Sample,韭菜,1".encode("utf-16-be"), PROFILE, "utf-16-be"),
        ("韭菜,1".encode("gb18030"), GB18030, "gb18030"),
        ("µg,Größe".encode("cp1252"), WESTERN, "cp1252"),
    ],
)
def test_text_is_decoded_by_its_own_marks_and_then_by_the_profile(
    content: bytes, profile: ImportProfile, encoding: str
) -> None:
    text = text_of(content, profile.encoding)

    assert text.encoding == encoding
    assert ("韭菜" in text.first_beyond_ascii) or ("Größe" in text.first_beyond_ascii)


def test_gb18030_and_western_text_are_never_guessed_apart() -> None:
    with pytest.raises(BadInput) as refused:
        text_of(b"Sample\nname," + "韭菜".encode("gb18030"), PROFILE.encoding)

    (why,) = refused.value.reasons
    assert why.code == "file.encoding_unknown"
    assert why.where.row == 2
    assert "be c2 b2 cb" in why.text.replace("be c2", "be c2")
    assert "gb18030" in why.text


@pytest.mark.parametrize(
    ("content", "profile", "code"),
    [
        (b"", PROFILE, "file.empty"),
        (b" \r\n\r\n", PROFILE, "file.empty"),
        (b"PK\x03\x04rest", PROFILE, "file.not_text"),
        (b"%PDF-1.7", PROFILE, "file.not_text"),
        (b"abc\0\0\0def", PROFILE, "file.not_text"),
        (b"a,\xff\xfe\xfa", GB18030, "file.encoding_differs"),
        (b"\xef\xbb\xbfabc\xff", PROFILE, "file.encoding_differs"),
    ],
)
def test_what_is_no_text_is_refused(content: bytes, profile: ImportProfile, code: str) -> None:
    assert code_of(content, profile) == code


def test_the_kind_of_file_is_told_by_its_first_bytes() -> None:
    assert container_of(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") is Container.XLS
    assert container_of(b"Sample,") is Container.TEXT


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_record_keeps_the_line_on_which_it_begins(end: str) -> None:
    rows = rows_of(end.join(["a,b", "", '"x', 'y",2', "last,3"]), ",")

    assert [(row.number, len(row.cells)) for row in rows] == [(1, 2), (2, 0), (3, 2), (5, 2)]
    assert rows[1].blank


def test_a_quotation_mark_that_is_never_closed_is_refused_with_its_line() -> None:
    with pytest.raises(BadInput) as refused:
        rows_of('a,b\n1,"cut off\n2,3\n', ",")

    assert refused.value.reasons[0].where.row == 2
