"""The elements of a TargetLynx XML file as rows: one for each compound of a sample.

    QUANDATASET/GROUPDATA/GROUP/SAMPLELISTDATA/SAMPLE/COMPOUND/PEAK/(CONFIRMATIONIONPEAK1…, ISPEAK), METHOD
    QUANDATASET/GROUPDATA/GROUP/CALIBRATIONDATA/COMPOUND/RESPONSE, CURVE/(CALIBRATIONCURVE, DETERMINATION, …)

The program writes everything on one line, so lines say nothing: rows are counted in the order of the compounds, after
one row of headings that this module makes, `PEAK area`. Entities and document types are refused: no such file needs
them, and they are how small files grow to gigabytes.
"""

from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

from lims.core.errors import BadInput
from lims.core.reasons import Reason, Where, reason
from lims.runs.opened import OpenedFile
from lims.runs.reading import MOST_RECORDS

_SAMPLE_PATH = ("QUANDATASET", "GROUPDATA", "GROUP", "SAMPLELISTDATA", "SAMPLE")
_CURVE_PATH = ("QUANDATASET", "GROUPDATA", "GROUP", "CALIBRATIONDATA", "COMPOUND")

Key = tuple[str, str]


@dataclass
class Element:
    """A compound of a sample, or of the calibration: all attributes of it and below it, by element and name.

    `repeated` are elements of which there is more than one here: which is meant cannot be told.
    """

    attributes: dict[Key, str]
    repeated: set[str] = field(default_factory=set)

    def value(self, element: str, name: str) -> str:
        """The text of an attribute; empty where there is none."""
        return self.attributes.get((element, name), "").strip()


@dataclass
class Dataset:
    """The file: attributes of the elements above the samples, its compounds of samples, and its curves."""

    samples: int = 0
    #: How many samples each list announces, together; None where a list says nothing.
    announced: int | None = 0
    compounds: list[Element] = field(default_factory=list)
    curves: dict[str, Element] = field(default_factory=dict)
    empty_samples: list[str] = field(default_factory=list)

    @property
    def keys(self) -> tuple[Key, ...]:
        """The columns: every attribute of any compound, in the order in which they first stand."""
        found: dict[Key, None] = {}
        for compound in self.compounds:
            found.update(dict.fromkeys(compound.attributes))
        return tuple(found)


def dataset_of(file: OpenedFile) -> Dataset:
    """Read the elements. Raises `BadInput` for text that is not well-formed, cut off, or declares entities."""
    reader = _Elements()
    parser = expat.ParserCreate()
    parser.StartElementHandler = reader.begin
    parser.EndElementHandler = reader.end
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.EntityDeclHandler = _refuse_doctype
    try:
        parser.Parse(file.text.text.lstrip("\ufeff"), True)
    except expat.ExpatError as fault:
        raise BadInput(
            reason(
                "targetlynx.xml_broken",
                "The XML file breaks off or is damaged in line {row}, column {place} ({fault}); export it again.",
                at=Where(row=fault.lineno),
                row=fault.lineno,
                place=fault.offset + 1,
                fault=expat.errors.messages[fault.code],
            )
        ) from fault
    return reader.dataset


def _refuse_doctype(*_: object) -> NoReturn:
    raise BadInput(
        reason(
            "targetlynx.xml_doctype",
            "The XML file declares a document type or entities, as no export of TargetLynx does; export it again.",
        )
    )


def _too_many() -> Reason:
    return reason(
        "file.too_many_records",
        "The file has more than {most} records; a result table of one batch has fewer: export one batch at a time.",
        most=MOST_RECORDS,
    )


class _Elements:
    """Follows the elements as they begin and end."""

    def __init__(self) -> None:
        self.dataset = Dataset()
        self.path: list[str] = []
        self.sample: dict[Key, str] = {}
        self.sample_has_compounds = False
        self.compound: Element | None = None

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        self.path.append(name)
        path = tuple(self.path)
        if self.compound is not None:
            self._within(self.compound, name, attributes)
        elif path == _SAMPLE_PATH[:-1]:
            self._announce(attributes.get("count", ""))
        elif path == _SAMPLE_PATH:
            self.dataset.samples += 1
            self.sample = _named("SAMPLE", attributes)
            self.sample_has_compounds = False
        elif path == (*_SAMPLE_PATH, "COMPOUND"):
            self.sample_has_compounds = True
            self.compound = Element({**self.sample, **_named("COMPOUND", attributes)})
            self.dataset.compounds.append(self.compound)
            if len(self.dataset.compounds) > MOST_RECORDS:
                raise BadInput(_too_many())
        elif path == _CURVE_PATH:
            self.compound = Element(_named("COMPOUND", attributes))
            self.dataset.curves.setdefault(attributes.get("name", ""), self.compound)

    def end(self, _: str) -> None:
        """The element that began last ends."""
        path = tuple(self.path)
        if path in ((*_SAMPLE_PATH, "COMPOUND"), _CURVE_PATH):
            self.compound = None
        elif path == _SAMPLE_PATH and not self.sample_has_compounds:
            self.dataset.empty_samples.append(self.sample.get(("SAMPLE", "name"), ""))
        self.path.pop()

    def _within(self, compound: Element, name: str, attributes: dict[str, str]) -> None:
        if any(element == name for element, _ in compound.attributes):
            compound.repeated.add(name)
            return
        compound.attributes.update(_named(name, attributes))

    def _announce(self, count: str) -> None:
        known = self.dataset.announced
        self.dataset.announced = known + int(count) if known is not None and count.isdecimal() else None


def _named(element: str, attributes: dict[str, str]) -> dict[Key, str]:
    return {(element, name): text for name, text in attributes.items()}
