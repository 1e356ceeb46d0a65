"""Whatever stands in a table of results: it is evaluated or refused by rule, and no row is lost."""

import csv
import io
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from lims.core.errors import BadInput
from lims.core.language import Language, translator
from lims.documents.proficiency_drawing import density_svg, ordered_scores_svg, youden_svg
from lims.proficiency.answer import as_json
from lims.proficiency.report import compose
from lims.proficiency.submissions import read_submissions
from lims.science.proficiency import evaluate_round
from lims.science.proficiency_setting import AssignedBy, Choice, SigmaBy

HEADING = ("participant", "analyte", "item", "value", "unit", "uncertainty", "replicate", "assigned_value", "sigma_pt")
odd = st.sampled_from(["1.2e3", "1e90", "1e-90", "0", "-1", "<0.01", "ND", "NaN", "abc", "", "１２", "0.120"])
usual = st.integers(80, 140).map("0.{:03}".format)
numbers = st.one_of(usual, usual, usual, st.integers(1, 10**6).map(str), odd)
units = st.sampled_from([*["mg/kg"] * 8, "ug/kg", "μg/kg", "mg/L", "%", "", "furlong"])
tables = st.lists(
    st.tuples(
        st.integers(1, 12).map("参加者 {}".format), st.sampled_from(["Pb", "Cd"]), st.sampled_from(["1", "1", "2"]),
        numbers, units, st.sampled_from(["", "0.02", "x", "-1", "1e80"]), st.sampled_from(["", "1", "2"]),
        st.sampled_from([""] * 30 + ["0.12", "0"]), st.sampled_from([""] * 30 + ["0.02"]),
    ),
    min_size=1, max_size=60,
)  # fmt: skip
choices = st.builds(
    Choice,
    assigned=st.sampled_from([by for by in AssignedBy if by is not AssignedBy.GIVEN]),
    sigma=st.sampled_from([SigmaBy.ROBUST, SigmaBy.HORWITZ]),
)


@settings(max_examples=200, deadline=None)
@given(tables, choices)
def test_every_row_counts_or_says_why_not(rows: list[tuple[str, ...]], choice: Choice) -> None:
    written = io.StringIO()
    csv.writer(written).writerows([HEADING, *rows])
    try:
        handed_in = read_submissions(written.getvalue().encode())
    except BadInput:
        return

    found = evaluate_round(handed_in.round, choice)

    counted = sum(len(result.replicates) for results in handed_in.results for result in results)
    assert counted + len(handed_in.left_out) == len(rows)
    json.dumps(as_json(handed_in, found), allow_nan=False)
    report = compose(handed_in, found, Language.CHINESE, "round")
    drawn = [ordered_scores_svg(part.scores) for part in report.parts if part.scores]
    drawn += [density_svg(part.density) for part in report.parts if part.density]
    drawn += [youden_svg(part.drawing) for part in report.youden]
    assert not any("nan" in picture or "inf" in picture for picture in drawn)
    assert all(one.reason.translated(translator(Language.CHINESE)) for one in handed_in.left_out)
