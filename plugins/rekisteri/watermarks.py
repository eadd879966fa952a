"""Watermarks: from when on a source's changes are read, whatever its clocks do."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from rekisteri.errors import SourceError
from rekisteri.origins.origin import WATERMARK


def capped(newest: str | None, clock: str, zone: ZoneInfo) -> str | None:
    """Return the watermark to remember: never later than the source's own clock.

    A row from a clock that runs ahead would hide all that changes until it is caught up with.

    Args:
        newest: the newest watermark, as the source wrote it.
        clock: the source's clock; UTC where it has no offset.
        zone: the source's, for watermarks without an offset.

    Raises:
        SourceError: the watermark is no date or time.
    """
    if newest is None:
        return None
    mark, now = moment(newest), moment(clock)
    now = now if now.tzinfo else now.replace(tzinfo=UTC)
    if mark.tzinfo is None:
        # Local or UTC, it does not say: the earlier of the two reads some rows again, the later might miss some.
        now = min(now.astimezone(each).replace(tzinfo=None) for each in (zone, UTC))
    return newest if mark <= now else now.isoformat(sep=" ")


def since(watermark: str, overlap: int) -> str:
    """Return from when on changes are read: some time before the watermark.

    It takes in transactions that ended late. Without an offset, the last hour may be the one that a night in autumn
    has twice: another hour is taken in.

    Args:
        watermark: the remembered one.
        overlap: seconds.
    """
    mark = moment(watermark)
    twice = timedelta(hours=0 if mark.tzinfo else 1)
    return (mark - timedelta(seconds=overlap) - twice).isoformat(sep=" ")


def moment(text: str) -> datetime:
    """Return a watermark as the moment that it is, with an offset where its source writes one.

    Raises:
        SourceError: it is no date or time.
    """
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise SourceError(
            f"alias {WATERMARK} is no date and time in ISO form; select a timestamp under it, or leave it out"
        ) from None
