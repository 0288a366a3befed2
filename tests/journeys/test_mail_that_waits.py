"""Somebody subscribes, and `newsletter serve` dies before their mail has gone: it goes all the same, and once."""

import smtplib
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_bytes, policy
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Engine, func, select, update

from newsletter.database.engine import open_database, reading, writing
from newsletter.runtime.failpoint import VARIABLE
from subscribers.tables import requests
from tests.public_pages import http_client

if TYPE_CHECKING:
    from tests.journeys.conftest import Mailboxes, Organiser
else:
    Mailboxes = Organiser = Any

EVE = "eve@example.org"


@pytest.fixture
def us(organiser: Organiser, mailboxes: Mailboxes, database_url: str) -> Organiser:
    """An organiser with a list in `database_url`, and a relay."""
    organiser.settings |= {"SMTP_PORT": str(mailboxes.port), "DATABASE_URL": database_url}
    return organiser


@contextmanager
def serving(us: Organiser, **changed: str) -> Iterator[tuple[Any, str]]:
    with us.starts("serve", "--port", "0", **changed) as process:
        assert process.stderr is not None
        yield process, process.stderr.readline().split("Serving at ")[1].split(";")[0]


def subscribe(url: str, *names: str) -> None:
    with http_client(timeout=30) as client:
        for name in names:
            assert client.post(f"{url}/subscribe", data={"email": f"{name}@example.org"}).status_code == 200


def half_an_hour_later(engine: Engine) -> None:
    """Let what waits for its next try be due now."""
    with writing(engine) as connection:
        waits = update(requests).where(requests.c.mail_at.is_not(None))
        connection.execute(waits.values(mail_at=datetime.now(UTC)))


def until(engine: Engine, what: Any) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with reading(engine) as connection:
            if not connection.scalar(select(func.count()).select_from(requests).where(what)):
                return
        time.sleep(0.05)
    raise AssertionError("it is still owed")


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    engine = open_database(url)
    yield engine
    engine.dispose()


def killed(us: Organiser, failpoint: str) -> None:
    """Have `serve` take Eve's request, and die at the failpoint as kill -9 would have it."""
    with serving(us, **{VARIABLE.removeprefix("NEWSLETTER_"): failpoint}) as (process, url):
        subscribe(url, "eve")
        assert process.wait(30) == -9


def settled(mailboxes: Mailboxes) -> None:
    """Wait until the relay has counted what had reached it: it takes its lines in turn, and this one is the last."""
    for _ in range(2):
        with smtplib.SMTP("127.0.0.1", mailboxes.port, timeout=30) as line:
            line.noop()


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("failpoint", "mails"),
    [("question claimed", 1), ("question before its dot", 1), ("question dotted", 0), ("dot", 0)],
)
def test_a_mail_that_cannot_have_left_goes_after_a_restart_and_one_that_may_have_does_not(
    us: Organiser, mailboxes: Mailboxes, database_url: str, failpoint: str, mails: int
) -> None:
    killed(us, failpoint)
    settled(mailboxes)
    before = mailboxes.recipients[EVE]
    with opened(database_url) as engine:
        half_an_hour_later(engine)
        with serving(us) as (_, url):
            subscribe(url, "ben")
            until(engine, requests.c.mail_at.is_not(None))
            # A mail is written down as gone before its dot leaves; until the relay has counted it, the pages must live.
            deadline = time.monotonic() + 30
            wanted = {"ben@example.org": 1, EVE: before + mails}
            while any(mailboxes.recipients[who] < number for who, number in wanted.items()):
                assert time.monotonic() < deadline, mailboxes.recipients
                time.sleep(0.05)
    settled(mailboxes)
    assert mailboxes.recipients["ben@example.org"] == 1
    assert mailboxes.recipients[EVE] - before == mails
    assert mailboxes.recipients[EVE] <= 1


def test_a_mail_that_was_owed_while_nothing_ran_leads_to_a_subscription(
    us: Organiser, mailboxes: Mailboxes, database_url: str
) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        serving(us, SMTP_PORT=str(silent.getsockname()[1])) as (process, url),
    ):
        subscribe(url, "eve")
        silent.accept()[0].close()
        process.kill()
    with opened(database_url) as engine:
        half_an_hour_later(engine)
        with serving(us) as (_, url):
            until(engine, requests.c.mail_at.is_not(None))
            deadline = time.monotonic() + 30
            while not mailboxes.mails and time.monotonic() < deadline:
                time.sleep(0.05)
            text = message_from_bytes(mailboxes.mails[0].as_bytes(), policy=policy.default).get_body(("plain",))
            assert text is not None
            link = next(word for word in str(text.get_content()).split() if "/confirm/" in word).strip("<>")
            with http_client(timeout=30) as client:
                answer = client.post(url + link.removeprefix(us.settings["BASE_URL"]))
            assert "You are subscribed" in answer.text


def test_nobody_stays_unanswered_or_is_written_to_twice_however_often_it_is_killed(
    us: Organiser, mailboxes: Mailboxes, database_url: str
) -> None:
    chance = Random(4)
    names = [f"p{number}" for number in range(16)]
    with opened(database_url) as engine:
        for four in range(0, 16, 4):
            with serving(us) as (process, url):
                subscribe(url, *names[four : four + 4])
                time.sleep(chance.uniform(0, 0.15))
                process.kill()
            half_an_hour_later(engine)
        with serving(us):
            until(engine, requests.c.mail_at.is_not(None))
            until(engine, requests.c.mailed_at.is_(None))
            time.sleep(0.5)
    assert set(mailboxes.recipients.values()) == {1}
