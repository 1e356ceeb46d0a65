"""Saved views of lists; on PostgreSQL guarded by row like every record of a laboratory."""

import sqlalchemy as sa
from alembic import op

revision = "saved_views"
down_revision = "sign_in"
branch_labels = None
depends_on = None

VISIBLE = (
    "current_setting('lims.laboratories', true) = '*' OR laboratory_id::text = "
    "ANY (string_to_array(coalesce(current_setting('lims.laboratories', true), ''), ','))"
)


def upgrade() -> None:
    op.create_table(
        "saved_view",
        sa.Column("laboratory_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("table_name", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["laboratory_id"], ["laboratory.id"], name=op.f("fk_saved_view_laboratory_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_saved_view_user_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("user_id", "table_name", "name", name=op.f("uq_saved_view_user_id_table_name_name")),
    )
    with op.batch_alter_table("saved_view", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_saved_view_laboratory_id"), ["laboratory_id"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE saved_view ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE saved_view FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own_laboratory ON saved_view USING ({VISIBLE}) WITH CHECK ({VISIBLE})")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP POLICY own_laboratory ON saved_view")
    op.drop_table("saved_view")
