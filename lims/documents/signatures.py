"""Which signatures a report carries (签名栏): the names of their fields and no more, so that all may know them."""

from enum import StrEnum

from lims.core.reasons import mark


class SignatureField(StrEnum):
    """A signature of a report by the name of its field in the PDF; in the order in which they are made."""

    COMPILED = "Compiled"
    REVIEWED = "Reviewed"
    APPROVED = "Approved"
    SEAL = "LaboratorySeal"

    @property
    def shown(self) -> str:
        """What a reader of the PDF shows for the field, in Chinese as the paper does."""
        return _ON_PAPER[self]

    @property
    def word(self) -> str:
        """The word for it, which pages and findings translate."""
        return _TITLES[self]


_TITLES = {
    SignatureField.COMPILED: mark("Compiled"),
    SignatureField.REVIEWED: mark("Reviewed"),
    SignatureField.APPROVED: mark("Approved"),
    SignatureField.SEAL: mark("Laboratory seal"),
}
_ON_PAPER = {
    SignatureField.COMPILED: "编制",
    SignatureField.REVIEWED: "审核",
    SignatureField.APPROVED: "批准",
    SignatureField.SEAL: "检验检测专用章",
}
#: The three acts, each by a person of its own.
PERSONAL = (SignatureField.COMPILED, SignatureField.REVIEWED, SignatureField.APPROVED)
#: Of a report that three people and the laboratory signed; one from before that has the seal alone.
ALL_SIGNATURES = (*PERSONAL, SignatureField.SEAL)
#: The field of the timestamp over the whole file, which comes after the seal.
TIMESTAMP_FIELD = "DocumentTimestamp"
