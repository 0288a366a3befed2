"""The archive in a real browser: every size and mode, in both languages, by keyboard, and without JavaScript."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import feedparser
import pytest
from playwright.sync_api import Browser
from sqlalchemy import Engine, insert, update

from newsletter.compiler import CompiledEmail, Furniture, compile_post
from newsletter.database.engine import writing
from newsletter.database.tables import State, deliveries
from newsletter.issue import Letterhead, freeze
from newsletter.post import Post, read_post
from newsletter.settings import ArchiveAccess
from newsletter.theme import template_folders
from newsletter.transport.folder import Folder
from newsletter.web.archive import PAGE
from newsletter.web.server import Listener, application
from subscribers.tables import subscribers
from subscribers.tokens import LinkSigner
from tests.browser import LOOKS, barriers
from tests.public_pages import SETTINGS

ROOT = Path(__file__).parents[2]
FURNITURE = Furniture("Co-production Wales", "1 Example Street, Cardiff")
Freeze = Callable[..., int]

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def frozen(engine: Engine, post: Post, email: CompiledEmail, head: Letterhead, noon: datetime) -> Freeze:
    """Freeze an issue for Ada, and have her relay accept it; say its number."""
    with writing(engine) as connection:
        ada = {"address": "ada@example.org", "consent": "confirmed", "joined_at": noon}
        connection.execute(insert(subscribers), ada)

    def freezes(name: str, day: int = 0, mail: CompiledEmail = email, **words: Any) -> int:
        written = replace(post, slug=name, fingerprint=name)
        with writing(engine) as connection:
            issue = freeze(connection, written, replace(mail, **words), head, noon + timedelta(days=day))
            theirs = deliveries.c.issue_id == issue.number
            connection.execute(update(deliveries).where(theirs).values(state=State.ACCEPTED))
        return issue.number

    return freezes


@pytest.fixture
def url(engine: Engine, tmp_path: Path) -> Iterator[str]:
    """The address of the public pages, with an archive and a form."""
    with Listener.on("127.0.0.1", 0) as listener:
        settings = replace(SETTINGS, base_url=listener.address, archive=ArchiveAccess.YES)
        app = application(engine, settings, template_folders(None), Folder(tmp_path / "mails"))
        with listener.serving(app):
            yield listener.address


def compiled(path: Path) -> CompiledEmail:
    return compile_post(read_post(path), FURNITURE, template_folders(None))


@pytest.fixture
def issues(frozen: Freeze) -> list[int]:
    """A real mail of each kind, and enough others for a second page; one has a title of one long word."""
    for number in range(PAGE):
        frozen(f"n{number}", title=f"Newyddion {number}", preheader="Mae’r cyngor wedi dweud ie.", language="cy")
    frozen("long", title="Llanfair" * 20, preheader="", language="cy")
    frozen("to the left", title="أخبار جيدة", preheader="قال المجلس نعم", language="ar")
    demo = ROOT / "newsletter" / "demo"
    golden = ROOT / "tests" / "golden"
    posts = [demo / "first-post.md", golden / "welsh" / "post.md", golden / "right-to-left" / "post.md"]
    return [frozen(f"real {path}", day=1, mail=mail, title=mail.subject) for path in posts for mail in [compiled(path)]]


@pytest.mark.thorough
def test_no_page_of_the_archive_keeps_anybody_out(browser: Browser, url: str, issues: list[int]) -> None:
    signer = LinkSigner(SETTINGS.secret_keys, SETTINGS.list_name)
    tab = browser.new_page()
    lists = [f"{url}/archive?{query}lang={language}" for language in ("en", "cy") for query in ("", "before=5&")]
    mails = [f"{url}/archive/{number}" for number in issues] + [f"{url}/i/{signer.web(issues[1])}"]
    for page in [*lists, f"{url}/archive?before=1", *mails]:
        tab.goto(page)
        for width, scheme in LOOKS:
            tab.set_viewport_size({"width": width, "height": 700})
            tab.emulate_media(color_scheme=scheme)
            assert barriers(tab, width) == [], page
        assert tab.locator("main h1").count() == 1


def test_an_empty_archive_keeps_nobody_out(browser: Browser, url: str) -> None:
    tab = browser.new_page(viewport={"width": 320, "height": 700})
    for language in ("en", "cy"):
        tab.goto(f"{url}/archive?lang={language}")
        assert barriers(tab, 320) == []
    tab.close()


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Our updates so far", "Older", "Get our updates")),
        ("cy", ("Ein newyddion hyd yma", "Rhai hŷn", "Cael ein newyddion")),
    ],
)
def test_a_reader_finds_an_older_issue_and_subscribes_by_keyboard_without_javascript(
    browser: Browser, url: str, issues: list[int], language: str, words: tuple[str, str, str]
) -> None:
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(f"{url}/archive?lang={language}")
    assert tab.locator("h1").inner_text() == words[0]

    def follow(words: str) -> None:
        """Reach the link with these words by the Tab key alone, see that the focus shows, and press Enter."""
        for _ in range(PAGE + 20):
            tab.keyboard.press("Tab")
            here = tab.locator(":focus")
            if here.count() and here.inner_text() == words:
                assert here.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
                with tab.expect_navigation():
                    tab.keyboard.press("Enter")
                return
        raise AssertionError(f"no Tab leads to {words}")

    follow(words[1])
    follow("Newyddion 3")
    assert tab.url == f"{url}/archive/4"
    tab.go_back()
    tab.goto(f"{url}/archive/{issues[1]}")
    follow("Tanysgrifio")
    assert tab.locator("html").get_attribute("lang") == "cy"
    tab.goto(f"{url}/archive/{issues[0]}")
    follow("Our updates so far")
    tab.goto(f"{url}/archive?lang={language}")
    follow({"en": "Subscribe", "cy": "Tanysgrifio"}[language])
    assert tab.locator("h1").inner_text() == words[2]
    context.close()


@pytest.mark.thorough
def test_every_link_of_the_feed_and_of_the_pages_leads_somewhere(browser: Browser, url: str, issues: list[int]) -> None:
    tab = browser.new_page()
    tab.goto(f"{url}/archive")
    feed = tab.locator("link[rel=alternate]").evaluate("link => link.href")
    assert feed == f"{url}/archive/feed.atom"
    answer = tab.request.get(feed)
    parsed = feedparser.parse(answer.body())
    pages = [parsed.feed.link, *(entry.link for entry in parsed.entries)]
    assert f"{url}/archive/{issues[0]}" in pages
    led: set[str] = set()
    for page in pages:
        assert tab.request.get(page).status == 200
        tab.goto(page)
        there = set(tab.locator("a").evaluate_all("links => links.map(link => link.href)"))
        for link in there - led:
            if link.startswith(url):
                assert tab.request.get(link).status == 200, f"{link} on {page}"
        led |= there
    tab.close()
