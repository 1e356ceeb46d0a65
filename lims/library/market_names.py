"""What markets are called (市场): the jurisdictions whose limits the library may hold."""

from collections.abc import Mapping

from lims.core.language import Language, translator
from lims.core.reasons import mark

_NAMES: Mapping[str, str] = {
    "CN": mark("China"),
    "KR": mark("Korea"),
    "EU": mark("European Union"),
    "JP": mark("Japan"),
    "US": mark("United States"),
    "TW": mark("Taiwan"),
    "HK": mark("Hong Kong"),
    "CODEX": mark("Codex Alimentarius"),
}


def market_name(market: str, language: Language) -> str:
    """What a market is called; its code where it has no name here."""
    return translator(language)(_NAMES[market]) if market in _NAMES else market
