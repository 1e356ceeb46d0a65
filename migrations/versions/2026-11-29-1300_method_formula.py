"""The formula by which a method calculates contents."""

import sqlalchemy as sa
from alembic import op

revision = "method_formula"
down_revision = "run_calibration"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Natively, without a rebuild of the table, which would take its triggers along. Empty in older editions, for their
    # entries in the audit trail know nothing of it.
    op.add_column("qc_plan", sa.Column("formula", sa.JSON(), nullable=True))


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("ALTER TABLE qc_plan DROP COLUMN formula")
    else:
        op.drop_column("qc_plan", "formula")
