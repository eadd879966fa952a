"""Let a person decide on a refused row, known by the digest of its content."""

from alembic import op

from rekisteri.migrations import as_owner

revision = "0006"
down_revision = "0005"

_DECISION = (
    "create table quarantine.decision (source text not null, entity text not null, source_key text, "
    "digest bytea not null, decision text not null check (decision in ('release', 'reject')), rules text[] not null, "
    "reason text not null check (reason ~ '^[a-z_]{1,40}$'), staff text not null, decided_on date not null, "
    "unique nulls not distinct (source, entity, source_key, digest), "
    "check (decision = 'reject' or source_key is not null))"
)


def upgrade() -> None:
    """Add the table and the digest; of a row that has expired nobody knows it any more."""
    with as_owner("quarantine"):
        op.execute("alter table quarantine.row add column digest bytea")
        op.execute("update quarantine.row set digest = sha256(convert_to(row::text, 'UTF8')) where row is not null")
        op.execute(_DECISION)
