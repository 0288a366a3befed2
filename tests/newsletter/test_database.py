"""The database: both kinds, the migrations, and what goes wrong with them."""

import stat
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from newsletter.database.engine import MIGRATIONS, REVISION, open_database, reading, require_current, upgrade, writing
from newsletter.database.tables import metadata as send_log
from newsletter.errors import DatabaseError
from newsletter.settings import Durability
from subscribers.tables import metadata as people


def test_the_migrations_lead_to_the_tables_the_code_expects(engine: Engine) -> None:
    with reading(engine) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, [people, send_log]) == []  # type: ignore[arg-type]


def test_the_revision_the_code_asks_for_is_the_newest_migration() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_heads() == [REVISION]


def test_upgrading_twice_changes_nothing(engine: Engine) -> None:
    upgrade(engine)
    require_current(engine)


def test_a_database_that_was_never_made_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="newsletter init"):
        require_current(open_database(f"sqlite:///{tmp_path}/none.db"))
    assert not (tmp_path / "none.db").exists()


def test_an_older_database_says_how_to_upgrade_it(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path}/old.db")
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
    with pytest.raises(DatabaseError, match="db upgrade"):
        require_current(engine)
    engine.dispose()


def test_a_file_that_is_no_database_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "junk.db").write_bytes(b"this is no database at all" * 100)
    engine = open_database(f"sqlite:///{tmp_path}/junk.db")
    with pytest.raises(DatabaseError, match="not a database"):
        upgrade(engine)
    engine.dispose()


@pytest.mark.parametrize("url", ["nonsense", "mysql://localhost/x", "oracle+nothing://x", "sqlite"])
def test_an_address_that_names_no_database_of_ours_is_refused(url: str) -> None:
    with pytest.raises(DatabaseError):
        open_database(url)


@pytest.mark.parametrize(("durability", "synchronous"), [(Durability.POWER, 2), (Durability.PROCESS, 1)])
def test_the_log_reaches_the_disk_at_every_commit_unless_told_otherwise(
    tmp_path: Path, durability: Durability, synchronous: int
) -> None:
    engine = open_database(f"sqlite:///{tmp_path}/x.db", durability)
    with reading(engine) as connection:
        assert connection.execute(text("PRAGMA synchronous")).scalar() == synchronous
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
    engine.dispose()


def test_nobody_else_on_the_machine_can_read_the_database(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path}/x.db")
    upgrade(engine)
    for file in tmp_path.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    engine.dispose()


def test_a_block_that_raises_leaves_nothing_behind(engine: Engine) -> None:
    def add_one_and_fail() -> None:
        with writing(engine) as connection:
            connection.execute(
                text(
                    "INSERT INTO suppressions (address, reason, detail, at) "
                    "VALUES ('eve@example.org', 'asked', '', '2026-01-01 00:00:00')"
                )
            )
            raise RuntimeError

    with pytest.raises(RuntimeError):
        add_one_and_fail()
    with reading(engine) as connection:
        assert connection.execute(text("SELECT count(*) FROM suppressions")).scalar() == 0
