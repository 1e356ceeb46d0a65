"""Who is acting, and what of the network they may see."""

from dataclasses import dataclass
from uuid import UUID

from lims.core.actions import Action, Role
from lims.core.permissions import actions_of


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, or the installation itself, at work.

    `laboratory_id` is the laboratory that new records belong to. `visible_laboratories` are those
    whose records may be read; None means all of them (only the installation itself).
    """

    user_id: UUID | None
    name: str
    roles: frozenset[Role]
    laboratory_id: UUID | None
    visible_laboratories: frozenset[UUID] | None

    @property
    def is_system(self) -> bool:
        """The installation itself: background work, set-up and the command line of its owner."""
        return self.user_id is None and self.visible_laboratories is None

    def may(self, action: Action) -> bool:
        """Whether this actor holds the permission for an act."""
        return self.is_system or action in actions_of(self.roles)


def system_actor(name: str = "system", laboratory_id: UUID | None = None) -> Actor:
    """The installation itself, acting for `laboratory_id` (None: for the network)."""
    return Actor(None, name, frozenset(), laboratory_id, None)
