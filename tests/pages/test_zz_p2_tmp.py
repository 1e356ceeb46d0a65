from pathlib import Path
import pytest
from tests.api.test_runs import set_up, Prepared
from tests.factories import a_cast, a_network
from tests.pages.conftest import text_of
from tests.pages.test_runs_pages import imported

@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_pg(lims, clock, browse, tmp_path, quick_passwords):
    a_network(lims)
    made = set_up(lims, a_cast(lims), tmp_path)
    ann = browse(made.cast.ann)
    number, run = imported(ann, made)
    for a in ("/worksheets?holds=A&state=open&sort=-created", "/runs?state=accepted", "/worksheets/new", f"/worksheets/{number}", f"{run}", f"{run}/checks?verdict=fail&verdict=pass&kind=blank&sort=-value&position=B", f"{run}/measured?said=none&said=not_detected&by_hand=no&sort=amount&sample=A", f"{run}/measured?said=quantified&sort=-loq", f"{run}/calibrations", f"{run}/rows"):
        r = ann.get(a); assert r.status_code == 200, (a, text_of(r))
