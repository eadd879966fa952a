"""Names of countries and of cloud providers, by their normal text."""

import gettext
import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path

import pycountry

from rekisteri.errors import PolicyError, SetupError
from rekisteri.policy_lines import Where, at
from rekisteri.residency.policy import Residency

LANGUAGES = ("fi", "sv")
_WITH_THE = re.compile(
    r"^(?:United|Isle) |^(?!Heard|South Georgia)[^,]*(?:Islands|Republic|Federation|Emirates|Territory)$"
    r"|^(?:Bahamas|Comoros|Gambia|Maldives|Netherlands|Philippines)$"
)


def normal(text: str) -> str:
    """Return a text as it is looked up: composed, lower case, single spaces.

    Compatibility forms are left alone: a full-width or a long-s spelling of a code is not that code.
    """
    return " ".join(unicodedata.normalize("NFC", text).lower().split())


def country_name(code: str | None) -> str:
    """Return a country's English name."""
    known = pycountry.countries.get(alpha_2=code) if code else None
    return str(getattr(known, "common_name", known.name)) if known else "a place that nobody knows"


def country_in_sentence(code: str | None) -> str:
    """Return a country's English name as it stands in a sentence: the United Kingdom."""
    name = country_name(code)
    return f"the {name}" if _WITH_THE.search(name) else name


def check_iso(iso2: str, line: str) -> None:
    """Refuse what is not an ISO 3166 code.

    Raises:
        PolicyError: it is not; ``line`` says where it was written.
    """
    if not pycountry.countries.get(alpha_2=iso2):
        raise PolicyError(f"{line}: {iso2} is not an ISO 3166 country; write its two-letter code")


def iso_names() -> Iterator[tuple[str, str]]:
    """Yield every code and every English, Finnish and Swedish name of ISO 3166, each with its ISO code."""
    try:
        tongues = [gettext.translation("iso3166-1", pycountry.LOCALES_DIR, [tongue]) for tongue in LANGUAGES]
    except FileNotFoundError:
        raise SetupError("pycountry lacks its Finnish or Swedish names; install it again from the lock") from None
    for country in pycountry.countries:
        yield country.alpha_2, country.alpha_2
        yield country.alpha_3, country.alpha_2
        for field in ("name", "official_name", "common_name"):
            if name := getattr(country, field, None):
                yield name, country.alpha_2
                yield from ((tongue.gettext(name), country.alpha_2) for tongue in tongues)


def country_names(policy: Residency, file: Path, lines: Mapping[Where, int]) -> dict[str, str]:
    """Return ISO code by normal name: codes, English, Finnish and Swedish names, and the policy's aliases.

    Raises:
        PolicyError: an alias is another country's name.
    """
    names: dict[str, str] = {}
    for name, iso2 in iso_names():
        # ISO has no name that two countries share; a test says so.
        names[normal(name)] = iso2
    for alias, iso2 in policy.aliases.items():
        line = at(file, lines[("aliases", alias)])
        check_iso(iso2, line)
        if names.setdefault(normal(alias), iso2) != iso2:
            raise PolicyError(f"{line}: {alias!r} is another country's name or code; remove the alias")
    return names


def provider_names(policy: Residency, file: Path, lines: Mapping[Where, int]) -> dict[str, str]:
    """Return provider key by normal name.

    Raises:
        PolicyError: two providers share a name.
    """
    names: dict[str, str] = {}
    for key, provider in policy.providers.items():
        for name in (key, *provider.names):
            if names.setdefault(normal(name), key) != key:
                line = at(file, lines[("providers", key)])
                raise PolicyError(f"{line}: {name!r} names provider {names[normal(name)]!r} too; keep one")
    return names
