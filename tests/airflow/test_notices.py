"""Mails about a night: to the policy's addressee, naming DAG and run, never a person; a mail server may be down."""

import logging
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from rekisteri import controller, schedule
from rekisteri.notices import Mail
from tests.airflow.conftest import Sink, free_port

SECRET = "Kuusikallio"
CONTEXT: dict[str, Any] = {
    "dag": SimpleNamespace(dag_id="ingest_crm"),
    "dag_run": SimpleNamespace(run_id="scheduled__2026-11-01", conf={"name": SECRET}),
    "exception": ValueError(f"invalid: {SECRET}"),
    "reason": SECRET,
    "params": {"name": SECRET},
}


@pytest.fixture
def sink(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sink]:
    """A mail server, and the Airflow connection to it."""
    kept, port = Sink(), free_port()
    server = Controller(kept, hostname="127.0.0.1", port=port)
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", f"smtp://127.0.0.1:{port}/?disable_tls=true&disable_ssl=true")
    server.start()
    yield kept
    server.stop()


def test_a_failed_run_is_mailed_with_its_dag_and_run(sink: Sink) -> None:
    schedule.DAG_DEFAULTS["on_failure_callback"].notify(CONTEXT)
    (mail,) = sink.mails
    assert mail["Subject"] == "rekisteri: ingest_crm failed"
    assert mail["X-Envelope-To"] == mail["To"] == controller.read().mail_to
    body = mail.get_body(("html",))
    assert body is not None
    assert "ingest_crm is red" in body.get_content()
    assert "scheduled__2026-11-01" in body.get_content()


def test_what_a_task_has_mailed_the_dag_processor_does_not_mail_again(sink: Sink) -> None:
    schedule.FAILED.notify({**CONTEXT, "reason": "task_failure"})
    assert sink.mails == []
    schedule.FAILED.notify({**CONTEXT, "reason": "timed_out"})
    assert len(sink.mails) == 1


def test_nothing_of_what_went_wrong_is_mailed(sink: Sink) -> None:
    schedule.DAG_DEFAULTS["on_failure_callback"].notify(CONTEXT)
    (mail,) = sink.mails
    assert SECRET not in mail.as_string()
    assert SECRET.encode() not in b"".join(part.get_payload(decode=True) or b"" for part in mail.walk())


def test_a_run_without_an_id_is_mailed_too(sink: Sink) -> None:
    Mail("{dag_id} waits", "It waits.").notify({"dag": CONTEXT["dag"]})
    assert [mail["Subject"] for mail in sink.mails] == ["rekisteri: ingest_crm waits"]


@pytest.mark.parametrize("server", ["smtp://127.0.0.1:{port}/?disable_tls=true&disable_ssl=true&retry_limit=1", None])
def test_a_mail_server_that_is_down_or_unknown_does_not_hold_back_the_night(
    server: str | None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_SMTP_DEFAULT", raising=False)
    if server:
        monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", server.format(port=free_port()))
    with caplog.at_level(logging.WARNING):
        schedule.DAG_DEFAULTS["on_failure_callback"].notify(CONTEXT)
    assert "the notice was not mailed" in caplog.text
    assert "smtp_default" in caplog.text
    assert SECRET not in caplog.text
