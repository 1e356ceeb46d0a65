"""Loading an edition on the pages: hand in a table, look at what it changes, a second person decides."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from lims.runtime import Lims
from tests.api.laboratory import load
from tests.factories import Cast
from tests.pages.conftest import Browser, text_of

Browse = Callable[..., Browser]
KOREA = Path(__file__).parents[2] / "../shared/reference/mrl_kr.csv"
TABLE = "农药,食品,限量\n敌敌畏,豇豆,{value}\n敌敌畏,豆类蔬菜(豇豆除外),0.1\n全新灵,茄子,1*\n"
FIELDS = {"standard": "GB 2763-2031", "effective_on": "2031-03-01", "kind": "law", "subject": "pesticide"}


@pytest.fixture
def net(lims: Lims, cast: Cast, browse: Browse) -> Browser:
    """The network manager's browser; the library is loaded."""
    load(lims)
    return browse(cast.net)


@pytest.fixture
def ada(net: Browser, cast: Cast, browse: Browse) -> Browser:
    """Somebody else who may decide."""
    return browse(cast.ada)


def hand_in(person: Browser, value: str = "0.2", table: bytes | None = None, **fields: str) -> str:
    """The address of the draft that a table became."""
    content = TABLE.format(value=value).encode() if table is None else table
    answer = person.post("/library/drafts/new", FIELDS | fields, {"file": ("table.csv", content)})
    assert answer.status_code == 303, text_of(answer)
    address: str = answer.headers["location"]
    return address


def test_a_table_is_handed_in_and_another_person_releases_it(net: Browser, ada: Browser) -> None:
    assert net.get("/library/drafts/new").status_code == 200
    draft = hand_in(net)

    own, other = net.get(draft), ada.get(draft)
    assert f'action="{draft}/release"' not in own.text
    assert f'action="{draft}/release"' in other.text
    assert "GB 2763-2031" in text_of(ada.get("/library/releases"))
    version = re.search(r'name="version" value="(\d+)"', other.text)
    assert version is not None
    assert net.post(f"{draft}/release", {"version": version[1]}).status_code == 422
    released = ada.follow(ada.post(f"{draft}/release", {"version": version[1]}))

    assert "已启用资料版本" in text_of(released)
    assert f'action="{draft}/release"' not in ada.get(draft).text


def test_a_stale_decision_is_answered_with_409_and_a_rejection_without_reason_beside_its_field(
    net: Browser, ada: Browser
) -> None:
    draft = hand_in(net)

    assert ada.post(f"{draft}/release", {"version": "7"}).status_code == 409
    bare = ada.post(f"{draft}/reject", {"version": "1"})
    assert bare.status_code == 422
    assert 'id="e-reason-1"' in bare.text
    assert ada.post(f"{draft}/reject", {"version": "1", "reason": "不是正式文本"}).status_code == 303
    assert "不是正式文本" in text_of(net.get(draft))


def test_faults_of_the_table_are_a_table_with_row_and_column_and_faults_of_the_form_stand_beside_its_fields(
    net: Browser,
) -> None:
    table = TABLE.format(value="much").replace("茄子", "茄字").encode()

    faulty = net.post("/library/drafts/new", FIELDS, {"file": ("table.csv", table)})
    unnamed = net.post("/library/drafts/new", FIELDS | {"standard": ""}, {"file": ("table.csv", table)})
    undated = net.post("/library/drafts/new", FIELDS | {"effective_on": ""}, {"file": ("table.csv", table)})

    assert faulty.status_code in {400, 422}
    page = text_of(faulty)
    assert "2 限量 “much”" in page
    assert "4 食品 " in page
    assert "茄字" in page
    assert 'value="GB 2763-2031"' in faulty.text  # what was typed stays
    assert 'id="e-standard-1"' in unnamed.text
    assert 'id="e-effective_on-1"' in undated.text
    assert net.get("/library/releases").text.count("/library/drafts/") == 1  # only the way to load one


def test_what_an_edition_changes_is_shown_by_kind(net: Browser, ada: Browser) -> None:
    ada.post(f"{hand_in(net)}/release", {"version": "1"})
    draft = hand_in(net, "0.05")

    lowered, raised = (text_of(net.get(f"{draft}?kind={kind}")) for kind in ("lowered", "raised"))
    part = net.part(f"{draft}?kind=lowered")

    assert "豇豆 蔬菜 › 豆类蔬菜" in lowered
    assert "收严 1 敌敌畏 收严" in lowered  # the food with its counts, then its changes
    assert "共 1 项变化，涉及 1 个食品或类别" in lowered
    assert "0.2 mg/kg 0.05 mg/kg" in lowered
    assert "0.2 mg/kg 0.05 mg/kg" not in raised
    assert "<html" not in part.text
    assert "0.05 mg/kg" in text_of(part)


def test_a_whole_foreign_law_is_not_sent_whole(net: Browser) -> None:
    order = {"standard": "KR MFDS 2025-07", "family": "KR MFDS", "effective_on": "2025-07-21", "complete": "true"}
    draft = hand_in(net, table=KOREA.read_bytes(), **order)

    first = net.get(draft)
    later = net.get(f"{draft}?after=12600")

    assert "12709" in first.text
    assert first.text.count("<tr>") < 300
    assert len(first.content) < 300_000
    assert later.text.count("<tr>") > 100


def test_the_pages_are_in_english_too(net: Browser, cast: Cast, browse: Browse) -> None:
    english = browse(cast.ada, "en")

    assert "Set it aside" in english.get(hand_in(net)).text
    assert "Load as a draft" in english.get("/library/drafts/new").text


def test_who_may_not_sees_no_way_to_load_or_to_decide(net: Browser, cast: Cast, browse: Browse) -> None:
    ann, draft = browse(cast.ann), hand_in(net)

    assert ann.get("/library/drafts/new").status_code == 403
    assert "/library/drafts/new" not in ann.get("/library/releases").text
    assert ann.get(draft).status_code == 200
    assert f'action="{draft}' not in ann.get(draft).text
    assert ann.post(f"{draft}/release", {"version": "1"}).status_code == 403
    assert ann.post(f"{draft}/reject", {"version": "1", "reason": "x"}).status_code == 403
