"""A rehearsal is the play: it says what the command then does, and leaves the whole database as it was."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from sqlalchemy import Engine, inspect, text

from newsletter.cli import newsletter
from newsletter.database.engine import open_database, reading, writing
from subscribers.imports.rehearsal import take_copies
from subscribers.tables import metadata
from tests.journeys.conftest import Mailboxes, Organiser

PEOPLE = (
    "email,first_name,status,tags,town,paused_until,declined_topics,joined_at\n"
    "ada@example.org,Ada Lloyd,subscribed,helper,Cardiff,,,\n"
    "ben@example.org,Ben,unsubscribed,,,,,\n"
    "cleo@example.org,Cleo,subscribed,,,2099-01-01,events;courses,2020-02-02\n"
    "dot@example.org,Dot,cleaned,,,,,\n"
    "eve@example.org,Eve,pending,,,,events,\n"
    "eve@example.org,Eve,subscribed,late,,2098-01-01,,\n"
    "no address,,,,,,,\n"
)
STOPS = "email,reason\nada@example.org,complained\nzoe@example.org,hard bounce\n"
BOUNCE = """\
To: bounces@example.org
From: MAILER-DAEMON@mx.example.net
Subject: Undelivered Mail Returned to Sender
Message-ID: <1@mx.example.net>
Content-Type: multipart/report; report-type=delivery-status; boundary="cut"

--cut
Content-Type: message/delivery-status

Final-Recipient: rfc822; somebody@example.net
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown

--cut
Content-Type: message/rfc822

{original}
--cut--
"""
REHEARSED = {
    "send": ("next.md", "--yes"),
    "subscribers import": ("people.csv", "--consent", "yes"),
    "suppress import": ("stops.csv",),
    "bounces process": ("report.eml",),
}
"""Every command that can be rehearsed, with the words that follow it."""


def rehearsable(group: click.Command, *names: str) -> Iterator[str]:
    if isinstance(group, click.Group):
        context = click.Context(group)
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None
            yield from rehearsable(command, *names, name)
    elif any(parameter.name == "dry_run" for parameter in group.params):
        yield " ".join(names)


def without_number(account: str) -> dict[str, Any]:
    """Read an account in JSON, without the number that only an import itself gets, by which it can be undone."""
    return {name: value for name, value in json.loads(account).items() if name != "number"}


def whole(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Read every row of every table, also of those that the database keeps for itself to count with."""
    with reading(engine) as connection:
        names = inspect(connection).get_table_names()
        names += ["sqlite_sequence"] if connection.dialect.name == "sqlite" else []
        rows = {
            name: sorted(map(tuple, connection.execute(text(f'SELECT * FROM "{name}"'))), key=repr) for name in names
        }
        if connection.dialect.name == "postgresql":
            # Of the numbers that stand in links; PostgreSQL passes over others whenever something is undone.
            linked = "('subscribers_id_seq', 'requests_id_seq', 'issues_id_seq')"
            numbers = f"SELECT sequencename, last_value FROM pg_sequences WHERE sequencename IN {linked} ORDER BY 1"
            counters = connection.execute(text(numbers))
            rows["the counters"] = [tuple(each) for each in counters]
    return rows


@pytest.fixture
def us(organiser: Organiser, mailboxes: Mailboxes, engine: Engine, database_url: str) -> Organiser:
    """An organiser whose database is of either kind: Ada and Ben have had an issue, and one topic is declined."""
    organiser.settings |= {"DATABASE_URL": database_url, "SMTP_PORT": str(mailboxes.port)}
    organiser.settings["RETURN_PATH"] = "bounces@example.org"
    organiser.writes("list.csv", "email,declined_topics\nada@example.org,courses\nben@example.org,\n")
    organiser.writes("people.csv", PEOPLE)
    organiser.writes("stops.csv", STOPS)
    for name in ("post", "next"):
        organiser.writes(f"{name}.md", f"---\ntitle: Good {name}\n---\n\nThe council said yes.\n")
    for words in (("subscribers", "import", "list.csv", "--consent", "yes"), ("send", "post.md", "--yes")):
        assert organiser.types(*words).code == 0
    organiser.writes("report.eml", BOUNCE.format(original=mailboxes.mails[0].as_string()))
    return organiser


def test_every_command_that_can_be_rehearsed_is_tried_here() -> None:
    assert set(rehearsable(newsletter)) == set(REHEARSED)


def test_a_rehearsal_says_what_the_command_does_and_leaves_every_table_as_it_was(us: Organiser, engine: Engine) -> None:
    for command, words in REHEARSED.items():
        before = whole(engine)
        rehearsed = us.types(*command.split(), *words, "--dry-run", "--json")
        assert rehearsed.code == 0, rehearsed.err
        assert whole(engine) == before, command
        done = us.types(*command.split(), *words, "--json")
        assert done.code == 0, done.err
        assert whole(engine) != before, command
        if command != "send":  # whose account says more than a rehearsal can know
            assert without_number(rehearsed.out) == without_number(done.out), command


def test_a_rehearsal_of_a_sending_to_nobody_is_refused_as_the_sending_is(us: Organiser) -> None:
    rehearsed, done = (
        us.types("send", "post.md", "--again", "--yes", "--segment", "tag:x", *more) for more in (["--dry-run"], [])
    )
    assert (rehearsed.code, rehearsed.errors) == (done.code, done.errors)
    assert done.code == 5


def test_a_second_rehearsal_on_a_list_that_has_everybody_says_so_too(us: Organiser, engine: Engine) -> None:
    words = ("subscribers", "import", "people.csv", "--consent", "yes", "--json")
    assert us.types(*words).code == 0
    before = whole(engine)
    rehearsed = us.types(*words, "--dry-run")
    assert whole(engine) == before
    assert without_number(rehearsed.out) == without_number(us.types(*words).out)
    after = whole(engine)
    assert len(after["imports"]) == len(before["imports"]) + 1
    # What this list says, too, stays said if the first is undone; else nothing is new.
    assert len(after["deeds"]) == len(before["deeds"]) + 1
    for name in {*before} - {"imports", "deeds", "consents", "import_changes", "sqlite_sequence"}:
        assert after[name] == before[name], name


def test_a_rehearsal_has_a_copy_of_every_table_of_the_list(us: Organiser, engine: Engine) -> None:
    """So a table or an index that is added later is in it."""
    with writing(engine) as connection:
        schema = "main" if connection.dialect.name == "sqlite" else "public"
        counts = {
            table: connection.execute(text(f"SELECT count(*) FROM {schema}.{table}")).scalar()
            for table in metadata.tables
        }
        take_copies(connection)
        copies = "temp" if connection.dialect.name == "sqlite" else "pg_temp"
        for name, table in metadata.tables.items():
            connection.execute(text(f"DELETE FROM {schema}.{name}" if name != "subscribers" else "SELECT 1"))
            assert connection.execute(text(f"SELECT count(*) FROM {name}")).scalar() == counts[name]
            assert connection.execute(text(f"SELECT count(*) FROM {copies}.{name}")).scalar() == counts[name]
            if connection.dialect.name == "sqlite":
                there = {row.name for row in connection.execute(text(f"PRAGMA temp.index_list('{name}')"))}
                assert {str(index.name) for index in table.indexes} <= there
        connection.rollback()


def test_a_rehearsal_that_fails_leaves_nothing_and_what_comes_after_writes_to_the_list(
    us: Organiser, engine: Engine, tmp_path: Path
) -> None:
    """On one connection, which keeps plans of statements it has seen often."""
    with engine.connect() as connection:
        for _ in range(8):
            connection.execute(text("SELECT count(*) FROM subscribers")).scalar()
        connection.rollback()
        with connection.begin() as transaction:
            take_copies(connection)
            connection.execute(text("DELETE FROM subscribers"))
            assert connection.execute(text("SELECT count(*) FROM subscribers")).scalar() == 0
            transaction.rollback()
        assert connection.execute(text("SELECT count(*) FROM subscribers")).scalar() == 2
    again = open_database(engine.url.render_as_string(hide_password=False))
    assert len(whole(again)["subscribers"]) == 2
    again.dispose()
