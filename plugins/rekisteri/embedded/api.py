"""Airflow's REST API, as far as a night needs it. Answers carry no register data: ids, states and counts only."""

import time
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from rekisteri.embedded.settings import wait_seconds
from rekisteri.errors import SetupError

# Airflow 3.3.2 fails a task that is answered before the scheduler has heard that its first half ended ("finished with
# state success, but the task instance's state attribute is queued"); a person is never that quick, a program is.
SETTLED = timedelta(seconds=3)


class Api:
    """A login to Airflow's REST API; renews itself when its token has ended."""

    def __init__(
        self, url: str, user: str, password: str, *, patience: float | None = None, log: Path | None = None
    ) -> None:
        """Keep the login; the first call uses it.

        Args:
            url: of the API server, such as ``http://127.0.0.1:8080``.
            user: a user of Airflow.
            password: the user's password.
            patience: seconds that an answer is waited for; REKISTERI_WAIT_SECONDS where left out.
            log: of the API server, for who has to look why it does not answer.
        """
        self._login = {"username": user, "password": password}
        self._patience = wait_seconds() if patience is None else patience
        self._log = str(log) if log else "its logs"
        # Proxies of the environment are for the outside world; this server is on the same machine.
        self._client = httpx.Client(base_url=url, trust_env=False)

    def __enter__(self) -> Self:
        """Return itself; leaving closes its connections."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        self._client.close()

    def _authorise(self) -> None:
        answer = self._send("POST", "/auth/token", True, json=self._login)
        if answer.status_code != 201:
            raise SetupError(f"Airflow refuses the login of {self._login['username']!r} (HTTP {answer.status_code})")
        self._client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def call(self, method: str, path: str, **options: Any) -> Any:
        """Call the API below /api/v2 and return its JSON answer.

        Raises:
            SetupError: Airflow does not answer, or refuses.
        """
        if "Authorization" not in self._client.headers:
            self._authorise()
        answer = self._send(method, f"/api/v2{path}", method == "GET", **options)
        if answer.status_code == 401:
            self._authorise()
            answer = self._send(method, f"/api/v2{path}", method == "GET", **options)
        if answer.is_error:
            # The answer's text is left out: it can quote what was sent.
            raise SetupError(f"Airflow refuses {method} {path} (HTTP {answer.status_code})")
        return answer.json() if answer.content else None

    def _send(self, method: str, path: str, only_reads: bool, **options: Any) -> httpx.Response:
        """Send one request; what only reads is asked again while a busy machine lets it wait, what changes is not."""
        deadline = time.monotonic() + self._patience
        while True:
            left = max(deadline - time.monotonic(), 1)
            try:
                return self._client.request(method, path, timeout=min(left, 30) if only_reads else left, **options)
            except httpx.HTTPError as error:
                again = only_reads and isinstance(error, httpx.TimeoutException | httpx.RemoteProtocolError)
                if not again or time.monotonic() > deadline:
                    raise SetupError(
                        f"Airflow does not answer {method} {path} ({type(error).__name__}, waited at most "
                        f"{self._patience:.0f} s: REKISTERI_WAIT_SECONDS); see {self._log}"
                    ) from None
            time.sleep(0.5)

    def wait_for_dags(self, dag_ids: Collection[str], since: str | None = None, timeout: float | None = None) -> None:
        """Wait until Airflow knows these DAGs.

        Args:
            dag_ids: which.
            since: ISO time in UTC; only files parsed after it count (after an edit, the old version is known still).
            timeout: seconds; REKISTERI_WAIT_SECONDS where left out.

        Raises:
            SetupError: a DAG file cannot be imported, or a DAG is not there in time.
        """
        timeout = self._patience if timeout is None else timeout
        deadline = time.monotonic() + timeout
        while True:
            known = {dag["dag_id"]: dag for dag in self.call("GET", "/dags", params={"limit": 100})["dags"]}
            missing = [i for i in dag_ids if i not in known or (since and (known[i]["last_parsed_time"] or "") < since)]
            if not missing:
                return
            if broken := self.import_errors():
                raise SetupError(
                    f"Airflow cannot import {', '.join(sorted(broken))}; `airflow dags list-import-errors` says why"
                )
            if time.monotonic() > deadline:
                raise SetupError(f"Airflow does not know the DAGs {', '.join(sorted(missing))} after {timeout:.0f} s")
            time.sleep(0.25)

    def import_errors(self) -> dict[str, str]:
        """Return DAG file -> the trace of its import error."""
        found = self.call("GET", "/importErrors", params={"limit": 100})["import_errors"]
        return {entry["filename"]: entry["stack_trace"] for entry in found}

    def ensure_pool(self, name: str, slots: int) -> None:
        """Have a pool of this size; tasks of a pool that is not there would wait for ever."""
        known = {pool["name"] for pool in self.call("GET", "/pools", params={"limit": 100})["pools"]}
        if name not in known:
            self.call("POST", "/pools", json={"name": name, "slots": slots, "include_deferred": False})

    def pause(self, dag_id: str, *, paused: bool) -> None:
        """Pause a DAG or let it run; the runs of a paused DAG wait."""
        self.call("PATCH", f"/dags/{dag_id}", json={"is_paused": paused})

    def trigger(
        self,
        dag_id: str,
        conf: Mapping[str, Any] | None = None,
        *,
        run_id: str | None = None,
        partition: str | None = None,
    ) -> str:
        """Start a run of a DAG and return its run id.

        Args:
            dag_id: which DAG.
            conf: its parameters.
            run_id: a name of one's own for the run.
            partition: partition key, for a DAG with a partitioned timetable.
        """
        wanted = {"logical_date": None, "conf": dict(conf or {}), "dag_run_id": run_id, "partition_key": partition}
        body = {name: value for name, value in wanted.items() if value is not None or name == "logical_date"}
        return str(self.call("POST", f"/dags/{dag_id}/dagRuns", json=body)["dag_run_id"])

    def state(self, dag_id: str, run_id: str) -> str:
        """Return the state of a run: queued, running, success or failed."""
        return str(self.call("GET", f"/dags/{dag_id}/dagRuns/{run_id}")["state"])

    def runs(self, dag_id: str = "~", limit: int = 50) -> list[dict[str, Any]]:
        """Return the latest runs of a DAG, or of all, newest first."""
        parameters = {"limit": limit, "order_by": "-run_after"}
        return list(self.call("GET", f"/dags/{dag_id}/dagRuns", params=parameters)["dag_runs"])

    def tasks(self, dag_id: str, run_id: str) -> dict[str, str | None]:
        """Return task id -> state of a run; a mapped task as ``task[index]``."""
        found = self.call("GET", f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances", params={"limit": 100})
        return {
            entry["task_id"] + (f"[{entry['map_index']}]" if entry["map_index"] >= 0 else ""): entry["state"]
            for entry in found["task_instances"]
        }

    def pending(self) -> list[dict[str, Any]]:
        """Return the human-in-the-loop tasks that wait: dag_id, run_id, task_id, map_index, subject, options, params.

        Only those that have waited for :data:`SETTLED`, so that they may be answered at once.
        """
        found = self.call("GET", "/dags/~/dagRuns/~/hitlDetails", params={"response_received": "false", "limit": 100})
        before = datetime.now(UTC) - SETTLED
        return [
            {
                "dag_id": entry["task_instance"]["dag_id"],
                "run_id": entry["task_instance"]["dag_run_id"],
                "task_id": entry["task_instance"]["task_id"],
                "map_index": entry["task_instance"]["map_index"],
            }
            | {name: entry[name] for name in ("subject", "options", "params")}
            for entry in found["hitl_details"]
            if entry["task_instance"]["state"] == "awaiting_input"
            and datetime.fromisoformat(entry["created_at"]) < before
        ]

    def answer(self, waiting: Mapping[str, Any], option: str, params: Mapping[str, Any] | None = None) -> None:
        """Answer a waiting task as this login.

        Args:
            waiting: an entry of :meth:`pending`.
            option: one of its options.
            params: the form's values.
        """
        path = "/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/{map_index}/hitlDetails".format_map(waiting)
        self.call("PATCH", path, json={"chosen_options": [option], "params_input": dict(params or {})})
