"""Quoted mails and signatures in a mail. In: the tree of a mail. Out: the same without them; each is named as left out.

Mail programs mark quoted mails by class or id. Without a mark, words show them: "On Monday Ben wrote:", a block of
From, Sent, To and Subject, "-----Original Message-----". A mail forwarded without words of the sender is the post.
"""

from collections.abc import Iterator
from dataclasses import dataclass

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
from newsletter.sources.html.reading import ENDS_A_RUN, leaves_of, words_of
from newsletter.sources.words import count_of


def _marked(classes: str, ids: str) -> str:
    """Write an XPath for elements whose class or id holds one of some names."""
    tests = [f"contains(@class, '{name}')" for name in classes.split()]
    tests += [f"contains(@id, '{name}')" for name in ids.split()]
    return f".//*[{' or '.join(tests)}]"


_QUOTES = ".//blockquote[@type='cite'] | " + _marked(
    "gmail_quote gmail_attr gmail_extra yahoo_quoted protonmail_quote tutanota_quote zmail_extra AppleOriginalContents "
    "moz-cite-prefix ms-outlook-mobile-reference-message",
    "mail-editor-reference-message",
)
_OPENINGS = _marked("OutlookMessageHeader", "divRplyFwdMsg appendonsend stopSpelling")
_SIGNATURES = _marked(
    "gmail_signature moz-signature protonmail_signature ms-outlook-mobile-signature",
    "ms-outlook-mobile-signature Signature signature",
)
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
    _open_forward(place, account)
    for element in _of(_SIGNATURES, place):
        if count_of(words_of(element)) < _MOST_OF_A_SIGNATURE:
            account.drop(element, "signature")
    for opening in _of(_OPENINGS, place):
        _cut_from(opening, place, account, "quoted mail")
    for element in _of(_QUOTES, place):
        account.drop(element, "quoted mail")
    _cut_at_words(place, account)
    for leaf in list(leaves_of(place)):
        words = words_of(leaf)
        if _is_in(leaf, place) and is_sent_from(words):
            account.drop(leaf, "signature")
        elif _is_in(leaf, place) and (is_confidential(words) or is_footer_of_a_mail(words)):
            account.drop(leaf, "footer of the mail")


def _of(path: str, place: HtmlElement) -> Iterator[HtmlElement]:
    return (element for element in place.xpath(path) if _is_in(element, place))


def _is_in(element: HtmlElement, place: HtmlElement) -> bool:
    return element is not place and any(each is place for each in element.iterancestors())


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


def _open_forward(place: HtmlElement, account: Account) -> None:
    """Where a mail only forwards another, leave out the header of that mail and everything before it, and unwrap it."""
    lines = _lines(place)
    at = next((at for at, line in enumerate(lines) if is_forward(line.words)), None)
    if at is None or sum(count_of(line.words) for line in lines[:at]) > _FEW:
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
    for element in _of(_QUOTES, place):
        for name in ("class", "id", "type"):
            element.attrib.pop(name, None)
        if element.tag == "blockquote":
            element.tag = "div"
    remedy = "was forwarded to you; see whether its writer agrees that everybody reads it"
    account.needs.append(Need("forwarded mail", quoted(sender), remedy))


def _cut_at_words(place: HtmlElement, account: Account) -> None:
    """Cut where words say that a quoted mail or a signature begins."""
    lines = _lines(place)
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
    if is_original(first) or (is_forward(first) and first.strip()[:2] == "--"):
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
