"""A supporter's journey, in a real browser without JavaScript, with mails that a real SMTP server took.

Subscribe, confirm, receive, change the language, unsubscribe, undo, be erased.
"""

import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from html import unescape
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Browser, Page

if TYPE_CHECKING:
    from tests.journeys.conftest import Mailboxes, Organiser
else:
    Mailboxes = Organiser = Any

EVE = "eve@example.org"


@contextmanager
def served(organiser: Organiser) -> Iterator[str]:
    """Serve the public pages at an address that is known before, because mails lead to it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    organiser.settings["BASE_URL"] = f"http://127.0.0.1:{port}"
    with organiser.starts("serve", "--port", str(port)) as serving:
        assert serving.stderr is not None
        assert "Serving at" in serving.stderr.readline()
        yield organiser.settings["BASE_URL"]


@contextmanager
def a_phone(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 700})
    yield context.new_page()
    context.close()


def mail_to_eve(mailboxes: Mailboxes, number: int) -> EmailMessage:
    """Wait for the mail with this number, as confirmations go out after the answer."""
    deadline = time.monotonic() + 30
    while len(mailboxes.mails) < number and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(mailboxes.mails) == number
    mail: EmailMessage = mailboxes.mails[-1]
    assert mail["To"].addresses[0].addr_spec == EVE
    return mail


def link(mail: EmailMessage, door: str) -> str:
    part = mail.get_body(("html",))
    assert part is not None
    (found,) = {unescape(url) for url in re.findall(rf'href="([^"]+/{door}/[^"]+)"', part.get_content())}
    return found


def press(tab: Page, words: str) -> str:
    with tab.expect_navigation():
        tab.get_by_role("button", name=words).click()
    return tab.locator("h1").inner_text()


def send(organiser: Organiser, name: str, topic: str = "") -> dict[str, Any]:
    organiser.writes(f"posts/{name}.md", f"---\ntitle: {name}\n{topic}\n---\n\nThe council said yes.\n")
    sent = organiser.types("send", f"posts/{name}.md", "--yes", "--json")
    assert sent.code == 0, sent.err
    account: dict[str, Any] = json.loads(sent.out)
    return account


def test_from_a_form_to_being_forgotten(
    organiser: Organiser, mailboxes: Mailboxes, database_url: str, browser: Browser
) -> None:
    organiser.settings |= {"SMTP_PORT": str(mailboxes.port), "DATABASE_URL": database_url}
    assert organiser.types("init", "--no-input").code == 0
    assert organiser.types("topics", "add", "events", "Events", "--title", "cy=Digwyddiadau").code == 0
    organiser.writes("people.csv", "email\nada@example.org\n")
    assert organiser.types("subscribers", "import", "people.csv", "--consent", "Yes.").code == 0
    with served(organiser) as base, a_phone(browser) as tab:
        tab.goto(f"{base}/subscribe")
        tab.fill("#email", "Eve@Example.org")
        assert press(tab, "Subscribe") == "Check your inbox"
        tab.goto(link(mail_to_eve(mailboxes, 1), "confirm"))
        tab.fill("#first_name", "Eve")
        assert press(tab, "Yes, subscribe me") == "You are subscribed"

        assert send(organiser, "first")["accepted"] == 2
        first = next(mail for mail in reversed(mailboxes.mails) if mail["To"].addresses[0].addr_spec == EVE)
        assert mailboxes.recipients[EVE] == 2
        tab.goto(link(first, "i"))
        assert tab.locator("h1").inner_text() == "first"
        assert "Eve" not in tab.content()

        tab.goto(link(first, "p"))
        tab.select_option("#language", "cy")
        tab.uncheck("[name=wants-events]")
        assert press(tab, "Save") == "Eich dewisiadau"
        assert tab.locator("[role=status]").inner_text() == "Mae eich dewisiadau wedi’u cadw."
        on_events = send(organiser, "second", "topic: events")
        assert (on_events["accepted"], on_events["excluded_by_reason"]) == (1, {"topic not wanted": 1})

        tab.goto(link(first, "u"))
        assert tab.locator("h1").inner_text() == "Dad-danysgrifio?"
        assert press(tab, "Iawn, dad-danysgrifiwch fi") == "Rydych wedi dad-danysgrifio"
        tab.check("[value=too-many]")
        press(tab, "Dweud wrthym")
        assert send(organiser, "third")["accepted"] == 1
        assert json.loads(organiser.types("report", "1", "--json").out)["left_because"] == {"too-many": 1}
        assert press(tab, "Rhowch fi’n ôl ar y rhestr") == "Croeso’n ôl"
        assert send(organiser, "fourth")["accepted"] == 2
        assert mailboxes.recipients[EVE] == 3

        tab.goto(f"{base}/archive?lang=cy")
        assert tab.locator("li h2").all_inner_texts() == ["fourth", "third", "second", "first"]
        tab.click("text=third")
        assert tab.locator("h1").inner_text() == "third"

        assert organiser.types("subscribers", "erase", EVE, "--yes").code == 0
        tab.goto(link(first, "u"))
        assert tab.locator("h1").inner_text() == "You are not on the list"
        assert send(organiser, "fifth")["accepted"] == 1
        assert mailboxes.recipients[EVE] == 3
