"""Rules and decisions of quality control, control charts, nonconforming work; guarded by row on PostgreSQL."""

import sqlalchemy as sa
from alembic import op

revision = "quality_control"
down_revision = "import_profiles"
branch_labels = None
depends_on = None

TABLES = ("qc_plan", "qc_decision", "control_chart_limits", "control_chart_reading", "nonconforming_work")
#: Empty in older records, for their entries in the audit trail know nothing of them.
COLUMNS = (
    ("qc_check", "limit_used", sa.String(length=64)),
    ("qc_check", "source_status", sa.String(length=40)),
    ("measurement", "withheld", sa.JSON()),
    ("measurement", "reservations", sa.JSON()),
)
VISIBLE = (
    "current_setting('lims.laboratories', true) = '*' OR laboratory_id::text = "
    "ANY (string_to_array(coalesce(current_setting('lims.laboratories', true), ''), ','))"
)


def upgrade() -> None:
    # Natively, without a rebuild of the tables: that would take their triggers along.
    for table, column, kind in COLUMNS:
        op.add_column(table, sa.Column(column, kind, nullable=True))
    _create()
    if op.get_bind().dialect.name == "postgresql":
        for table in TABLES:
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY own_laboratory ON {table} USING ({VISIBLE}) WITH CHECK ({VISIBLE})")


def _create() -> None:
    op.create_table(
        "qc_plan",
        sa.Column("laboratory_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("method_code", sa.String(length=60), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["laboratory_id"], ["laboratory.id"], name=op.f("fk_qc_plan_laboratory_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["set_by"], ["app_user.id"], name=op.f("fk_qc_plan_set_by"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qc_plan")),
        sa.UniqueConstraint(
            "laboratory_id", "method_code", "edition", name=op.f("uq_qc_plan_laboratory_id_method_code_edition")
        ),
    )
    op.create_table(
        "qc_decision",
        sa.Column("laboratory_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("check_id", sa.Uuid(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["laboratory_id"], ["laboratory.id"], name=op.f("fk_qc_decision_laboratory_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["app_user.id"], name=op.f("fk_qc_decision_decided_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_qc_decision_run_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["check_id"], ["qc_check.id"], name=op.f("fk_qc_decision_check_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qc_decision")),
        sa.UniqueConstraint("check_id", "edition", name=op.f("uq_qc_decision_check_id_edition")),
    )
    op.create_index(op.f("ix_qc_decision_of_run"), "qc_decision", ["run_id"])
    op.create_table(
        "control_chart_limits",
        sa.Column("laboratory_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("method_code", sa.String(length=60), nullable=False),
        sa.Column("analyte", sa.String(length=100), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("level", sa.String(length=60), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("rule_set", sa.String(length=40), nullable=False),
        sa.Column("centre", sa.String(length=64), nullable=False),
        sa.Column("deviation", sa.String(length=64), nullable=False),
        sa.Column("mean_moving_range", sa.String(length=64), nullable=False),
        sa.Column("deviation_from", sa.String(length=40), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("reference_from", sa.Date(), nullable=False),
        sa.Column("reference_until", sa.Date(), nullable=False),
        sa.Column("excluded", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["laboratory_id"],
            ["laboratory.id"],
            name=op.f("fk_control_chart_limits_laboratory_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["set_by"], ["app_user.id"], name=op.f("fk_control_chart_limits_set_by"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_control_chart_limits")),
        sa.UniqueConstraint(
            "laboratory_id",
            "method_code",
            "analyte",
            "source",
            "level",
            "edition",
            name=op.f("uq_control_chart_limits_laboratory_id_method_code_analyte_source_level_edition"),
        ),
    )
    op.create_table(
        "control_chart_reading",
        sa.Column("laboratory_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("broken", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["run.id"], name=op.f("fk_control_chart_reading_run_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["laboratory_id"],
            ["laboratory.id"],
            name=op.f("fk_control_chart_reading_laboratory_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_control_chart_reading")),
        sa.UniqueConstraint("run_id", name=op.f("uq_control_chart_reading_run_id")),
    )
    op.create_table(
        "nonconforming_work",
        sa.Column("laboratory_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=30), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("origin_key", sa.String(length=300), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("check_id", sa.Uuid(), nullable=True),
        sa.Column("method_code", sa.String(length=60), nullable=True),
        sa.Column("analyte", sa.String(length=100), nullable=True),
        sa.Column("level", sa.String(length=60), nullable=True),
        sa.Column("point_source", sa.String(length=40), nullable=True),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=True),
        sa.Column("opened_by", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("responsible", sa.Uuid(), nullable=True),
        sa.Column("significance", sa.String(length=40), nullable=True),
        sa.Column("action", sa.Text(), nullable=True),
        sa.Column("evaluated_by", sa.Uuid(), nullable=True),
        sa.Column("evaluated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["closed_by"], ["app_user.id"], name=op.f("fk_nonconforming_work_closed_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["laboratory_id"], ["laboratory.id"], name=op.f("fk_nonconforming_work_laboratory_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["check_id"], ["qc_check.id"], name=op.f("fk_nonconforming_work_check_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["evaluated_by"], ["app_user.id"], name=op.f("fk_nonconforming_work_evaluated_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_nonconforming_work_run_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["opened_by"], ["app_user.id"], name=op.f("fk_nonconforming_work_opened_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["responsible"], ["app_user.id"], name=op.f("fk_nonconforming_work_responsible"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nonconforming_work")),
        sa.UniqueConstraint("laboratory_id", "number", name=op.f("uq_nonconforming_work_laboratory_id_number")),
        sa.UniqueConstraint("laboratory_id", "origin_key", name=op.f("uq_nonconforming_work_laboratory_id_origin_key")),
    )
    op.create_index(op.f("ix_nonconforming_work_list"), "nonconforming_work", ["laboratory_id", "state", "opened_at"])
    op.create_index(op.f("ix_nonconforming_work_run_id"), "nonconforming_work", ["run_id"])


def downgrade() -> None:
    for table in reversed(TABLES):
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"DROP POLICY own_laboratory ON {table}")
        op.drop_table(table)
    for table, column, _kind in reversed(COLUMNS):
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        else:
            op.drop_column(table, column)
