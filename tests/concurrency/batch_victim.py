"""A server or a worker to be killed while it issues a batch of reports; the clock of the tests stands still in it.

Arguments: `serve` or `work`, and the data folder. A worker ends when nothing is due any more.
"""

import sys
import time
from datetime import timedelta
from pathlib import Path

import uvicorn

from lims.app import make_app
from lims.core.clock import FixedClock
from lims.reports import batches, tasks
from lims.runtime import Lims
from lims.settings import Settings
from lims.worker import Worker
from tests.api.reporting import NOW


def main(role: str, data: str) -> None:
    """Be what is asked for."""
    lims = Lims(Settings(data=Path(data), render_processes=2), FixedClock(NOW + timedelta(minutes=1)))
    if role == "serve":
        uvicorn.run(make_app(lims, with_worker=True), port=0, log_level="error")
        return
    worker = Worker(poll_s=0.2)
    worker.start(lims)
    while batches.due(lims) or tasks.due(lims):
        time.sleep(0.1)
    worker.close()
    lims.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
