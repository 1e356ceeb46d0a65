"""Results as pages show them: every value ready."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote
from uuid import UUID

from lims.core.actors import Actor
from lims.core.errors import BadInput, LimsError, NotFound
from lims.core.language import Language, translator
from lims.core.reasons import Reason, Where, reason
from lims.library.rules import Library
from lims.results.queries import ResultRow
from lims.results.review import GRAVE, WARNING, Flag
from lims.results.rules import ResultStatus
from lims.results.schemas import Chosen
from lims.samples.rules import sees_whole
from lims.samples.tables import AssignedTest, Sample
from lims.science.amounts import amount_from_dict
from lims.web.amounts import amount_text
from lims.web.forms import Form
from lims.web.table import Chip, Mood

STATUS_MOODS: Mapping[ResultStatus, Mood] = {
    ResultStatus.ENTERED: "plain",
    ResultStatus.SUBMITTED: "busy",
    ResultStatus.RETURNED: "bad",
    ResultStatus.VERIFIED: "good",
    ResultStatus.SUPERSEDED: "plain",
}
#: The schema of a selection takes no more.
MOST_CHOSEN = 5000


@dataclass(frozen=True, slots=True)
class Names:
    """What substances and foods are called in the reader's language."""

    library: Library
    language: Language

    def substance(self, code: str) -> str:
        """The name of a parameter or analyte."""
        return self.library.substance_name(code, self.language)

    def analyte(self, test: AssignedTest, analyte: str) -> str:
        """The analyte, with its parameter where that is another: 3-羟基克百威（克百威）."""
        return self.analyte_of(test.parameter, analyte)

    def analyte_of(self, parameter: str, analyte: str) -> str:
        """As `analyte`, of codes."""
        own = self.substance(analyte)
        if analyte == parameter:
            return own
        whole = self.substance(parameter)
        return f"{own}（{whole}）" if self.language is Language.CHINESE else f"{own} ({whole})"

    def food(self, path: str) -> str:
        """The food's own name."""
        return self.library.food_name(path)


def flag_mood(flag: Flag) -> Mood:
    """How a flag is meant."""
    if flag in GRAVE:
        return "bad"
    if flag in WARNING:
        return "warn"
    return "busy" if flag is Flag.DETECTED else "plain"


def chips_of(flags: Sequence[Flag]) -> tuple[Chip, ...]:
    """Flags as chips."""
    return tuple(Chip(flag, flag_mood(flag)) for flag in flags)


def sample_address(actor: Actor, sample: Sample) -> str:
    """The page of a sample: whole, or as the bench may see it."""
    if sees_whole(actor, sample.registered_by):
        return f"/samples/{quote(sample.number, safe='')}"
    return f"/samples/bench/{quote(sample.blind_code, safe='')}"


def told_amount(amount: Mapping[str, str], language: Language) -> str:
    """What was found, in words."""
    return amount_text(amount_from_dict(amount), translator(language))


def result_key(text: str) -> UUID:
    """The id of a result in an address. Raises `NotFound`."""
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound.of("result", text[:60]) from error


def token_of(result_id: UUID, version: int) -> str:
    """A result and the version of it that a page shows, as the value of a box."""
    return f"{result_id}:{version}"


def chosen_of(form: Form) -> list[Chosen]:
    """The results behind the boxes `chosen`, each in the version that was looked at; a box may hold several.

    Raises `BadInput` for none, for too many, and for what is no such box.
    """
    tokens = dict.fromkeys(token for box in form.texts("chosen") for token in box.split())
    if not tokens:
        raise BadInput(reason("table.none_chosen", "Choose at least one row first.", at=Where(field="chosen")))
    if len(tokens) > MOST_CHOSEN:
        raise BadInput(
            reason(
                "result.too_many",
                "{count} results are too many for one act; choose at most {most}.",
                count=len(tokens),
                most=MOST_CHOSEN,
                at=Where(field="chosen"),
            )
        )
    return [_chosen(token) for token in tokens]


def _chosen(token: str) -> Chosen:
    key, _, version = token.partition(":")
    if not (version.isascii() and version.isdigit() and len(version) <= 9):
        raise _no_box()
    try:
        return Chosen(id=UUID(key), version=int(version))
    except ValueError as error:
        raise _no_box() from error


def _no_box() -> BadInput:
    return BadInput(reason("result.box", "This is no result of the list.", at=Where(field="chosen")))


def told_problems(refusal: LimsError, rows: Collection[ResultRow], names: Names) -> list[str]:
    """Every reason in words, with the result that it is about: those of an act on many name it by test and analyte."""
    say = translator(names.language)
    known = {f"{row.test.id}/{row.result.analyte}": row for row in rows}

    def told(why: Reason) -> str:
        row = known.get(why.where.field or "")
        text = why.translated(say)
        return text if row is None else f"{row.sample.blind_code} {names.analyte(row.test, row.result.analyte)}: {text}"

    return list(dict.fromkeys(told(why) for why in refusal.reasons))
