"""Skills contests: plans, entries, codes, sheets, corrections, appeals, results, papers, guarded by row."""

import sqlalchemy as sa
from alembic import op

revision = "contests"
down_revision = "exams"
branch_labels = None
depends_on = None

TABLES = (
    "contest",
    "contest_entry",
    "contest_event",
    "contest_judge",
    "contest_entrant",
    "contest_mark",
    "contest_sheet",
    "contest_correction",
    "contest_result",
    "contest_appeal",
    "contest_document",
    "contest_decision",
)
VISIBLE = (
    "current_setting('lims.laboratories', true) = '*' OR laboratory_id::text = "
    "ANY (string_to_array(coalesce(current_setting('lims.laboratories', true), ''), ','))"
)


def upgrade() -> None:
    _create_of_organiser()
    _create_of_scores()
    _create_of_ends()
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
        "contest",
        sa.Column("laboratory_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("title_en", sa.String(length=200), nullable=True),
        sa.Column("season", sa.String(length=100), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("streams", sa.JSON(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("entries_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=True),
        sa.Column("seed_sha256", sa.String(length=64), nullable=True),
        sa.Column("draw_words", sa.String(length=200), nullable=True),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("appeals_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("board_token", sa.String(length=64), nullable=True),
        sa.Column("board_by_name", sa.Boolean(), nullable=False),
        sa.Column("board_frozen", sa.JSON(), nullable=True),
        sa.Column("planned_by", sa.Uuid(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["laboratory_id"], ["laboratory.id"], name=op.f("fk_contest_laboratory_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["planned_by"], ["app_user.id"], name=op.f("fk_contest_planned_by"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contest")),
        sa.UniqueConstraint("board_token", name=op.f("uq_contest_board_token")),
        sa.UniqueConstraint("number", name=op.f("uq_contest_number")),
    )
    op.create_table(
        "contest_entry",
        sa.Column("laboratory_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("contest_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("full_name", sa.String(length=60), nullable=False),
        sa.Column("gender", sa.String(length=40), nullable=False),
        sa.Column("stream", sa.String(length=40), nullable=False),
        sa.Column("post", sa.String(length=60), nullable=True),
        sa.Column("team", sa.String(length=20), nullable=False),
        sa.Column("team_name", sa.String(length=200), nullable=False),
        sa.Column("origin_id", sa.Uuid(), nullable=True),
        sa.Column("entered_by", sa.Uuid(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contest_id"], ["contest.id"], name=op.f("fk_contest_entry_contest_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["entered_by"], ["app_user.id"], name=op.f("fk_contest_entry_entered_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["laboratory_id"], ["laboratory.id"], name=op.f("fk_contest_entry_laboratory_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["laboratory.id"], name=op.f("fk_contest_entry_member_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["origin_id"], ["contest_entry.id"], name=op.f("fk_contest_entry_origin_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contest_entry")),
        sa.UniqueConstraint(
            "contest_id",
            "member_id",
            "full_name",
            "stream",
            name=op.f("uq_contest_entry_contest_id_member_id_full_name_stream"),
        ),
    )
    op.create_index(op.f("ix_contest_entry_member_id"), "contest_entry", ["member_id"])
    op.create_table(
        "contest_event",
        sa.Column("laboratory_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("contest_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("share", sa.String(length=64), nullable=False),
        sa.Column("full", sa.String(length=64), nullable=False),
        sa.Column("sheets", sa.JSON(), nullable=False),
        sa.Column("targets", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contest_id"], ["contest.id"], name=op.f("fk_contest_event_contest_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["laboratory_id"], ["laboratory.id"], name=op.f("fk_contest_event_laboratory_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contest_event")),
        sa.UniqueConstraint("contest_id", "code", name=op.f("uq_contest_event_contest_id_code")),
    )
    op.create_table(
        "contest_judge",
        sa.Column("laboratory_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("contest_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.String(length=20), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contest_id"], ["contest.id"], name=op.f("fk_contest_judge_contest_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["laboratory_id"], ["laboratory.id"], name=op.f("fk_contest_judge_laboratory_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["laboratory.id"], name=op.f("fk_contest_judge_member_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_contest_judge_user_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contest_judge")),
        sa.UniqueConstraint("contest_id", "label", name=op.f("uq_contest_judge_contest_id_label")),
        sa.UniqueConstraint("contest_id", "user_id", name=op.f("uq_contest_judge_contest_id_user_id")),
    )
    op.create_index(op.f("ix_contest_judge_user_id"), "contest_judge", ["user_id"])
    op.create_table(
        "contest_entrant",
        sa.Column("laboratory_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("contest_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("start_number", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("withdrawn_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contest_id"], ["contest.id"], name=op.f("fk_contest_entrant_contest_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["contest_entry.id"], name=op.f("fk_contest_entrant_entry_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["laboratory_id"], ["laboratory.id"], name=op.f("fk_contest_entrant_laboratory_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["laboratory.id"], name=op.f("fk_contest_entrant_member_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contest_entrant")),
        sa.UniqueConstraint("contest_id", "code", name=op.f("uq_contest_entrant_contest_id_code")),
        sa.UniqueConstraint("contest_id", "start_number", name=op.f("uq_contest_entrant_contest_id_start_number")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_contest_entrant_entry_id")),
    )
    op.create_index(op.f("ix_contest_entrant_member_id"), "contest_entrant", ["member_id"])


def _create_of_scores() -> None:
    op.create_table(
        "contest_mark",
        sa.Column("laboratory_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("contest_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("entrant_id", sa.Uuid(), nullable=False),
        sa.Column("given", sa.JSON(), nullable=False),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contest_id"], ["contest.id"], name=op.f("fk_contest_mark_contest_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["entrant_id"], ["contest_entrant.id"], name=op.f("fk_contest_mark_entrant_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["contest_event.id"], name=op.f("fk_contest_mark_event_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["laboratory_id"], ["laboratory.id"], name=op.f("fk_contest_mark_laboratory_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["app_user.id"], name=op.f("fk_contest_mark_recorded_by"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contest_mark")),
        sa.UniqueConstraint("event_id", "entrant_id", name=op.f("uq_contest_mark_event_id_entrant_id")),
    )
    op.create_index(op.f("ix_contest_mark_contest_id"), "contest_mark", ["contest_id"])
    op.create_table(
        "contest_sheet",
        sa.Column("laboratory_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("contest_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("entrant_id", sa.Uuid(), nullable=False),
        sa.Column("judge_id", sa.Uuid(), nullable=False),
        sa.Column("sheet_version", sa.Integer(), nullable=False),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.Column("deducted", sa.JSON(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["contest_id"], ["contest.id"], name=op.f("fk_contest_sheet_contest_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["entrant_id"], ["contest_entrant.id"], name=op.f("fk_contest_sheet_entrant_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["contest_event.id"], name=op.f("fk_contest_sheet_event_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["judge_id"], ["contest_judge.id"], name=op.f("fk_contest_sheet_judge_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["laboratory_id"], ["laboratory.id"], name=op.f("fk_contest_sheet_laboratory_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contest_sheet")),
        sa.UniqueConstraint(
            "judge_id", "event_id", "entrant_id", name=op.f("uq_contest_sheet_judge_id_event_id_entrant_id")
        ),
    )
    op.create_index(op.f("ix_contest_sheet_contest_id"), "contest_sheet", ["contest_id"])
    op.create_table(
        "contest_correction",
        sa.Column("laboratory_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("contest_id", sa.Uuid(), nullable=False),
        sa.Column("sheet_id", sa.Uuid(), nullable=True),
        sa.Column("mark_id", sa.Uuid(), nullable=True),
        sa.Column("change", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["contest_id"], ["contest.id"], name=op.f("fk_contest_correction_contest_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["app_user.id"], name=op.f("fk_contest_correction_decided_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["laboratory_id"], ["laboratory.id"], name=op.f("fk_contest_correction_laboratory_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["mark_id"], ["contest_mark.id"], name=op.f("fk_contest_correction_mark_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["app_user.id"], name=op.f("fk_contest_correction_proposed_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["sheet_id"], ["contest_sheet.id"], name=op.f("fk_contest_correction_sheet_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contest_correction")),
    )
    op.create_index(op.f("ix_contest_correction_contest_id"), "contest_correction", ["contest_id"])


def _create_of_ends() -> None:
    op.create_table(
        "contest_result",
        sa.Column("laboratory_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("contest_id", sa.Uuid(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.JSON(), nullable=False),
        sa.Column("data_sha256", sa.String(length=64), nullable=False),
        sa.Column("announced_by", sa.Uuid(), nullable=False),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["announced_by"], ["app_user.id"], name=op.f("fk_contest_result_announced_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["contest_id"], ["contest.id"], name=op.f("fk_contest_result_contest_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["laboratory_id"], ["laboratory.id"], name=op.f("fk_contest_result_laboratory_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contest_result")),
        sa.UniqueConstraint("contest_id", "edition", name=op.f("uq_contest_result_contest_id_edition")),
    )
    op.create_table(
        "contest_appeal",
        sa.Column("laboratory_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("contest_id", sa.Uuid(), nullable=False),
        sa.Column("entrant_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("grounds", sa.Text(), nullable=False),
        sa.Column("filed_by", sa.Uuid(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contest_id"], ["contest.id"], name=op.f("fk_contest_appeal_contest_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["entrant_id"], ["contest_entrant.id"], name=op.f("fk_contest_appeal_entrant_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["contest_event.id"], name=op.f("fk_contest_appeal_event_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["filed_by"], ["app_user.id"], name=op.f("fk_contest_appeal_filed_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["laboratory_id"], ["laboratory.id"], name=op.f("fk_contest_appeal_laboratory_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contest_appeal")),
    )
    op.create_index(op.f("ix_contest_appeal_contest_id"), "contest_appeal", ["contest_id"])
    op.create_table(
        "contest_document",
        sa.Column("laboratory_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("contest_id", sa.Uuid(), nullable=False),
        sa.Column("entrant_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("language", sa.String(length=40), nullable=False),
        sa.Column("snapshot", sa.JSON(), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("issued_by", sa.Uuid(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pdf_sha256", sa.String(length=64), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("render_error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contest_id"], ["contest.id"], name=op.f("fk_contest_document_contest_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["entrant_id"], ["contest_entrant.id"], name=op.f("fk_contest_document_entrant_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["issued_by"], ["app_user.id"], name=op.f("fk_contest_document_issued_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["laboratory_id"], ["laboratory.id"], name=op.f("fk_contest_document_laboratory_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contest_document")),
        sa.UniqueConstraint("number", name=op.f("uq_contest_document_number")),
        sa.UniqueConstraint("token", name=op.f("uq_contest_document_token")),
    )
    op.create_index(op.f("ix_contest_document_contest_id"), "contest_document", ["contest_id"])
    op.create_table(
        "contest_decision",
        sa.Column("laboratory_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("appeal_id", sa.Uuid(), nullable=False),
        sa.Column("finding", sa.String(length=40), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["appeal_id"], ["contest_appeal.id"], name=op.f("fk_contest_decision_appeal_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["app_user.id"], name=op.f("fk_contest_decision_decided_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["laboratory_id"], ["laboratory.id"], name=op.f("fk_contest_decision_laboratory_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["app_user.id"], name=op.f("fk_contest_decision_proposed_by"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contest_decision")),
        sa.UniqueConstraint("appeal_id", name=op.f("uq_contest_decision_appeal_id")),
    )
