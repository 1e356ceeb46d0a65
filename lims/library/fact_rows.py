"""What the files of a method library hold: the columns of each kind of file, and what makes a fact of a row."""

from collections.abc import Callable
from typing import Any

from lims.library import facts as f
from lims.library import region_facts as r
from lims.library.cells import Cells
from lims.science.conformity import Comparison


def _substance(c: Cells) -> f.Substance:
    kind = c.one_of("kind", f.SubstanceKind)
    return f.Substance(
        code=c.need("code"),
        name_zh=c.need("name_zh"),
        name_en=c.need("name_en"),
        cas=c.text("cas"),
        kind=kind,
        molar_mass=c.optional_number("molar_mass"),
        adi=c.optional_number("adi"),
        arfd=c.optional_number("arfd"),
        source=c.need("source"),
    )


def _alias(c: Cells) -> f.SubstanceAlias:
    return f.SubstanceAlias(c.need("alias"), c.need("substance"), c.need("source"))


def _food(c: Cells) -> f.Food:
    level = c.one_of("level", f.FoodLevel)
    return f.Food(
        standard=c.need("standard"),
        food=c.need("food"),
        name=c.need("name"),
        parent=c.text("parent"),
        level=level,
        printed_within=c.many("printed_within"),
        form=c.one_of("form", f.Form, empty=f.Form.ANY),
        measured_part=c.text("measured_part"),
        source=c.need("source"),
    )


def _food_alias(c: Cells) -> f.FoodAlias:
    return f.FoodAlias(c.need("standard"), c.need("alias"), c.need("food"), c.need("source"))


def _food_link(c: Cells) -> f.FoodLink:
    return f.FoodLink(c.need("standard"), c.need("food"), c.need("to_standard"), c.need("to_food"), c.need("source"))


def _standard(c: Cells) -> f.Standard:
    return f.Standard(
        code=c.need("code"),
        title=c.need("title"),
        kind=c.one_of("kind", f.StandardKind),
        market=c.need("market"),
        family=c.need("family"),
        tree=c.need("tree"),
        subjects=c.many_of("subjects", f.SubstanceKind),
        supplements=c.text("supplements"),
        published_on=c.optional_day("published_on"),
        effective_on=c.optional_day("effective_on"),
        effective_is=c.one_of("effective_is", f.DateIs),
        ended_on=c.optional_day("ended_on"),
        replaced_by=c.text("replaced_by"),
        limits_loaded=c.flag("limits_loaded"),
        is_complete=c.flag("is_complete"),
        default_value=c.optional_number("default_value"),
        default_unit=c.unit("default_unit"),
        comparison=c.one_of("comparison", Comparison),
        note=c.text("note"),
        source=c.need("source"),
    )


def _limit(c: Cells) -> f.LimitRow:
    kind = c.one_of("kind", f.LimitKind)
    value = c.optional_number("value")
    if (value is None) != (kind in f.WITHOUT_NUMBER):
        said = "A limit needs a number, and one that is unreadable or allows no trace may have none."
        c.fault("value", "library.limit_value", said)
    return f.LimitRow(
        standard=c.need("standard"),
        clause=c.text("clause"),
        substance=c.need("substance"),
        food=c.need("food"),
        exclude=c.many("exclude"),
        condition=c.text("condition"),
        basis=c.one_of("basis", f.Basis),
        value=value,
        unit=c.unit("unit"),
        kind=kind,
        starts_on=c.optional_day("starts_on"),
        ends_on=c.optional_day("ends_on"),
        printed=c.need("printed"),
        source=c.need("source"),
    )


def _coverage(c: Cells) -> f.SubstanceCoverage:
    return f.SubstanceCoverage(
        c.need("standard"), c.need("substance"), c.one_of("coverage", f.Coverage), c.text("note")
    )


def _definition(c: Cells) -> f.ResidueDefinition:
    return f.ResidueDefinition(
        definition=c.need("definition"),
        standard=c.need("standard"),
        substance=c.need("substance"),
        foods=c.many("foods"),
        except_foods=c.many("except_foods"),
        text=c.text("text"),
        expressed_as=c.text("expressed_as"),
        clause=c.text("clause"),
        state=c.one_of("state", f.DefinitionState),
        source=c.need("source"),
        components=(),
    )


def _component(c: Cells) -> f.DefinitionComponent:
    return f.DefinitionComponent(c.need("definition"), c.need("substance"), c.number("factor"), c.need("source"))


def _prohibition(c: Cells) -> f.Prohibition:
    return f.Prohibition(
        substance=c.need("substance"),
        kind=c.one_of("kind", f.ProhibitionKind),
        foods=c.many("foods"),
        except_foods=c.many("except_foods"),
        region=c.text("region"),
        rule=c.need("rule"),
        in_force_on=c.day("in_force_on"),
        date_is=c.one_of("date_is", f.DateIs),
        ended_on=c.optional_day("ended_on"),
        note=c.text("note"),
        source=c.need("source"),
    )


def _screening(c: Cells) -> f.Screening:
    return f.Screening(c.need("standard"), c.need("parameter"), c.need("screened_by"), c.need("source"))


def _announced(c: Cells) -> f.AnnouncedLimit:
    return f.AnnouncedLimit(
        substance=c.need("substance"),
        product=c.need("product"),
        printed_limit=c.need("printed_limit"),
        unit=c.text("unit"),
        standard=c.need("standard"),
        source=c.need("source"),
    )


def _method_analyte(c: Cells) -> f.MethodAnalyte:
    return f.MethodAnalyte(
        method=c.need("method"),
        substance=c.need("substance"),
        run=c.text("run"),
        retention_min=c.text("retention_min"),
        polarity=c.text("polarity"),
        quantifier=c.text("quantifier"),
        qualifiers=c.text("qualifiers"),
        limit_of_detection=c.optional_number("limit_of_detection"),
        limit_of_quantification=c.optional_number("limit_of_quantification"),
        unit=c.unit("unit"),
        source=c.need("source"),
    )


def _method(c: Cells) -> f.Method:
    return f.Method(
        code=c.need("code"),
        undated_code=c.need("undated_code"),
        edition=c.text("edition"),
        title=c.text("title"),
        technique=c.text("technique"),
        matrices=c.many("matrices"),
        published_on=c.optional_day("published_on"),
        citation=c.one_of("citation", f.Citation),
        source=c.need("source"),
        substances=(),
    )


def _method_substance(c: Cells) -> tuple[str, str]:
    c.need("standard")
    c.need("source")
    return c.need("method"), c.need("substance")


def _division(c: Cells) -> r.Division:
    return r.Division(
        code=c.need("code"),
        name=c.need("name"),
        level=c.need("level"),
        kind=c.need("kind"),
        parent=c.text("parent"),
        population=c.count("population"),
        population_year=c.count("population_year"),
        population_source=c.need("population_source"),
        code_source=c.need("code_source"),
    )


def _target(c: Cells) -> r.Target:
    return r.Target(
        id=c.need("id"),
        item=c.need("item"),
        comparison=c.need("comparison"),
        value=c.number("value"),
        unit=c.need("unit"),
        scope=c.need("scope"),
        period=c.need("period"),
        starts_on=c.day("starts_on"),
        ends_on=c.optional_day("ends_on"),
        note=c.text("note"),
        source=c.need("source"),
    )


_LIMIT_COLUMNS = (
    "standard,clause,substance,food,exclude,condition,basis,value,unit,kind,starts_on,ends_on,printed,source"
)
#: Columns that older releases do not have, and what their rows mean. A stored release stays as it is.
LATER_COLUMNS = {"standards.csv": {"comparison": Comparison.FULL_VALUE.value}}
#: What each file holds: its columns, and what makes a fact of a row. A name ending in `*` stands for several files.
FILES: dict[str, tuple[str, Callable[[Cells], Any]]] = {
    "substances.csv": ("code,name_zh,name_en,cas,kind,molar_mass,adi,arfd,source", _substance),
    "substance_aliases.csv": ("alias,substance,source", _alias),
    "foods.csv": ("standard,food,name,parent,level,printed_within,form,measured_part,source", _food),
    "food_aliases.csv": ("standard,alias,food,source", _food_alias),
    "food_links.csv": ("standard,food,to_standard,to_food,source", _food_link),
    "standards.csv": (
        "code,title,kind,market,family,tree,subjects,supplements,published_on,effective_on,effective_is,ended_on,"
        "replaced_by,limits_loaded,is_complete,default_value,default_unit,comparison,note,source",
        _standard,
    ),
    "limits/*-coverage.csv": ("standard,substance,coverage,note", _coverage),
    "limits/*.csv": (_LIMIT_COLUMNS, _limit),
    "residue_definitions.csv": (
        "definition,standard,substance,foods,except_foods,text,expressed_as,clause,state,source",
        _definition,
    ),
    "residue_components.csv": ("definition,substance,factor,source", _component),
    "prohibitions.csv": (
        "substance,kind,foods,except_foods,region,rule,in_force_on,date_is,ended_on,note,source",
        _prohibition,
    ),
    "screenings.csv": ("standard,parameter,screened_by,source", _screening),
    "announced_limits.csv": ("substance,product,printed_limit,unit,standard,source", _announced),
    "methods.csv": (
        "code,undated_code,edition,title,technique,matrices,published_on,citation,source",
        _method,
    ),
    "method_substances.csv": ("method,substance,standard,source", _method_substance),
    "method_analytes.csv": (
        "method,substance,run,retention_min,polarity,quantifier,qualifiers,limit_of_detection,"
        "limit_of_quantification,unit,source",
        _method_analyte,
    ),
    "divisions_guizhou.csv": (
        "code,name,level,kind,parent,population,population_year,population_source,code_source",
        _division,
    ),
    "targets.csv": ("id,item,comparison,value,unit,scope,period,starts_on,ends_on,note,source", _target),
}
