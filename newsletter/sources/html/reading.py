"""What can be asked of any tree. In: an element. Out: its words, and which elements are blocks."""

from lxml.html import HtmlElement

BLOCKS = frozenset("p div ul ol li table blockquote pre h1 h2 h3 h4 h5 h6 figure section article dl hr form".split())
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


def words_of(element: HtmlElement) -> str:
    """Read the words of an element, with single spaces."""
    return " ".join(" ".join(str(text) for text in element.itertext()).split())


def leaves_of(element: HtmlElement) -> list[HtmlElement]:
    """List the blocks that hold words and no other block, in their order."""
    return [
        each
        for each in element.iterdescendants()
        if each.tag in BLOCKS and not any(inner.tag in BLOCKS for inner in each.iterdescendants()) and words_of(each)
    ]
