"""Footnotes of any program. In: an article. Out: the same, each reference and each note marked with its number.

A footnote is a link to a place in the same article that leads back. Word, Google Docs, WordPress, Substack, Pandoc and
the rest differ only in their names for the two.
"""

import re

from lxml.html import Element, HtmlElement

from newsletter.sources.html.reading import BLOCKS, has_words, words_of

_CALLED = re.compile(
    r"foot-?note|end-?note|^_?(?:ftn|edn|fn)|sdfootnote|cite_note|mso-element:(?:foot|end)note", re.IGNORECASE
)
_MARK = re.compile(r"\[?[\w*†‡§]{1,4}\]?$")


def mark_footnotes(article: HtmlElement) -> None:
    """Give each reference ``data-footnote`` with its number; its note becomes a section at the end of `article`."""
    links = [link for link in article.iter("a") if (link.get("href") or "").startswith("#")]
    places = _places(article) if links else {}
    numbers: dict[HtmlElement, int] = {}
    back: dict[HtmlElement, set[str]] = {}
    for link in links:
        target = places.get((link.get("href") or "")[1:])
        if target is None or target is link or link.getparent() is None or not _MARK.match(words_of(link).strip()):
            continue
        note = _note_of(target)
        if note is None or note in link.iterancestors():
            continue
        if note not in back:
            back[note] = {href[1:] for each in note.iter("a") if (href := each.get("href") or "").startswith("#")}
        if not _leads_back(note, target, link, back[note]):
            continue
        number = numbers.setdefault(note, len(numbers) + 1)
        _refer(link, number)
    for note, number in numbers.items():
        _set_apart(article, note, number)


def _places(article: HtmlElement) -> dict[str, HtmlElement]:
    places: dict[str, HtmlElement] = {}
    for element in article.iter():
        if isinstance(element.tag, str):
            for name in (element.get("name") if element.tag == "a" else None, element.get("id")):
                if name:
                    places[name] = element
    return places


def _note_of(target: HtmlElement) -> HtmlElement | None:
    """Find the block that a note's mark stands in, and the box around it that is called a footnote."""
    block: HtmlElement | None = target
    while block is not None and block.tag not in BLOCKS and block.tag != "dd":
        block = block.getparent()
    if block is None or block.tag in ("table", "form"):
        return None
    box = block.getparent()
    called = box is not None and box.tag in ("div", "section", "li") and _is_called(box)
    return box if called and box is not None and box[0] is block and len(box.xpath(".//a[@href]")) <= 3 else block


def _is_called(element: HtmlElement) -> bool:
    style = (element.get("style") or "").replace(" ", "")
    return any(_CALLED.search(each) for each in (element.get("class") or "", element.get("id") or "", style))


def _leads_back(note: HtmlElement, target: HtmlElement, link: HtmlElement, back: set[str]) -> bool:
    """Tell whether a note, whose links go `back`, leads to its reference or is called a footnote.

    Anything else is only a place to jump to.
    """
    names = {link.get("id"), link.get("name")} | {each.get("id") for each in link.iterancestors("sup", "span")}
    names |= {each.get("id") for each in link.iterdescendants()}
    return bool(back & (names - {None})) or bool(back and _is_called(target)) or _is_called(note)


def _refer(link: HtmlElement, number: int) -> None:
    holder = link.getparent()
    while holder is not None and holder.tag in ("sup", "span") and words_of(holder) == words_of(link):
        link, holder = holder, holder.getparent()
    mark = Element("sup", {"data-footnote": str(number)})
    mark.tail, link.tail = link.tail, None
    link.addnext(mark)
    parent = link.getparent()
    assert parent is not None
    parent.remove(link)


def _set_apart(article: HtmlElement, note: HtmlElement, number: int) -> None:
    for back in list(note.iter("a")):
        if (back.get("href") or "").startswith("#") and len(words_of(back)) <= 5:
            holder = back.getparent()
            alone = (
                holder is not None and holder is not note and holder.tag == "sup" and words_of(holder) == words_of(back)
            )
            (holder if alone and holder is not None else back).drop_tree()
    parent = note.getparent()
    section = Element("section", {"data-footnote": str(number)})
    if parent is not None:
        note.drop_tree()  # keeps the words behind it
        note.tail = None
    if note.tag in ("li", "dd"):
        note.tag = "div"
    section.append(note)
    article.append(section)
    while parent is not None and parent is not article and not has_words(parent) and parent.find(".//img") is None:
        empty, parent = parent, parent.getparent()
        empty.drop_tree()
