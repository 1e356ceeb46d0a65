"""A faulty question may name what is right instead; papers are then marked by that."""

import sqlalchemy as sa
from alembic import op

revision = "exam_fault_answers"
down_revision = "retests"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("exam_fault", sa.Column("answers", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("exam_fault", "answers")
