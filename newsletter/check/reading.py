"""A post as the rules read it. In: a Post. Out: its HTML tree, not yet repaired, and the lines of its words."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement, HTMLParser, fragment_fromstring

from newsletter.compiler.markdown import to_html
from newsletter.compiler.sanitise import DROPPED
from newsletter.post import Post
from newsletter.publish import Published

_CODE = ("pre", "code", "kbd", "samp")


@dataclass(frozen=True)
class PostReading:
    """A post and its HTML tree."""

    post: Post
    root: HtmlElement
    beside: frozenset[str] = frozenset()
    """The names, as the post writes them, of the files that will be published with it."""

    def is_beside(self, address: str) -> bool:
        """Tell whether `address` has no host and means a published file; without `base_url` every such address does."""
        try:
            parts = urlsplit(address)
        except ValueError:
            return False
        return not (parts.scheme or parts.netloc) and (unquote(address) in self.beside or not self.post.base_url)

    @property
    def prose(self) -> str:
        """The text of the post without code."""
        return "".join(self._prose())

    def line(self, *words: str) -> int | None:
        """Return the line of the first of `words` that is found in the post; None if none is."""
        for each in words:
            for form in (each, each.replace("&", "&amp;"), re.sub(r"([\[\]*_\\`<])", r"\\\1", each)):
                at = self.post.line_of(form) if form else None
                if at:
                    return at
            # The author may have broken the line anywhere, so search for the first three words.
            start = " ".join(each.split()[:3])
            if start != each and (at := self.post.line_of(start)):
                return at
        return None

    def _prose(self) -> Iterator[str]:
        blocks = ("p", "li", "td", "th", "h1", "h2", "h3", "h4", "h5", "h6", "div", "br", "dt", "dd")
        for text in self.root.xpath(".//text()"):
            parent = text.getparent()
            if parent is None:
                continue
            # lxml holds text after an element as its tail; that text belongs to the element's parent.
            holder = parent.getparent() if text.is_tail else parent
            if holder is not None and (holder.tag in _CODE or any(True for _ in holder.iterancestors(*_CODE))):
                continue
            yield ("\n" if not text.is_tail and parent.tag in blocks else "") + str(text)


def read_for_check(post: Post, published: Iterable[Published] = (), lines: bool = False) -> PostReading:
    """Read `post` as its author wrote it; `published` are the files beside it that its mail links to.

    `lines`: each block of a Markdown post has its line in the body, as an attribute.
    """
    html = to_html(post.body, lines)[0] if post.markup == "markdown" else post.body
    parser = HTMLParser(huge_tree=True, encoding="utf-8", remove_comments=True, remove_pis=True)
    root = fragment_fromstring(html, create_parent="div", parser=parser)
    for dropped in list(root.iter(*DROPPED)):
        if dropped.getparent() is not None:
            dropped.drop_tree()
    return PostReading(post, root, frozenset(unquote(file.written) for file in published))


def text_of(element: HtmlElement) -> str:
    """Return the text of an element, with single spaces."""
    return " ".join("".join(str(text) for text in element.itertext()).split())


def excerpt(text: str, most: int = 60) -> str:
    """Shorten `text` so that it can be quoted within a sentence."""
    words = " ".join(text.split())
    return words if len(words) <= most else words[: most - 1].rpartition(" ")[0] + "…"
