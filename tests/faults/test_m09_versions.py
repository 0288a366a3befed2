"""M9: two versions of the program on one database: the older one works, or leaves an issue to others and says so."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, inspect, text

from newsletter.database.engine import MIGRATIONS, REVISION, open_database, require_current, upgrade, writing
from newsletter.errors import DatabaseError
from newsletter.issue import MESSAGE_FORMAT
from tests.faults.conftest import Organiser

Make = Callable[..., Organiser]
NEXT = "0999"


def add_to(engine: Engine, readable_from: str) -> None:
    """Do what a later version's migration does."""
    with writing(engine) as connection:
        connection.execute(text("ALTER TABLE deliveries ADD COLUMN later integer NOT NULL DEFAULT 7"))
        connection.execute(text("ALTER TABLE issues ADD COLUMN later text"))
        connection.execute(text("CREATE TABLE later (id integer PRIMARY KEY)"))
        connection.execute(text("DELETE FROM lineage"))
        connection.execute(
            text("INSERT INTO lineage (id, readable_from) VALUES (1, :oldest)"), {"oldest": readable_from}
        )
        connection.execute(text("UPDATE alembic_version SET version_num = :next"), {"next": NEXT})


def test_an_older_program_sends_from_a_database_to_which_a_newer_one_has_added(organiser: Make) -> None:
    """Red if only the revision of the program itself will do."""
    us = organiser()
    us.add_people(10)
    with us.database() as engine:
        add_to(engine, REVISION)
    us.run("send", us.write_post(), "--yes")
    assert set(us.states().values()) == {"accepted"}
    us.run("status")
    us.run("db", "upgrade")


def test_an_older_program_stops_where_a_newer_one_has_changed_what_it_reads(organiser: Make) -> None:
    us = organiser()
    us.add_people(1)
    with us.database() as engine:
        add_to(engine, NEXT)
    for words in (("send", us.write_post(), "--yes"), ("status",), ("db", "upgrade")):
        assert "install the newer version" in us.run_for_words(*words, code=4)
    assert us.relay.number_taken == 0


def test_an_issue_of_an_unknown_format_is_left_alone_and_the_others_are_sent(organiser: Make) -> None:
    us = organiser()
    us.add_people(10)
    for name in ("one", "two"):
        us.run("send", us.write_post(name, f"The words of {name}."), "--yes", "--limit", "4", code=75)
    with us.database() as engine, writing(engine) as connection:
        changed = text("UPDATE issues SET message_format = :next WHERE id = 1")
        connection.execute(changed, {"next": MESSAGE_FORMAT + 1})
    assert "Issue 1 was made by another version" in us.run_for_words("resume", "1", code=75)
    assert "Issue 1 was made by another version" in us.run_for_words("due", code=75)
    left = [(each.issue_id, each.state) for each in us.deliveries()]
    assert left.count((1, "queued")) == 6
    assert left.count((2, "accepted")) == 10


def shape(engine: Engine) -> dict[str, dict[str, tuple[str, bool]]]:
    """Give for each table its columns: their types, and whether an INSERT must name them."""
    look = inspect(engine)
    return {
        table: {
            column["name"]: (str(column["type"]), not (column["nullable"] or column["default"]))
            for column in look.get_columns(table)
        }
        for table in look.get_table_names()
    }


def test_migrations_only_add_what_an_older_program_need_not_know(database_url: str) -> None:
    """From 0013 on. One that does more must say so in `lineage.readable_from`, and be named here."""
    from alembic import command
    from alembic.config import Config

    engine = open_database(database_url)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0012")
    before = shape(engine)
    upgrade(engine)
    require_current(engine)
    after = shape(engine)
    for table, columns in before.items():
        for name, (kind, _) in columns.items():
            assert after[table][name][0] == kind, f"{table}.{name}"
        added = {name: needed for name, (_, needed) in after[table].items() if name not in columns}
        assert not any(added.values()), f"an older program's INSERT into {table} would fail: {added}"
    engine.dispose()


def test_an_older_database_is_refused_until_it_is_upgraded(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0012'"))
    with pytest.raises(DatabaseError, match="of an older version; run `newsletter db upgrade`"):
        require_current(engine)
