"""An XML file as its elements, each with the line where it begins. Entities are refused: a few bytes of them can unpack
to gigabytes, and no program of an instrument writes any.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from lims.core.errors import BadInput
from lims.core.reasons import Where, reason
from lims.runs.cells import folded
from lims.runs.reading import MOST_RECORDS

_MOST_ELEMENTS = MOST_RECORDS * 20
_DEEPEST = 100


@dataclass
class Element:
    """An element: its name without a namespace, its attributes, its text, and the line of its first sign."""

    name: str
    attributes: Mapping[str, str]
    line: int
    text: str = ""
    children: list["Element"] = field(default_factory=list)

    def walk(self) -> Iterator["Element"]:
        """The element and everything in it, in the order of the file."""
        waiting = [self]
        while waiting:
            element = waiting.pop()
            yield element
            waiting += reversed(element.children)

    def child(self, *names: str) -> "Element | None":
        """The first child of one of these names."""
        wanted = [folded(name) for name in names]
        return next((child for child in self.children if folded(child.name) in wanted), None)

    def said(self, *names: str) -> str:
        """The text of that child; empty where there is none."""
        child = self.child(*names)
        return "" if child is None else child.text

    def place(self, child: "Element") -> int:
        """Which child it is, from 1: the column where its text stands."""
        return next(place for place, one in enumerate(self.children, start=1) if one is child)

    @property
    def unit(self) -> str:
        """The attribute Unit."""
        return next((text.strip() for name, text in self.attributes.items() if folded(name) in ("unit", "units")), "")


class _Forbidden(Exception):
    """Something that no file of an instrument has."""


def element_of(text: str) -> Element:
    """The root of an XML document. Raises BadInput for one that is cut off, damaged, or has a document type."""
    builder = _Builder()
    parser = expat.ParserCreate(encoding="utf-8", namespace_separator="}")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = builder.forbidden
    parser.StartElementHandler = lambda name, attributes: builder.begin(name, attributes, parser.CurrentLineNumber)
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.characters
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as fault:
        raise BadInput(
            reason(
                "xml.damaged",
                "The XML file cannot be read from line {row} on ({fault}); it is damaged or cut off: export it again.",
                at=Where(row=fault.lineno),
                row=fault.lineno,
                fault=expat.errors.messages[fault.code],
            )
        ) from fault
    except _Forbidden as fault:
        raise BadInput(
            reason(
                "xml.forbidden",
                "The XML file has a document type, or more elements than a result can have; it is no export of an"
                " instrument.",
            )
        ) from fault
    return builder.root


class _Builder:
    """Collects the elements as they come."""

    def __init__(self) -> None:
        self.open: list[Element] = []
        self.count = 0
        self.root = Element("", {}, 0)

    def forbidden(self, *_: object) -> None:
        """A document type, in which entities are declared."""
        raise _Forbidden

    def begin(self, name: str, attributes: Mapping[str, str], line: int) -> None:
        """An element begins."""
        self.count += 1
        if self.count > _MOST_ELEMENTS or len(self.open) > _DEEPEST:
            raise _Forbidden
        element = Element(name.rpartition("}")[2], attributes, line)
        if self.open:
            self.open[-1].children.append(element)
        else:
            self.root = element
        self.open.append(element)

    def characters(self, text: str) -> None:
        """Text within the element."""
        self.open[-1].text += text

    def end(self, _: str) -> None:
        """The element ends."""
        element = self.open.pop()
        element.text = element.text.strip()
