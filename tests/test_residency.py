"""Where data may be: every country, every cloud region, every alias; and nothing that is not listed."""

import csv
import json
import re
import shutil
import unicodedata
from datetime import date
from pathlib import Path

import pycountry
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rekisteri import paths
from rekisteri.errors import PolicyError, ResidencyRefused
from rekisteri.residency import Reason, check_processor, explain, resolve, said, sites
from rekisteri.residency.atlas import atlas
from rekisteri.residency.locations import Verdict, resolve_record
from rekisteri.residency.names import iso_names, normal
from rekisteri.residency.policy import Site
from rekisteri.residency.processors import register

ON = date(2026, 11, 1)
#: Written down by hand from TEU 52, TFEU 349 and 355 and the EEA Agreement, not read from the table under test.
INSIDE = {
    *("AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IT", "LV", "LT"),
    *("LU", "MT", "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE", "IS", "LI", "NO"),
    *("AX", "GF", "GP", "MQ", "RE", "YT", "MF"),
}
NAMES = list(iso_names())
COUNTRIES = sorted(country.alpha_2 for country in pycountry.countries)


def _rows(name: str) -> list[dict[str, str]]:
    with (paths.POLICY / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


REGIONS = [(r["provider"], r["region"], r["country"], r["seed_rule"]) for r in _rows("cloud_regions.csv")]


@pytest.fixture
def policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the policy folder that a test may spoil."""
    for file in ("residency.yaml", "processors.yaml", "eu_eea.csv", "cloud_regions.csv"):
        shutil.copy(paths.POLICY / file, tmp_path / file)
    monkeypatch.setattr(paths, "POLICY", tmp_path)
    return tmp_path


def _edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file.name}"
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_the_tables_are_whole() -> None:
    assert len(COUNTRIES) == 249
    assert len(REGIONS) == 195


@pytest.mark.parametrize("iso2", COUNTRIES)
def test_a_country_by_code_and_name_in_three_languages(iso2: str) -> None:
    names = {name for name, code in NAMES if code == iso2}
    assert len(names) >= 3
    for name in names | {n.upper() for n in names} | {f"  {n.lower()} " for n in names}:
        verdict = resolve(name, on=ON)
        assert (verdict.country, verdict.inside) == (iso2, iso2 in INSIDE), name
        assert "eu_eea.csv:" in verdict.because


def test_no_two_countries_share_a_name() -> None:
    owners: dict[str, str] = {}
    assert all(owners.setdefault(normal(name), iso2) == iso2 for name, iso2 in NAMES)


@pytest.mark.parametrize("row", _rows("eu_eea.csv"), ids=lambda row: row["iso2"])
def test_a_line_of_the_table_decides(row: dict[str, str]) -> None:
    line = next(n for n, text in enumerate(_lines("eu_eea.csv"), 1) if text.startswith(f"{row['iso2']},"))
    verdict = resolve(row["iso2"], on=ON)
    assert verdict.inside == (row["seed_rule"] == "allow")
    assert f"include/policy/eu_eea.csv:{line})" in verdict.because
    if row["valid_from"] and row["seed_rule"] == "allow":
        joined = date.fromisoformat(row["valid_from"])
        assert resolve(row["iso2"], on=joined).inside
        assert not resolve(row["iso2"], on=date.fromordinal(joined.toordinal() - 1)).inside


def _lines(name: str) -> list[str]:
    return (paths.POLICY / name).read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(("provider", "region", "country", "rule"), REGIONS)
def test_a_region_of_a_named_provider(provider: str, region: str, country: str, rule: str) -> None:
    wanted = None if country in ("MULTI", "UNKNOWN") else country
    for asked in (region, region.upper(), f" {region.lower()} "):
        verdict = resolve(asked, provider=provider, on=ON)
        assert (verdict.inside, verdict.country) == (rule == "allow", wanted)
    assert resolve(f"{provider} {region}", on=ON).inside == (rule == "allow")
    assert resolve(f"{provider}/{region}", provider=provider, on=ON).inside == (rule == "allow")
    # No row that is allowed lies in a country that is not.
    assert wanted is None or rule != "allow" or wanted in INSIDE


@pytest.mark.parametrize(("provider", "region", "country", "rule"), REGIONS)
def test_a_region_under_another_providers_name(provider: str, region: str, country: str, rule: str) -> None:
    own = {(p, r.lower()) for p, r, _, _ in REGIONS}
    for other in {p for p, _, _, _ in REGIONS} - {provider}:
        verdict = resolve(region, provider=other, on=ON)
        if (other, region.lower()) not in own and region not in ("DE", "FRA"):  # these two are ISO codes too
            assert not verdict.inside
        assert not resolve(f"{provider} {region}", provider=other, on=ON).inside


@pytest.mark.parametrize("alias", sorted(atlas().policy.aliases))
def test_an_alias(alias: str) -> None:
    iso2 = atlas().policy.aliases[alias]
    assert (resolve(alias, on=ON).country, resolve(alias, on=ON).inside) == (iso2, iso2 in INSIDE)


@pytest.mark.parametrize("word", [*sorted(atlas().policy.too_vague), None, "", "  ", "\t\n", "x" * 5000])
def test_what_is_vague_or_empty_is_outside(word: str | None) -> None:
    verdict = resolve(word, on=ON)
    assert not verdict.inside
    assert verdict.country is None
    assert verdict.reason in (Reason.TOO_VAGUE, Reason.EMPTY, Reason.UNKNOWN)


@pytest.mark.parametrize(
    ("text", "provider", "country", "inside"),
    [
        ("eu-west-1a", "aws", "IE", True),
        ("eu-west-2a", "aws", "GB", False),
        ("europe-north1-b", "gcp", "FI", True),
        ("europe-west2-c", "gcp", "GB", False),
        ("GRA11", "ovh", "FR", True),
        ("gra11", "OVHcloud", "FR", True),
        ("UK1", "ovh", "GB", False),
        ("North Europe", "Azure", "IE", True),
        ("north europe", "Microsoft Azure", "IE", True),
        ("UK South", "azure", "GB", False),
        ("Switzerland North", "azure", "CH", False),
        ("fr-par-1", "scaleway", "FR", True),
        ("fsn1-dc14", "hetzner", "DE", True),
        ("eu", "aws", "IE", True),
        ("EU", "gcp", None, False),
        ("EUR4", "gcp", None, True),
        ("EUR5", "gcp", None, False),
        ("hml-1", "Praecom Oy", "FI", True),
        ("Suomi", "aws", "FI", True),
        ("eu-west-3-cas-1a", "aws", None, False),  # a local zone elsewhere: never by its prefix
        ("eu-north-1-hel-1a", "aws", None, False),
        ("eu-north-1aa", "aws", None, False),
        ("eu-north", "aws", None, False),
        ("europe-west1", "aws", None, False),
        ("eu-north-1", "gcp", None, False),
        ("DE", "acme", None, False),  # an unknown provider's DE may be Delaware
        ("LIM", None, None, False),
        ("FRA", None, "FR", True),
        ("BHS", None, "BS", False),
        ("Amazon Web Services: eu-north-1", None, "SE", True),
        ("ＤＥ", None, None, False),  # full-width
        ("ſe", None, None, False),  # long s
        ("D\u200bE", None, None, False),
        ("Georgia", None, "GE", False),
        ("A\u030aland", None, "AX", True),  # decomposed Å
    ],
)
def test_zones_spellings_and_look_alikes(text: str, provider: str | None, country: str | None, inside: bool) -> None:
    verdict = resolve(text, provider=provider, on=ON)
    assert (verdict.country, verdict.inside) == (country, inside)


def test_membership_has_dates() -> None:
    assert resolve("GB", on=date(2020, 1, 31)).inside
    left = resolve("GB", on=date(2020, 2, 1))
    assert not left.inside
    assert "outside since 2020-02-01 (include/policy/eu_eea.csv:" in left.because
    assert resolve("eu-west-2", provider="aws", on=date(2019, 6, 1)).inside
    assert resolve("GI", on=date(2020, 1, 31)).inside
    assert not resolve("GI", on=date(1972, 12, 31)).inside  # not before its state
    assert not resolve("AX", on=date(1994, 12, 31)).inside
    assert resolve("SJ", on=ON).reason is Reason.NEEDS_DECISION


@pytest.mark.parametrize("text", ["aws eu-west-2a", "nowhere at all", "x" * 300, "aws:Matti Meikäläinen"])
def test_the_chain_never_repeats_what_was_asked(text: str) -> None:
    verdict = resolve(text, on=ON)
    assert "Meikäläinen" not in str(verdict)
    assert "nowhere" not in str(verdict)
    assert "xxx" not in str(verdict)


def test_a_shared_name_with_unlike_answers_needs_its_provider(policy: Path) -> None:
    _edit(policy / "cloud_regions.csv", "hetzner,hil,US,Hillsboro,deny", "hetzner,hil,FI,Hillsboro,allow")
    unnamed = resolve("hil", on=ON)
    assert (unnamed.inside, unnamed.reason) == (False, Reason.PROVIDER_NEEDED)
    assert "name the provider" in unnamed.because
    assert resolve("hil", provider="hetzner", on=ON).inside
    assert not resolve("hil", provider="ovh", on=ON).inside


def test_a_region_may_be_stricter_than_its_country(policy: Path) -> None:
    _edit(policy / "cloud_regions.csv", "hetzner,hel1,FI,Helsinki,allow", "hetzner,hel1,FI,Helsinki,deny")
    assert "refused by its own line" in resolve("hetzner hel1", on=ON).because
    _edit(policy / "eu_eea.csv", "SE,EU,allow,1995-01-01,,", "SE,EU,deny,1995-01-01,2025-12-31,")
    assert not resolve("aws eu-north-1", on=ON).inside  # an allowed region does not save a country that left
    assert resolve("aws eu-north-1", on=date(2025, 12, 31)).inside


def test_a_region_of_several_needs_its_own_line_too(policy: Path) -> None:
    _edit(policy / "cloud_regions.csv", "europe-west1,allow,docs.rs", "europe-west1,review,docs.rs")
    assert resolve("EUR4", provider="gcp", on=ON).reason is Reason.NEEDS_DECISION
    _edit(policy / "residency.yaml", "[europe-west3, europe-west6]", "[europe-west3, europe-west66]")
    assert "europe-west66 is not listed" in resolve("EUR8", provider="gcp", on=ON).because


_BOOK = atlas()
_LISTED = {*_BOOK.country_names, *_BOOK.vague, *(r for regions in _BOOK.regions.values() for r in regions)}
_PIECES = [*sorted(_LISTED), "-", " ", "1", "a", "eu", "europe", "1a", "\u0130", "ſ", "ß", "-1"]
_NEAR = st.lists(st.sampled_from(_PIECES), min_size=1, max_size=3).map("".join)
_ANY = st.one_of(st.text(max_size=40), _NEAR)


#: What may follow a region's name, by hand; any other tail makes another name of it.
_ZONES = {
    "aws": "[a-z]?",
    "azure": "(-[1-3])?",
    "gcp": "(-[a-f])?",
    "hetzner": "(-dc[0-9]{1,2})?",
    "ovh": "([0-9]{1,2}|-[a-c])?",
    "scaleway": "(-[1-3])?",
    "upcloud": "",
}
_OPEN = [(p, re.compile(re.escape(r.lower()) + _ZONES[p])) for p, r, _, rule in REGIONS if rule == "allow"]
_OPEN += [("praecom", re.compile("hml-1|tre-1"))]
_INSIDE_NAMES = {name.lower() for name, iso2 in NAMES if iso2 in INSIDE}
_INSIDE_NAMES |= {alias.lower() for alias, iso2 in _BOOK.policy.aliases.items() if iso2 in INSIDE}


def _listed(text: str) -> bool:
    """Say by plain string work, without the code under test, whether a text may be inside."""
    key = " ".join(unicodedata.normalize("NFC", text).lower().split())
    if key in _INSIDE_NAMES:
        return True
    if any(pattern.fullmatch(key.replace(" ", "") if p == "azure" else key) for p, pattern in _OPEN):
        return True
    spoken = [name for name in _BOOK.provider_names if key.startswith((f"{name} ", f"{name}:", f"{name}/"))]
    return any(_listed(key[len(name) :].lstrip(" :/")) for name in spoken)


@settings(max_examples=1000, deadline=None)
@given(text=_ANY, provider=st.one_of(st.none(), st.sampled_from(sorted(_BOOK.provider_names)), st.text(max_size=8)))
def test_no_unlisted_string_is_ever_inside(text: str, provider: str | None) -> None:
    assert _listed(text) or not resolve(text, provider=provider, on=ON).inside


@settings(max_examples=500, deadline=None)
@given(region=st.sampled_from(REGIONS), tail=st.text("abcdefgxyz0123456789-_./: ", min_size=1, max_size=6))
def test_a_longer_name_is_not_its_prefix(region: tuple[str, str, str, str], tail: str) -> None:
    provider, name, _, _ = region
    for text in (name + tail, tail + name):
        assert _listed(text) or not resolve(text, provider=provider, on=ON).inside


@pytest.mark.parametrize(
    ("provider", "text", "told"),
    [
        ("aws", "eu-north-1", (True, "SE", "inside")),
        (None, None, (False, None, "empty")),
        ("Azure", "UK South", (False, "GB", "not_yet_or_no_longer")),
        ("acme", "FI", (False, None, "unknown_provider")),
        (None, "FI", (True, "FI", "inside")),
        (None, "eu-north-1", (False, None, "provider_needed")),
    ],
)
def test_a_record_s_own_location(provider: str | None, text: str | None, told: tuple[bool, str | None, str]) -> None:
    verdict = resolve_record(atlas(), text, provider, ON)
    assert (verdict.inside, verdict.country, str(verdict.reason)) == told


@pytest.mark.parametrize("key", sorted(register().processors))
def test_the_delivered_processors_are_inside(key: str) -> None:
    check_processor(key, ON)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("access: [DE, IE]", "access: [DE, US]", "kundenbuch access 'US' (<file>:42): US → outside ("),
        ("[aws eu-central-1, aws eu-west-1]", "[aws eu-central-2]", "aws eu-central-2 → Europe (Zurich) → CH"),
        ("[aws eu-central-1, aws eu-west-1]", "[]", "processors.kundenbuch.storage: tuple should have at least 1"),
        ("contract: 2021-06-01", "contract: 2027-06-01", "no agreement in force before 2027-06-01 (Art. 28(3))"),
        ("access: [DE, IE]", "acess: [DE, IE]", "unknown key 'acess' in processors.kundenbuch; did you mean 'access'?"),
        ("access: [DE, IE]", "access: [DE, IE]\n    sub_processors: [akme]", "sub-processor 'akme' is not listed"),
    ],
)  # fmt: skip
def test_a_processor_outside_is_refused_by_name_and_line(policy: Path, old: str, new: str, told: str) -> None:
    _edit(policy / "processors.yaml", old, new)
    with pytest.raises((ResidencyRefused, PolicyError)) as refused:
        check_processor("kundenbuch", ON)
    assert told.replace("<file>", str(policy / "processors.yaml")) in str(refused.value)


def test_a_sub_processor_counts_however_deep(policy: Path) -> None:
    _edit(policy / "processors.yaml", "access: [SE]", "access: [SE, IN]\n    sub_processors: [palvelupiste]")
    with pytest.raises(ResidencyRefused, match=r"nattjour access 'IN'"):
        check_processor("palvelupiste", ON)
    check_processor("laskuri", ON)


def test_an_unlisted_processor_is_refused() -> None:
    with pytest.raises(ResidencyRefused, match="processor 'akme' is not listed in include"):
        check_processor("akme", ON)


def test_a_source_declares_where_its_host_is() -> None:
    assert _host("kundenbuch", "eu-central-1b", "aws").country == "DE"
    assert _host("laskuri", "FI", None).country == "FI"
    with pytest.raises(ResidencyRefused, match="outside since 2020-02-01"):
        _host("kundenbuch", "eu-west-2", "aws")
    with pytest.raises(ResidencyRefused, match=r"is in PL, but processor 'laskuri' .* storage in FI only"):
        _host("laskuri", "PL", None)


def _host(processor: str, location: str, provider: str | None) -> Verdict:
    site = Site(processor=processor, location=location, provider=provider)
    return sites.check(sites.Declared("source", "crm", site, "sources.yaml:1"), ON)


def test_explain_is_plain_data() -> None:
    told = explain("aws eu-west-2a", None, ON)
    assert told["inside"] is False
    assert told["chain"][:3] == ["aws eu-west-2", "Europe (London)", "GB"]
    assert explain("kundenbuch", None, ON)["inside"] is True
    assert explain("Palvelupiste Esimerkki Oy", None, ON)["processor"] == "palvelupiste"
    assert explain("nobody", None, ON)["reason"] == "unknown"
    assert "similar" not in told
    assert "in_a_record" not in told
    assert json.loads(json.dumps(told)) == told


def test_a_region_alone_is_explained_with_what_a_record_of_it_lacks() -> None:
    # The gate refuses a record that names it without its provider, as two may have a region of one name.
    told = explain("eu-west-1", None, ON)
    assert told["inside"] is True
    assert "needs its provider" in told["in_a_record"]
    assert told["in_a_record"] in said(told)
    for place, provider in (("aws eu-west-1", None), ("eu-west-1", "aws"), ("FI", None), ("Suomi", None)):
        assert "in_a_record" not in explain(place, provider, ON)


def test_a_provider_alone_is_no_place_and_not_taken_for_a_misspelt_one() -> None:
    told = explain("AWS", None, ON)
    assert told["inside"] is False
    assert said(told)[-1] == "aws is a provider, and each of its regions has its own place: ask for 'aws <region>'"
    assert "similar" not in told


@pytest.mark.parametrize(
    ("meant", "written"),
    [("ireland", "Irelnd"), ("eu-north-1", "eu-noth-1"), ("aws eu-north-1", "aws eu-nort-1"), ("suomi", "Suomii")],
)
def test_what_is_written_almost_right_is_outside_and_told_what_it_may_mean(meant: str, written: str) -> None:
    told = explain(written, None, ON)
    assert told["inside"] is False
    assert told["similar"][0] == meant


def test_what_is_like_nothing_listed_is_told_nothing() -> None:
    assert explain("Narnia", None, ON)["similar"] == []
    assert explain("x" * 500, None, ON)["similar"] == []


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("residency.yaml", "  UK: GB\n", "  UK: EU\n", "EU is not an ISO 3166 country"),
        ("residency.yaml", "  UK: GB\n", "  FI: GB\n", "'FI' is another country's name or code; remove the alias"),
        ("residency.yaml", '"[a-z]"', '"[a-z"', "not a regular expression"),
        ("residency.yaml", "[UpCloud]", "[Azure]", "names provider 'azure' too; keep one"),
        ("residency.yaml", "      tre-1: FI", "      tre-1: FX", "FX is not an ISO 3166 country"),
        ("residency.yaml", "eu_eea: eu_eea.csv", "eu_eea: other.csv", "other.csv is missing"),
        ("eu_eea.csv", "MC,microstate,deny", "MC,microstate,maybe", "seed_rule: Input should be 'allow', 'deny' or"),
        ("eu_eea.csv", "VA,microstate", "SM,microstate", "SM is given twice; keep one line"),
        ("cloud_regions.csv", "hetzner,hil", "hetzna,hil", "provider 'hetzna' is not in providers of residency.yaml"),
        ("cloud_regions.csv", "hetzner,hil", "hetzner,ASH", "hetzner ASH is given twice; keep one line"),
    ],
)  # fmt: skip
def test_a_spoilt_policy_stops_with_its_line(policy: Path, file: str, old: str, new: str, told: str) -> None:
    _edit(policy / file, old, new)
    with pytest.raises(PolicyError) as refused:
        resolve("FI", on=ON)
    assert told in str(refused.value)


def test_a_missing_policy_folder_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "POLICY", tmp_path / "gone")
    with pytest.raises(PolicyError, match="cannot be read"):
        resolve("FI", on=ON)
