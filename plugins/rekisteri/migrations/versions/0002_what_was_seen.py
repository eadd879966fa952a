"""Remember what a pull has seen of its source, so that the next reads what changed; index fewer rows."""

import sqlalchemy as sa
from alembic import op

from rekisteri.migrations import as_owner

revision = "0002"
down_revision = "0001"

_REFERENCES: dict[str, tuple[str, ...]] = {
    "customer": (),
    "person": (),
    "prospect": (),
    "contact_role": ("person_key", "customer_key"),
    "user_account": ("person_key", "customer_key"),
    "address": ("customer_key",),
    "marketing_permission": ("person_key",),
    "transfer_consent": ("person_key",),
    "contract": ("customer_key",),
    "service": ("contract_key",),
    "device": ("customer_key",),
    "order": ("customer_key",),
    "event": ("customer_key", "person_key"),
    "feedback": ("customer_key", "person_key"),
    "derived_profile": ("customer_key",),
    "case": ("customer_key", "person_key"),
    "message": ("case_key", "person_key"),
    "recording": ("case_key", "person_key"),
    "billing_profile": ("customer_key",),
    "invoice": ("customer_key",),
    "collection": ("invoice_key",),
}
_SOME = {(entity, "person_key") for entity in ("event", "feedback", "case", "message", "recording")}
"""Not every row refers to a person: only those that do are indexed."""


def upgrade() -> None:
    """Add what incremental pulls and the first load of an entity need."""
    false, zero = sa.text("false"), sa.text("0")
    with as_owner("staging"):
        for name in ("full_asked", "vanish_accepted"):
            op.add_column("pull", sa.Column(name, sa.Boolean, nullable=False, server_default=false), schema="staging")
        for column in (
            sa.Column("part", sa.Text, nullable=False, server_default=sa.text("'full'")),
            sa.Column("skipped", sa.BigInteger, nullable=False, server_default=zero),
            sa.Column("shape", sa.Text, nullable=False, server_default=sa.text("''")),
            sa.Column("buckets", sa.Integer),
            sa.Column("watermark", sa.Text),
        ):
            op.add_column("arrival", column, schema="staging")
        for name, rule in (("part", "part in ('full', 'part', 'same')"), ("skipped", "skipped >= 0")):
            op.execute(f"alter table staging.arrival add constraint arrival_{name}_check check ({rule})")
        op.execute(
            "create table staging.seen (source text not null, entity text not null, pull_id uuid not null, "
            "shape text not null, rows bigint not null check (rows >= 0), buckets int, watermark text, "
            "primary key (source, entity))"
        )
        op.execute(
            "create table staging.seen_bucket (source text not null, entity text not null, bucket int not null, "
            "rows bigint not null, sum text not null, primary key (source, entity, bucket))"
        )
    with as_owner("register"):
        for entity, parents in _REFERENCES.items():
            # A row is its source's record: it needs no number of its own, and one index less.
            op.execute(f'alter table register."{entity}" drop constraint {entity}_source_source_key_key')
            op.execute(f'alter table register."{entity}" drop column record_id')
            op.execute(f'alter table register."{entity}" add primary key (source_key, source)')
            for name in parents:
                some = f" where {name} is not null" if (entity, name) in _SOME else ""
                op.execute(f"drop index register.{entity}_{name}")
                op.execute(f'create index {entity}_{name} on register."{entity}" ({name}, source){some}')
        op.execute(
            "create table register.unindexed (entity text not null, name text not null, definition text not null, "
            "is_constraint boolean not null, primary key (entity, name))"
        )
