"""Labels of samples: for the sample store with what it is, for the bench with the blind code alone."""

import atexit
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING
from uuid import UUID

from lims.core.clock import local_day
from lims.documents.labels import SampleLabel, bench_label, counter_label
from lims.runtime import Lims
from lims.samples.tables import AssignedTest, Sample

if TYPE_CHECKING:
    from lims.documents.press import Press

#: The press is warm after its first label and not for two threads at once.
_one_at_a_time = Lock()


def counter_label_of(sample: Sample, region_name: str) -> SampleLabel:
    """The label of the sample store (样品标签)."""
    received = local_day(sample.received_at).isoformat() if sample.received_at else "—"
    return counter_label(
        accession=sample.number,
        sample_name=sample.product_name,
        client=sample.client,
        region=region_name,
        received_on=received,
    )


def bench_label_of(sample: Sample, tests: Sequence[AssignedTest]) -> SampleLabel:
    """The label of the bench (盲样标签): the methods that wait for it, nothing that tells whose it is."""
    methods = sorted({test.method_code for test in tests})
    return bench_label(blind_code=sample.blind_code, tests="、".join(methods[:3]) + ("…" if len(methods) > 3 else ""))


def print_labels(lims: Lims, labels: Sequence[SampleLabel]) -> bytes:
    """One PDF with a page for each label. Raises `RenderingFailed`."""
    with _one_at_a_time:
        return _press(lims.settings.report_templates, lims.settings.assets).labels(labels)


def labels_of(
    samples: Sequence[Sample],
    kind: str,
    region_names: Mapping[str, str],
    tests: Mapping[UUID, Sequence[AssignedTest]],
) -> list[SampleLabel]:
    """The labels of many samples in their order."""
    if kind == "counter":
        return [counter_label_of(s, region_names.get(s.region_code, s.region_code)) for s in samples]
    return [bench_label_of(s, tests.get(s.id, ())) for s in samples]


@cache
def _press(templates: Path, assets: Path) -> "Press":
    from lims.documents.press import Press  # WeasyPrint takes half a second to load

    return Press(templates, assets)


# Fonts must be let go before the interpreter takes their library apart.
atexit.register(_press.cache_clear)
