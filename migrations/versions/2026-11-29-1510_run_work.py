"""What runs still lacked: columns of positions, rules and chart readings; rapid tests and what confirms them.

Both new tables are guarded by row on PostgreSQL.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "run_work"
down_revision = "proficiency_arrival"
branch_labels = None
depends_on = None

#: Empty in older records, for their entries in the audit trail know nothing of them.
COLUMNS = (
    ("worksheet_entry", "standard_concentration", sa.String(length=64)),
    ("qc_plan", "reporting", sa.JSON()),
    ("control_chart_reading", "decisions", sa.Integer()),
)


TABLES = ("rapid_test", "confirmation_order")
VISIBLE = (
    "current_setting('lims.laboratories', true) = '*' OR laboratory_id::text = "
    "ANY (string_to_array(coalesce(current_setting('lims.laboratories', true), ''), ','))"
)


def upgrade() -> None:
    # Natively, without a rebuild of the tables, which would take their triggers along.
    for table, column, kind in COLUMNS:
        op.add_column(table, sa.Column(column, kind, nullable=True))
    _create_rapid_test()
    _create_confirmation_order()
    if op.get_bind().dialect.name == "postgresql":
        for table in TABLES:
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY own_laboratory ON {table} USING ({VISIBLE}) WITH CHECK ({VISIBLE})")


def _create_rapid_test() -> None:
    op.create_table(
        "rapid_test",
        *_own(),
        sa.Column("sample_id", sa.Uuid(), nullable=False),
        sa.Column("item", sa.String(length=200), nullable=False),
        sa.Column("method_code", sa.String(length=60), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("inhibition_percent", sa.String(length=64), nullable=True),
        sa.Column("positive_from", sa.String(length=64), nullable=False),
        sa.Column("device_said", sa.String(length=40), nullable=True),
        sa.Column("tested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("channel", sa.String(length=40), nullable=True),
        sa.Column("reading_key", sa.String(length=400), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("reader", sa.String(length=40), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("raw", sa.JSON(), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        *(
            _refers("rapid_test", column, table)
            for column, table in (("laboratory_id", "laboratory"), ("sample_id", "sample"), ("entered_by", "app_user"))
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rapid_test")),
        sa.UniqueConstraint("laboratory_id", "reading_key", name=op.f("uq_rapid_test_laboratory_id_reading_key")),
    )
    op.create_index(op.f("ix_rapid_test_sample_id"), "rapid_test", ["sample_id"])
    op.create_index("ix_rapid_test_outcome", "rapid_test", ["laboratory_id", "outcome", "entered_at"])


def _create_confirmation_order() -> None:
    op.create_table(
        "confirmation_order",
        *_own(),
        sa.Column("rapid_test_id", sa.Uuid(), nullable=False),
        sa.Column("test_id", sa.Uuid(), nullable=False),
        sa.Column("confirmed_on", sa.String(length=40), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("ordered_by", sa.Uuid(), nullable=False),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        *(
            _refers("confirmation_order", column, table)
            for column, table in (
                ("laboratory_id", "laboratory"),
                ("rapid_test_id", "rapid_test"),
                ("test_id", "assigned_test"),
                ("ordered_by", "app_user"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_confirmation_order")),
        sa.UniqueConstraint("rapid_test_id", "test_id", name=op.f("uq_confirmation_order_rapid_test_id_test_id")),
    )
    op.create_index(op.f("ix_confirmation_order_test_id"), "confirmation_order", ["test_id"])


def _own() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("laboratory_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    )


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"), ondelete="RESTRICT")


def downgrade() -> None:
    for table in reversed(TABLES):
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"DROP POLICY own_laboratory ON {table}")
        op.drop_table(table)
    for table, column, _ in reversed(COLUMNS):
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        else:
            op.drop_column(table, column)
