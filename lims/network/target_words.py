"""Words of the plan's targets: units and scopes stand in its file in English, and are translated like other texts."""

from lims.core.reasons import Translate, mark

_WORDS = frozenset(
    {
        mark("areas"),
        mark("bases"),
        mark("batches per thousand residents per year"),
        mark("cases per year"),
        mark("counties"),
        mark("county lab"),
        mark("county labs"),
        mark("county/township"),
        mark("courses per year"),
        mark("entities"),
        mark("farms"),
        mark("lab"),
        mark("meetings per year"),
        mark("models"),
        mark("parameters"),
        mark("prefecture lab"),
        mark("products"),
        mark("province"),
        mark("province lab"),
        mark("times per certificate-issuing entity per year"),
        mark("times per person per year"),
        mark("years per round"),
    }
)
_SIGNS = {">=": "≥", "<=": "≤"}


def target_word(text: str, say: Translate) -> str:
    """A unit or scope of a target; one that is not known is shown as it is written."""
    return say(text) if text in _WORDS else text


def comparison_sign(comparison: str) -> str:
    """≥, ≤, = as they are printed."""
    return _SIGNS.get(comparison, comparison)
