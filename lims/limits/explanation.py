"""Why a verdict is what it is: everything that led to it as plain data, to be stored and printed.

A line of a judgement keeps this explanation; the sentences of `lims.limits.wording` are made from the same line.
"""

from collections.abc import Collection, Iterable
from typing import Any

from lims.core.reasons import Reason
from lims.library.facts import Prohibition
from lims.limits.search import Found
from lims.limits.verdicts import Line, Ruling
from lims.science.amounts import amount_to_dict
from lims.science.residues import ResidueSum
from lims.science.rounding import plain


def explain(line: Line) -> dict[str, Any]:
    """The whole way to the verdict as JSON: texts, lists and mappings only, numbers as text."""
    occasion = line.occasion
    return {
        "parameter": line.parameter.code,
        "verdict": line.verdict.value,
        "limit_verdict": line.limit_verdict.value,
        "banned_detected": line.banned_detected,
        "local_use_violation": line.local_use_violation,
        "basis_on": occasion.basis_on.isoformat(),
        "basis_kind": occasion.basis_kind.value,
        "market": occasion.market,
        "declared": list(occasion.declared),
        "edition": None if line.edition is None else _edition(line),
        "food": _food(line),
        "limit": None if line.found is None else _limit(line.found),
        "residue": _residue(line),
        "sum": None if line.total is None else _sum(line.total),
        "comparison": _comparison(line),
        "screened_by": None if line.ruling.screening is None else line.ruling.screening.screened_by,
        "others": [_other(other, occasion.declared) for other in line.others],
        "flags": [flag.value for flag in line.flags],
        "prohibitions": [_prohibition(rule) for rule in (*line.bans, *line.local_rules)],
        "reasons": _reasons(line.reasons),
        "reservations": _reasons(line.reservations),
    }


def _other(ruling: Ruling, declared: Collection[str]) -> dict[str, Any]:
    """What a standard says that did not decide."""
    return {
        "family": ruling.family,
        "edition": None if ruling.edition is None else ruling.edition.code,
        "title": None if ruling.edition is None else ruling.edition.title,
        "declared": ruling.family in declared,
        "verdict": ruling.verdict.value,
        "limit": None if ruling.found is None else _limit(ruling.found),
        "reasons": _reasons(ruling.reasons),
    }


def _edition(line: Line) -> dict[str, Any]:
    edition = line.edition
    if edition is None:
        return {}
    effective = None if edition.effective_on is None else edition.effective_on.isoformat()
    known = {"code": edition.code, "title": edition.title, "effective_on": effective}
    return {**known, "declared": line.is_by_promise}


def _food(line: Line) -> dict[str, Any]:
    found = None if line.food is None else line.food
    return {
        "given": line.occasion.food,
        "path": None if found is None else found.food.food,
        "by_alias": "" if found is None else found.alias,
        "climbed": list(line.path),
    }


def _limit(found: Found) -> dict[str, Any]:
    row = found.row
    return {
        "passed": [{"printed": passed.row.printed, "excepted": passed.excepted} for passed in found.passed],
        "confirmed": found.confirmed,
        "row": None
        if row is None
        else {
            "clause": row.clause,
            "food": row.food,
            "printed": row.printed,
            "value": None if row.value is None else plain(row.value),
            "unit": row.unit.value,
            "kind": row.kind.value,
            "basis": row.basis.value,
            "source": row.source,
        },
    }


def _residue(line: Line) -> dict[str, Any] | None:
    definition = line.definition
    if definition is None:
        return None
    return {"text": definition.text, "expressed_as": definition.expressed_as, "clause": definition.clause}


def _sum(total: ResidueSum) -> dict[str, Any]:
    return {
        "unit": total.unit.value,
        "terms": [
            {
                "substance": term.code,
                "found": amount_to_dict(term.found),
                "factor": plain(term.factor),
                "lower": plain(term.lower),
                "upper": plain(term.upper),
            }
            for term in total.terms
        ],
        "quantified": total.is_quantified,
        "lower": plain(total.lower),
        "upper": plain(total.upper),
    }


def _comparison(line: Line) -> dict[str, Any] | None:
    assessment = line.assessment
    if assessment is None:
        return None
    return {
        "compared": assessment.compared,
        "unit": assessment.limit.unit.value,
        "rule": assessment.rule.value,
        "way": assessment.comparison.value,
    }


def _prohibition(rule: Prohibition) -> dict[str, Any]:
    return {
        "kind": rule.kind.value,
        "rule": rule.rule,
        "in_force_on": rule.in_force_on.isoformat(),
        "date_is": rule.date_is.value,
        "note": rule.note,
        "source": rule.source,
    }


def _reasons(reasons: Iterable[Reason]) -> list[dict[str, Any]]:
    """Reasons with what is needed to say them in another language again."""
    return [
        {
            "code": said.code,
            "text": said.text,
            "sentence": said.sentence,
            "values": {gap: str(value) for gap, value in said.values.items()},
        }
        for said in reasons
    ]
