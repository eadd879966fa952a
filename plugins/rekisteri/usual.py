"""What is usual: how far a number may be from those of the nights before.

A number is unusual when it lies beyond all three of

- the median of the nights before by more than ``SIGMAS`` scaled median absolute deviations. Iglewicz and Hoaglin, How
  to Detect and Handle Outliers (ASQC 1993), call it an outlier from a modified z-score of 3.5 on; Leys et al., J. Exp.
  Soc. Psychol. 49 (2013) 764-766, say why the median and not the mean: one bad night moves neither of the two;
- that median by more than a floor: a table that never changed has a deviation of nothing, and a small one flaps;
- whatever a merged night had: weekly rhythms pass, and a step that a person accepted is from then on usual.
"""

from collections.abc import Sequence
from statistics import median

SIGMAS = 3.5
_NORMAL = 1.4826
"""Makes the median absolute deviation of normally spread numbers their standard deviation."""


def band(before: Sequence[float], floor: float) -> tuple[float, float]:
    """Return the lowest and the highest number that is usual.

    Args:
        before: the number on the nights before, newest first; at least one.
        floor: how far from the median it may always be.
    """
    middle = median(before)
    spread = SIGMAS * _NORMAL * median(abs(one - middle) for one in before)
    reach = max(spread, floor)
    return min(*before, middle - reach), max(*before, middle + reach)


def rows_band(before: Sequence[int], times: float, few: int) -> tuple[float, float]:
    """Return between what the rows of an entity may lie.

    Args:
        before: its rows on the nights before, newest first; at least one.
        times: so many times the median or the newest, or one so manieth of it, is usual.
        few: so many rows more or less than the newest are usual.
    """
    middle, newest = median(before), before[0]
    low, high = band(before, 0)
    return (
        min(low, middle / times, newest / times, newest - few),
        max(high, middle * times, newest * times, newest + few),
    )


def least_filled(before: Sequence[float], drop: float | None) -> float:
    """Return the least share of a column's rows that must hold a value.

    Args:
        before: that share on the nights before, newest first, 0 to 1; at least one.
        drop: by how much it may fall, 0 to 1; None where too few nights are known: then to a tenth of the least.
    """
    tenth = min(before) / 10
    return tenth if drop is None else max(tenth, min(band(before, drop)[0], before[0] - drop))
