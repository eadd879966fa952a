"""Keep with each transfer the dates of its consent as they were: a source may give the consent other ones later."""

from alembic import op

from rekisteri.migrations import as_owner

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the dates; of what was logged before, they are those that the consent has now, and none where it is gone."""
    with as_owner("register"):
        op.execute("alter table register.transfer_log add column consent_from date, add column consent_until date")
        op.execute(
            "update register.transfer_log as logged set consent_from = consent.valid_from, "
            "consent_until = consent.valid_to from register.transfer_consent as consent "
            "where logged.consent_source = consent.source and logged.consent_key = consent.source_key"
        )
