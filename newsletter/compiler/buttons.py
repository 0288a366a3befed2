"""Links that are meant to be pressed. In: the article's tree. Out: tables that mail programs show as buttons.

A button is a link alone in its paragraph that its author marked: ``**[Sign](…)**``, ``[Sign](…){.button}``, or, in
HTML, the class button.
"""

import re

from lxml.html import Element, HtmlElement

_LONGEST = 40
_MARK = re.compile(r"\s*\{:?\s*\.button\s*\}\s*")


def mark_buttons(root: HtmlElement) -> None:
    """Read ``[Sign](…){.button}``, alone in its paragraph, as the button it is meant to be."""
    for link in list(root.iter("a")):
        if _MARK.fullmatch(link.tail or "") and link.getparent() is not None:
            link.set("class", "button")
            link.tail = None


def is_button(link: HtmlElement) -> bool:
    """Take a paragraph of one bold link, ``**[Sign the letter](…)**``, or a link of class button, for a button."""
    if not 0 < len(link.text_content().strip()) <= _LONGEST or link.findall(".//img"):
        return False
    wrapping, outer = link, link.getparent()
    if outer is not None and outer.tag == "strong" and _alone(link):
        wrapping, outer = outer, outer.getparent()
    asked = (
        link.get("class") == "button" or wrapping.tag == "strong" or (bool(link.findall("strong")) and _alone(link[0]))
    )
    return asked and outer is not None and outer.tag in ("p", "div") and _alone(wrapping)


def make_button(link: HtmlElement) -> None:
    """Make a table of the paragraph that holds `link`: the only button that every mail program draws."""
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


def _alone(element: HtmlElement) -> bool:
    parent = element.getparent()
    return (
        parent is not None and len(parent) == 1 and not (parent.text or "").strip() and not (element.tail or "").strip()
    )
