"""Keep how far off a rule for a whole pull was, as the task that it stopped said it."""

from alembic import op

from rekisteri.migrations import as_owner

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the sentence; of the nights before, only the counts are known."""
    with as_owner("quarantine"):
        op.execute("alter table quarantine.gate_night add column told text")
