"""A method's formula as data (计算公式): arithmetic over named quantities, read safely, its units checked, exact.

A formula is a text such as `(c - c0) * V * f / m`: names, decimal numbers, + - * / and brackets, nothing else. It is
never run as a program. Whether its units give a content is checked once, before anybody calculates by it.
"""

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, DivisionByZero, InvalidOperation, localcontext
from functools import cache, lru_cache
from typing import Any, Final

from pint import DimensionalityError

from lims.core.errors import BadInput, RuleRefused
from lims.core.reasons import Reason, Where, reason
from lims.science.rounding import CALCULATION, FLOAT_DIGITS, plain
from lims.science.units import UnitCode, UnitKind, factor, registry, registry_name

#: A formula of a standard has a line; what is longer is a program.
_LONGEST: Final = 200
_DEEPEST: Final = 20
_SIGNS: Final = str.maketrans("×·÷−（）［］", "**/-()()")
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,19}")
_OPERATORS: Final[Mapping[type, str]] = {ast.Add: "+", ast.Sub: "−", ast.Mult: "×", ast.Div: "/"}
_RANKS: Final = {"+": 1, "−": 1, "×": 2, "/": 2}
_AT: Final = Where(field="formula")


@dataclass(frozen=True, slots=True)
class Measured:
    """A quantity that stands in a formula."""

    value: Decimal
    unit: UnitCode


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that was read. `names` are its quantities in the order in which they stand."""

    text: str
    names: tuple[str, ...]

    @classmethod
    def read(cls, text: str) -> "Formula":
        """Read a formula. Raises `BadInput`: `formula.unreadable`, `formula.not_allowed`, `formula.too_long`."""
        tidy = " ".join(text.translate(_SIGNS).split())
        names: list[str] = []
        _walk(_tree(tidy), names, 0)
        return cls(tidy, tuple(dict.fromkeys(names)))

    def value(self, quantities: Mapping[str, Measured], unit: UnitCode) -> Decimal:
        """What the quantities give, in `unit`; 28 significant digits, nothing rounded.

        Raises `RuleRefused`: `formula.quantity_missing`, `formula.units_differ`, `formula.divided_by_zero`.
        """
        self._refuse_missing(quantities)
        # The units are proved once; numbers in coherent units then need no more than decimals.
        _check(self, tuple((name, quantities[name].unit) for name in self.names), unit)
        with localcontext(CALCULATION):
            known = {name: quantities[name].value * _scale(quantities[name].unit) for name in self.names}
            try:
                return Decimal(_value(_tree(self.text), known, lambda number: number)) / _scale(unit)
            except (DivisionByZero, InvalidOperation) as error:
                raise RuleRefused(self._divided_by_zero()) from error

    def check_units(self, units: Mapping[str, UnitCode], unit: UnitCode) -> None:
        """Do quantities in these units give a value in `unit`?

        Pint takes mg/kg, % and 1 for one dimension; their kinds are kept apart here. Raises `RuleRefused`:
        `formula.quantity_missing`, `formula.units_differ`.
        """
        self._refuse_missing(units)
        # Primes: nothing cancels by chance, so that only what is wrong with the units can be refused.
        known = {
            name: registry().Quantity(Decimal(prime), registry_name(units[name]))
            for name, prime in zip(self.names, _primes(), strict=False)
        }
        with localcontext(CALCULATION):
            try:
                found = _value(_tree(self.text), known, lambda number: registry().Quantity(number, "dimensionless"))
                registry().Quantity(found).to(registry_name(unit))
            except DimensionalityError as error:
                raise RuleRefused(_units_differ(self.text, unit)) from error
            except (DivisionByZero, InvalidOperation, ZeroDivisionError) as error:
                raise RuleRefused(self._divided_by_zero()) from error
        kind = _kind(_tree(self.text), units, self.text, unit)
        if kind is not None and kind is not unit.kind:
            raise RuleRefused(_units_differ(self.text, unit))

    def printed(self) -> str:
        """The formula as it is printed: (c − c0) × V × f / m."""
        return _printed(_tree(self.text), lambda name: name)[0]

    def filled(self, quantities: Mapping[str, Measured]) -> str:
        """The formula with its numbers: (4.512 mg/L − 0.02 mg/L) × 10 mL × 1 / 5.02 g. Raises as `value` does."""
        self._refuse_missing(quantities)

        def number(name: str) -> str:
            one = quantities[name]
            return plain(one.value) if one.unit is UnitCode.ONE else f"{plain(one.value)} {one.unit.value}"

        return _printed(_tree(self.text), number)[0]

    def _divided_by_zero(self) -> Reason:
        said = "The formula {formula} divides by zero with these numbers."
        return reason("formula.divided_by_zero", said, at=_AT, formula=self.text)

    def _refuse_missing(self, quantities: Mapping[str, object]) -> None:
        missing = [name for name in self.names if name not in quantities]
        if missing:
            said = "The formula {formula} needs {names}, which nobody has given."
            names = ", ".join(missing)
            raise RuleRefused(reason("formula.quantity_missing", said, at=_AT, formula=self.text, names=names))


def _units_differ(text: str, unit: UnitCode) -> Reason:
    said = "The units of the quantities in {formula} do not give {unit}."
    return reason("formula.units_differ", said, at=_AT, formula=text, unit=unit.value)


@cache
def _tree(text: str) -> ast.expr:
    """The expression, which may still hold what is not allowed. Raises `BadInput`."""
    if len(text) > _LONGEST:
        said = "A formula has at most {most} characters."
        raise BadInput(reason("formula.too_long", said, at=_AT, most=_LONGEST))
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        said = "“{formula}” is no formula; write for example c * V * f / m."
        raise BadInput(reason("formula.unreadable", said, at=_AT, formula=text)) from error


def _walk(node: ast.AST, names: list[str], depth: int) -> None:
    """Collect the names; whatever is no arithmetic is refused."""
    match node:
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS and depth < _DEEPEST:
            _walk(left, names, depth + 1)
            _walk(right, names, depth + 1)
        case ast.UnaryOp(op=ast.USub(), operand=operand) if depth < _DEEPEST:
            _walk(operand, names, depth + 1)
        case ast.Name(id=name) if _NAME.fullmatch(name):
            names.append(name)
        case ast.Constant(value=bool()):
            raise BadInput(_not_allowed(node))
        case ast.Constant(value=int() | float()) if _is_exact(_number(node)):
            pass
        case _:
            raise BadInput(_not_allowed(node))


def _not_allowed(node: ast.AST) -> Reason:
    said = "“{part}” may not stand in a formula: only names, numbers, + - * / and brackets."
    return reason("formula.not_allowed", said, at=_AT, part=ast.unparse(node)[:60])


def _number(node: ast.Constant) -> Decimal:
    """The number as it is written: `ast` keeps a float, whose shortest form is what was typed."""
    return Decimal(repr(node.value))


def _is_exact(number: Decimal) -> bool:
    """A float keeps so many digits of what was typed."""
    return number.is_finite() and len(number.as_tuple().digits) <= FLOAT_DIGITS


@lru_cache(maxsize=1024)
def _check(formula: Formula, units: tuple[tuple[str, UnitCode], ...], unit: UnitCode) -> None:
    formula.check_units(dict(units), unit)


@cache
def _scale(unit: UnitCode) -> Decimal:
    """By what a value in `unit` is multiplied to be in g, L, g/L, g/g or 1: a power of ten."""
    coherent = _COHERENT[unit.kind]
    scale = factor(unit, coherent)
    return scale / 1000 if coherent is UnitCode.G_PER_KG else scale


_COHERENT: Final[Mapping[UnitKind, UnitCode]] = {
    UnitKind.MASS: UnitCode.G,
    UnitKind.VOLUME: UnitCode.L,
    UnitKind.MASS_CONCENTRATION: UnitCode.G_PER_L,
    UnitKind.MASS_FRACTION: UnitCode.G_PER_KG,
    UnitKind.RATIO: UnitCode.ONE,
}


def _value(node: ast.expr, known: Mapping[str, Any], constant: Callable[[Decimal], Any]) -> Any:
    match node:
        case ast.BinOp(left=left, op=op, right=right):
            return _APPLY[type(op)](_value(left, known, constant), _value(right, known, constant))
        case ast.UnaryOp(operand=operand):
            return -_value(operand, known, constant)
        case ast.Name(id=name):
            return known[name]
        case ast.Constant():
            return constant(_number(node))
    raise TypeError(type(node))  # `read` lets nothing else through


_APPLY: Final[Mapping[type, Callable[[Any, Any], Any]]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
}


def _kind(node: ast.expr, units: Mapping[str, UnitCode], text: str, unit: UnitCode) -> UnitKind | None:
    """What kind of quantity a part of a formula is; None where that cannot be told (a mass by a mass, say)."""
    match node:
        case ast.Name(id=name):
            return units[name].kind
        case ast.Constant():
            return UnitKind.RATIO
        case ast.UnaryOp(operand=operand):
            return _kind(operand, units, text, unit)
        case ast.BinOp(left=left, op=op, right=right):
            one, other = _kind(left, units, text, unit), _kind(right, units, text, unit)
            if isinstance(op, ast.Add | ast.Sub):
                if one is not None and other is not None and one is not other:
                    raise RuleRefused(_units_differ(text, unit))
                return one or other
            if other is UnitKind.RATIO:
                return one
            if one is UnitKind.RATIO and isinstance(op, ast.Mult):
                return other
            return _TOGETHER.get((one, type(op), other))
    raise TypeError(type(node))


_TOGETHER: Final[Mapping[tuple[UnitKind | None, type, UnitKind | None], UnitKind]] = {
    (UnitKind.MASS_CONCENTRATION, ast.Mult, UnitKind.VOLUME): UnitKind.MASS,
    (UnitKind.VOLUME, ast.Mult, UnitKind.MASS_CONCENTRATION): UnitKind.MASS,
    (UnitKind.MASS_FRACTION, ast.Mult, UnitKind.MASS): UnitKind.MASS,
    (UnitKind.MASS, ast.Mult, UnitKind.MASS_FRACTION): UnitKind.MASS,
    (UnitKind.MASS, ast.Div, UnitKind.VOLUME): UnitKind.MASS_CONCENTRATION,
    (UnitKind.VOLUME, ast.Div, UnitKind.VOLUME): UnitKind.RATIO,
    (UnitKind.MASS_CONCENTRATION, ast.Div, UnitKind.MASS_CONCENTRATION): UnitKind.RATIO,
    (UnitKind.MASS_FRACTION, ast.Div, UnitKind.MASS_FRACTION): UnitKind.RATIO,
}


def _printed(node: ast.expr, shown: Callable[[str], str]) -> tuple[str, int]:
    """A part of a formula in print and how tightly it binds; brackets only where they are needed."""
    match node:
        case ast.Name(id=name):
            return shown(name), 3
        case ast.Constant():
            return plain(_number(node)), 3
        case ast.UnaryOp(operand=operand):
            text, rank = _printed(operand, shown)
            return f"−{text}" if rank == 3 else f"−({text})", 1
        case ast.BinOp(left=left, op=op, right=right):
            sign = _OPERATORS[type(op)]
            rank = _RANKS[sign]
            (one, before), (other, behind) = _printed(left, shown), _printed(right, shown)
            one = f"({one})" if before < rank else one
            # a / (b × c) and a − (b + c) keep their brackets; so does a × (b / c), which is read more easily.
            other = f"({other})" if behind <= rank else other
            return f"{one} {sign} {other}", rank
    raise TypeError(type(node))


def _primes() -> "tuple[int, ...]":
    return (3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73)
