"""### What this promises

Every night at 01:00 (Helsinki) {title} is read once, in one consistent snapshot: what has changed since the last merged
pull, or everything where that cannot be told. What may be held enters the register. Rows read = merged + unchanged +
quarantined + suppressed, or nothing changes. What is outside the EU/EEA, or wrong, waits in quarantine with its reason.
What is gone at the source is marked, not removed. A person's data never shows here: tasks pass on ids and counts.
{order}
### When a task is red

- **May the source be read?** A SELECT or a policy entry has a fault, or the source's processor or host is outside the
  EU/EEA or unknown. The message names file, line and remedy. Mend it, then clear the task.
- **Pull the source.** The source does not answer (it is tried again three times), or refuses a SELECT. See that it
  runs; then clear the task. Yesterday's data stays in place; the other sources are not held back.
- **Is the quality good enough?** names rules for whole pulls, how far off, what to do: too much is gone, too much came,
  a column is empty, a total differs. Nothing was merged. Where it is right so, trigger it with those names as `accept`.
- **Bring values into one form**, **Is the quality good enough?**, **Is everything inside the EU/EEA?** A gate that
  could not decide has refused: nothing was merged. The message names the rule. Clear the DAG run to pull anew.
- **Merge into the register.** The books did not balance, or staging was lost in a crash: nothing was merged. Clear the
  DAG run from "Pull the source".
- **Say who is who.** Links of records to people and companies are as they were. Clear the task.
- **Count again.** The register does not hold what the books say: something else wrote to it. Do not clear; see
  `rekisteri audit verify` and ask the data protection officer.

Run it again at any time, for any night: it ends as one full pull of the source as it is now. Trigger it with `full` to
read everything, whatever is known of the source; a changed SELECT or policy does that by itself.
"""

from airflow.sdk import DAG, Param, chain, task

from rekisteri import schedule, sources


@task(task_display_name="May the source be read?")
def check_source(source, params=None, dag_run=None):
    from rekisteri.nights import ingest

    night, by = schedule.night_of(params["night"], dag_run.run_after), dag_run.triggering_user_name
    return ingest.open_pull(source, night, dag_run.run_id, params["full"], params["accept"], by)


@task(task_display_name="Pull the source")
def pull(pull_id):
    from rekisteri import extraction

    return extraction.extract(pull_id)


@task(task_display_name="Bring values into one form")
def conform(pull_id):
    from rekisteri.nights import ingest

    return ingest.conform(pull_id)


@task(task_display_name="Is the quality good enough?")
def check_quality(pull_id):
    from rekisteri import quality

    return quality.check_quality(pull_id)


@task(task_display_name="Is everything inside the EU/EEA?")
def check_residency(pull_id):
    from rekisteri.residency import gate

    return gate.check_locations(pull_id)


@task(task_display_name="Merge into the register")
def merge(pull_id):
    from rekisteri import merging

    return merging.merge(pull_id)


@task(task_display_name="Say who is who")
def link_subjects(pull_id):
    from rekisteri.nights import ingest

    return ingest.link_subjects(pull_id)


def give_up(context):
    from rekisteri.nights import ingest

    ingest.give_up(context["dag"].dag_id.removeprefix("ingest_"), context["dag_run"].run_id)


known = sources.read()
for name, source in known.items():
    titles = " and ".join(known[other].title for other in source.after)
    with DAG(
        f"ingest_{name}",
        dag_display_name=f"Ingest {source.title}",
        description=f"Read {source.title} once a night and merge what may be held",
        doc_md=__doc__.format(title=source.title, order=schedule.order(titles)),
        schedule=schedule.at(schedule.INGEST_AT),
        params={
            "night": Param(None, type=["null", "string"], format="date", description="Night to pull for"),
            "full": Param(False, type="boolean", description="Read everything, not only what changed"),
            "accept": Param([], type=["null", "array"], description="Rules that it may break, such as vanished"),
        },
        tags=["nightly", "register"],
        **(
            schedule.DAG_DEFAULTS
            | {"default_args": schedule.DEFAULTS | {"on_failure_callback": [give_up, schedule.FAILED]}}
        ),
    ):

        @task(task_display_name="Count again", outlets=[schedule.pulled(name)])
        def recount(pull_id):
            from rekisteri import recount

            return recount.recount(pull_id)

        pull_id = check_source(name)
        steps = (pull, conform, check_quality, check_residency, merge, link_subjects, recount)
        chain(*(step(pull_id) for step in steps))
        if source.after:
            chain(schedule.wait_for(titles)(name), pull_id)
