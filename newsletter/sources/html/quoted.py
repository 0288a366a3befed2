"""Mails that a mail quotes, and what stands below every mail. In: the tree of a mail. Out: the same without; each is named.

Mail programs mark what they quote by class or id; where none did, words tell: "On Monday Ben wrote:", a block of From,
Sent, To and Subject, "-----Original Message-----". What was forwarded with no word of the sender's own is the post.
"""

import re

from lxml.html import HtmlElement

from newsletter.sources.draft import Need
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
from newsletter.sources.html.reading import count_of, leaves_of, words_of

_QUOTES = (
    ".//blockquote[@type='cite'] | .//*[contains(concat(' ', @class, ' '), ' gmail_quote ')]"
    " | .//*[contains(@class, 'yahoo_quoted') or contains(@class, 'protonmail_quote') or contains(@class, 'tutanota_quote')"
    " or contains(@class, 'zmail_extra') or contains(@class, 'gmail_quote_container') or contains(@class, 'AppleOriginalContents')"
    " or contains(@class, 'moz-cite-prefix') or contains(@class, 'gmail_attr') or contains(@class, 'gmail_extra')"
    " or contains(@class, 'ms-outlook-mobile-reference-message') or contains(@id, 'mail-editor-reference-message')]"
)
_OPENINGS = ".//*[contains(@id, 'divRplyFwdMsg') or contains(@id, 'appendonsend') or contains(@class, 'OutlookMessageHeader') or contains(@id, 'stopSpelling')]"
_SIGNATURES = (
    ".//*[contains(@class, 'gmail_signature') or contains(@class, 'moz-signature') or contains(@class, 'protonmail_signature')"
    " or contains(@class, 'ms-outlook-mobile-signature') or contains(@id, 'ms-outlook-mobile-signature')"
    " or contains(translate(@id, 'S', 's'), 'signature') or contains(@class, 'gmail_signature_prefix')]"
)
_FEW = 12  # words: "FYI, please send this on" is no post
_FIELDS = 3  # header fields at least that open a quoted mail
_NEAR = 24  # texts in which they stand


def drop_quoted(root: HtmlElement, account: Account) -> None:
    """Take quoted mails and signatures out of `root`, unless a mail only forwards another."""
    place = root.find("body")
    place = place if place is not None else root
    forward = _forwarded(place)
    if forward is not None:
        _only_the_forwarded(place, forward, account)
    for element in place.xpath(_SIGNATURES):
        if _is_in(element, place) and count_of(words_of(element)) < 120:
            account.drop(element, "signature")
    for opening in place.xpath(_OPENINGS):
        if _is_in(opening, place):
            _cut_from(opening, place, account, "quoted mail")
    for element in place.xpath(_QUOTES):
        if _is_in(element, place):
            account.drop(element, "quoted mail")
    _cut_at_words(place, account)
    for leaf in leaves_of(place):
        words = words_of(leaf)
        if _is_in(leaf, place) and (is_sent_from(words) or is_confidential(words) or is_footer_of_a_mail(words)):
            account.drop(leaf, "signature" if is_sent_from(words) else "footer of the mail")


def _is_in(element: HtmlElement, place: HtmlElement) -> bool:
    return element is not place and any(each is place for each in element.iterancestors())


def _texts(place: HtmlElement) -> list[tuple[HtmlElement, bool, str]]:
    """List the texts of `place` in their order: whose it is, whether it stands behind that element, what it says."""
    found = []
    for text in place.xpath(".//text()"):
        holder = text.getparent()
        if holder is not None and " ".join(text.split()) and isinstance(holder.tag, str):
            found.append((holder, bool(text.is_tail), " ".join(str(text).split())))
    return found


def _forwarded(place: HtmlElement) -> tuple[HtmlElement, bool] | None:
    """Find where a forwarded mail begins, if what stands before it is no post of its own."""
    before = 0
    for holder, is_tail, words in _texts(place):
        if is_forward(words):
            return (holder, is_tail) if before <= _FEW else None
        before += count_of(words)
        if before > _FEW:
            return None
    return None


def _only_the_forwarded(place: HtmlElement, forward: tuple[HtmlElement, bool], account: Account) -> None:
    """Leave out what stands before a forwarded mail, its marker and its header, and open what holds it."""
    seen = False
    sender = ""
    fields = 0
    for holder, is_tail, words in _texts(place):
        here = (holder, is_tail) == forward
        seen = seen or here
        field = field_of(words)
        about_it = here or not seen or bool(field) or fields_go_on(words, fields)
        if seen and not about_it and fields:
            break
        if about_it:
            fields += bool(field)
            sender = sender or (words if field == "from" else "")
            account.words(words, "line")
            if is_tail:
                holder.tail = None
            else:
                holder.text = None
    for element in place.xpath(_QUOTES):
        if words_of(element):
            for name in ("class", "id", "type"):
                element.attrib.pop(name, None)
            if element.tag == "blockquote":
                element.tag = "div"
    remedy = "is somebody else's mail, which was forwarded; see whether they agree that everybody reads it"
    account.needs.append(Need("forwarded mail", sender or "the whole post", remedy))


def fields_go_on(words: str, fields: int) -> bool:
    """Tell whether `words` are the value of a header field whose name stood before."""
    return 0 < fields < 5 and (bool(re.search(r"@|\d{1,2}[:.]\d\d", words)) and len(words) < 120)


def _cut_at_words(place: HtmlElement, account: Account) -> None:
    """Cut where words say that a quoted mail or a signature begins."""
    texts = _texts(place)
    for at, (holder, is_tail, words) in enumerate(texts):
        if at and words in ("--", "—", "-- "):
            _cut_from(holder, place, account, "signature", behind=is_tail)
            return
        if _opens_a_quote([each[2] for each in texts[at : at + _NEAR]]):
            _cut_from(holder, place, account, "quoted mail", behind=is_tail)
            return


def _opens_a_quote(texts: list[str]) -> bool:
    first = texts[0]
    if is_original(first) or (is_forward(first) and first.strip()[:2] == "--"):
        return True
    if is_attribution(first) or (len(texts) > 1 and len(first) < 160 and is_attribution(" ".join(texts[:3]))):
        return True
    if field_of(first) != "from" and not (len(texts) > 1 and field_of(f"{first}{texts[1][:1]}") == "from"):
        return False
    return len({field for each in texts if (field := field_of(each))}) >= _FIELDS


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
