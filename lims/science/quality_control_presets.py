"""Rules that a laboratory may start from (质控规则预设), each with its text and how well that is known.

What is only recalled was not confirmed in the text itself; it says so wherever it is shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from lims.core.reasons import mark
from lims.science.quality_control import QcCheck, SourceStatus
from lims.science.quality_control_rules import QcRule, RuleBasis

_RECALLED, _SECOND_HAND, _READ = SourceStatus.RECALLED, SourceStatus.SECOND_HAND, SourceStatus.READ
_GB_27404: Final = "GB/T 27404-2008 附录F"
_NY_788: Final = "NY/T 788-2018"
_SANTE: Final = "SANTE/11312/2021"
_GB_IONS: Final = "2002/657/EC; GB 23200"


@dataclass(frozen=True, slots=True)
class Preset:
    """Rules that stand together in one text."""

    title: str
    rules: tuple[QcRule, ...]


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def _windows(
    check: QcCheck, source: str, status: SourceStatus, *rows: tuple[str, str, str, str], basis: RuleBasis | None = None
) -> tuple[QcRule, ...]:
    """Rows of above, up to, low, high."""
    return tuple(
        QcRule(
            check,
            source,
            status,
            low=_number(low),
            high=_number(high),
            above=_number(above),
            up_to=_number(up_to),
            basis=basis,
        )
        for above, up_to, low, high in rows
    )


_RECOVERY, _DUPLICATE = QcCheck.SPIKE_RECOVERY, QcCheck.DUPLICATE
PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "gb-27404": Preset(
            mark("Recovery by GB/T 27404, annex F"),
            _windows(
                _RECOVERY,
                _GB_27404,
                _RECALLED,
                ("", "0.1", "60", "120"),
                ("0.1", "1", "80", "110"),
                ("1", "100", "90", "110"),
                ("100", "", "95", "105"),
            ),
        ),
        "ny-788": Preset(
            mark("Recovery by NY/T 788"),
            _windows(
                _RECOVERY,
                _NY_788,
                _RECALLED,
                ("", "0.001", "50", "120"),
                ("0.001", "0.01", "60", "120"),
                ("0.01", "0.1", "70", "120"),
                ("0.1", "", "70", "110"),
            ),
        ),
        "sante": Preset(
            mark("Checks of SANTE/11312/2021"),
            (
                QcRule(_RECOVERY, _SANTE, _SECOND_HAND, low=Decimal(70), high=Decimal(120)),
                QcRule(QcCheck.BLANK, _SANTE, _RECALLED, high=Decimal("0.3")),
                QcRule(QcCheck.CALIBRATION_LEVEL, _SANTE, _RECALLED, high=Decimal(20)),
                QcRule(QcCheck.CHECK_STANDARD, _SANTE, _RECALLED, low=Decimal(70), high=Decimal(130)),
                QcRule(QcCheck.DRIFT, _SANTE, _RECALLED, high=Decimal(30)),
                QcRule(
                    QcCheck.ION_RATIO,
                    _SANTE,
                    _SECOND_HAND,
                    high=Decimal(30),
                    basis=RuleBasis.QUALIFIER_OVER_QUANTIFIER,
                ),
                QcRule(QcCheck.RETENTION_TIME, _SANTE, _SECOND_HAND, high=Decimal("0.1"), basis=RuleBasis.MINUTES),
                QcRule(QcCheck.SIGNAL_TO_NOISE, _SANTE, _SECOND_HAND, low=Decimal(3)),
            ),
        ),
        "ions-by-abundance": Preset(
            mark("Ion ratio by abundance (2002/657/EC, GB methods)"),
            _windows(
                QcCheck.ION_RATIO,
                _GB_IONS,
                _RECALLED,
                ("50", "", "", "20"),
                ("20", "50", "", "25"),
                ("10", "20", "", "30"),
                ("", "10", "", "50"),
                basis=RuleBasis.QUALIFIER_OVER_QUANTIFIER,
            ),
        ),
        "aoac-recovery": Preset(
            mark("Recovery by AOAC Appendix F"),
            _windows(
                _RECOVERY,
                "AOAC Official Methods, Appendix F; the ends between its levels are ours",
                _RECALLED,
                ("", "0.003", "40", "120"),
                ("0.003", "0.03", "60", "115"),
                ("0.03", "30", "80", "110"),
                ("30", "300", "90", "107"),
            ),
        ),
        "horrat": Preset(
            mark("Repeatability by Horwitz and Thompson"),
            (QcRule(QcCheck.PRECISION, "AOAC Official Methods, Appendix F", _READ, high=Decimal("1.3")),),
        ),
        "sequence": Preset(
            mark("Sequence of injections"),
            (
                QcRule(QcCheck.BRACKET, "NY/T, SANTE", _RECALLED, every=20),
                QcRule(QcCheck.INTERNAL_STANDARD, "SANTE, EPA 8000D", _RECALLED, low=Decimal(50), high=Decimal(150)),
                QcRule(QcCheck.CARRY_OVER, "SANTE, EPA 8000D", _RECALLED, high=Decimal(30)),
                QcRule(QcCheck.MANUAL_INTEGRATION, "ISO/IEC 17025:2017, 7.5", _RECALLED),
            ),
        ),
    }
)
