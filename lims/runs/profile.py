"""What a person decided about the files of one instrument (导入配置): nothing in a file is guessed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from lims.core.clock import CHINA
from lims.runs.cells import CellReader, DateOrder, DecimalMark, folded
from lims.runs.column_map import ColumnMap


class TextEncoding(StrEnum):
    """Encodings seen from instrument computers. UTF-8 and UTF-16 are recognised and need no setting."""

    GB18030 = "gb18030"
    BIG5 = "big5"
    SHIFT_JIS = "cp932"
    WESTERN_EUROPEAN = "cp1252"
    CENTRAL_EUROPEAN = "cp1250"
    CYRILLIC = "cp1251"


class InjectionType(StrEnum):
    """What an injection is for (进样类型)."""

    SAMPLE = "sample"
    STANDARD = "standard"
    QUALITY_CONTROL = "quality_control"
    BLANK = "blank"
    DOUBLE_BLANK = "double_blank"
    RESPONSE_CHECK = "response_check"


class Response(StrEnum):
    """Which figure is the response: of a peak its area or height, else a spectrometer's or a plate reader's signal."""

    AREA = "area"
    HEIGHT = "height"
    INTENSITY = "intensity"
    ABSORBANCE = "absorbance"


_USUAL_TYPES = {
    InjectionType.SAMPLE: "sample, samp, unknown, unknown sample, analyte, s, unk",
    InjectionType.STANDARD: "cal, calstd, cal std, calibration, calibration standard, standard, std,"
    " std bracket sample",
    InjectionType.QUALITY_CONTROL: "qc, quality control, ccv, icv, qcs, lcs, lfb, cc, qc sample, unknown(qa/qc)",
    InjectionType.BLANK: "blank, blk, matrixblank, matrix blank, lrb, calblk, solvent, blank sample",
    InjectionType.DOUBLE_BLANK: "doubleblank, double blank",
    InjectionType.RESPONSE_CHECK: "responsecheck, response check, tunecheck, tune check",
}
#: Vendor type texts seen in real exports, folded; a profile may add to them or overrule them.
USUAL_TYPES: Mapping[str, InjectionType] = MappingProxyType(
    {text.strip(): kind for kind, texts in _USUAL_TYPES.items() for text in texts.split(",")}
)


@dataclass(frozen=True, slots=True)
class NameRule:
    """An injection whose name fits `pattern` (`*` and `?`) is of this type, whatever the vendor column says."""

    pattern: str
    type: InjectionType

    def fits(self, name: str) -> bool:
        """Compared without regard to case, width and kind of dash."""
        return fnmatchcase(folded(name), folded(self.pattern))


@dataclass(frozen=True)
class ImportProfile:
    """Decisions about the files of one instrument.

    `concentration_unit` is the unit of the concentrations whose unit the file does not state (MassHunter states none);
    empty where it states all of them. `reader` empty: the one that recognises the file. `mapping` are the columns of a
    table that no reader of its own knows.
    `encoding` is used only for text that is neither UTF-8 nor UTF-16.
    `analyte_aliases` maps a compound name of the vendor's method to the analyte code of the library;
    `internal_standards` are compound names that are internal standards (内标) without saying so in their name.
    `internal_standard` is the one whose response every analyte is divided by (内标法); None: external (外标法).
    """

    concentration_unit: str = ""
    encoding: TextEncoding | None = None
    decimal_mark: DecimalMark = DecimalMark.POINT
    grouping_mark: str | None = None
    date_order: DateOrder = DateOrder.YEAR_MONTH_DAY
    time_zone: ZoneInfo = CHINA
    response: Response = Response.AREA
    analyte_aliases: Mapping[str, str] = field(default_factory=dict)
    internal_standards: frozenset[str] = frozenset()
    internal_standard: str | None = None
    type_mapping: Mapping[str, InjectionType] = field(default_factory=dict)
    name_rules: tuple[NameRule, ...] = ()
    reader: str = ""
    mapping: ColumnMap | None = None

    def __post_init__(self) -> None:
        if self.grouping_mark == self.decimal_mark.value:
            raise ValueError("the grouping mark cannot be the decimal mark")
        internal = self.internal_standards | ({self.internal_standard} if self.internal_standard else set())
        own_types = {folded(text): kind for text, kind in self.type_mapping.items()}
        aliases = {folded(name): code for name, code in self.analyte_aliases.items()}
        object.__setattr__(self, "_types", {**USUAL_TYPES, **own_types})
        object.__setattr__(self, "_aliases", aliases)
        object.__setattr__(self, "_internal", frozenset(folded(name) for name in internal))

    _types: Mapping[str, InjectionType] = field(init=False, repr=False, compare=False)
    _aliases: Mapping[str, str] = field(init=False, repr=False, compare=False)
    _internal: frozenset[str] = field(init=False, repr=False, compare=False)

    def type_of(self, vendor_type: str, name: str) -> InjectionType | None:
        """The type of an injection: a name rule first, then the vendor's type text; None when neither knows."""
        for rule in self.name_rules:
            if rule.fits(name):
                return rule.type
        return self._types.get(folded(vendor_type))

    def analyte_of(self, compound: str) -> str | None:
        """The analyte code this profile gives a compound name, or None."""
        return self._aliases.get(folded(compound))

    def is_internal_standard(self, compound: str) -> bool:
        """Whether the profile, or the compound name itself ("(ISTD)"), says internal standard."""
        name = folded(compound)
        return name in self._internal or any(mark in name for mark in ("(istd)", "[istd]", "(is)", "[is]"))

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON, to be kept with every run that was read by them."""
        return {
            "concentration_unit": self.concentration_unit,
            "encoding": self.encoding,
            "decimal_mark": self.decimal_mark.value,
            "grouping_mark": self.grouping_mark,
            "date_order": self.date_order.value,
            "time_zone": self.time_zone.key,
            "response": self.response.value,
            "analyte_aliases": dict(self.analyte_aliases),
            "internal_standards": sorted(self.internal_standards),
            "internal_standard": self.internal_standard,
            "type_mapping": {text: kind.value for text, kind in self.type_mapping.items()},
            "name_rules": [{"pattern": rule.pattern, "type": rule.type.value} for rule in self.name_rules],
            # Only where it was chosen: runs from before it could be keep the digest of their settings.
            **({"reader": self.reader} if self.reader else {}),
            **({} if self.mapping is None else {"mapping": self.mapping.as_dict()}),
        }

    def cells(self) -> CellReader:
        """The reader of this profile's numbers and dates."""
        return CellReader(self.decimal_mark, self.grouping_mark, self.date_order, self.time_zone)
