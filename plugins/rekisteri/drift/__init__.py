"""Schema drift: what changed in a source's tables since they were last seen. A report: nothing new is pulled by it.

    reads            which tables and columns a source's SELECTs read
    personal_names   which columns look like personal data, by their names
    comparison       the nightly look: tonight's catalog against the one that was last seen
    report           the changes in words

A pull takes what its SELECTs name and nothing else (design rule 2); so a new column stays where it is until somebody
selects it. The look is there so that somebody knows of it, and of a dropped one before the pull fails on it.
"""

from rekisteri.drift.comparison import look

__all__ = ["look"]
