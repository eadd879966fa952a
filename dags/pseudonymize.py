"""### What this promises

Analysts get persons, contracts and cases under pseudonyms, with no name, address or free text, in groups of at least
five. Whoever is due for erasure, approved or not, is left out. New tables replace the old ones all at once; if
anything fails, yesterday's tables stay, with their date.

### When a task is red

- **Give pseudonyms.** A key is missing from the secrets backend (its name is in the message), or the database refused
  it. Put the key back: a new key would break the link to earlier tables. Then clear the task.
- **Publish the analyst tables.** A published column is not declared in `include/policy/publication.yaml`, or a group
  under five would show. Nothing was published. Mend the policy or the statement named, then clear the task.
- **Build the Data Docs.** Their folder, `data_docs` below REKISTERI_HOME, cannot be written; the message says why. The
  tables are published. Free it, then clear the task.
"""

from airflow.sdk import DAG, chain, task

from rekisteri import schedule


@task(task_display_name="Give pseudonyms")
def give_pseudonyms():
    from rekisteri.nights import publishing

    return publishing.give_pseudonyms()


@task(task_display_name="Publish the analyst tables", outlets=[schedule.PUBLISHED])
def publish():
    from rekisteri.nights import publishing

    return publishing.publish()


@task(task_display_name="Build the Data Docs")
def build_docs():
    from rekisteri.nights import publishing

    return publishing.build_docs()


with DAG(
    "pseudonymize",
    dag_display_name="Publish pseudonymised tables",
    description="Publish persons, contracts and cases for analysts, without those who are due for erasure",
    doc_md=__doc__,
    schedule=[schedule.PLANNED],
    tags=["nightly", "analysts"],
    **schedule.DAG_DEFAULTS,
):
    chain(give_pseudonyms(), publish(), build_docs())
