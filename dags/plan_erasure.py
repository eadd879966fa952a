"""### What this promises

Every night, after the sources were pulled, it writes the exact list of what nothing requires any more: whose customer
relationship is over, whose recordings, invoices or quarantined rows have had their time. Nothing is erased here.
It does not wait for a source that is down: at 03:30 it plans with what is there, and that source's customers wait.

### When a task is red

- **Empty quarantine of what waited 30 days.** It waits for no pull. The database refused it; the message says why.
  Clear the task.
- **Wait for pulls under way.** A pull runs longer than two hours. See its DAG; then clear the task.
- **Plan what is due.** A retention rule in `include/policy/retention.yaml` has a fault (file and line are named), or
  the register could not be read. The last plan stays; yesterday's analyst tables stay. Mend it, then clear the task.
"""

from datetime import timedelta

from airflow.sdk import DAG, AssetOrTimeSchedule, chain, task

from rekisteri import schedule, sources


@task.sensor(
    task_display_name="Wait for pulls under way",
    poke_interval=20,
    timeout=7200,
    mode="reschedule",
    retries=0,
    execution_timeout=timedelta(minutes=5),
)
def wait_for_pulls():
    from rekisteri.nights import erasing

    return erasing.pulls_under_way() == 0


@task(task_display_name="Empty quarantine of what waited 30 days")
def expire_quarantine():
    from rekisteri.nights import erasing

    return erasing.expire_quarantine()


@task(task_display_name="Plan what is due", outlets=[schedule.PLANNED])
def plan():
    from rekisteri.nights import erasing

    return erasing.plan_erasure()


with DAG(
    "plan_erasure",
    dag_display_name="Plan what is due for erasure",
    description="List what nothing requires any more, for the data protection officer to approve",
    doc_md=__doc__,
    schedule=AssetOrTimeSchedule(
        timetable=schedule.at(schedule.PLAN_AT_THE_LATEST),
        assets=[schedule.pulled(name) for name in sources.read()],
    ),
    tags=["nightly", "erasure"],
    **schedule.DAG_DEFAULTS,
):
    # First: what has had its days goes, whatever the sources and their pulls do.
    chain(expire_quarantine(), wait_for_pulls(), plan())
