"""PostgreSQL: row-level security stands behind the laboratory scope of the queries."""

from alembic import op

revision = "row_level_security"
down_revision = "audit_guards"
branch_labels = None
depends_on = None

TABLES = (
    "api_token",
    "app_user",
    "assigned_test",
    "authorisation",
    "calibration",
    "certificate",
    "instrument",
    "instrument_file",
    "judgement",
    "judgement_line",
    "measurement",
    "qc_check",
    "report",
    "reported_batch",
    "result",
    "return_received",
    "return_sent",
    "run",
    "sample",
    "scope_line",
    "signal",
    "user_role",
    "verified_method",
    "worksheet",
    "worksheet_entry",
)

# The program announces who is at work at the start of each transaction; "*" is the installation itself.
VISIBLE = (
    "current_setting('lims.laboratories', true) = '*' OR laboratory_id::text = "
    "ANY (string_to_array(coalesce(current_setting('lims.laboratories', true), ''), ','))"
)


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own_laboratory ON {table} USING ({VISIBLE}) WITH CHECK ({VISIBLE})")


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in TABLES:
        op.execute(f"DROP POLICY own_laboratory ON {table}")
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
