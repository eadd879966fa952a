"""Great Expectations on the connection of a trial, whose rows are never committed: no other connection sees them."""

from typing import Any

import psycopg

from rekisteri.counting import Counter
from rekisteri.statements import load


class Lent(psycopg.Connection[Any]):
    """A connection lent to a library: what it asks happens in the lender's transaction, which it cannot end."""

    def __init__(self, lender: psycopg.Connection[Any]) -> None:
        """Lend.

        Args:
            lender: in a transaction; must outlive what it is lent to.
        """
        super().__init__(lender.pgconn)
        # Both would give their prepared statements the same names.
        self.prepare_threshold = None

    def commit(self) -> None:
        """Leave the lender's transaction as it is."""

    def rollback(self) -> None:
        """Leave the lender's transaction as it is."""

    def close(self) -> None:
        """Leave the lender's connection open."""

    def __del__(self, _warn: Any = None, /) -> None:
        """Say nothing of a connection that the lender closes."""


class LentCounter(Counter):
    """Great Expectations in the lender's transaction; nothing of what it says is kept."""

    def __init__(self, lender: psycopg.Connection[Any]) -> None:
        """Open it.

        Args:
            lender: in a transaction that is rolled back.
        """
        super().__init__(lambda entity, outcome: None)
        self._lender = lender

    def _login(self) -> dict[str, Any]:
        from sqlalchemy.pool import StaticPool

        self._lender.execute(load("trial/look_in"), {"schema": "staging"})
        return {"creator": lambda: Lent(self._lender), "poolclass": StaticPool}
