"""The three acts of a report are signed: confirmations and signed acts, append-only; the keys that people sign with.

Reports from before have no signed acts and stay as they are; a draft from before is sent back and compiled again.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "signed_acts"
down_revision = "report_families"
branch_labels = None
depends_on = None

APPEND_ONLY = ("act_confirmation", "report_signature")
TABLES = ("personal_key", *APPEND_ONLY)
VISIBLE = (
    "current_setting('lims.laboratories', true) = '*' OR laboratory_id::text = "
    "ANY (string_to_array(coalesce(current_setting('lims.laboratories', true), ''), ','))"
)


def upgrade() -> None:
    _create_of_people()
    _create_of_reports()
    if op.get_bind().dialect.name == "sqlite":
        for table in APPEND_ONLY:
            for act in ("update", "delete"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{act} BEFORE {act.upper()} ON {table} "
                    "BEGIN SELECT RAISE(ABORT, 'signed acts are append-only'); END"
                )
        return
    op.execute(
        "CREATE FUNCTION refuse_signature_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'signed acts are append-only'; END $$"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_signature_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_signature_change()"
        )
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own_laboratory ON {table} USING ({VISIBLE}) WITH CHECK ({VISIBLE})")


def _record(*columns: sa.Column[Any]) -> list[sa.Column[Any]]:
    return [
        sa.Column("laboratory_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        *columns,
    ]


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"), ondelete="RESTRICT")


def _create_of_people() -> None:
    op.create_table(
        "personal_key",
        *_record(
            sa.Column("user_id", sa.Uuid(), nullable=False),
            sa.Column("serial", sa.Integer(), nullable=False),
            sa.Column("kind", sa.String(length=40), nullable=False),
            sa.Column("sealed_key", sa.Text(), nullable=False),
            sa.Column("certificate_pem", sa.Text(), nullable=False),
            sa.Column("issuer", sa.String(length=300), nullable=False),
            sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
            sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
            sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        ),
        _refers("personal_key", "laboratory_id", "laboratory"),
        _refers("personal_key", "user_id", "app_user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_personal_key")),
        sa.UniqueConstraint("user_id", "serial", name=op.f("uq_personal_key_user_id_serial")),
    )
    op.create_table(
        "act_confirmation",
        *_record(
            sa.Column("user_id", sa.Uuid(), nullable=False),
            sa.Column("key_id", sa.Uuid(), nullable=False),
            sa.Column("action", sa.String(length=60), nullable=False),
            sa.Column("subjects", sa.Text(), nullable=False),
            sa.Column("method", sa.String(length=40), nullable=False),
            sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        ),
        _refers("act_confirmation", "laboratory_id", "laboratory"),
        _refers("act_confirmation", "user_id", "app_user"),
        _refers("act_confirmation", "key_id", "personal_key"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_act_confirmation")),
    )
    op.create_index(op.f("ix_act_confirmation_user_id"), "act_confirmation", ["user_id"])


def _create_of_reports() -> None:
    table = "report_signature"
    op.create_table(
        table,
        *_record(
            sa.Column("report_id", sa.Uuid(), nullable=False),
            sa.Column("act", sa.String(length=40), nullable=False),
            sa.Column("person_id", sa.Uuid(), nullable=False),
            sa.Column("at", sa.DateTime(timezone=True), nullable=False),
            sa.Column("method", sa.String(length=40), nullable=False),
            sa.Column("confirmation_id", sa.Uuid(), nullable=False),
            sa.Column("subject", sa.String(length=60), nullable=False),
            sa.Column("key_id", sa.Uuid(), nullable=False),
            sa.Column("content_sha256", sa.String(length=64), nullable=False),
            sa.Column("statement", sa.Text(), nullable=False),
            sa.Column("signature", sa.Text(), nullable=False),
            sa.Column("certificate_pem", sa.Text(), nullable=False),
        ),
        _refers(table, "laboratory_id", "laboratory"),
        _refers(table, "report_id", "report"),
        _refers(table, "person_id", "app_user"),
        _refers(table, "confirmation_id", "act_confirmation"),
        _refers(table, "key_id", "personal_key"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_signature")),
        sa.UniqueConstraint("report_id", "act", name=op.f("uq_report_signature_report_id_act")),
        sa.UniqueConstraint("confirmation_id", "subject", name=op.f("uq_report_signature_confirmation_id_subject")),
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"DROP POLICY own_laboratory ON {table}")
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_signature_change()")
