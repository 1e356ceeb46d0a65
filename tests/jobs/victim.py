"""A worker process to be killed: 20 pieces of work of two steps, each step leaving a row behind.

Arguments: the data folder and, for PostgreSQL, the address of the database. Ends when nothing is due any more.
"""

import sys
import time
from pathlib import Path
from uuid import UUID

from sqlalchemy import text

from lims.db.engine import WRITES
from lims.runtime import Lims
from lims.settings import Settings
from lims.worker import Task, Worker

STEPS = (1, 2)


def due(lims: Lims) -> list[UUID]:
    """Pieces whose last step left no row yet."""
    with lims.engine.connect() as connection:
        rows = connection.execute(
            text("SELECT piece FROM piece WHERE piece NOT IN (SELECT piece FROM effect WHERE step = 2) ORDER BY piece")
        )
        return [UUID(row.piece) for row in rows]


def do(lims: Lims, key: UUID) -> None:
    """Both steps, each skipped when its row is there. Nothing but the worker keeps two processes apart."""
    for step in STEPS:
        with lims.engine.execution_options(**{WRITES: True}).begin() as connection:
            given = {"piece": str(key), "step": step}
            found = connection.execute(text("SELECT 1 FROM effect WHERE piece = :piece AND step = :step"), given)
            if found.first() is None:
                time.sleep(0.08)
                connection.execute(text("INSERT INTO effect (piece, step) VALUES (:piece, :step)"), given)


def main(data: str, address: str | None = None) -> None:
    """Work until nothing is due."""
    lims = Lims(Settings(data=Path(data), database_url=address, render_processes=2))
    worker = Worker([Task("test.work", due, do)], poll_s=0.1)
    worker.start(lims)
    while due(lims):
        time.sleep(0.05)
    worker.close()
    lims.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
