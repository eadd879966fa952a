"""The base of every register entity: one row per source record, which knows where it came from."""

from datetime import date
from typing import Any, ClassVar, cast
from uuid import UUID

from sqlalchemy import Date, LargeBinary, MetaData, PrimaryKeyConstraint, Table, Text, Uuid
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from rekisteri.errors import ModelError
from rekisteri.model.datum import Datum, said_of

_OURS = Datum("system.operations", (), ("relationship",), "6(1)(f)", "drop", "with_row", personal=False)


def _ours(kind: Any, *args: Any, **settings: Any) -> Any:
    return mapped_column(kind, *args, info={"datum": _OURS}, **settings)


class Base(DeclarativeBase):
    """Declarative base whose tables live in the schema ``register``."""

    metadata = MetaData(schema="register")


class Record(Base):
    """A row of one source record; a subclass that leaves a column undeclared fails at import."""

    __abstract__ = True
    retention: ClassVar[str]
    """Retention rule of the row as a whole."""

    source: Mapped[str] = _ours(Text, nullable=False, sort_order=-19)
    source_key: Mapped[str] = mapped_column(
        Text,
        nullable=False,
        sort_order=-18,
        info={"datum": Datum("user.unique_id", (4,), ("relationship",), "6(1)(b)", "drop", "with_row", required=True)},
    )
    controller: Mapped[str] = _ours(Text, nullable=False, sort_order=-17)
    first_pull: Mapped[UUID] = _ours(Uuid, nullable=False, sort_order=90)
    changed_pull: Mapped[UUID] = _ours(Uuid, nullable=False, sort_order=91)
    content_hash: Mapped[bytes] = _ours(LargeBinary, nullable=False, sort_order=92)
    kept_rule: Mapped[str | None] = _ours(Text, sort_order=93)
    """Rule that refused this record's newest version; the row holds the last sound one."""
    vanished_pull: Mapped[UUID | None] = _ours(Uuid, sort_order=94)
    restricted_ground: Mapped[str | None] = _ours(Text, sort_order=95)
    restricted_until: Mapped[date | None] = _ours(Date, sort_order=96)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Complete the table and refuse it when a column, or the row, does not say what it must."""
        # The key first: it alone nearly decides, and comparing it first halves the work on an index.
        cls.__table_args__ = (PrimaryKeyConstraint("source_key", "source"),)
        super().__init_subclass__(**kwargs)
        if not getattr(cls, "retention", ""):
            raise ModelError(
                f'entity {cls.__name__} names no retention rule; write retention = "relationship" or another'
            )
        said = {column.name: said_of(column) for column in cast("Table", cls.__table__).columns}
        for name, one in said.items():
            if faults := one.misplaced(said):
                raise ModelError(f"column {cls.__tablename__}.{name}: " + "; ".join(faults))


BOOKKEEPING = frozenset(
    {
        "source",
        "first_pull",
        "changed_pull",
        "content_hash",
        "kept_rule",
        "vanished_pull",
        "restricted_ground",
        "restricted_until",
    }
)


def pulled_columns(table: Table) -> dict[str, Datum]:
    """Return the columns that an extract may select, in table order: name to declaration."""
    return {c.name: said_of(c) for c in table.columns if c.name not in BOOKKEEPING}
