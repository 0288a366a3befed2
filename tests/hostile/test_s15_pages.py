"""S15: no page runs what was typed into a form, a link or a list."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import html
from playwright.sync_api import Browser, Dialog, Page
from sqlalchemy import Engine, insert, update

from newsletter.compiler import CompiledEmail
from newsletter.database.engine import writing
from newsletter.database.tables import State, deliveries
from newsletter.issue import freeze, letterhead
from newsletter.languages import speak
from newsletter.post import read_post
from newsletter.reports.account import Answer, IssueAccount
from newsletter.reports.account_charts import account_charts
from newsletter.reports.chart import Figures
from newsletter.reports.page import report_page
from newsletter.theme import template_folders
from subscribers.tables import subscribers
from subscribers.topics import Topic, save
from subscribers.unsubscribe_reason import UnsubscribeReasons
from tests.conftest import NOON
from tests.public_pages import SETTINGS, Mailbox

PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg onload=alert(1)>",
    "javascript:alert(1)",
    "</style><script>alert(1)</script>",
    "{{ 7*7 }}",
]


in_a_browser = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # what is tried are the pages


def listening(browser: Browser) -> tuple[Page, list[str]]:
    """Open a tab, and list the words of the dialogs that scripts open in it."""
    dialogs: list[str] = []
    tab = browser.new_page()

    def dismiss(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    tab.on("dialog", dismiss)
    return tab, dialogs


@pytest.mark.thorough
@in_a_browser
def test_no_payload_runs_on_any_page(engine: Engine, mailbox: Mailbox, browser: Browser) -> None:
    tab, dialogs = listening(browser)
    for path in ("/subscribe", "/confirm/x"):
        tab.goto(mailbox.pages.url + path)
    for number, payload in enumerate(PAYLOADS, start=1):
        with writing(engine) as connection:
            row = {"address": f"p{number}@example.org", "first_name": payload, "last_name": payload}
            row |= {"language": payload[:35], "consent": "confirmed"}
            connection.execute(insert(subscribers), {**row, "joined_at": NOON})
        token = mailbox.pages.signer.unsubscribe(number, 1)
        for path in (f"/u/{token}", f"/confirm/x?lang={payload}", f"/u/{token}?lang={payload}"):
            tab.goto(mailbox.pages.url + path)
            assert "49" not in tab.content()
        tab.goto(f"{mailbox.pages.url}/subscribe?lang={payload}")
        assert "49" not in tab.content()
        tab.fill("#email", payload)
        with tab.expect_navigation():
            tab.click("main button")
        assert tab.input_value("#email") == payload
        assert tab.locator("main script, main img, main svg").count() == 0
        mailbox.post("/subscribe", email=f"q{number}@example.org")
        tab.goto(mailbox.link(number))
        tab.fill("#first_name", payload)
        with tab.expect_navigation():
            tab.click("main button")
        for query in ("", f"?lang={payload}"):
            tab.goto(f"{mailbox.pages.url}/p/{token}{query}")
            assert "49" not in tab.content()
        tab.fill("#first_name", payload)
        with tab.expect_navigation():
            tab.click("main button >> nth=0")
        assert tab.locator("main script, main img, main svg").count() == 0
    assert dialogs == []


def test_no_payload_runs_in_a_report(browser: Browser) -> None:
    tab, dialogs = listening(browser)
    for payload in PAYLOADS:
        account = IssueAccount(
            issue=1,
            subject=payload,
            frozen_at=NOON,
            candidates=2,
            excluded=Counter({payload: 1}),
            frozen=1,
            states=Counter({State.REFUSED: 1}),
            answers=(Answer(State.REFUSED, 550, payload, 1),),
            seconds=1.0,
            left=UnsubscribeReasons(Counter({payload: 1}), (payload,)),
        )
        charts = tuple(account_charts(account, speak((), "en"), outside=False))
        figures = Figures("issue", account.subject, "en", NOON, (payload,), charts, quotes=account.left.words)
        tab.set_content(report_page(figures, template_folders(None)), wait_until="load")
        assert payload in tab.inner_text("body")
        assert dialogs == [], payload


@in_a_browser
def test_no_payload_runs_in_what_an_organiser_has_written(
    engine: Engine, mailbox: Mailbox, browser: Browser, tmp_path: Path
) -> None:
    (tmp_path / "x.md").write_text("---\ntitle: x\n---\nx")
    post = read_post(tmp_path / "x.md")
    with writing(engine) as connection:
        person = {"address": "ada@example.org", "consent": "confirmed", "joined_at": NOON}
        connection.execute(insert(subscribers), person)
        for number, payload in enumerate(PAYLOADS):
            save(connection, Topic(f"topic-{number}", {"en": payload}), NOON)
            email = CompiledEmail(payload, payload, "<p>x</p>", "x", "en", (), title=payload)
            written = replace(post, slug=f"x{number}", fingerprint=f"x{number}")
            freeze(connection, written, email, letterhead(SETTINGS, "0" * 16), NOON)
        connection.execute(update(deliveries).values(state=State.ACCEPTED))
    tab, dialogs = listening(browser)
    mailbox.post("/subscribe", email="eve@example.org")
    url = mailbox.pages.url
    for page in (f"{url}/archive", mailbox.link(), f"{url}/p/{mailbox.pages.signer.unsubscribe(1, 1)}"):
        tab.goto(page)
        shown = tab.inner_text("main")
        assert [payload for payload in PAYLOADS if payload not in shown] == [], page
        assert tab.locator("main script, main img, main svg").count() == 0
    assert dialogs == []


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_comes_with_a_request_is_not_repeated(mailbox: Mailbox, payload: str) -> None:
    """Only the address is repeated: its field shows it again, so that the reader can correct it."""
    mistaken = html.fromstring(mailbox.post("/subscribe", email=payload, first_name=payload, language=payload).text)
    field = mistaken.find(".//input[@name='email']")
    assert field is not None
    assert field.attrib.pop("value") == payload
    assert payload not in html.tostring(mistaken, encoding="unicode")
    answers = [
        mailbox.post("/subscribe", email="eve@example.org", first_name=payload, language=payload),
        mailbox.pages.client.get(f"{mailbox.pages.url}/subscribe", params={"lang": payload}),
        mailbox.pages.client.get(f"{mailbox.pages.url}/confirm/{payload}"),
    ]
    assert not [answer for answer in answers if payload in answer.text]
