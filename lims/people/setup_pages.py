"""The first page of a fresh installation: the laboratory and its administrator, for whoever holds the set-up code."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from types import MappingProxyType

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import RedirectResponse, Response

from lims.core.actions import Action
from lims.core.actors import system_actor
from lims.core.errors import LimsError, RuleRefused
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
from lims.web.forms import Filled, Form, refused
from lims.web.guests import GuestFormDep
from lims.web.page import page, see_other
from lims.web.problems import status_of
from lims.web.texts import Text40, Text100, Text200, Text300
from lims.web.viewer import PageLanguage

router = APIRouter()

_CODE = r"^[A-Z0-9]{2,12}$"


class SetUpIn(Input):
    """What the first run asks for. Of the laboratories above, whatever is left out gets a plain name and code."""

    set_up_code: str = Field(max_length=40)
    code: str = Field(pattern=_CODE)
    name: Text200 = Field(min_length=2)
    level: Level
    region_code: str
    address: Text300 = Field(min_length=2)
    phone: Text40 | None = None
    province_code: str | None = Field(default=None, pattern=_CODE)
    province_name: Text200 | None = None
    prefecture_code: str | None = Field(default=None, pattern=_CODE)
    prefecture_name: Text200 | None = None
    county_code: str | None = Field(default=None, pattern=_CODE)
    county_name: Text200 | None = None
    username: str = Field(pattern=r"^[a-z][a-z0-9._-]{1,59}$")
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
        plan = FirstRun(
            _laboratory(order), order.username, order.full_name, password, _above(order, _region_names(lims, order))
        )
        first_run.create_first_administrator(lims, order.set_up_code, plan)
        opened = sign_in.sign_in_with_password(lims, order.username, password, client_of(request))
    except LimsError as refusal:
        return _setup_page(request, lims, refused(form, refusal, language), status_of(refusal))
    if not isinstance(opened, Opened):
        raise TypeError("a new account has no second factor")
    answer = see_other(request, "/people", mark("Your laboratory is set up. Add the people who work in it."))
    return enter(request, lims, opened, "/people", answer)
