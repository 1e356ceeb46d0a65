"""What people and commands ask of the transparency log: a check of the whole, and the state of the last one."""

from collections.abc import Sequence

from lims.core.actions import Action
from lims.core.actors import Actor, system_actor
from lims.core.errors import RuleRefused
from lims.core.reasons import reason
from lims.network import queries as network
from lims.people import queries as people
from lims.reports import log_check
from lims.reports.log_check import Checked, LogReport
from lims.reports.verification import trust_for
from lims.runtime import Lims


def check_logs(lims: Lims, actor: Actor, codes: Sequence[str] | None = None) -> list[LogReport]:
    """Check the logs of these laboratories, or of all that work here and the actor sees; each outcome is kept.

    Raises `Forbidden`, and `NotFound` for a code that is no laboratory.
    """
    now = lims.clock.now()
    with lims.read(actor, Action.AUDIT_VERIFY) as session:
        working = people.working_laboratories(session)
        chosen = [network.laboratory_by_code(session, code) for code in codes] if codes is not None else working
        visible = actor.visible_laboratories
        chosen = [lab for lab in chosen if visible is None or lab.id in visible]
        found = []
        for laboratory in chosen:
            trust = trust_for(lims, laboratory, works_here=laboratory in working)
            report = log_check.check_log(session, laboratory, trust, now)
            log_check.keep(lims.settings.data, laboratory.id, report, now, actor.name)
            found.append(report)
    return found


def check_own(lims: Lims, actor: Actor) -> LogReport:
    """Check the log of the actor's laboratory. Raises `Forbidden`, and `RuleRefused` for an actor without one."""
    lims.require(actor, Action.AUDIT_VERIFY)
    if actor.laboratory_id is None:
        raise RuleRefused(reason("log.no_laboratory", "A log belongs to a laboratory, and you belong to none."))
    with lims.read(system_actor(), Action.NETWORK_READ) as session:
        code = network.laboratory_by_id(session, actor.laboratory_id).code
    return check_logs(lims, actor, [code])[0]


def last_check(lims: Lims, actor: Actor) -> Checked | None:
    """The newest check of the log of the actor's laboratory. Raises `Forbidden`."""
    lims.require(actor, Action.AUDIT_READ)
    return None if actor.laboratory_id is None else log_check.last_check(lims.settings.data, actor.laboratory_id)
