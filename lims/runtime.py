"""`Lims`: an installation at work. Everything that acts gets it; nothing reaches for globals."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from lims.core.action_words import ACTION_WORDS
from lims.core.actions import Action
from lims.core.actors import Actor
from lims.core.clock import Clock, SystemClock
from lims.core.errors import Forbidden
from lims.core.reasons import reason as because
from lims.db.audit import Act
from lims.db.engine import make_engine
from lims.db.vault import FolderVault, Vault
from lims.db.work import LimsSession, open_session
from lims.settings import Settings


class Lims:
    """Database, files, settings and clock of an installation, and the two ways to use them."""

    def __init__(self, settings: Settings, clock: Clock | None = None, vault: Vault | None = None) -> None:
        self.settings = settings
        self.clock = clock or SystemClock()
        self.engine: Engine = make_engine(settings)
        self.vault = vault or FolderVault(settings.data / "vault")

    @contextmanager
    def work(self, actor: Actor, action: Action, reason: str | None = None) -> Iterator[LimsSession]:
        """One act: one permission, one transaction, one name in the audit trail.

        It is committed on leaving the block, before any response is built. Raises `Forbidden`,
        `Conflict`, and whatever the services refuse; then nothing has changed.
        """
        self.require(actor, action)
        act = Act(actor, action.value, reason, self.clock.now())
        with open_session(self.engine, actor, act) as session:
            yield session

    @contextmanager
    def read(self, actor: Actor, action: Action) -> Iterator[LimsSession]:
        """A consistent look at what the actor may see; writing raises."""
        self.require(actor, action)
        with open_session(self.engine, actor, None) as session:
            yield session

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    def require(self, actor: Actor, action: Action) -> None:
        """Raise `Forbidden` unless the actor may do this. For doors that read a file before their act begins."""
        if not actor.may(action):
            raise Forbidden(
                because(
                    "forbidden",
                    "This needs a right that {name} does not have: {action}.",
                    name=actor.name,
                    action=ACTION_WORDS[action],
                )
            )
