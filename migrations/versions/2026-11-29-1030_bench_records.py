"""Lots of reference materials and reagents, solutions made of them, and what a worksheet was worked with."""

import sqlalchemy as sa
from alembic import op

revision = "bench_records"
down_revision = "quality_control"
branch_labels = None
depends_on = None

TABLES = ("material", "material_source", "bench_record", "material_use", "equipment_use")
VISIBLE = (
    "current_setting('lims.laboratories', true) = '*' OR laboratory_id::text = "
    "ANY (string_to_array(coalesce(current_setting('lims.laboratories', true), ''), ','))"
)


def upgrade() -> None:
    _material()
    _material_source()
    _bench_record()
    _material_use()
    _equipment_use()
    if op.get_bind().dialect.name == "postgresql":
        for table in TABLES:
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY own_laboratory ON {table} USING ({VISIBLE}) WITH CHECK ({VISIBLE})")


def _material() -> None:
    op.create_table(
        "material",
        sa.Column("laboratory_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("lot", sa.String(length=60), nullable=True),
        sa.Column("certificate", sa.String(length=100), nullable=True),
        sa.Column("strength", sa.String(length=64), nullable=True),
        sa.Column("strength_unit", sa.String(length=20), nullable=True),
        sa.Column("strength_uncertainty", sa.String(length=64), nullable=True),
        sa.Column("grade", sa.String(length=60), nullable=True),
        sa.Column("supplier", sa.String(length=100), nullable=True),
        sa.Column("storage", sa.String(length=100), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("prepared_on", sa.Date(), nullable=True),
        sa.Column("prepared_by", sa.Uuid(), nullable=True),
        sa.Column("final_volume", sa.String(length=64), nullable=True),
        sa.Column("final_volume_unit", sa.String(length=20), nullable=True),
        sa.Column("preparation", sa.Text(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("closed_reason", sa.Text(), nullable=True),
        sa.Column("registered_by", sa.Uuid(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["laboratory_id"], ["laboratory.id"], name=op.f("fk_material_laboratory_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["prepared_by"], ["app_user.id"], name=op.f("fk_material_prepared_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["registered_by"], ["app_user.id"], name=op.f("fk_material_registered_by"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_material")),
        sa.UniqueConstraint("laboratory_id", "code", name=op.f("uq_material_laboratory_id_code")),
    )
    op.create_index(op.f("ix_material_list"), "material", ["laboratory_id", "closed_on", "expires_on"])


def _material_source() -> None:
    op.create_table(
        "material_source",
        sa.Column("laboratory_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("material_id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("taken", sa.String(length=64), nullable=False),
        sa.Column("taken_unit", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["laboratory_id"], ["laboratory.id"], name=op.f("fk_material_source_laboratory_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["material_id"], ["material.id"], name=op.f("fk_material_source_material_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["material.id"], name=op.f("fk_material_source_source_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_material_source")),
        sa.UniqueConstraint("material_id", "source_id", name=op.f("uq_material_source_material_id_source_id")),
    )
    op.create_index(op.f("ix_material_source_source_id"), "material_source", ["source_id"])


def _bench_record() -> None:
    op.create_table(
        "bench_record",
        sa.Column("laboratory_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("worksheet_id", sa.Uuid(), nullable=False),
        sa.Column("used_on", sa.Date(), nullable=False),
        sa.Column("room", sa.String(length=60), nullable=True),
        sa.Column("temperature_c", sa.String(length=64), nullable=True),
        sa.Column("humidity_percent", sa.String(length=64), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["laboratory_id"], ["laboratory.id"], name=op.f("fk_bench_record_laboratory_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["app_user.id"], name=op.f("fk_bench_record_recorded_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["worksheet_id"], ["worksheet.id"], name=op.f("fk_bench_record_worksheet_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bench_record")),
        sa.UniqueConstraint("worksheet_id", name=op.f("uq_bench_record_worksheet_id")),
    )


def _material_use() -> None:
    op.create_table(
        "material_use",
        sa.Column("laboratory_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("bench_record_id", sa.Uuid(), nullable=False),
        sa.Column("material_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bench_record_id"], ["bench_record.id"], name=op.f("fk_material_use_bench_record_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["laboratory_id"], ["laboratory.id"], name=op.f("fk_material_use_laboratory_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["material_id"], ["material.id"], name=op.f("fk_material_use_material_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_material_use")),
        sa.UniqueConstraint("bench_record_id", "material_id", name=op.f("uq_material_use_bench_record_id_material_id")),
    )
    op.create_index(op.f("ix_material_use_material_id"), "material_use", ["material_id"])


def _equipment_use() -> None:
    op.create_table(
        "equipment_use",
        sa.Column("laboratory_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("bench_record_id", sa.Uuid(), nullable=False),
        sa.Column("instrument_id", sa.Uuid(), nullable=False),
        sa.Column("calibrated_until", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bench_record_id"], ["bench_record.id"], name=op.f("fk_equipment_use_bench_record_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["instrument_id"], ["instrument.id"], name=op.f("fk_equipment_use_instrument_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["laboratory_id"], ["laboratory.id"], name=op.f("fk_equipment_use_laboratory_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_equipment_use")),
        sa.UniqueConstraint(
            "bench_record_id", "instrument_id", name=op.f("uq_equipment_use_bench_record_id_instrument_id")
        ),
    )
    op.create_index(op.f("ix_equipment_use_instrument_id"), "equipment_use", ["instrument_id"])


def downgrade() -> None:
    for table in reversed(TABLES):
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"DROP POLICY own_laboratory ON {table}")
        op.drop_table(table)
