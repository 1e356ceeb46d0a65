"""The form of a new worksheet: what it begins with, what was typed, and the order that comes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from statistics import mode
from typing import Any, Final

from pydantic import ValidationError

from lims.core.errors import BadInput, LimsError, RuleRefused, refuse_bad
from lims.core.language import Language, translator
from lims.core.reasons import Reason, Where, reason
from lims.core.record_words import column_word
from lims.core.schema_faults import schema_reason
from lims.db.work import LimsSession
from lims.equipment.tables import Instrument
from lims.runs import page_queries, queries
from lims.runs.batch_outline import (
    FIRST_OUTLINE,
    MOST_LEVELS,
    Outline,
    Position,
    SampleChoice,
    outline_of,
    positions_of,
    read_levels,
    usual_choices,
)
from lims.runs.quality_plan import STARTING_PLAN, QualityPlan
from lims.runs.schemas import QualityPlanIn, WorksheetIn
from lims.science.quantification import QuantificationInput, content
from lims.science.rounding import plain, round_significant
from lims.science.units import UnitCode
from lims.web.forms import Form

#: Fields that go into the order as they are.
PLAIN: Final = (
    "method_code",
    "instrument_code",
    "matrix_group",
    "test_portion",
    "test_portion_unit",
    "final_volume",
    "final_volume_unit",
    "dilution",
    "concentration_unit",
    "result_unit",
)
PLAN_FIELDS: Final = tuple(QualityPlanIn.model_fields)
OUTLINE_FIELDS: Final = (
    "levels",
    "standard_prefix",
    "blanks",
    "spiked_content",
    "check_level",
    "check_every",
    "bracket_every",
)


@dataclass(frozen=True, slots=True)
class Beginning:
    """What the form of a method begins with: values of its fields, and what is ticked."""

    values: Mapping[str, Any]
    choices: Sequence[SampleChoice]


def beginning(
    session: LimsSession, method_code: str, codes: Sequence[str], matrix: str, language: Language
) -> Beginning:
    """As the last worksheet of the method was made, else as a laboratory starts; every sample is ticked."""
    last = page_queries.latest_worksheet(session, method_code)
    if last is None:
        values: dict[str, Any] = {
            "method_code": method_code,
            "matrix_group": matrix,
            "test_portion": "10.00",
            "test_portion_unit": UnitCode.G.value,
            "final_volume": "10.0",
            "final_volume_unit": UnitCode.ML.value,
            "dilution": "1",
            "concentration_unit": UnitCode.UG_PER_L.value,
            "result_unit": UnitCode.MG_PER_KG.value,
        }
        outline = replace(FIRST_OUTLINE, spiked_content=_spike_of(FIRST_OUTLINE))
        plan = STARTING_PLAN
    else:
        entries = queries.entries_of(session, last.id)
        samples = [entry for entry in entries if entry.sample_id is not None]
        values = {name: getattr(last, name) for name in PLAIN if hasattr(last, name)}
        for name in ("test_portion", "final_volume", "dilution"):
            values[name] = plain(mode(getattr(sample, name) for sample in samples))
        values["instrument_code"] = session.get_one(Instrument, last.instrument_id).code
        outline = outline_of(queries.facts_of(last, entries).entries)
        plan = QualityPlan.from_dict(last.quality_plan)
    values |= _outline_texts(outline) | _plan_texts(plan)
    if plan.source == STARTING_PLAN.source:
        values["plan_source"] = translator(language)(plan.source)
    return Beginning(values, usual_choices(codes))


def _spike_of(outline: Outline) -> str:
    """The content that gives the vial the middle level, with 10 g in 10 mL."""
    factors = QuantificationInput(
        concentration=outline.levels[len(outline.levels) // 2],
        concentration_unit=UnitCode.UG_PER_L,
        final_volume=Decimal(10),
        final_volume_unit=UnitCode.ML,
        test_portion=Decimal(10),
        test_portion_unit=UnitCode.G,
        dilution=Decimal(1),
    )
    return plain(round_significant(content(factors, UnitCode.MG_PER_KG), 2))


def _outline_texts(outline: Outline) -> dict[str, str]:
    return {
        "levels": ", ".join(plain(level) for level in outline.levels),
        "standard_prefix": outline.standard_prefix,
        "blanks": str(outline.blanks),
        "spiked_content": outline.spiked_content,
        "check_level": outline.check_level,
        "check_every": str(outline.check_every) if outline.check_every else "",
        "bracket_every": str(outline.bracket_every) if outline.bracket_every else "",
    }


def _plan_texts(plan: QualityPlan) -> dict[str, str]:
    return {
        f"plan_{name}": "" if text is None else str(text)
        for name, text in plan.as_dict().items()
        if name in PLAN_FIELDS
    }


def read_choices(form: Form) -> list[SampleChoice]:
    """The ticked samples in the order of the form."""
    duplicated, spiked = set(form.texts("duplicated")), set(form.texts("spiked"))
    return [
        SampleChoice(
            code,
            code in duplicated,
            code in spiked,
            form.text(f"portion-{code}"),
            form.text(f"dilution-{code}"),
            form.text(f"moisture-{code}"),
        )
        for code in dict.fromkeys(form.texts("sample"))
    ]


def read_positions(form: Form) -> list[Position]:
    """Every position as the few numbers of the form say. Raises `BadInput`."""
    faults: list[Reason] = []
    levels: tuple[Decimal, ...] = ()
    try:
        levels = read_levels(form.text("levels"), "levels")
    except BadInput as fault:
        faults.extend(fault.reasons)
    choices = read_choices(form)
    if not choices:
        faults.append(reason("worksheet.no_sample", "Tick at least one sample.", at=Where("entries")))
    outline = Outline(
        levels=levels,
        standard_prefix=form.text("standard_prefix") or FIRST_OUTLINE.standard_prefix,
        blanks=_count(form, "blanks", faults),
        spiked_content=form.text("spiked_content"),
        check_level=form.text("check_level"),
        check_every=_count(form, "check_every", faults, most=500),
        bracket_every=_count(form, "bracket_every", faults, most=500),
    )
    if outline.check_every and not outline.check_level:
        faults.append(
            reason("worksheet.check_level", "Write the concentration of the check standard.", at=Where("check_level"))
        )
    if outline.standard_prefix.startswith(("=", "+", "@")):
        faults.append(reason("worksheet.prefix", "A name may not begin like a formula.", at=Where("standard_prefix")))
    refuse_bad(faults)
    return positions_of(outline, choices)


def _count(form: Form, name: str, faults: list[Reason], most: int = MOST_LEVELS) -> int:
    try:
        count = form.whole(name) or 0
    except BadInput as fault:
        faults.extend(fault.reasons)
        return 0
    if count > most:
        faults.append(reason("worksheet.count", "At most {most} are possible here.", at=Where(name), most=most))
        return 0
    return count


def read_order(form: Form, positions: Sequence[Position]) -> WorksheetIn:
    """The order. Raises `BadInput`; faults of positions name their place (from 1) as row, and their field as column."""
    values: dict[str, Any] = {name: text for name in PLAIN if (text := form.text(name))}
    values["quality_plan"] = {name: form.text(f"plan_{name}") or None for name in PLAN_FIELDS}
    # What the starting plan is called in each language; it is kept by its English name.
    if form.text("plan_source") in {translator(language)(STARTING_PLAN.source) for language in Language}:
        values["quality_plan"]["source"] = STARTING_PLAN.source
    values["entries"] = list(positions)
    try:
        return WorksheetIn.model_validate(values)
    except ValidationError as error:
        raise BadInput(*(_fault(fault) for fault in error.errors())) from error


def _fault(fault: Any) -> Reason:
    place = fault["loc"]
    code = f"field.{fault['type']}"
    if place[:1] == ("entries",) and len(place) > 1:
        column = str(place[2]) if len(place) > 2 else ""  # entries, which one, its field
        return schema_reason(code, fault, column_word(column), Where("entries", int(place[1]) + 1, column))
    name = "_".join(("plan", *map(str, place[1:]))) if place[:1] == ("quality_plan",) else str(place[0])
    word = column_word(str(place[-1]))
    return schema_reason(code, fault, word, Where(name))


def told_on_form(refusal: LimsError) -> LimsError:
    """The refusal with every reason at a field that the form has."""
    return RuleRefused(*(replace(why, where=replace(why.where, field=_form_field(why))) for why in refusal.reasons))


def _form_field(why: Reason) -> str | None:
    field = why.where.field or ""
    if field == "instrument":
        return "instrument_code"
    if field.startswith("entries"):
        return _BY_CODE.get(why.code, "entries")
    return field or None


#: Where the form asks for what a position lacks.
_BY_CODE: Final[Mapping[str, str]] = {
    "worksheet.too_few_levels": "levels",
    "worksheet.not_bracketed": "bracket_every",
    "worksheet.nominal_missing": "levels",
    "worksheet.spike_missing": "spiked_content",
    "worksheet.factor_not_positive": "test_portion",
}
