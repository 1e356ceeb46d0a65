"""`lims proficiency evaluate`: a proficiency round from a table of results, without a server and without a database."""

import json
import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from lims.commands.common import language, written_whole
from lims.commands.proficiency_tables import print_items, print_round
from lims.core.errors import BadInput
from lims.core.language import Language, translator
from lims.core.reasons import Where, reason
from lims.proficiency.answer import as_json, is_complete, items_as_json
from lims.proficiency.items import check_items, read_portions
from lims.proficiency.submissions import Submissions, read_submissions
from lims.science.proficiency import EvaluatedRound, evaluate_round
from lims.science.proficiency_setting import AssignedBy, Choice, SigmaBy

#: Something was left out or has no score; the answer says what and why.
SOMETHING_LEFT_OUT = 1
#: An analyte is not homogeneous or not stable.
NOT_FIT = 1
_NUMBER = re.compile(r"(\d{1,20}\.?\d{0,20}|\.\d{1,20})(%?)", re.ASCII)

proficiency = typer.Typer(no_args_is_help=True, help="Proficiency rounds.")


def add_to(app: typer.Typer) -> None:
    """Put the commands under `lims`."""
    app.add_typer(proficiency, name="proficiency")


@proficiency.callback()
def _nothing_first() -> None:
    """Proficiency rounds."""


@proficiency.command()
def evaluate(
    file: Annotated[
        str,
        typer.Argument(
            help="CSV or xlsx with participant, analyte, value, unit and, where known, item, uncertainty (expanded), "
            "method, replicate, assigned_value, assigned_uncertainty (expanded), sigma_pt; - reads standard input."
        ),
    ],
    assigned: Annotated[
        str, typer.Option(help="Where the file gives no assigned value: robust-mean, median or hampel.")
    ] = AssignedBy.ROBUST_MEAN.value,
    sigma: Annotated[
        str,
        typer.Option(
            help="Where the file gives no sigma_pt: robust, algorithm-s (repeatability by the replicates), horwitz, a "
            "number, or a percentage as 25%."
        ),
    ] = SigmaBy.ROBUST.value,
    coverage: Annotated[str, typer.Option(help="k of the expanded uncertainties.")] = "2",
    encoding: Annotated[str, typer.Option(help="Of a text file: utf-8 or gb18030.")] = "utf-8",
    as_text: Annotated[bool, typer.Option("--json", help="For programs; else tables.")] = False,
    pdf: Annotated[Path | None, typer.Option(help="Write the report of the round there.")] = None,
    title: Annotated[str, typer.Option(help="Of the report: the name of the round.")] = "",
    spoken: Annotated[Language | None, typer.Option("--language", help="Of tables and report; the terminal's.")] = None,
) -> None:
    """Evaluate a round: assigned values, robust statistics, z, z′, ζ, En, D % and PA with grades. Nothing is stored.

    Status 0: every result has its score; 1: something was left out, the answer says why; 2: the file or the options
    cannot be used.
    """
    choice = _choice(assigned, sigma, coverage)
    handed_in = read_submissions(_content(file), encoding=_encoding(encoding))
    found = evaluate_round(handed_in.round, choice)
    chosen = spoken or language()
    if pdf is not None:
        _print_report(handed_in, found, pdf, chosen, title or Path(file).name)
    if as_text:
        typer.echo(json.dumps(as_json(handed_in, found), ensure_ascii=False, indent=2))
    else:
        print_round(handed_in, found, translator(chosen))
    raise typer.Exit(0 if is_complete(handed_in, found) else SOMETHING_LEFT_OUT)


@proficiency.command()
def homogeneity(
    file: Annotated[
        str, typer.Argument(help="CSV or xlsx with analyte, bottle, value, unit: each bottle at least twice.")
    ],
    sigma: Annotated[str, typer.Option(help="sigma_pt: horwitz, a number, or a percentage of the mean as 15%.")],
    later: Annotated[str | None, typer.Option(help="The same from later on, to test stability.")] = None,
    encoding: Annotated[str, typer.Option(help="Of text files: utf-8 or gb18030.")] = "utf-8",
    as_text: Annotated[bool, typer.Option("--json", help="For programs; else tables.")] = False,
) -> None:
    """Are the items of a round alike, and do they stay so (ISO 13528, annex B)? Nothing is stored.

    Status 0: every analyte is homogeneous and, if tested, stable; 1: one is not; 2: the files cannot be used.
    """
    by, number = _sigma(sigma)
    if by is None or by in {SigmaBy.ROBUST, SigmaBy.ALGORITHM_S}:
        sentence = "--sigma: “{text}” is not known; say horwitz, a number above 0 or a percentage such as 15%."
        raise BadInput(reason("proficiency.sigma_unknown", sentence, text=sigma, at=Where("sigma")))
    code = _encoding(encoding)
    second = {} if later is None else read_portions(_content(later), encoding=code)
    checks = check_items(read_portions(_content(file), encoding=code), second, Choice(sigma=by, number=number))
    if as_text:
        typer.echo(json.dumps(items_as_json(checks), ensure_ascii=False, indent=2))
    else:
        print_items(checks, translator(language()))
    raise typer.Exit(0 if all(one.is_fit for one in checks) else NOT_FIT)


def _encoding(text: str) -> str:
    return text.lower().replace("utf8", "utf-8")


def _print_report(handed_in: Submissions, found: EvaluatedRound, pdf: Path, spoken: Language, title: str) -> None:
    # Opened here: WeasyPrint takes longer to load than a round to evaluate.
    from lims.documents.press import Press
    from lims.proficiency.report import compose
    from lims.settings import load_settings

    settings = load_settings()
    with written_whole(pdf) as out:
        out.write(
            Press(settings.report_templates, settings.assets).proficiency(compose(handed_in, found, spoken, title))
        )


def _content(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read()
    if not Path(file).is_file():
        raise BadInput(reason("file.missing", "There is no file {file}.", file=file, at=Where("file")))
    return Path(file).read_bytes()


def _choice(assigned: str, sigma: str, coverage: str) -> Choice:
    """What the options say. Raises `BadInput` with every fault."""
    faults = []
    consensus = {one.value: one for one in AssignedBy if one is not AssignedBy.GIVEN}
    if assigned not in consensus:
        sentence = "--assigned: “{text}” is not known; say {allowed}."
        allowed = ", ".join(consensus)
        faults.append(
            reason("proficiency.assigned_unknown", sentence, text=assigned, allowed=allowed, at=Where("assigned"))
        )
    by, number = _sigma(sigma)
    if by is None:
        sentence = (
            "--sigma: “{text}” is not known; say robust, algorithm-s, horwitz, a number above 0 or a percentage such"
            " as 25%."
        )
        faults.append(reason("proficiency.sigma_unknown", sentence, text=sigma, at=Where("sigma")))
    k = _NUMBER.fullmatch(coverage)
    if k is None or k[2] or not 1 <= float(k[1]) <= 10:
        sentence = "--coverage: “{text}” is no coverage factor; it is a number from 1 to 10, usually 2."
        faults.append(reason("proficiency.coverage_unknown", sentence, text=coverage, at=Where("coverage")))
    if faults or by is None:
        raise BadInput(*faults)
    return Choice(consensus[assigned], by, number, float(coverage))


def _sigma(text: str) -> tuple[SigmaBy | None, float | None]:
    if text in {SigmaBy.ROBUST.value, SigmaBy.ALGORITHM_S.value, SigmaBy.HORWITZ.value}:
        return SigmaBy(text), None
    written = _NUMBER.fullmatch(text)
    if written is None or float(written[1]) == 0:
        return None, None
    return (SigmaBy.PERCENT if written[2] else SigmaBy.VALUE), float(written[1])
