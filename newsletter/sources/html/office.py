"""What Word and Google Docs say by style becomes elements. In: a tree. Out: the same, changed in place."""

import re
from collections import Counter

from lxml.html import Element, HtmlElement

from newsletter.sources.html.lists import nest_lists
from newsletter.sources.html.reading import HEADINGS, holds_block, words_of

_NAMED = re.compile(r"MsoHeading(\d)|MsoTitle(?:Cxsp\w+)?|(?:c\d+ )+title(?: c\d+)*|title(?: c\d+)+", re.IGNORECASE)


_CROWD = 1_000


def elements_from_styles(root: HtmlElement) -> None:
    """Make emphasis, headings and lists of styles, and undo elements that a style contradicts."""
    for step in (_styles, _headings_by_role, nest_lists, _heads_of_tables):
        step(root)


def _styles(root: HtmlElement) -> None:
    """Turn what Google Docs and Word say by style into elements."""
    elements = list(root.iter("b", "strong", "span", "font", "i", "em"))
    siblings = Counter(element.getparent() for element in elements)
    for element in elements:
        # drop_tag moves all words around the element: where there are very many they stay, which does not show.
        if element.getparent() is None or siblings[element.getparent()] > _CROWD:
            continue
        style = (element.get("style") or "").replace(" ", "").lower()
        if (element.tag in ("b", "strong") and _said(style, "font-weight") in ("normal", "400")) or (
            element.tag in ("i", "em") and _said(style, "font-style") == "normal"
        ):
            element.drop_tag()
        elif element.tag in ("span", "font"):
            _span(element, style)


def _span(span: HtmlElement, style: str) -> None:
    holds_blocks = holds_block(span)
    in_heading = any(True for _ in span.iterancestors(*HEADINGS))
    names: list[str] = []
    if re.match(r"bold|[6-9]00", _said(style, "font-weight")) and not in_heading:
        names.append("strong")
    if _said(style, "font-style") == "italic":
        names.append("em")
    if "line-through" in (_said(style, "text-decoration") + _said(style, "text-decoration-line")):
        names.append("del")
    if _said(style, "vertical-align") in ("super", "sub"):
        names.append(_said(style, "vertical-align")[:3])
    if not names or holds_blocks:
        span.drop_tag()
        return
    span.tag = names[0]
    for name in names[1:]:
        inner = Element(name)
        inner.text, span.text = span.text, None
        inner.extend(list(span))
        span.append(inner)


def _said(style: str, name: str) -> str:
    """Read what a style says of `name`; the last word counts."""
    found = re.findall(rf"(?:^|;){name}:([^;!]*)", style)
    return found[-1] if found else ""


def _headings_by_role(root: HtmlElement) -> None:
    for element in root.iter("p", "div"):
        level = element.get("aria-level") or ""
        named = _NAMED.fullmatch(element.get("class") or "")
        if element.get("role") == "heading" and level in tuple("123456"):
            element.tag = f"h{level}"
        elif named:
            element.tag = f"h{min(int(named[1] or 1), 6)}"


def _heads_of_tables(root: HtmlElement) -> None:
    """Make header cells of a first row that is all bold, as office programs know no other kind."""
    for table in root.iter("table"):
        if table.find(".//th") is not None or table.find(".//table") is not None:
            continue
        rows = [row for row in table.iter("tr") if words_of(row)]
        if len(rows) > 1 and len(rows[0]) > 1 and all(map(_is_bold, rows[0])) and not all(map(_is_bold, rows[1])):
            for cell in rows[0]:
                cell.tag = "th"
                for strong in list(cell.iter("strong", "b")):
                    strong.drop_tag()


def _is_bold(cell: HtmlElement) -> bool:
    words = re.sub(r"\s", "", words_of(cell))
    outermost = (each for each in cell.iter("strong", "b") if next(each.iterancestors("strong", "b"), None) is None)
    return bool(words) and words == re.sub(r"\s", "", "".join(map(words_of, outermost)))
