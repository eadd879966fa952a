"""`make run`: one whole night on the embedded servers, from the demonstration's sources to the published tables."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

from rekisteri import connections, demo, extracts, holds, sources, warehouse
from rekisteri.embedded import airflow, life, secrets, services
from rekisteri.embedded.api import Api
from rekisteri.errors import SetupError

AS_OF = date(2026, 11, 1)
"""The demonstration's frozen day: a night gives the same result whenever it is run."""
POOLS = {"warehouse": 4}
AFTER = ("plan_erasure", "erase", "pseudonymize")
DPO = "dpo"
WAITS = "waiting for its approval"
"""State of an erasure that was left to a person."""
PATIENCE = 1200.0
"""Seconds after which a night that has not ended is given up."""

Progress = Callable[[str], None]


def prepare(home: Path, customers: int, seed: int, as_of: date, progress: Progress) -> airflow.Airflow:
    """Have servers, warehouse and demonstration sources ready; what is there already is kept.

    Args:
        home: the state folder.
        customers: how many the demonstration has.
        seed: of the demonstration.
        as_of: its frozen day.
        progress: told in a few words what is being done.

    Raises:
        SetupError: the machine or an earlier set-up is not as needed.
    """
    progress("starting PostgreSQL 18")
    made = life.start_database(home)
    secrets.put_variable(home, "rekisteri_as_of", as_of.isoformat())
    # Airflow takes longest to start and needs none of the rest.
    with ThreadPoolExecutor(1) as starting:
        progress("starting Airflow (scheduler, DAG processor, API server)")
        service = starting.submit(airflow.start, home, made, progress)
        _prepare_warehouse(progress)
        progress(f"loading the demonstration: {customers} customers in three source systems, as of {as_of}")
        manifest = demo.load(customers, seed, as_of)
        _place_holds(manifest)
        return service.result()


def _prepare_warehouse(progress: Progress) -> None:
    with connections.connect("postgres_admin", dbname="warehouse", autocommit=True) as admin:
        held, wanted = warehouse.held(admin), warehouse.wanted()
        if held != wanted:
            progress("upgrading the warehouse" if held.revision else "making the warehouse")
            warehouse.prepare(admin)


def _place_holds(manifest: demo.Manifest) -> None:
    with connections.connect("warehouse_dpo", autocommit=True) as conn:
        for hold in manifest.holds:
            holds.place(
                conn,
                hold.name,
                source=hold.source,
                entity=hold.entity,
                source_key=hold.source_key,
                reason=hold.reason,
                staff=DPO,
                held_from=date.fromisoformat(hold.since),
                held_until=date.fromisoformat(hold.until),
                expected=True,
            )


def run(home: Path, service: airflow.Airflow, progress: Progress, *, leave: bool = False) -> dict[str, str]:
    """Run one night's DAGs and answer the demonstration's own approval as its data protection officer.

    Args:
        home: the state folder.
        service: the running Airflow.
        progress: told what each DAG run comes to.
        leave: leave the approval to a person; the night then ends while it waits.

    Returns:
        DAG id to the state of its run; ``WAITS`` for that of an approval that was left.

    Raises:
        SetupError: Airflow does not answer, or the night does not end.
    """
    users = secrets.read(home, "ui_passwords.json")
    log = services.log_file(home, "api-server")
    with (
        Api(service.url, "admin", users["admin"], log=log) as api,
        Api(service.url, DPO, users[DPO], log=log) as dpo,
    ):
        blank = {name: files for name in sources.read() if (files := extracts.blank(name))}
        for name, files in blank.items():
            progress(f"leaving out {name}: {files[0]} is not filled in yet; see `rekisteri check`")
        night = Night(api, dpo, progress, whole=not blank, leave=leave)
        night.begin([f"ingest_{name}" for name in sources.read() if name not in blank])
        return night.watch()


class Night:
    """One night's DAG runs on a running Airflow, from the first pull to the published tables."""

    def __init__(self, api: Api, dpo: Api, progress: Progress, *, whole: bool = True, leave: bool = False) -> None:
        """Keep the logins.

        Args:
            api: of somebody who may pause and trigger DAGs.
            dpo: of the data protection officer.
            progress: told what each DAG run comes to.
            whole: whether every declared source is pulled.
            leave: leave the approval to a person.
        """
        self._whole, self._leave = whole, leave
        self._api, self._dpo, self._progress = api, dpo, progress
        self._runs: dict[str, str] = {}
        self._states: dict[str, str] = {}
        self._known: set[tuple[str, str]] = set()

    def begin(self, ingests: list[str], run_id: str | None = None) -> None:
        """Trigger the pulls; what follows them triggers itself.

        Args:
            ingests: ids of the DAGs that pull.
            run_id: a name of one's own for their runs.

        Raises:
            SetupError: Airflow does not answer, or does not know a DAG.
        """
        self._api.wait_for_dags([*ingests, *AFTER])
        for name, slots in POOLS.items():
            self._api.ensure_pool(name, slots)
        # A run that an interrupted night left behind must not be taken for tonight's.
        self._known = {(run["dag_id"], run["dag_run_id"]) for run in self._api.runs(limit=100)}
        for dag_id in (*AFTER, *ingests):
            self._api.pause(dag_id, paused=False)
        for dag_id in ingests:
            self._runs[dag_id] = self._api.trigger(dag_id, run_id=run_id)
        self._progress(f"pulling: {', '.join(ingests)}")

    def watch(self) -> dict[str, str]:
        """See the night to its end, answering its approval; return DAG id to the state of its run.

        Raises:
            SetupError: Airflow does not answer, or the night does not end.
        """
        begun = time.monotonic()
        while not self._look():
            if time.monotonic() - begun > PATIENCE:
                raise SetupError(f"the night has not ended after {PATIENCE:.0f} s; {self._where()}")
            time.sleep(0.5)
        return self._states

    def _look(self) -> bool:
        """Take in what happened; return whether the night has ended."""
        for run in self._api.runs(limit=100):
            if (run["dag_id"], run["dag_run_id"]) not in self._known:
                self._runs.setdefault(run["dag_id"], run["dag_run_id"])
                if self._runs[run["dag_id"]] == run["dag_run_id"]:
                    self._take(run["dag_id"], run["state"])
        self._answer()
        ended = {dag_id for dag_id, state in self._states.items() if state in ("success", "failed", WAITS)}
        pulls_ended = all(dag_id in ended for dag_id in self._runs if dag_id.startswith("ingest_"))
        lacks = "failed" in self._states.values() or not self._whole
        if pulls_ended and "plan_erasure" not in self._runs and lacks:
            # A source is down or left out: its asset does not come, so the plan is not triggered; at night the clock
            # does it.
            self._runs["plan_erasure"] = self._api.trigger("plan_erasure")
        if self._states.get("plan_erasure") == "failed":
            return True
        return pulls_ended and set(AFTER) <= ended

    def _take(self, dag_id: str, state: str) -> None:
        known = self._states.get(dag_id)
        # To Airflow the run of a task that waits is a running one, or one in the queue behind another that waits.
        if known != state and (known, state) not in ((WAITS, "running"), (WAITS, "queued")):
            self._states[dag_id] = state
            self._progress(f"{dag_id}: {state}")

    def _answer(self) -> None:
        for waiting in self._dpo.pending():
            if waiting["dag_id"] == "erase" and self._leave:
                # One that an earlier night left keeps tonight's in the queue: then that one waits.
                queued = self._states.get("plan_erasure") == "success" and self._states.get("erase") in (None, "queued")
                if waiting["run_id"] == self._runs.get("erase") or queued:
                    self._take("erase", WAITS)
            elif waiting["dag_id"] == "erase":
                approve = next(option for option in waiting["options"] if option.startswith("Approve"))
                self._dpo.answer(waiting, approve)
                self._progress("erase: the demonstration's data protection officer approves the plan")

    def _where(self) -> str:
        open_ = sorted(dag_id for dag_id, state in self._states.items() if state not in ("success", "failed"))
        return f"still open: {', '.join(open_) or 'nothing, but a DAG that should follow did not start'}"


_STOPPED = "; `rekisteri gates` says what was stopped, its log in the UI the rest"


def outcome(states: dict[str, str]) -> list[str]:
    """Return what went wrong in a night, a sentence each; empty when all is well.

    Args:
        states: DAG id to the state of its run.
    """
    failed = [one for one in sorted(states.items()) if one[1] not in ("success", WAITS)]
    wrong = [f"{dag_id} is {state}{_STOPPED if dag_id.startswith('ingest_') else ''}" for dag_id, state in failed]
    wrong += [f"{dag_id} did not run" for dag_id in AFTER if dag_id not in states]
    return wrong
