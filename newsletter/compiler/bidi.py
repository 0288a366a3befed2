"""Text that runs against the direction of its post. In: the article's tree, and that direction. Out: blocks with a dir.

A block gets a direction of its own when most of its letters run the other way. A list or a table has one direction,
that of most of its items or cells; an item that runs against it is isolated inline, so that its full stop stays at its
end. Addresses, numbers, code and the labels of links do not count. A direction that the author gave stays.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator

from lxml.html import Element, HtmlElement

from newsletter.compiler.sanitise import BLOCKS

RTL, LTR = "rtl", "ltr"
_TURNED = frozenset("p h1 h2 h3 h4 h5 h6 ul ol blockquote dl table div".split())
_GROUPS = frozenset("ul ol dl table".split())
_PARTS = frozenset("li td th dt dd caption".split())
_CODE = frozenset("code kbd samp".split())
_SILENT = _CODE | {"pre"}
# Hebrew to the Arabic extensions, their presentation forms, and what lies beyond the first plane.
_FROM_THE_RIGHT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
_ADDRESS = re.compile(
    r"\b[a-z][a-z0-9+.-]{0,20}://\S+"  # https://example.org/sign
    r"|[\w.+-]{1,64}@[\w.-]+"  # news@example.org
    r"|[@#][A-Za-z0-9_]+"  # @pond, #pond
    r"|\b[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+(?:/\S*)?",  # example.org/sign
    re.IGNORECASE,
)
_MARK = re.compile(r"\[!\w+\]")
"""What ``marked`` reads later: [!NOTE], [!PROGRESS]."""
_PHONE = re.compile(r"\(?(?:\+|0)\d(?:[ ()./\u2010-\u2013-]{0,3}\d){5,18}(?!\w)")


def direction_of(text: str, around: str) -> str:
    """Return the direction of most letters of `text`; where they do not tell, the direction `around` it."""
    return _most(_letters(text)) or around


def turn_blocks(root: HtmlElement, direction: str) -> None:
    """Give a direction of its own to every block of `root` that runs against its surroundings."""
    if direction == LTR and not _FROM_THE_RIGHT.search("".join(str(text) for text in root.itertext())):
        return
    for child in root:
        _turn(child, direction)
    _set_apart(root, direction)


def _turn(element: HtmlElement, around: str) -> None:
    own = _given(element)
    if not own and element.tag in _TURNED:
        own = _of_group(element) if element.tag in _GROUPS else _of_block(element)
        if own and own != around:
            element.set("dir", own)
    around = own or around
    if element.tag == "pre":
        _run_from_the_left(element, around)
    elif element.tag in _GROUPS:
        for holder in list(element.iter(*BLOCKS, "div")):
            _isolate_runs(holder, next(filter(None, map(_given, (holder, *holder.iterancestors()))), around))
    else:
        for child in element:
            _turn(child, around)


def _of_block(block: HtmlElement, beside: frozenset[str] = frozenset()) -> str:
    """Count the letters of `block`, but not those `beside` it; count links only where there is nothing else."""
    silent = _SILENT | beside
    said = _letters("".join(_words(block, silent | {"a"})))
    return _most(said) or _most(_letters("".join(_words(block, silent))))


def _of_group(group: HtmlElement) -> str:
    """Count each item or cell of `group` once; a list within an item is counted by itself."""
    return _most(Counter(_of_block(part, _GROUPS) for part in group.iter(*_PARTS)))


def _words(element: HtmlElement, silent: frozenset[str]) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        yield from (" ",) if child.tag in silent else _words(child, silent)
        yield child.tail or ""


def _letters(text: str) -> Counter[str]:
    kinds = Counter(unicodedata.bidirectional(letter) for letter in _ADDRESS.sub(" ", _MARK.sub(" ", text)))
    return Counter({RTL: kinds["R"] + kinds["AL"], LTR: kinds["L"]})


def _most(votes: Counter[str]) -> str:
    if votes[RTL] == votes[LTR]:
        return ""
    return RTL if votes[RTL] > votes[LTR] else LTR


def _isolate_runs(holder: HtmlElement, around: str) -> None:
    """Isolate the text between the blocks of `holder` that runs against the direction `around` it."""
    before: HtmlElement | None = None
    run: list[HtmlElement] = []
    for child in [*holder, None]:
        if child is not None and child.tag not in BLOCKS and child.tag != "div":
            run.append(child)
            continue
        _isolate(holder, before, run, around)
        before, run = child, []


def _isolate(holder: HtmlElement, before: HtmlElement | None, run: list[HtmlElement], around: str) -> None:
    span = Element("span")
    span.text = (holder.text if before is None else before.tail) or ""
    if not run and not span.text.strip():
        return
    last = run[-1].tail if run else None
    # _of_block reads a tree, so the run is put in one, and taken out again where it needs no direction.
    at = 0 if before is None else holder.index(before) + 1
    holder.insert(at, span)
    span.extend(run)
    own = _of_block(span)
    if own and own != around:
        span.set("dir", own)
        if before is None:
            holder.text = None
        else:
            before.tail = None
        return
    for child in reversed(run):
        span.addnext(child)
    if run:
        run[-1].tail = last
    span.tail = None
    holder.remove(span)


def _set_apart(root: HtmlElement, direction: str) -> None:
    """Keep text that always runs from left to right in one piece inside text that runs from right to left."""
    for element in list(root.iter()):
        if element.tag in _CODE or (element.tag == "a" and _leads_where_it_says(element)):
            _run_from_the_left(element, _around(element, direction))
        elif _around(element, direction) == RTL and element.tag != "a":
            _keep_numbers_whole(element)


def _around(element: HtmlElement, direction: str) -> str:
    return next(filter(None, map(_given, (element, *element.iterancestors()))), direction)


def _run_from_the_left(element: HtmlElement, around: str) -> None:
    if around == RTL and not _given(element):
        element.set("dir", LTR)


def _leads_where_it_says(link: HtmlElement) -> bool:
    label = "".join(str(text) for text in link.itertext()).strip()
    if _ADDRESS.fullmatch(label):
        return True
    return link.get("href", "").startswith("tel:") and not _most(_letters(label))


def _keep_numbers_whole(element: HtmlElement) -> None:
    """Wrap each telephone number in the text of `element` itself: its groups would show in reverse order."""
    element.text = _wrapped(element, 0, element.text)
    for child in list(element):
        child.tail = _wrapped(element, element.index(child) + 1, child.tail)


def _wrapped(parent: HtmlElement, at: int, text: str | None) -> str | None:
    """Put the numbers of `text` into spans of `parent`, from index `at` on; return the text before the first."""
    found = list(_PHONE.finditer(text or ""))
    if text is None or not found:
        return text
    for number, match in enumerate(found):
        span = Element("span", {"dir": LTR, "style": "white-space:nowrap"})
        span.text = match[0]
        end = found[number + 1].start() if number + 1 < len(found) else len(text)
        span.tail = text[match.end() : end]
        parent.insert(at + number, span)
    return text[: found[0].start()]


def _given(element: HtmlElement) -> str:
    said = (element.get("dir") or "").lower()
    return said if said in (RTL, LTR) else ""
