"""Northwind is onboarded as README tells it: source new, fill in, check, try, a night."""

import shutil

from typer.testing import CliRunner

from rekisteri import paths
from rekisteri.cli import app
from rekisteri.model import ENTITIES, pulled_columns
from tests.foreign.conftest import HERE, Nights
from tests.foreign.systems import System


def _rekisteri(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(words))
    return done.exit_code, done.output


def test_northwind_is_onboarded_with_the_commands_alone(nights: Nights, northwind: System) -> None:
    shutil.rmtree(paths.SQL / "extract" / "northwind")
    policy = paths.POLICY / "sources.yaml"
    text = policy.read_text(encoding="utf-8")
    start, end = text.index("  northwind:"), text.index("  chinook:")
    policy.write_text(text[:start] + text[end:], encoding="utf-8")
    wanted = sorted(path.stem for path in (HERE / "northwind").glob("*.sql"))

    place = ("--processor", "handelshaus", "--location", "eu-central-1", "--provider", "aws")
    assert _rekisteri("source", "new", "northwind", *place, "--entities", ",".join(wanted))[0] == 0
    skeleton = sorted(paths.SQL.glob("extract/northwind/*.sql"))
    assert [path.stem for path in skeleton] == wanted
    required = sum(said.required for entity in wanted for said in pulled_columns(ENTITIES[entity]).values())
    status, told = _rekisteri("source", "try", "northwind")
    assert (status, told.count("is null; put what the source has")) == (1, required)
    for path in skeleton:
        shutil.copy(HERE / "northwind" / path.name, path)
    assert _rekisteri("check") == (0, "nothing is wrong\n")
    status, told = _rekisteri("source", "try", "northwind")
    assert (status, "Nothing was written." in told) == (0, True)
    assert nights.refused("northwind") == {}
    assert nights.pull("northwind")["customer"]["merged"] == 48
