"""The demo's mails and some golden ones, in a real browser with its network off: as a reader would see them."""

from html import escape
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from newsletter import merge
from newsletter.compiler import Furniture, compile_post
from newsletter.post import read_post
from newsletter.theme import template_folders

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
# A mail stands inside somebody else's page, which brings the landmarks.
NOT_OURS = {"region", "landmark-one-main"}


@pytest.fixture(params=POSTS, ids=lambda post: f"{post.parent.name}/{post.stem}")
def html(request: pytest.FixtureRequest) -> str:
    mail = compile_post(read_post(request.param), FURNITURE, template_folders(None))
    return merge.fill(mail.html, VALUES, escape)


def opened(browser: Browser, html: str, width: int, scheme: Any) -> Page:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.route("**/*", lambda route: route.abort())
    page.set_content(html, wait_until="domcontentloaded")
    return page


def test_no_mail_scrolls_sideways(browser: Browser, html: str) -> None:
    for width in (320, 390, 800):
        page = opened(browser, html, width, "light")
        assert page.evaluate("document.scrollingElement.scrollWidth") <= width, f"at {width} px"
        page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_mail_bars_anybody(browser: Browser, html: str, scheme: str) -> None:
    page = opened(browser, html, 390, scheme)
    found = Axe().run(page).response["violations"]
    page.close()
    serious = [each for each in found if each["impact"] in ("serious", "critical") and each["id"] not in NOT_OURS]
    assert not [(each["id"], each["nodes"][0]["html"]) for each in serious]


def test_buttons_and_footer_links_are_large_enough_for_a_thumb(browser: Browser) -> None:
    post = read_post(ROOT / "newsletter" / "demo" / "first-post.md")
    mail = compile_post(post, FURNITURE, template_folders(None))
    page = opened(browser, merge.fill(mail.html, VALUES, escape), 390, "light")
    for place in (".button a", '.footer a[href*="/u/"]', '.footer a[href*="/w/"]'):
        box = page.locator(place).bounding_box()
        assert box is not None
        assert box["height"] >= 44, place
    page.close()


def test_dark_mode_reaches_every_text_colour(browser: Browser, html: str) -> None:
    page = opened(browser, html, 800, "dark")
    left_light = page.evaluate(
        """() => [...document.querySelectorAll('body *')].filter(element => {
            const own = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
            if (!own || element.closest('.preheader')) return false;
            const [r, g, b] = getComputedStyle(element).color.match(/\\d+/g).map(Number);
            return r + g + b < 380 && !element.closest('.button');
        }).map(element => element.outerHTML.slice(0, 200))"""
    )
    page.close()
    assert not left_light
