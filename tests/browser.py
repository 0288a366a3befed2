"""Debian's Chromium for tests, where there is one; a test that needs it is skipped loudly where there is none."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

_PATH = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_QUIET = ("--no-sandbox", "--disable-background-networking", "--disable-component-update")


LOOKS: tuple[tuple[int, Literal["light", "dark"]], ...] = ((320, "light"), (390, "dark"), (800, "light"))
"""The widths of a window and the schemes of colours that a page is looked at in: each of either, as no rule of ours is
for both at once."""

_CUT_OFF = """() => [...document.querySelectorAll("select")].flatMap(select => {
    const free = select.cloneNode(true);
    free.removeAttribute("id");
    free.style.cssText = "position: absolute; width: auto";
    select.after(free);
    const words = free.offsetWidth > select.offsetWidth ? [select.options[select.selectedIndex].text] : [];
    free.remove();
    return words;
})"""


@contextmanager
def running() -> Iterator[Browser]:
    """Run a browser with JavaScript on until the block ends."""
    if _PATH is None:
        pytest.skip("no Chromium here: NOT TRIED is what this test does in a real browser; apt-get install chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=_PATH, args=_QUIET)
        yield chromium
        chromium.close()


def cut_off(tab: Page) -> list[str]:
    """List the words of choices that are too narrow for the longest of their options."""
    found: list[str] = tab.evaluate(_CUT_OFF)
    return found


def barriers(tab: Page, width: int) -> list[str]:
    """List what keeps people out of a page, in words: what axe finds, what scrolls sideways, what a thumb misses."""
    found = [f"{each['id']}: {each['nodes'][0]['html']}" for each in Axe().run(tab).response["violations"]]
    if tab.evaluate("document.scrollingElement.scrollWidth") > width:
        found.append(f"it scrolls sideways at {width} px")
    found += [f"cut off at {width} px: {words}" for words in cut_off(tab)]
    for place in tab.locator("main button, nav a, a.more, .issues h2 a, .undo a").all():
        box = place.bounding_box()
        if box is not None and box["height"] < 24:
            found.append(f"too small for a thumb: {place.inner_text()}")
    return found
