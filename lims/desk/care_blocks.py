"""The blocks of the first page for those who look after others' work: quality, inspection, network, accounts."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from lims.accreditation import queries as accreditation
from lims.accreditation.dual import in_force_until
from lims.accreditation.rules import Scheme
from lims.core.reasons import mark
from lims.core.words import word
from lims.desk import queries
from lims.desk.look import MOST, Look, filled, more, quoted
from lims.desk.lots import lots_that_expire
from lims.desk.rules import DAYS_AHEAD, DAYS_BACK
from lims.desk.views import Block, Figure, Line, ShortList
from lims.indicators.rules import Period
from lims.network import queries as networks
from lims.network.rules import Level, TargetKind
from lims.quality import queries as charted
from lims.quality.chart_views import chart_address
from lims.quality.rules import ChartKey, NonconformingState
from lims.quality.tables import NonconformingWork
from lims.science.control_rules import ChartState
from lims.web import formats

_PARAMETER_TARGETS = {
    Level.PROVINCE: TargetKind.PARAMETERS_PROVINCE,
    Level.PREFECTURE: TargetKind.PARAMETERS_PREFECTURE,
    Level.COUNTY: TargetKind.PARAMETERS_COUNTY,
}


def quality(look: Look) -> Block:
    """Quality managers: what runs out, what failed, and how far the accreditation reaches."""
    last = look.day + timedelta(days=DAYS_AHEAD)
    instruments = queries.instruments_ending(look.session, last)
    authorisations = queries.authorisations_ending(look.session, look.day, last)
    failed, runs = queries.failed_runs(look.session, look.days_ago(DAYS_BACK), MOST)
    ended = sum(i.until < look.day for i in instruments)
    charts, (work, oldest) = charted.charts_in_trouble(look.session), charted.open_work(look.session, MOST)
    lots, first_lots = lots_that_expire(look)
    out = sum(state is ChartState.OUT for _, state in charts)
    figures = [
        *_certificates(look),
        *_parameters(look),
        look.ending(len(instruments), ended, mark("Calibrations that end in {days} days"), "/equipment"),
        lots,
        look.ending(len(authorisations), 0, mark("Authorisations that end in {days} days"), "/people"),
        Figure(
            formats.number(failed),
            look.say(mark("Runs with failed quality control in {days} days")).format(days=DAYS_BACK),
            "/runs",
            "warn" if failed else "plain",
        ),
        *_watched(look, out, work),
    ]
    lists = [
        _charts(look, charts),
        _nonconforming(look, work, oldest),
        _failed(look, failed, runs),
        ShortList(
            look.say(mark("Calibrations")),
            tuple(map(look.say, (mark("Instrument"), mark("Name"), mark("Until")))),
            tuple(
                Line(
                    (i.name, i.detail, formats.day(i.until)),
                    f"/equipment/{quoted(i.key)}",
                    "bad" if i.until < look.day else "plain",
                )
                for i in instruments[:MOST]
            ),
            more(instruments, "/equipment"),
        ),
        first_lots,
        ShortList(
            look.say(mark("Authorisations")),
            tuple(map(look.say, (mark("Person"), mark("Kind"), mark("Subject"), mark("Until")))),
            tuple(
                Line((a.name, look.say(word(kind)), a.detail, formats.day(a.until)), f"/people/{quoted(a.key)}")
                for a, kind in authorisations[:MOST]
            ),
            more(authorisations, "/people"),
        ),
    ]
    return Block("quality", look.say(mark("Quality")), tuple(figures), filled(lists))


def _failed(look: Look, failed: int, runs: Sequence[queries.FailedRun]) -> ShortList:
    """The latest runs with failed quality control, of so many."""
    return ShortList(
        look.say(mark("Runs with failed quality control")),
        tuple(map(look.say, (mark("Worksheet"), mark("Imported"), mark("Failed checks"), mark("Analytes")))),
        tuple(
            Line(
                (r.worksheet, formats.instant(r.imported_at), str(r.failed), str(r.analytes)),
                f"/runs/{r.run_id}",
            )
            for r in runs
        ),
        "/runs" if failed > len(runs) else None,
        frozenset({2, 3}),
    )


def _watched(look: Look, out: int, work: int) -> tuple[Figure, Figure]:
    """Charts that are out of control, and nonconforming work that waits."""
    return (
        Figure(
            formats.number(out),
            look.say(mark("Control charts out of control")),
            "/quality/charts?state=out_of_control",
            "bad" if out else "plain",
        ),
        Figure(
            formats.number(work),
            look.say(mark("Nonconforming work that is not closed")),
            "/quality/nonconforming?state=nc_open&state=nc_evaluated",
            "warn" if work else "plain",
        ),
    )


def _nonconforming(look: Look, work: int, oldest: Sequence[NonconformingWork]) -> ShortList:
    """The oldest nonconforming work that is not closed, of so much."""
    return ShortList(
        look.say(mark("Nonconforming work")),
        tuple(map(look.say, (mark("Number"), mark("Opened"), mark("State"), mark("What happened")))),
        tuple(
            Line(
                (one.number, formats.day(one.opened_at), look.say(word(one.state)), _happened(look, one)),
                f"/quality/nonconforming/{one.number}",
                "bad" if one.state is NonconformingState.OPEN else "warn",
            )
            for one in oldest
        ),
        "/quality/nonconforming" if work > len(oldest) else None,
    )


def _happened(look: Look, work: NonconformingWork) -> str:
    """What happened, shortly: of a point of a chart which rules it broke."""
    if work.told is None:
        return work.what[:80]
    rules = "; ".join(look.say(word(rule)) for rule in work.told.get("rules", ()))
    return f"{work.analyte} {work.level or ''}".strip() + f": {rules}"


def _charts(look: Look, charts: Sequence[tuple[ChartKey, ChartState]]) -> ShortList:
    return ShortList(
        look.say(mark("Control charts to look at")),
        tuple(map(look.say, (mark("Analyte"), mark("Points"), mark("Level"), mark("State of the chart")))),
        tuple(
            Line(
                (key.analyte, look.say(word(key.source)), key.level or formats.NOTHING, look.say(word(state))),
                chart_address(key),
                "bad" if state is ChartState.OUT else "warn",
            )
            for key, state in charts[:MOST]
        ),
        more(charts, "/quality/charts"),
    )


def inspection(look: Look) -> Block:
    """Inspectors: failing samples, the newest reports, and whether a report is genuine."""
    count, failing = queries.failing_batches(look.session, look.days_ago(DAYS_BACK), MOST)
    newest = queries.newest_reports(look.session, MOST)
    lists = [
        ShortList(
            look.say(mark("Failing samples")),
            tuple(map(look.say, (mark("Report"), mark("Product"), mark("Issued"), mark("Why")))),
            tuple(
                Line(
                    (b.report_number, b.product_name, formats.day(b.issued_at), b.failing or formats.NOTHING),
                    f"/reports/{quoted(b.report_number)}" if b.report_id else None,
                    "bad",
                )
                for b in failing
            ),
            "/indicators/batches?verdict=fails" if count > len(failing) else None,
        ),
        ShortList(
            look.say(mark("Newest reports")),
            tuple(map(look.say, (mark("Report"), mark("Product"), mark("Inspected party"), mark("Issued")))),
            tuple(
                Line(
                    (r.number or "", s.product_name, s.inspected_party, formats.day(r.issued_at)),
                    f"/reports/{quoted(r.number or '')}",
                )
                for r, s in newest
            ),
            "/reports",
        ),
    ]
    figure = Figure(
        formats.number(count),
        look.say(mark("Failing samples in {days} days")).format(days=DAYS_BACK),
        "/indicators/batches?verdict=fails" if count else None,
        "bad" if count else "good",
    )
    return Block("inspection", look.say(mark("Inspection")), (figure,), filled(lists))


def network(look: Look) -> Block:
    """Network managers: figures beside their targets, and who has not reported."""
    month = _last_month(look.day)
    missing = queries.laboratories_without_return(look.session, month.starts_on, month.ends_on)
    figure = Figure(
        formats.number(len(missing)),
        look.say(mark("Laboratories without a return for {month}")).format(month=month.label),
        "/returns",
        "warn" if missing else "good",
    )
    lines = tuple(Line((m.code, m.name), f"/laboratories/{quoted(m.code)}") for m in missing[:MOST])
    heads = (look.say(mark("Code")), look.say(mark("Laboratory")))
    title = look.say(mark("Without a return for {month}")).format(month=month.label)
    return Block(
        "network",
        look.say(mark("Network")),
        (figure,),
        filled([ShortList(title, heads, lines, more(missing, "/returns"))]),
        later=("/today/indicators", look.say(mark("Indicators beside their targets"))),
    )


def administration(look: Look) -> Block:
    """Administrators: accounts. Sign-ins and the trail are added by the page, which may look further."""
    found = queries.accounts(look.session)
    failed = queries.failed_drawings(look.session)
    return Block(
        "administration",
        look.say(mark("Administration")),
        (
            Figure(formats.number(found.active), look.say(mark("Active users")), "/people"),
            Figure(
                formats.number(found.temporary),
                look.say(mark("Users who still have a temporary password")),
                "/people",
                "warn" if found.temporary else "plain",
            ),
            Figure(
                formats.number(failed),
                look.say(mark("Reports that could not be drawn")),
                "/background",
                "bad" if failed else "plain",
            ),
        ),
    )


def _certificates(look: Look) -> Iterator[Figure]:
    held = [accreditation.facts_of(c) for c in accreditation.certificates(look.session, look.actor.laboratory_id)]
    for scheme in Scheme:
        until = in_force_until(held, scheme, look.day)
        if until is None:
            no = look.say(mark("none in force"))
            yield Figure(no, look.say(mark("{scheme} certificate")).format(scheme=scheme), "/accreditation", "bad")
            continue
        left = (until - look.day).days
        yield Figure(
            formats.day(until),
            look.say(mark("{scheme} certificate")).format(scheme=scheme),
            "/accreditation",
            "warn" if left <= DAYS_AHEAD else "plain",
            look.say(mark("{days} days left")).format(days=left),
        )


def _parameters(look: Look) -> Iterator[Figure]:
    own = look.actor.laboratory_id
    if own is None:
        return
    count = accreditation.parameter_counts(look.session, own, look.day).parameters
    kind = _PARAMETER_TARGETS.get(networks.laboratory_by_id(look.session, own).level)
    target = networks.target_in_force(look.session, kind, look.day) if kind else None
    reached = target is None or count >= target.value
    yield Figure(
        formats.number(count),
        look.say(mark("Accredited parameters")),
        "/accreditation",
        "plain" if reached else "warn",
        look.say(mark("target {value}")).format(value=formats.number(target.value)) if target else "",
    )


def _last_month(day: date) -> Period:
    before = day.replace(day=1) - timedelta(days=1)
    return Period.month(before.year, before.month)
