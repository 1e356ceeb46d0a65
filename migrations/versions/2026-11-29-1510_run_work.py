"""What runs still lacked: the concentration of the internal standard in a position, the rounding of a method."""

import sqlalchemy as sa
from alembic import op

revision = "run_work"
down_revision = "proficiency_rounds"
branch_labels = None
depends_on = None

#: Empty in older records, for their entries in the audit trail know nothing of them.
COLUMNS = (
    ("worksheet_entry", "standard_concentration", sa.String(length=64)),
    ("qc_plan", "reporting", sa.JSON()),
    ("control_chart_reading", "decisions", sa.Integer()),
)


def upgrade() -> None:
    # Natively, without a rebuild of the tables, which would take their triggers along.
    for table, column, kind in COLUMNS:
        op.add_column(table, sa.Column(column, kind, nullable=True))


def downgrade() -> None:
    for table, column, _ in reversed(COLUMNS):
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        else:
            op.drop_column(table, column)
