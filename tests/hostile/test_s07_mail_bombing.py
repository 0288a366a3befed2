"""S7: a stranger cannot use the form to fill a mailbox, or to put words of their own into our mail."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select

from newsletter.database.engine import reading, writing
from subscribers import pending_mail as owed
from subscribers import requests
from subscribers.pending_mail import claim, leaves
from subscribers.public import network_of
from subscribers.requests import Request, RequestKind
from subscribers.tables import requests as table
from tests.public_pages import Mailbox


def request(address: str, network: str = "192.0.2.0/24", asked: RequestKind = RequestKind.SUBSCRIBE) -> Request:
    return Request(asked, address, "en", network, network)


@pytest.mark.parametrize("posts", [500, pytest.param(10_000, marks=pytest.mark.nightly)])
def test_any_number_of_posts_for_one_victim_makes_one_mail_at_most(engine: Engine, noon: datetime, posts: int) -> None:
    with writing(engine) as connection:
        numbers = [
            requests.ask(connection, request("victim@example.org", f"network {n}", list(RequestKind)[n % 2]), noon)
            for n in range(posts)
        ]
    assert len([number for number in numbers if number is not None]) == 1
    with writing(engine) as connection:
        assert requests.ask(connection, request("victim@example.org"), noon + timedelta(days=1)) is not None


@pytest.mark.parametrize("spelling", ["victim@example.org", "VICTIM@EXAMPLE.ORG", " Victim@Example.Org "])
def test_many_at_once_make_one_mail(engine: Engine, mailbox: Mailbox, spelling: str) -> None:
    with ThreadPoolExecutor(16) as pool:
        posts = [pool.submit(mailbox.post, "/subscribe", email=each) for each in ["victim@example.org", spelling] * 20]
        assert {post.result().status_code for post in posts} == {200}
    assert len(mailbox.mails(1)) == 1
    with reading(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(table)) == 1


def mailed(engine: Engine, at: datetime) -> list[str]:
    """Send all mails that are due at `at`, and return their addresses."""
    with writing(engine) as connection:
        taken = claim(connection, at, owed.MOST * 2)
        assert all(leaves(connection, each, at) for each in taken)
    return [each.address for each in taken]


@pytest.mark.usefixtures("small_caps")
def test_one_network_is_sent_no_more_than_a_hall_asks_for_and_the_others_are(engine: Engine, noon: datetime) -> None:
    """A request above the cap gets its mail later: no promised mail is dropped."""
    with writing(engine) as connection:
        for n in range(owed.MOST_OF_A_NETWORK + 5):
            assert requests.ask(connection, request(f"p{n}@example.org"), noon)
        assert requests.ask(connection, request("other@example.org", "198.51.100.0/24"), noon)
    at_once = mailed(engine, noon)
    assert len(at_once) == owed.MOST_OF_A_NETWORK + 1
    assert "other@example.org" in at_once
    assert len(mailed(engine, noon + timedelta(hours=1, seconds=1))) == 5


@pytest.mark.usefixtures("small_caps")
def test_all_networks_together_are_sent_no_more_than_our_relay_bears(engine: Engine, noon: datetime) -> None:
    with writing(engine) as connection:
        for n in range(owed.MOST + 5):
            assert requests.ask(connection, request(f"p{n}@example.org", f"net {n}"), noon)
    assert len(mailed(engine, noon)) == owed.MOST
    assert mailed(engine, noon + timedelta(minutes=59)) == []
    assert len(mailed(engine, noon + timedelta(hours=1, seconds=1))) == 5


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("", ""),
        ("unix:", ""),
    ],
)
def test_neighbours_are_one_network(address: str, network: str) -> None:
    assert network_of(address) == network


def test_who_fills_the_trap_asks_for_nothing(engine: Engine, mailbox: Mailbox) -> None:
    mailbox.post("/subscribe", email="victim@example.org", website="https://evil.example")
    with reading(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(table)) == 0
    mailbox.mails(0)


@pytest.mark.parametrize(
    "words", ["Win at evil.example", "x\r\nBcc: evil@example.org", "=?utf-8?q?=0D=0AX:=20y?=", "<b>"]
)
def test_the_mail_says_nothing_a_stranger_typed(mailbox: Mailbox, words: str) -> None:
    names = ("first_name", "last_name", "language", "wording", "organisation", "subject")
    mailbox.post("/subscribe?lang=en", email="victim@example.org", **dict.fromkeys(names, words))
    mailbox.post("/subscribe?lang=en", email="other@example.org")
    one, other = mailbox.mails(2)
    if one["To"] != "victim@example.org":
        one, other = other, one
    assert "evil" not in one.as_string()
    assert one.keys() == other.keys()
    assert one["Subject"] == other["Subject"]
    assert one["Auto-Submitted"] == "auto-generated"
    body, same = one.get_body(("plain",)), other.get_body(("plain",))
    assert body is not None
    assert same is not None

    def without_links(text: str) -> list[str]:
        return [line for line in text.splitlines() if "/confirm/" not in line]

    assert without_links(body.get_content()) == without_links(same.get_content())
