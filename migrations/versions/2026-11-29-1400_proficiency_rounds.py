"""Proficiency rounds: plan, key, what is handed in, frozen evaluations; guarded by row on PostgreSQL."""

import sqlalchemy as sa
from alembic import op

revision = "proficiency_rounds"
down_revision = "report_language"
branch_labels = None
depends_on = None

TABLES = (
    "proficiency_round",
    "proficiency_participant",
    "proficiency_evaluation",
    "proficiency_submission",
    "proficiency_result",
)
VISIBLE = (
    "current_setting('lims.laboratories', true) = '*' OR laboratory_id::text = "
    "ANY (string_to_array(coalesce(current_setting('lims.laboratories', true), ''), ','))"
)


def upgrade() -> None:
    _create_of_organiser()
    _create_of_participant()
    if op.get_bind().dialect.name == "postgresql":
        for table in TABLES:
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY own_laboratory ON {table} USING ({VISIBLE}) WITH CHECK ({VISIBLE})")


def downgrade() -> None:
    for table in reversed(TABLES):
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"DROP POLICY own_laboratory ON {table}")
        op.drop_table(table)


def _create_of_organiser() -> None:
    op.create_table(
        "proficiency_round",
        sa.Column("laboratory_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("measurands", sa.JSON(), nullable=False),
        sa.Column("coverage", sa.String(length=64), nullable=False),
        sa.Column("replicates", sa.Integer(), nullable=False),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=False),
        sa.Column("participant_count", sa.Integer(), nullable=False),
        sa.Column("homogeneity", sa.JSON(), nullable=True),
        sa.Column("planned_by", sa.Uuid(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["laboratory_id"], ["laboratory.id"], name=op.f("fk_proficiency_round_laboratory_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["planned_by"], ["app_user.id"], name=op.f("fk_proficiency_round_planned_by"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proficiency_round")),
        sa.UniqueConstraint("number", name=op.f("uq_proficiency_round_number")),
    )
    op.create_table(
        "proficiency_participant",
        sa.Column("laboratory_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("admitted_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("admitted_reason", sa.Text(), nullable=True),
        sa.Column("followed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["laboratory_id"],
            ["laboratory.id"],
            name=op.f("fk_proficiency_participant_laboratory_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["laboratory.id"], name=op.f("fk_proficiency_participant_member_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["proficiency_round.id"],
            name=op.f("fk_proficiency_participant_round_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proficiency_participant")),
        sa.UniqueConstraint("round_id", "code", name=op.f("uq_proficiency_participant_round_id_code")),
        sa.UniqueConstraint("round_id", "member_id", name=op.f("uq_proficiency_participant_round_id_member_id")),
    )
    op.create_index(op.f("ix_proficiency_participant_member_id"), "proficiency_participant", ["member_id"])
    op.create_table(
        "proficiency_evaluation",
        sa.Column("laboratory_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("data_sha256", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.JSON(), nullable=False),
        sa.Column("reports", sa.JSON(), nullable=False),
        sa.Column("evaluated_by", sa.Uuid(), nullable=False),
        sa.Column("evaluated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["evaluated_by"], ["app_user.id"], name=op.f("fk_proficiency_evaluation_evaluated_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["laboratory_id"],
            ["laboratory.id"],
            name=op.f("fk_proficiency_evaluation_laboratory_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["proficiency_round.id"], name=op.f("fk_proficiency_evaluation_round_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proficiency_evaluation")),
        sa.UniqueConstraint("round_id", "edition", name=op.f("uq_proficiency_evaluation_round_id_edition")),
    )


def _create_of_participant() -> None:
    op.create_table(
        "proficiency_submission",
        sa.Column("laboratory_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("arrival_condition", sa.String(length=200), nullable=True),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("handed_in_by", sa.Uuid(), nullable=False),
        sa.Column("handed_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["handed_in_by"], ["app_user.id"], name=op.f("fk_proficiency_submission_handed_in_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["laboratory_id"],
            ["laboratory.id"],
            name=op.f("fk_proficiency_submission_laboratory_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["proficiency_round.id"], name=op.f("fk_proficiency_submission_round_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proficiency_submission")),
        sa.UniqueConstraint("round_id", "laboratory_id", name=op.f("uq_proficiency_submission_round_id_laboratory_id")),
    )
    op.create_table(
        "proficiency_result",
        sa.Column("laboratory_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("item", sa.String(length=20), nullable=False),
        sa.Column("analyte", sa.String(length=100), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("replicates", sa.JSON(), nullable=False),
        sa.Column("uncertainty", sa.String(length=64), nullable=True),
        sa.Column("method", sa.String(length=100), nullable=True),
        sa.ForeignKeyConstraint(
            ["laboratory_id"], ["laboratory.id"], name=op.f("fk_proficiency_result_laboratory_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["proficiency_submission.id"],
            name=op.f("fk_proficiency_result_submission_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proficiency_result")),
        sa.UniqueConstraint(
            "submission_id", "analyte", "item", name=op.f("uq_proficiency_result_submission_id_analyte_item")
        ),
    )
