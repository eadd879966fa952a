"""### What this promises

What the plan lists is erased, row by row, once the data protection officer has approved exactly that plan; what a law
still requires is restricted to that ground and its end date. Each erased record leaves a tombstone, so that it does not
come back with the next pull. Then it is looked at again, and the certificate is written.

### When a task is red, or waits

- **May this plan be carried out?** It waits for an answer under *Required Actions*: the numbers are there, the list is
  in `rekisteri erasure show`. Approve or reject. Unanswered for {hours} hours it turns red, and the next night asks
  anew with that night's plan. Marking the task a success does not erase anything: only the approval in the audit
  counts.
- **Wait for pulls under way.** The answer came while sources are being pulled; it goes on once they have ended. Red: a
  pull runs longer than two hours. See its DAG; then clear the task.
- **Erase what was approved.** Skipped: all that is listed is of sources whose pull of this night has not ended. Once it
  has, the next plan goes on with it, and asks again only where its list is another. Red: there is no approval for this
  plan's checksum, or the plan was voided by a newer one: nothing was erased. Answer the newest plan instead. A database
  or storage fault: clear the task, it resumes.
- **Look again.** Something that was erased is still somewhere. The message says in which table or store, by count. Do
  not clear until it is found; the certificate is not written.
"""

from datetime import timedelta

from airflow.sdk import DAG, chain, task
from airflow.sdk.exceptions import AirflowSkipException

from rekisteri import controller, schedule
from rekisteri.approval import ApprovePlan

APPROVAL_HOURS = controller.read().approval_hours


@task(task_display_name="Erase what was approved")
def erase(checksum):
    from rekisteri.nights import erasing

    done = erasing.erase(checksum)
    if erasing.only_waits(done):
        raise AirflowSkipException("all that is listed waits for sources whose pull of the night has not ended")
    return done


@task(task_display_name="Look again")
def verify(checksum):
    from rekisteri.nights import erasing

    return erasing.verify_erasure(checksum)


with DAG(
    "erase",
    dag_display_name="Erase what was approved",
    description="Wait for the data protection officer's approval, erase, and look again",
    doc_md=__doc__.format(hours=APPROVAL_HOURS),
    schedule=[schedule.PLANNED],
    tags=["nightly", "erasure"],
    **(schedule.DAG_DEFAULTS | {"dagrun_timeout": timedelta(hours=APPROVAL_HOURS + 6)}),
):
    approved = ApprovePlan(
        task_id="approve",
        task_display_name="May this plan be carried out?",
        response_timeout=timedelta(hours=APPROVAL_HOURS),
        execution_timeout=None,
    )
    chain(approved, schedule.wait_for_pulls(), erase(approved.output), verify(approved.output))
