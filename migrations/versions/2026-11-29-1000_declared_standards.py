"""A sample may be declared to standards besides the law: organic, green food, a buyer's contract."""

import sqlalchemy as sa
from alembic import op

revision = "declared_standards"
down_revision = "report_annex"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Natively, without a rebuild of the table. Empty in older samples, for their entries in the audit trail know
    # nothing of it.
    op.add_column("sample", sa.Column("declared", sa.JSON(), nullable=True))


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("ALTER TABLE sample DROP COLUMN declared")
    else:
        op.drop_column("sample", "declared")
