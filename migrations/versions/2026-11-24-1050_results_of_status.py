"""The index that the results of one status are listed by, the newest first."""

from alembic import op

revision = "results_of_status"
down_revision = "result_lists"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_result_newest_of_status", "result", ["laboratory_id", "status", "entered_at"])


def downgrade() -> None:
    op.drop_index("ix_result_newest_of_status", "result")
