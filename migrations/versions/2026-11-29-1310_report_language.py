"""A report is made in a language of its own, or as a notice; once issued, these choices are frozen too."""

import sqlalchemy as sa
from alembic import op

revision = "report_language"
down_revision = "method_formula"
branch_labels = None
depends_on = None

SQLITE = """CREATE TRIGGER report_issued_is_frozen BEFORE UPDATE ON report
WHEN OLD.number IS NOT NULL AND (
  NEW.id IS NOT OLD.id OR NEW.laboratory_id IS NOT OLD.laboratory_id OR NEW.sample_id IS NOT OLD.sample_id
  OR NEW.number IS NOT OLD.number OR NEW.judgement_id IS NOT OLD.judgement_id
  OR NEW.results_sha256 IS NOT OLD.results_sha256 OR NEW.revision IS NOT OLD.revision
  OR NEW.replaces_id IS NOT OLD.replaces_id OR NEW.change_reason IS NOT OLD.change_reason
  OR NEW.annex IS NOT OLD.annex{language}
  OR NEW.compiled_by IS NOT OLD.compiled_by OR NEW.compiled_at IS NOT OLD.compiled_at
  OR NEW.reviewed_by IS NOT OLD.reviewed_by OR NEW.reviewed_at IS NOT OLD.reviewed_at
  OR NEW.approved_by IS NOT OLD.approved_by OR NEW.issued_at IS NOT OLD.issued_at
  OR NEW.verification_token IS NOT OLD.verification_token
  OR NEW.snapshot IS NOT OLD.snapshot OR NEW.snapshot_sha256 IS NOT OLD.snapshot_sha256
  OR (OLD.pdf_sha256 IS NOT NULL AND (NEW.pdf_sha256 IS NOT OLD.pdf_sha256 OR NEW.signed_at IS NOT OLD.signed_at))
  OR (OLD.withdrawn_at IS NOT NULL AND (NEW.withdrawn_at IS NOT OLD.withdrawn_at
      OR NEW.withdrawn_by IS NOT OLD.withdrawn_by OR NEW.withdrawal_reason IS NOT OLD.withdrawal_reason))
  OR (NEW.status IS NOT OLD.status AND NOT (OLD.status = 'issued' AND NEW.status IN ('replaced', 'withdrawn')))
)
BEGIN SELECT RAISE(ABORT, 'an issued report is frozen'); END"""

POSTGRESQL = """CREATE OR REPLACE FUNCTION report_issued_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.number IS NULL THEN
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
  END IF;
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'an issued report is never deleted';
  END IF;
  IF ROW(NEW.id, NEW.laboratory_id, NEW.sample_id, NEW.number, NEW.judgement_id, NEW.results_sha256, NEW.revision,
         NEW.replaces_id, NEW.change_reason, NEW.compiled_by, NEW.compiled_at, NEW.reviewed_by, NEW.reviewed_at,
         NEW.approved_by, NEW.issued_at, NEW.verification_token, NEW.snapshot, NEW.snapshot_sha256, NEW.annex{new})
     IS DISTINCT FROM
     ROW(OLD.id, OLD.laboratory_id, OLD.sample_id, OLD.number, OLD.judgement_id, OLD.results_sha256, OLD.revision,
         OLD.replaces_id, OLD.change_reason, OLD.compiled_by, OLD.compiled_at, OLD.reviewed_by, OLD.reviewed_at,
         OLD.approved_by, OLD.issued_at, OLD.verification_token, OLD.snapshot, OLD.snapshot_sha256, OLD.annex{old})
  OR (OLD.pdf_sha256 IS NOT NULL
      AND ROW(NEW.pdf_sha256, NEW.signed_at) IS DISTINCT FROM ROW(OLD.pdf_sha256, OLD.signed_at))
  OR (OLD.withdrawn_at IS NOT NULL
      AND ROW(NEW.withdrawn_at, NEW.withdrawn_by, NEW.withdrawal_reason)
          IS DISTINCT FROM ROW(OLD.withdrawn_at, OLD.withdrawn_by, OLD.withdrawal_reason))
  OR (NEW.status IS DISTINCT FROM OLD.status
      AND NOT (OLD.status = 'issued' AND NEW.status IN ('replaced', 'withdrawn'))) THEN
    RAISE EXCEPTION 'an issued report is frozen';
  END IF;
  RETURN NEW;
END $$"""


def _guard(*, language: bool) -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            SQLITE.replace(
                "{language}",
                "\n  OR NEW.language IS NOT OLD.language OR NEW.notice IS NOT OLD.notice" if language else "",
            )
        )
        return
    new, old = (", NEW.language, NEW.notice", ", OLD.language, OLD.notice") if language else ("", "")
    op.execute(POSTGRESQL.replace("{new}", new).replace("{old}", old))


def upgrade() -> None:
    # Natively, without a rebuild of the table: that would take its triggers along. Empty in older reports, for their
    # entries in the audit trail know nothing of it.
    op.add_column("report", sa.Column("language", sa.String(length=40), nullable=True))
    op.add_column("report", sa.Column("notice", sa.Boolean(), nullable=True))
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER report_issued_is_frozen")
    _guard(language=True)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER report_issued_is_frozen")
        op.execute("ALTER TABLE report DROP COLUMN language")
        op.execute("ALTER TABLE report DROP COLUMN notice")
    _guard(language=False)
    if op.get_bind().dialect.name != "sqlite":
        op.drop_column("report", "language")
        op.drop_column("report", "notice")
