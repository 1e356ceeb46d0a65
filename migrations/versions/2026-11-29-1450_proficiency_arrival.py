"""Parcels and arrivals of the items of proficiency rounds; how they arrived stands apart from the results now."""

import sqlalchemy as sa
from alembic import op

revision = "proficiency_arrival"
down_revision = "proficiency_rounds"
branch_labels = None
depends_on = None

VISIBLE = (
    "current_setting('lims.laboratories', true) = '*' OR laboratory_id::text = "
    "ANY (string_to_array(coalesce(current_setting('lims.laboratories', true), ''), ','))"
)


def upgrade() -> None:
    op.add_column("proficiency_participant", sa.Column("sent_on", sa.Date(), nullable=True))
    op.add_column("proficiency_participant", sa.Column("parcel", sa.String(length=100), nullable=True))
    op.create_table(
        "proficiency_arrival",
        sa.Column("laboratory_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("arrival", sa.String(length=40), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.Column("reported_by", sa.Uuid(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["laboratory_id"], ["laboratory.id"], name=op.f("fk_proficiency_arrival_laboratory_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["reported_by"], ["app_user.id"], name=op.f("fk_proficiency_arrival_reported_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["proficiency_round.id"], name=op.f("fk_proficiency_arrival_round_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proficiency_arrival")),
        sa.UniqueConstraint("round_id", "laboratory_id", name=op.f("uq_proficiency_arrival_round_id_laboratory_id")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE proficiency_arrival ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE proficiency_arrival FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own_laboratory ON proficiency_arrival USING ({VISIBLE}) WITH CHECK ({VISIBLE})")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP POLICY own_laboratory ON proficiency_arrival")
    op.drop_table("proficiency_arrival")
    op.drop_column("proficiency_participant", "parcel")
    op.drop_column("proficiency_participant", "sent_on")
