"""The first page of a fresh installation: the laboratory and its administrator, for whoever holds the set-up code."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import RedirectResponse, Response

from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.core.errors import LimsError, RuleRefused
from lims.core.patterns import LABORATORY_CODE, USERNAME
from lims.core.reasons import Where, mark, reason
from lims.network import queries as network
from lims.network.rules import PROVINCE_CODE, Level
from lims.network.service import LaboratoryOrder
from lims.network.tables import Region
from lims.people import first_run, sign_in
from lims.people.doors import client_of, enter, new_password
from lims.people.first_run import FirstRun
from lims.people.rules import SHORTEST_PASSWORD
from lims.people.sessions import Opened
from lims.runtime import Lims
from lims.web.dependencies import LimsDep
from lims.web.fields import Input
from lims.web.forms import Filled, refused
from lims.web.guests import GuestFormDep
from lims.web.page import page, see_other
from lims.web.problems import status_of
from lims.web.texts import Text40, Text100, Text200, Text300
from lims.web.viewer import PageLanguage

router = APIRouter()

#: The laboratories above, and the levels of one's own at which each is asked for.
_ABOVE = tuple(
    (above, [level for level in Level if level.rank > above.rank]) for above in Level if above is not Level.TOWNSHIP
)


class SetUpIn(Input):
    """What the first run asks for. Of the laboratories above, whatever is left out gets a plain name and code."""

    set_up_code: str = Field(max_length=40)
    code: str = Field(pattern=LABORATORY_CODE)
    name: Text200 = Field(min_length=2)
    level: Level
    region_code: str
    address: Text300 = Field(min_length=2)
    phone: Text40 | None = None
    province_code: str | None = Field(default=None, pattern=LABORATORY_CODE)
    province_name: Text200 | None = None
    prefecture_code: str | None = Field(default=None, pattern=LABORATORY_CODE)
    prefecture_name: Text200 | None = None
    county_code: str | None = Field(default=None, pattern=LABORATORY_CODE)
    county_name: Text200 | None = None
    username: str = Field(pattern=USERNAME)
    full_name: Text100


@router.get("/setup")
def setup_page(request: Request, lims: LimsDep) -> Response:
    """The form, as long as nobody has an account here."""
    if not first_run.is_fresh(lims):
        return RedirectResponse("/", 303)
    first_run.set_up_code(lims)  # it is there from now on, for `lims serve` and for whoever looks into the data folder
    return _setup_page(request, lims, Filled({"level": Level.COUNTY}))


@router.post("/setup")
def set_up(request: Request, lims: LimsDep, language: PageLanguage, form: GuestFormDep) -> Response:
    """Make the laboratory and its administrator, and sign them in."""
    if not first_run.is_fresh(lims):
        return see_other(request, "/sign-in", mark("This installation is set up already. Sign in."))
    try:
        password = new_password(form)
        order = form.read(SetUpIn)
        first_run.create_first_administrator(lims, order.set_up_code, _plan(lims, order, password))
        opened = sign_in.sign_in_with_password(lims, order.username, password, client_of(request))
    except LimsError as refusal:
        return _setup_page(request, lims, refused(form, refusal, language), status_of(refusal))
    if not isinstance(opened, Opened):
        raise TypeError("a new account has no second factor")
    note = mark("Your laboratory is set up. Add the people who work in it.")
    return enter(request, lims, opened, "/people", note)


def _plan(lims: Lims, order: SetUpIn, password: str) -> FirstRun:
    with lims.read(system_actor(), Action.NETWORK_READ) as session:
        place = network.region_by_code(session, order.region_code)
        names = network.region_names(session, [_region_above(order.region_code, level) for level in Level])
    # A township has no region of its own here: it stands in its county's.
    wanted = Level.COUNTY if order.level is Level.TOWNSHIP else order.level
    if place.level is not wanted:
        raise RuleRefused(
            reason(
                "set_up.region",
                "A laboratory of this level needs a region of level {level}.",
                level=wanted.value,
                at=Where("region_code"),
            )
        )
    above = _above(order, names)
    superior = above[-1].code if above else None
    own = LaboratoryOrder(order.code, order.name, order.level, order.region_code, superior, order.address, order.phone)
    return FirstRun(own, order.username, order.full_name, password, above)


def _above(order: SetUpIn, names: Mapping[str, str]) -> Sequence[LaboratoryOrder]:
    """The laboratories over one's own, the province's first."""
    found: list[LaboratoryOrder] = []
    for level in [level for level in Level if level.rank < order.level.rank]:
        region = _region_above(order.region_code, level)
        code = getattr(order, f"{level}_code") or region
        name = getattr(order, f"{level}_name") or f"{names[region]}农产品质量安全检测机构"
        superior = found[-1].code if found else None
        found.append(LaboratoryOrder(code, name, level, region, superior, names[region]))
    return found


def _region_above(region_code: str, level: Level) -> str:
    """The region of a level that a region lies in (GB/T 2260)."""
    return {Level.PROVINCE: PROVINCE_CODE, Level.PREFECTURE: region_code[:4] + "00"}.get(level, region_code)


def _setup_page(request: Request, lims: Lims, form: Filled, status: int = 200) -> Response:
    with lims.read(system_actor(), Action.NETWORK_READ) as session:
        regions = network.regions_within(session, PROVINCE_CODE)
    return page(
        request,
        "people/setup.html",
        status=status,
        form=form,
        levels=list(Level),
        regions=_grouped(regions),
        above=_ABOVE,
        shortest=SHORTEST_PASSWORD,
    )


def _grouped(regions: Sequence[Region]) -> Sequence[tuple[str, Sequence[Region]]]:
    """Regions under the prefecture that they lie in; the province stands alone."""
    names = {region.code: region.name for region in regions}
    return [
        (names.get(prefecture, ""), list(inside))
        for prefecture, inside in groupby(regions, key=lambda region: region.code[:4] + "00")
    ]
