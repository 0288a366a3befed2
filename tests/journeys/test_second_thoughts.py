"""A supporter's second thoughts, in a real browser without JavaScript, with mails that a real SMTP server took.

A slip in the form and its correction; a change of address that was not theirs, and the way back; a break with its end.
"""

import json
import time
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser

from tests.journeys.test_supporter import a_phone, link, press, send, served

if TYPE_CHECKING:
    from tests.journeys.conftest import Mailboxes, Organiser
else:
    Mailboxes = Organiser = Any

ADA, THIEF = "ada@example.org", "thief@example.net"


def newest(mailboxes: Mailboxes, number: int, to: str) -> EmailMessage:
    """Wait until there are so many mails; give the newest, which is to `to`."""
    deadline = time.monotonic() + 30
    while len(mailboxes.mails) < number and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(mailboxes.mails) == number
    mail: EmailMessage = mailboxes.mails[-1]
    assert mail["To"].addresses[0].addr_spec == to
    return mail


@pytest.mark.thorough
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_slip_a_theft_and_a_break(
    organiser: Organiser, mailboxes: Mailboxes, database_url: str, browser: Browser
) -> None:
    organiser.settings |= {"SMTP_PORT": str(mailboxes.port), "DATABASE_URL": database_url}
    assert organiser.types("init", "--no-input").code == 0
    organiser.writes("people.csv", f"email\n{ADA}\n")
    assert organiser.types("subscribers", "import", "people.csv", "--consent", "Yes.").code == 0
    with served(organiser) as base, a_phone(browser) as tab:
        tab.goto(base)
        tab.goto(f"{base}/subscribe")
        tab.fill("#email", "eve at example.org")
        assert press(tab, "Subscribe") == "Get our updates"
        assert tab.title().startswith("Error: Get our updates")
        assert tab.input_value("#email") == "eve at example.org"
        described = tab.locator("#email").get_attribute("aria-describedby")
        assert "in the correct format" in tab.locator(f"#{described}").inner_text()
        tab.fill("#email", "eve@example.org")
        assert press(tab, "Subscribe") == "Check your inbox"
        assert not tab.title().startswith("Error:")
        assert "eve@example.org" in tab.locator("main").inner_text()
        newest(mailboxes, 1, "eve@example.org")

        assert send(organiser, "first")["accepted"] == 1
        forwarded = link(mailboxes.mails[-1], "p")
        tab.goto(forwarded)
        tab.fill("#email", THIEF)
        press(tab, "Send confirmation email")
        tab.goto(link(newest(mailboxes, 3, THIEF), "confirm"))
        assert press(tab, "Yes, email me here") == "Thank you"
        told = organiser.types("why", ADA)
        assert "moved from ada@example.org to thief@example.net, through a link of issue 1" in told.out
        tab.goto(link(newest(mailboxes, 4, ADA), "confirm"))
        assert tab.locator("h1").inner_text() == "Change your email address back?"
        assert press(tab, "Yes, change it back") == "Your address has been changed back"
        assert send(organiser, "second")["accepted"] == 1
        newest(mailboxes, 5, ADA)
        done = json.loads(organiser.types("report", "1", "--json").out)["through_its_links"]
        assert (done["unsubscribed"], done["changed_address"]) == (0, 0)

        tab.goto(forwarded)
        tab.select_option("#pause", "30")
        press(tab, "Save")
        until = tab.locator("#until").inner_text()
        assert until.startswith("You are taking a break until ")
        assert until[-6:-1].strip().isdigit()
        organiser.writes("posts/third.md", "---\ntitle: third\n---\n\nThe council said yes.\n")
        nobody = organiser.types("send", "posts/third.md", "--yes")
        assert (nobody.code, "1 taking a break" in nobody.err) == (5, True)
        tab.goto(forwarded)
        assert tab.locator("#until").inner_text() == until
        tab.select_option("#pause", "0")
        press(tab, "Save")
        assert tab.locator("#until").count() == 0
        assert send(organiser, "fourth")["accepted"] == 1
