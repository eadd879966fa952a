"""The models of include/policy/residency.yaml, eu_eea.csv, cloud_regions.csv, processors.yaml and places.yaml."""

import re
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from rekisteri.policy import Policy, Row

Iso2 = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Text = Annotated[str, StringConstraints(pattern=r"\S")]  # not blank; keys stay as written, their lines hang on them
Rule = Literal["allow", "deny", "review"]
Group = Annotated[int, Field(ge=1, le=12)]
"""Of the register description's twelve groups of data."""
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,30}$")]


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return pattern


class CountryRow(Row):
    """A line of eu_eea.csv; a denied country with ``valid_to`` was inside until that day."""

    iso2: Iso2
    status: Text
    seed_rule: Rule
    valid_from: date | None
    valid_to: date | None
    note: str | None
    source: str | None


class RegionRow(Row):
    """A line of cloud_regions.csv; country is ISO, or MULTI or UNKNOWN."""

    provider: Text
    region: Text
    country: Annotated[str, StringConstraints(pattern=r"^([A-Z]{2}|MULTI|UNKNOWN)$")]
    name: str | None
    seed_rule: Rule
    source: str | None


class Provider(Policy):
    """A provider's names, the suffix of its zones and the regions that no public table holds."""

    names: tuple[Text, ...] = ()
    zone_suffix: Annotated[str, AfterValidator(_compiles)] | None = None
    spaced: bool = False
    regions: dict[Text, Iso2] = Field(default_factory=dict)


class Consent(Policy):
    """What makes evidence of a transfer consent count."""

    evidence_max_age_hours: int = Field(gt=0)


class Residency(Policy):
    """residency.yaml."""

    eu_eea: Text
    cloud_regions: Text
    consent: Consent
    territories: dict[Iso2, Iso2]
    aliases: dict[Text, Iso2]
    too_vague: dict[Text, Text]
    multi_regions: dict[Text, dict[Text, tuple[Text, ...]]]
    providers: dict[Text, Provider]


class Processor(Policy):
    """A company that holds or reaches data for the controller (Art. 28)."""

    name: Text
    role: Text
    contract: date
    storage: tuple[Text, ...] = Field(min_length=1)
    access: tuple[Text, ...] = Field(min_length=1)
    sub_processors: tuple[Text, ...] = ()
    groups: tuple[Group, ...] = Field(min_length=1)
    contract_ends: date | None = None

    @model_validator(mode="after")
    def _ends_after_it_began(self) -> Self:
        if self.contract_ends and self.contract_ends < self.contract:
            raise ValueError(f"contract_ends {self.contract_ends} is before contract {self.contract}")
        return self


class Processors(Policy):
    """processors.yaml."""

    processors: dict[Text, Processor]


class Site(Policy):
    """Where something is kept: by whom, and in which country or cloud region."""

    processor: Text
    location: Text
    provider: Text | None = None


class Destination(Site):
    """Where data goes to: a site, and the groups of data that go there."""

    groups: tuple[Group, ...] = ()


class Places(Policy):
    """places.yaml."""

    warehouse: Site
    machine: Site
    object_stores: dict[Name, Site]
    destinations: dict[Name, Destination]
