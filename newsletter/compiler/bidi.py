"""Words that run the other way. In: the article's tree, and the direction of its post. Out: blocks with a dir.

A block turns when most of its letters run the other way; what its author gave a direction keeps it.
"""

import re
import unicodedata

from lxml.html import HtmlElement

_BLOCKS = "p h1 h2 h3 h4 h5 h6 ul ol li blockquote dl dt dd table caption td th div".split()
# Hebrew to the Arabic extensions, their presentation forms, and what lies beyond the first plane.
_FROM_THE_RIGHT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
RTL, LTR = "rtl", "ltr"


def turn_blocks(root: HtmlElement, direction: str) -> None:
    """Give every block of `root` that runs against what surrounds it a direction of its own."""
    if direction == LTR and not _FROM_THE_RIGHT.search("".join(str(text) for text in root.itertext())):
        return
    for block in root.iterdescendants(*_BLOCKS):
        if block.get("dir") in (RTL, LTR):
            continue
        around = next((each.get("dir") for each in block.iterancestors() if each.get("dir") in (RTL, LTR)), direction)
        own = _direction(block)
        if own and own != around:
            block.set("dir", own)


def _direction(block: HtmlElement) -> str:
    letters = [unicodedata.bidirectional(letter) for letter in block.text_content()]
    right, left = sum(each in ("R", "AL") for each in letters), letters.count("L")
    return "" if right == left else RTL if right > left else LTR
