"""Keep with each transfer the dates of its consent as they were: a source may give the consent other ones later."""

from alembic import op

from rekisteri.migrations import as_owner

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the dates; those of what was logged before are not known: the consent may bear other ones by now."""
    with as_owner("register"):
        op.execute("alter table register.transfer_log add column consent_from date, add column consent_until date")
