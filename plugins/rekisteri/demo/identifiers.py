"""Identifiers that are well formed and nobody's: Y-tunnus, hetu, IBAN, reference and phone numbers."""

from datetime import date

_HETU_CHECKS = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_SPREAD = 611_953  # coprime to the sizes of the ranges: neighbours get numbers far apart, and none twice


def y_tunnus(index: int, old: bool = False) -> str:
    """Return a valid Y-tunnus ``1234567-8`` of its own for each index.

    Args:
        index: which one, 0 to 999,999; 0 to 44,999 where old.
        old: make one of the old six-digit form, with the leading zero that it was padded with.
    """
    size, first = (9_000, 1_000) if old else (100_000, 900_000 if index < 500_000 else 800_000)
    # Every eleventh number has no check digit; its neighbour, which nobody else gets, then has one.
    number = (index * _SPREAD % size + first) * 10 + index // size % 5 * 2
    digits = f"{number:07d}"
    rest = _weighed(digits) % 11
    if rest == 1:
        digits = f"{number + 1:07d}"
        rest = _weighed(digits) % 11
    return f"{digits}-{-rest % 11}"


def _weighed(digits: str) -> int:
    return sum(int(d) * w for d, w in zip(digits, (7, 9, 10, 5, 8, 4, 2), strict=True))


def hetu(born: date, individual: int) -> str:
    """Return a personal identity code with an individual number of 900 to 999, which no person has.

    Args:
        born: date of birth, 1900 or later.
        individual: any number; reduced to the range.
    """
    day, number = born.strftime("%d%m%y"), 900 + individual % 100
    check = _HETU_CHECKS[int(f"{day}{number}") % 31]
    return f"{day}{'-' if born.year < 2000 else 'A'}{number}{check}"


def disguised(code: str, form: int) -> str:
    """Return a personal identity code as people also type it; form 0 is the plain one.

    Args:
        code: from :func:`hetu`.
        form: 0 plain, 1 space before the sign, 2 en dash as the sign, 3 space after the sign, 4 in small letters.
    """
    day, sign, rest = code[:6], code[6], code[7:]
    dash = "\u2013" if sign == "-" else sign
    return (code, f"{day} {sign}{rest}", f"{day}{dash}{rest}", f"{day}{sign} {rest}", code.lower())[form % 5]


def iban(account: int) -> str:
    """Return a Finnish IBAN whose bank code 99 belongs to no bank.

    Args:
        account: account number, at most twelve digits.
    """
    body = f"99{account:012d}"
    check = 98 - int(body + "151800") % 97  # F=15 I=18
    return f"FI{check:02d}{body}"


def reference(number: int) -> str:
    """Return a Finnish reference number (viitenumero): weights 7, 3, 1 from the right."""
    digits = str(number)
    weighed = sum(int(d) * (7, 3, 1)[n % 3] for n, d in enumerate(reversed(digits)))
    return f"{digits}{-weighed % 10}"


def rf_reference(number: int) -> str:
    """Return an international reference (ISO 11649) around the Finnish one."""
    body = reference(number)
    return f"RF{98 - int(body + '271500') % 97:02d}{body}"  # R=27 F=15


def phone(index: int) -> str:
    """Return a number of its own for each index, in a Finnish range that is assigned to nobody, as E.164.

    Args:
        index: which one, 0 to 8,999,999.
    """
    return f"+35811{1_000_000 + index * 611_951 % 9_000_000}"


def national(number: str) -> str:
    """Return an E.164 number of ours as Finns write it: ``011 123 4567``."""
    return f"011 {number[6:9]} {number[9:]}"


def spaced(number: str) -> str:
    """Return an E.164 number of ours as ``+358 11 1234567``."""
    return f"+358 11 {number[6:]}"
