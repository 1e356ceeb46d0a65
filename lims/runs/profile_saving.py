"""Keeping how a file is read, settled on the page that shows it, as an import profile."""

from lims.core.actions import Action
from lims.core.actors import Actor
from lims.core.errors import BadInput
from lims.core.reasons import Where, reason
from lims.equipment.tables import Instrument
from lims.runs import profile_queries, profiles
from lims.runs.held_reading import HeldReading, read_by
from lims.runs.tables import ProfileVersion, Worksheet
from lims.runtime import Lims
from lims.web.fields import Input
from lims.web.forms import Form
from lims.web.texts import Text100, Text500


class _New(Input):
    """A new profile of the worksheet's instrument."""

    name: Text100
    reason: Text500 | None = None


class _Next(Input):
    """The next version of the profile that the reading began with."""

    version: int
    reason: Text500


def save_from_preview(
    lims: Lims, actor: Actor, worksheet: Worksheet, reading: HeldReading, form: Form
) -> tuple[ProfileVersion, str]:
    """The version that was kept, and the name of its profile.

    Raises `BadInput` for what is missing in the form, and what `make_profile` and `change_profile` raise.
    """
    settings = reading.profile.to_profile()
    if form.text("keep_as") == "version":
        change = form.read(_Next)
        with lims.work(actor, Action.PROFILE_SAVE, change.reason) as session:
            before = read_by(session, worksheet, reading)
            if before is None:
                said = "The file is read by no stored profile; keep its settings as a new one."
                raise BadInput(reason("profile.none_behind", said, at=Where(field="name")))
            profile = profiles.change_profile(session, before.profile.id, change.version, settings, change.reason)
            return profile_queries.version_of(session, profile), profile.name
    order = form.read(_New)
    with lims.work(actor, Action.PROFILE_SAVE, order.reason) as session:
        code = session.get_one(Instrument, worksheet.instrument_id).code
        profile = profiles.make_profile(session, code, order.name, settings, order.reason)
        return profile_queries.version_of(session, profile), profile.name
