"""What Word and Google Docs say by style becomes elements. In: a tree. Out: the same, changed in place."""

import re

from lxml.html import Element, HtmlElement

from newsletter.sources.html.reading import BLOCKS, HEADINGS, words_of


def elements_from_styles(root: HtmlElement) -> None:
    """Make emphasis, headings and lists of styles, and undo elements that a style contradicts."""
    for step in (_styles, _headings_by_role, _word_lists):
        step(root)


def _styles(root: HtmlElement) -> None:
    """Turn what Google Docs and Word say by style into elements."""
    for element in list(root.iter("b", "strong", "span", "font", "i", "em")):
        if element.getparent() is None:
            continue
        style = (element.get("style") or "").replace(" ", "").lower()
        if (element.tag in ("b", "strong") and re.search(r"font-weight:(normal|400)", style)) or (
            element.tag in ("i", "em") and "font-style:normal" in style
        ):
            element.drop_tag()
        elif element.tag in ("span", "font"):
            _span(element, style)


def _span(span: HtmlElement, style: str) -> None:
    holds_blocks = any(child.tag in BLOCKS for child in span.iterdescendants())
    in_heading = any(True for _ in span.iterancestors(*HEADINGS))
    names = []
    if re.search(r"font-weight:(bold|[6-9]00)", style) and not in_heading:
        names.append("strong")
    if "font-style:italic" in style:
        names.append("em")
    if "line-through" in style:
        names.append("del")
    if "vertical-align:super" in style:
        names.append("sup")
    if not names or holds_blocks:
        span.drop_tag()
        return
    span.tag = names[0]
    for name in names[1:]:
        inner = Element(name)
        inner.text, span.text = span.text, None
        inner.extend(list(span))
        span.append(inner)


def _headings_by_role(root: HtmlElement) -> None:
    for element in root.iter("p", "div"):
        level = element.get("aria-level") or ""
        named = re.fullmatch(r"MsoHeading(\d)|MsoTitle", element.get("class") or "")
        if element.get("role") == "heading" and level in tuple("123456"):
            element.tag = f"h{level}"
        elif named:
            element.tag = f"h{min(int(named[1] or 1), 6)}"


def _word_lists(root: HtmlElement) -> None:
    """Make lists of the paragraphs that Word marks as list items by style, their bullets being text."""
    made: HtmlElement | None = None
    for paragraph in list(root.iter("p")):
        style = (paragraph.get("style") or "").replace(" ", "").lower()
        if "mso-list:" not in style or "mso-list:none" in style:
            made = None
            continue
        mark = _word_mark(paragraph)
        before = paragraph.getprevious()
        if made is None or before is not made:
            made = Element("ol" if re.match(r"\(?[0-9a-z]{1,3}[.)]", mark, re.IGNORECASE) else "ul")
            paragraph.addprevious(made)
        tail, paragraph.tail = paragraph.tail, None
        paragraph.tag = "li"
        made.append(paragraph)
        made.tail = tail


def _word_mark(paragraph: HtmlElement) -> str:
    for span in list(paragraph.iter("span")):
        if "mso-list:ignore" in (span.get("style") or "").replace(" ", "").lower():
            mark = words_of(span)
            span.drop_tree()
            return mark
    found = re.match(r"\s*([·•o§–-]|\(?[0-9a-zA-Z]{1,3}[.)])\s+", paragraph.text or "")
    if found:
        paragraph.text = (paragraph.text or "")[found.end() :]
        return found[1]
    return "·"
