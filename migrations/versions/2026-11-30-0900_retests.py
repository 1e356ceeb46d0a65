"""The retests of a report are found by its number."""

from alembic import op

revision = "retests"
down_revision = "contests"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_sample_retest_of"), "sample", ["retest_of"])


def downgrade() -> None:
    op.drop_index(op.f("ix_sample_retest_of"), "sample")
