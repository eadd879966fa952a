"""The controller's own details, as a policy file."""

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints
from stdnum.fi import ytunnus

from rekisteri.policy import Policy, load_policy

FILE = "controller.yaml"


def _sound_y_tunnus(value: str) -> str:
    if not ytunnus.is_valid(value) or ytunnus.format(value) != value:
        raise ValueError("not a Y-tunnus; write it as 1234567-8 with its right check digit")
    return value


class Controller(Policy):
    """The file controller.yaml."""

    name: str
    short: str
    y_tunnus: Annotated[str, AfterValidator(_sound_y_tunnus)]
    street: str
    postal_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{5}$")]
    city: str
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    phone: str
    email: str
    mail_to: str
    """Addressee of mails about failed nights and waiting approvals."""
    timezone: str
    financial_year_end: Annotated[
        str, StringConstraints(pattern=r"^(?:(?:0[13578]|1[02])-31|(?:0[469]|11)-30|02-2[89]|[01][0-9]-[0-2][0-9])$")
    ]
    """Month and day, such as 12-31; decides how long a voucher is kept (Kirjanpitolaki 2:10)."""
    approvers: Annotated[tuple[str, ...], Field(min_length=1)]
    """Ids in Airflow of those who may answer an erasure plan."""
    approval_hours: Annotated[int, Field(ge=1, le=23)]
    """How long a night's plan waits for its approval; the next night asks anew."""


def read() -> Controller:
    """Return the controller's details.

    Raises:
        PolicyError: the file is missing or has a fault.
    """
    return load_policy(FILE, Controller)
