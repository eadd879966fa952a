"""Group 9: Service Desk cases, stored communication, and recordings, whose media lies in object storage."""

from datetime import datetime

from sqlalchemy.orm import Mapped

from rekisteri.model.datum import FREE_TEXT, datum
from rekisteri.model.record import Record

_DESK = ("services", "verification")


class Case(Record):
    """A Service Desk case."""

    __tablename__ = "case"
    retention = "relationship"
    customer_key: Mapped[str] = datum(
        "user.unique_id", groups=(9,), purposes=_DESK, analysts="token", required=True, references="customer"
    )
    person_key: Mapped[str | None] = datum(
        "user.unique_id", groups=(9,), purposes=_DESK, analysts="token", references="person"
    )
    opened_at: Mapped[datetime] = datum(
        "user.behavior",
        groups=(9,),
        purposes=_DESK,
        analysts="generalise",
        format="timestamp",
        required=True,
        happened=True,
    )
    closed_at: Mapped[datetime | None] = datum(
        "user.behavior",
        groups=(9,),
        purposes=_DESK,
        analysts="generalise",
        format="timestamp",
        happened=True,
        not_before="opened_at",
    )
    category: Mapped[str] = datum(
        "user.behavior",
        groups=(9,),
        purposes=_DESK,
        analysts="keep",
        format="code",
        required=True,
        values=("access", "hardware", "network", "software", "billing", "other"),
    )
    severity: Mapped[str] = datum(
        "user.behavior",
        groups=(9,),
        purposes=_DESK,
        analysts="keep",
        format="code",
        required=True,
        values=("low", "normal", "high", "critical"),
    )
    title: Mapped[str | None] = datum("user.content.private", groups=(9,), purposes=_DESK, analysts="drop")


class Message(Record):
    """A stored e-mail, chat line or note of a case."""

    __tablename__ = "message"
    retention = "relationship"
    case_key: Mapped[str] = datum(
        "user.unique_id", groups=(9,), purposes=_DESK, analysts="token", required=True, references="case"
    )
    person_key: Mapped[str | None] = datum(
        "user.unique_id", groups=(9,), purposes=_DESK, analysts="token", references="person"
    )
    sent_at: Mapped[datetime] = datum(
        "user.behavior",
        groups=(9,),
        purposes=_DESK,
        analysts="generalise",
        format="timestamp",
        required=True,
        happened=True,
    )
    channel: Mapped[str] = datum(
        "user.behavior",
        groups=(9,),
        purposes=_DESK,
        analysts="keep",
        format="code",
        required=True,
        values=("email", "chat", "phone", "note"),
    )
    body: Mapped[str | None] = datum(
        "user.content.private", groups=(9,), purposes=_DESK, analysts="drop", longest=FREE_TEXT
    )


class Recording(Record):
    """A recorded call or video call: used to verify service events and solve problems only."""

    __tablename__ = "recording"
    retention = "recording"
    case_key: Mapped[str] = datum(
        "user.unique_id",
        groups=(9,),
        purposes=("verification",),
        required=True,
        references="case",
        retention="recording",
    )
    person_key: Mapped[str | None] = datum(
        "user.unique_id", groups=(9,), purposes=("verification",), references="person", retention="recording"
    )
    recorded_at: Mapped[datetime] = datum(
        "user.sensor",
        groups=(9,),
        purposes=("verification",),
        format="timestamp",
        required=True,
        retention="recording",
        happened=True,
    )
    kind: Mapped[str] = datum(
        "user.sensor",
        groups=(9,),
        purposes=("verification",),
        format="code",
        required=True,
        values=("call", "video"),
        retention="recording",
    )
    media: Mapped[str] = datum(
        "user.sensor", groups=(9,), purposes=("verification",), required=True, retention="recording"
    )
    """Path of the media file within the source's object store."""
    provider: Mapped[str] = datum(
        "system.operations",
        groups=(9,),
        purposes=("verification",),
        required=True,
        retention="recording",
        personal=False,
    )
    storage_region: Mapped[str] = datum(
        "system.operations",
        groups=(9,),
        purposes=("verification",),
        format="location",
        required=True,
        provider_column="provider",
        retention="recording",
        personal=False,
    )
    seconds: Mapped[int | None] = datum(
        "user.sensor", groups=(9,), purposes=("verification",), format="integer", retention="recording"
    )
