"""Lots that expire, on the first page of those who use them and of those who answer for them."""

from lims.core.reasons import mark
from lims.core.words import word
from lims.desk.look import MOST, Look, more
from lims.desk.views import Figure, Line, ShortList
from lims.materials import queries as materials
from lims.materials.rules import SOON
from lims.web import formats


def lots_that_expire(look: Look) -> tuple[Figure, ShortList]:
    """How many lots in use expire in the days ahead or have expired, and the first of them."""
    found = materials.expiring(look.session, look.day + SOON)
    over = sum(lot.expires_on < look.day for lot in found)
    figure = look.ending(len(found), over, mark("Lots that expire in {days} days"), "/materials", days=SOON.days)
    lines = tuple(
        Line(
            (lot.code, look.say(word(lot.kind)), lot.name, formats.day(lot.expires_on)),
            f"/materials/{lot.id}",
            "bad" if lot.expires_on < look.day else "plain",
        )
        for lot in found[:MOST]
    )
    heads = (mark("Number on the label"), mark("Kind of material"), mark("Name"), mark("Expires on"))
    return figure, ShortList(
        look.say(mark("Lots that expire")), tuple(map(look.say, heads)), lines, more(found, "/materials")
    )
