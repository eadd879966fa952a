"""The warehouse as first landed; a warehouse with tables and without a noted revision is this one."""

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Nothing comes before it."""
