"""Answers a million rows (批量判定) as `questions` would, letter for letter, without judging each row anew.

What is said of an analyte depends on the food, the law of the day and what was found. Between two days on which a rule
begins or ends the law is the same; so for a food and an analyte the answer is made once by the ordinary way, for each
outcome, and kept as text with gaps for the day and the number. Whatever has no such form goes the ordinary way, and its
answer is kept under the very cells that led to it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from operator import itemgetter
from typing import Any

from lims.core.errors import LimsError
from lims.library.rules import Library
from lims.limits.asked import read_amount, read_day
from lims.limits.questions import (
    COLUMNS,
    OF_AMOUNT,
    OF_SAMPLE,
    Question,
    answer,
    as_json,
    occasion_of,
    part_object,
    refused,
    unknown_analyte,
)
from lims.limits.rules import judge_parameter, parameters_of
from lims.limits.stream_days import TurningDays
from lims.limits.stream_forms import (
    HIGH,
    LOW,
    AnswerForm,
    Outcome,
    Said,
    brief_numbers,
    cut,
    definition_of,
    exactly,
    filled,
    fixed,
    has_form,
    mentions,
    numbers_of,
    outcome_of,
    probes,
    said_of,
)
from lims.limits.stream_numbers import Cells, Numbers, Pattern
from lims.limits.verdicts import Flag, Line, Occasion, Overall, Verdict
from lims.science.amounts import Amount, Quantified
from lims.science.residues import sum_residues
from lims.science.rounding import plain
from lims.science.units import UnitCode, convert

_FIRST_AMOUNT = COLUMNS.index("value")
_AMOUNT = slice(_FIRST_AMOUNT, _FIRST_AMOUNT + len(OF_AMOUNT))
_ANALYTE = COLUMNS.index("analyte")
_DAY = COLUMNS.index("date")
_AFTER = slice(_AMOUNT.stop, None)
_OF_SAMPLE = itemgetter(*(COLUMNS.index(name) for name in OF_SAMPLE))
_ANALYTE_OF = itemgetter(_ANALYTE)
#: So much is kept before it is forgotten and made again: memory stays flat however long the stream is.
_MOST_KEPT = 120_000


@dataclass(slots=True, eq=False)
class _Plan:
    """One parameter of a food under one law of it, by the analytes that were measured of those that it needs."""

    code: str
    codes: tuple[str, ...]
    #: Of a number where one analyte was measured; None: there is none, or it is not known yet.
    pattern: Pattern | None = None
    is_looked_up: bool = False


@dataclass(frozen=True, slots=True)
class _Slot:
    """What a row of a panel becomes: an answer that needs no amount, or a parameter with the rows that it needs."""

    analyte: bytes
    fixed: Said | None = None
    plan: _Plan | None = None
    rows: tuple[int, ...] = ()


@dataclass(slots=True)
class _Case:
    """A food under the law between two days: an occasion of it, what it is judged by but for the day, its panels."""

    occasion: Occasion
    grounds: Cells
    panels: dict[tuple[str, ...], tuple[_Slot, ...]] = field(default_factory=dict)


class Stream:
    """Answers samples one after the other. `answered` counts rows, `to_mend` the samples with something to mend."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._days = TurningDays(library)
        self._plans: dict[tuple[object, ...], _Plan] = {}
        self._cases: dict[tuple[object, ...], _Case] = {}
        self._kept: dict[tuple[object, ...], Said] = {}
        self._read_days: dict[str, date] = {}
        self._patterns: dict[tuple[object, ...], Pattern | None] = {}
        self._numbers = Numbers()
        self._needs: dict[str, frozenset[str]] = {}
        self.answered = 0
        self.to_mend = 0

    def answer(self, question: Question) -> bytes:
        """The answers of a sample as lines of JSON in UTF-8: one per analyte, then one of the sample."""
        self.answered += len(question.rows) + len(question.faults)
        text = None if question.faults else self._quickly(question.sample, question.rows)
        return text if text is not None else self.ordinarily(question)

    def ordinarily(self, question: Question) -> bytes:
        """The same answers, each judged anew."""
        found = answer(self._library, question)
        self.to_mend += found.to_mend
        return b"".join(_line_of(one) for one in (*found.lines, found.sample))

    def _quickly(self, sample: str, rows: Sequence[Cells]) -> bytes | None:
        first = rows[0]
        if not sample or not all(map(_OF_SAMPLE(first).__eq__, map(_OF_SAMPLE, rows))):
            return None
        case = self._case(sample, first)
        if case is None:
            return None
        slots = self._panel(case, tuple(map(_ANALYTE_OF, rows)))
        amounts = [row[_AMOUNT] for row in rows]
        day = self._read_days[first[_DAY]].isoformat()
        stated = day.encode()
        head = f'{{"sample": {json.dumps(sample, ensure_ascii=False)}, "analyte": '.encode()
        out: list[bytes] = []
        all_said: set[Said] = set()
        for slot in slots:
            said = slot.fixed
            if said is None:
                told = self._told(case, slot, amounts, day)
                if told is None:
                    return None
                text, said = told
            else:
                text = stated.join(said.parts)
            out += (head, slot.analyte, text, b"\n")
            all_said.add(said)
        out.append(self._of_sample(sample, all_said))
        return b"".join(out)

    def _of_sample(self, sample: str, all_said: set[Said]) -> bytes:
        """The line of the sample."""
        flags = {flag for said in all_said for flag in said.flags}
        self.to_mend += any(said.to_mend for said in all_said)
        word = _overall({said.verdict for said in all_said}, any(said.pending for said in all_said))
        return _line_of({"sample": sample, "overall": word.value, "flags": [f.value for f in Flag if f in flags]})

    # ── cases and panels ────────────────────────────────────────────────────────────────────────────

    def _case(self, sample: str, first: Cells) -> _Case | None:
        """The case of a sample; None when its grounds cannot be read."""
        day = self._day(first[_DAY])
        if day is None:
            return None
        grounds = (first[1], *first[3:_ANALYTE], *first[_AFTER])
        key = (self._days.period(day), grounds)
        case = self._cases.get(key)
        if case is None:
            try:
                occasion = occasion_of(self._library, sample, [dict(zip(COLUMNS, first, strict=True))])
            except LimsError:
                return None
            if len(self._cases) * 100 > _MOST_KEPT:
                for kept in (self._cases, self._plans, self._patterns, self._kept):
                    kept.clear()
            case = self._cases[key] = _Case(occasion, grounds)
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
            return [_Slot(b"", None, None)]  # one substance twice: the ordinary way tells it
        asked = parameters_of(library, dict.fromkeys(places, _SOMETHING))
        slots = []
        for name, code in zip(analytes, codes, strict=True):
            label = json.dumps(name.strip(), ensure_ascii=False).encode()
            if code is None:
                unclear = refused(library, "", "", (unknown_analyte(library, name.strip()),))
                slots.append(_Slot(label, fixed(unclear)))
            elif code in asked:
                slots.append(self._slot(case, label, code, places))
            else:
                slots.append(_Slot(label, fixed(part_object(library, "", "", code))))
        for code in asked:
            if code not in places:
                label = json.dumps(library.substance(code).name_zh, ensure_ascii=False).encode()
                slots.append(self._slot(case, label, code, places))
        return slots

    def _slot(self, case: _Case, label: bytes, code: str, places: dict[str, int]) -> _Slot:
        needed = sorted((places[one], one) for one in self._needed(code) if one in places)
        codes = tuple(one for _, one in needed)
        period = self._days.period(case.occasion.basis_on, self._needed(code))
        plan = self._plans.setdefault((case.grounds, period, code, codes), _Plan(code, codes))
        return _Slot(label, None, plan, tuple(place for place, _ in needed))

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

    def _told(self, case: _Case, slot: _Slot, amounts: Sequence[Cells], day: str) -> tuple[bytes, Said] | None:
        plan = slot.plan
        if plan is None:
            return None
        cells = tuple([amounts[place] for place in slot.rows])
        said = self._kept.get((plan, cells))
        if said is None:
            numbers = [self._numbers.read(cell) for cell in cells]
            told = self._of_numbers(case, plan, cells, numbers, day) if any(numbers) else None
            if told is not None:
                return told
            said = self._kept.get((plan, cells, day)) or self._judged(case, plan, cells, day)
            if said is None:
                return None
        return day.encode().join(said.parts), said

    def _judged(self, case: _Case, plan: _Plan, cells: tuple[Cells, ...], day: str) -> Said | None:
        """Judged the ordinary way and kept; None when a cell cannot be read."""
        try:
            measured = {code: read_amount(*cell) for code, cell in zip(plan.codes, cells, strict=True)}
        except LimsError:
            return None
        line = self._line(case, plan, measured, day)
        said = said_of(self._library, line)
        if len(self._kept) > _MOST_KEPT:
            self._kept.clear()
        self._kept[(plan, cells, day) if mentions(line, day) else (plan, cells)] = said
        return said

    def _line(self, case: _Case, plan: _Plan, measured: dict[str, Amount], day: str) -> Line:
        occasion = replace(case.occasion, basis_on=date.fromisoformat(day))
        return judge_parameter(self._library, occasion, plan.code, measured)

    # ── by the form of an outcome ───────────────────────────────────────────────────────────────────

    def _of_numbers(
        self, case: _Case, plan: _Plan, cells: Sequence[Cells], numbers: Sequence[Quantified | None], day: str
    ) -> tuple[bytes, Said] | None:
        """The answer of numbers by the form of their outcome; None when it has none."""
        pattern = self._pattern(case, plan, cells, numbers, day)
        if pattern is None:
            return None
        limit, first = pattern.limit, numbers[0]
        if first is not None and len(numbers) == 1 and pattern.is_single:
            amount = first.value if first.unit is pattern.unit else convert(first.value, first.unit, pattern.unit)
            exceeds = limit is not None and amount > limit
            form = self._form(case, plan, pattern, (exceeds, exceeds), day)
            if form is None:
                return None
            return filled(form, brief_numbers(amount, limit), plain(amount), day.encode()), form.said
        total = None
        if pattern.sum_of is not None:
            found = {code: one for code, one in zip(plan.codes, numbers, strict=True) if one is not None}
            total = sum_residues(pattern.sum_of, {**pattern.amounts, **found}, pattern.unit)
        form = self._form(case, plan, pattern, outcome_of(total, limit), day)
        if form is None:
            return None
        shown = () if total is None else numbers_of(total, limit)
        return filled(form, shown, "" if total is None else exactly(total), day.encode()), form.said

    def _pattern(
        self, case: _Case, plan: _Plan, cells: Sequence[Cells], numbers: Sequence[Quantified | None], day: str
    ) -> Pattern | None:
        """That of the plan where it needs one row; else by the cells, but for the numbers."""
        if len(numbers) == 1:
            if not plan.is_looked_up:
                plan.is_looked_up = True
                plan.pattern = self._looked_up(case, plan, cells, numbers, day)
            return plan.pattern
        shape = tuple([cell if one is None else (None, *cell[1:]) for cell, one in zip(cells, numbers, strict=True)])
        key = (plan, shape)
        if key not in self._patterns:
            if len(self._patterns) * 10 > _MOST_KEPT:
                self._patterns.clear()
            self._patterns[key] = self._looked_up(case, plan, cells, numbers, day)
        return self._patterns[key]

    def _looked_up(
        self, case: _Case, plan: _Plan, cells: Sequence[Cells], numbers: Sequence[Quantified | None], day: str
    ) -> Pattern | None:
        """What is added up and held against which limit; None when a cell cannot be read."""
        rows = list(zip(plan.codes, cells, numbers, strict=True))
        try:
            amounts = {code: read_amount(*cell) for code, cell, one in rows if one is None}
        except LimsError:
            return None
        numbered = tuple(code for code, _, one in rows if one is not None)
        line = self._line(case, plan, {**amounts, **probes(numbered, LOW)}, day)
        total, made = line.total, line.assessment
        pattern = Pattern(
            numbered,
            amounts,
            None if total is None else definition_of(total),
            UnitCode.MG_PER_KG if total is None else total.unit,
            None if made is None else made.limit.value,
        )
        outcome = outcome_of(total, pattern.limit)
        pattern.forms[outcome] = self._cut(line, outcome, day)
        return pattern

    def _form(self, case: _Case, plan: _Plan, pattern: Pattern, outcome: Outcome, day: str) -> AnswerForm | None:
        """The form of an outcome, made from the answer to numbers that no text holds; None when there is none."""
        if outcome not in pattern.forms:
            probe = HIGH if outcome[0] else LOW
            line = self._line(case, plan, {**pattern.amounts, **probes(pattern.numbered, probe)}, day)
            pattern.forms[outcome] = self._cut(line, outcome, day)
        return pattern.forms[outcome]

    def _cut(self, line: Line, outcome: Outcome, day: str) -> AnswerForm | None:
        if not has_form(line, outcome) or mentions(line, day):
            return None
        return cut(said_of(self._library, line), line)


#: Stands for whatever was measured where only its presence counts.
_SOMETHING = Quantified(Decimal(1), UnitCode.MG_PER_KG)


def _line_of(said: Mapping[str, Any]) -> bytes:
    return as_json(said).encode() + b"\n"


def _overall(verdicts: set[Verdict], pending: bool) -> Overall:
    """The word of the sample, as `rules.overall_of` says it."""
    if verdicts & {Verdict.EXCEEDS, Verdict.PROHIBITED_DETECTED}:
        return Overall.FAILS
    if pending:
        return Overall.PENDING
    if Verdict.NOT_JUDGED in verdicts or Verdict.CONFORMS not in verdicts:
        return Overall.NOT_JUDGED
    return Overall.CONFORMS
