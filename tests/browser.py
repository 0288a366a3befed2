"""Debian's Chromium for tests, where there is one; a test that needs it is skipped loudly where there is none."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

_PATH = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_QUIET = ("--no-sandbox", "--disable-background-networking", "--disable-component-update")


@contextmanager
def running() -> Iterator[Browser]:
    """Run a browser with JavaScript on until the block ends."""
    if _PATH is None:
        pytest.skip("no Chromium here: NOT TRIED is what this test does in a real browser; apt-get install chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=_PATH, args=_QUIET)
        yield chromium
        chromium.close()
