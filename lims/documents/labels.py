"""Sample labels (样品标签): what stands on them. The bench label knows nothing but the blind code and the handling.

Who tests may not know whose sample it is (盲样): `bench_label` has no argument for client, product or region.
"""

from dataclasses import dataclass

from lims.documents.snapshot import NOT_APPLICABLE

SAMPLE_LABEL_TEMPLATE = ("sample_label", "1")


@dataclass(frozen=True, slots=True)
class SampleLabel:
    """One label of 60 × 40 mm: the code as QR and in letters, and up to five rows.

    `kind` and the first of each row are keys of the template's words (`strings.zh.toml`).
    """

    code: str
    kind: str
    rows: tuple[tuple[str, str], ...]


def counter_label(
    *,
    accession: str,
    sample_name: str,
    client: str = NOT_APPLICABLE,
    region: str = NOT_APPLICABLE,
    received_on: str = NOT_APPLICABLE,
    storage: str = NOT_APPLICABLE,
) -> SampleLabel:
    """The label of the sample as received and of its retained portion (样品标签), for the sample store."""
    rows = (
        ("sample", sample_name),
        ("client", client),
        ("region", region),
        ("received", received_on),
        ("storage", storage),
    )
    return SampleLabel(accession, "counter", rows)


def bench_label(
    *,
    blind_code: str,
    portion: str = NOT_APPLICABLE,
    tests: str = NOT_APPLICABLE,
    prepared_on: str = NOT_APPLICABLE,
    storage: str = NOT_APPLICABLE,
) -> SampleLabel:
    """The label for the bench (盲样标签): nothing that tells whose sample it is."""
    rows = (("portion", portion), ("tests", tests), ("prepared", prepared_on), ("storage", storage))
    return SampleLabel(blind_code, "bench", rows)


def proficiency_label(*, round_number: str, code: str, item: str) -> SampleLabel:
    """The label of an item of a proficiency round (能力验证样品标签): the participant's code and no name."""
    rows = (("round", round_number), ("participant", code), ("item", item))
    return SampleLabel(f"{round_number}-{code}-{item}", "proficiency", rows)
