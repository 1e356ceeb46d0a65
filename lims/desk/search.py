"""One box for any number or name: what a text finds in each kind of record, as far as the person may see it.

Every statement looks for the words of the text anywhere in a few columns, with `%` and `_` taken as they are, and
stops at a few hits. The bench finds samples by blind code and food alone.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from sqlalchemy import ColumnElement, and_, func, or_
from sqlmodel import col, select

from lims.accreditation.tables import Certificate
from lims.core.actions import Action, Role
from lims.core.actors import Actor
from lims.core.reasons import Translate, mark
from lims.core.words import word
from lims.db.work import LimsSession
from lims.equipment.tables import Instrument
from lims.indicators.tables import ReportedBatch, ReturnReceived, ReturnSent
from lims.materials.tables import Material
from lims.network.tables import Laboratory
from lims.people.tables import User
from lims.reports.rules import reads_whole
from lims.reports.tables import Report
from lims.runs.tables import InstrumentFile, Run, Worksheet
from lims.samples.rules import sees_whole
from lims.samples.tables import Sample
from lims.web import formats
from lims.web.table_filters import words_in

#: How many hits of a kind are shown; a link leads to the list with all of them.
MOST = 20


@dataclass(frozen=True, slots=True)
class Hit:
    """One record. `is_exact`: the text is its number, not only a part of it."""

    name: str
    detail: str
    url: str
    is_exact: bool = False


@dataclass(frozen=True, slots=True)
class Hits:
    """The hits of one kind. `title` is shown as it is; `more` leads to the list, when there are more."""

    title: str
    hits: tuple[Hit, ...]
    more: str | None = None


class FindHits(Protocol):
    """What a text finds in another room, kind by kind, as far as the actor of the session may see it."""

    def __call__(self, session: LimsSession, text: str, say: Translate, /) -> list[Hits]: ...


class Search:
    """One text, looked for on behalf of one person."""

    def __init__(self, session: LimsSession, text: str, say: Translate) -> None:
        self.session = session
        self.actor: Actor = session.actor
        self.text = text
        self.folded = text.casefold()
        self.say = say

    def everywhere(self) -> list[Hits]:
        """What is found, kind by kind; kinds without a hit are left out."""
        may = self.actor.may
        looks_below = may(Action.RETURN_IMPORT) or Role.INSPECTOR in self.actor.roles
        kinds: Sequence[tuple[bool, str, Callable[[], Iterator[Hit]], str | None]] = (
            (may(Action.SAMPLE_READ), mark("Samples"), self.samples, "/samples"),
            (may(Action.REPORT_READ), mark("Reports"), self.reports, "/reports"),
            (may(Action.RUN_READ), mark("Worksheets"), self.worksheets, "/worksheets"),
            (may(Action.RUN_READ), mark("Runs"), self.runs, "/runs"),
            (may(Action.EQUIPMENT_READ), mark("Instruments"), self.instruments, "/equipment"),
            (may(Action.MATERIAL_READ), mark("Materials"), self.lots, "/materials"),
            (may(Action.ACCREDITATION_READ), mark("Certificates"), self.certificates, "/accreditation/certificates"),
            (may(Action.PEOPLE_READ), mark("People"), self.people, "/people"),
            (may(Action.NETWORK_READ), mark("Laboratories"), self.laboratories, "/laboratories"),
            (
                looks_below and may(Action.INDICATORS_READ),
                mark("Reported batches of other laboratories"),
                self.batches,
                None,
            ),
            (may(Action.RETURN_IMPORT), mark("Returns"), self.returns, None),
        )
        found = (self._hits(title, find, more) for is_for, title, find, more in kinds if is_for)
        return [hits for hits in found if hits.hits]

    def report_of_token(self, token: str) -> str:
        """The page of the report with a verification token: its own where it may be read, else the public one."""
        if self.actor.may(Action.REPORT_READ):
            number = self.session.exec(select(Report.number).where(Report.verification_token == token)).first()
            if number:
                return f"/reports/{_quoted(number)}"
        return f"/v/{token}"

    def samples(self) -> Iterator[Hit]:
        """Samples by number, code, sheet, product, or whose they are; for the bench by blind code and food."""
        whole = self._in(
            Sample.number, Sample.sampling_sheet_number, Sample.blind_code, Sample.product_name, Sample.client,
            Sample.inspected_party, Sample.producer, Sample.samplers, Sample.batch_number, Sample.place,
        )  # fmt: skip
        exact = self._is(Sample.number, Sample.blind_code, Sample.sampling_sheet_number)
        condition = whole
        if not sees_whole(self.actor):
            own = col(Sample.registered_by) == self.actor.user_id
            condition = or_(self._in(Sample.blind_code, Sample.food), and_(own, whole))
            exact = or_(self._is(Sample.blind_code), and_(own, exact))
        order = (exact.desc(), col(Sample.registered_at).desc(), col(Sample.id))
        for s in self.session.exec(select(Sample).where(condition).order_by(*order).limit(MOST + 1)).all():
            status = self.say(word(s.status))
            if sees_whole(self.actor, s.registered_by):
                detail = f"{s.blind_code} · {s.product_name} · {s.inspected_party} · {s.sampled_on} · {status}"
                is_exact = self._equals(s.number, s.blind_code, s.sampling_sheet_number)
                yield Hit(s.number, detail, f"/samples/{_quoted(s.number)}", is_exact)
            else:
                detail = f"{s.food.split('/')[-1]} · {status}"
                yield Hit(s.blind_code, detail, f"/samples/bench/{_quoted(s.blind_code)}", self._equals(s.blind_code))

    def reports(self) -> Iterator[Hit]:
        """Reports by number; also by sample, product and party for those who may read whose they are."""
        condition = self._in(Report.number)
        whole = self._in(Sample.number, Sample.product_name, Sample.client, Sample.inspected_party, Sample.producer)
        if reads_whole(self.actor):
            condition = or_(condition, whole)
        else:
            condition = or_(condition, and_(col(Sample.registered_by) == self.actor.user_id, whole))
        order = (self._is(Report.number).desc(), col(Report.compiled_at).desc(), col(Report.id))
        rows = self.session.exec(
            select(Report.id, Report.number, Report.status, Sample)
            .join(Sample, col(Sample.id) == col(Report.sample_id))
            .where(condition)
            .order_by(*order)
            .limit(MOST + 1)
        ).all()
        for key, number, status, sample in rows:
            said = self.say(word(status))
            is_whole = reads_whole(self.actor, sample.registered_by)
            detail = f"{sample.product_name} · {sample.inspected_party} · {said}" if is_whole else said
            name = number or self.say(mark("Draft"))
            yield Hit(name, detail, f"/reports/{_quoted(number or str(key))}", self._equals(number))

    def worksheets(self) -> Iterator[Hit]:
        """Worksheets by number and method."""
        order = (self._is(Worksheet.number).desc(), col(Worksheet.created_at).desc(), col(Worksheet.id))
        query = select(Worksheet).where(self._in(Worksheet.number, Worksheet.method_code))
        for w in self.session.exec(query.order_by(*order).limit(MOST + 1)).all():
            detail = f"{w.method_code} · {formats.day(w.created_at)}"
            yield Hit(w.number, detail, f"/worksheets/{_quoted(w.number)}", self._equals(w.number))

    def runs(self) -> Iterator[Hit]:
        """Runs by the name of the instrument's file."""
        rows = self.session.exec(
            select(Run.id, InstrumentFile.name, Worksheet.number, Run.imported_at)
            .join(InstrumentFile, col(InstrumentFile.id) == col(Run.file_id))
            .join(Worksheet, col(Worksheet.id) == col(Run.worksheet_id))
            .where(self._in(InstrumentFile.name))
            .order_by(col(Run.imported_at).desc(), col(Run.id))
            .limit(MOST + 1)
        ).all()
        for key, name, worksheet, imported_at in rows:
            yield Hit(name, f"{worksheet} · {formats.instant(imported_at)}", f"/runs/{key}")

    def instruments(self) -> Iterator[Hit]:
        """Instruments by code, name, model and serial number."""
        exact = self._is(Instrument.code, Instrument.serial_number)
        found = self._in(Instrument.code, Instrument.name, Instrument.model, Instrument.serial_number)
        query = select(Instrument).where(found).order_by(exact.desc(), col(Instrument.code), col(Instrument.id))
        for i in self.session.exec(query.limit(MOST + 1)).all():
            detail = f"{i.name} · {i.model} · {i.serial_number}"
            yield Hit(i.code, detail, f"/equipment/{_quoted(i.code)}", self._equals(i.code, i.serial_number))

    def lots(self) -> Iterator[Hit]:
        """Lots by the number on their label, name, lot number and certificate."""
        exact = self._is(Material.code)
        found = self._in(Material.code, Material.name, Material.lot, Material.certificate)
        query = select(Material).where(found).order_by(exact.desc(), col(Material.code), col(Material.id))
        for lot in self.session.exec(query.limit(MOST + 1)).all():
            detail = " · ".join(filter(None, (lot.name, lot.lot, lot.expires_on.isoformat())))
            yield Hit(lot.code, detail, f"/materials/{lot.id}", self._equals(lot.code))

    def certificates(self) -> Iterator[Hit]:
        """Certificates by number."""
        query = select(Certificate).where(self._in(Certificate.number)).order_by(col(Certificate.number))
        for c in self.session.exec(query.limit(MOST + 1)).all():
            detail = f"{c.scheme} · {c.valid_from} – {c.valid_until}"
            yield Hit(c.number, detail, f"/accreditation/certificates/{c.id}", self._equals(c.number))

    def people(self) -> Iterator[Hit]:
        """People by user name and name."""
        query = select(User).where(self._in(User.username, User.full_name))
        order = (self._is(User.username).desc(), col(User.username))
        for u in self.session.exec(query.order_by(*order).limit(MOST + 1)).all():
            state = "" if u.is_active else self.say(mark("no longer active"))
            yield Hit(u.full_name, " · ".join(filter(None, (u.username, state))), f"/people/{_quoted(u.username)}")

    def laboratories(self) -> Iterator[Hit]:
        """Laboratories by code and name."""
        query = select(Laboratory).where(self._in(Laboratory.code, Laboratory.name))
        order = (self._is(Laboratory.code).desc(), col(Laboratory.code))
        for lab in self.session.exec(query.order_by(*order).limit(MOST + 1)).all():
            # Its code begins every number of the laboratory: who types it looks for those as well.
            yield Hit(lab.name, lab.code, f"/laboratories/{_quoted(lab.code)}")

    def batches(self) -> Iterator[Hit]:
        """Batches that came by a return, by report and sample number and product."""
        batch = ReportedBatch
        query = select(batch).where(
            col(batch.return_id).is_not(None), self._in(batch.report_number, batch.sample_number, batch.product_name)
        )
        for b in self.session.exec(query.order_by(col(batch.issued_at).desc(), col(batch.id)).limit(MOST + 1)).all():
            detail = f"{b.product_name} · {b.origin_code} · {b.sampled_on} · {self.say(word(b.verdict))}"
            yield Hit(b.report_number, detail, f"/indicators/batches?{urlencode({'q': b.report_number})}")

    def returns(self) -> Iterator[Hit]:
        """Returns by number, sent and received."""
        for model, from_ in ((ReturnSent, None), (ReturnReceived, ReturnReceived.sender_code)):
            columns: Any = (model.number, model.starts_on, model.ends_on)
            query: Any = select(*columns).where(self._in(model.number, *([from_] if from_ is not None else [])))
            for number, starts_on, ends_on in self.session.exec(query.order_by(model.number).limit(MOST + 1)).all():
                yield Hit(number, f"{starts_on} – {ends_on}", f"/returns?{urlencode({'q': number})}")

    def _hits(self, title: str, find: Callable[[], Iterator[Hit]], more: str | None) -> Hits:
        found = tuple(find())
        address = f"{more}?{urlencode({'q': self.text})}" if more and len(found) > MOST else None
        return Hits(self.say(title), found[:MOST], address)

    def _in(self, *columns: Any) -> ColumnElement[bool]:
        return words_in([col(column) for column in columns], self.text)

    def _is(self, *columns: Any) -> ColumnElement[bool]:
        # A number that is missing is not this one; NULL would come first.
        return or_(*(func.coalesce(func.lower(column), "") == self.text.lower() for column in columns))

    def _equals(self, *numbers: str | None) -> bool:
        return any(number is not None and number.casefold() == self.folded for number in numbers)


def exact_hit(found: Sequence[Hits]) -> str | None:
    """The page of the one record whose number was typed; None when it is no record's, or several records'."""
    urls = {hit.url for hits in found for hit in hits.hits if hit.is_exact}
    return urls.pop() if len(urls) == 1 else None


def _quoted(text: str) -> str:
    return quote(text, safe="")
