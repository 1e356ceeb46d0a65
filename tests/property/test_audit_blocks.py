"""Whatever the records of a block are: the trail says of each what the database gives back of it, and of no other."""

from datetime import UTC
from typing import Any
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, MetaData, Table, create_engine, select

from lims.db.audit import state_of
from lims.db.blocks import LARGEST_BLOCK, block_of, records_of, write_block
from lims.runs.tables import Signal

#: The table of signals without its keys: what they refer to is not there.
SIGNAL = Table("signal", MetaData(), *(Column(c.name, c.type) for c in Signal.__table__.columns))
DATABASE = create_engine("sqlite://")
LABORATORY, RUN = uuid4(), uuid4()
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
plain = st.none() | st.booleans() | st.integers() | texts
decimals = st.decimals(allow_nan=False, allow_infinity=False, places=None).filter(lambda d: abs(d.adjusted()) < 30)
rows = st.fixed_dictionaries(
    {
        "entry_id": st.uuids(version=4),
        "is_internal_standard": st.booleans(),
        "row": st.integers(1, 200_000),
        "injection_name": texts,
        "acquired_at": st.none() | st.datetimes(timezones=st.just(UTC)),
        "response": st.none() | decimals,
        "raw": st.dictionaries(texts, plain | st.lists(plain, max_size=3), max_size=3),
    }
)


@given(st.lists(rows, min_size=1, max_size=12))
def test_a_block_says_of_each_record_what_is_stored(several: list[dict[str, Any]]) -> None:
    common = {"laboratory_id": LABORATORY, "run_id": RUN, "analyte": "x", "compound": "x", "column": "A"}
    full = [{**common, "injection_key": str(n), "row": n, **row} for n, row in enumerate(several)]
    with DATABASE.connect() as connection:
        SIGNAL.create(connection, checkfirst=True)
        ids, change = write_block(connection, SIGNAL, full, {"version": 1})
        stored = {row.id: state_of(SIGNAL, row._asdict()) for row in connection.execute(select(SIGNAL))}

    told = dict(records_of(change.entity_id, str(change.after)))

    assert told == {str(key): stored[key] for key in ids}
    assert [told[str(key)]["row"] for key in ids] == [row["row"] for row in full]
    assert change.chain == str(LABORATORY)
    assert {block_of(str(key)) for key in ids} == {change.entity_id} == {str(ids[0])}


@given(st.integers(0, LARGEST_BLOCK - 1), st.uuids(version=4))
def test_ids_of_a_block_lead_to_its_first(n: int, first: UUID) -> None:
    begins = UUID(block_of(str(first)))

    assert block_of(str(UUID(int=begins.int + (n << 32)))) == str(begins)
    assert str(begins)[-8:] == str(first)[-8:]
    assert UUID(int=begins.int + (n << 32)).version == 4
