"""The generator: the same rows for the same seed, consistent across sources, nobody's contact data."""

import hashlib
import re
import subprocess
import sys
from collections import Counter
from datetime import date, timedelta

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import iban, iso11649
from stdnum.fi import hetu, ytunnus

from rekisteri.demo import Generated, generate, identifiers
from rekisteri.demo.customers import DUE, STAGES, stage_of
from rekisteri.demo.rows import columns
from rekisteri.errors import SetupError

AS_OF = date(2026, 11, 1)
EXAMPLE = re.compile(r"[^@]+@(example\.(com|org|net)|[a-z0-9-]+\.example)", re.IGNORECASE)


@pytest.fixture(scope="module")
def two_hundred() -> Generated:
    """A demo with two customers of every rare stage."""
    return generate(200, 7, AS_OF)


def _digest(made: Generated) -> str:
    rows = {name: source.tables for name, source in made.sources.items()}
    return hashlib.sha256(repr((rows, made.manifest.listed())).encode()).hexdigest()


def _column(made: Generated, source: str, table: str, column: str) -> list[object]:
    place = columns(source, table).index(column)
    return [row[place] for row in made.sources[source].tables[table]]


@pytest.mark.parametrize("customers", [1, 7, 50])
def test_same_arguments_make_the_same_rows(customers: int) -> None:
    assert _digest(generate(customers, 3, AS_OF)) == _digest(generate(customers, 3, AS_OF))
    assert _digest(generate(customers, 3, AS_OF)) != _digest(generate(customers, 4, AS_OF))


def test_rows_do_not_depend_on_the_interpreters_hash_seed() -> None:
    program = (
        "import hashlib; from datetime import date; from rekisteri.demo import generate; g = generate(20, 3, "
        "date(2026, 11, 1)); print(hashlib.sha256(repr([s.tables for s in g.sources.values()]).encode()).hexdigest())"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1]


@settings(max_examples=15, deadline=None)
@given(customers=st.integers(1, 60), seed=st.integers(), as_of=st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_contact_data_is_nobodys(customers: int, seed: int, as_of: date) -> None:
    """Whatever the seed: example domains, unassigned phone numbers, hetu 900 to 999, valid company ids."""
    made = generate(customers, seed, as_of)
    assert all(EXAMPLE.fullmatch(email) for email in made.planted.emails)
    for text in made.planted.phones:
        number = phonenumbers.parse(text, "FI")
        written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        assert written.startswith("+35811")
        assert phonenumbers.is_possible_number(number)
        assert not phonenumbers.is_valid_number(number)
    for text in made.planted.hetus:
        code = re.sub(r"\s", "", text.upper()).replace("\u2013", "-")
        assert hetu.is_valid(code, allow_temporary=True)
        assert not hetu.is_valid(code)


def test_no_two_companies_share_a_y_tunnus_and_no_two_people_a_phone() -> None:
    new = [identifiers.y_tunnus(n) for n in range(0, 1_000_000, 13)]
    old = [identifiers.y_tunnus(n, old=True) for n in range(45_000)]
    assert all(ytunnus.is_valid(text) for text in new[::50] + old[::50])
    assert len(set(new + old)) == len(new) + len(old)
    phones = [identifiers.phone(n) for n in range(0, 9_000_000, 31)]
    assert len(set(phones)) == len(phones)
    assert {len(text) for text in phones} == {len("+358111234567")}


def test_accounts_and_references_have_valid_check_digits(two_hundred: Generated) -> None:
    assert all(iban.is_valid(identifiers.iban(n)) for n in range(0, 10_000, 97))
    assert identifiers.reference(123456) == "1234561"  # an example of Finance Finland's
    assert all(iso11649.is_valid(identifiers.rf_reference(20_000_000 + n)) for n in range(200))


def test_every_stage_of_life_is_there_in_its_share() -> None:
    shares = Counter(stage_of(index) for index in range(100))
    assert shares == {stage: share for stage, (share, _) in STAGES.items()}
    assert sum(shares[stage] for stage in DUE) == 5
    assert {stage_of(index) for index in range(13)} == set(STAGES)


def test_the_first_customers_do_not_depend_on_how_many_there_are() -> None:
    few, many = generate(20, 5, AS_OF), generate(60, 5, AS_OF)
    ours = set(map(repr, many.sources["billing"].tables["lasku"]))
    theirs = [row for row in few.sources["billing"].tables["lasku"] if not row[0].startswith("L9")]
    assert theirs
    assert all(repr(row) in ours for row in theirs)


def test_customers_that_are_due_have_nothing_that_keeps_them(two_hundred: Generated) -> None:
    due = set(two_hundred.manifest.due["whole"]["billing"])
    names = columns("billing", "lasku")
    invoices = [dict(zip(names, row, strict=True)) for row in two_hundred.sources["billing"].tables["lasku"]]
    theirs = [i for i in invoices if i["asiakasnro"] in due]
    assert theirs
    assert all(i["maksettu"] for i in theirs)
    # Accounting Act 2:10: a voucher is kept to the end of the sixth year after its own.
    assert all(int(i["laskupvm"].split(".")[2]) + 6 < AS_OF.year for i in theirs)
    clients = set(two_hundred.manifest.due["whole"]["service_desk"])
    names = columns("service_desk", "tickets")
    cases = [dict(zip(names, row, strict=True)) for row in two_hundred.sources["service_desk"].tables["tickets"]]
    assert all(c["closed"] for c in cases if c["client_id"] in clients)


def test_nothing_happens_after_the_frozen_date(two_hundred: Generated) -> None:
    after = (AS_OF + timedelta(days=1)).isoformat()
    for table, column in (("tickets", "opened"), ("threads", "sent"), ("recordings", "recorded")):
        texts = [str(t) for t in _column(two_hundred, "service_desk", table, column) if t and str(t)[:2] == "20"]
        # Planted faults apart (month 13 and the like), which sort anywhere.
        assert sum(t >= after for t in texts) <= 1, (table, column)
    # A text there is a planted fault, too.
    delivered = [d for d in _column(two_hundred, "crm", "orders", "delivered_on") if isinstance(d, date)]
    assert len(delivered) > 100
    assert max(delivered) <= AS_OF


def test_people_who_are_alike_but_two_differ_in_all_else(two_hundred: Generated) -> None:
    pairs = two_hundred.manifest.alike
    assert pairs
    names = columns("crm", "people")
    people = {str(row[0]): dict(zip(names, row, strict=True)) for row in two_hundred.sources["crm"].tables["people"]}
    for pair in pairs:
        one, other = (people[key] for key in pair["crm"])
        assert (one["given_name"], one["family_name"]) == (other["given_name"], other["family_name"])
        assert one["linkedin_url"] != other["linkedin_url"]


def test_some_people_of_due_customers_are_kept_by_another(two_hundred: Generated) -> None:
    kept = two_hundred.manifest.kept_persons["crm"]
    person = columns("crm", "relationships").index("person_id")
    ties = Counter(str(row[person]) for row in two_hundred.sources["crm"].tables["relationships"])
    assert kept
    assert all(ties[key] > 1 for key in kept)


def test_each_hetu_in_a_text_is_counted(two_hundred: Generated) -> None:
    pattern = re.compile(r"\d{6}\s?[-+\u2013A-FU-Y]\s?9\d\d[0-9A-Y]", re.IGNORECASE)
    texts = {
        ("billing", "address"): ("osoite", "katu"),
        ("crm", "event"): ("activities", "summary"),
        ("crm", "feedback"): ("surveys", "comment"),
        ("service_desk", "case"): ("tickets", "subject"),
        ("service_desk", "message"): ("threads", "body"),
    }
    for (source, entity), (table, column) in texts.items():
        held = sum(len(pattern.findall(str(text))) for text in _column(two_hundred, source, table, column))
        assert held == two_hundred.manifest.hetu[source].get(entity, 0) > 0, entity


@pytest.mark.parametrize("customers", [0, -1, 1_000_001])
def test_a_number_of_customers_out_of_range_is_refused(customers: int) -> None:
    with pytest.raises(SetupError, match="1 to 1,000,000"):
        generate(customers, 1, AS_OF)
