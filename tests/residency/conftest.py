"""A copy of the policy folder that a test may spoil; a shop whose companies have people and consents."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from rekisteri import paths
from tests.pull.conftest import Shop, shop

__all__ = ["consenting", "edit", "policy", "shop"]

Edit = Callable[[str, str, str], None]
_TABLES = {
    "human": "no text, label text, mail text",
    "role": "no text, human text, client text",
    "consent": "no text, human text, land text, since text, until text, taken_back text",
}
_SELECTS = {
    "person": "select no as source_key, label as full_name, mail as email from human",
    "contact_role": "select no as source_key, human as person_key, client as customer_key, 'contact' as role from role",
    "transfer_consent": "select no as source_key, human as person_key, land as country, since as valid_from,\n"
    "    until as valid_to, taken_back as withdrawn_at\nfrom consent",
}


@pytest.fixture
def policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The policy folder that is read: a copy."""
    folder = tmp_path / "policy"
    shutil.copytree(paths.POLICY, folder)
    monkeypatch.setattr(paths, "POLICY", folder)
    return folder


@pytest.fixture
def edit(policy: Path) -> Edit:
    """Replace a text that stands once in a policy file."""

    def change(file: str, old: str, new: str) -> None:
        text = (policy / file).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        (policy / file).write_text(text.replace(old, new), encoding="utf-8")

    return change


@pytest.fixture
def consenting(shop: Shop, tmp_path: Path) -> Shop:
    """A company with two people, Aino and Eino, and a service that is delivered from London; nobody consents yet."""
    for table, columns in _TABLES.items():
        shop.conn.execute(f"create table {table} ({columns})")
    for entity, text in _SELECTS.items():
        path = tmp_path / "include" / "sql" / "extract" / "shop" / f"{entity}.sql"
        path.write_text(text + "\n", encoding="utf-8")
    # Consents are of a group of data that the shop's own processor does not hold.
    entry = tmp_path / "include" / "policy" / "sources.yaml"
    entry.write_text(entry.read_text(encoding="utf-8").replace("palvelupiste", "praecom"), encoding="utf-8")
    shop.client("1")
    shop.deal("10", "1")
    shop.line("100", "10", cloud="aws", region="eu-west-2")
    for name in ("Aino", "Eino"):
        shop.conn.execute("insert into human values (%s, %s, %s)", (name, f"{name} Koski", f"{name}@koski.example"))
        shop.conn.execute("insert into role values (%s, %s, '1')", (f"r{name}", name))
    return shop
