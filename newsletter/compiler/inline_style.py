"""What only the HTML part needs. In: the article's tree. Out: HTML whose classes article.css knows.

Buttons, shortened addresses, fitted tables, images that never overflow: nothing here changes what the post says.
"""

import re

from lxml.html import Element, HtmlElement, tostring

from newsletter.compiler.buttons import is_button, make_button
from newsletter.compiler.marked import share
from newsletter.compiler.tables import fit_tables

WIDEST_IMAGE = 552
_LONGEST_ADDRESS = 60
_CODE_CHARACTER = 9  # px; the widest of the fonts that code is set in
_FITS_A_PHONE = 30  # characters of code
_DEEPEST_INDENT = 16  # characters; deeper, nothing would be left of a phone
_LONGEST_ADDRESS_OF_WORDS = 140
_OF_WORDS = re.compile(r"[\w.-]+(?:/(?:[^\W\d_]{1,20}|\d{1,4})(?:[-_.](?:[^\W\d_]{1,20}|\d{1,4}))*)*/?")
"""An address that can be read, such as council.example/2026/the-ferry-is-saved; others are cut where a line ends."""


def email_markup(root: HtmlElement) -> str:
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
    for code in root.iter("pre"):
        _hang(code)
    _drop_outer_rules(root)
    return str(tostring(root, encoding="unicode"))


def _set_off(quote: HtmlElement) -> None:
    if quote.get("class", "").startswith("callout"):
        quote.tag = "div"
        quote.set("role", "note")
        return
    quote.set("class", "quote")
    said_by = quote[-1] if len(quote) > 1 else None
    if said_by is not None and said_by.tag == "p" and said_by.text_content().startswith(("—", "–", "― ")):
        said_by.set("class", "source")


def _draw_bar(words: HtmlElement) -> None:
    """Draw a bar below the words of a progress mark; it holds no text, because the words say the same."""
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


def _hang(code: HtmlElement) -> None:
    """Make a line that a phone wraps continue below its own indent."""
    for inner in code.findall("code"):
        inner.drop_tag()
    lines = (code.text or "").strip("\n").expandtabs(4).split("\n")
    if len(code) or not any(map(_needs_hanging, lines)):
        return
    code.text = ""
    for line in lines:
        if _needs_hanging(line):
            indent = min(len(line) - len(line.lstrip()), _DEEPEST_INDENT) * _CODE_CHARACTER
            hung = Element("div", {"style": f"padding-left:{indent}px;text-indent:-{indent}px"})
            hung.text = f"{line}\n"
            code.append(hung)
        elif len(code):
            code[-1].tail = f"{code[-1].tail or ''}{line}\n"
        else:
            code.text += f"{line}\n"


def _needs_hanging(line: str) -> bool:
    return line.startswith(" ") and len(line) > _FITS_A_PHONE


def _drop_outer_rules(root: HtmlElement) -> None:
    """Drop a rule at the start or end of the article: it divides nothing, and the frame draws its own."""
    for first in root[:1]:
        if first.tag == "hr" and not (root.text or "").strip():
            first.drop_tag()
    for last in root[-1:]:
        if last.tag == "hr" and not (last.tail or "").strip():
            last.drop_tag()


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
