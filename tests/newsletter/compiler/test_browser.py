"""The demo's mails, some golden ones, and those that ask and greet, in a real browser with its network off."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from email import message_from_bytes, policy
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from newsletter import merge
from newsletter.compiler import Furniture, compile_post
from newsletter.post import read_post
from newsletter.theme import template_folders
from newsletter.transactional.notice import Notices, TransactionalMail
from subscribers.greeting import Greeting, Occasion
from subscribers.requests import RequestKind
from subscribers.signup import ConfirmationQuestion
from tests.browser import violations
from tests.conftest import NOON
from tests.public_pages import SETTINGS

ROOT = Path(__file__).parents[3]
LOOKED_AT = (
    "callouts",
    "captions",
    "code",
    "html-post",
    "images",
    "links",
    "table",
    "theme-letter",
    "theme-notice",
    "words-the-other-way",
)
GOLDEN = [post for case in LOOKED_AT for post in (ROOT / "tests" / "golden" / case).glob("post.*")]
POSTS = [*sorted((ROOT / "newsletter" / "demo").glob("*.md")), *GOLDEN]
FURNITURE = Furniture("Gyda’n Gilydd / Together for Co-production", "12 Heol yr Eglwys, Caerdydd CF10 1AA")
VALUES = {
    "first_name": "Llŷr-Gwilym",
    "unsubscribe_url": "https://news.example.org/u/1",
    "web_url": "https://news.example.org/w/1",
}
ASKING = {str(asked): ConfirmationQuestion(asked, "llyr@example.org", "1.token", "") for asked in RequestKind}
GREETING = {str(occasion): Greeting(occasion, "llyr@example.org", "1.0.token", "") for occasion in Occasion}
LOOKS = (("en", "bulletin"), ("cy", "letter"), ("cy", "notice"))
WRITTEN = [(name, *look) for name in ASKING | GREETING for look in LOOKS]
# A mail stands inside somebody else's page, which brings the landmarks.
NOT_OURS = {"region", "landmark-one-main"}

every_mail = pytest.mark.parametrize("mails", [POSTS, WRITTEN], ids=["posts", "ask and greet"])


@pytest.fixture
def tab(browser: Browser) -> Page:
    """A tab for one mail after the other: to open one takes longer than to look at a mail."""
    page = browser.new_page()
    page.route("**/*", lambda route: route.abort())
    return page


@cache
def compiled(post: Path) -> str:
    mail = compile_post(read_post(post), FURNITURE, template_folders(None))
    return merge.fill(mail.html, VALUES, escape)


def named(mails: Sequence[Path | tuple[str, str, str]]) -> Iterator[tuple[str, str]]:
    """Yield the name and the HTML of each mail."""
    for mail in mails:
        if isinstance(mail, Path):
            yield f"{mail.parent.name}/{mail.stem}", compiled(mail)
        else:
            yield "-".join(mail), html_of(*mail)


@cache
def html_of(name: str, language: str, theme: str) -> str:
    letter: TransactionalMail
    letter = replace(ASKING[name], language=language) if name in ASKING else replace(GREETING[name], language=language)
    settings = replace(SETTINGS, base_url="https://news.example.org", theme=theme, organisation=FURNITURE.organisation)
    built = Notices(settings, template_folders(None), lambda _: None).mail(letter, NOON)
    part = message_from_bytes(built.content, policy=policy.default).get_body(("html",))
    assert part is not None
    return str(part.get_content())


def show(tab: Page, html: str, width: int, scheme: Any) -> None:
    tab.set_viewport_size({"width": width, "height": 900})
    tab.emulate_media(color_scheme=scheme)
    tab.set_content(html, wait_until="domcontentloaded")


@every_mail
def test_no_mail_scrolls_sideways(tab: Page, mails: Sequence[Any]) -> None:
    for name, html in named(mails):
        show(tab, html, 320, "light")
        for width in (320, 390, 800):
            tab.set_viewport_size({"width": width, "height": 900})
            assert tab.evaluate("document.scrollingElement.scrollWidth") <= width, f"{name} at {width} px"


@pytest.mark.thorough
@pytest.mark.parametrize("scheme", ["light", "dark"])
@every_mail
def test_no_mail_bars_anybody(tab: Page, mails: Sequence[Any], scheme: str) -> None:
    for name, html in named(mails):
        show(tab, html, 390, scheme)
        found = violations(tab)
        serious = [each for each in found if each["impact"] in ("serious", "critical") and each["id"] not in NOT_OURS]
        assert not [(name, each["id"], each["nodes"][0]["html"]) for each in serious]


def test_buttons_and_footer_links_are_large_enough_for_a_thumb(tab: Page) -> None:
    show(tab, compiled(ROOT / "newsletter" / "demo" / "first-post.md"), 390, "light")
    for place in (".button a", '.footer a[href*="/u/"]', '.footer a[href*="/w/"]'):
        box = tab.locator(place).bounding_box()
        assert box is not None
        assert box["height"] >= 44, place


def test_the_button_of_a_mail_that_asks_is_large_enough_for_a_thumb(tab: Page) -> None:
    for name in (*ASKING, "goodbye"):
        show(tab, html_of(name, "cy", "bulletin"), 320, "light")
        box = tab.locator(".button a").bounding_box()
        assert box is not None, name
        assert box["height"] >= 44, name


@pytest.mark.thorough
@every_mail
def test_dark_mode_reaches_every_text_colour(tab: Page, mails: Sequence[Any]) -> None:
    for name, html in named(mails):
        show(tab, html, 800, "dark")
        left_light = tab.evaluate(
            """() => [...document.querySelectorAll('body *')].filter(element => {
                const own = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
                if (!own || element.closest('.preheader')) return false;
                const [r, g, b] = getComputedStyle(element).color.match(/\\d+/g).map(Number);
                return r + g + b < 380 && !element.closest('.button');
            }).map(element => element.outerHTML.slice(0, 200))"""
        )
        assert not left_light, name


@pytest.mark.parametrize("theme", ["bulletin", "letter", "notice"])
def test_the_picture_above_the_title_reaches_the_edges_of_a_phone(tab: Page, tmp_path: Path, theme: str) -> None:
    post = tmp_path / "post.md"
    post.write_text("---\ntitle: T\nimage: https://example.org/us.jpg\n---\nWords.\n")
    html = compile_post(read_post(post, "en", theme), FURNITURE, template_folders(None)).html
    for width, edge in ((390, 0), (800, 24)):
        show(tab, html, width, "light")
        card, picture = (tab.locator(each).first.bounding_box() for each in (".card > table", ".hero img"))
        assert card is not None
        assert picture is not None
        assert picture["x"] - card["x"] == edge
        assert card["width"] - picture["width"] == 2 * edge
        assert abs(card["x"] - (width - card["width"]) / 2) < 1, "it is centred"
