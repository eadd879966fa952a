"""Conforming: the distinct values of a column become one form, by the libraries made for them, or a reason why not.

Each function takes a pandas Series of distinct, non-empty texts and returns a frame with the columns ``value``
(text, as PostgreSQL reads it) and ``reason`` (a code; null where the value conforms). Nothing is guessed.
"""

import re
from collections.abc import Callable
from functools import cache, partial
from typing import Annotated

import pandas as pd
import phonenumbers
from email_validator import EmailNotValidError, validate_email
from pydantic import StringConstraints
from stdnum import iban, iso11649
from stdnum.exceptions import ValidationError
from stdnum.fi import hetu, ytunnus

from rekisteri.policy import Policy, load_policy
from rekisteri.residency.atlas import atlas
from rekisteri.residency.names import normal
from rekisteri.sources import Source

Conform = Callable[["pd.Series[str]", Source], pd.DataFrame]
_REASON = "not_well_formed"
_INTERNATIONAL = re.compile(r"[^+\uff0b0-9]*(\+|\uff0b|00)")
_HETU = re.compile(r"[0-9]{6}[-+A-Fa-fU-Yu-y][0-9]{3}[0-9A-Za-z]")


class Phone(Policy):
    """How phone numbers are read."""

    accept_unassigned: tuple[Annotated[str, StringConstraints(pattern=r"^\+[0-9]{3,12}$")], ...] = ()
    """E.164 prefixes whose numbers pass when possible, though assigned to nobody."""


class Conforming(Policy):
    """The file conforming.yaml."""

    phone: Phone


@cache
def _phone_policy() -> Phone:
    return load_policy("conforming.yaml", Conforming).phone


def conform(format_: str, values: "pd.Series[str]", source: Source) -> pd.DataFrame:
    """Bring the distinct values of one format into one form.

    Args:
        format_: a key of CONFORM.
        values: distinct, non-empty texts.
        source: whose values they are; says how it writes dates, money and phone numbers.

    Returns:
        Frame indexed like ``values``: ``value`` and ``reason``, exactly one of them null.
    """
    made = CONFORM[format_](values, source)
    assert made["value"].notna().ne(made["reason"].notna()).all()  # noqa: S101 - never both, never neither
    return made


def names_country(phone: str) -> bool:
    """Return whether a phone number says which country's it is: ``+`` or ``00`` first, or ``DE: `` before it."""
    before, colon, _ = phone.partition(":")
    return bool(colon and _country(before)) or bool(_INTERNATIONAL.match(phone))


def _each(read: Callable[[str], str | None]) -> Conform:
    def conform_each(values: "pd.Series[str]", source: Source) -> pd.DataFrame:
        found = [read(value) for value in values]
        return _frame(pd.Series(found, index=values.index, dtype="object"))

    return conform_each


def _frame(value: "pd.Series[str]") -> pd.DataFrame:
    value = value.astype("object").where(value.notna(), None)
    reason = pd.Series(_REASON, index=value.index, dtype="object").where(value.isna(), None)
    return pd.DataFrame({"value": value, "reason": reason})


def _phones(values: "pd.Series[str]", source: Source) -> pd.DataFrame:
    return _each(partial(_phone, source.phone_country))(values, source)


def _phone(of_source: str | None, text: str) -> str | None:
    policy = _phone_policy()
    # "Germany: 030 1234567": a national number whose country the source keeps elsewhere in the row.
    country, colon, national = text.partition(":")
    region = _country(country) if colon else of_source
    given = national if colon else text
    if region is None and (colon or not names_country(text)):
        return None
    if region is None:
        # What is dialled before another country's number differs; 00 is what Europe and most others dial.
        given = re.sub(r"^[^+\uff0b0-9]*00", "+", text)
    try:
        number = phonenumbers.parse(given, region)
    except phonenumbers.NumberParseException:
        return None
    if number.extension or re.search(r"[A-Za-z]", given):
        return None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if phonenumbers.is_valid_number(number):
        return e164
    unassigned = e164.startswith(policy.accept_unassigned) and phonenumbers.is_possible_number(number)
    return e164 if unassigned else None


def _email(text: str) -> str | None:
    try:
        # Example domains are reserved (RFC 2606); a register may hold them, and ours must for its demonstration.
        found = validate_email(text.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return None
    # An address made of a personal identity code would carry the code into the register.
    if any(hetu.is_valid(code, allow_temporary=True) for code in _HETU.findall(text)):
        return None
    return found.normalized.casefold()


def _y_tunnus(text: str) -> str | None:
    digits = re.sub(r"[\s-]", "", text).upper().removeprefix("FI")
    # The form in use before 2001 has one digit fewer (register.md).
    digits = digits.zfill(8) if re.fullmatch(r"[0-9]{7}", digits) else digits
    try:
        return str(ytunnus.format(ytunnus.validate(digits)))
    except ValidationError:
        return None


def _country(text: str) -> str | None:
    # The residency gate's own table of names: a country must not be one thing here and another there.
    return atlas().country_names.get(normal(text))


def _postal_code(text: str) -> str | None:
    # Text, never a number: 01670 keeps its zero. Other countries' codes hold letters, a space or a hyphen.
    code = text.strip().upper()
    return code if re.fullmatch(r"[0-9A-Z][0-9A-Z -]{1,8}[0-9A-Z]", code) and re.search(r"[0-9]", code) else None


def _iban(text: str) -> str | None:
    try:
        return str(iban.validate(text))
    except ValidationError:
        return None


def _reference(text: str) -> str | None:
    bare = re.sub(r"\s", "", text).upper()
    if bare.startswith("RF"):
        try:
            return str(iso11649.validate(bare))
        except ValidationError:
            return None
    if not re.fullmatch(r"[0-9]{4,20}", bare):
        return None
    # Finnish viitenumero: weights 7, 3, 1 from the right, the last digit is the check (Finance Finland).
    weighed = sum(int(digit) * (7, 3, 1)[n % 3] for n, digit in enumerate(reversed(bare[:-1])))
    return bare.lstrip("0") if int(bare[-1]) == -weighed % 10 else None


def _date(values: "pd.Series[str]", source: Source) -> pd.DataFrame:
    form = source.date or "%Y-%m-%d"
    read = pd.to_datetime(values.str.strip(), format=form, errors="coerce", exact=True)
    return _frame(read.dt.strftime("%Y-%m-%d"))


def _money(values: "pd.Series[str]", source: Source) -> pd.DataFrame:
    bare = values.str.replace(r"[\s\u00a0\u202f]|€|EUR", "", regex=True)
    group = "." if source.decimal == "," else ","
    point, thousands = re.escape(source.decimal), re.escape(group)
    # Twelve digits and two decimals are what the register's numeric(14, 2) holds.
    form = rf"[-\u2212+]?(?:[0-9]{{1,12}}|[0-9]{{1,3}}(?:{thousands}[0-9]{{3}}){{1,3}})(?:{point}[0-9]{{1,2}})?"
    sound = bare.str.fullmatch(form)
    plain = bare.str.replace(group, "", regex=False).str.replace(source.decimal, ".", regex=False)
    return _frame(plain.str.replace("\u2212", "-", regex=False).where(sound))


CONFORM: dict[str, Conform] = {
    "phone": _phones,
    "email": _each(_email),
    "y_tunnus": _each(_y_tunnus),
    "country": _each(_country),
    "postal_code": _each(_postal_code),
    "iban": _each(_iban),
    "reference": _each(_reference),
    "date": _date,
    "money": _money,
}
"""The formats that take a library; the others are read by PostgreSQL itself."""

IDENTIFIERS = frozenset({"email", "phone", "y_tunnus"})
"""Formats whose values can name a subject, and so can be tombstoned."""
