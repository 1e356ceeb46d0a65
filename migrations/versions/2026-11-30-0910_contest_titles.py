"""Contests: English titles of events, and corrections of whether an entrant takes part."""

import sqlalchemy as sa
from alembic import op

revision = "contest_titles"
down_revision = "exam_fault_answers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("contest_event") as batch:
        batch.add_column(sa.Column("title_en", sa.String(length=100), nullable=True))
    with op.batch_alter_table("contest_correction") as batch:
        batch.add_column(sa.Column("entrant_id", sa.Uuid(), nullable=True))
        batch.create_foreign_key(
            op.f("fk_contest_correction_entrant_id"), "contest_entrant", ["entrant_id"], ["id"], ondelete="RESTRICT"
        )


def downgrade() -> None:
    with op.batch_alter_table("contest_correction") as batch:
        batch.drop_constraint(op.f("fk_contest_correction_entrant_id"), type_="foreignkey")
        batch.drop_column("entrant_id")
    with op.batch_alter_table("contest_event") as batch:
        batch.drop_column("title_en")
