"""### What this promises

What the plan lists is erased, row by row, once the data protection officer has approved exactly that plan; what a law
still requires is restricted to that ground and its end date. Each erased record leaves a tombstone, so that it does not
come back with the next pull. Then it is looked at again, and the certificate is written.

### When a task is red, or waits

- **May this plan be carried out?** It waits for an answer under *Required Actions*: the numbers are there, the list is
  in `rekisteri erasure show`. Approve or reject. Unanswered for {hours} hours it turns red, and the next night asks
  anew with that night's plan. Marking the task a success does not erase anything: only the approval in the audit
  counts.
- **Wait for pulls under way.** The answer came while sources of the plan are being pulled. It goes on once they have
  ended, or after two hours without those that have not.
- **Erase what was approved.** There is no approval for this plan's checksum, or the plan was voided by a newer one:
  nothing was erased. Answer the newest plan instead. A database or storage fault: clear the task, it resumes.
- **Look again.** Skipped: nothing was erased, since what is still due is of sources whose pull of this night is not
  merged (*Gates* says why). The next plan goes on with it, and asks again only where its list is another. Red:
  something that was erased is still somewhere. The message says in which table or store, by count. Do not clear until
  it is found; the certificate is not written.
"""

from datetime import timedelta

from airflow.sdk import DAG, chain, task
from airflow.sdk.exceptions import AirflowSkipException

from rekisteri import controller, schedule
from rekisteri.approval import ApprovePlan

APPROVAL_HOURS = controller.read().approval_hours
WAIT_HOURS = 3
"""Longer than pulls are waited for, after which it goes on without their sources."""


@task.sensor(
    task_display_name="Wait for pulls under way",
    poke_interval=20,
    timeout=WAIT_HOURS * 3600,
    mode="reschedule",
    execution_timeout=timedelta(minutes=5),
)
def wait_for_pulls(checksum, dag_run=None):
    from rekisteri.nights import erasing

    return not erasing.pulls_to_wait_for(checksum, dag_run.start_date)


@task(task_display_name="Erase what was approved")
def erase(checksum):
    from rekisteri.nights import erasing

    return erasing.erase(checksum)


@task(task_display_name="Look again")
def verify(checksum, done):
    from rekisteri.nights import erasing

    if erasing.only_waits(checksum, done):
        raise AirflowSkipException("nothing was erased: what is still due waits for its sources' pulls, see Gates")
    return erasing.verify_erasure(checksum)


with DAG(
    "erase",
    dag_display_name="Erase what was approved",
    description="Wait for the data protection officer's approval, erase, and look again",
    doc_md=__doc__.format(hours=APPROVAL_HOURS),
    schedule=[schedule.PLANNED],
    tags=["nightly", "erasure"],
    **(schedule.DAG_DEFAULTS | {"dagrun_timeout": timedelta(hours=APPROVAL_HOURS + WAIT_HOURS + 10)}),
):
    approved = ApprovePlan(
        task_id="approve",
        task_display_name="May this plan be carried out?",
        response_timeout=timedelta(hours=APPROVAL_HOURS),
        execution_timeout=None,
    )
    done = erase(approved.output)
    chain(approved, wait_for_pulls(approved.output), done, verify(approved.output, done))
