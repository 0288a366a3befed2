"""What only the HTML part wears. In: the article's tree. Out: HTML whose classes article.css knows.

Buttons, shortened addresses, fitted tables, images that never overflow: nothing here changes what the post says.
"""

import re

from lxml.html import Element, HtmlElement, tostring

from newsletter.compiler.buttons import is_button, make_button
from newsletter.compiler.marked import share
from newsletter.compiler.tables import fit_tables

WIDEST_IMAGE = 552
_LONGEST_ADDRESS = 60
_LONGEST_ADDRESS_OF_WORDS = 140
_OF_WORDS = re.compile(r"[\w.-]+(?:/(?:[^\W\d_]{1,20}|\d{1,4})(?:[-_.](?:[^\W\d_]{1,20}|\d{1,4}))*)*/?")
"""An address that can be read, such as council.example/2026/the-ferry-is-saved; others are cut where a line ends."""


def dress(root: HtmlElement) -> str:
    """Return the article as HTML for a mail; `root` is used up."""
    for link in list(root.iter("a")):
        _shorten(link)
        if is_button(link):
            make_button(link)
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


def _fit_image(image: HtmlElement) -> None:
    written = re.fullmatch(r"([1-9][0-9]{0,5})(px)?", image.get("width", "").strip(), re.ASCII)
    image.set("width", str(min(int(written[1]) if written else WIDEST_IMAGE, WIDEST_IMAGE)))
    image.attrib.pop("height", None)
