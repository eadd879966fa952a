"""What all DAGs share: the night's time, retries for what may pass by itself and none for a verdict, time limits."""

import os
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from airflow.sdk import Asset, CronTriggerTimetable, ExceptionRetryPolicy, RetryAction, RetryRule, task

from rekisteri.connections import variable
from rekisteri.errors import PolicyError
from rekisteri.notices import Mail

ZONE = "Europe/Helsinki"
INGEST_AT = "0 1 * * *"
PLAN_AT_THE_LATEST = "30 3 * * *"

RETRY_DELAY = timedelta(seconds=float(os.environ.get("REKISTERI_RETRY_SECONDS") or 120))
"""Before the first retry; each further one waits longer. $REKISTERI_RETRY_SECONDS shortens it for a demonstration."""

_VERDICTS = [
    f"rekisteri.errors.{name}"
    for name in (
        "GateRefused",
        "PolicyError",
        "ModelError",
        "BooksUnbalanced",
        "ErasureRefused",
        "DecisionRefused",
        "NoSuchNight",
        "AuditBroken",
        "WarehouseOutdated",
    )
]

FAILED = Mail("{dag_id} failed", "{dag_id} is red. The DAG's documentation says what to do for the task that failed.")

DEFAULTS: dict[str, Any] = {
    "owner": "data engineers",
    "retries": 3,
    "retry_delay": RETRY_DELAY,
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=20),
    "execution_timeout": timedelta(hours=1),
    "retry_policy": ExceptionRetryPolicy(
        rules=[
            RetryRule(
                exception=list(_VERDICTS), action=RetryAction.FAIL, reason="a verdict: a retry would give the same"
            )
        ]
    ),
    "pool": "warehouse",
    "on_failure_callback": FAILED,
}
DAG_DEFAULTS: dict[str, Any] = {
    "catchup": False,
    "max_active_runs": 1,
    # Longer than all tries of all tasks of a night take; "erase", which waits for an answer, has its own.
    "dagrun_timeout": timedelta(hours=12),
    "default_args": DEFAULTS,
    "render_template_as_native_obj": False,
    "on_failure_callback": FAILED,
}

PLANNED = Asset("erasure_plan")
PUBLISHED = Asset("analyst_tables")


def at(cron: str) -> CronTriggerTimetable:
    """Return the timetable of a night's hour; a DAG that is switched on waits for the next one."""
    return CronTriggerTimetable(cron, timezone=ZONE, run_immediately=timedelta(0))


def pulled(source: str) -> Asset:
    """Return the asset that a balanced pull of a source renews."""
    return Asset(f"register_{source}")


def night_of(asked: str | None, run_after: datetime | None) -> date:
    """Return the night that a run is for.

    Args:
        asked: ISO date given by hand, or None.
        run_after: when the run was due.

    Returns:
        The date asked for; else the frozen date of the demonstration (variable ``rekisteri_as_of``); else the
        date of ``run_after`` in Finland.

    Raises:
        PolicyError: the night asked for is yet to come: retention would be reckoned in the future.
    """
    frozen = variable("rekisteri_as_of")
    today = (run_after or datetime.now(ZoneInfo(ZONE))).astimezone(ZoneInfo(ZONE)).date()
    tonight = date.fromisoformat(frozen) if frozen else today
    night = date.fromisoformat(asked) if asked else tonight
    if night > tonight:
        raise PolicyError(f"night {night} is yet to come, tonight is {tonight}; ask for that one or an earlier one")
    return night


_ORDER = """
It begins when the same night's pull of {titles} has ended, well or not. Where none has begun, it waits two hours and
goes on without: a source that is down holds nobody back. **Wait for {titles}** is red where a pull has been under way
for six hours: see that one's DAG, then clear the task.
"""


def order(titles: str) -> str:
    """Return what the documentation of a DAG says of the sources that come before its own; empty where none do."""
    return _ORDER.format(titles=titles) if titles else ""


def wait_for(titles: str) -> Any:
    """Return the task that waits for the pulls of the sources that come first; called with the source that waits.

    Args:
        titles: of the sources that are waited for, as people read them.
    """

    @task.sensor(
        task_id="wait_for_sources",
        task_display_name=f"Wait for {titles}",
        poke_interval=20,
        timeout=6 * 3600,
        mode="reschedule",
        execution_timeout=timedelta(minutes=5),
    )
    def wait_for_sources(source, params=None, dag_run=None):  # type: ignore[no-untyped-def]
        from rekisteri.nights import ingest

        return ingest.may_begin(source, night_of(params["night"], dag_run.run_after), dag_run.start_date)

    return wait_for_sources
