"""Where people can go: the entries of the menu, each shown to those who may do something there."""

from collections.abc import Sequence
from dataclasses import dataclass

from lims.core.actions import Action
from lims.core.reasons import mark
from lims.web.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Entry:
    """A page of the menu, for who holds one of the permissions. `also`: where else its pages stand."""

    title: str
    url: str
    needs: tuple[Action, ...]
    also: tuple[str, ...] = ()

    def is_for(self, viewer: Viewer) -> bool:
        """Whether this person sees the entry."""
        return any(viewer.may(action) for action in self.needs)

    def is_current(self, path: str) -> bool:
        """Whether a page belongs to the entry."""
        return any(path == url or path.startswith(f"{url}/") for url in (self.url, *self.also))


@dataclass(frozen=True, slots=True)
class Group:
    """Entries that belong together."""

    title: str
    entries: tuple[Entry, ...]


MENU: tuple[Group, ...] = (
    Group(
        mark("Samples and tests"),
        (
            Entry(mark("Samples"), "/samples", (Action.SAMPLE_READ,)),
            Entry(mark("Worksheets and runs"), "/worksheets", (Action.RUN_READ,), also=("/runs",)),
            Entry(mark("Results"), "/results", (Action.RESULT_READ,)),
            Entry(mark("Rapid tests"), "/rapid", (Action.RESULT_READ,)),
            Entry(mark("Reports"), "/reports", (Action.REPORT_READ,)),
            Entry(mark("Verify a report"), "/verify", (Action.REPORT_VERIFY,)),
        ),
    ),
    Group(
        mark("Quality"),
        (
            Entry(mark("Accreditation"), "/accreditation", (Action.ACCREDITATION_READ,)),
            Entry(mark("Equipment"), "/equipment", (Action.EQUIPMENT_READ,)),
            Entry(mark("Materials"), "/materials", (Action.MATERIAL_READ,)),
            Entry(mark("Control charts"), "/quality/charts", (Action.QUALITY_READ,)),
            Entry(mark("Nonconforming work"), "/quality/nonconforming", (Action.QUALITY_READ,)),
            Entry(mark("Rules of quality control"), "/quality/plans", (Action.QUALITY_READ,)),
            Entry(mark("Proficiency rounds"), "/proficiency", (Action.PROFICIENCY_READ,)),
            Entry(mark("Exams"), "/exams", (Action.EXAM_READ,)),
            Entry(mark("Skills contests"), "/contests", (Action.CONTEST_READ, Action.CONTEST_SCORE)),
            Entry(mark("Audit trail"), "/audit", (Action.AUDIT_READ,)),
            Entry(mark("Transparency log"), "/log", (Action.AUDIT_READ,)),
        ),
    ),
    Group(
        mark("Network"),
        (
            Entry(mark("Indicators"), "/indicators", (Action.INDICATORS_READ,)),
            Entry(mark("Returns"), "/returns", (Action.RETURN_EXPORT, Action.RETURN_IMPORT)),
            Entry(mark("Laboratories"), "/laboratories", (Action.NETWORK_READ,)),
        ),
    ),
    Group(
        mark("Reference"),
        (
            Entry(mark("Limits"), "/library/limits", (Action.LIBRARY_READ,)),
            Entry(mark("What would be judged?"), "/judge", (Action.LIBRARY_READ,)),
            Entry(mark("Substances"), "/library/substances", (Action.LIBRARY_READ,)),
            Entry(mark("Foods"), "/library/foods", (Action.LIBRARY_READ,)),
            Entry(mark("Methods"), "/library/methods", (Action.LIBRARY_READ,)),
        ),
    ),
    Group(
        mark("Administration"),
        (
            Entry(mark("People"), "/people", (Action.PEOPLE_READ,)),
            Entry(mark("Background work"), "/background", (Action.REPORT_RETRY, Action.AUDIT_READ)),
            Entry(mark("Settings"), "/settings", (Action.USER_EDIT, Action.AUDIT_READ)),
        ),
    ),
)


def menu_for(viewer: Viewer) -> Sequence[Group]:
    """What of the menu this person sees."""
    shown = (Group(g.title, tuple(e for e in g.entries if e.is_for(viewer))) for g in MENU)
    return [group for group in shown if group.entries]
