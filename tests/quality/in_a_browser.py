"""G3 and G4 for any mail, in Debian's Chromium with its network off. In: Cases. Out: faults by number."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from playwright.sync_api import Browser, Page

from tests import browser
from tests.browser import violations
from tests.quality.judge import Case

WIDTHS = (320, 390, 800)
# A mail stands inside somebody else's page, which brings the landmarks.
_NOT_OURS = {"region", "landmark-one-main"}


def judge(posts: Sequence[Case], say: Callable[[str], None]) -> Counter[str]:
    """Open every mail at each width, and in light and dark."""
    faults: Counter[str] = Counter()
    with browser.running() as chromium:
        for case in posts:
            for number, fault in (*_scrolls(chromium, case), *_bars(chromium, case)):
                say(f"{number}: {case.name}: {fault}")
                faults[number] += 1
    return faults


def _scrolls(chromium: Browser, case: Case) -> list[tuple[str, str]]:
    page = _opened(chromium, case.html, "light")
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        if page.evaluate("document.scrollingElement.scrollWidth") > width:
            found.append(("G3", f"scrolls sideways at {width} px"))
    page.close()
    return found


def _bars(chromium: Browser, case: Case) -> list[tuple[str, str]]:
    found = []
    for scheme in ("light", "dark"):
        page = _opened(chromium, case.html, scheme)
        grave = [each for each in violations(page) if each["impact"] in ("serious", "critical")]
        found += [
            ("G4", f"{scheme}: {each['id']} at {each['nodes'][0]['html'][:120]}")
            for each in grave
            if each["id"] not in _NOT_OURS
        ]
        page.close()
    return found


def _opened(chromium: Browser, html: str, scheme: Any) -> Page:
    page = chromium.new_page(viewport={"width": 390, "height": 900}, color_scheme=scheme)
    page.route("**/*", lambda route: route.abort())
    page.set_content(html, wait_until="domcontentloaded")
    return page
