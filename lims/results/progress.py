"""What results make of their tests and samples: recorded, verified, tested."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from sqlmodel import Session, col, select

from lims.db.work import LimsSession
from lims.library.rules import Library
from lims.results.queries import current_results
from lims.results.rules import ResultStatus, status_of_sample, status_of_test
from lims.samples.tables import AssignedTest, Sample


def analytes_needed(library: Library, sample: Sample, parameter: str) -> tuple[str, ...]:
    """The analytes that a parameter needs in this sample, by the edition of the limits that decides for it."""
    return tuple(c.code for c in library.components(parameter, sample.food, sample.basis_on))


def follow(session: LimsSession, library: Library, sample_ids: Iterable[UUID]) -> None:
    """Bring the statuses of the tests and samples up to their results; called by every act on results."""
    session.flush()
    ids = sorted(set(sample_ids))
    samples = {s.id: s for s in session.exec(select(Sample).where(col(Sample.id).in_(ids))).all()}
    statuses: dict[UUID, dict[str, ResultStatus]] = defaultdict(dict)
    for result in current_results(session, ids):
        statuses[result.test_id][result.analyte] = result.status
    by_sample: dict[UUID, list[AssignedTest]] = defaultdict(list)
    for test in tests_of(session, ids):
        needed = analytes_needed(library, samples[test.sample_id], test.parameter)
        _set(test, "status", status_of_test(needed, statuses[test.id]))
        by_sample[test.sample_id].append(test)
    for sample in samples.values():
        _set(sample, "status", status_of_sample(sample.status, [t.status for t in by_sample[sample.id]]))
    session.flush()


def tests_of(session: Session, sample_ids: Iterable[UUID]) -> list[AssignedTest]:
    """The tests of these samples, by parameter."""
    wanted = select(AssignedTest).where(col(AssignedTest.sample_id).in_(list(sample_ids)))
    return list(session.exec(wanted.order_by(col(AssignedTest.parameter))).all())


def _set(record: AssignedTest | Sample, name: str, value: object) -> None:
    # Assigning an equal value would still mark the record as changed.
    if getattr(record, name) != value:
        setattr(record, name, value)
