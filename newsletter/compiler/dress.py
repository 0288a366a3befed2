"""What only the HTML part wears. In: the article's tree. Out: HTML whose classes article.css knows.

Buttons, shortened addresses, fitted tables, images that never overflow: nothing here changes what the post says.
"""

import re

from lxml.html import Element, HtmlElement, tostring

from newsletter.compiler.marked import share
from newsletter.compiler.tables import fit_tables

WIDEST_IMAGE = 552
_LONGEST_ADDRESS = 60
_LONGEST_ADDRESS_OF_WORDS = 140
_OF_WORDS = re.compile(r"[\w.-]+(?:/(?:[^\W\d_]{1,20}|\d{1,4})(?:[-_.](?:[^\W\d_]{1,20}|\d{1,4}))*)*/?")
"""An address that can be read, such as council.example/2026/the-ferry-is-saved; others are cut where a line ends."""
_LONGEST_BUTTON = 40


def dress(root: HtmlElement) -> str:
    """Return the article as HTML for a mail; `root` is used up."""
    for link in list(root.iter("a")):
        _shorten(link)
        if _is_button(link):
            _make_button(link)
    for image in root.iter("img"):
        _fit_image(image)
    for quote in list(root.iter("blockquote")):
        _set_off(quote)
    for words in root.findall(".//p[@class='progress']"):
        _draw_bar(words)
    fit_tables(root)
    root.set("class", "article")
    for code in root.findall(".//pre/code"):
        code.tag = "span"
    return str(tostring(root, encoding="unicode"))


def _set_off(quote: HtmlElement) -> None:
    if quote.get("class") == "callout":
        quote.tag = "div"
        quote.set("role", "note")
        return
    quote.set("class", "quote")
    said_by = quote[-1] if len(quote) > 1 else None
    if said_by is not None and said_by.tag == "p" and said_by.text_content().startswith(("—", "–", "― ")):
        said_by.set("class", "source")


def _draw_bar(words: HtmlElement) -> None:
    """Draw below the words how far they say it is; who hears the mail has heard it already."""
    done = share(words.text_content())
    if done is None:
        return
    bar = Element("table", {"class": "bar", "role": "presentation", "cellspacing": "0", "cellpadding": "0"})
    row = Element("tr")
    percent = min(max(round(done * 100), 1), 100)
    for style, width in (("done", percent), ("left", 100 - percent)):
        if width:
            cell = Element("td", {"class": style, "width": f"{width}%"})
            cell.text = "\N{NO-BREAK SPACE}"
            row.append(cell)
    bar.append(row)
    words.addnext(bar)


def _shorten(link: HtmlElement) -> None:
    label = (link.text or "").strip()
    if len(label) > _LONGEST_ADDRESS and not len(link) and "://" in label:
        shown = label.partition("://")[2].removeprefix("www.")
        room = _LONGEST_ADDRESS_OF_WORDS if _OF_WORDS.fullmatch(shown) else _LONGEST_ADDRESS
        link.text = shown if len(shown) <= room else f"{shown[: room - 1]}…"


def _is_button(link: HtmlElement) -> bool:
    """Take a paragraph of one bold link, ``**[Sign the letter](…)**``, or a link of class button, for a button."""
    if not 0 < len(link.text_content().strip()) <= _LONGEST_BUTTON or link.findall(".//img"):
        return False
    wrapping, outer = link, link.getparent()
    if outer is not None and outer.tag == "strong" and _alone(link):
        wrapping, outer = outer, outer.getparent()
    asked = (
        link.get("class") == "button" or wrapping.tag == "strong" or (bool(link.findall("strong")) and _alone(link[0]))
    )
    return asked and outer is not None and outer.tag in ("p", "div") and _alone(wrapping)


def _alone(element: HtmlElement) -> bool:
    parent = element.getparent()
    return (
        parent is not None and len(parent) == 1 and not (parent.text or "").strip() and not (element.tail or "").strip()
    )


def _make_button(link: HtmlElement) -> None:
    paragraph = next(link.iterancestors("p", "div"))
    tail, href, words = paragraph.tail, link.get("href"), " ".join(link.text_content().split())
    table = Element(
        "table", {"class": "button", "role": "presentation", "cellspacing": "0", "cellpadding": "0", "border": "0"}
    )
    cell = Element("td")
    face = Element("a", {"href": href})
    face.text = words
    row = Element("tr")
    cell.append(face)
    row.append(cell)
    table.append(row)
    table.tail = tail
    parent = paragraph.getparent()
    if parent is None:
        return
    parent.replace(paragraph, table)


def _fit_image(image: HtmlElement) -> None:
    written = re.fullmatch(r"([1-9][0-9]{0,5})(px)?", image.get("width", "").strip(), re.ASCII)
    image.set("width", str(min(int(written[1]) if written else WIDEST_IMAGE, WIDEST_IMAGE)))
    image.attrib.pop("height", None)
