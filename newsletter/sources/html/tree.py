"""HTML of any origin becomes a tree that can be written as Markdown. In: HTML text. Out: a tree, and what was left out.

Scripts, forms and invisible parts are dropped; addresses become absolute where the base is known; styles of Word and
Google Docs become HTML elements. Visible words are never dropped here.
"""

import re
from functools import lru_cache
from urllib.parse import urljoin, urlsplit

from lxml import etree
from lxml.html import Element, HtmlComment, HtmlElement, HTMLParser, document_fromstring

from newsletter.errors import SourceError
from newsletter.sources.draft import LeftOut, Need, quoted
from newsletter.sources.html import buttons, office, stylesheet
from newsletter.sources.html.account import Account
from newsletter.sources.html.breaks import split_at_double_breaks
from newsletter.sources.html.cards import rebuild_cards
from newsletter.sources.html.formulas import write_formulas
from newsletter.sources.html.images import drop_twins, load_lazy_images, unlink_pictures
from newsletter.sources.html.private import needs_of_private, take_out_private
from newsletter.sources.html.pruning import prune
from newsletter.sources.html.reading import BLOCKS, ENDS_A_RUN, HEADINGS, holds_block, is_in, with_attributes, words_of
from newsletter.sources.redirectors import Unwrapped, unwrapped
from newsletter.sources.words import count_of

DEEPEST = 200
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufffe\uffff]")
_REFERENCE = re.compile("&#([xX][0-9a-fA-F]{1,20}|[0-9]{1,20})")
_FLAT = re.compile(
    r"(?:^|;)(?:max-)?height:0(?:px)?;(?:.*;)?overflow:hidden|overflow:hidden;(?:.*;)?(?:max-)?height:0(?:px)?(?:;|$)"
)
_CONTROLS = ("button", "select", "textarea")
_UNREAD = frozenset(
    (*"script style template svg object link meta title head canvas dialog datalist map".split(), *_CONTROLS)
)
_PERMALINK = re.compile(
    r"(?:^|[\s_-])(?:permalink|header-?link|heading-?(?:link|anchor)|anchor(?:-?link|js-link)?|hash-?link)(?:$|[\s_-])"
)
_UNSEEN = re.compile("^(?:[\u200b-\u200f\u2060\ufeff]|%E2%80%8[B-F])+|[\u200b-\u200f\u2060\ufeff]+$", re.IGNORECASE)


def parse_html(html: str, source: str) -> HtmlElement:
    """Parse a whole page or a piece of one. Raises SourceError for one that is empty or nested too deep."""
    try:
        root = document_fromstring(html, parser=_parser())
    except (etree.ParserError, ValueError):
        raise SourceError(source=source, why="holds no words") from None
    _end_head(root)
    if _may_hold_unwritable(html):
        _drop_unwritable(root)
    if _is_too_deep(root):
        raise SourceError(source=source, why=f"its elements stand more than {DEEPEST} deep in each other")
    return root


def _end_head(root: HtmlElement) -> None:
    """Move what is read into the body: without <body>, libxml2 leaves <article>, <main> or <my-page> in the head."""
    head, body = root.find("head"), root.find("body")
    found = (
        (each for each in head.iterchildren("*") if each.tag in ENDS_A_RUN or "-" in each.tag)
        if head is not None
        else ()
    )
    first = next(iter(found), None)
    if first is None:
        return
    moved = Element("body")
    for each in [first, *first.itersiblings()]:
        moved.append(each)
    if body is None:
        root.append(moved)
    else:
        moved[-1].tail = (moved[-1].tail or "") + (body.text or "")
        body.text = None
        for at, each in enumerate(list(moved)):
            body.insert(at, each)


_is_too_deep = etree.XPath(f"boolean(self::*{'/*' * DEEPEST})")


def _parser() -> HTMLParser:
    """Make a parser that uses one class for all elements: choosing a class by tag is the slowest part of lxml."""
    parser = HTMLParser(encoding="utf-8", huge_tree=True, remove_pis=True)
    parser.set_element_class_lookup(etree.ElementDefaultClassLookup(element=HtmlElement, comment=HtmlComment))
    return parser


def _may_hold_unwritable(html: str) -> bool:
    """Tell whether a page brings in what cannot be written, as it stands or by references such as &#14;."""
    codes = {int(code[1:], 16) if code[0] in "xX" else int(code) for code in set(_REFERENCE.findall(html))}
    return bool(_UNWRITABLE.search(html)) or any(code > 0x10FFFF or _UNWRITABLE.match(chr(code)) for code in codes)


def _drop_unwritable(root: HtmlElement) -> None:
    """Drop what references such as &#14; bring in: controls, and private letters, the icons of a page's own font."""
    for element in root.iter():
        if element.text and _UNWRITABLE.search(element.text):
            element.text = _UNWRITABLE.sub("", element.text)
        if element.tail and _UNWRITABLE.search(element.tail):
            element.tail = _UNWRITABLE.sub("", element.tail)
        for name, value in element.attrib.items():
            if _UNWRITABLE.search(value):
                element.set(name, _UNWRITABLE.sub("", value))


def base_of(root: HtmlElement, url: str) -> str:
    """Find the base of relative addresses: <base>, the address it was fetched from, or the address the page states."""
    bases = root.xpath("descendant::base/@href")[:1]
    stated = root.xpath("descendant::link[@rel='canonical']/@href")
    stated += root.xpath("descendant::meta[@property='og:url']/@content")
    for address in map(str, (*bases, url, *stated)):
        try:
            whole = urljoin(url, address.strip()) if address else ""
            if urlsplit(whole).scheme in ("http", "https") and urlsplit(whole).hostname:
                return whole
        except ValueError:
            continue
    return ""


def clean(root: HtmlElement, base: str = "", account: Account | None = None, *, document: bool = False) -> HtmlElement:
    """Make the tree fit for Markdown, in place; `base` makes relative addresses absolute.

    What is dropped goes to the `account`. A `document` says by its own style sheet what is bold or hidden, and what is
    hidden in it is private.
    """
    account = account or Account()
    if document:
        stylesheet.say_by_element(root)
    attributed = with_attributes(root)
    private = take_out_private(attributed, tracked=document)
    if write_formulas(root):
        account.needs.append(
            Need("formula", "the formulas of the source", "were written as words; see whether they read well")
        )
    load_lazy_images(root)
    drop_twins(root, account)
    rebuild_cards(root, attributed, account)
    hidden = _drop_unread(root, attributed, account)
    if document and hidden:
        private["hidden text"] = sum(count_of(words) for words in hidden)
    elif hidden:
        account.left.append(LeftOut("hidden on the page", " ".join(hidden), counts=False))
    account.needs += needs_of_private(private)
    for step in (office.elements_from_styles, _permalinks, unlink_pictures, _unnest_links, buttons.make_strong):
        step(root)
    _addresses(root, base, account)
    split_at_double_breaks(root)
    return root


def _addresses(root: HtmlElement, base: str, account: Account) -> None:
    """Make addresses absolute, and remove wrappers that belong to one person."""
    for link in list(root.iter("a", "area")):
        href = link.get("href")
        if href:
            found = unwrapped(_address(href, base))
            if found.address != href:
                link.set("href", found.address)
            if found.is_personal:
                account.needs.append(personal_need(words_of(link), found))
    for media in root.iter("img", "iframe", "video", "audio", "source", "embed"):
        if media.get("src") and not media.get("data-enclosed"):
            media.set("src", _address(_watched(media.get("src") or ""), base))


def personal_need(words: str, found: Unwrapped) -> Need:
    """Say that a link belongs to one person."""
    remedy = f"goes through {found.wrapper} and is somebody's own; open it yourself, and write where it leads instead"
    return Need("link", quoted(words or found.address), remedy)


def _permalinks(root: HtmlElement) -> None:
    """Drop the marks beside headings that link to them; a heading that is such a link stays as words."""
    for heading in root.iter(*HEADINGS):
        for link in list(heading.iter("a")):
            words, href = words_of(link), (link.get("href") or "")
            marked = bool(_PERMALINK.search(link.get("class") or "")) or "#" in href
            if marked and (
                not words.strip("#¶§🔗⚓︎\ufe0f ")
                or (_PERMALINK.search(link.get("class") or "") and count_of(words) <= 4 and words != words_of(heading))
            ):
                link.drop_tree()
            elif href.startswith("#"):
                link.drop_tag()


def _drop_unread(root: HtmlElement, attributed: list[HtmlElement], account: Account) -> list[str]:
    """Drop what no reader sees; return the words of hidden elements, which are among those with attributes."""
    found = [each for each in root.iterdescendants("input", *_UNREAD) if _is_unread(each)]
    found += [each for each in attributed if _is_hidden(each) and is_in(each, root)]
    every = set(found)
    gone = [each for each in found if every.isdisjoint(each.iterancestors())]
    del found, every  # what stands in what goes is let go first, because lxml searches a tree for each part of it
    for control in [each for each in gone if each.tag in _CONTROLS]:
        account.name(control, "button" if control.tag == "button" else "field of a form")
    hidden = [words for each in gone if not _is_unread(each) and (words := words_of(each))]
    gone += root.iterdescendants(etree.Comment)
    prune(gone, root.xpath("descendant::*[contains(name(), ':')]"))  # o:p, st1:place and other elements of Word's own
    return hidden


def _is_unread(element: HtmlElement) -> bool:
    return element.tag in _UNREAD or (element.tag == "input" and element.get("type") != "checkbox")


def _is_hidden(element: HtmlElement) -> bool:
    """Tell whether a style or an attribute hides an element that would be read otherwise."""
    style = element.get("style")
    hides = (style is not None and _hides(style)) or element.get("hidden") is not None
    return hides and not _is_unread(element)


@lru_cache(maxsize=10_000)  # most elements of a page share a few styles
def _hides(style: str) -> bool:
    style = style.replace(" ", "").lower()
    return (
        "display:none" in style or "visibility:hidden" in style or "mso-hide:all" in style or bool(_FLAT.search(style))
    )


def _unnest_links(root: HtmlElement) -> None:
    """Move a link around blocks into those blocks: Markdown can only link words within a block."""
    emptied: list[HtmlElement] = []
    for link in list(root.iter("a")):
        blocks = list(link.iterdescendants(*BLOCKS)) if len(link) and link.get("href") else []
        for block in [each for each in blocks if not holds_block(each)]:
            inner = Element("a", {"href": link.get("href") or ""})
            inner.text, block.text = block.text, None
            inner.extend(list(block))
            block.append(inner)
        if blocks:
            emptied.append(link)
    prune((), opened=emptied)


def _address(address: str, base: str) -> str:
    address = address.strip()
    if address.startswith("%") or not address.isascii():
        # Text pasted into an editor may bring invisible characters, which break the address.
        address = _UNSEEN.sub("", address)
    if address.lower().startswith(("javascript:", "vbscript:", "about:")) or address == "#":
        return ""
    if address.startswith("//"):
        return f"https:{address}"
    try:
        return urljoin(base, address) if base and not address.startswith(("#", "data:")) else address
    except ValueError:
        return ""


def _watched(address: str) -> str:
    """Turn the address of a YouTube player into the address of the page with the video."""
    found = re.match(r"(?:https?:)?//(?:www\.)?youtube(?:-nocookie)?\.com/embed/([\w-]{6,})", address)
    return f"https://www.youtube.com/watch?v={found[1]}" if found and found[1] != "videoseries" else address
