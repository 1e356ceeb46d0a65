"""A sample is judged by its verified results; each judgement is a record of its own and can explain itself."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from lims.core.actions import Action
from lims.core.actors import Actor
from lims.core.clock import FixedClock
from lims.core.errors import NotFound, RuleRefused
from lims.db.work import save
from lims.library.files import parse_library, read_library
from lims.library.rules import Library
from lims.limits import queries
from lims.limits.service import judge_sample, reasons_not_to_report
from lims.limits.tables import Judgement, JudgementLine
from lims.limits.verdicts import Flag, Overall, Verdict
from lims.results.rules import ResultOrigin, ResultStatus
from lims.results.tables import Result
from lims.runtime import Lims
from lims.samples.rules import BasisKind, Programme, SampleStatus, Stage, TestStatus
from lims.samples.tables import AssignedTest, Sample
from lims.science.amounts import Amount, NotDetected, Quantified, amount_to_dict
from lims.science.units import UnitCode
from tests.factories import Cast

LIBRARY = Library(parse_library(read_library()))
MG_KG = UnitCode.MG_PER_KG
COWPEA = "蔬菜/豆类蔬菜/荚可食类豆类蔬菜/豇豆"


def found(value: str) -> Amount:
    return Quantified(Decimal(value), MG_KG)


def nothing() -> Amount:
    return NotDetected(Decimal("0.003"), MG_KG, Decimal("0.01"))


def a_sample(
    lims: Lims,
    actor: Actor,
    measured: Mapping[str, Mapping[str, Amount]],
    *,
    food: str = COWPEA,
    verified: bool = True,
    region: str = "520304",
) -> UUID:
    """A sample with a test for each parameter, and the verified results of its analytes."""
    assert actor.laboratory_id is not None
    assert actor.user_id is not None
    number = f"LA-2026-{len(food):06}"
    now = datetime(2026, 11, 22, tzinfo=UTC)
    sample = Sample(
        laboratory_id=actor.laboratory_id, number=number, blind_code="B7K2M4XQ", status=SampleStatus.TESTED,
        product_name="豇豆", food=food, programme=Programme.ROUTINE, stage=Stage.FARM, client="播州区农业农村局",
        inspected_party="某合作社", region_code=region, place="龙坑街道", sampled_on=date(2026, 11, 20),
        sampling_sheet_number="C-1", samplers="甲、乙", quantity=Decimal(3), quantity_unit="kg",
        basis_on=date(2026, 11, 20), basis_kind=BasisKind.HARVEST, registered_at=now,
    )  # fmt: skip
    with lims.work(actor, Action.SAMPLE_REGISTER) as session:
        save(session, sample)
        for parameter, amounts in measured.items():
            status = TestStatus.VERIFIED if verified else TestStatus.ASSIGNED
            test = save(
                session,
                AssignedTest(
                    laboratory_id=actor.laboratory_id, sample_id=sample.id, parameter=parameter,
                    method_code="GB 23200.121-2026", status=status,
                ),
            )  # fmt: skip
            for analyte, amount in amounts.items():
                save(
                    session,
                    Result(
                        laboratory_id=actor.laboratory_id, sample_id=sample.id, test_id=test.id, analyte=analyte,
                        status=ResultStatus.VERIFIED, origin=ResultOrigin.HAND, amount=amount_to_dict(amount),
                        value=amount.value if isinstance(amount, Quantified) else None, unit=MG_KG.value,
                        limit_of_quantification=Decimal("0.01"), analysed_on=date(2026, 11, 21),
                        entered_by=actor.user_id, entered_at=now,
                    ),
                )  # fmt: skip
    return sample.id


def judge(lims: Lims, actor: Actor, sample_id: UUID) -> tuple[Judgement, dict[str, JudgementLine]]:
    """The judgement of the sample and its lines by parameter."""
    with lims.work(actor, Action.SAMPLE_JUDGE) as session:
        judgement = judge_sample(session, LIBRARY, sample_id)
        return judgement, {line.parameter: line for line in queries.lines_of(session, judgement.id)}


@pytest.mark.both_databases
def test_a_sample_is_judged_and_the_whole_way_is_kept(lims: Lims, cast: Cast) -> None:
    sample_id = a_sample(
        lims,
        cast.ann,
        {
            "carbofuran": {"carbofuran": nothing(), "3-hydroxycarbofuran": nothing()},
            "emamectin-benzoate": {"emamectin-benzoate": found("0.21")},
            "bifenthrin": {"bifenthrin": nothing()},
        },
    )

    judgement, lines = judge(lims, cast.cai, sample_id)

    assert (judgement.overall, judgement.library_sha256) == (Overall.FAILS, LIBRARY.facts.sha256)
    assert judgement.judged_by == cast.cai.user_id
    assert {flag: codes for flag, codes in judgement.flags.items() if codes} == {"without_limit": ["bifenthrin"]}
    assert set(judgement.flags) == {*Flag, "without_limit", "not_judged"}
    assert {name: line.verdict for name, line in lines.items()} == {
        "carbofuran": Verdict.CONFORMS,
        "emamectin-benzoate": Verdict.EXCEEDS,
        "bifenthrin": Verdict.NO_LIMIT,
    }
    line = lines["emamectin-benzoate"]
    assert (line.limit_value, line.unit) == (Decimal("0.2"), "mg/kg")
    assert line.amount == {"kind": "quantified", "value": "0.21", "unit": "mg/kg"}
    assert line.explanation["edition"]["code"] == "GB 2763-2026"
    assert line.explanation["comparison"]["compared"] == "0.21 > 0.2"
    assert "0.21 > 0.2" in line.sentence_zh
    assert json.loads(json.dumps(line.explanation)) == line.explanation


def test_a_banned_substance_fails_the_sample_below_its_limit(lims: Lims, cast: Cast) -> None:
    sample_id = a_sample(
        lims, cast.ann, {"carbofuran": {"carbofuran": found("0.012"), "3-hydroxycarbofuran": nothing()}}
    )

    judgement, lines = judge(lims, cast.cai, sample_id)

    assert (judgement.overall, judgement.flags["banned_detected"]) == (Overall.FAILS, ["carbofuran"])
    assert lines["carbofuran"].limit_verdict is Verdict.CONFORMS


def test_results_of_another_test_of_the_sample_complete_a_sum(lims: Lims, cast: Cast) -> None:
    carbendazim, methyl = {"carbendazim": found("0.40")}, {"thiophanate-methyl": found("0.30")}
    sample_id = a_sample(
        lims, cast.ann, {"carbendazim": carbendazim, "thiophanate-methyl": methyl}, food="蔬菜/茎类蔬菜/芦笋"
    )

    judgement, lines = judge(lims, cast.cai, sample_id)

    assert lines["carbendazim"].verdict is Verdict.CONFORMS
    assert lines["thiophanate-methyl"].verdict is Verdict.EXCEEDS  # 0.40 + 0.30 × 0.5584 > 0.5
    assert judgement.overall is Overall.FAILS


def test_glyphosate_in_tea_is_flagged_beside_a_passing_verdict(lims: Lims, cast: Cast) -> None:
    sample_id = a_sample(lims, cast.ann, {"glyphosate": {"glyphosate": found("0.5")}}, food="饮料类/茶叶")

    judgement, lines = judge(lims, cast.cai, sample_id)

    assert (judgement.overall, judgement.flags["local_use_violation"]) == (Overall.CONFORMS, ["glyphosate"])
    assert lines["glyphosate"].local_use_violation


def test_a_sample_with_open_tests_is_pending_and_may_not_be_reported(lims: Lims, cast: Cast) -> None:
    sample_id = a_sample(lims, cast.ann, {"emamectin-benzoate": {"emamectin-benzoate": found("9")}}, verified=False)

    judgement, lines = judge(lims, cast.cai, sample_id)

    assert judgement.overall is Overall.PENDING
    assert lines["emamectin-benzoate"].verdict is Verdict.NOT_JUDGED
    assert lines["emamectin-benzoate"].amount is None
    assert [r.code for r in reasons_not_to_report(judgement)] == ["judgement.pending"]


def test_judging_again_keeps_the_judgement_before(lims: Lims, cast: Cast, clock: FixedClock) -> None:
    sample_id = a_sample(lims, cast.ann, {"emamectin-benzoate": {"emamectin-benzoate": found("0.1")}})
    first, _ = judge(lims, cast.cai, sample_id)
    clock.instant += timedelta(hours=1)
    second, _ = judge(lims, cast.cai, sample_id)

    with lims.read(cast.cai, Action.RESULT_READ) as session:
        kept = queries.judgements_of(session, sample_id)
        latest = queries.latest_judgement(session, sample_id)

    assert [(j.serial, j.id) for j in kept] == [(2, second.id), (1, first.id)]
    assert latest is not None
    assert latest.id == second.id


def test_nobody_judges_the_samples_of_another_laboratory(lims: Lims, cast: Cast) -> None:
    sample_id = a_sample(lims, cast.ann, {"emamectin-benzoate": {"emamectin-benzoate": found("0.1")}})

    with pytest.raises(NotFound):
        judge(lims, cast.eve, sample_id)


def test_a_sample_without_tests_has_nothing_to_judge(lims: Lims, cast: Cast) -> None:
    sample_id = a_sample(lims, cast.ann, {})

    with pytest.raises(RuleRefused) as refused:
        judge(lims, cast.cai, sample_id)

    assert [r.code for r in refused.value.reasons] == ["judgement.nothing_to_judge"]


def test_an_animal_food_is_named_as_the_standard_of_drugs_names_it(lims: Lims, cast: Cast) -> None:
    measured = {"enrofloxacin": {"enrofloxacin": found("0.05"), "ciprofloxacin": nothing()}}
    sample_id = a_sample(lims, cast.ann, measured, food="动物源食品/禽肉类/鸡肉")

    judgement, lines = judge(lims, cast.cai, sample_id)

    assert judgement.overall is Overall.CONFORMS
    assert judgement.flags["source_unverified"] == ["enrofloxacin"]
    assert (
        judgement.flags["food_unconfirmed"] == []
    )  # GB 31650 knows 鸡肉 itself: no link from the other tree is needed
    assert lines["enrofloxacin"].explanation["food"]["given"] == "鸡肉"
