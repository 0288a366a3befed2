"""Makes marked links buttons. In: the article's tree. Out: the same, with tables that mail programs show as buttons.

A button is a short link alone in its paragraph that its author marked: ``**[Sign](…)**``, ``[Sign](…){.button}``, or,
in HTML, the class button. ``article`` calls `mark_buttons`; only the HTML part has buttons, so `email_markup` calls
`is_button` and `make_button` later, and in the text part they stay links.
"""

import re

from lxml.html import Element, HtmlElement

LONGEST = 40
_MARK = re.compile(r"\s*\{:?\s*\.button\s*\}(?:\s*\Z)?")


def mark_buttons(root: HtmlElement) -> None:
    """Give each link that is followed by ``{.button}`` the class button, and drop that mark from the text.

    Whether the link is alone in its paragraph, `is_button` finds out later.
    """
    for link in list(root.iter("a")):
        tail = link.tail or ""
        if (found := _MARK.match(tail)) and link.getparent() is not None:
            link.set("class", "button")
            link.tail = tail[found.end() :] or None


def is_button(link: HtmlElement) -> bool:
    """Say whether `link` is to be a button: bold or of class button, and alone in its ``p`` or ``div``.

    Its words have 1 to 40 characters, so that a bold sentence stays a sentence, and it holds no picture.
    """
    if not 0 < len(link.text_content().strip()) <= LONGEST or link.findall(".//img"):
        return False
    wrapping, outer = link, link.getparent()
    if outer is not None and outer.tag == "strong" and _alone(link):
        wrapping, outer = outer, outer.getparent()
    asked = (
        link.get("class") == "button" or wrapping.tag == "strong" or (bool(link.findall("strong")) and _alone(link[0]))
    )
    return asked and outer is not None and outer.tag in ("p", "div") and _alone(wrapping)


def make_button(link: HtmlElement) -> None:
    """Replace the paragraph that holds `link` by a table: only tables look like buttons in every mail program.

    The link keeps its address and its words and loses its markup. Call it only if `is_button`.
    """
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
    """Say whether `element` is all that its parent contains, apart from white space."""
    parent = element.getparent()
    return (
        parent is not None and len(parent) == 1 and not (parent.text or "").strip() and not (element.tail or "").strip()
    )
