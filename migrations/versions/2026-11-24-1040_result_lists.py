"""Indices that the list of results is read by: the newest first, and those that ask for a second look."""

import sqlalchemy as sa
from alembic import op

revision = "result_lists"
down_revision = "list_indices"
branch_labels = None
depends_on = None

NOTED = sa.text("(origin = 'hand' OR supersedes_id IS NOT NULL OR returned_at IS NOT NULL)")
FAILED = sa.text("verdict = 'fail'")


def upgrade() -> None:
    op.create_index(
        "ix_qc_check_failed", "qc_check", ["laboratory_id", "run_id"], sqlite_where=FAILED, postgresql_where=FAILED
    )
    op.create_index("ix_result_analysed", "result", ["analysed_on"])
    op.create_index("ix_result_newest", "result", ["entered_at"])
    op.create_index("ix_result_noted", "result", ["laboratory_id"], sqlite_where=NOTED, postgresql_where=NOTED)


def downgrade() -> None:
    op.drop_index("ix_result_noted", "result")
    op.drop_index("ix_result_newest", "result")
    op.drop_index("ix_result_analysed", "result")
    op.drop_index("ix_qc_check_failed", "qc_check")
