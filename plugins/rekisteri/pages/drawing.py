"""Trends as bars: the paths of an SVG, drawn by the template."""

from rekisteri.trends import Trend

WIDTH, HEIGHT, GAP = 180, 36, 2


def paths(trend: Trend) -> dict[str, str]:
    """Return the bars of a trend, the highest as high as the drawing; a night of nothing is a thin line.

    Returns:
        Kind of night to the path of its bars: ``unknown`` before the first night that is known, ``held`` where nothing
        was judged and it is as on the night before, ``known``, ``last``.
    """
    most = max((count for count in trend.counts if count), default=1)
    step = WIDTH / len(trend.counts)
    found: dict[str, str] = {}
    for n, count in enumerate(trend.counts):
        kind = _kind(trend, n)
        height, width = max(1.0, (count or 0) / most * HEIGHT), step - GAP
        found[kind] = found.get(kind, "") + f"M{n * step:g} {HEIGHT}v-{height:.3g}h{width:g}v{height:.3g}z"
    return found


def _kind(trend: Trend, n: int) -> str:
    if trend.counts[n] is None:
        return "unknown"
    if trend.ran and not trend.ran[n]:
        return "held"
    return "last" if n == len(trend.counts) - 1 else "known"


def told(trend: Trend) -> str:
    """Return what the bars show, for those who do not see them."""
    known = [count for n, count in enumerate(trend.counts) if count is not None and _kind(trend, n) != "held"]
    if not known:
        return "No night is known."
    return f"{trend.sentence}. Over {len(known)} nights that were judged: least {min(known)}, most {max(known)}."
