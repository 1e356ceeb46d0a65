"""What instruments' own programs printed is met from the responses that they printed, within the digits they give.

The exports under samples/instruments are described, with their origin and licence, in SOURCES.md beside them; where
they are absent these tests are skipped. None of them holds the answers of a four-parameter fit.
"""

import csv
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from lims.science.calibration import CalibrationPoint, Weighting
from lims.science.calibration_curve import CalibrationModel, Origin
from lims.science.calibration_models import Polynomial, fit_polynomial
from lims.science.internal_standard import response_ratio

FILES = Path(__file__).parents[2] / "../shared/samples/instruments/files"


def lines(name: str, encoding: str = "utf-8-sig") -> list[str]:
    path = FILES / name
    if not path.is_file():
        pytest.skip(f"{name} is not on this machine")
    return path.read_text(encoding=encoding).splitlines()


#: Compounds of the file whose standards were all used, and what the method made of the origin.
TARGETLYNX = {
    "tryptophan": Origin.FREE,
    "3-hydroxykynurenine": Origin.FREE,
    "3-hydroxyanthranilic acid": Origin.FREE,
    "kynurenic acid": Origin.FREE,
    "nicotinamide adenine ribonucleotide": Origin.FREE,
    "quinolinic acid": Origin.FREE,
    "nicotinic acid": Origin.FREE,
    "picolinic acid": Origin.FREE,
    "xanthurenic acid": Origin.FREE,
    "indole-3-acetic acid": Origin.POINT,
    "citrulline": Origin.FREE,
    "dopamine": Origin.FREE,
    "5-hydroxyindole acetic acid": Origin.FREE,
    "serotonin": Origin.FREE,
}


def targetlynx_standards(compound: str) -> Iterator[list[str]]:
    """Rows of standards: …, %Dev [5], flags, Conc. [7], Std. Conc [8], RT, Area [10], IS Area [11], Response [12]."""
    block = ""
    for line in lines("waters_targetlynx/plate_1_export.txt", "latin-1"):
        begins = re.fullmatch(r"Compound \d+:\s+(.+)", line)
        block = begins[1].strip() if begins else block
        cells = line.split("\t")
        if block == compound and "Standard" in cells:
            yield cells


@pytest.mark.parametrize(("compound", "origin"), TARGETLYNX.items())
def test_targetlynx_is_met_to_the_last_printed_digit(compound: str, origin: Origin) -> None:
    """A line weighted 1/x² through A·c_IS/A_IS: 16 concentrations to three places, deviations to one."""
    rows = list(targetlynx_standards(compound))
    standards = [
        CalibrationPoint(Decimal(row[8]), response_ratio(Decimal(row[10]), Decimal(row[11]), Decimal(10)))
        for row in rows
    ]

    curve = fit_polynomial(standards, CalibrationModel.LINEAR, Weighting.INVERSE_X_SQUARED, origin)

    assert len(rows) == 16
    for row, read in zip(rows, curve.points, strict=True):
        assert float(read.found or 0) == pytest.approx(float(row[7]), abs=0.00051)
        assert float(read.deviation_percent or 0) == pytest.approx(float(row[5]), abs=0.051)
        # The response is printed to three places, with c_IS = 10.
        assert float(read.point.response) == pytest.approx(float(row[12]), abs=0.00051)


@pytest.mark.parametrize("compound", ["Corticosterone", "Cortisol", "Cortisone"])
def test_masshunter_is_met_as_far_as_it_prints_responses(compound: str) -> None:
    """A parabola weighted 1/x² through the ratio to the internal standard, which is printed to two places."""
    groups, heads, *rows = csv.reader(lines("agilent_masshunter_quant/MH_ext_cal_quant_assay.csv"))
    first = groups.index(f"{compound} Results")
    concentration, accuracy, ratio = (
        heads.index(head, first) for head in ("Final Conc.", "Accuracy", "ISTD Resp. Ratio")
    )
    rows = [row for row in rows if row[heads.index("Type")] == "Cal"]
    nominal = [Decimal(row[concentration]) / Decimal(row[accuracy]) * 100 for row in rows]

    curve = fit_polynomial(
        [CalibrationPoint(x, Decimal(row[ratio])) for x, row in zip(nominal, rows, strict=True)],
        CalibrationModel.QUADRATIC,
        Weighting.INVERSE_X_SQUARED,
    )

    assert len(rows) == 6
    for row, read in zip(rows, curve.points, strict=True):
        half_a_digit = 0.005 / float(row[ratio])
        assert float(read.found or 0) == pytest.approx(float(row[concentration]), rel=0.001 + half_a_digit)


def test_gcmssolution_reads_concentrations_as_we_do() -> None:
    """(A − constant)/slope of every compound, times the one factor from the solution to the sample in this file."""
    rows = [line.split("\t") for line in lines("shimadzu_gcmssolution/QP2010.txt", "latin-1")]
    (heads,) = (row for row in rows if row[0] == "ID#" and "Calibration Curve" in row)
    places = [heads.index(name) for name in ("Area", "Conc.", "1st", "Constant")]
    found = [
        [float(row[place]) for place in places]
        for row in rows
        if len(row) == len(heads) and "Linear" in row and row[places[0]].isdigit()
    ]

    assert len(found) >= 15
    factors = []
    for area, printed, slope, constant in found:
        read = Polynomial(constant, slope, 0.0, (0, 1)).concentration(area)
        assert isinstance(read, float)
        factors.append((printed / read, 0.000006 / abs(printed) + 2e-5))
    factor = min(factors, key=lambda one: one[1])[0]
    for one, tolerance in factors:
        assert one == pytest.approx(factor, rel=2 * tolerance)


def test_gen5_lays_the_same_line_as_far_as_three_places_tell() -> None:
    """`Y=A*X+B` through blanked wells and blanks: A 0.00168, B −0.000723."""
    rows = [line.split("\t") for line in lines("plate_readers/endpoint_stdcurve_singleplate.txt", "latin-1")]
    blanked = [row[1:4] for row in rows if row[-1].startswith("Blank 630nm")]
    nominal = ["2000", "666.67", "222.22", "74.074", "24.691", "8.2305", "2.7435", "0"]
    printed = next(row for row in rows if row[0] == "StdCurve")
    standards = [
        CalibrationPoint(Decimal(x), Decimal(y)) for x, wells in zip(nominal, blanked, strict=True) for y in wells
    ]

    curve = fit_polynomial(standards, CalibrationModel.LINEAR)

    assert curve.coefficient("slope").value == pytest.approx(float(printed[2]), abs=0.000006)
    assert curve.coefficient("intercept").value == pytest.approx(float(printed[3]), abs=0.0005)
    assert round(curve.r_squared, 3) == float(printed[4])
