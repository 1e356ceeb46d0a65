"""The file of a batch whose responses follow a curve that is known."""

import csv
import io
from collections.abc import Callable, Mapping
from decimal import Decimal

from tests.api.test_runs import Bench
from tests.unit.runs.batches import CONTENTS, LEVELS

#: A standard area that divides well.
STANDARD_AREA = 1_000_000


def in_the_vials(
    bench: Bench, contents: Mapping[str, Mapping[str, Decimal]] = CONTENTS
) -> dict[str, Mapping[str, Decimal]]:
    """What is in each vial by its name in the sequence; a standard holds its nominal concentration."""
    standards = {
        f"Cal-{place}": contents.get(f"Cal-{place}", dict.fromkeys(("carbofuran", "chlorpyrifos"), level))
        for place, level in enumerate(LEVELS, start=1)
    }
    return {**standards, **{bench.names.get(label, label): held for label, held in contents.items()}}


def a_file(
    bench: Bench, response: Callable[[float], float], contents: Mapping[str, Mapping[str, Decimal]] = CONTENTS
) -> bytes:
    """The instrument's file in which the ratio to the internal standard is `response` of the concentration."""
    vials = in_the_vials(bench, contents)
    groups, heads, *rows = csv.reader(io.StringIO(bench.export(contents).decode("utf-8-sig")))
    columns: list[tuple[str, str]] = []
    group = ""
    for one, head in zip(groups, heads, strict=True):
        group = one or group
        columns.append((group, head))
    standard = next(at for at, (one, head) in enumerate(columns) if "(ISTD)" in one and head == "Area")
    name = columns.index(("Sample", "Name"))
    for row in rows:
        row[standard] = str(STANDARD_AREA)
        for compound, held in vials.get(row[name], {}).items():
            area = columns.index((f"{compound} Results", "Area"))
            qualifier = next(
                at
                for at in range(area, len(columns))
                if columns[at][0].startswith("Qualifier") and columns[at][1] == "Area"
            )
            made = response(float(held)) * STANDARD_AREA
            share = float(row[qualifier]) / float(row[area])
            row[area], row[qualifier] = str(round(made)), str(round(made * share))
    sink = io.StringIO()
    csv.writer(sink, lineterminator="\r\n").writerows([groups, heads, *rows])
    return b"\xef\xbb\xbf" + sink.getvalue().encode()
