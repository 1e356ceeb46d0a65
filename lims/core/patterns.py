"""What codes and names look like that people type, each with the sentence that says so."""

from collections.abc import Mapping

from lims.core.reasons import mark

REGION_CODE = r"^[0-9]{6}$"
#: Where it may be left empty.
REGION_CODE_OR_NONE = r"^([0-9]{6})?$"
#: The code of a division down to the village, as the statistics write it.
ANY_REGION_CODE = r"^([0-9]{6}|[0-9]{9}|[0-9]{12})$"
#: Begins every number of a laboratory.
LABORATORY_CODE = r"^[A-Z0-9]{2,12}$"
#: A number is part of an address; the digit at its end keeps it apart from the words that are.
SAMPLE_NUMBER = r"^[A-Za-z0-9_-]{0,29}[0-9]$"
USERNAME = r"^[a-z][a-z0-9._-]{1,59}$"
#: No control characters: no page shows them and PostgreSQL refuses one of them.
ONE_LINE = r"^[^\u0000-\u001f\u007f]+$"

_REGION = mark("{field} is a code of six digits, such as 520304.")
SENTENCES: Mapping[str, str] = {
    REGION_CODE: _REGION,
    REGION_CODE_OR_NONE: _REGION,
    ANY_REGION_CODE: mark("{field} is a code of 6, 9 or 12 digits, such as 520304."),
    LABORATORY_CODE: mark("{field} has 2 to 12 capital letters and digits, such as QBZ."),
    SAMPLE_NUMBER: mark("{field} has at most 30 letters, digits, hyphens and underscores, and ends in a digit."),
    USERNAME: mark(
        "{field} begins with a small letter and has 2 to 60 small letters, digits, dots, hyphens and underscores."
    ),
    ONE_LINE: mark("{field} is one line of text."),
}
