"""What results make of their tests and samples: recorded, verified, tested."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from lims.db.work import LimsSession
from lims.library.rules import Library
from lims.results.queries import current_results
from lims.results.rules import ResultStatus, status_of_sample, status_of_test
from lims.samples import queries as samples
from lims.samples.tables import AssignedTest, Sample


def analytes_needed(library: Library, sample: Sample, parameter: str) -> tuple[str, ...]:
    """The analytes that a parameter needs in this sample, by the edition of the limits that decides for it."""
    return tuple(c.code for c in library.components(parameter, sample.food, sample.basis_on))


def follow(session: LimsSession, library: Library, sample_ids: Iterable[UUID]) -> None:
    """Bring the statuses of the tests and samples up to their results; called by every act on results."""
    session.flush()
    ids = sorted(set(sample_ids))
    found = samples.samples_by_id(session, ids)
    tests = samples.tests_by_sample(session, ids)
    statuses: dict[UUID, dict[str, ResultStatus]] = defaultdict(dict)
    for result in current_results(session, ids):
        statuses[result.test_id][result.analyte] = result.status
    for sample in found.values():
        own = tests.get(sample.id, [])
        for test in own:
            needed = analytes_needed(library, sample, test.parameter)
            _set(test, "status", status_of_test(needed, statuses[test.id]))
        _set(sample, "status", status_of_sample(sample.status, [test.status for test in own]))
    session.flush()


def _set(record: AssignedTest | Sample, name: str, value: object) -> None:
    # Assigning an equal value would still mark the record as changed.
    if getattr(record, name) != value:
        setattr(record, name, value)
