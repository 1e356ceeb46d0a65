"""What must be right before samples are registered: every fault of every sheet, found with a handful of queries."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlmodel import col, or_, select

from lims.accreditation import queries as accreditation
from lims.accreditation.rules import Line, MethodChoice, Scheme, choose_methods, covering_line
from lims.accreditation.words import method_code, superseded_by, unknown_parameter
from lims.core.errors import BadInput, RuleRefused
from lims.core.reasons import Reason, Where, reason
from lims.db.work import LimsSession
from lims.library.declared import declared_faults
from lims.library.facts import FoodLevel
from lims.library.rapid_methods import is_rapid
from lims.library.rules import Library
from lims.network import queries as network
from lims.network.rules import is_within
from lims.network.tables import Laboratory
from lims.samples.columns import HEADINGS
from lims.samples.rules import Programme, Retest, day_faults, number_faults, retest_faults, sampler_faults
from lims.samples.schemas import SampleOrder, TestOrder
from lims.samples.tables import Sample
from lims.web.rows import Numbered


@dataclass(frozen=True, slots=True)
class PlannedTest:
    """A test to assign."""

    parameter: str
    method_code: str
    out_of_scope: bool


@dataclass(slots=True)
class Checked:
    """A sheet, what it becomes, and what is wrong with it. `taken` are keys that are stored already."""

    order: SampleOrder
    row: int | None
    food: str = ""
    tests: list[PlannedTest] = field(default_factory=list)
    #: 复检: what was found first, by the code of the parameter.
    first: dict[str, dict[str, Any]] = field(default_factory=dict)
    faults: list[Reason] = field(default_factory=list)
    taken: list[Reason] = field(default_factory=list)

    @property
    def reasons(self) -> list[Reason]:
        """Everything that keeps it from being registered."""
        return [*self.faults, *self.taken]

    def at(self, key: str) -> Where:
        """The place of a fault: a field of the form, or a cell."""
        return Where(field=key) if self.row is None else Where(row=self.row, column=HEADINGS.get(key, key))


@dataclass(frozen=True, slots=True)
class Scope:
    """What the laboratory may test in one food on the day: the method of each parameter, and the lines behind it."""

    path: tuple[str, ...]
    methods: dict[str, MethodChoice]
    lines: dict[str, list[Line]]


def check_orders(
    session: LimsSession, library: Library, laboratory: Laboratory, orders: Sequence[Numbered[SampleOrder]], today: date
) -> list[Checked]:
    """Each sheet with all its faults, in the order given."""
    checked = [Checked(one.order, one.row) for one in orders]
    for one in checked:
        one.food = _food(library, one)
        one.faults += _plain_faults(one, laboratory, today)
        one.faults += declared_faults(library, one.order.declared, one.at("declared"))
    _check_regions(session, laboratory, checked)
    _check_keys(session, laboratory, checked)
    _plan_tests(session, library, laboratory, checked, today)
    return checked


def methods_in_scope(
    session: LimsSession, library: Library, laboratory: Laboratory, food: str, today: date
) -> list[MethodChoice]:
    """What "all" means for a food on a day: every parameter of the scope with the method that it is tested by."""
    path = library.foods.keys_around(food)
    lines = accreditation.lines_in_force(session, laboratory.id, today, product_path=path)
    return list(choose_methods(lines, path, today, _outdated(library, lines, today)).values())


def plan_test(
    session: LimsSession, library: Library, laboratory: Laboratory, food: str, test: TestOrder, today: date
) -> PlannedTest:
    """One further test of a sample of this food, as registering would plan it. Raises `RuleRefused` as that would."""
    path = library.foods.keys_around(food)
    found = library.find_substance(test.parameter)
    if found is None:
        raise RuleRefused(unknown_parameter(test.parameter, Where(field="parameters")))
    lines = accreditation.lines_in_force(session, laboratory.id, today, product_path=path, parameters={found.code})
    scope = _scope(lines, path, today, _outdated(library, lines, today))
    planned = _plan(library, scope, found.code, test, today, Where(field="parameters"))
    if isinstance(planned, Reason):
        raise RuleRefused(planned)
    return planned


def _outdated(library: Library, lines: Sequence[Line], today: date) -> set[str]:
    """The methods of these lines that a newer edition has replaced."""
    return {code for code in {line.method_code for line in lines} if superseded_by(library, code, today)}


def _plain_faults(one: Checked, laboratory: Laboratory, today: date) -> list[Reason]:
    order, place = one.order, one.at
    faults = day_faults(order.sampled_on, order.basis_on, today, place)
    faults += sampler_faults(order.programme, order.samplers, place)
    if order.number is not None:
        faults += number_faults(order.number, laboratory.code, place)
    first = Retest(
        order.retest_of, order.retest_body, order.retest_on, order.retest_decision, bool(order.retest_results)
    )
    faults += retest_faults(order.programme, first, laboratory.name, order.sampled_on, today, place)
    return faults


def _food(library: Library, one: Checked) -> str:
    """The key of the one food that the sheet means; the faults name the candidates."""
    key = "food" if one.order.food else "product_name"
    try:
        food = library.foods.resolve(one.order.food or one.order.product_name).food
    except BadInput as refused:
        one.faults += [Reason(r.code, r.sentence, r.values, one.at(key)) for r in refused.reasons]
        return ""
    if food.level is not FoodLevel.FOOD:
        one.faults.append(
            reason(
                "food.is_group",
                "“{name}” is a group of foods; a sample is judged as one food of it.",
                name=food.name,
                at=one.at(key),
            )
        )
        return ""
    return food.food


def _check_regions(session: LimsSession, laboratory: Laboratory, checked: Sequence[Checked]) -> None:
    """A sample is drawn in the laboratory's own region; the province's laboratory may draw anywhere in it."""
    asked = {one.order.region_code for one in checked} - {laboratory.region_code}
    known = {laboratory.region_code, *network.region_names(session, asked)}
    for one in checked:
        code = one.order.region_code
        if code not in known:
            one.faults.append(
                reason("region.unknown", "There is no region {code}.", code=code, at=one.at("region_code"))
            )
        elif not is_within(code, laboratory.region_code):
            one.faults.append(
                reason(
                    "sample.region_outside",
                    "Region {code} does not lie in {own}, the region of this laboratory.",
                    code=code,
                    own=laboratory.region_code,
                    at=one.at("region_code"),
                )
            )


def _check_keys(session: LimsSession, laboratory: Laboratory, checked: Sequence[Checked]) -> None:
    """Sheets and given numbers are used once; the answer names the sample, so that a job can be run again."""
    sheets = {one.order.sampling_sheet_number for one in checked}
    numbers = {one.order.number for one in checked if one.order.number}
    stored = session.exec(
        select(Sample.number, Sample.sampling_sheet_number).where(
            Sample.laboratory_id == laboratory.id,
            or_(col(Sample.sampling_sheet_number).in_(sheets), col(Sample.number).in_(numbers)),
        )
    ).all()
    by_sheet = {sheet: number for number, sheet in stored}
    known_numbers = {number for number, _ in stored}
    seen_sheets: dict[str, int | None] = {}
    seen_numbers: set[str] = set()
    for one in checked:
        sheet, number = one.order.sampling_sheet_number, one.order.number
        if sheet in by_sheet:
            one.taken.append(
                reason(
                    "sample.sheet_registered",
                    "Sampling sheet {sheet} is registered already as sample {number}.",
                    sheet=sheet,
                    number=by_sheet[sheet],
                    at=one.at("sampling_sheet_number"),
                )
            )
        elif sheet in seen_sheets:
            one.faults.append(
                reason(
                    "sample.sheet_twice",
                    "Sampling sheet {sheet} stands in row {row} too; each sheet is one sample.",
                    sheet=sheet,
                    row=seen_sheets[sheet],
                    at=one.at("sampling_sheet_number"),
                )
            )
        if number is not None and (number in known_numbers or number in seen_numbers):
            one.taken.append(
                reason("sample.number_taken", "There is a sample {number} already.", number=number, at=one.at("number"))
            )
        seen_sheets.setdefault(sheet, one.row)
        seen_numbers.add(number or "")


def _plan_tests(
    session: LimsSession, library: Library, laboratory: Laboratory, checked: Sequence[Checked], today: date
) -> None:
    """The tests of every sheet, from one reading of the scope."""
    paths = {one.food: library.foods.keys_around(one.food) for one in checked if one.food}
    asked = _parameters_asked(library, checked)
    nodes = {node for path in paths.values() for node in path}
    lines = accreditation.lines_in_force(session, laboratory.id, today, product_path=nodes, parameters=asked)
    outdated = _outdated(library, lines, today)
    scopes = {food: _scope(lines, path, today, outdated) for food, path in paths.items()}
    for one in checked:
        if one.food:
            one.tests = _tests(library, one, scopes[one.food], today)
            _check_retest(library, one)


def _check_retest(library: Library, one: Checked) -> None:
    """What was found first is tested again, and by no rapid method (农产品质量安全法, article 51)."""
    if one.order.programme is not Programme.RETEST:
        return
    rapid = sorted({t.method_code for t in one.tests if is_rapid(t.method_code, library.methods.get(t.method_code))})
    if rapid:
        one.faults.append(
            reason(
                "sample.retest_rapid",
                "A retest uses no rapid method; choose another than {methods}.",
                methods=", ".join(rapid),
                at=one.at("parameters"),
            )
        )
    planned = {test.parameter for test in one.tests}
    for first in one.order.retest_results:
        found = library.find_substance(first.parameter)
        if found is None:
            one.faults.append(unknown_parameter(first.parameter, one.at("retest_results")))
        elif found.code in planned:
            one.first[found.code] = {"parameter": found.code, "result": first.result, "fails": first.fails}
        else:
            one.faults.append(
                reason(
                    "sample.retest_untested",
                    "{parameter} was found first, but is not among the parameters to test.",
                    parameter=found.code,
                    at=one.at("retest_results"),
                )
            )


def _parameters_asked(library: Library, checked: Sequence[Checked]) -> set[str] | None:
    """The codes of all parameters that are asked for; None when a sheet asks for all."""
    asked = set()
    for one in checked:
        if one.order.parameters == "all":
            return None
        for test in one.order.parameters:
            found = library.find_substance(test.parameter)
            if found is not None:
                asked.add(found.code)
    return asked


def _scope(lines: Sequence[Line], path: tuple[str, ...], today: date, outdated: set[str]) -> Scope:
    by_parameter: dict[str, list[Line]] = {}
    for line in lines:
        by_parameter.setdefault(line.parameter, []).append(line)
    return Scope(path, choose_methods(lines, path, today, outdated), by_parameter)


def _tests(library: Library, one: Checked, scope: Scope, today: date) -> list[PlannedTest]:
    if one.order.parameters == "all":
        if not scope.methods:
            one.faults.append(
                reason(
                    "test.no_scope",
                    "No certificate in force on {day} covers any parameter in {food}; name parameters and methods.",
                    day=today.isoformat(),
                    food=scope.path[0],
                    at=one.at("parameters"),
                )
            )
        return [PlannedTest(c.parameter, c.method_code, out_of_scope=False) for c in scope.methods.values()]
    planned: dict[str, PlannedTest] = {}
    for test in one.order.parameters:
        found = library.find_substance(test.parameter)
        if found is None:
            one.faults.append(unknown_parameter(test.parameter, one.at("parameters")))
        elif found.code in planned:
            one.faults.append(
                reason(
                    "test.twice",
                    "{parameter} is asked for twice; one test of a parameter is enough.",
                    parameter=found.code,
                    at=one.at("parameters"),
                )
            )
        else:
            plan = _plan(library, scope, found.code, test, today, one.at("parameters"))
            if isinstance(plan, Reason):
                one.faults.append(plan)
            else:
                planned[found.code] = plan
    return list(planned.values())


def _plan(
    library: Library, scope: Scope, parameter: str, test: TestOrder, today: date, at: Where
) -> PlannedTest | Reason:
    """By the method named, flagged when no certificate covers it; otherwise by the method of the scope. Or why not."""
    values: dict[str, Any] = {"parameter": parameter, "food": scope.path[0], "at": at}
    if test.method is None:
        choice = scope.methods.get(parameter)
        if choice is None:
            return reason(
                "test.out_of_scope",
                "{parameter} in {food} is in no scope in force on {day}; name a method to test it without marks.",
                day=today.isoformat(),
                **values,
            )
        return PlannedTest(parameter, choice.method_code, out_of_scope=False)
    method = method_code(library, test.method)
    own = scope.lines.get(parameter, [])
    covered = any(covering_line(own, scheme, scope.path, parameter, method, today) for scheme in Scheme)
    if not covered and method not in library.methods:
        return reason(
            "test.method_unknown",
            "“{method}” is neither in the library nor in the scope for {parameter} in {food}.",
            method=method,
            **values,
        )
    return PlannedTest(parameter, method, out_of_scope=not covered)
