"""Indices that lists are read by, in place of those that give half of a table."""

from alembic import op

revision = "list_indices"
down_revision = "saved_views"
branch_labels = None
depends_on = None

#: Tables whose index of the laboratory alone is given up: a laboratory's own database holds little else.
OWNED = (
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
    "passkey",
    "qc_check",
    "recovery_code",
    "report",
    "reported_batch",
    "result",
    "return_received",
    "return_sent",
    "run",
    "sample",
    "saved_view",
    "scope_line",
    "signal",
    "totp",
    "user_role",
    "verified_method",
    "web_session",
    "worksheet",
    "worksheet_entry",
)
#: Other indices that are given up: nobody looks by them, or a longer one begins with them.
REPLACED = (
    ("ix_assigned_test_method_code", "assigned_test", ["method_code"]),
    ("ix_audit_entry_actor_id", "audit_entry", ["actor_id"]),
    ("ix_audit_entry_entity_id", "audit_entry", ["entity_id"]),
    ("ix_qc_check_run_id", "qc_check", ["run_id"]),
    ("ix_reported_batch_copies", "reported_batch", ["origin_code", "sample_number"]),
    ("ix_result_sample_id", "result", ["sample_id"]),
)
NEW = (
    ("ix_assigned_test_waiting", "assigned_test", ["laboratory_id", "status", "method_code"]),
    ("ix_audit_entry_acts", "audit_entry", ["chain", "action", "id"]),
    ("ix_audit_entry_kinds", "audit_entry", ["chain", "entity", "id"]),
    ("ix_audit_entry_newest", "audit_entry", ["chain", "id"]),
    ("ix_audit_entry_of_record", "audit_entry", ["entity_id", "chain", "entity"]),
    ("ix_qc_check_of_run", "qc_check", ["run_id", "analyte"]),
    (
        "ix_reported_batch_copies",
        "reported_batch",
        ["origin_code", "sample_number", "revision", "laboratory_id", "id"],
    ),
    ("ix_reported_batch_groups", "reported_batch", ["laboratory_id", "food_group"]),
    ("ix_report_list", "report", ["laboratory_id", "status", "issued_at"]),
    ("ix_report_newest", "report", ["laboratory_id", "compiled_at", "number", "id"]),
    ("ix_report_replaces_id", "report", ["replaces_id"]),
    ("ix_result_list", "result", ["laboratory_id", "status", "entered_by"]),
    ("ix_result_of_sample", "result", ["sample_id", "laboratory_id", "status"]),
    ("ix_run_newest", "run", ["laboratory_id", "imported_at"]),
    ("ix_sample_newest", "sample", ["laboratory_id", "registered_at", "number", "id"]),
    ("ix_worksheet_newest", "worksheet", ["laboratory_id", "created_at", "number"]),
)


def upgrade() -> None:
    for table in OWNED:
        op.drop_index(f"ix_{table}_laboratory_id", table)
    for name, table, _columns in REPLACED:
        op.drop_index(name, table)
    for name, table, columns in NEW:
        op.create_index(name, table, columns)


def downgrade() -> None:
    for name, table, _columns in reversed(NEW):
        op.drop_index(name, table)
    for name, table, columns in REPLACED:
        op.create_index(name, table, columns)
    for table in OWNED:
        op.create_index(f"ix_{table}_laboratory_id", table, ["laboratory_id"])
