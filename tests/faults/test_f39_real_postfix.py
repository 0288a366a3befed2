"""F39 with a real Postfix: its bounces are read correctly, and its log settles uncertain deliveries (C4)."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update

from newsletter.database.engine import open_database, writing
from newsletter.database.tables import State, deliveries
from tests import postfix
from tests.faults.conftest import Organiser
from tests.postfix import Postfix

Make = Callable[..., Organiser]
# What is tried is Postfix; both databases have their say in test_f39_bounces.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PEOPLE = ("ada@good.test", "nobody@bounce.test", "eve@full.test")


@pytest.fixture
def server() -> Iterator[Postfix]:
    with postfix.running() as running:
        yield running


@pytest.fixture
def sent(organiser: Make, server: Postfix) -> Organiser:
    """Send an issue to three people through Postfix; two of the mails bounce."""
    made = organiser()
    us = replace(made, relay=replace(made.relay, port=server.port))
    us.settings["RETURN_PATH"] = "bounces@good.test"
    us.add_people(0, *PEOPLE)
    us.run("send", us.write_post(), "--yes", "--wait")
    for _ in range(600):
        if len(server.raw_mails()) == 3:
            break
        time.sleep(0.1)
    return us


def processed(us: Organiser, mailbox: Path) -> set[tuple[str, str, bool]]:
    lines = us.run("bounces", "process", "--maildir", str(mailbox), "--json").splitlines()
    told = [json.loads(line) for line in lines]
    return {(each["address"], each["reason"], each["suppressed"]) for each in told}


def test_f39_what_postfix_sends_back_is_attributed_and_read_as_what_it_is(sent: Organiser, server: Postfix) -> None:
    mailbox = server.folder / "mail" / "all"
    assert processed(sent, mailbox) == {
        ("nobody@bounce.test", "NO_SUCH_MAILBOX", True),
        ("eve@full.test", "FULL", False),
        ("", "", False),  # the mail that reached Ada: none of ours to put away
    }
    assert len(server.raw_mails()) == 1
    assert len(list((mailbox / ".Processed" / "cur").iterdir())) == 2
    assert processed(sent, mailbox) == {("", "", False)}


def test_c4_the_relays_log_settles_whom_it_had_taken_and_nobody_else(sent: Organiser, server: Postfix) -> None:
    engine = open_database(sent.database_url)
    with writing(engine) as connection:
        connection.execute(update(deliveries).values(state=State.UNCERTAIN, reply="the line dropped"))
        # Whom the log has never heard of, because a Message-ID comes from the number of a person.
        connection.execute(update(deliveries).where(deliveries.c.address == PEOPLE[2]).values(subscriber_id=99))
    engine.dispose()
    log = server.folder / "log" / "maillog"
    told = json.loads(sent.run("settle", "--postfix-log", str(log), "--json", code=3))
    assert (told["settled"], told["sent"], told["bounced"], told["unknown"]) == (2, 1, 1, 1)
    assert {entry["address"]: entry["state"] for entry in sent.log()} == {
        PEOPLE[0]: "accepted",
        PEOPLE[1]: "accepted",
        PEOPLE[2]: "uncertain",
    }
