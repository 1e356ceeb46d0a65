"""What a report says of deviations from the methods, and what its compiler states of them; frozen once issued."""

import sqlalchemy as sa
from alembic import op

revision = "report_deviations"
down_revision = "contest_titles"
branch_labels = None
depends_on = None

#: Beside the guard of all else that an issued report was made of.
SQLITE = """CREATE TRIGGER report_deviations_are_frozen BEFORE UPDATE OF stated_deviations, deviations ON report
WHEN OLD.number IS NOT NULL
  AND (NEW.stated_deviations IS NOT OLD.stated_deviations OR NEW.deviations IS NOT OLD.deviations)
BEGIN SELECT RAISE(ABORT, 'an issued report is frozen'); END"""
POSTGRESQL = """CREATE FUNCTION report_deviations_are_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.number IS NOT NULL
      AND (NEW.stated_deviations, NEW.deviations) IS DISTINCT FROM (OLD.stated_deviations, OLD.deviations) THEN
    RAISE EXCEPTION 'an issued report is frozen';
  END IF;
  RETURN NEW;
END $$"""


def upgrade() -> None:
    # Natively, without a rebuild of the table: that would take its triggers along.
    op.add_column("report", sa.Column("stated_deviations", sa.String(length=500), nullable=True))
    op.add_column("report", sa.Column("deviations", sa.Text(), nullable=True))
    if op.get_bind().dialect.name == "sqlite":
        op.execute(SQLITE)
        return
    op.execute(POSTGRESQL)
    op.execute(
        "CREATE TRIGGER report_deviations_are_frozen BEFORE UPDATE ON report "
        "FOR EACH ROW EXECUTE FUNCTION report_deviations_are_frozen()"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER report_deviations_are_frozen")
        op.execute("ALTER TABLE report DROP COLUMN stated_deviations")
        op.execute("ALTER TABLE report DROP COLUMN deviations")
        return
    op.execute("DROP TRIGGER report_deviations_are_frozen ON report")
    op.execute("DROP FUNCTION report_deviations_are_frozen()")
    op.drop_column("report", "stated_deviations")
    op.drop_column("report", "deviations")
