"""PostgreSQL: row-level security of the audit trail and of number series; they tell of every record, too."""

from alembic import op

revision = "audit_row_security"
down_revision = "report_guards"
branch_labels = None
depends_on = None

#: Tables and the text that says whose a row is. The network's chain is for everybody, like the network's records.
OWNERS = {"audit_entry": "chain", "audit_head": "chain", "number_series": "laboratory_id::text"}


def visible(owner: str) -> str:
    """Whether a row is of the laboratories that the program announced at the start of the transaction."""
    return (
        f"current_setting('lims.laboratories', true) = '*' OR {owner} = 'network' OR {owner} = "
        "ANY (string_to_array(coalesce(current_setting('lims.laboratories', true), ''), ','))"
    )


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, owner in OWNERS.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own_laboratory ON {table} USING ({visible(owner)}) WITH CHECK ({visible(owner)})")


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in OWNERS:
        op.execute(f"DROP POLICY own_laboratory ON {table}")
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
