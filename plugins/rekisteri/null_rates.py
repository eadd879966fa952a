"""How much of each column is empty, against the nights before: a column that loses its values stops the pull.

What is held against the nights before is what the source offers: what the register would hold were no row refused. A
required column that goes empty would have all its rows refused, and leave the register's own share as it was.

Work is in proportion to what changed (``column_counts``). The rows and nulls that the last merge left are noted;
tonight's are those, and what the fresh rows hold, less what the held rows hold whose place they take. After the merge,
what was refused is taken out again, and the rows are held against the register's own count: where they differ (an
erasure took rows since), or everything was read, the register is counted anew. So what is noted of a merged pull is
what the register holds.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from time import perf_counter
from typing import Any

import psycopg

from rekisteri import column_counts, usual
from rekisteri.pulls import Pull
from rekisteri.quality_policy import Quality
from rekisteri.staging import touched
from rekisteri.statements import load
from rekisteri.verdicts import Verdict


def judge(conn: psycopg.Connection[Any], pull: Pull, limits: Quality) -> Iterator[Verdict]:
    """Note what the source offers of each column that it delivers, and yield a verdict for each that has a history."""
    # Of an earlier try, of which the source may have taken back what was new.
    conn.execute(load("pull_rules/forget_offered"), {"pull_id": pull.pull_id})
    row = conn.execute(load("pull/all_fresh"), {"pull_id": pull.pull_id}).fetchone()
    if not row or not row[0]:
        return
    for entity in touched(conn, pull):
        began = perf_counter()
        offered = column_counts.offer(conn, pull, entity)
        _note(conn, pull, entity, offered)
        before = _before(conn, pull.source, entity, limits.history.nights)
        known = [name for name in offered if before.get(name) and offered[name][0]]
        found = [_verdict(pull, entity, name, offered[name], before[name], limits) for name in known]
        for one in found:
            yield replace(one, seconds=(perf_counter() - began) / len(found))


def note_merged(conn: psycopg.Connection[Any], pull: Pull, entity: str, part: str, rows: int, left: int) -> None:
    """Note, in the merge's transaction, what the register holds of each column now.

    Args:
        conn: the warehouse, in the transaction that merges, after this entity's rows have moved.
        pull: the pull that is merged.
        entity: of the pull.
        part: ``full``, ``part`` or ``same``: how much of it was read.
        rows: what the register holds of the entity from this source.
        left: held rows that were removed, since their newest version lies outside the EU/EEA.
    """
    bound = {"source": pull.source, "entity": entity, "pull_id": pull.pull_id, "night": pull.night}
    first = not any(counted for counted, _ in column_counts.last_noted(conn, pull.source, entity).values())
    offered = column_counts.counted(conn.execute(load("pull_rules/noted_columns"), bound | {"merged": False}))
    if offered:
        merged = column_counts.without_refused(conn, pull, entity, offered)
        conn.execute(load("pull_rules/forget_merged"), bound)
    else:
        conn.execute(load("pull_rules/carry_columns"), bound)
        merged = column_counts.counted(conn.execute(load("pull_rules/noted_columns"), bound | {"merged": True}))
    if left or (part == "full" and not first) or any(counted != rows for counted, _ in merged.values()):
        merged = column_counts.recounted(conn, pull.source, entity, list(merged))
    elif not offered:
        return
    with conn.cursor() as cursor:
        cursor.executemany(
            load("pull_rules/merged_column"),
            [bound | {"name": name, "rows": n, "nulls": nulls} for name, (n, nulls) in merged.items()],
        )


def _note(conn: psycopg.Connection[Any], pull: Pull, entity: str, offered: column_counts.Counts) -> None:
    bound = {"pull_id": pull.pull_id, "night": pull.night, "source": pull.source, "entity": entity}
    with conn.transaction(), conn.cursor() as cursor:
        cursor.executemany(
            load("pull_rules/note_column"),
            [bound | {"name": name, "rows": rows, "nulls": nulls} for name, (rows, nulls) in offered.items()],
        )


def _before(conn: psycopg.Connection[Any], source: str, entity: str, nights: int) -> dict[str, list[float]]:
    """Return by column the share of rows with a value that the source offered on the nights before, newest first."""
    found: dict[str, list[float]] = defaultdict(list)
    bound = {"source": source, "entity": entity, "nights": nights}
    for name, rows, nulls in conn.execute(load("pull_rules/columns_before"), bound):
        if rows:
            found[name].append(1 - nulls / rows)
    return found


def _verdict(
    pull: Pull, entity: str, name: str, offered: tuple[int, int], before: list[float], limits: Quality
) -> Verdict:
    rows, nulls = offered
    of, filled = limits.of(pull.source, entity), 1 - nulls / rows
    nulls_of = limits.nulls_of(pull.source, entity)
    least = usual.least_filled(before, nulls_of.drop / 100 if len(before) >= limits.history.least else None)
    lost = round((before[0] - filled) * rows)
    if filled >= least or lost <= nulls_of.few or name in of.may_empty:
        return Verdict(entity, f"nulls:{name}", rows)
    nights = f"the last {len(before)} nights" if len(before) > 1 else "the last night"
    return Verdict(
        entity,
        f"nulls:{name}",
        rows,
        lost,
        f"the column holds a value in {rows - nulls} of {rows} rows ({filled:.1%}), and in {before[0]:.1%} when it "
        f"was last merged; by {nights}, less than {least:.1%} is too few. See whether it is filled at the source, its "
        "SELECT still reads it, and its values are still written as they were",
    )
