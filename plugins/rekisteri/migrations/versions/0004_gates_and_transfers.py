"""Keep what each rule found night by night, and every transfer outside the EU/EEA."""

from alembic import op

from rekisteri.migrations import as_owner

revision = "0004"
down_revision = "0003"

_GATE_NIGHT = (
    "create table quarantine.gate_night (pull_id uuid not null, night date not null, source text not null, "
    "entity text not null, gate text not null check (gate in ('quality', 'residency')), rule text not null, "
    "level text not null check (level in ('row', 'pull')), "
    "severity text not null check (severity in ('critical', 'warning', 'info')), "
    "evaluated bigint not null check (evaluated >= 0), refused bigint not null check (refused >= 0), "
    "seconds double precision not null check (seconds >= 0), stopped boolean not null, "
    "primary key (pull_id, entity, gate, rule))",
    "create index gate_night_night on quarantine.gate_night (source, entity, rule, night)",
)
_TRANSFER = (
    "create table register.transfer_log (transfer_id bigint generated always as identity primary key, "
    "night date not null, pull_id uuid, destination text not null, source text not null, entity text not null, "
    "source_key text not null, person_source text not null, person_key text not null, data_groups smallint[] not null, "
    "country text not null check (country ~ '^[A-Z]{2}$'), consent_source text not null, consent_key text not null, "
    "evidence_at timestamptz not null, transferred_at timestamptz not null, "
    "unique nulls not distinct (pull_id, destination, source, entity, source_key, person_source, person_key))"
)


def upgrade() -> None:
    """Add the tables; nights before this have no history."""
    with as_owner("quarantine"):
        for statement in _GATE_NIGHT:
            op.execute(statement)
    with as_owner("register"):
        op.execute(_TRANSFER)
