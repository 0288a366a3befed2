"""S8: a mail scanner confirms nothing; a confirmation link works once, and for seven days."""

from datetime import datetime, timedelta

import httpx
import pytest
from playwright.sync_api import Browser
from sqlalchemy import Engine, select

from newsletter.database.engine import writing
from subscribers import requests
from subscribers.consent import restore, withdraw
from subscribers.erasure import Memory
from subscribers.requests import ConfirmationOutcome, Request, RequestKind
from subscribers.tables import subscribers
from tests.conftest import Cast
from tests.public_pages import SETTINGS, Mailbox

MEMORY = Memory(SETTINGS.secret_keys)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # what is tried are the pages
def test_a_scanner_that_follows_the_link_and_runs_scripts_confirms_nothing(mailbox: Mailbox, browser: Browser) -> None:
    mailbox.post("/subscribe", email="eve@example.org")
    link = mailbox.link()
    before = mailbox.pages.everything()
    for method in ("GET", "HEAD", "OPTIONS", "PROPFIND"):
        mailbox.pages.client.request(method, link)
    tab = browser.new_page()
    tab.goto(link)
    tab.wait_for_load_state("networkidle")
    tab.close()
    assert mailbox.pages.everything() == before
    mailbox.pages.client.post(link)
    assert mailbox.pages.everything() != before


def test_a_link_does_its_work_once(mailbox: Mailbox) -> None:
    mailbox.post("/subscribe", email="eve@example.org")
    link = mailbox.link()
    assert "You are subscribed" in mailbox.pages.client.post(link).text
    done = mailbox.pages.everything()
    for answer in (mailbox.pages.client.post(link), mailbox.pages.client.get(link)):
        assert "You are subscribed" in answer.text
    assert mailbox.pages.everything() == done


def test_who_unsubscribed_since_is_not_brought_back_by_an_old_link(engine: Engine, mailbox: Mailbox) -> None:
    mailbox.post("/subscribe", email="eve@example.org")
    mailbox.pages.client.post(mailbox.link())
    with writing(engine) as connection:
        eve = connection.scalar(select(subscribers.c.id))
        assert eve is not None
    mailbox.pages.client.post(mailbox.pages.link(eve))
    mailbox.pages.client.post(mailbox.link())
    assert mailbox.pages.consent(eve) == "withdrawn"


def test_a_no_that_is_later_than_the_request_outlives_its_unused_link(
    engine: Engine, mailbox: Mailbox, cast: Cast, noon: datetime
) -> None:
    """A subscriber asked by form, came back by another way, and then left: the link of the earlier request is void."""
    with writing(engine) as connection:
        withdraw(connection, cast.ada, noon - timedelta(hours=1), "one-click")
        number = requests.ask(connection, Request(RequestKind.SUBSCRIBE, "ada@example.org", "en", "n", "n"), noon)
        assert number is not None
        # Their no of before does not count: it is what they want to take back.
        assert requests.read(connection, number, noon) is not None
        restore(connection, cast.ada, noon + timedelta(minutes=1), "undo")
        withdraw(connection, cast.ada, noon + timedelta(minutes=2), "one-click")
        for at in (noon + timedelta(minutes=3), noon + timedelta(days=6)):
            assert requests.read(connection, number, at) is None
            assert requests.confirm(connection, number, MEMORY, at, "") is ConfirmationOutcome.OVER
    assert mailbox.pages.consent(cast.ada) == "withdrawn"
    with writing(engine) as connection:
        again = requests.ask(
            connection,
            Request(RequestKind.SUBSCRIBE, "ada@example.org", "en", "n", "n"),
            noon + timedelta(days=1, minutes=3),
        )
        assert again is not None
        assert (
            requests.confirm(connection, again, MEMORY, noon + timedelta(days=1, minutes=4), "")
            is ConfirmationOutcome.DONE
        )
    assert mailbox.pages.consent(cast.ada) == "confirmed"


@pytest.mark.parametrize(("days", "outcome"), [(6.9, ConfirmationOutcome.DONE), (7.1, ConfirmationOutcome.OVER)])
def test_a_link_works_for_seven_days(engine: Engine, noon: datetime, days: float, outcome: ConfirmationOutcome) -> None:
    with writing(engine) as connection:
        number = requests.ask(connection, Request(RequestKind.SUBSCRIBE, "eve@example.org", "en", "n", "n"), noon)
        assert number is not None
        later = noon + timedelta(days=days)
        assert (requests.read(connection, number, later) is None) is (outcome is ConfirmationOutcome.OVER)
        assert requests.confirm(connection, number, MEMORY, later, "") is outcome


@pytest.mark.parametrize("change", ["flip", "cut", "other key", "other purpose", "other number"])
def test_no_token_but_ours_confirms(mailbox: Mailbox, change: str) -> None:
    mailbox.post("/subscribe", email="eve@example.org")
    link = mailbox.link()
    signer = mailbox.pages.signer
    token = link.rpartition("/")[2]
    forged = {
        "flip": token[:-2] + ("A" if token[-2] != "A" else "B") + token[-1],
        "cut": token[:-1],
        "other key": type(signer)(["a key that is not ours, but is long"], SETTINGS.list_name).request(1),
        "other purpose": signer.web(1),
        "other number": f"2{token[1:]}",
    }[change]
    answer: httpx.Response = mailbox.pages.client.post(link.replace(token, forged))
    assert answer.status_code == 404
    assert mailbox.pages.everything() == []
