"""List what lies outside the EU/EEA without consent, and keep each version of the policies."""

from alembic import op

from rekisteri.migrations import as_owner

revision = "0008"
down_revision = "0007"

_RECONSIDERED = (
    "create table staging.reconsidered (source text not null, entity text not null, source_key text not null, "
    "primary key (source, entity, source_key))"
)
_REGISTER = (
    "create table register.misplaced (source text not null, entity text not null, source_key text not null, "
    "rule text not null, country text check (country ~ '^[A-Z]{2}$'), found_on date not null, "
    "primary key (source, entity, source_key))",
    "create table register.misplaced_source (source text primary key, found_on date not null)",
    "create index transfer_log_record on register.transfer_log (source, entity, source_key)",
    "create index transfer_log_consent on register.transfer_log (consent_source, consent_key)",
)
_POLICY_VERSION = (
    "create table audit.policy_version (version_id bigint generated always as identity primary key, "
    "file audit.name not null, sha256 audit.checksum not null, noted_at timestamptz not null "
    "default clock_timestamp(), night date, staff audit.staff, content text)",
    "create index policy_version_file on audit.policy_version (file, version_id)",
)


def upgrade() -> None:
    """Add the tables; policies are noted from the next night on."""
    with as_owner("staging"):
        op.execute(_RECONSIDERED)
    with as_owner("register"):
        for statement in _REGISTER:
            op.execute(statement)
    with as_owner("audit"):
        for statement in _POLICY_VERSION:
            op.execute(statement)
