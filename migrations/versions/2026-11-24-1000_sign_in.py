"""Signing in: sessions, one-time codes, passkeys, attempts; and passwords that must be changed.

On PostgreSQL row-level security guards the new tables like the others. What belongs to a record is as visible as the
record; unfinished ceremonies and attempts are for the installation itself, which signs people in.
"""

import sqlalchemy as sa
from alembic import op

revision = "sign_in"
down_revision = "audit_row_security"
branch_labels = None
depends_on = None

EVERYTHING = "current_setting('lims.laboratories', true) = '*'"
OWN = (
    f"{EVERYTHING} OR laboratory_id::text = "
    "ANY (string_to_array(coalesce(current_setting('lims.laboratories', true), ''), ','))"
)
#: In the order in which they can be dropped.
VISIBLE = {
    "session_use": "EXISTS (SELECT 1 FROM web_session WHERE web_session.id = session_id)",
    "passkey_use": "EXISTS (SELECT 1 FROM passkey WHERE passkey.id = passkey_id)",
    "totp_use": "EXISTS (SELECT 1 FROM app_user WHERE app_user.id = user_id)",
    "pending_ceremony": EVERYTHING,
    "sign_in_attempt": EVERYTHING,
    "web_session": OWN,
    "passkey": OWN,
    "totp": OWN,
    "recovery_code": OWN,
}


def upgrade() -> None:
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("username", sa.String(length=80), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempt")),
    )
    with op.batch_alter_table("sign_in_attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_attempt_address"), ["address"], unique=False)
        batch_op.create_index(batch_op.f("ix_sign_in_attempt_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_sign_in_attempt_username"), ["username"], unique=False)

    op.create_table(
        "passkey",
        sa.Column("laboratory_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("credential_id", sa.String(length=1400), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["laboratory_id"], ["laboratory.id"], name=op.f("fk_passkey_laboratory_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_passkey_user_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
    )
    with op.batch_alter_table("passkey", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_passkey_laboratory_id"), ["laboratory_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_passkey_user_id"), ["user_id"], unique=False)

    op.create_table(
        "pending_ceremony",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("user_version", sa.Integer(), nullable=True),
        sa.Column("challenge", sa.String(length=100), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_pending_ceremony_user_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pending_ceremony")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_pending_ceremony_token_sha256")),
    )
    with op.batch_alter_table("pending_ceremony", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pending_ceremony_address"), ["address"], unique=False)
        batch_op.create_index(batch_op.f("ix_pending_ceremony_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "recovery_code",
        sa.Column("laboratory_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("code_sha256", sa.String(length=64), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["laboratory_id"], ["laboratory.id"], name=op.f("fk_recovery_code_laboratory_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_recovery_code_user_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
        sa.UniqueConstraint("code_sha256", name=op.f("uq_recovery_code_code_sha256")),
    )
    with op.batch_alter_table("recovery_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recovery_code_laboratory_id"), ["laboratory_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_recovery_code_user_id"), ["user_id"], unique=False)

    op.create_table(
        "totp",
        sa.Column("laboratory_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("sealed_secret", sa.String(length=300), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["laboratory_id"], ["laboratory.id"], name=op.f("fk_totp_laboratory_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_totp_user_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_totp")),
        sa.UniqueConstraint("user_id", name=op.f("uq_totp_user_id")),
    )
    with op.batch_alter_table("totp", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_totp_laboratory_id"), ["laboratory_id"], unique=False)

    op.create_table(
        "totp_use",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_totp_use_user_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_totp_use")),
    )
    op.create_table(
        "web_session",
        sa.Column("laboratory_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("method", sa.String(length=40), nullable=False),
        sa.Column("device", sa.String(length=100), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["laboratory_id"], ["laboratory.id"], name=op.f("fk_web_session_laboratory_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_web_session_user_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_session")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_web_session_token_sha256")),
    )
    with op.batch_alter_table("web_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_web_session_laboratory_id"), ["laboratory_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_web_session_user_id"), ["user_id"], unique=False)

    op.create_table(
        "passkey_use",
        sa.Column("passkey_id", sa.Uuid(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["passkey_id"], ["passkey.id"], name=op.f("fk_passkey_use_passkey_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("passkey_id", name=op.f("pk_passkey_use")),
    )
    op.create_table(
        "session_use",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["web_session.id"], name=op.f("fk_session_use_session_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_session_use")),
    )
    # Natively, without a rebuild of the table: that would take its triggers along.
    op.add_column("app_user", sa.Column("temporary_password_at", sa.DateTime(timezone=True), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        for table, visible in VISIBLE.items():
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY own_laboratory ON {table} USING ({visible}) WITH CHECK ({visible})")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in VISIBLE:
            op.execute(f"DROP POLICY own_laboratory ON {table}")
    op.drop_column("app_user", "temporary_password_at")
    for table in VISIBLE:
        op.drop_table(table)
