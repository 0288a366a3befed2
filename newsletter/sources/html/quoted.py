"""Quoted mails and signatures in a mail. In: the tree of a mail. Out: the same without them; each is named as left out.

Mail programs mark quoted mails by class or id. Without a mark, words show them: "On Monday Ben wrote:", a block of
From, Sent, To and Subject, "-----Original Message-----". A mail forwarded without words of the sender is the post.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from lxml import etree
from lxml.html import HtmlElement

from newsletter.sources.draft import Need, quoted
from newsletter.sources.furniture import (
    field_of,
    is_attribution,
    is_confidential,
    is_footer_of_a_mail,
    is_forward,
    is_original,
    is_sent_from,
)
from newsletter.sources.html.account import Account
from newsletter.sources.html.reading import ENDS_A_RUN, is_in, leaves_of, words_of
from newsletter.sources.words import count_of

# What the class or the id of an element may hold, by what the element is.
_QUOTE, _OPENING, _SIGNATURE = "quote", "opening", "signature"
_CLASSES = {
    _QUOTE: "gmail_quote gmail_attr gmail_extra yahoo_quoted protonmail_quote tutanota_quote zmail_extra "
    "AppleOriginalContents moz-cite-prefix ms-outlook-mobile-reference-message",
    _OPENING: "OutlookMessageHeader",
    _SIGNATURE: "gmail_signature moz-signature protonmail_signature ms-outlook-mobile-signature",
}
_IDS = {
    _QUOTE: "mail-editor-reference-message",
    _OPENING: "divRplyFwdMsg appendonsend stopSpelling",
    _SIGNATURE: "ms-outlook-mobile-signature Signature signature",
}
_FEW = 12  # words: "FYI, please send this on" is no post
_FIELDS = 3  # header fields or more that open a quoted mail
_NEAR = 9  # lines that these fields stand in
_MOST_OF_A_SIGNATURE = 120  # words


@dataclass(frozen=True, slots=True)
class _Line:
    """The words of one line: the texts that make it up, each the text or the tail of an element."""

    words: str
    texts: tuple[tuple[HtmlElement, bool], ...]


def drop_quoted(root: HtmlElement, account: Account) -> None:
    """Take quoted mails and signatures out of `root`, unless a mail only forwards another."""
    place = root.find("body")
    place = place if place is not None else root
    lines = _lines(place)
    _open_forward(lines, place, account)
    marked = _marked(place)
    for element in _still_in(place, marked[_SIGNATURE]):
        if count_of(words_of(element)) < _MOST_OF_A_SIGNATURE:
            account.drop(element, "signature")
    for opening in _still_in(place, marked[_OPENING]):
        _cut_from(opening, place, account, "quoted mail")
    for element in _still_in(place, marked[_QUOTE]):
        account.drop(element, "quoted mail")
    _cut_at_words(_lines(place) if account.left else lines, place, account)
    for leaf in list(leaves_of(place)):
        words = words_of(leaf)
        if is_sent_from(words):
            account.drop(leaf, "signature")
        elif is_confidential(words) or is_footer_of_a_mail(words):
            account.drop(leaf, "footer of the mail")


def _marked(place: HtmlElement) -> dict[str, list[HtmlElement]]:
    """List the elements of `place` that a mail program marked, by what they are. One pass."""
    found: dict[str, list[HtmlElement]] = {what: [] for what in _CLASSES}
    for element in place.xpath("descendant::*[@class or @id or @type='cite']"):
        for what in _marks_of(element.get("class") or "", element.get("id") or ""):
            found[what].append(element)
        if element.tag == "blockquote" and element.get("type") == "cite" and element not in found[_QUOTE][-1:]:
            found[_QUOTE].append(element)
    return found


@lru_cache(maxsize=10_000)  # most elements of a mail share a few classes
def _marks_of(classes: str, name: str) -> tuple[str, ...]:
    return tuple(
        what
        for what in _CLASSES
        if any(each in classes for each in _CLASSES[what].split()) or any(each in name for each in _IDS[what].split())
    )


def _still_in(place: HtmlElement, elements: list[HtmlElement]) -> Iterator[HtmlElement]:
    return (element for element in elements if is_in(element, place))


def _lines(place: HtmlElement) -> list[_Line]:
    """List the lines of `place` in the order they are read."""
    found: list[_Line] = []
    texts: list[tuple[HtmlElement, bool]] = []
    pieces: list[str] = []

    def close() -> None:
        if words := " ".join("".join(pieces).split()):
            found.append(_Line(words, tuple(texts)))
        texts.clear()
        pieces.clear()

    for event, each in etree.iterwalk(place, events=("start", "end")):
        if each.tag in ENDS_A_RUN:
            close()
        text = (each.text if isinstance(each.tag, str) else None) if event == "start" else each.tail
        if text and text.strip() and (event == "start" or each is not place):
            texts.append((each, event == "end"))
        pieces.append(text or "")
    close()
    return found


def _forward_in(lines: list[_Line]) -> int | None:
    """Find the line that says that a forwarded mail follows, where only a few words stand before it."""
    words = 0
    for at, line in enumerate(lines):
        if is_forward(line.words):
            return at
        words += count_of(line.words)
        if words > _FEW:
            return None
    return None


def _open_forward(lines: list[_Line], place: HtmlElement, account: Account) -> None:
    """Where a mail only forwards another, leave out the header of that mail and everything before it, and unwrap it."""
    at = _forward_in(lines)
    if at is None:
        return
    end = at + 1
    while end < len(lines) and field_of(lines[end].words):
        end += 1
    sender = next((line.words for line in lines[at:end] if field_of(line.words) == "from"), "the whole post")
    account.words(" ".join(line.words for line in lines[:end]), "line")
    for holder, is_tail in (text for line in lines[:end] for text in line.texts):
        if is_tail:
            holder.tail = None
        else:
            holder.text = None
    for element in _marked(place)[_QUOTE]:
        for name in ("class", "id", "type"):
            element.attrib.pop(name, None)
        if element.tag == "blockquote":
            element.tag = "div"
    remedy = "was forwarded to you; see whether its writer agrees that everybody reads it"
    account.needs.append(Need("forwarded mail", quoted(sender), remedy))


def _cut_at_words(lines: list[_Line], place: HtmlElement, account: Account) -> None:
    """Cut where words say that a quoted mail or a signature begins."""
    for at, line in enumerate(lines):
        holder, is_tail = line.texts[0]
        if at and line.words in ("--", "—"):
            _cut_from(holder, place, account, "signature", behind=is_tail)
            return
        if _opens_a_quote([each.words for each in lines[at : at + _NEAR]]):
            _cut_from(holder, place, account, "quoted mail", behind=is_tail)
            return


def _opens_a_quote(lines: list[str]) -> bool:
    first = lines[0]
    if is_original(first) or (first.startswith("--") and is_forward(first)):
        return True
    if is_attribution(first) or (len(first) < 160 and is_attribution(" ".join(lines[:2]))):
        return True
    return field_of(first) == "from" and len({field for line in lines if (field := field_of(line))}) >= _FIELDS


def _cut_from(element: HtmlElement, place: HtmlElement, account: Account, what: str, *, behind: bool = False) -> None:
    """Drop `element`, or only what stands behind it, and everything after it in `place`; name it as one."""
    words: list[str] = []
    inner = element
    first = True
    while inner is not place:
        after = list(inner.itersiblings())
        parent = inner.getparent()
        if first and not behind:
            words.append(words_of(inner))
        words.append(inner.tail or "")
        inner.tail = None
        for each in after:
            words += [words_of(each) if isinstance(each.tag, str) else "", each.tail or ""]
            each.tail = None
            each.drop_tree()
        if first and not behind:
            inner.drop_tree()
        first = False
        if parent is None:
            break
        inner = parent
    account.words(" ".join(words), what)
