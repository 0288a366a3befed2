"""A post as the rules read it. In: a Post. Out: its tree, not yet repaired, and where its words stand."""

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
class Reading:
    """A post and its tree."""

    post: Post
    root: HtmlElement
    beside: frozenset[str] = frozenset()
    """What the post calls the files that will be published with it."""

    def is_beside(self, address: str) -> bool:
        """Tell whether `address` is that of a file of our own, made fit for mail, or none at all."""
        try:
            parts = urlsplit(address)
        except ValueError:
            return False
        return not (parts.scheme or parts.netloc) and (unquote(address) in self.beside or not self.post.base_url)

    @property
    def prose(self) -> str:
        """The words that are read as words: without code."""
        return "".join(self._prose())

    def line(self, *words: str) -> int | None:
        """Name the line on which the first of `words` stands that can be found."""
        for each in words:
            for form in (each, each.replace("&", "&amp;"), re.sub(r"([\[\]*_\\`<])", r"\\\1", each)):
                at = self.post.line_of(form) if form else None
                if at:
                    return at
            # Because an author may have broken the line anywhere, a few words at its start must do.
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
            # Because the words after a code element are its tail, not its own.
            holder = parent.getparent() if text.is_tail else parent
            if holder is not None and (holder.tag in _CODE or any(True for _ in holder.iterancestors(*_CODE))):
                continue
            yield ("\n" if not text.is_tail and parent.tag in blocks else "") + str(text)


def read(post: Post, published: Iterable[Published] = ()) -> Reading:
    """Read `post` as its author wrote it; `published` are the files beside it that its mail leads to."""
    html = to_html(post.body)[0] if post.markup == "markdown" else post.body
    parser = HTMLParser(huge_tree=True, encoding="utf-8", remove_comments=True, remove_pis=True)
    root = fragment_fromstring(html, create_parent="div", parser=parser)
    for dropped in list(root.iter(*DROPPED)):
        if dropped.getparent() is not None:
            dropped.drop_tree()
    return Reading(post, root, frozenset(unquote(file.written) for file in published))


def words_of(element: HtmlElement) -> str:
    """Read the words of an element, with single spaces."""
    return " ".join("".join(str(text) for text in element.itertext()).split())


def quoted(text: str, most: int = 60) -> str:
    """Shorten `text` so that it can be quoted within a sentence."""
    words = " ".join(text.split())
    return words if len(words) <= most else words[: most - 1].rpartition(" ")[0] + "…"
