"""What can be asked of any tree. In: an element. Out: its words, its runs of words, and which elements are blocks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree
from lxml.html import HtmlElement

BLOCKS = frozenset("p div ul ol li table blockquote pre h1 h2 h3 h4 h5 h6 figure section article dl hr form".split())
ENDS_A_RUN = BLOCKS | frozenset(
    "body nav aside header footer main td th tr tbody thead tfoot caption dt dd figcaption address center details "
    "summary fieldset hgroup search br button option select label legend".split()
)
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


def words_of(element: HtmlElement) -> str:
    """Read the words of an element, with single spaces."""
    return " ".join(" ".join(str(text) for text in element.itertext()).split())


def letters_of(words: str) -> str:
    """Reduce words to their letters and digits, in small letters: what is the same in print and on the screen."""
    return re.sub(r"\W+", "", words).lower()


def leaves_of(element: HtmlElement) -> list[HtmlElement]:
    """List the blocks that hold words and no other block, in their order."""
    return [
        each
        for each in element.iterdescendants()
        if each.tag in BLOCKS and not any(inner.tag in BLOCKS for inner in each.iterdescendants()) and words_of(each)
    ]


@dataclass(frozen=True, slots=True)
class Run:
    """Words that stand in one line or paragraph: how many letters of them lead elsewhere, or a picture instead."""

    holder: HtmlElement
    words: str
    linked: int = 0
    picture: HtmlElement | None = None

    @property
    def count(self) -> int:
        """The number of words."""
        return count_of(self.words)


def count_of(words: str) -> int:
    """Count words; where a language writes none apart, every two letters count as one."""
    apart = len(words.split())
    wide = sum(1 for letter in words if "\u2e80" <= letter <= "\u9fff" or "\uac00" <= letter <= "\ud7af")
    return max(apart, wide // 2)


def runs_of(root: HtmlElement, skip: HtmlElement | None = None) -> Iterator[Run]:
    """Yield what stands in `root`, run by run, in the order it is read, without the subtree `skip`. One pass."""
    pieces: list[str] = []
    linked = links = 0
    holder = root

    def closed() -> Iterator[Run]:
        nonlocal linked
        words = " ".join("".join(pieces).split())
        if words:
            yield Run(holder, words, linked)
        pieces.clear()
        linked = 0

    walk = etree.iterwalk(root, events=("start", "end"))
    for event, each in walk:
        text: str | None
        if event == "start":
            if each is skip:
                walk.skip_subtree()
                text = None
            else:
                text = each.text if isinstance(each.tag, str) else None
            if each.tag in ENDS_A_RUN:
                yield from closed()
                holder = each
            elif each.tag == "a":
                links += 1
            elif each.tag == "img":
                yield Run(holder, "", picture=each)
        else:
            text = each.tail if each is not root else None
            if each.tag in ENDS_A_RUN or each is skip:
                yield from closed()
                parent = each.getparent()
                holder = parent if parent is not None else root
            elif each.tag == "a":
                links -= 1
        if text:
            pieces.append(text)
            linked += len(" ".join(text.split())) if links > 0 else 0
    yield from closed()
