"""The pages in a real browser: every size and mode, by hand and by keyboard, and what axe says of them."""

from datetime import datetime

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import Engine, update

from newsletter.database.engine import writing
from subscribers.suppression import SuppressionReason, suppress
from subscribers.tables import subscribers
from subscribers.topics import Topic, save
from tests.browser import LOOKS, cut_off, low_places, violations
from tests.conftest import Cast
from tests.public_pages import Mailbox, Pages


@pytest.mark.thorough
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_page_scrolls_sideways_or_keeps_anybody_out(
    engine: Engine, cast: Cast, pages: Pages, browser: Browser, noon: datetime
) -> None:
    with writing(engine) as connection:
        connection.execute(update(subscribers).where(subscribers.c.id == cast.ada).values(language="cy"))
        suppress(connection, "ben@example.org", SuppressionReason.ASKED, noon)
    tab = browser.new_page()
    refusals: list[str] = []
    tab.on("console", lambda message: refusals.append(message.text) if "Content Security" in message.text else None)
    for person in (cast.ada, cast.dot):
        tab.goto(pages.link(person))
        look(tab)
        for _ in range(2):
            press(tab)
            look(tab)
    tab.goto(pages.link(cast.ben))
    press(tab)
    press(tab)
    look(tab)
    tab.goto(pages.link(cast.cleo))
    tab.check("[value=not-for-me]")
    tab.fill("#words", "Mae’r e-byst yn rhy hir " * 20)
    press(tab, "[action*=why] button")
    assert tab.locator("[role=status]").inner_text() == "Thank you for telling us."
    look(tab)
    for url in (f"{pages.url}/u/nonsense", pages.link(4711)):
        tab.goto(url)
        look(tab)
    assert refusals == []


@pytest.mark.thorough
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_form_scrolls_sideways_or_keeps_anybody_out(
    engine: Engine, cast: Cast, mailbox: Mailbox, browser: Browser, noon: datetime
) -> None:
    with writing(engine) as connection:
        for slug in ("events", "news"):
            title = {"en": f"What we {slug} " + "and a very long title " * 2, "cy": "Digwyddiadau a newyddion"}
            save(connection, Topic(slug, title), noon)
    tab = browser.new_page()
    own = f"{mailbox.pages.url}/p/{mailbox.pages.signer.unsubscribe(cast.ada, 1)}"
    for language in ("en", "cy"):
        tab.goto(f"{mailbox.pages.url}/subscribe?lang={language}")
        look(tab)
        tab.fill("#email", "nonsense")
        press(tab)
        look(tab)
        tab.fill("#email", f"eve-{language}@example.org")
        press(tab)
        look(tab)
        tab.goto(f"{own}?lang={language}")
        look(tab)
        tab.uncheck("[name=wants-events]")
        tab.select_option("#pause", "30")
        press(tab, "button:not(.quiet)")
        look(tab)
        tab.fill("#email", "nonsense")
        press(tab, "button.quiet")
        look(tab)
    mailbox.mails(2)
    for page in (mailbox.link(2), f"{mailbox.pages.url}/confirm/{mailbox.pages.signer.request(99)}"):
        tab.goto(page)
        look(tab)
    tab.goto(mailbox.link(2))
    press(tab)
    look(tab)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_supporter_subscribes_and_settles_their_wishes_by_keyboard_without_javascript(
    mailbox: Mailbox, browser: Browser
) -> None:
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(f"{mailbox.pages.url}/subscribe")
    tab.keyboard.press("Tab")
    tab.keyboard.type("eve@example.org")
    enter(tab, tabs=1)
    assert tab.locator("h1").inner_text() == "Check your inbox"
    tab.goto(mailbox.link())
    tab.keyboard.press("Tab")
    tab.keyboard.type("Eve")
    enter(tab, tabs=2)
    assert tab.locator("h1").inner_text() == "You are subscribed"
    assert mailbox.pages.consent(1) == "confirmed"
    tab.goto(f"{mailbox.pages.url}/p/{mailbox.pages.signer.unsubscribe(1, 1)}")
    tab.focus("#language")
    tab.keyboard.press("ArrowDown")
    enter(tab, tabs=2)
    assert tab.locator("[role=status]").inner_text() == "Mae eich dewisiadau wedi’u cadw."
    tab.click("text=Dad-danysgrifio")
    assert tab.locator("h1").inner_text() == "Dad-danysgrifio?"
    context.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_reader_leaves_and_comes_back_by_keyboard_without_javascript(
    cast: Cast, pages: Pages, browser: Browser
) -> None:
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(pages.link(cast.ada))
    for consent, title in (("withdrawn", "You have unsubscribed"), ("confirmed", "Welcome back")):
        tab.keyboard.press("Tab")
        with tab.expect_navigation():
            tab.keyboard.press("Enter")
        assert title in tab.title()
        assert tab.locator("h1").inner_text() == title
        assert pages.consent(cast.ada) == consent
    context.close()


def press(tab: Page, button: str = "button") -> None:
    with tab.expect_navigation():
        tab.locator(f"main {button}").first.click()


def enter(tab: Page, tabs: int) -> None:
    for _ in range(tabs):
        tab.keyboard.press("Tab")
    with tab.expect_navigation():
        tab.keyboard.press("Enter")


def look(tab: Page) -> None:
    """Look at what is shown, in each width and each scheme of colours."""
    for width, scheme in LOOKS:
        tab.set_viewport_size({"width": width, "height": 700})
        tab.emulate_media(color_scheme=scheme)
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        # The style is there: a policy that refused it would leave the page bare.
        assert tab.evaluate("getComputedStyle(document.querySelector('main')).borderTopWidth") == "6px"
        assert cut_off(tab) == []
        assert low_places(tab, "main button", 44) == []
        found = violations(tab)
        assert [violation["id"] for violation in found] == [], (width, scheme)
