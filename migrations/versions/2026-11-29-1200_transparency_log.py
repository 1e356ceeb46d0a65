"""The transparency log: leaves and signed heads, append-only by the database itself, guarded by row on PostgreSQL.

The leaves of reports that are older than the log are entered afterwards by `lims migrate`, with their audit entries.
"""

import sqlalchemy as sa
from alembic import op

revision = "transparency_log"
down_revision = "run_calibration"
branch_labels = None
depends_on = None

TABLES = ("log_leaf", "log_head")
#: Empty in older records, for their entries in the audit trail know nothing of them.
COLUMNS = (
    ("return_sent", "log_size", sa.BigInteger()),
    ("return_received", "log_size", sa.BigInteger()),
    ("return_received", "log_root", sa.String(length=64)),
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
    if op.get_bind().dialect.name == "sqlite":
        for table in TABLES:
            for act in ("update", "delete"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{act} BEFORE {act.upper()} ON {table} "
                    "BEGIN SELECT RAISE(ABORT, 'the transparency log is append-only'); END"
                )
        return
    op.execute(
        "CREATE FUNCTION refuse_log_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the transparency log is append-only'; END $$"
    )
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_log_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_log_change()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own_laboratory ON {table} USING ({VISIBLE}) WITH CHECK ({VISIBLE})")


def _create() -> None:
    op.create_table(
        "log_leaf",
        sa.Column("laboratory_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("nodes", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["laboratory_id"], ["laboratory.id"], name=op.f("fk_log_leaf_laboratory_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_log_leaf_report_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_leaf")),
        sa.UniqueConstraint("laboratory_id", "place", name=op.f("uq_log_leaf_laboratory_id_place")),
        sa.UniqueConstraint("laboratory_id", "hash", name=op.f("uq_log_leaf_laboratory_id_hash")),
        sa.UniqueConstraint("report_id", "act", name=op.f("uq_log_leaf_report_id_act")),
    )
    op.create_table(
        "log_head",
        sa.Column("laboratory_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("certificate_pem", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["laboratory_id"], ["laboratory.id"], name=op.f("fk_log_head_laboratory_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_head")),
        sa.UniqueConstraint("laboratory_id", "serial", name=op.f("uq_log_head_laboratory_id_serial")),
    )
    op.create_index(op.f("ix_log_head_size"), "log_head", ["laboratory_id", "size"])


def downgrade() -> None:
    for table in reversed(TABLES):
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"DROP POLICY own_laboratory ON {table}")
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_log_change()")
    for table, column, _kind in reversed(COLUMNS):
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        else:
            op.drop_column(table, column)
