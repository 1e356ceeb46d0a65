"""The network through its pages: laboratories and their certificates, regions, targets."""

from collections.abc import Callable

import pytest

from lims.core.actions import Action
from lims.network.tables import Laboratory
from lims.runtime import Lims
from tests.factories import Cast
from tests.pages.conftest import Browser, text_of
from tests.unit.indicators.world import identity, laboratory_id, register_certificate, residents_and_targets

Browse = Callable[..., Browser]

SUIYANG = {
    "code": "LC",
    "name": "桐梓县第二检测中心",
    "level": "county",
    "region_code": "520322",
    "superior": "LP",
    "address": "桐梓县娄山关街道 2 号",
    "phone": "0851-26620000",
}


def laboratory(lims: Lims, cast: Cast, code: str) -> Laboratory:
    with lims.read(cast.net, Action.NETWORK_READ) as session:
        found = session.get(Laboratory, laboratory_id(lims, code))
        assert found is not None
        return found


def test_laboratories_stand_below_each_other(browse: Browse, cast: Cast) -> None:
    page = text_of(browse(cast.ann).get("/laboratories"))

    places = [page.index(name) for name in ("贵州省检测中心", "遵义市检测中心", "播州区检测中心", "桐梓县检测中心")]
    assert places == sorted(places)
    assert "未登记" in page


def test_the_list_is_searched_filtered_and_exported(browse: Browse, cast: Cast) -> None:
    ann = browse(cast.ann)

    assert "桐梓县检测中心" not in text_of(ann.get("/laboratories?q=播州"))
    assert "播州区检测中心" not in text_of(ann.part("/laboratories?level=prefecture"))
    assert ann.get("/laboratories?export=xlsx").content.startswith(b"PK")


def test_the_network_manager_registers_a_laboratory(browse: Browse, cast: Cast) -> None:
    net = browse(cast.net)

    page = text_of(net.follow(net.post("/laboratories/new", SUIYANG)))

    assert "检测机构 LC 已登记" in page
    assert "0851-26620000" in page
    assert "遵义市检测中心" in page


def test_what_is_wrong_with_a_new_laboratory_stands_beside_its_fields(browse: Browse, cast: Cast) -> None:
    answer = browse(cast.net).post("/laboratories/new", {**SUIYANG, "code": "lower case", "name": ""})

    assert answer.status_code == 422
    assert 'id="e-code-1"' in answer.text
    assert 'id="e-name-1"' in answer.text
    assert 'value="桐梓县娄山关街道 2 号"' in answer.text
    assert browse(cast.net).get("/laboratories/LC").status_code == 404


def test_a_code_that_is_taken_is_refused(browse: Browse, cast: Cast) -> None:
    answer = browse(cast.net).post("/laboratories/new", {**SUIYANG, "code": "LB"})

    assert answer.status_code == 409
    assert "LB" in text_of(answer)


def test_nobody_else_changes_the_network(browse: Browse, cast: Cast) -> None:
    max_ = browse(cast.max)

    assert max_.get("/laboratories/new").status_code == 403
    assert max_.post("/laboratories/new", SUIYANG).status_code == 403
    assert max_.post("/laboratories/LA/certificate", {"certificate_pem": "x", "version": 1}).status_code == 403
    assert "/laboratories/new" not in max_.get("/laboratories").text
    assert "/laboratories/LA/certificate" not in max_.get("/laboratories/LA").text


@pytest.mark.parametrize("way", ["text", "file"])
def test_a_certificate_is_registered_as_text_and_as_a_file(browse: Browse, cast: Cast, lims: Lims, way: str) -> None:
    pem = identity(lims, "LA").certificate_pem
    net = browse(cast.net)
    data = {"version": 1} if way == "file" else {"version": 1, "certificate_pem": pem.decode()}
    files = {"certificate_file": ("la.pem", pem)} if way == "file" else None

    page = text_of(net.follow(net.post("/laboratories/LA/certificate", data, files)))

    assert "LA 的证书已登记" in page
    assert "仅供试用" in page
    assert net.get("/laboratories/LA/certificate.pem").content.strip() == pem.strip()


@pytest.mark.parametrize(
    ("data", "files"),
    [
        ({"certificate_pem": "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"}, None),
        ({"certificate_pem": "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----"}, None),
        ({}, {"certificate_file": ("la.der", b"\x30\x82\xff")}),
        ({}, None),
    ],
)
def test_what_is_no_certificate_is_refused(
    browse: Browse, cast: Cast, lims: Lims, data: dict[str, str], files: dict[str, tuple[str, bytes]] | None
) -> None:
    answer = browse(cast.net).post("/laboratories/LA/certificate", {**data, "version": 1}, files)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert laboratory(lims, cast, "LA").certificate_pem is None


def test_who_registered_another_certificate_meanwhile_is_told(browse: Browse, cast: Cast, lims: Lims) -> None:
    register_certificate(lims, "LA", identity(lims, "LA"))

    answer = browse(cast.net).post(
        "/laboratories/LA/certificate",
        {"version": 1, "certificate_pem": identity(lims, "LB").certificate_pem.decode()},
    )

    assert answer.status_code == 409
    assert laboratory(lims, cast, "LA").certificate_pem == identity(lims, "LA").certificate_pem.decode()


def test_a_county_does_not_change_its_neighbour(browse: Browse, cast: Cast, lims: Lims) -> None:
    ada = browse(cast.ada)
    form = {"version": 1, "certificate_pem": identity(lims, "LB").certificate_pem.decode()}

    assert "/laboratories/LB/certificate" not in ada.get("/laboratories/LB").text
    assert ada.post("/laboratories/LB/certificate", form).status_code == 403
    assert laboratory(lims, cast, "LB").certificate_pem is None


def test_a_laboratory_that_does_not_exist_is_not_found(browse: Browse, cast: Cast) -> None:
    assert browse(cast.ann).get("/laboratories/NONE").status_code == 404


def test_regions_show_their_residents_with_census_and_source(browse: Browse, cast: Cast, lims: Lims) -> None:
    residents_and_targets(lims)

    page = text_of(browse(cast.ann).get("/regions?q=播州"))

    assert "761,491 2020 1 census" in page
    assert "遵义市" in page


def test_targets_show_their_value_days_and_source(browse: Browse, cast: Cast, lims: Lims) -> None:
    residents_and_targets(lims)

    page = text_of(browse(cast.ann).get("/targets"))

    assert "T02 T02 ≥ 1.5 省" in page
    assert "2021-01-01" in page
    assert "plan" in page


def test_script_in_a_name_is_shown_as_text(browse: Browse, cast: Cast) -> None:
    net = browse(cast.net)

    answer = net.follow(net.post("/laboratories/new", {**SUIYANG, "name": "<script>alert(1)</script>"}))

    assert "<script>alert(1)" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text
