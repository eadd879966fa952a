"""Loading: the extracts read exactly what the manifest says; again changes nothing; readers only read."""

import json
import stat
from datetime import date
from pathlib import Path

import psycopg
import pytest

from rekisteri import demo, extracts, sources
from rekisteri.connections import connect
from rekisteri.demo.load import folder
from rekisteri.model import ENTITIES

AS_OF = date(2026, 11, 1)


@pytest.fixture(scope="module")
def manifest(home: Path) -> demo.Manifest:
    """A small demo, loaded."""
    return demo.load(30, 11, AS_OF)


def test_declarations_are_sound() -> None:
    assert extracts.check() == []


def test_extracts_read_what_the_manifest_lists(manifest: demo.Manifest) -> None:
    covered = set()
    for source in sources.read():
        with connect(source) as connection:
            read = {
                entity: connection.execute(
                    f"select count(source_key) from ({sources.select(source, entity)}) as x"
                ).fetchone()[0]
                for entity in sources.entities(source)
            }
        assert read == manifest.rows[source]
        covered |= set(read)
    assert covered == set(ENTITIES)


def test_manifest_keys_exist(manifest: demo.Manifest) -> None:
    named = [(f.source, f.entity, f.source_key, f.copies) for f in manifest.faults]
    named += [(h.source, h.entity, h.source_key, 1) for h in manifest.holds]
    for kinds in (*manifest.stages.values(), *manifest.due.values()):
        named += [(source, "customer", key, 1) for source, keys in kinds.items() for key in keys]
    named += [(source, "person", key, 1) for source, keys in manifest.kept_persons.items() for key in keys]
    named += [("service_desk", "recording", key, 1) for keys in manifest.recordings.values() for key in keys]
    for source in sources.read():
        with connect(source) as connection:
            for entity in sources.entities(source):
                query = f"select source_key, count(*) from ({sources.select(source, entity)}) as x group by 1"
                there = dict(connection.execute(query).fetchall())
                for _, _, key, copies in (n for n in named if n[:2] == (source, entity)):
                    assert there.get(key) == copies, (source, entity, key)


def test_each_recording_has_its_media_file(manifest: demo.Manifest) -> None:
    store = sources.named("service_desk").media_folder
    assert store is not None
    with connect("service_desk") as connection:
        query = f"select media from ({sources.select('service_desk', 'recording')}) as x where media is not null"
        media = [row[0] for row in connection.execute(query)]
    assert media
    assert len(media) == len(set(media))
    assert all((store / path).stat().st_size > 40 for path in media)


def test_again_does_nothing_and_another_seed_loads_anew(manifest: demo.Manifest) -> None:
    file = folder() / "manifest.json"
    before = file.stat().st_mtime_ns
    assert demo.load(30, 11, AS_OF) == manifest
    assert file.stat().st_mtime_ns == before
    assert demo.load(30, 12, AS_OF).seed == 12
    assert demo.load(30, 11, AS_OF) == manifest


def test_a_lost_manifest_is_made_again(manifest: demo.Manifest) -> None:
    (folder() / "manifest.json").unlink()
    assert demo.load(30, 11, AS_OF) == manifest


def test_what_was_planted_is_for_its_owner_only(manifest: demo.Manifest) -> None:
    for name in ("planted.json", "manifest.json"):
        assert stat.S_IMODE((folder() / name).stat().st_mode) == 0o600
    planted = json.loads((folder() / "planted.json").read_text(encoding="utf-8"))
    assert all(planted[kind] for kind in ("names", "companies", "emails", "phones", "hetus", "logins", "faulty"))
    listed = (folder() / "manifest.json").read_text(encoding="utf-8")
    assert not [name for name in planted["names"] if name in listed]


@pytest.mark.parametrize("source", ["billing", "crm", "service_desk"])
def test_a_reader_cannot_write(manifest: demo.Manifest, source: str) -> None:
    table = {"billing": "laskutus.lasku", "crm": "crm.people", "service_desk": "desk.tickets"}[source]
    with (
        connect(source) as connection,
        pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction)),
    ):
        connection.execute(f"delete from {table}")
