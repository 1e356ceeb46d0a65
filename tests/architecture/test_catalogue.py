"""Every sentence that people read stands in the Chinese catalogue, with the same gaps, and nothing else does."""

import ast
import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

import pytest

import lims.metadata
from lims.core import language
from lims.core.action_words import ACTION_WORDS, action_phrase
from lims.core.actions import Action
from lims.core.record_words import COLUMN_WORDS, TABLE_WORDS, column_word, table_word
from lims.core.words import particular_words, word, word_in
from lims.documents.verification import Status
from lims.runs.accounting import Disposition
from lims.runs.rules import EntryKind
from lims.samples.words import BASIS_WORDS, PROGRAMME_WORDS, SEAL_WORDS, STAGE_WORDS
from tools import messages, page_texts

ROOT = Path(__file__).parents[2]
#: What a Chinese sentence keeps: gaps, commands, addresses, settings, files, formats, units and codes of fields.
_KEPT = re.compile(
    r"\{\w+\}|`[^`]+`|“[^”]*”|\w+\.csv|/api/[\w/]+|https?\b(://[\w.]+)?|LIMS_\w*|--[\w-]+"
    r"|\b(utf-8|gb18030|csv|ods|xlsx?|zip|mg|min|kg|yes|no|true|false|quantified|below_loq|not_detected|encoding=gb18030)\b"
)


def test_every_sentence_is_translated_with_its_gaps_and_no_entry_is_left_over() -> None:
    assert messages.faults() == []


def test_a_sentence_in_two_files_is_a_fault_that_names_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "zh" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    long = 'msgid ""\n"A sample, "\n"received."\nmsgstr "样品"\n'
    (folder / "a.po").write_text(long, encoding="utf-8")
    (folder / "b.po").write_text('msgid "A sample, received."\nmsgstr "样"\n', encoding="utf-8")
    monkeypatch.setattr(language, "LOCALE", tmp_path)

    assert messages.doubled() == ["b.po: stands in a.po already: 'A sample, received.'"]


def test_the_files_of_the_catalogue_are_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "zh" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "a.po").write_text('msgid "sample"\nmsgstr "样品"\n', encoding="utf-8")
    (folder / "b.po").write_text('msgid "report"\nmsgstr "报告"\n\nmsgid "run"\nmsgstr ""\n', encoding="utf-8")
    monkeypatch.setattr(language, "LOCALE", tmp_path)

    language.chinese.cache_clear()
    try:
        say = language.translator(language.Language.CHINESE)
        assert [say("sample"), say("report"), say("run"), say("unheard of")] == ["样品", "报告", "run", "unheard of"]
    finally:
        language.chinese.cache_clear()


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
        ('see_other(request, "/samples", mark("Saved."))', ["Saved."]),
        ('see_other(request, "/samples", None)', []),
        ('say = translator(language)\nsay("Said at once.")', ["Said at once."]),
        ('class Season(StrEnum):\n    LATE_SPRING = "late_spring"', ["late spring"]),
        ('class Programme(StrEnum):\n    ROUTINE = "routine"', ["routine monitoring"]),
        ('class UnitCode(StrEnum):\n    G = "g"', []),
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


def test_what_the_tool_names_exists() -> None:
    missing = [path for path in (*messages.WORDS, *messages.ENUMERATIONS) if not (ROOT / path).is_file()]
    missing += [str(page_texts.TEMPLATES / one) for one in page_texts.BILINGUAL if not _template(one).is_file()]

    assert missing == []
    assert messages.NOT_SHOWN - _closed_lists().keys() == set()


def _template(name: str) -> Path:
    return ROOT / page_texts.TEMPLATES / name


def _closed_lists() -> dict[str, set[str]]:
    """The values of every closed list of the program, by its name; lists of one name together."""
    found: dict[str, set[str]] = {}
    for path in (ROOT / "lims").rglob("*.py"):
        for name, values in messages.closed_lists(ast.parse(path.read_text(encoding="utf-8"))):
            found.setdefault(name, set()).update(values)
    return found


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<p>{{ _("A sample") }}</p>', ["A sample"]),
        ("<a title=\"{{ _('Next') }}\">{{ gettext('Go on') }}</a>", ["Next", "Go on"]),
        ('{{ _("One" if many else "Other") }}', ["One", "Other"]),
        ('{% if _("In a condition") %}{% endif %}', ["In a condition"]),
        ('{% set name = _("Kept") %}{{ name }}', ["Kept"]),
        ('{{ macro(form, _("Handed on"), hint=_("By name")) }}', ["Handed on", "By name"]),
        ('{% macro field(x) %}{{ _("In a macro") }}{% endmacro %}', ["In a macro"]),
        ('{{ _("{count} of {all}", count=n, all=_("the samples")) }}', ["{count} of {all}", "the samples"]),
        ("<div data-back=\"{{ _('Back since {when}.') }}\"></div>", ["Back since {when}."]),
        ('{% for a, b in [(1, _("First"))] %}{{ b }}{% endfor %}', ["First"]),
        ("{{ status|word }}", []),
    ],
)
def test_a_sentence_of_a_template_is_found_wherever_it_stands(html: str, expected: list[str]) -> None:
    found = _read(html)

    assert list(found.sentences) == expected
    assert found.faults == []


@pytest.mark.parametrize(
    "html",
    [
        "<p>Samples</p>",
        "<p>样品</p>",
        "<p>\n  {% if x %}not yet{% endif %}</p>",
        '<p>{{ "none" if x else "" }}</p>',
        '<p>{{ x|default("nothing") }}</p>',
        '<p>{{ "Sample " ~ number }}</p>',
        '<input placeholder="Number">',
        '<img alt="{{ x }} drawn">',
        '<a aria-label="{% if x %}open{% else %}closed{% endif %}"></a>',
        '<input type="submit" value="Save">',
        '<form data-confirm="Really?"></form>',
        '<div data-told="Saved"></div>',
        '{{ field(form, "client", "Client") }}',
        '{{ field(form, "client", label="委托单位") }}',
        '{{ facts([("Number", x)]) }}',
        '{% set title = "Samples" %}',
        "{{ _(title) }}",
        '{{ _("A" ~ b) }}',
        '{{ _("{count} samples") }}',
        '{{ _("{count} samples", number=n) }}',
        '{{ _("All samples", count=n) }}',
        '{% macro attributes(x) %}class="wide" title="Shown"{% endmacro %}',
        "{% if %}",
    ],
)
def test_what_a_template_leaves_untranslated_is_a_fault_with_its_line(html: str) -> None:
    faults = _read(f"<p>\n</p>{{# a comment\n of two lines #}}\n{html}").faults

    assert len(faults) == 1
    assert faults[0].startswith("page.html:5:" if "\n" in html else "page.html:4:")


@pytest.mark.parametrize(
    "html",
    [
        "<title>{{ x }} · 黔检 Qianjian LIMS</title>",
        "<td>{{ x }} mg/kg</td>",
        "<script>const told = 'Nothing that people read';</script><style>p { color: red }</style>",
        "<kbd>Ctrl</kbd>",
        '<td class="{{ "good" if x else "bad" }}" data-key="sample">{{ x }}</td>',
        '<{{ "a" if address else "div" }} class="figure wide">{{ x }}</{{ "a" if address else "div" }}>',
        '<option value="Yes" {% if x == "Yes" %}selected{% endif %}>{{ x }}</option>',
        '{{ viewer.may(Action["SAMPLE_READ"]) }}{% include "Part.html" %}',
        "{# Nobody reads a comment #}<!-- nor this one -->",
        '{% macro attributes(x) %}{% if x %}aria-describedby="h-{{ x }}" class="wide"{% endif %}{% endmacro %}',
        '<button name="act" value="Approve">{{ x }}</button>',
        "<p>{{ a }}, {{ b }} — 3 × 4 &nbsp;…</p>",
    ],
)
def test_what_nobody_reads_or_is_the_same_in_every_language_needs_no_translation(html: str) -> None:
    assert _read(html) == page_texts.PageTexts()


def _read(html: str) -> page_texts.PageTexts:
    found = page_texts.PageTexts()
    page_texts.read_template(html, "page.html", found)
    return found


@pytest.mark.parametrize(
    ("script", "lines"),
    [
        ("// comment\nnotice.append('已保存');", ["2"]),
        ("confirm('Leave the page?')", ["1"]),
        ('button.textContent = "Throw it away";', ["1"]),
        ("button.textContent = body.dataset.draftDrop;\nconfirm(question);\nbox.textContent = '';", []),
    ],
)
def test_a_script_has_no_text_of_its_own(script: str, lines: list[str]) -> None:
    assert [fault.split(":")[1] for fault in page_texts.script_faults(script, "app.js")] == lines


def test_the_pages_of_the_program_are_read() -> None:
    found = page_texts.read(ROOT)

    assert any(place.startswith("lims/web/templates/base.html:") for place in found.sentences.values())
    assert list((ROOT / page_texts.STATIC).rglob("*.js"))


def test_a_word_is_that_of_its_list() -> None:
    assert word(Status.UNKNOWN_SIGNER) == "unknown signer"
    assert word("not_detected") == "not detected"
    assert word(EntryKind.DUPLICATE) == "duplicate portion"
    assert word(Disposition.DUPLICATE) == "duplicate"
    assert word_in("SealState", "none") != word_in("DualStatus", "none")


def test_every_particular_word_has_its_list_and_value() -> None:
    lists = _closed_lists()
    values = {value for list_ in lists.values() for value in list_}
    known = values | {f"{name}.{value}" for name, list_ in lists.items() for value in list_}

    assert set(particular_words()) - known == set()


@pytest.mark.parametrize("words", [PROGRAMME_WORDS, STAGE_WORDS, BASIS_WORDS, SEAL_WORDS])
def test_pages_say_the_words_of_the_sampling_sheet(words: Mapping[StrEnum, str]) -> None:
    assert {member: messages.catalogue()[word(member)] for member in words} == words


def test_every_act_has_a_phrase() -> None:
    assert [action for action in Action if action not in ACTION_WORDS] == []
    assert len(set(ACTION_WORDS.values())) == len(ACTION_WORDS)
    assert action_phrase("sample.register") == "Sample registered"
    assert action_phrase("sample.forgotten") == "sample.forgotten"


def test_every_table_and_column_has_a_word_and_no_word_is_left_over() -> None:
    tables = lims.metadata.metadata.tables.values()
    columns = {(table.name, column.name) for table in tables for column in table.columns}
    named = {(table, name) for table, name in columns if {name, f"{table}.{name}"} & COLUMN_WORDS.keys()}
    known = {name for _, name in columns} | {f"{table}.{name}" for table, name in columns}

    assert sorted({table.name for table in tables} ^ TABLE_WORDS.keys()) == []
    assert sorted(columns - named) == []
    assert sorted(COLUMN_WORDS.keys() - known) == []


def test_a_column_is_called_by_its_table_where_that_matters() -> None:
    assert column_word("number", "certificate") == "Certificate number"
    assert column_word("number", "reported_batch") == "Number"
    assert column_word("sampled_on") == "Sampled on"
    assert (column_word("old_name", "sample"), table_word("old_table")) == ("old name", "old table")
