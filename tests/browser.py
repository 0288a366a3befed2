"""Debian's Chromium for tests, where there is one; a test that needs it is skipped loudly where there is none."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, sync_playwright

_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The first is the same engine without windows, which takes a third less of the processor."""
_PATH = next(filter(None, map(shutil.which, _NAMES)), None)
_AXE = AXE_SCRIPT + ";0"  # so that evaluate has nothing to bring over
_QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")


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

_LOW = """([places, least]) => [...document.querySelectorAll(places)].filter(place => {
    const { width, height } = place.getBoundingClientRect();
    return width && height && height < least;
}).map(place => place.innerText)"""


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


def violations(tab: Page, **options: Any) -> list[dict[str, Any]]:
    """List what axe finds, each with its id, impact and nodes.

    axe is read once a document, and says only what is wrong: what passed is a hundred times as much to bring over.
    """
    if not tab.evaluate("typeof axe !== 'undefined'"):
        tab.evaluate(_AXE)
    options = {"resultTypes": ["violations"], **options}
    found: list[dict[str, Any]] = tab.evaluate("o => axe.run(document, o).then(all => all.violations)", options)
    return found


def barriers(tab: Page, width: int) -> list[str]:
    """List what keeps people out of a page, in words: what axe finds, what scrolls sideways, what a thumb misses."""
    found = [f"{each['id']}: {each['nodes'][0]['html']}" for each in violations(tab)]
    if tab.evaluate("document.scrollingElement.scrollWidth") > width:
        found.append(f"it scrolls sideways at {width} px")
    found += [f"cut off at {width} px: {words}" for words in cut_off(tab)]
    low = low_places(tab, "main button, nav a, a.more, .issues h2 a, .undo a", 24)
    return found + [f"too small for a thumb: {words}" for words in low]


def low_places(tab: Page, places: str, least: int) -> list[str]:
    """Name what is shown of these places and is less than `least` px high."""
    found: list[str] = tab.evaluate(_LOW, [places, least])
    return found
