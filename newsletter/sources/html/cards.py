"""Cards of Ghost, Notion, Substack, WordPress and Medium. In: a tree. Out: each card as what it means, in place.

A bookmark is one link with its picture, a callout a callout, a file a link with its size, a toggle a heading with what
it hides, a box to tick a box to tick. What only a screen needs (players' clocks, icons, copies) is dropped.
"""

import json
import re
from collections.abc import Callable
from functools import lru_cache

from lxml.html import Element, HtmlElement

from newsletter.sources.draft import Need, quoted
from newsletter.sources.html.account import Account
from newsletter.sources.html.reading import is_in, words_of

_CALLOUTS = (
    (re.compile(r"⚠|🚨|❗|red|warning|alert|caution|danger"), "WARNING"),
    (re.compile(r"💡|✅|green|tip|success"), "TIP"),
)
_TAGS = frozenset("div figure section a ul ol p aside details table".split())
_SUBSTACKS_OWN = re.compile(
    r"[?&](?:action=share|utm_content=share)|/subscribe\b|/comments\b|%%\w+%%|/gift\b|/leaderboard\b|/survey/"
)
_MOST_OF_A_CALLOUT = 2_000


def rebuild_cards(root: HtmlElement, attributed: list[HtmlElement], account: Account) -> None:
    """Write every card of `root` as plain elements; what is only an invitation to subscribe is left out and named."""
    for element in attributed:
        rebuild = _card_of(element.get("class") or "", element.get("data-component-name") or "")
        if rebuild is not None and element.tag in _TAGS and is_in(element, root):
            rebuild(element, account)


@lru_cache(maxsize=10_000)  # most elements of a page share a few classes
def _card_of(names: str, role: str) -> Callable[[HtmlElement, Account], None] | None:
    return next((rebuild for sign, rebuild in _CARDS if sign.search(f"{names} {role}")), None)


def _first(card: HtmlElement, *names: str) -> HtmlElement | None:
    wanted = set(names)
    return next((each for each in card.iter() if wanted & set((each.get("class") or "").split())), None)


def _words(card: HtmlElement, *names: str) -> str:
    found = _first(card, *names)
    return words_of(found) if found is not None else ""


def _replace(card: HtmlElement, *parts: HtmlElement | str) -> None:
    """Replace a card's children by `parts`; the card becomes a plain box."""
    tail = card.tail
    card.clear()
    card.tag, card.tail = "div", tail
    for part in parts:
        if isinstance(part, str):
            if part:
                card.append(_made("p", part))
        else:
            part.tail = None
            card.append(part)


def _made(tag: str, text: str = "", **attributes: str) -> HtmlElement:
    element = Element(tag, attributes)
    element.text = text
    return element


def _captions(card: HtmlElement) -> list[HtmlElement]:
    captions = [_made("p") for each in card.iter("figcaption") if words_of(each)]
    for paragraph, caption in zip(captions, [each for each in card.iter("figcaption") if words_of(each)], strict=True):
        emphasis = _made("em", words_of(caption))
        paragraph.append(emphasis)
    return captions


def _bookmark(card: HtmlElement, _: Account) -> None:
    """Write a bookmark as one link: its picture, its title, what is said of it and where it leads."""
    link = card if card.tag == "a" else next((each for each in card.iter("a") if each.get("href")), None)
    title = _words(card, "kg-bookmark-title", "bookmark-title", "embedded-post-title", "markup--mixtapeEmbed-strong")
    if link is None or not title:
        return
    about = _words(
        card, "kg-bookmark-description", "bookmark-description", "embedded-post-body", "markup--mixtapeEmbed-em"
    )
    makers = [
        _words(card, "kg-bookmark-author"),
        _words(card, "kg-bookmark-publisher", "embedded-post-publication-name"),
    ]
    held = _first(card, "kg-bookmark-thumbnail", "bookmark-image", "embedded-post-cover-image")
    picture = held if held is None or held.tag == "img" else held.find(".//img")
    captions = _captions(card)
    whole = _made("a", href=link.get("href") or "")
    if picture is not None and picture.get("src"):
        whole.append(_made("img", src=picture.get("src") or "", alt=picture.get("alt") or ""))
        whole[0].tail = " "
    whole.append(_made("strong", title))
    rest = " ".join(filter(None, [about, ", ".join(filter(None, makers))]))
    whole[-1].tail = f" {rest}" if rest else None
    paragraph = _made("p")
    paragraph.append(whole)
    _replace(card, paragraph, *captions)


def _callout(card: HtmlElement, _: Account) -> None:
    """Write a callout as a quote that says what kind it is."""
    if len(words_of(card)) > _MOST_OF_A_CALLOUT or card.find(".//h1") is not None:
        return  # a theme may give this class to its whole page
    sign = _first(card, "kg-callout-emoji", "icon", "wp-block-callout__icon")
    looks = f"{words_of(sign) if sign is not None else ''} {card.get('class') or ''}"
    kind = next((name for pattern, name in _CALLOUTS if pattern.search(looks)), "NOTE")
    if sign is not None:
        holder = sign.getparent()
        alone = holder is not None and holder is not card and words_of(holder) == words_of(sign)
        (holder if alone and holder is not None else sign).drop_tree()
    card.tag = "blockquote"
    card.attrib.clear()
    card.set("data-callout", kind)


def _toggle(card: HtmlElement, _: Account) -> None:
    """Write what a toggle hides below its heading."""
    for button in list(card.iter("button", "svg")):
        button.drop_tree()
    heading = _first(card, "kg-toggle-heading-text")
    if heading is not None and heading.tag not in ("h2", "h3", "h4"):
        heading.tag = "h4"
    card.attrib.pop("class", None)


def _file(card: HtmlElement, _: Account) -> None:
    """Write a file as one link: its title, its name and its size; what is said of it stands below."""
    link = card if card.tag == "a" else next((each for each in card.iter("a") if each.get("href")), None)
    name = _words(card, "kg-file-card-filename", "file-embed-details-h1", "wp-block-file__name")
    title = (
        _words(card, "kg-file-card-title", "file-embed-details-h1")
        or name
        or (words_of(link) if link is not None else "")
    )
    size = _words(card, "kg-file-card-filesize", "file-embed-details-h2")
    if link is None or not title:
        return
    facts = ", ".join(each for each in (name if name != title else "", size) if each)
    paragraph = _made("p")
    paragraph.append(_made("a", title + (f" ({facts})" if facts else ""), href=link.get("href") or ""))
    _replace(card, paragraph, _words(card, "kg-file-card-caption"))


def _player(card: HtmlElement, _: Account) -> None:
    """Keep the player and what it plays; its clock and its buttons go."""
    title = _words(card, "kg-audio-title", "kg-video-title")
    playing = (each for each in card.iter("audio", "video") if each.get("src") or each.find("source") is not None)
    media = next(playing, None)
    captions = _captions(card)
    if media is None:
        return
    if title:
        media.set("title", title)
    _replace(card, *([_made("p", title)] if title else []), media, *captions)


def _product(card: HtmlElement, _: Account) -> None:
    for stars in list(card.iter()):
        if "kg-product-card-rating" in (stars.get("class") or "").split() and stars.getparent() is not None:
            stars.drop_tree()
    button = _first(card, "kg-product-card-button")
    if button is not None and button.get("href"):
        _strong(button)


def _strong(link: HtmlElement) -> None:
    """Let a button stand in a paragraph of its own, as a strong link."""
    words, address, tail = words_of(link), link.get("href") or "", link.tail
    inner = _made("a", href=address)
    inner.append(_made("strong", words))
    link.clear()
    link.tag, link.tail = "p", tail
    link.append(inner)


def _invitation(card: HtmlElement, account: Account) -> None:
    account.drop(card, "invitation to subscribe")


def _substack_button(card: HtmlElement, account: Account) -> None:
    """Leave out a button of Substack's own (subscribe, share, comment); any other stays."""
    link = card.find(".//a[@href]")
    address = link.get("href") or "" if link is not None else ""
    if link is None or _SUBSTACKS_OWN.search(address):
        account.drop(card, "button")
    else:
        _strong(link)


def _paywall(card: HtmlElement, account: Account) -> None:
    remedy = "what stands below it was for those who pay; see whether everybody should read it"
    account.needs.append(Need("paywall", words_before(card), remedy))
    card.drop_tree()


def _poll(card: HtmlElement, account: Account) -> None:
    """Leave out a poll, which no mail can hold, with what it asked."""
    remedy = "left out, as nobody can vote in a mail; link to the page where it stands"
    account.needs.append(Need("poll", words_of(card) or words_before(card), remedy))
    account.drop(card, "poll")


def words_before(mark: HtmlElement) -> str:
    """Quote the last words before a mark, so that its place can be found."""
    before = mark.getprevious()
    return quoted(words_of(before)[-80:] if before is not None else "the beginning")


def _digest(card: HtmlElement, account: Account) -> None:
    """Write a post that Substack embeds as one link: the export keeps only facts about it."""
    try:
        facts = json.loads(card.get("data-attrs") or "")
    except (ValueError, RecursionError):
        return
    address = str(facts.get("canonical_url") or facts.get("url") or "") if isinstance(facts, dict) else ""
    words = (
        str(facts.get("title") or facts.get("full_text") or facts.get("name") or "") if isinstance(facts, dict) else ""
    )
    if not words_of(card) and re.match(r"https?://", address) and words:
        paragraph = _made("p")
        paragraph.append(_made("a", " ".join(words.split()), href=address))
        _replace(card, paragraph)


def _wordpress_file(card: HtmlElement, account: Account) -> None:
    """Keep one of the two links to a file."""
    links = [each for each in card.iter("a") if each.get("href")]
    for button in links:
        if "wp-block-file__button" in (button.get("class") or "") and links[0] is not button:
            account.drop(button, "button")


def _checkbox(box: HtmlElement, _: Account) -> None:
    """Write Notion's box to tick as one of HTML's; words behind it stay."""
    if not {"checkbox-on", "checkbox-off"} & set((box.get("class") or "").split()):
        return
    checked = "checkbox-on" in (box.get("class") or "")
    tail = box.tail
    box.clear()
    box.tag, box.tail = "input", (tail or "").lstrip()
    box.set("type", "checkbox")
    if checked:
        box.set("checked", "")


def _list_of_one(flat: HtmlElement, _: Account) -> None:
    """Join Notion's lists of one item each, which it writes for every line."""
    before = flat.getprevious()
    names = flat.get("class") or ""
    if flat.tag not in ("ul", "ol"):
        return
    if before is None or before.tag != flat.tag or (before.tail or "").strip() or before.get("data-notion") != names:
        flat.set("data-notion", names)
        return
    for item in list(flat):
        before.append(item)
    before.tail = flat.tail
    flat.tail = None
    flat.drop_tree()


def _properties(card: HtmlElement, account: Account) -> None:
    if card.tag == "table" and next(card.iterancestors("header"), None) is not None:
        account.drop(card, "properties")


def _quote(card: HtmlElement, _: Account) -> None:
    card.tag = "blockquote"


def _icon(card: HtmlElement, account: Account) -> None:
    account.drop(card, "icon")


_CARDS: tuple[tuple[re.Pattern[str], Callable[[HtmlElement, Account], None]], ...] = tuple(
    (re.compile(rf"(?:^|\s)(?:{sign})(?:$|\s)"), rebuild)
    for sign, rebuild in (
        (r"kg-bookmark-card|bookmark|embedded-post(?:-wrap)?|graf--mixtapeEmbed|mixtapeEmbed", _bookmark),
        (r"kg-callout-card|callout|callout-block", _callout),
        (r"kg-toggle-card", _toggle),
        (r"kg-file-card|file-embed-wrapper|FileToDOM", _file),
        (r"kg-audio-card|kg-video-card", _player),
        (r"kg-product-card", _product),
        (
            r"kg-signup-card|subscription-widget-wrap(?:-editor)?|subscription-widget|SubscribeWidgetToDOM|captioned-button-wrap",
            _invitation,
        ),
        (r"button-wrapper|ButtonCreateButton", _substack_button),
        (r"paywall-jump|PaywallToDOM", _paywall),
        (r"poll-embed|PollToDOM", _poll),
        (r"digest-post-embed|embedded-publication-wrap|tweet", _digest),
        (r"wp-block-file", _wordpress_file),
        (r"pullquote", _quote),
        (r"checkbox", _checkbox),
        (r"to-do-list|bulleted-list|numbered-list|toggle", _list_of_one),
        (r"properties", _properties),
        (r"page-header-icon|page-cover-image-icon", _icon),
    )
)
