"""The refusals of the system. Their HTTP status is mapped once, in `lims.web.problems`."""

from lims.core.reasons import Reason, Where, reason


class LimsError(Exception):
    """A refusal that a person can understand. It carries every reason, never only the first."""

    def __init__(self, *reasons: Reason) -> None:
        if not reasons:
            raise ValueError("a refusal needs at least one reason")
        super().__init__("; ".join(r.text for r in reasons))
        self.reasons = reasons


class NotFound(LimsError):
    """No such record, or not this actor's to see."""

    @classmethod
    def of(cls, kind: str, key: object) -> "NotFound":
        """The usual form: `NotFound.of("sample", "Q2026-000012")`."""
        return cls(reason("not_found", "There is no {kind} {key}.", kind=kind, key=key))


class Unauthenticated(LimsError):
    """Nobody known is asking."""


class Forbidden(LimsError):
    """Known, but not allowed to do this."""


class Conflict(LimsError):
    """The record moved on meanwhile, or its key is taken."""


class RuleRefused(LimsError):
    """A rule of the laboratory says no."""


class TooManyRequests(LimsError):
    """Asked too often; `retry_after_s` says when it is worth asking again, in seconds."""

    def __init__(self, *reasons: Reason, retry_after_s: int) -> None:
        super().__init__(*reasons)
        self.retry_after_s = retry_after_s


class BadInput(RuleRefused):
    """What was handed in cannot be read or is not what it must be."""


def refuse_if(reasons: "list[Reason]") -> None:
    """Raise `RuleRefused` with all reasons, if there are any."""
    if reasons:
        raise RuleRefused(*reasons)


def refuse_bad(faults: "list[Reason]") -> None:
    """Raise `BadInput` with all faults, if there are any."""
    if faults:
        raise BadInput(*faults)


__all__ = [
    "BadInput",
    "Conflict",
    "Forbidden",
    "LimsError",
    "NotFound",
    "RuleRefused",
    "TooManyRequests",
    "Unauthenticated",
    "Where",
    "refuse_bad",
    "refuse_if",
]
