"""Every sentence that people read stands in the Chinese catalogue, with the same gaps, and nothing else does."""

import ast
import re
from pathlib import Path

import pytest

from tools import messages

ROOT = Path(__file__).parents[2]
#: What a Chinese sentence keeps: gaps, commands, addresses, settings, files, formats, units and codes of fields.
_KEPT = re.compile(
    r"\{\w+\}|`[^`]+`|\w+\.csv|/api/[\w/]+|https?\b(://[\w.]+)?|LIMS_\w*|--\w+|\b(csv|ods|xlsx?|zip|mg|min|kg|yes|no|true"
    r"|false|quantified|below_loq|not_detected|encoding=gb18030)\b"
)


def test_every_sentence_is_translated_with_its_gaps_and_no_entry_is_left_over() -> None:
    assert messages.faults() == []


def test_no_chinese_sentence_has_english_words_left() -> None:
    left = {chinese: words for chinese in messages.catalogue().values() if (words := _english_in(chinese))}

    assert left == {}


def _english_in(chinese: str) -> list[str]:
    """Words in small letters; names and abbreviations (MassHunter, CMA) begin with a capital one."""
    return re.findall(r"\b[a-z]{2,}\b", _KEPT.sub("", chinese))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('reason("c", "A literal.")', ["A literal."]),
        ('said = "A name."\nreason("c", said)', ["A name."]),
        ('reason("c", "One." if x else "Two.")', ["One.", "Two."]),
        ('SAID = {1: "First.", 2: "Second."}\nreason("c", SAID[kind])', ["First.", "Second."]),
        ('def _no(code, sentence): return reason(code, sentence)\n_no("c", "Handed on.")', ["Handed on."]),
        ('def f():\n    said = "Inside."\n    raise BadInput(reason("c", said))', ["Inside."]),
        ('class A:\n    def no(self, text): self.all += [reason("c", text)]\nA().no("By a method.")', ["By a method."]),
        ('import pydantic\nfrom pydantic import BaseModel\nraise ValueError("from a schema")', ["from a schema"]),
        ('raise ValueError("a fault of the program")', []),
        ('raise NotFound.of("sample", key)', ["sample"]),
    ],
)
def test_a_sentence_is_found_however_it_reaches_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, expected: list[str]
) -> None:
    found = _found_in(source, tmp_path, monkeypatch)

    assert sorted(found.sentences) == sorted(expected)
    assert found.unclear == []


@pytest.mark.parametrize("argument", ['f"{x} is wrong."', '"a" + x', "x.text", "unheard_of"])
def test_a_sentence_that_leads_to_no_literal_is_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, argument: str
) -> None:
    found = _found_in(f'reason("c", {argument})', tmp_path, monkeypatch)

    assert found.sentences == {}
    assert len(found.unclear) == 1
    assert ast.unparse(ast.parse(argument)) in found.unclear[0]


def _found_in(source: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> messages.Findings:
    (folder / "lims").mkdir()
    (folder / "lims" / "room.py").write_text(source, encoding="utf-8")
    monkeypatch.setattr(messages, "ROOT", folder)
    monkeypatch.setattr(messages, "WORDS", {})
    return messages.find()


def test_the_words_of_the_gaps_stand_in_modules_that_exist() -> None:
    missing = [path for path in (*messages.WORDS, *messages.ENUMERATIONS) if not (ROOT / path).is_file()]

    assert missing == []
