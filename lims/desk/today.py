"""The first page (今日): what waits for the person who looks, block by block, each for a right that they hold."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from urllib.parse import quote

from lims.accreditation import queries as accreditation
from lims.accreditation.dual import in_force_until
from lims.accreditation.rules import Scheme
from lims.core.actions import Action, Role
from lims.core.clock import CHINA, local_day
from lims.core.language import Language, translator
from lims.core.reasons import mark
from lims.core.words import word
from lims.db.work import LimsSession
from lims.desk import queries
from lims.desk.queries import Waiting
from lims.desk.rules import DAYS_AHEAD, DAYS_BACK, DEADLINES, Wait, days_waited, late_before
from lims.desk.views import Block, Figure, Line, ShortList
from lims.indicators.rules import Period
from lims.network import queries as network
from lims.network.rules import Level, TargetKind
from lims.people.queries import subjects_of
from lims.people.tables import AuthorisationKind
from lims.reports import waiting as reports_waiting
from lims.web import formats

#: The lists of the first page are short; a link leads to the whole.
MOST = 6
_PARAMETER_TARGETS = {
    Level.PROVINCE: TargetKind.PARAMETERS_PROVINCE,
    Level.PREFECTURE: TargetKind.PARAMETERS_PREFECTURE,
    Level.COUNTY: TargetKind.PARAMETERS_COUNTY,
}


class Today:
    """One look at the day, for one person."""

    def __init__(self, session: LimsSession, now: datetime, language: Language) -> None:
        self.session = session
        self.actor = session.actor
        self.now = now
        self.day = local_day(now)
        self.say = translator(language)

    def blocks(self) -> list[Block]:
        """The blocks that are for this person, what waits for them first."""
        shown: list[tuple[bool, Callable[[], Block]]] = [
            (self.may(Action.RESULT_ENTER), self.bench),
            (self.may(Action.SAMPLE_REGISTER) and not self.may(Action.RESULT_ENTER), self.sampling),
            (self.may(Action.RESULT_VERIFY), self.verification),
            (any(map(self.may, (Action.REPORT_COMPILE, Action.REPORT_REVIEW, Action.REPORT_APPROVE))), self.reports),
            (self.may(Action.ACCREDITATION_EDIT), self.quality),
            (Role.INSPECTOR in self.actor.roles, self.inspection),
            (self.may(Action.RETURN_IMPORT), self.network),
            (self.may(Action.USER_EDIT), self.administration),
        ]
        return [block() for is_for, block in shown if is_for]

    def may(self, action: Action) -> bool:
        """Whether the person holds a right."""
        return self.actor.may(action)

    def bench(self) -> Block:
        """Technicians: from the counter to handing results over."""
        say, late = self.say, self._late
        receive = queries.samples_to_receive(self.session, late(Wait.RECEIPT))
        methods = queries.tests_waiting(self.session)
        entered, returned = queries.own_results(self.session, late(Wait.SUBMISSION), late(Wait.RETURNED))
        tests = Waiting(
            sum(m.tests for m in methods),
            sum(m.tests for m in methods if m.oldest is not None and m.oldest < late(Wait.TEST)),
            min((m.oldest for m in methods if m.oldest is not None), default=None),
        )
        lines = [
            Line(
                (m.method_code, str(m.tests), str(m.samples), self._age(m.oldest)),
                f"/worksheets/new?method={_quoted(m.method_code)}",
                "warn" if m.oldest is not None and m.oldest < late(Wait.TEST) else "plain",
            )
            for m in methods
        ]
        heads = (say(mark("Method")), say(mark("Tests")), say(mark("Samples")), say(mark("Oldest")))
        return Block(
            "bench",
            say(mark("At the bench")),
            (
                self._figure(returned, mark("Returned to me"), "/results?status=returned", mood="bad"),
                self._figure(receive, mark("Samples to receive"), "/samples/receive"),
                self._figure(tests, mark("Tests waiting"), "/worksheets/new"),
                self._figure(entered, mark("Entered, not submitted"), "/results?status=entered"),
            ),
            _filled(
                [
                    ShortList(
                        say(mark("Tests waiting by method")), heads, tuple(lines[:MOST]), _more(lines, "/worksheets")
                    )
                ]
            ),
            acts=(
                ("/samples/receive", say(mark("Receive samples"))),
                ("/worksheets/new", say(mark("New worksheet"))),
                ("/results/enter", say(mark("Enter results"))),
            ),
            deadlines=self._deadlines(Wait.RECEIPT, Wait.TEST, Wait.SUBMISSION, Wait.RETURNED),
        )

    def sampling(self) -> Block:
        """Samplers: what they registered and has not arrived."""
        own = queries.samples_of(self.session)
        return Block(
            "sampling",
            self.say(mark("Sampling")),
            (self._figure(own, mark("My samples on their way to the counter"), "/samples?status=registered"),),
            acts=(
                ("/samples/new", self.say(mark("Register a sample"))),
                ("/samples/many", self.say(mark("Register many samples"))),
            ),
        )

    def verification(self) -> Block:
        """Verifiers: others' submitted results, the flagged ones told apart."""
        waiting = queries.results_to_verify(self.session, self._late(Wait.VERIFICATION))
        flagged = queries.flagged_to_verify(self.session) if waiting.count else 0
        return Block(
            "verification",
            self.say(mark("Verification")),
            (
                self._figure(waiting, mark("Results to verify"), "/results/verify"),
                Figure(
                    formats.number(flagged),
                    self.say(mark("of them with failed quality control")),
                    "/results/verify" if flagged else None,
                    "bad" if flagged else "plain",
                ),
            ),
            deadlines=self._deadlines(Wait.VERIFICATION),
        )

    def reports(self) -> Block:
        """Compilers, reviewers and signatories: their queues."""
        figures, waits = [], []
        if self.may(Action.REPORT_COMPILE):
            waiting = queries.samples_to_compile(self.session, self._late(Wait.COMPILING))
            figures.append(self._figure(waiting, mark("Reports to compile"), "/reports/work"))
            waits.append(Wait.COMPILING)
        if self.may(Action.REPORT_REVIEW):
            waiting = queries.drafts_to_review(self.session, self._late(Wait.REVIEW))
            figures.append(self._figure(waiting, mark("Reports to review"), "/reports/work"))
            waits.append(Wait.REVIEW)
        if self.may(Action.REPORT_APPROVE):
            figures.append(self._figure(self._to_approve(), mark("Reports to approve and sign"), "/reports/work"))
            waits.append(Wait.APPROVAL)
        if self.may(Action.REPORT_RETRY):
            failed = Waiting(queries.failed_drawings(self.session))
            figures.append(self._figure(failed, mark("Reports that could not be drawn"), "/background", mood="bad"))
        return Block("reports", self.say(mark("Reports")), tuple(figures), deadlines=self._deadlines(*waits))

    def quality(self) -> Block:
        """Quality managers: what runs out, what failed, and how far the accreditation reaches."""
        last = self.day + timedelta(days=DAYS_AHEAD)
        instruments = queries.instruments_ending(self.session, last)
        authorisations = queries.authorisations_ending(self.session, self.day, last)
        failed, runs = queries.failed_runs(self.session, self._days_ago(DAYS_BACK), MOST)
        ended = sum(i.until < self.day for i in instruments)
        figures = [
            *self._certificates(),
            *self._parameters(),
            self._ending(len(instruments), ended, mark("Calibrations that end in {days} days"), "/equipment"),
            self._ending(len(authorisations), 0, mark("Authorisations that end in {days} days"), "/people"),
            Figure(
                formats.number(failed),
                self.say(mark("Runs with failed quality control in {days} days")).format(days=DAYS_BACK),
                None,
                "warn" if failed else "plain",
            ),
        ]
        lists = [
            ShortList(
                self.say(mark("Runs with failed quality control")),
                tuple(map(self.say, (mark("Worksheet"), mark("Imported"), mark("Failed checks"), mark("Analytes")))),
                tuple(
                    Line(
                        (r.worksheet, formats.instant(r.imported_at), str(r.failed), str(r.analytes)),
                        f"/runs/{r.run_id}",
                    )
                    for r in runs
                ),
                "/worksheets" if failed > len(runs) else None,
            ),
            ShortList(
                self.say(mark("Calibrations")),
                tuple(map(self.say, (mark("Instrument"), mark("Name"), mark("Until")))),
                tuple(
                    Line(
                        (i.name, i.detail, formats.day(i.until)),
                        f"/equipment/{_quoted(i.key)}",
                        "bad" if i.until < self.day else "plain",
                    )
                    for i in instruments[:MOST]
                ),
                _more(instruments, "/equipment"),
            ),
            ShortList(
                self.say(mark("Authorisations")),
                tuple(map(self.say, (mark("Person"), mark("Kind"), mark("Subject"), mark("Until")))),
                tuple(
                    Line((a.name, self.say(word(kind)), a.detail, formats.day(a.until)), f"/people/{_quoted(a.key)}")
                    for a, kind in authorisations[:MOST]
                ),
                _more(authorisations, "/people"),
            ),
        ]
        return Block("quality", self.say(mark("Quality")), tuple(figures), _filled(lists))

    def inspection(self) -> Block:
        """Inspectors: failing samples, the newest reports, and whether a report is genuine."""
        count, failing = queries.failing_batches(self.session, self._days_ago(DAYS_BACK), MOST)
        newest = queries.newest_reports(self.session, MOST)
        lists = [
            ShortList(
                self.say(mark("Failing samples")),
                tuple(map(self.say, (mark("Report"), mark("Product"), mark("Issued"), mark("Why")))),
                tuple(
                    Line(
                        (b.report_number, b.product_name, formats.day(b.issued_at), b.failing or formats.NOTHING),
                        f"/reports/{_quoted(b.report_number)}" if b.report_id else None,
                        "bad",
                    )
                    for b in failing
                ),
                "/indicators/batches?verdict=fails" if count > len(failing) else None,
            ),
            ShortList(
                self.say(mark("Newest reports")),
                tuple(map(self.say, (mark("Report"), mark("Product"), mark("Inspected party"), mark("Issued")))),
                tuple(
                    Line(
                        (r.number or "", s.product_name, s.inspected_party, formats.day(r.issued_at)),
                        f"/reports/{_quoted(r.number or '')}",
                    )
                    for r, s in newest
                ),
                "/reports",
            ),
        ]
        figure = Figure(
            formats.number(count),
            self.say(mark("Failing samples in {days} days")).format(days=DAYS_BACK),
            "/indicators/batches?verdict=fails" if count else None,
            "bad" if count else "good",
        )
        return Block("inspection", self.say(mark("Inspection")), (figure,), _filled(lists))

    def network(self) -> Block:
        """Network managers: figures beside their targets, and who has not reported."""
        month = _last_month(self.day)
        missing = queries.laboratories_without_return(self.session, month.starts_on, month.ends_on)
        figure = Figure(
            formats.number(len(missing)),
            self.say(mark("Laboratories without a return for {month}")).format(month=month.label),
            "/returns",
            "warn" if missing else "good",
        )
        lines = tuple(Line((m.code, m.name), f"/laboratories/{_quoted(m.code)}") for m in missing[:MOST])
        heads = (self.say(mark("Code")), self.say(mark("Laboratory")))
        title = self.say(mark("Without a return for {month}")).format(month=month.label)
        return Block(
            "network",
            self.say(mark("Network")),
            (figure,),
            _filled([ShortList(title, heads, lines, _more(missing, "/returns"))]),
            later=("/today/indicators", self.say(mark("Indicators beside their targets"))),
        )

    def administration(self) -> Block:
        """Administrators: accounts. Sign-ins and the trail are added by the page, which may look further."""
        found = queries.accounts(self.session)
        failed = queries.failed_drawings(self.session)
        return Block(
            "administration",
            self.say(mark("Administration")),
            (
                Figure(formats.number(found.active), self.say(mark("Active users")), "/people"),
                Figure(
                    formats.number(found.temporary),
                    self.say(mark("Users who still have a temporary password")),
                    "/people",
                    "warn" if found.temporary else "plain",
                ),
                Figure(
                    formats.number(failed),
                    self.say(mark("Reports that could not be drawn")),
                    "/background",
                    "bad" if failed else "plain",
                ),
            ),
        )

    def _certificates(self) -> Iterator[Figure]:
        held = [accreditation.facts_of(c) for c in accreditation.certificates(self.session, self.actor.laboratory_id)]
        for scheme in Scheme:
            until = in_force_until(held, scheme, self.day)
            if until is None:
                no = self.say(mark("none in force"))
                yield Figure(no, self.say(mark("{scheme} certificate")).format(scheme=scheme), "/accreditation", "bad")
                continue
            left = (until - self.day).days
            yield Figure(
                formats.day(until),
                self.say(mark("{scheme} certificate")).format(scheme=scheme),
                "/accreditation",
                "warn" if left <= DAYS_AHEAD else "plain",
                self.say(mark("{days} days left")).format(days=left),
            )

    def _parameters(self) -> Iterator[Figure]:
        own = self.actor.laboratory_id
        if own is None:
            return
        count = accreditation.parameter_counts(self.session, own, self.day).parameters
        kind = _PARAMETER_TARGETS.get(network.laboratory_by_id(self.session, own).level)
        target = network.target_in_force(self.session, kind, self.day) if kind else None
        reached = target is None or count >= target.value
        yield Figure(
            formats.number(count),
            self.say(mark("Accredited parameters")),
            "/accreditation",
            "plain" if reached else "warn",
            self.say(mark("target {value}")).format(value=formats.number(target.value)) if target else "",
        )

    def _to_approve(self) -> Waiting:
        """Of the reviewed drafts those in the fields that the signatory may sign for."""
        late = self._late(Wait.APPROVAL)
        person = self.actor.user_id
        if person is None or "*" in subjects_of(self.session, person, AuthorisationKind.SIGNATORY, self.day):
            return queries.drafts_to_approve(self.session, late)
        drafts, _ = reports_waiting.to_approve(self.session, self.day)
        since = [d.report.reviewed_at for d in drafts if d.report.reviewed_at is not None]
        return Waiting(len(drafts), sum(at < late for at in since), min(since, default=None))

    def _figure(self, waiting: Waiting, name: str, url: str, *, mood: str = "plain") -> Figure:
        """What waits, with what is late of it; `mood` is that of anything waiting at all."""
        if not waiting.count:
            return Figure("0", self.say(name), url)
        hint = ""
        if waiting.late:
            hint = self.say(mark("{late} late, the oldest {age}")).format(
                late=waiting.late, age=self._age(waiting.oldest)
            )
        elif waiting.oldest is not None:
            hint = self.say(mark("the oldest {age}")).format(age=self._age(waiting.oldest))
        return Figure(formats.number(waiting.count), self.say(name), url, "warn" if waiting.late else mood, hint)

    def _ending(self, count: int, ended: int, name: str, url: str) -> Figure:
        mood = "bad" if ended else "warn" if count else "plain"
        hint = self.say(mark("{count} over already")).format(count=ended) if ended else ""
        return Figure(formats.number(count), self.say(name).format(days=DAYS_AHEAD), url, mood, hint)

    def _age(self, since: datetime | None) -> str:
        if since is None:
            return formats.NOTHING
        return self._days(days_waited(since, self.now))

    def _days(self, days: int) -> str:
        if days <= 1:
            return self.say(mark("1 day") if days else mark("since today"))
        return self.say(mark("{days} days")).format(days=days)

    def _late(self, wait: Wait) -> datetime:
        return late_before(wait, self.day)

    def _deadlines(self, *waits: Wait) -> tuple[tuple[str, int, str], ...]:
        told = (DEADLINES[w] for w in waits)
        return tuple((self.say(d.name), d.working_days, self.say(d.why)) for d in told)

    def _days_ago(self, days: int) -> datetime:
        return datetime.combine(self.day - timedelta(days=days), time(), tzinfo=CHINA)


def _last_month(day: date) -> Period:
    before = day.replace(day=1) - timedelta(days=1)
    return Period.month(before.year, before.month)


def _filled(lists: Sequence[ShortList]) -> tuple[ShortList, ...]:
    return tuple(one for one in lists if one.lines)


def _more(items: Sequence[object], url: str) -> str | None:
    return url if len(items) > MOST else None


def _quoted(text: str) -> str:
    return quote(text, safe="")
