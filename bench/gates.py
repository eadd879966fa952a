"""Both gates on a million staged cases: beside the COPY that brought them, and beside Great Expectations in pandas."""

import os
import time
from typing import Any

from bench import peers, stand
from rekisteri import connections, expectations, extraction, gate_relation, paths, pulls, quality
from rekisteri.nights import ingest
from rekisteri.residency import gate

WANTED = 25
"""Expectations of one entity: those of the model, and as many plain ones as are wanting."""
_PLAIN = """    - type: {type}
      name: bench_{name}
      kwargs: {{column: {kwargs}}}
      severity: critical
      consequence: row
      why: One of many, for the bench.
"""
_LENGTHS, _SET = "expect_column_value_lengths_to_be_between", "expect_column_values_to_be_in_set"
_LIKE, _UNLIKE = "expect_column_values_to_match_regex", "expect_column_values_to_not_match_regex"
_BETWEEN = "expect_column_values_to_be_between"
PLAIN = (
    (_LENGTHS, "title, min_value: 1, max_value: 200"),
    (_LENGTHS, "source_key, min_value: 1, max_value: 20"),
    (_LENGTHS, "customer_key, min_value: 1, max_value: 20"),
    (_SET, "category, value_set: [access, hardware, network, software, billing, other]"),
    (_SET, "severity, value_set: [low, normal, high, critical]"),
    (_SET, "controller, value_set: [praecom]"),
    (_LIKE, "source_key, regex: '^[0-9]+$'"),
    (_LIKE, "customer_key, regex: '^[0-9]+$'"),
    (_UNLIKE, "title, regex: '^ '"),
    (_BETWEEN, "category, min_value: a, max_value: zz"),
    (_BETWEEN, "severity, min_value: a, max_value: zz"),
    (_BETWEEN, "controller, min_value: a, max_value: zz"),
    (_LENGTHS, "category, min_value: 2, max_value: 20"),
    (_LENGTHS, "severity, min_value: 2, max_value: 20"),
)


def spoil(share: int) -> None:
    """Give one case in ``share``, and no other, a title that is longer than is expected, so that a gate refuses it."""
    with connections.connect("demo_crm", autocommit=True) as conn:
        conn.execute("update desk.ticket set title = left(title, 200) || repeat('x', (id %% %s = 0)::int)", (share,))
        conn.execute("vacuum full desk.ticket")


def staged() -> str:
    """Take all cases into staging, conformed; return the pull's id."""
    pull_id = ingest.open_pull("desk", stand.NIGHT, f"gates {os.urandom(4).hex()}", full=True)
    extraction.extract(pull_id)
    ingest.conform(pull_id)
    return pull_id


def declare() -> int:
    """Declare as many expectations of a case as are wanting; return how many rules are judged."""
    with connections.connect("warehouse", autocommit=True) as conn:
        pull_id = staged()
        asked = len(gate_relation.asked_of(conn, pulls.get(conn, pull_id), "case"))
    letters = "abcdefghijklmnop"
    more = PLAIN[: max(0, WANTED - asked)]
    lines = "".join(_PLAIN.format(type=t, name=letters[n], kwargs=k) for n, (t, k) in enumerate(more))
    paths.EXPECTATIONS.mkdir(exist_ok=True)
    expectations.file("desk").write_text(f"expectations:\n  case:\n{lines}", encoding="utf-8")
    return asked + len(expectations.expected("desk", "case"))


def gates(pull_id: str) -> float:
    """Judge what is staged by both gates; return the seconds."""

    def judge() -> None:
        quality.check_quality(pull_id)
        gate.check_locations(pull_id)

    return stand.timed(judge)


def in_pandas(pull_id: str) -> float:
    """Have Great Expectations judge the same staged rows in pandas, refused ones by id.

    They are read once, by pandas' own read_sql, and of them the columns that are looked at. (An SQL asset of Great
    Expectations reads them so, too, and again when they are validated.)

    Returns:
        The seconds of reading the rows and of judging them.
    """
    import great_expectations as gx
    import pandas as pd

    from rekisteri.conditions import made

    with connections.connect("warehouse", autocommit=True) as conn:
        rules = gate_relation.asked_of(conn, pulls.get(conn, pull_id), "case")
    plain = expectations.expected("desk", "case")
    looked_at = {rule.looks_at for rule in rules} | {str(one.of.kwargs["column"]) for one in plain}
    asked: list[Any] = [
        (
            gx.expectations.ExpectColumnValuesToBeNull
            if r.expects_null
            else gx.expectations.ExpectColumnValuesToNotBeNull
        )(column=r.looks_at)
        for r in rules
    ]
    asked += [made(one) for one in plain]
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    rows = f"select _row, {', '.join(sorted(looked_at))} from staging.desk__case__gate"
    begun = time.perf_counter()
    frame = pd.read_sql(rows, peers.engine("warehouse"))
    reading = time.perf_counter() - begun
    asset = context.data_sources.add_pandas("peer").add_dataframe_asset("cases")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    form = {"result_format": "COMPLETE", "unexpected_index_column_names": ["_row"]}
    judging = stand.timed(lambda: batch.validate(gx.ExpectationSuite("peer", expectations=asked), result_format=form))
    stand.say(f"  of which reading {reading:.2f} s, judging {judging:.2f} s")
    return reading + judging


def refused(pull_id: str) -> int:
    """Return how many cases the gates refused."""
    with connections.connect("warehouse", autocommit=True) as conn:
        row = conn.execute("select count(*) from staging.desk__case__refused").fetchone()
    return int(row[0]) if row else 0
