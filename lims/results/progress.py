"""What results make of their tests and samples: recorded, verified, tested."""

from collections.abc import Iterable
from uuid import UUID

from lims.db.locks import hold_all
from lims.db.work import LimsSession
from lims.library.rules import Library
from lims.results.queries import statuses_by_test
from lims.results.rules import status_of_sample, status_of_test
from lims.samples import queries as samples
from lims.samples.tables import AssignedTest, Sample


def analytes_needed(library: Library, sample: Sample, parameter: str) -> tuple[str, ...]:
    """The analytes that a parameter needs in this sample, by the edition of the limits that decides for it."""
    return tuple(c.code for c in library.components(parameter, sample.food, sample.basis_on))


def follow(session: LimsSession, library: Library, sample_ids: Iterable[UUID]) -> None:
    """Bring the statuses of the tests and samples up to their results; called by every act on results.

    The samples are held: of two acts on one sample at the same moment, the second sees what the first has done.
    """
    session.flush()
    found = hold_all(session, Sample, sample_ids)
    tests = samples.stored_tests_by_sample(session, found)
    statuses = statuses_by_test(session, found)
    for sample in found.values():
        own = tests.get(sample.id, [])
        for test in own:
            needed = analytes_needed(library, sample, test.parameter)
            _set(test, "status", status_of_test(needed, statuses.get(test.id, {})))
        _set(sample, "status", status_of_sample(sample.status, [test.status for test in own]))
    session.flush()


def _set(record: AssignedTest | Sample, name: str, value: object) -> None:
    # Assigning an equal value would still mark the record as changed.
    if getattr(record, name) != value:
        setattr(record, name, value)
