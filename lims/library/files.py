"""Reads a method library into plain facts: all of it, checked, or nothing with every fault named.

The folder holds `manifest.toml` (edition, and each file with its number of rows and SHA-256) and CSV files.
"""

import hashlib
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lims.core.errors import BadInput, refuse_bad
from lims.core.reasons import Reason, Where, reason
from lims.library import facts as f
from lims.library.cells import Cells, read_rows
from lims.library.references import faults_between

#: The library that comes with the program.
METHOD_LIBRARY = Path(__file__).parents[2] / "method_library"
MANIFEST = "manifest.toml"


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
        form=c.one_of("form", f.Form),
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
        note=c.text("note"),
        source=c.need("source"),
    )


def _limit(c: Cells) -> f.LimitRow:
    kind = c.one_of("kind", f.LimitKind)
    value = c.optional_number("value")
    if (value is None) != (kind is f.LimitKind.UNREADABLE):
        c.fault("value", "library.limit_value", "A limit needs a number, and one that is unreadable may have none.")
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


def _division(c: Cells) -> f.Division:
    return f.Division(
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


def _target(c: Cells) -> f.Target:
    return f.Target(
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
#: What each file holds: its columns, and what makes a fact of a row. A name ending in `*` stands for several files.
_FILES: dict[str, tuple[str, Callable[[Cells], Any]]] = {
    "substances.csv": ("code,name_zh,name_en,cas,kind,molar_mass,adi,arfd,source", _substance),
    "substance_aliases.csv": ("alias,substance,source", _alias),
    "foods.csv": ("standard,food,name,parent,level,printed_within,form,measured_part,source", _food),
    "food_aliases.csv": ("standard,alias,food,source", _food_alias),
    "food_links.csv": ("standard,food,to_standard,to_food,source", _food_link),
    "standards.csv": (
        "code,title,kind,market,family,tree,subjects,supplements,published_on,effective_on,effective_is,ended_on,"
        "replaced_by,limits_loaded,is_complete,default_value,default_unit,note,source",
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


@dataclass(frozen=True, slots=True)
class LibraryFiles:
    """The bytes of a release: its list of files, and the files by name."""

    manifest: bytes
    files: Mapping[str, bytes]

    @property
    def sha256(self) -> str:
        """The hash of the list of files; since that names the hash of every file, it covers every byte."""
        return hashlib.sha256(self.manifest).hexdigest()


def read_library(folder: Path = METHOD_LIBRARY) -> LibraryFiles:
    """The bytes of a library folder, not looked into yet: `parse_library` does that.

    Raises `BadInput` when there is no list of files in it.
    """
    manifest = folder / MANIFEST
    if not manifest.is_file():
        raise BadInput(
            reason("library.manifest", "The list of the library's files cannot be read.", at=Where(MANIFEST))
        )
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*.csv"))}
    return LibraryFiles(manifest.read_bytes(), found)


def parse_library(release: LibraryFiles) -> f.LibraryFacts:
    """The facts of a release, whole and checked.

    Raises `BadInput` with every fault: its file as the field, its row and its column.
    """
    faults: list[Reason] = []
    manifest = _manifest(release.manifest)
    found: dict[str, list[Any]] = {pattern: [] for pattern in _FILES}
    for listed in manifest["files"]:
        pattern = _pattern_of(listed["name"])
        content = _content(release, listed, faults)
        if pattern is None:
            said = "The library has no file of this name."
            faults.append(reason("library.file_not_known", said, at=Where(listed["name"])))
        elif content is not None:
            columns, make = _FILES[pattern]
            before = len(faults)
            rows = read_rows(listed["name"], content, columns.split(","), make, faults)
            if len(faults) == before:
                _check_count(listed, len(rows), faults)
            found[pattern].extend(rows)
    faults.extend(_unlisted(release, {listed["name"] for listed in manifest["files"]}))
    faults.extend(_orphans(found))
    refuse_bad(faults)
    library = _assemble(manifest, release.sha256, found)
    refuse_bad(faults_between(library))
    return library


def _manifest(content: bytes) -> dict[str, Any]:
    try:
        manifest = tomllib.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as unreadable:
        raise BadInput(
            reason("library.manifest", "The list of the library's files cannot be read.", at=Where(MANIFEST))
        ) from unreadable
    complete = isinstance(manifest.get("edition"), str) and isinstance(manifest.get("title"), str)
    listed = manifest.get("files", [])
    tables = isinstance(listed, list) and all(isinstance(entry, dict) for entry in listed)
    if not (complete and tables) or not all(set(entry) == {"name", "rows", "sha256"} for entry in listed):
        raise BadInput(
            reason(
                "library.manifest_incomplete",
                "The list of the library's files needs an edition, a title, and name, rows and sha256 of every file.",
                at=Where(MANIFEST),
            )
        )
    names = {entry["name"] for entry in listed}
    refuse_bad(
        [
            reason("library.file_missing", "The library needs this file.", at=Where(pattern))
            for pattern in _FILES
            if not any(_pattern_of(name) == pattern for name in names)
        ]
    )
    return manifest


def _pattern_of(name: str) -> str | None:
    """Which kind of file a name is; the first pattern that fits, so coverage comes before limits."""
    for pattern in _FILES:
        before, star, after = pattern.partition("*")
        if name == pattern or (star and name.startswith(before) and name.endswith(after)):
            return pattern
    return None


def _content(release: LibraryFiles, listed: dict[str, Any], faults: list[Reason]) -> bytes | None:
    name: str = listed["name"]
    content = release.files.get(name)
    if content is None:
        faults.append(reason("library.file_missing", "The library needs this file.", at=Where(name)))
    elif hashlib.sha256(content).hexdigest() != listed["sha256"]:
        said = "The file is not the one the list names: its SHA-256 differs. A released edition is never edited."
        faults.append(reason("library.file_changed", said, at=Where(name)))
        return None
    return content


def _check_count(listed: dict[str, Any], rows: int, faults: list[Reason]) -> None:
    if rows != listed["rows"]:
        faults.append(
            reason(
                "library.row_count",
                "The file has {found} rows; the list says {needed}.",
                at=Where(listed["name"]),
                found=rows,
                needed=listed["rows"],
            )
        )


def _unlisted(release: LibraryFiles, listed: set[str]) -> list[Reason]:
    return [
        reason("library.file_unlisted", "The file is not in the list of the library's files.", at=Where(name))
        for name in sorted(release.files)
        if name not in listed
    ]


def _orphans(found: dict[str, list[Any]]) -> list[Reason]:
    """Rows that belong to nothing: they would otherwise be dropped without a word."""
    definitions = {d.definition for d in found["residue_definitions.csv"]}
    methods = {m.code for m in found["methods.csv"]}
    lost = {("residue_components.csv", c.definition) for c in found["residue_components.csv"]} - {
        ("residue_components.csv", name) for name in definitions
    }
    lost |= {("method_substances.csv", method) for method, _ in found["method_substances.csv"] if method not in methods}
    return [
        reason("library.owner_unknown", "{owner} is named here and stands nowhere.", at=Where(file), owner=owner)
        for file, owner in sorted(lost)
    ]


def _assemble(manifest: dict[str, Any], sha256: str, found: dict[str, list[Any]]) -> f.LibraryFacts:
    components: list[f.DefinitionComponent] = found["residue_components.csv"]
    definitions: list[f.ResidueDefinition] = found["residue_definitions.csv"]
    methods: list[f.Method] = found["methods.csv"]
    cited: list[tuple[str, str]] = found["method_substances.csv"]
    return f.LibraryFacts(
        edition=manifest["edition"],
        title=manifest["title"],
        sha256=sha256,
        substances=tuple(found["substances.csv"]),
        substance_aliases=tuple(found["substance_aliases.csv"]),
        foods=tuple(found["foods.csv"]),
        food_aliases=tuple(found["food_aliases.csv"]),
        food_links=tuple(found["food_links.csv"]),
        standards=tuple(found["standards.csv"]),
        limits=tuple(found["limits/*.csv"]),
        coverage=tuple(found["limits/*-coverage.csv"]),
        definitions=tuple(replace(d, components=_components_of(d, components)) for d in definitions),
        screenings=tuple(found["screenings.csv"]),
        prohibitions=tuple(found["prohibitions.csv"]),
        announced=tuple(found["announced_limits.csv"]),
        methods=tuple(replace(m, substances=_of(m.code, cited)) for m in methods),
        method_analytes=tuple(found["method_analytes.csv"]),
        divisions=tuple(found["divisions_guizhou.csv"]),
        targets=tuple(found["targets.csv"]),
    )


def _components_of(
    definition: f.ResidueDefinition, components: Iterable[f.DefinitionComponent]
) -> tuple[f.DefinitionComponent, ...]:
    """The definition's components, the one that the sum is expressed as first: so a sum is read and printed."""
    own = [c for c in components if c.definition == definition.definition]
    return tuple(sorted(own, key=lambda c: c.substance != definition.expressed_as))


def _of(key: str, pairs: Iterable[tuple[str, Any]]) -> tuple[Any, ...]:
    return tuple(value for owner, value in pairs if owner == key)
