"""Mails to the policy's addressee: a failed night, a waiting approval, tables that changed. No person is named."""

import logging
from datetime import date
from html import escape
from typing import Any

from airflow.sdk import BaseNotifier

from rekisteri import controller
from rekisteri.errors import RekisteriError

_log = logging.getLogger(__name__)
CONNECTION = "smtp_default"


class Mail(BaseNotifier):
    """Mail through the SMTP provider; a mail server that is down does not hold back the night."""

    template_fields = ()

    def __init__(self, subject: str, body: str) -> None:
        super().__init__()
        self.subject = subject
        self.body = body

    def notify(self, context: Any) -> None:
        """Send the mail; where that fails the log says so, and the UI shows the same state anyway.

        A task that failed mails it itself, at once: then the DAG processor, which does so in its own time and may
        lose it, has nothing to add. It speaks up where no task could: a run that took too long.
        """
        if context.get("reason") == "task_failure":
            return
        dag_id, run_id = context["dag"].dag_id, getattr(context.get("dag_run"), "run_id", "")
        send(self.subject.format(dag_id=dag_id), [self.body.format(dag_id=dag_id), f"DAG run {dag_id}, {run_id}"])


def send(subject: str, paragraphs: list[str]) -> None:
    """Send a mail to the policy's addressee; where that fails the log says so.

    Args:
        subject: what it is about.
        paragraphs: its text; names of DAGs, sources, tables and columns, and counts, never of a person.
    """
    # The provider costs a second to import: only a notice that is sent pays for it.
    from airflow.providers.smtp.hooks.smtp import SmtpHook

    from rekisteri.residency import admission

    to = controller.read().mail_to
    try:
        admission.admit_mail(SmtpHook.get_connection(CONNECTION).host, date.today())
        with SmtpHook(smtp_conn_id=CONNECTION) as hook:
            hook.send_email_smtp(
                to=to,
                from_email=hook.from_email or to,
                subject=f"rekisteri: {subject}",
                html_content="".join(f"<p>{escape(one)}</p>" for one in paragraphs),
            )
    except RekisteriError as refused:
        _log.warning("the notice was not mailed: %s", refused)
    except Exception as error:
        _log.warning("the notice was not mailed (%s); see connection %s", type(error).__name__, CONNECTION)
