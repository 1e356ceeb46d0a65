"""Import profiles are kept by laboratory and instrument, in versions; a run says by which of them it was read."""

import sqlalchemy as sa
from alembic import op

revision = "import_profiles"
down_revision = "declared_standards"
branch_labels = None
depends_on = None

TABLES = ("import_profile", "import_profile_version")
VISIBLE = (
    "current_setting('lims.laboratories', true) = '*' OR laboratory_id::text = "
    "ANY (string_to_array(coalesce(current_setting('lims.laboratories', true), ''), ','))"
)


def upgrade() -> None:
    _profiles()
    _versions()
    # Both empty in older rows, for their entries in the audit trail know nothing of them.
    op.add_column("signal", sa.Column("vendor_unit", sa.String(length=20), nullable=True))
    with op.batch_alter_table("run") as batch_op:
        batch_op.add_column(sa.Column("profile_version_id", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_run_profile_version_id"),
            "import_profile_version",
            ["profile_version_id"],
            ["id"],
            ondelete="RESTRICT",
        )
        batch_op.create_index(op.f("ix_run_profile_version_id"), ["profile_version_id"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        for table in TABLES:
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY own_laboratory ON {table} USING ({VISIBLE}) WITH CHECK ({VISIBLE})")


def _profiles() -> None:
    op.create_table(
        "import_profile",
        sa.Column("laboratory_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("instrument_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("latest", sa.Integer(), nullable=False),
        sa.Column("retired_by", sa.Uuid(), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["laboratory_id"], ["laboratory.id"], name=op.f("fk_import_profile_laboratory_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["instrument_id"], ["instrument.id"], name=op.f("fk_import_profile_instrument_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["retired_by"], ["app_user.id"], name=op.f("fk_import_profile_retired_by"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_profile")),
        sa.UniqueConstraint("laboratory_id", "name", name=op.f("uq_import_profile_laboratory_id_name")),
    )
    op.create_index(op.f("ix_import_profile_instrument_id"), "import_profile", ["instrument_id"], unique=False)


def _versions() -> None:
    op.create_table(
        "import_profile_version",
        sa.Column("laboratory_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["laboratory_id"],
            ["laboratory.id"],
            name=op.f("fk_import_profile_version_laboratory_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["profile_id"],
            ["import_profile.id"],
            name=op.f("fk_import_profile_version_profile_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["app_user.id"], name=op.f("fk_import_profile_version_made_by"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_profile_version")),
        sa.UniqueConstraint("profile_id", "number", name=op.f("uq_import_profile_version_profile_id_number")),
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in TABLES:
            op.execute(f"DROP POLICY own_laboratory ON {table}")
    with op.batch_alter_table("run") as batch_op:
        batch_op.drop_index(op.f("ix_run_profile_version_id"))
        batch_op.drop_constraint(op.f("fk_run_profile_version_id"), type_="foreignkey")
        batch_op.drop_column("profile_version_id")
    op.drop_column("signal", "vendor_unit")
    op.drop_table("import_profile_version")
    op.drop_table("import_profile")
