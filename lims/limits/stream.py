"""Answers a million rows (批量判定) as `questions` would, letter for letter, without judging each row anew.

What is said of an analyte depends on the food, the law of the day and what was found. Between two days on which a rule
begins or ends the law is the same; so for a food and an analyte the answer is made once by the ordinary way, for each
outcome, and kept as text with gaps for the day and the number. Whatever has no such form goes the ordinary way, and its
answer is kept under the very cells that led to it.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from itertools import count

from lims.core.errors import LimsError
from lims.library.rules import Library
from lims.limits.asked import most_of, read_amount, read_day
from lims.limits.questions import (
    COLUMNS,
    OF_AMOUNT,
    Question,
    answer,
    as_json,
    occasion_of,
    part_object,
    refused,
    unknown_analyte,
)
from lims.limits.rules import judge_parameter, parameters_of
from lims.limits.stream_forms import HIGH, LOW, AnswerForm, Said, cut, filled, fixed, has_form, mentions, said_of
from lims.limits.verdicts import Flag, Line, Occasion, Overall, Verdict
from lims.science.amounts import Amount, Quantified
from lims.science.units import UnitCode, convert, parse_unit

#: A row of a question: its cells in the order of `COLUMNS`.
Cells = tuple[str, ...]

_FIRST_AMOUNT = COLUMNS.index("value")
_AMOUNT = slice(_FIRST_AMOUNT, _FIRST_AMOUNT + len(OF_AMOUNT))
_ANALYTE = COLUMNS.index("analyte")
_DAY = COLUMNS.index("date")
_BEFORE, _AFTER = slice(1, _ANALYTE), slice(_AMOUNT.stop, None)
_PLAIN_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,9})?")
#: So much is kept before it is forgotten and made again: memory stays flat however long the stream is.
_MOST_KEPT = 120_000


@dataclass(slots=True)
class _Plan:
    """One parameter of one case: forms by outcome, kept answers by cells. `limit` None: not known yet."""

    code: str
    forms: dict[tuple[bool, bool], AnswerForm | None] = field(default_factory=dict)
    limit: tuple[Decimal, UnitCode] | None = None
    is_looked_up: bool = False


@dataclass(frozen=True, slots=True)
class _Slot:
    """What a row of a panel becomes: an answer that needs no amount, or a parameter with the rows that it needs."""

    analyte: str
    fixed: Said | None = None
    plan: _Plan | None = None
    rows: tuple[int, ...] = ()
    codes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Case:
    """A food under the law between two days: an occasion of it, its panels and plans."""

    number: int
    occasion: Occasion
    plans: dict[str, _Plan] = field(default_factory=dict)
    panels: dict[tuple[str, ...], tuple[_Slot, ...]] = field(default_factory=dict)


class Stream:
    """Answers samples one after the other. `answered` counts rows, `to_mend` the samples with something to mend."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._days = _turning_days(library)
        self._cases: dict[tuple[object, ...], _Case] = {}
        self._numbers = count()
        self._kept: dict[tuple[object, ...], Said] = {}
        self._read_days: dict[str, date] = {}
        self._bounds: set[tuple[str, ...]] = set()
        self._units: dict[str, UnitCode] = {}
        self._needs: dict[str, frozenset[str]] = {}
        self.answered = 0
        self.to_mend = 0

    def answer(self, question: Question) -> str:
        """The answers of a sample as lines of JSON: one per analyte, then one of the sample."""
        self.answered += len(question.rows) + len(question.faults)
        text = None if question.faults else self._quickly(question.sample, question.rows)
        return text if text is not None else self.ordinarily(question)

    def ordinarily(self, question: Question) -> str:
        """The same answers, each judged anew."""
        found = answer(self._library, question)
        self.to_mend += found.to_mend
        return "\n".join(as_json(one) for one in (*found.lines, found.sample)) + "\n"

    def _quickly(self, sample: str, rows: Sequence[Cells]) -> str | None:
        first = rows[0]
        before, after = first[_BEFORE], first[_AFTER]
        if not sample or any(row[_BEFORE] != before or row[_AFTER] != after for row in rows):
            return None
        case = self._case(sample, first)
        if case is None:
            return None
        slots = self._panel(case, tuple([row[_ANALYTE] for row in rows]))
        day = self._read_days[first[_DAY]].isoformat()
        head = f'{{"sample": {json.dumps(sample, ensure_ascii=False)}, "analyte": '
        out: list[str] = []
        verdicts: set[Verdict] = set()
        flags: set[str] = set()
        pending = to_mend = False
        for slot in slots:
            said = slot.fixed
            if said is None:
                told = self._told(case, slot, rows, day)
                if told is None:
                    return None
                text, said = told
            else:
                text = day.join(said.parts)
            out.append(f"{head}{slot.analyte}{text}")
            verdicts.add(said.verdict)
            if said.flags:
                flags.update(said.flags)
            pending = pending or said.pending
            to_mend = to_mend or said.to_mend
        self.to_mend += to_mend
        word = _overall(verdicts, pending)
        out.append(as_json({"sample": sample, "overall": word.value, "flags": [f.value for f in Flag if f in flags]}))
        out.append("")
        return "\n".join(out)

    # ── cases and panels ────────────────────────────────────────────────────────────────────────────

    def _case(self, sample: str, first: Cells) -> _Case | None:
        """The case of a sample; None when its grounds cannot be read."""
        day = self._day(first[_DAY])
        if day is None:
            return None
        key = (bisect_right(self._days, day), first[1], *first[3:_ANALYTE], *first[_AFTER])
        case = self._cases.get(key)
        if case is None:
            try:
                occasion = occasion_of(self._library, sample, [dict(zip(COLUMNS, first, strict=True))])
            except LimsError:
                return None
            if len(self._cases) * 100 > _MOST_KEPT:
                self._cases.clear()
            case = self._cases[key] = _Case(next(self._numbers), occasion)
        return case

    def _day(self, text: str) -> date | None:
        if text not in self._read_days:
            try:
                self._read_days[text] = read_day(text)
            except LimsError:
                return None
        return self._read_days[text]

    def _panel(self, case: _Case, analytes: tuple[str, ...]) -> tuple[_Slot, ...]:
        slots = case.panels.get(analytes)
        if slots is None:
            if len(case.panels) > 50:
                case.panels.clear()
            slots = case.panels[analytes] = tuple(self._slots(case, analytes))
        return slots

    def _slots(self, case: _Case, analytes: tuple[str, ...]) -> list[_Slot]:
        """What each row becomes, in its order, then the parameters that no row names."""
        library = self._library
        found = [library.find_substance(name.strip()) if name.strip() else None for name in analytes]
        codes = [None if one is None else one.code for one in found]
        places = {code: place for place, code in enumerate(codes) if code is not None}
        if len(places) < sum(code is not None for code in codes):
            return [_Slot("", None, None)]  # one substance twice: the ordinary way tells it
        asked = parameters_of(library, dict.fromkeys(places, _SOMETHING))
        slots = []
        for name, code in zip(analytes, codes, strict=True):
            label = json.dumps(name.strip(), ensure_ascii=False)
            if code is None:
                unclear = refused(library, "", "", (unknown_analyte(library, name.strip()),))
                slots.append(_Slot(label, fixed(unclear)))
            elif code in asked:
                slots.append(self._slot(case, label, code, places))
            else:
                slots.append(_Slot(label, fixed(part_object(library, "", "", code))))
        for code in asked:
            if code not in places:
                label = json.dumps(library.substance(code).name_zh, ensure_ascii=False)
                slots.append(self._slot(case, label, code, places))
        return slots

    def _slot(self, case: _Case, label: str, code: str, places: dict[str, int]) -> _Slot:
        plan = case.plans.setdefault(code, _Plan(code))
        needed = sorted(places[one] for one in self._needed(code) if one in places)
        names = {place: one for one, place in places.items()}
        return _Slot(label, None, plan, tuple(needed), tuple(names[place] for place in needed))

    def _needed(self, code: str) -> frozenset[str]:
        """Every analyte that may have a part in what is said of a parameter."""
        if code not in self._needs:
            facts = self._library.facts
            parts = {part.substance for d in facts.definitions if d.substance == code for part in d.components}
            for one in facts.screenings:
                if code in {one.parameter, one.screened_by}:
                    parts |= {one.parameter, one.screened_by}
            self._needs[code] = frozenset(parts | {code})
        return self._needs[code]

    # ── what is said of a parameter ─────────────────────────────────────────────────────────────────

    def _told(self, case: _Case, slot: _Slot, rows: Sequence[Cells], day: str) -> tuple[str, Said] | None:
        plan = slot.plan
        if plan is None:
            return None
        if len(slot.rows) == 1:
            number = rows[slot.rows[0]][_FIRST_AMOUNT]
            if _PLAIN_NUMBER.fullmatch(number):
                told = self._by_form(case, plan, slot, rows[slot.rows[0]][_AMOUNT], day)
                if told is not None:
                    return told
        cells = tuple([rows[place][_AMOUNT] for place in slot.rows])
        key = (case.number, plan.code, slot.codes, cells)
        said = self._kept.get(key)
        if said is None:
            said = self._kept.get((*key, day))
        if said is None:
            said = self._judged(case, plan, slot, cells, day, key)
            if said is None:
                return None
        return day.join(said.parts), said

    def _judged(
        self, case: _Case, plan: _Plan, slot: _Slot, cells: tuple[Cells, ...], day: str, key: tuple[object, ...]
    ) -> Said | None:
        """Judged the ordinary way and kept; None when a cell cannot be read."""
        try:
            measured = {code: read_amount(*cell) for code, cell in zip(slot.codes, cells, strict=True)}
        except LimsError:
            return None
        line = self._line(case, plan, measured, day)
        said = said_of(self._library, line)
        if len(self._kept) > _MOST_KEPT:
            self._kept.clear()
        is_bound = any(day in str(value) for why in line.reasons for value in why.values.values())
        self._kept[(*key, day) if is_bound else key] = said
        return said

    def _line(self, case: _Case, plan: _Plan, measured: dict[str, Amount], day: str) -> Line:
        occasion = replace(case.occasion, basis_on=date.fromisoformat(day))
        return judge_parameter(self._library, occasion, plan.code, measured)

    def _by_form(self, case: _Case, plan: _Plan, slot: _Slot, cells: Cells, day: str) -> tuple[str, Said] | None:
        """The answer of a plain number by the form of its outcome; None when it has none."""
        number, unit_text, *bounds = cells
        unit = self._unit(unit_text)
        if unit is None or not self._fits((number, unit_text, *bounds), bounds):
            return None
        value = Decimal(number)
        most = most_of(unit)
        if most is not None and value > most:
            return None
        if not plan.is_looked_up:
            self._look_up(case, plan, slot, day)
        limit, shown_in = plan.limit or (None, UnitCode.MG_PER_KG)
        amount = value if unit is shown_in else convert(value, unit, shown_in)
        outcome = (limit is not None and amount > limit, value > 0)
        if outcome not in plan.forms:
            plan.forms[outcome] = self._form(case, plan, slot, outcome, day)
        form = plan.forms[outcome]
        return None if form is None else (filled(form, amount, day), form.said)

    def _unit(self, text: str) -> UnitCode | None:
        if text not in self._units:
            try:
                self._units[text] = parse_unit(text)
            except LimsError:
                return None
        unit = self._units[text]
        return unit if unit.kind is UnitCode.MG_PER_KG.kind else None

    def _fits(self, cells: Cells, bounds: Sequence[str]) -> bool:
        """Can the bounds beside a number be read? Then they change nothing of what is said of it."""
        key = tuple(bounds)
        if key in self._bounds:
            return True
        try:
            read_amount(*cells)
        except LimsError:
            return False
        if not bounds[-1].strip():  # an uncertainty may enter the decision
            self._bounds.add(key)
            return True
        return False

    def _look_up(self, case: _Case, plan: _Plan, slot: _Slot, day: str) -> None:
        """Which limit numbers are held against, if any."""
        plan.is_looked_up = True
        line = self._line(case, plan, {slot.codes[0]: Quantified(LOW, UnitCode.MG_PER_KG)}, day)
        if line.assessment is not None:
            plan.limit = (line.assessment.limit.value, line.assessment.limit.unit)

    def _form(self, case: _Case, plan: _Plan, slot: _Slot, outcome: tuple[bool, bool], day: str) -> AnswerForm | None:
        """The form of an outcome, made from the answer to a number that no text holds; None when there is none."""
        exceeds, is_detected = outcome
        if not is_detected:
            return None
        probe = HIGH if exceeds else LOW
        line = self._line(case, plan, {slot.codes[0]: Quantified(probe, UnitCode.MG_PER_KG)}, day)
        if not has_form(line, exceeds) or mentions(line, day):
            return None
        return cut(said_of(self._library, line), line, probe)


#: Stands for whatever was measured where only its presence counts.
_SOMETHING = Quantified(Decimal(1), UnitCode.MG_PER_KG)


def _turning_days(library: Library) -> list[date]:
    """The days on which an edition, a limit or a prohibition begins or ends, in order."""
    facts = library.facts
    days: set[date | None] = set()
    for standard in facts.standards:
        days |= {standard.effective_on, standard.ended_on}
    for row in facts.limits:
        days |= {row.starts_on, row.ends_on}
    for rule in facts.prohibitions:
        days |= {rule.in_force_on, rule.ended_on}
    return sorted(day for day in days if day is not None)


def _overall(verdicts: set[Verdict], pending: bool) -> Overall:
    """The word of the sample, as `rules.overall_of` says it."""
    if verdicts & {Verdict.EXCEEDS, Verdict.PROHIBITED_DETECTED}:
        return Overall.FAILS
    if pending:
        return Overall.PENDING
    if Verdict.NOT_JUDGED in verdicts or Verdict.CONFORMS not in verdicts:
        return Overall.NOT_JUDGED
    return Overall.CONFORMS
