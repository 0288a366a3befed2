"""Sources made here, small ones of each kind."""

from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from newsletter.compiler.markdown import to_html
from newsletter.sources import Choice, Draft, Material, read_source


@pytest.fixture
def add() -> Callable[..., Draft]:
    """Make a draft of text or bytes that came under a name."""

    def draft(content: str | bytes, name: str = "paste", choice: Choice | None = None, url: str = "") -> Draft:
        data = content.encode() if isinstance(content, str) else content
        return read_source(Material(name, data, url), choice)

    return draft


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found += data.split()


@pytest.fixture
def words_of() -> Callable[[str], str]:
    """Read the words that Markdown shows."""

    def words(markdown: str) -> str:
        parser = _Words()
        parser.feed(to_html(markdown)[0])
        return " ".join(parser.found)

    return words
