"""The formula by which a method calculates contents, and the moisture of a position that may stand in it."""

import sqlalchemy as sa
from alembic import op

revision = "method_formula"
down_revision = "transparency_log"
branch_labels = None
depends_on = None

#: Empty in older records, for their entries in the audit trail know nothing of them.
COLUMNS = (("qc_plan", "formula", sa.JSON()), ("worksheet_entry", "moisture_percent", sa.String(length=64)))


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
