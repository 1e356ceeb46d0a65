"""Receiving at the counter: a code is scanned, the sample is looked at, and the next one is scanned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from lims.core.actions import Action
from lims.core.clock import local_day
from lims.core.errors import BadInput, Conflict, Forbidden, LimsError, NotFound, RuleRefused
from lims.core.language import Language, translator
from lims.core.reasons import mark, reason
from lims.db.work import LimsSession
from lims.library.queries import current_library
from lims.runtime import Lims
from lims.samples import queries, service
from lims.samples.rules import SampleStatus, SealState, sees_whole
from lims.samples.schemas import Receipt
from lims.samples.tables import Sample
from lims.samples.views import days_waiting, options_of
from lims.web import formats
from lims.web.changes import changes_since
from lims.web.dependencies import LimsDep
from lims.web.forms import Filled, Form, FormDep, refused, typed
from lims.web.page import own_path, page, see_other
from lims.web.problems import status_of
from lims.web.security import SCANNING_POLICY
from lims.web.table_page import chosen
from lims.web.viewer import PageLanguage, Viewer, ViewerDep

router = APIRouter()

#: So many are listed; of the others the number is told.
MOST_LISTED = 200
#: As many are received in one act; each is looked at.
MOST_TOGETHER = 200
#: What of a receipt the bench may be told that others changed.
_RECEIPT_COLUMNS = frozenset({"status", "received_at", "received_by", "condition", "seal_state", "temperature_c"})

Code = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A sample at the counter as this person may know it; it goes by its `label`, in forms too. `days` it waits."""

    sample: Sample
    label: str
    food: str
    whole: bool
    days: int | None


@dataclass(frozen=True, slots=True)
class Counter:
    """Samples as the person at the counter may know them, on a day."""

    session: LimsSession
    viewer: Viewer
    today: date

    def find(self, key: str) -> Sample | None:
        """A sample of the own laboratory by number, blind code or sampling sheet, however its letters were typed."""
        return next(iter(queries.own_samples(self.session, [key, key.upper()]).values()), None)

    def known(self, key: str) -> Sample:
        """As `find`. Raises `NotFound`."""
        found = self.find(key)
        if found is None:
            raise NotFound.of("sample", key)
        return found

    def chosen(self, keys: Sequence[str]) -> Sequence[Arrival]:
        """The samples of these keys, in their order. Raises `BadInput` for too many, `NotFound`."""
        if len(keys) > MOST_TOGETHER:
            raise BadInput(
                reason(
                    "receive.too_many",
                    "At most {most} samples are received at once; choose fewer.",
                    most=MOST_TOGETHER,
                )
            )
        found = queries.own_samples(self.session, keys)
        for key in keys:
            if key not in found:
                raise NotFound.of("sample", key)
        return [self.arrival(found[key], key) for key in keys]

    def listed(self, samples: Sequence[Sample]) -> Sequence[Arrival]:
        """Samples of a list; the bench calls them by their blind codes."""
        return [self.arrival(sample, sample.blind_code) for sample in samples]

    def arrival(self, sample: Sample, key: str) -> Arrival:
        """A sample by the key that it was scanned by, or, for those who see whose it is, by its number."""
        whole = sees_whole(self.viewer.actor, sample.registered_by)
        keys = (sample.blind_code, sample.number, sample.sampling_sheet_number)
        label = sample.number if whole else next(known for known in keys if known.upper() == key.upper())
        food = current_library(self.session).food_name(sample.food)
        return Arrival(sample, label, food, whole, days_waiting(sample, self.today))

    def expected(self) -> tuple[Sequence[Arrival], int]:
        """What was registered and did not arrive yet, oldest first, and how many."""
        rows, total = queries.samples_expected(self.session, MOST_LISTED)
        return self.listed(rows), total

    def received(self) -> tuple[Sequence[Arrival], int]:
        """What this person received today, the last first, and how many."""
        rows, total = queries.samples_received_on(self.session, self.today, MOST_LISTED)
        return self.listed(rows), total


@router.get("/samples/receive")
def receive_page(
    request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, code: Code = ""
) -> Response:
    """The field for codes, the sample of a code with its receipt, what is expected, and what was received today."""
    code = code.strip()
    with lims.read(viewer.actor, Action.SAMPLE_RECEIVE) as session:
        counter = _counter(session, viewer, lims)
        sample = counter.find(code) if code else None
        problem = _scan_problem(sample, code, language)
        arrival = counter.arrival(sample, code) if sample and not problem else None
        return _page(
            request,
            counter,
            language,
            arrival,
            Filled(_usual(counter)),
            problem=problem,
            status=422 if problem else 200,
        )


@router.post("/samples/receive")
def receive(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """Take one sample in; the next code is waited for."""
    key = form.text("sample")
    try:
        receipt = form.read(Receipt)
        with lims.work(viewer.actor, Action.SAMPLE_RECEIVE) as session:
            sample = _counter(session, viewer, lims).known(key)
            code = service.receive_sample(session, sample.number, receipt).blind_code
    except LimsError as refusal:
        if isinstance(refusal, NotFound | Forbidden):
            raise
        return _again(request, lims, viewer, language, form, refusal)
    back = own_path(form.text("next"), "/samples/receive")
    return see_other(request, back, mark("{number} is received. Its blind code is {code}."), number=key, code=code)


@router.post("/samples/receive/chosen")
def choose(request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep) -> Response:
    """Samples chosen in a list, with one receipt for all of them."""
    with lims.read(viewer.actor, Action.SAMPLE_RECEIVE) as session:
        counter = _counter(session, viewer, lims)
        return _together(request, language, counter.chosen(chosen(form)), Filled(_usual(counter)))


@router.post("/samples/receive/together")
def receive_together(
    request: Request, lims: LimsDep, viewer: ViewerDep, language: PageLanguage, form: FormDep
) -> Response:
    """Take all chosen samples in, or none of them."""
    lims.require(viewer.actor, Action.SAMPLE_RECEIVE)
    keys = chosen(form)
    refusals: list[tuple[str, LimsError]] = []
    try:
        receipt = form.read(Receipt)
        with lims.work(viewer.actor, Action.SAMPLE_RECEIVE) as session:
            for arrival in _counter(session, viewer, lims).chosen(keys):
                try:
                    service.receive_sample(session, arrival.sample.number, receipt)
                except RuleRefused as refusal:
                    refusals.append((arrival.label, refusal))
            if refusals:
                # All or none: what was received in this act is given back.
                raise RuleRefused(*(why for _, refusal in refusals for why in refusal.reasons))
    except LimsError as refusal:
        if isinstance(refusal, NotFound | Forbidden):
            raise
        filled = _named(form, refusals, language) if refusals else refused(form, refusal, language)
        with lims.read(viewer.actor, Action.SAMPLE_RECEIVE) as session:
            arrivals = _counter(session, viewer, lims).chosen(keys)
            return _together(request, language, arrivals, filled, status_of(refusal))
    return see_other(request, "/samples/receive", mark("{count} samples are received."), count=len(keys))


def _scan_problem(sample: Sample | None, code: str, language: Language) -> str:
    """Why a scanned code leads to no receipt; empty when it does."""
    say = translator(language)
    if not code or (sample and sample.status is SampleStatus.REGISTERED):
        return ""
    if sample is None:
        return say(mark("No sample here has the code {code}. Check the label, or register the sample first.")).format(
            code=code
        )
    return say(mark("{code} was received already on {day}.")).format(code=code, day=formats.day(sample.received_at))


def _counter(session: LimsSession, viewer: Viewer, lims: Lims) -> Counter:
    return Counter(session, viewer, local_day(lims.clock.now()))


def _named(form: Form, refusals: Sequence[tuple[str, LimsError]], language: Language) -> Filled:
    """What was typed, and what stands against which sample."""
    say = translator(language)
    problems = [
        (why.where.field or "", f"{label}: {why.translated(say)}") for label, each in refusals for why in each.reasons
    ]
    return replace(typed(form), problems=problems)


def _usual(counter: Counter) -> Mapping[str, Any]:
    """How the last sample of today arrived: most of a delivery look alike. Only the seal is looked at each time."""
    last, _ = queries.samples_received_on(counter.session, counter.today, 1)
    return {"condition": last[0].condition} if last else {}


def _again(
    request: Request, lims: Lims, viewer: Viewer, language: Language, form: Form, refusal: LimsError
) -> Response:
    with lims.read(viewer.actor, Action.SAMPLE_RECEIVE) as session:
        counter = _counter(session, viewer, lims)
        sample = counter.known(form.text("sample"))
        filled = refused(form, refusal, language, _changes(session, sample, form, refusal, language))
        arrival = counter.arrival(sample, form.text("sample"))
        return _page(request, counter, language, arrival, filled, status=status_of(refusal))


def _changes(
    session: LimsSession, sample: Sample, form: Form, refusal: LimsError, language: Language
) -> Sequence[object]:
    """What others did to the sample after the page was opened."""
    version = form.seen_version()
    if not isinstance(refusal, Conflict) or version is None:
        return ()
    return changes_since(session, "sample", sample.id, version, language, fields=_RECEIPT_COLUMNS)


def _page(
    request: Request,
    counter: Counter,
    language: Language,
    arrival: Arrival | None,
    form: Filled,
    *,
    problem: str = "",
    status: int = 200,
) -> Response:
    expected, expected_total = counter.expected()
    received, received_total = counter.received()
    answer = page(
        request,
        "samples/receive.html",
        status=status,
        form=form,
        scan=Filled(),
        problem=problem,
        arrival=arrival,
        next="/samples/receive",
        seals=options_of(SealState, language),
        conditions=conditions_of([one.sample for one in received]),
        expected=expected,
        expected_total=expected_total,
        received=received,
        received_total=received_total,
    )
    answer.headers["Content-Security-Policy"] = SCANNING_POLICY
    return answer


def conditions_of(samples: Sequence[Sample]) -> Sequence[str]:
    """How samples arrived, each once: words to choose from for the next."""
    return list(dict.fromkeys(sample.condition for sample in samples if sample.condition))[:10]


def _together(
    request: Request, language: Language, arrivals: Sequence[Arrival], form: Filled, status: int = 200
) -> Response:
    return page(
        request,
        "samples/receive_together.html",
        status=status,
        form=form,
        arrivals=arrivals,
        seals=options_of(SealState, language),
        conditions=(),
    )
