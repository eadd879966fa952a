"""Say who is who by what was touched, and let people decide; the first link after this makes all links anew."""

import sqlalchemy as sa
from alembic import op

from rekisteri.migrations import as_owner

revision = "0003"
down_revision = "0002"

_MADE = (
    "create table register.subject_touched (source text not null, entity text not null, source_key text not null)",
    "create table register.subject_state (only_row boolean primary key default true check (only_row), "
    "fingerprint text not null)",
    "create table register.subject_identifier (source text not null, entity text not null, source_key text not null, "
    "kind text not null, name_key text, email text, phone text, y_tunnus text, shared boolean not null, "
    "primary key (source, entity, source_key))",
    "create index subject_identifier_email on register.subject_identifier (email, name_key) where email is not null",
    "create index subject_identifier_phone on register.subject_identifier (phone, name_key) where phone is not null",
    "create index subject_identifier_y_tunnus on register.subject_identifier (y_tunnus) where y_tunnus is not null",
    "create table register.subject_decision (source text not null, "
    "entity text not null check (entity in ('customer', 'person', 'prospect')), source_key text not null, "
    "other_source text not null, other_entity text not null "
    "check (other_entity in ('customer', 'person', 'prospect')), other_key text not null, "
    "decision text not null check (decision in ('merge', 'apart')), "
    "reason text not null check (reason ~ '^[a-z_]{1,40}$'), staff text not null, decided_on date not null, "
    "primary key (source, entity, source_key, other_source, other_entity, other_key), "
    "check ((source, entity, source_key) < (other_source, other_entity, other_key)))",
    "create index subject_decision_other on register.subject_decision (other_source, other_entity, other_key)",
)


def upgrade() -> None:
    """Add what links by touched records, and decisions, need."""
    with as_owner("register"):
        none = sa.text("array[]::text[]")
        ties: sa.Column[list[str]] = sa.Column("ties", sa.ARRAY(sa.Text), nullable=False, server_default=none)
        op.add_column("subject_link", ties, schema="register")
        led_by = sa.Column("led_by", sa.Text, nullable=False, server_default="")
        op.add_column("subject_review", led_by, schema="register")
        op.alter_column("subject_review", "led_by", schema="register", server_default=None)
        for statement in _MADE:
            op.execute(statement)
