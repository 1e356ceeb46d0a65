"""Further annexes of reports, photos of samples, and what a retest is made of; guarded by row on PostgreSQL."""

import sqlalchemy as sa
from alembic import op

revision = "report_families"
down_revision = "run_work"
branch_labels = None
depends_on = None

VISIBLE = (
    "current_setting('lims.laboratories', true) = '*' OR laboratory_id::text = "
    "ANY (string_to_array(coalesce(current_setting('lims.laboratories', true), ''), ','))"
)
#: Beside the guard of all else that an issued report was made of.
SQLITE = """CREATE TRIGGER report_annexes_are_frozen BEFORE UPDATE OF annexes ON report
WHEN OLD.number IS NOT NULL AND NEW.annexes IS NOT OLD.annexes
BEGIN SELECT RAISE(ABORT, 'an issued report is frozen'); END"""
POSTGRESQL = """CREATE FUNCTION report_annexes_are_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.number IS NOT NULL AND NEW.annexes IS DISTINCT FROM OLD.annexes THEN
    RAISE EXCEPTION 'an issued report is frozen';
  END IF;
  RETURN NEW;
END $$"""
RETEST = ("retest_of", "retest_body", "retest_on", "retest_decision", "retest_results")


def upgrade() -> None:
    # Natively, without a rebuild of the tables: that would take their triggers along.
    op.add_column("report", sa.Column("annexes", sa.String(length=60), nullable=True))
    op.add_column("sample", sa.Column("retest_of", sa.String(length=60), nullable=True))
    op.add_column("sample", sa.Column("retest_body", sa.String(length=200), nullable=True))
    op.add_column("sample", sa.Column("retest_on", sa.Date(), nullable=True))
    op.add_column("sample", sa.Column("retest_decision", sa.String(length=300), nullable=True))
    op.add_column("sample", sa.Column("retest_results", sa.JSON(), nullable=True))
    _create_photos()
    if op.get_bind().dialect.name == "sqlite":
        op.execute(SQLITE)
        return
    op.execute(POSTGRESQL)
    op.execute(
        "CREATE TRIGGER report_annexes_are_frozen BEFORE UPDATE ON report "
        "FOR EACH ROW EXECUTE FUNCTION report_annexes_are_frozen()"
    )
    op.execute("ALTER TABLE sample_photo ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE sample_photo FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own_laboratory ON sample_photo USING ({VISIBLE}) WITH CHECK ({VISIBLE})")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER report_annexes_are_frozen")
        op.drop_table("sample_photo")
        op.execute("ALTER TABLE report DROP COLUMN annexes")
        for column in RETEST:
            op.execute(f"ALTER TABLE sample DROP COLUMN {column}")
        return
    op.execute("DROP TRIGGER report_annexes_are_frozen ON report")
    op.execute("DROP FUNCTION report_annexes_are_frozen()")
    op.execute("DROP POLICY own_laboratory ON sample_photo")
    op.drop_table("sample_photo")
    op.drop_column("report", "annexes")
    for column in RETEST:
        op.drop_column("sample", column)


def _create_photos() -> None:
    op.create_table(
        "sample_photo",
        sa.Column("laboratory_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sample_id", sa.Uuid(), nullable=False),
        sa.Column("caption", sa.String(length=100), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("thumbnail", sa.String(length=64), nullable=False),
        sa.Column("original_sha256", sa.String(length=64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_by", sa.Uuid(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removal_reason", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(
            ["added_by"], ["app_user.id"], name=op.f("fk_sample_photo_added_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["laboratory_id"], ["laboratory.id"], name=op.f("fk_sample_photo_laboratory_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["removed_by"], ["app_user.id"], name=op.f("fk_sample_photo_removed_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["sample_id"], ["sample.id"], name=op.f("fk_sample_photo_sample_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sample_photo")),
        sa.UniqueConstraint("sample_id", "sha256", name=op.f("uq_sample_photo_sample_id_sha256")),
    )
