"""Pure decisions about returns and indicators."""

from enum import StrEnum


class BatchVerdict(StrEnum):
    """What an issued report says of its sample. NOT_JUDGED counts in no pass rate."""

    CONFORMS = "conforms"
    FAILS = "fails"
    NOT_JUDGED = "not_judged"
