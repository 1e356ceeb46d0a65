"""What the fields of an import profile may be set to, in words: the choices of its form."""

from collections.abc import Mapping
from typing import Final

from lims.core.language import Language, translator
from lims.core.reasons import mark
from lims.core.words import word
from lims.runs.cells import DateOrder, DecimalMark
from lims.runs.profile import InjectionType, Response, TextEncoding
from lims.runs.readers.registry import READERS
from lims.science.units import UnitCode, UnitKind

Options = dict[str, list[tuple[str, str]]]

#: A mark that is a blank would be lost on its way through a form.
GROUPING_MARKS: Final[Mapping[str, str]] = {"blank": " ", "point": ".", "comma": ",", "apostrophe": "'"}
#: Names that are the same in every language.
ENCODING_WORDS: Final[Mapping[TextEncoding, str]] = {
    TextEncoding.GB18030: "GB18030 (GBK)",
    TextEncoding.BIG5: "Big5",
    TextEncoding.SHIFT_JIS: "Shift-JIS (CP932)",
    TextEncoding.WESTERN_EUROPEAN: "Windows-1252",
    TextEncoding.CENTRAL_EUROPEAN: "Windows-1250",
    TextEncoding.CYRILLIC: "Windows-1251",
}
DECIMAL_WORDS: Final[Mapping[DecimalMark, str]] = {
    DecimalMark.POINT: mark("point (0.5)"),
    DecimalMark.COMMA: mark("comma (0,5)"),
}
GROUPING_WORDS: Final[Mapping[str, str]] = {
    "blank": mark("blank (1 000)"),
    "point": mark("point (1.000)"),
    "comma": mark("comma (1,000)"),
    "apostrophe": mark("apostrophe (1'000)"),
}


def profile_options(language: Language) -> Options:
    """Pairs of value and text for each field with a closed list."""
    say = translator(language)
    return {
        "encoding": [(each.value, ENCODING_WORDS[each]) for each in TextEncoding],
        "decimal_mark": [(each.value, say(text)) for each, text in DECIMAL_WORDS.items()],
        "grouping_mark": [(name, say(GROUPING_WORDS[name])) for name in GROUPING_MARKS],
        "date_order": [(each.value, say(word(each))) for each in DateOrder],
        "response": [(each.value, say(word(each))) for each in Response],
        "types": [(each.value, say(word(each))) for each in InjectionType],
        "concentration_unit": [(u.value, u.value) for u in UnitCode if u.kind is UnitKind.MASS_CONCENTRATION],
        "reader": [(reader.name, reader.title) for reader in READERS],
    }


def reader_title(name: str) -> str:
    """What a reader is called; its name when the program no longer has it."""
    return next((reader.title for reader in READERS if reader.name == name), name)
