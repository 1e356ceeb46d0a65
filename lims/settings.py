"""The settings of an installation: `LIMS_*` variables, read once at start."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from lims.core.errors import BadInput
from lims.core.reasons import Where, reason
from lims.core.schema_faults import schema_reason

PROJECT = Path(__file__).parent.parent


#: Instead of an address: the installation makes timestamps itself, for trying out.
DEVELOPMENT_TIMESTAMPS = "development"


class Environment(StrEnum):
    """Trying out, or serving a laboratory."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


def _processes() -> int:
    """One for each core that this process may use, and no more than four: each takes some 130 MB."""
    return min(4, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


class Settings(BaseSettings):
    """One frozen set of settings. Everything has a default that suits one laboratory on one machine."""

    model_config = SettingsConfigDict(env_prefix="LIMS_", frozen=True, extra="forbid")

    environment: Environment = Environment.DEVELOPMENT
    data: Path = Field(default=Path("var"), description="Folder of database, files and keys.")
    database_url: str | None = Field(default=None, description="PostgreSQL address; empty: SQLite in the data folder.")
    assets: Path = Field(default=PROJECT / ".assets", description="Fonts and browser files made by set-up.")
    method_library: Path = Field(default=PROJECT / "method_library", description="Folder of reference facts.")
    report_templates: Path = Field(default=PROJECT / "report_templates", description="Folder of report templates.")
    public_url: str = Field(default="http://127.0.0.1:8000", description="Address printed in QR codes.")
    signing_pkcs12: Path | None = Field(default=None, description="The laboratory's key and certificate (PKCS#12).")
    signing_passphrase: SecretStr | None = Field(default=None, description="Passphrase of the PKCS#12 file.")
    signing_pkcs11_module: Path | None = Field(default=None, description="Driver of the laboratory's token (PKCS#11).")
    signing_pkcs11_token: str = Field(default="", description="Label of the token.")
    signing_pkcs11_label: str = Field(default="", description="Label of key and certificate in the token.")
    signing_pkcs11_pin: SecretStr | None = Field(default=None, description="PIN of the token.")
    timestamp_url: str | None = Field(default=None, description="Timestamp authority (RFC 3161); or: development.")
    trusted_certificates: Path | None = Field(default=None, description="Folder of PEM certificates to trust.")
    token_days: int = Field(default=90, ge=1, le=3650, description="Days until an API token expires.")
    session_hours: int = Field(default=12, ge=1, le=168, description="Hours until a web session ends in any case.")
    session_idle_minutes: int = Field(
        default=60, ge=5, le=1440, description="Minutes without a request until a web session ends."
    )
    upload_megabytes: int = Field(default=32, ge=1, le=1024, description="Largest file that is accepted.")
    threads: int = Field(default=40, ge=1, le=500, description="Request threads; the database pool has the same size.")
    render_processes: int = Field(
        default_factory=_processes,
        ge=1,
        le=16,
        description="Child processes that draw reports; as the machine has cores.",
    )

    @model_validator(mode="after")
    def _production_is_strict(self) -> Self:
        if self.signing_pkcs11_module and not (
            self.signing_pkcs11_token and self.signing_pkcs11_label and self.signing_pkcs11_pin
        ):
            raise ValueError("LIMS_SIGNING_PKCS11_MODULE needs LIMS_SIGNING_PKCS11_TOKEN, _LABEL and _PIN too")
        if self.signing_pkcs11_module and self.signing_pkcs12:
            raise ValueError("the laboratory signs with one key: LIMS_SIGNING_PKCS12 or LIMS_SIGNING_PKCS11_MODULE")
        if self.environment is Environment.PRODUCTION:
            if not self.has_own_key:
                raise ValueError(
                    "production needs LIMS_SIGNING_PKCS12 or LIMS_SIGNING_PKCS11_MODULE:"
                    " reports may not carry a development signature"
                )
            if self.timestamp_url == DEVELOPMENT_TIMESTAMPS:
                raise ValueError("production needs the address of an authority in LIMS_TIMESTAMP_URL, or none")
            if not self.public_url.startswith("https://"):
                raise ValueError("production needs an https address in LIMS_PUBLIC_URL")
        return self

    @property
    def has_own_key(self) -> bool:
        """Whether the laboratory signs with a key of its own; otherwise with a development key."""
        return self.signing_pkcs12 is not None or self.signing_pkcs11_module is not None

    @property
    def has_database(self) -> bool:
        """Whether there is one to ask: one that is reached by an address, or a file."""
        return self.database_url is not None or self._database_file.is_file()

    @property
    def _database_file(self) -> Path:
        return self.data / "lims.sqlite"

    @property
    def database_address(self) -> str:
        """The SQLAlchemy address of the database."""
        if self.database_url:
            return self.database_url.replace("postgresql://", "postgresql+psycopg://", 1)
        return f"sqlite:///{self._database_file}"


def load_settings() -> Settings:
    """Settings from the environment.

    `LIMS_X_FILE` names a file that holds the value of `LIMS_X` (for secrets). Raises `BadInput`
    for an unknown or unusable variable.
    """
    given = {name[5:].lower(): value for name, value in os.environ.items() if name.startswith("LIMS_")}
    for name in [n for n in given if n.endswith("_file")]:
        given[name.removesuffix("_file")] = Path(given.pop(name)).read_text(encoding="utf-8").strip()
    unknown = sorted(set(given) - set(Settings.model_fields))
    if unknown:
        raise BadInput(
            *(
                reason("settings.unknown", "LIMS_{name} is not a setting of this program.", name=n.upper())
                for n in unknown
            )
        )
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        raise BadInput(
            *(
                schema_reason(
                    "settings.invalid",
                    fault,
                    "LIMS_" + "_".join(str(p) for p in fault["loc"]).upper(),
                    Where(field=str(fault["loc"][0]) if fault["loc"] else None),
                )
                for fault in error.errors()
            )
        ) from error
