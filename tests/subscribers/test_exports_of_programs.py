"""The exports of every program we know, a tiny file each: who is a supporter afterwards, and who never is."""

import shutil
import tomllib
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from newsletter.database.engine import open_database, reading, writing
from subscribers.imports import ConsentEvidence, Options, import_subscribers
from subscribers.imports.programs import programs
from subscribers.tables import subscribers, suppressions
from tests.conftest import NOON

EXPORTS = Path(__file__).parent / "exports"
EXPECTED: dict[str, dict[str, Any]] = tomllib.loads((EXPORTS / "expected.toml").read_text(encoding="utf-8"))


def statuses(engine: Engine) -> dict[str, str]:
    """Say how everybody stands: their consent, or why their address is suppressed."""
    with reading(engine) as connection:
        people = connection.execute(select(subscribers.c.address, subscribers.c.consent)).all()
        stops = connection.execute(select(suppressions.c.address, suppressions.c.reason)).all()
    return {address.partition("@")[0]: state for address, state in [*people, *stops]}


def tags_of(engine: Engine, address: str) -> list[str]:
    with reading(engine) as connection:
        return connection.scalar(select(subscribers.c.tags).where(subscribers.c.address == address)) or []


def test_everybody_stands_as_they_did_where_the_list_comes_from(sqlite_template: Path, tmp_path: Path) -> None:
    wrong: dict[str, Any] = {}
    for number, (name, expected) in enumerate(EXPECTED.items()):
        engine = open_database(f"sqlite:///{shutil.copy(sqlite_template, tmp_path / f'{number}.db')}")
        with (EXPORTS / name).open("rb") as file:
            evidence = ConsentEvidence("Yes, news please", f"import {name}", NOON)
            report = import_subscribers(partial(writing, engine), file, evidence, options=Options())
        found: dict[str, Any] = {"program": report.program, **statuses(engine)}
        if "tags" in expected:
            found["tags"] = tags_of(engine, "reads@example.org")
        if found != expected or report.rejected:
            wrong[name] = found, report.errors
        engine.dispose()
    assert wrong == {}


def test_every_program_has_a_file_and_every_file_its_people() -> None:
    tried = {expected["program"] for expected in EXPECTED.values()}
    refused = {program.name for program in programs() if program.refused}
    assert {program.name for program in programs()} - refused - tried == {"Microsoft Forms"}
    assert {file.name for file in EXPORTS.iterdir()} == {*EXPECTED, "expected.toml"}
