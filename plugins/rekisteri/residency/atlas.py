"""All that residency.yaml, its tables and ISO 3166 name, looked up by exact normalised text; never by a prefix."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from rekisteri import paths
from rekisteri.errors import PolicyError
from rekisteri.policy import load_policy, load_table
from rekisteri.policy_lines import Where, at, located, read, shown
from rekisteri.residency.names import check_iso, country_names, normal, provider_names
from rekisteri.residency.policy import ZONE, CountryRow, Provider, RegionRow, Residency


@dataclass(frozen=True)
class Region:
    """A cloud region, the line that lists it and, for one that is several, its members."""

    provider: str
    region: str
    country: str | None
    name: str | None
    rule: str
    line: str
    members: tuple[str, ...] = ()


@dataclass(frozen=True)
class HostPattern:
    """The names of some hosts of a provider, and the line that lists them."""

    provider: str
    form: re.Pattern[str]
    line: str


@dataclass(frozen=True)
class Atlas:
    """What is listed; every key is ``normal`` text."""

    policy: Residency
    countries: Mapping[str, CountryRow]
    country_names: Mapping[str, str]
    vague: Mapping[str, str]
    provider_names: Mapping[str, str]
    regions: Mapping[str, Mapping[str, Region]]
    hosts: tuple[HostPattern, ...]
    table: Path

    def country_line(self, iso2: str) -> str:
        """Return file and line of a country's rule; the table's first line where it has none."""
        return at(self.table, self.countries[iso2].line if iso2 in self.countries else 1)

    def region(self, provider: str, text: str) -> Region | None:
        """Return a provider's region by exact name, or by exact name and zone suffix."""
        known, how = self.regions.get(provider, {}), self.policy.providers[provider]
        key = normal(text)
        if how.spaced:
            key = key.replace(" ", "")
        if key in known or not how.zone_suffix:
            return known.get(key)
        zone = re.fullmatch(ZONE.format(how.zone_suffix), key, re.ASCII)
        return known.get(zone["region"]) if zone else None


def atlas() -> Atlas:
    """Return the atlas of the policy files as they are now.

    Raises:
        PolicyError: a file is missing, unreadable or contradicts itself.
    """
    folder = paths.POLICY
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".csv"))
        stamp = tuple((path.name, path.stat().st_mtime_ns, path.stat().st_size) for path in files)
    except OSError as error:
        raise PolicyError(f"{shown(folder)} cannot be read ({type(error).__name__}); restore it") from None
    return _read(folder, stamp)


@lru_cache(maxsize=4)
def _read(folder: Path, stamp: object) -> Atlas:
    file = folder / "residency.yaml"
    policy = load_policy(file, Residency)
    _, lines = read(file)
    table = located(folder / policy.eu_eea)
    countries: dict[str, CountryRow] = {}
    for row in load_table(table, CountryRow):
        check_iso(row.iso2, at(table, row.line))
        if countries.setdefault(row.iso2, row) is not row:
            raise PolicyError(f"{at(table, row.line)}: {row.iso2} is given twice; keep one line")
    for iso2, state in policy.territories.items():
        line = at(file, lines[("territories", iso2)])
        if iso2 not in countries or state not in countries:
            raise PolicyError(f"{line}: both {iso2} and {state} must be in {policy.eu_eea}")
    return Atlas(
        policy=policy,
        countries=countries,
        country_names=country_names(policy, file, lines),
        vague={
            normal(word): f"{why} ({at(file, lines[('too_vague', word)])})" for word, why in policy.too_vague.items()
        },
        provider_names=provider_names(policy, file, lines),
        regions=_regions(policy, folder, file, lines),
        hosts=tuple(_hosts(policy, file, lines)),
        table=table,
    )


def _regions(policy: Residency, folder: Path, file: Path, lines: Mapping[Where, int]) -> dict[str, dict[str, Region]]:
    table = located(folder / policy.cloud_regions)
    found: dict[str, dict[str, Region]] = {provider: {} for provider in policy.providers}
    for row in load_table(table, RegionRow):
        line = at(table, row.line)
        if row.provider not in found:
            raise PolicyError(f"{line}: provider {row.provider!r} is not in providers of residency.yaml; add it")
        country = None if row.country in ("MULTI", "UNKNOWN") else row.country
        if country:
            check_iso(country, line)
        members = policy.multi_regions.get(row.provider, {}).get(row.region, ())
        region = Region(row.provider, row.region, country, row.name, row.seed_rule, line, members)
        if found[row.provider].setdefault(normal(row.region), region) is not region:
            raise PolicyError(f"{line}: {row.provider} {row.region} is given twice; keep one line")
    for key, several in policy.multi_regions.items():
        for name in several:
            if normal(name) not in found.get(key, {}):
                line = at(file, lines[("multi_regions", key, name)])
                raise PolicyError(
                    f"{line}: {key} {name} is not in {policy.cloud_regions}; add its line there, or mend it"
                )
    for key, provider in policy.providers.items():
        _own_regions(found[key], key, provider, file, lines)
    return found


def _own_regions(
    found: dict[str, Region], key: str, provider: Provider, file: Path, lines: Mapping[Where, int]
) -> None:
    for name, country in provider.regions.items():
        line = at(file, lines[("providers", key, "regions", name)])
        check_iso(country, line)
        region = Region(key, name, country, None, "allow", line)
        if found.setdefault(normal(name), region) is not region:
            raise PolicyError(f"{line}: {key} {name} is in cloud_regions.csv too; keep one line")


def _hosts(policy: Residency, file: Path, lines: Mapping[Where, int]) -> Iterator[HostPattern]:
    parts = {"**.": r"(?:[^.]+\.)*", "*": r"[^.]+", "{region}": r"(?P<region>[a-z0-9-]+)"}
    for key, provider in policy.providers.items():
        for n, written in enumerate(provider.hosts):
            form = "".join(
                parts.get(part, re.escape(part)) for part in re.split(r"(\*\*\.|\*|\{region\})", written) if part
            )
            yield HostPattern(key, re.compile(form, re.ASCII), at(file, lines[("providers", key, "hosts", n)]))
