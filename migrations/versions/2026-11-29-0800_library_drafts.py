"""Editions that a laboratory loads from a table, before a second person releases them."""

import sqlalchemy as sa
from alembic import op

revision = "library_drafts"
down_revision = "results_of_status"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "library_draft",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("standard", sa.String(length=100), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("market", sa.String(length=20), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("limits", sa.Integer(), nullable=False),
        sa.Column("substances", sa.Integer(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("loaded_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("release_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["app_user.id"], name=op.f("fk_library_draft_decided_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["loaded_by"], ["app_user.id"], name=op.f("fk_library_draft_loaded_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["release_id"], ["library_release.id"], name=op.f("fk_library_draft_release_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_draft")),
    )
    op.create_table(
        "library_draft_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["library_draft.id"], name=op.f("fk_library_draft_file_draft_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_draft_file")),
        sa.UniqueConstraint("draft_id", "name", name=op.f("uq_library_draft_file_draft_id_name")),
    )


def downgrade() -> None:
    op.drop_table("library_draft_file")
    op.drop_table("library_draft")
