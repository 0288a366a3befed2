"""The form on a campaign's own site: what `newsletter form` prints, pasted into a page of another origin."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from newsletter.database.engine import open_database, reading
from subscribers.tables import declines, subscribers
from tests.browser import violations

if TYPE_CHECKING:
    from tests.journeys.conftest import Mailboxes, Organiser
else:
    Mailboxes = Organiser = Any

PAGE = """<!DOCTYPE html>
<html lang="{language}"><head><meta charset="utf-8"><title>Our own site</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><main><h1>Our own site</h1>{form}</main></body></html>"""


@contextmanager
def own_site(page: str) -> Iterator[str]:
    """Serve a page at another host than the newsletter's."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, format: str, *args: Any) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}/"
        server.shutdown()


@contextmanager
def served(us: Organiser) -> Iterator[None]:
    with us.starts("serve", "--port", "0") as process:
        assert process.stderr is not None
        us.settings["BASE_URL"] = process.stderr.readline().split("Serving at ")[1].split(";")[0]
        yield


@contextmanager
def looked_at(chromium: Browser, url: str, **how: Any) -> Iterator[Page]:
    context = chromium.new_context(**how)
    tab = context.new_page()
    tab.goto(url)
    yield tab
    context.close()


@pytest.fixture
def us(organiser: Organiser, mailboxes: Mailboxes, database_url: str) -> Organiser:
    """An organiser with two topics, and a relay."""
    organiser.settings |= {"SMTP_PORT": str(mailboxes.port), "DATABASE_URL": database_url}
    for name, title, welsh in (("events", "Events", "Digwyddiadau"), ("news", "News & <views>", "Newyddion")):
        assert organiser.types("topics", "add", name, title, "--title", f"cy={welsh}").code == 0
    return organiser


def confirm_link(us: Organiser, mailboxes: Mailboxes, tab: Page) -> str:
    for _ in range(300):
        if mailboxes.mails:
            break
        tab.wait_for_timeout(50)
    mail: EmailMessage = mailboxes.mails[0]
    assert mail["To"] == "eve@example.org"
    part = mail.get_body(("plain",))
    assert part is not None
    link = next(word for word in str(part.get_content()).split() if "/confirm/" in word).strip("<>")
    # `serve` began before its address was known, so its mails lead elsewhere.
    return us.settings["BASE_URL"] + "/confirm/" + link.partition("/confirm/")[2]


@pytest.mark.parametrize(
    ("database_url", "language", "asked"),
    [("sqlite", "en", "Check your inbox"), ("postgresql", "cy", "Edrychwch yn eich mewnflwch")],
    indirect=["database_url"],
)
def test_what_is_pasted_into_another_site_subscribes(
    us: Organiser, mailboxes: Mailboxes, database_url: str, browser: Browser, language: str, asked: str
) -> None:
    with served(us):
        printed = us.types("form", "--language", language)
        assert (printed.code, printed.err) == (0, "")
        with (
            own_site(PAGE.format(language=language, form=printed.out)) as url,
            looked_at(browser, url, java_script_enabled=False) as tab,
        ):
            tab.fill("[name=email]", "Eve@Example.org")
            tab.get_by_role("button").click()
            assert asked in tab.locator("h1").inner_text()
            tab.goto(confirm_link(us, mailboxes, tab))
            tab.fill("[name=first_name]", "Efa")
            tab.uncheck("[name=wants-events]")
            tab.get_by_role("button").click()
            assert tab.locator("html").get_attribute("lang") == language
    engine = open_database(database_url)
    with reading(engine) as connection:
        row = connection.execute(select(subscribers)).one()
        declined = list(connection.scalars(select(declines.c.topic)))
    engine.dispose()
    assert (row.address, row.first_name, row.consent, row.language) == ("eve@example.org", "Efa", "confirmed", language)
    assert declined == ["events"]


@pytest.mark.thorough
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("language", ["en", "cy"])
def test_the_form_keeps_nobody_out(us: Organiser, browser: Browser, language: str) -> None:
    printed = us.types("form", "--language", language).out
    # A page of another language than its form, as where a site in English has a form in Welsh.
    with own_site(PAGE.format(language="en", form=printed)) as url:
        for scheme in ("light", "dark"):
            with looked_at(browser, url, viewport={"width": 320, "height": 700}, color_scheme=scheme) as tab:
                assert tab.evaluate("document.documentElement.scrollWidth") <= 320
                found = violations(tab, rules={"target-size": {"enabled": True}})
                assert [violation["id"] for violation in found] == []
                assert tab.locator("form").get_attribute("lang") == language
                assert not tab.locator("[name=website]").is_visible()
                stops = []
                for _ in range(2):
                    tab.keyboard.press("Tab")
                    stops.append(tab.evaluate("document.activeElement.name || document.activeElement.localName"))
                assert stops == ["email", "button"]


def test_where_there_is_no_form_the_command_says_what_is_missing(ready: Organiser) -> None:
    without = ready.types("form", BASE_URL=None)
    assert (without.code, without.out) == (4, "")
    assert "NEWSLETTER_BASE_URL" in without.err
    unknown = ready.types("form", "--language", "tlh")
    assert (unknown.code, unknown.out) == (2, "")
    assert "cy" in unknown.err
    mute = ready.types("form", SMTP_HOST=None)
    assert mute.code == 0
    assert "NEWSLETTER_SMTP_HOST" in mute.err


def test_nothing_of_the_settings_is_code(ready: Organiser) -> None:
    said = ready.types("form", ORGANISATION='A <script>&" B', BASE_URL='https://news.example.org/a"b').out
    assert "<script>" not in said
    assert "A &lt;script&gt;&amp;" in said
