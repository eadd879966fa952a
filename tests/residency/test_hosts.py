"""What a host's name tells: a region where a listed pattern says so, and nothing else."""

import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from rekisteri.cli import app
from rekisteri.errors import PolicyError, ResidencyRefused
from rekisteri.residency import Reason, explain, resolve, sites
from rekisteri.residency.hosts import hosts_of
from rekisteri.residency.policy import Site
from tests.residency.conftest import Edit

ON = date(2026, 11, 1)
#: Names as the providers' own documentation has them, and the country of their region, looked up by hand.
HOSTS = {
    "s3.eu-north-1.amazonaws.com": "SE",
    "bucket.s3.eu-west-1.amazonaws.com": "IE",
    "my.dotted.bucket.s3.dualstack.eu-west-3.amazonaws.com": "FR",
    "s3-eu-west-1.amazonaws.com": "IE",
    "bucket.s3-website-eu-west-1.amazonaws.com": "IE",
    "mydb.abc123.eu-central-1.rds.amazonaws.com": "DE",
    "ec2-3-120-1-2.eu-central-1.compute.amazonaws.com": "DE",
    "dynamodb.eusc-de-east-1.amazonaws.eu": "DE",
    "s3.EU-North-1.AmazonAWS.com.": "SE",
    "northeurope.cloudapp.azure.com": "IE",
    "my-vm.westeurope.cloudapp.azure.com": "NL",
    "aks-1.hcp.swedencentral.azmk8s.io": "SE",
    "europe-north1-docker.pkg.dev": "FI",
    "storage.europe-west3.rep.googleapis.com": "DE",
    "fsn1.your-objectstorage.com": "DE",
    "bucket.hel1.your-objectstorage.com": "FI",
    "s3.gra.io.cloud.ovh.net": "FR",
    "bucket.s3.waw.io.cloud.ovh.net": "PL",
    "storage.gra.cloud.ovh.net": "FR",
    "s3.fr-par.scw.cloud": "FR",
    "bucket.s3.nl-ams.scw.cloud": "NL",
    "xyz.fi-hel1.upcloudobjects.com": "FI",
    "s3.eu-west-2.amazonaws.com": "GB",
    "bucket.s3.us-east-1.amazonaws.com": "US",
    "mydb.abc123.eu-central-2.rds.amazonaws.com": "CH",
    "s3.cn-north-1.amazonaws.com.cn": "CN",
    "uksouth.cloudapp.azure.com": "GB",
    "europe-west2-docker.pkg.dev": "GB",
    "ash.your-objectstorage.com": "US",
    "s3.uk.io.cloud.ovh.net": "GB",
    "xyz.us-chi1.upcloudobjects.com": "US",
}
OUTSIDE = {"GB", "US", "CH", "CN"}
#: Names that tell whose they are, or nothing: no place either way.
NAMELESS = (
    *("x.blob.core.windows.net", "northeurope.blob.core.windows.net", "db.postgres.database.azure.com"),
    *("storage.googleapis.com", "bucket.storage.googleapis.com", "s3.amazonaws.com", "eu-west-1.s3.amazonaws.com"),
    *("abc12.upcloudobjects.com", "static.1.2.3.4.clients.your-server.de", "x.db.upclouddatabases.com"),
)
UNKNOWN = (
    *("www.suomi.fi", "db.example.com", "s3.eu-north-1.amazonaws.com.evil.fi", "eu-north-1.amazonaws.com.fi"),
    *("10.0.0.1", "[::1]", "localhost.localdomain", "fi.", ".fi", "s3.eu-north-1.amazonaws.сom", "a..b.fi"),
    *("s3.eu-north-1.amazonaws,com", "s3.eu-north-1.amazonaws.com x", "ｓ3.eu-north-1.amazonaws.com"),
)
UNLISTED = (
    "s3.eu-west-9.amazonaws.com",
    "b.s3-accelerate.amazonaws.com",
    "europe-docker.pkg.dev",
    "x.fi-hel9.scw.cloud",
)


@pytest.mark.parametrize(("host", "country"), HOSTS.items())
def test_a_host_that_names_its_region(host: str, country: str) -> None:
    found = explain(host, None, ON)
    assert (found["country"], found["inside"]) == (country, country not in OUTSIDE)
    assert "include/policy/residency.yaml:" in found["chain"][0]
    assert "include/policy/eu_eea.csv:" in found["because"]
    assert explain(f"https://user:pass@{host}/path", None, ON)["country"] == country


@pytest.mark.parametrize("host", [*NAMELESS, *UNKNOWN, *UNLISTED])
def test_a_host_that_names_no_listed_region_is_outside(host: str) -> None:
    found = explain(host, None, ON)
    assert (found["country"], found["inside"], found["reason"]) == (None, False, "unknown")
    # Where it is told whose host it is, the line of the pattern is named.
    assert ("residency.yaml:" in found["chain"][0]) == (host in (*NAMELESS, *UNLISTED))


@pytest.mark.parametrize("host", [*HOSTS, *NAMELESS])
def test_a_hosts_name_is_no_location_of_a_record_or_a_policy(host: str) -> None:
    assert resolve(host, on=ON).reason is Reason.UNKNOWN


def test_a_host_of_another_provider_than_was_named() -> None:
    assert explain("s3.eu-north-1.amazonaws.com", "aws", ON)["inside"]
    assert explain("s3.eu-north-1.amazonaws.com", "azure", ON)["reason"] == "provider_contradicted"


def test_the_command_tells_it_in_words_and_json() -> None:
    done = CliRunner().invoke(app, ["residency", "explain", "s3.eu-west-2.amazonaws.com", "--on", "2026-11-01"])
    assert done.exit_code == 1
    assert done.stdout.startswith("OUTSIDE the EU/EEA on 2026-11-01\nhost of aws (include/policy/residency.yaml:")
    assert (
        "→ aws eu-west-2 → Europe (London) → GB → outside since 2020-02-01 (include/policy/eu_eea.csv:" in done.stdout
    )
    done = CliRunner().invoke(app, ["residency", "explain", "s3.eu-north-1.amazonaws.com", "--json"])
    assert (done.exit_code, json.loads(done.stdout)["inside"]) == (0, True)


_SUFFIXES = (
    *("amazonaws.com", "amazonaws.com.cn", "amazonaws.eu", "api.aws", "on.aws", "cloudapp.azure.com", "azmk8s.io"),
    *("azurewebsites.net", "azurecontainer.io", "azurecontainerapps.io", "kusto.windows.net", "pkg.dev", "run.app"),
    *("rep.googleapis.com", "your-objectstorage.com", "cloud.ovh.net", "scw.cloud", "upcloudobjects.com"),
)


@settings(max_examples=600, deadline=None)
@given(
    host=st.sampled_from(sorted(HOSTS)),
    place=st.integers(0, 60),
    piece=st.sampled_from(["", "x", ".", "-", "\u200b", "\u200f", "ı", "е", "1", ".fi", "fi.", " ", "\u0000", "%2e"]),
    cut=st.integers(0, 2),
)
def test_a_changed_host_is_inside_only_below_a_listed_suffix(host: str, place: int, piece: str, cut: int) -> None:
    changed = host[:place] + piece + host[place + cut :]
    if explain(changed, None, ON)["inside"]:
        assert changed.isascii()
        name = changed.lower().strip().removesuffix(".")
        assert name.endswith(tuple(f".{suffix}" for suffix in _SUFFIXES)) or name.endswith("-docker.pkg.dev")


def _source(location: str, provider: str | None, *hosts: str, processor: str = "kundenbuch") -> sites.Declared:
    site = Site(processor=processor, location=location, provider=provider)
    return sites.Declared("source", "crm", site, "sources.yaml:34", hosts=hosts)


@pytest.mark.parametrize(
    ("location", "provider", "host"),
    [
        ("eu-central-1", "aws", "mydb.abc.eu-central-1.rds.amazonaws.com"),
        ("eu-central-1b", "aws", "mydb.abc.eu-central-1.rds.amazonaws.com"),
        ("DE", None, "mydb.abc.eu-central-1.rds.amazonaws.com"),
        ("DE", None, "db.example.us"),
        ("DE", None, "bucket.s3.amazonaws.com"),
        ("DE", None, "/run/postgresql"),
        ("eu-central-1", "aws", "127.0.0.1"),
    ],
)
def test_a_declaration_stands_where_its_host_agrees_or_tells_nothing(
    location: str, provider: str | None, host: str
) -> None:
    assert sites.check(_source(location, provider, host), ON).country == "DE"


@pytest.mark.parametrize(
    ("location", "provider", "host", "told"),
    [
        (
            "eu-central-1",
            "aws",
            "mydb.abc.eu-west-2.rds.amazonaws.com",
            "aws eu-west-2 → Europe (London) → GB → outside",
        ),
        ("DE", None, "mydb.abc.us-east-1.rds.amazonaws.com", "aws us-east-1"),
        ("eu-central-1", "aws", "mydb.abc.eu-west-1.rds.amazonaws.com", "aws eu-west-1 → Europe (Ireland) → IE"),
        ("eu-central-1", "aws", "rds.eusc-de-east-1.amazonaws.eu", "aws eusc-de-east-1"),
        ("DE", None, "s3.eu-west-9.amazonaws.com", "a region of aws that is not listed"),
        ("eu-central-1", "aws", "db.postgres.database.azure.com", "is one of azure, not of aws"),
    ],
)
def test_a_declaration_that_its_host_contradicts_is_refused_with_both_lines(
    location: str, provider: str | None, host: str, told: str
) -> None:
    with pytest.raises(ResidencyRefused) as refused:
        sites.check(_source(location, provider, "127.0.0.1", host), ON)
    assert told in str(refused.value)
    assert "(sources.yaml:34)" in str(refused.value)
    assert "include/policy/residency.yaml:" in str(refused.value)
    assert host not in str(refused.value)


def test_a_uris_hosts_are_found_and_its_credentials_are_not() -> None:
    assert hosts_of("s3://key:secret@bucket/path?endpoint_override=https://s3.eu-west-2.amazonaws.com") == (
        "bucket",
        "s3.eu-west-2.amazonaws.com",
    )
    assert hosts_of("https://[bad") == ()
    assert hosts_of("db.example.fi:5432") == ("db.example.fi",)


@pytest.mark.parametrize(
    "pattern",
    ["*", "**", "{region}", "com", "S3.{region}.x.com", "{region}.{region}.com", "a.**.com", "x.*.com", "a b.c"],
)
def test_a_pattern_that_would_match_anything_is_refused_with_its_line(edit: Edit, pattern: str) -> None:
    edit("residency.yaml", '"**.s3.amazonaws.com" ', f'"{pattern}" ')
    with pytest.raises(PolicyError, match=r"residency\.yaml:\d+: providers\.aws\.hosts\.\d+: "):
        resolve("FI", on=ON)
