"""A batch gives contents only where its calibration and checks allow it; what it cannot give keeps its reasons."""

from dataclasses import replace
from decimal import Decimal

import pytest

from lims.runs.profile import ImportProfile
from lims.runs.quality_plan import STARTING_PLAN, QualityPlan
from lims.runs.rules import EntryKind
from lims.science.amounts import BelowLoq, NotDetected, Quantified
from lims.science.quality_control import QcCheck, QcVerdict
from lims.science.units import UnitCode
from tests.unit.runs.batches import COMPOUNDS, CONTENTS, D, a_worksheet, an_entry, evaluated, measured

NONE: dict[str, Decimal] = {}


def reason_codes(evaluation_of: dict[str, dict[str, Decimal]], label: str = "S-2") -> list[str]:
    evaluation = evaluated({**CONTENTS, **evaluation_of})
    return [why.code for why in measured(evaluation, label, "carbofuran").reasons]


def test_a_good_batch_gives_every_sample_its_amount() -> None:
    evaluation = evaluated()

    found = measured(evaluation, "S-2", "carbofuran").amount
    assert isinstance(found, Quantified)
    assert float(found.value) == pytest.approx(0.045, rel=0.05)
    assert found.expanded_uncertainty == found.value * D("0.2")
    assert isinstance(measured(evaluation, "S-1", "carbofuran").amount, NotDetected)
    assert all(calibration.is_accepted for calibration in evaluation.calibrations)
    assert {check.outcome.verdict for check in evaluation.checks} <= {QcVerdict.PASS, QcVerdict.NOT_EVALUATED}
    assert {check.outcome.check for check in evaluation.checks} == {
        QcCheck.CALIBRATION_LEVEL,
        QcCheck.BLANK,
        QcCheck.SPIKE_RECOVERY,
        QcCheck.OVER_RANGE,
        QcCheck.DUPLICATE,
    }


def test_portion_volume_and_dilution_enter_the_content_with_their_units() -> None:
    diluted = an_entry(12, EntryKind.SAMPLE, "S-4", test_portion=D("5.00"), final_volume=D("20.0"), dilution=D(3))

    evaluation = evaluated({**CONTENTS, "S-4": {"carbofuran": D(10)}}, worksheet=a_worksheet(diluted))

    content = measured(evaluation, "S-4", "carbofuran").content
    assert content is not None
    assert float(content) == pytest.approx(10e-3 * 20 / 5 * 3, rel=0.05)


def test_a_peak_between_the_limits_is_detected_but_not_quantified() -> None:
    evaluation = evaluated({**CONTENTS, "S-3": {"carbofuran": D(6)}})

    assert measured(evaluation, "S-3", "carbofuran").amount == BelowLoq(D("0.01"), UnitCode.MG_PER_KG, detected=True)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"Cal-3": dict.fromkeys(COMPOUNDS, D(40))}, "calibration.level_deviates"),
        ({"Cal-2": NONE}, "run.standard_without_peak"),
        ({"Blank": {"carbofuran": D(9)}}, "qc.blank_too_high"),
        ({"S-1 spike": {"carbofuran": D(20)}}, "qc.recovery_outside"),
        ({"S-1 spike": NONE}, "qc.spike_not_found"),
        ({"S-2 dup": {"carbofuran": D(80)}}, "qc.duplicates_differ"),
    ],
)
def test_a_failing_calibration_or_check_keeps_every_sample_from_an_amount(
    changed: dict[str, dict[str, Decimal]], code: str
) -> None:
    assert code in reason_codes(changed)
    assert code in reason_codes(changed, "S-1")


def test_a_failure_of_one_analyte_leaves_the_other_alone() -> None:
    evaluation = evaluated({**CONTENTS, "Blank": {"carbofuran": D(9)}})

    assert measured(evaluation, "S-2", "carbofuran").amount is None
    assert measured(evaluation, "S-2", "chlorpyrifos").amount is not None


def test_above_the_highest_standard_is_diluted_again_and_hinders_only_that_sample() -> None:
    evaluation = evaluated({**CONTENTS, "S-3": {"carbofuran": D(180)}})

    over = measured(evaluation, "S-3", "carbofuran")
    assert [why.code for why in over.reasons] == ["qc.over_range"]
    assert over.amount is None
    assert over.content is not None
    assert measured(evaluation, "S-2", "carbofuran").amount is not None


def test_a_number_below_the_lowest_standard_is_not_extrapolated() -> None:
    coarse = replace(STARTING_PLAN, fewest_levels=3)
    worksheet = a_worksheet()
    entries = tuple(e for e in worksheet.entries if e.label not in ("Cal-1", "Cal-2"))

    evaluation = evaluated(
        {**CONTENTS, "S-3": {"carbofuran": D(15)}}, worksheet=replace(worksheet, entries=entries), plan=coarse
    )

    assert [w.code for w in measured(evaluation, "S-3", "carbofuran").reasons] == ["run.below_lowest_standard"]


@pytest.mark.parametrize(
    ("label", "code", "only_it"),
    [("S-3", "run.position_missing", True), ("Blank", "qc.blank_not_measured", False)],
)
def test_what_was_not_injected_is_not_invented(label: str, code: str, only_it: bool) -> None:
    evaluation = evaluated(left_out=[label])

    assert code in [why.code for why in measured(evaluation, "S-3", "carbofuran").reasons]
    assert (measured(evaluation, "S-2", "carbofuran").amount is not None) is only_it


@pytest.mark.parametrize(
    ("plan", "code"),
    [
        (replace(STARTING_PLAN, retention_time_tolerance_min=D("0.0001")), "identification.retention_time"),
        (replace(STARTING_PLAN, ion_ratio_tolerance_percent=D("0.001")), "identification.ion_ratio"),
        (
            replace(STARTING_PLAN, retention_time_tolerance_min=None, ion_ratio_tolerance_percent=None),
            "run.not_identified",
        ),
    ],
)
def test_a_number_is_given_only_for_a_peak_that_is_the_substance(plan: QualityPlan, code: str) -> None:
    evaluation = evaluated(plan=plan)

    assert code in [why.code for why in measured(evaluation, "S-2", "carbofuran").reasons]


def test_the_files_expected_concentration_must_be_the_worksheets() -> None:
    in_milligrams = replace_unit("mg/L")

    evaluation = evaluated(profile=in_milligrams)

    calibration = evaluation.calibrations[0]
    assert not calibration.is_accepted
    assert {why.code for why in calibration.reasons} == {"run.nominal_differs"}
    assert "Cell K3" in calibration.reasons[0].text


def replace_unit(unit: str) -> ImportProfile:
    return ImportProfile(unit, internal_standard="Triphenyl phosphate (ISTD)")


def test_without_internal_standard_the_area_itself_is_the_response() -> None:
    evaluation = evaluated(profile=ImportProfile("μg/L"), plan=replace(STARTING_PLAN, level_deviation_percent=D(60)))

    response = evaluation.calibrations[0].fit
    assert response is not None
    assert response.coefficient("slope").value > 1000


def test_a_check_standard_that_drifts_hinders() -> None:
    check = an_entry(12, EntryKind.CHECK_STANDARD, "CCV", nominal=D(20))

    steady = evaluated(worksheet=a_worksheet(check))
    drifted = evaluated({**CONTENTS, "CCV": dict.fromkeys(COMPOUNDS, D(28))}, worksheet=a_worksheet(check))

    assert measured(steady, "S-2", "carbofuran").amount is not None
    assert [w.code for w in measured(drifted, "S-2", "carbofuran").reasons] == ["run.check_standard_deviates"]
