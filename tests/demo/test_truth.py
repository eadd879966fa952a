"""Who is who on the demo, beside the truth: nobody joined wrongly, nearly all found, and nothing done again."""

from typing import Any

import psycopg

from rekisteri import demo
from rekisteri.demo import truth
from tests.faults import nights

LAST = "select numbers from audit.entry where kind = 'subjects_linked' order by seq desc limit 1"


def test_precision_and_recall(warehouse: psycopg.Connection[Any]) -> None:
    manifest = demo.load(150, 3, nights.AS_OF)
    for source in nights.SOURCES:
        nights.pull("night", source)
    for kind, recall in (("company", 1.0), ("person", 0.97)):
        found = truth.judge(warehouse, manifest, kind)
        assert found.precision == 1.0, (kind, found)
        assert found.recall >= recall, (kind, found)
        assert found.right > 250
    _the_judge_sees_a_wrong_join_and_a_missed_one(warehouse, manifest)

    nights.pull("night after", "crm")
    (numbers,) = warehouse.execute(LAST).fetchall()[0]
    assert not any(numbers.values()), "nothing changed at the source, yet somebody was looked at again"


def _the_judge_sees_a_wrong_join_and_a_missed_one(warehouse: psycopg.Connection[Any], manifest: demo.Manifest) -> None:
    one, other = manifest.alike[0]["crm"]
    join = (
        "update register.subject_link as l set subject_id = o.subject_id from register.subject_link as o where "
        "l.source = 'crm' and l.source_key = %s and o.source = 'crm' and o.entity = 'person' and o.source_key = %s"
    )
    with warehouse.transaction() as aside:
        honest = truth.judge(warehouse, manifest)
        warehouse.execute(join, (one, other))
        wrong = truth.judge(warehouse, manifest)
        assert wrong.joined > wrong.right
        assert wrong.precision < 1.0
        assert wrong.recall <= honest.recall
        assert wrong.true == honest.true
        raise psycopg.Rollback(aside)
