"""Calibrations of runs by any model, and levels that somebody left out; guarded by row on PostgreSQL."""

import sqlalchemy as sa
from alembic import op

revision = "run_calibration"
down_revision = "bench_records"
branch_labels = None
depends_on = None

TABLE = "level_decision"
#: Empty in older records, for their entries in the audit trail know nothing of them.
COLUMNS = (("calibration", "fitted"), ("qc_plan", "calibration"))
VISIBLE = (
    "current_setting('lims.laboratories', true) = '*' OR laboratory_id::text = "
    "ANY (string_to_array(coalesce(current_setting('lims.laboratories', true), ''), ','))"
)


def upgrade() -> None:
    # Natively, without a rebuild of the tables: that would take their triggers along.
    for table, column in COLUMNS:
        op.add_column(table, sa.Column(column, sa.JSON(), nullable=True))
    op.create_table(
        TABLE,
        sa.Column("laboratory_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("calibration_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("is_left_out", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["laboratory_id"], ["laboratory.id"], name=op.f("fk_level_decision_laboratory_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["calibration_id"], ["calibration.id"], name=op.f("fk_level_decision_calibration_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["worksheet_entry.id"], name=op.f("fk_level_decision_entry_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["app_user.id"], name=op.f("fk_level_decision_decided_by"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_level_decision")),
        sa.UniqueConstraint(
            "calibration_id", "entry_id", "edition", name=op.f("uq_level_decision_calibration_id_entry_id_edition")
        ),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {TABLE} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own_laboratory ON {TABLE} USING ({VISIBLE}) WITH CHECK ({VISIBLE})")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP POLICY own_laboratory ON {TABLE}")
    op.drop_table(TABLE)
    for table, column in reversed(COLUMNS):
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        else:
            op.drop_column(table, column)
