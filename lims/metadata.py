"""Every table of the system, imported in one place: a forgotten one would look dropped to a migration."""

from lims.accreditation import tables as _accreditation
from lims.contests import tables as _contests
from lims.db import audit_tables as _audit
from lims.db import numbers as _numbers
from lims.db.record import metadata
from lims.equipment import tables as _equipment
from lims.exams import tables as _exams
from lims.indicators import tables as _indicators
from lims.library import tables as _library
from lims.limits import tables as _limits
from lims.materials import tables as _materials
from lims.network import tables as _network
from lims.people import confirmation_tables as _confirmations
from lims.people import sign_in_tables as _sign_in
from lims.people import tables as _people
from lims.proficiency import tables as _proficiency
from lims.quality import tables as _quality
from lims.rapid import tables as _rapid
from lims.reports import batch_tables as _batches
from lims.reports import distribution_tables as _distribution
from lims.reports import signature_tables as _signatures
from lims.reports import tables as _reports
from lims.results import bench_record_tables as _bench_record
from lims.results import tables as _results
from lims.runs import tables as _runs
from lims.samples import tables as _samples
from lims.web import saved_view_tables as _saved_views

TABLES = (
    _audit, _numbers, _network, _people, _sign_in, _confirmations, _library, _equipment, _materials, _accreditation,
    _samples, _runs, _results, _bench_record, _rapid, _quality, _limits, _reports, _signatures, _batches, _distribution,
    _indicators, _proficiency, _exams, _contests, _saved_views,
)  # fmt: skip

__all__ = ["TABLES", "metadata"]
