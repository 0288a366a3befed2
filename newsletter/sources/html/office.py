"""What Word and Google Docs say by style becomes elements. In: a tree. Out: the same, changed in place."""

import re
from dataclasses import dataclass
from functools import lru_cache

from lxml.html import Element, HtmlElement

from newsletter.sources.html.lists import nest_lists
from newsletter.sources.html.pruning import prune
from newsletter.sources.html.reading import HEADINGS, holds_block, with_attributes, words_of

_TAGS = ("b", "strong", "i", "em", "span", "font")
_NAMED = re.compile(r"MsoHeading(\d)|MsoTitle(?:Cxsp\w+)?|(?:c\d+ )+title(?: c\d+)*|title(?: c\d+)+", re.IGNORECASE)


def elements_from_styles(root: HtmlElement) -> None:
    """Make emphasis, headings and lists of styles, and undo elements that a style contradicts."""
    _styles(root)
    attributed = with_attributes(root)
    _headings_by_role(attributed)
    nest_lists(root, attributed)
    _heads_of_tables(root)


def _styles(root: HtmlElement) -> None:
    """Turn what Google Docs and Word say by style into elements, and open those that say nothing."""
    opened: list[HtmlElement] = []
    for element in list(root.iter(*_TAGS)):
        style = element.get("style")
        said = _meaning(style) if style else _Meaning()
        if element.tag in ("span", "font"):
            names = _names_for(element, said)
            _name(element, names)
            is_empty = not names
        else:
            is_empty = said.is_upright if element.tag in ("i", "em") else said.is_light
        if is_empty:
            opened.append(element)
    prune((), opened)


def _names_for(span: HtmlElement, said: "_Meaning") -> tuple[str, ...]:
    """Choose the elements that say what a span says by style; none around blocks, no second emphasis in a heading."""
    names = said.names
    if "strong" in names and any(True for _ in span.iterancestors(*HEADINGS)):
        names = names[1:]
    return () if names and holds_block(span) else names


def _name(span: HtmlElement, names: tuple[str, ...]) -> None:
    """Give a span its first name, and put elements of the others into it."""
    span.tag = names[0] if names else span.tag
    for name in names[1:]:
        inner = Element(name)
        inner.text, span.text = span.text, None
        inner.extend(list(span))
        span.append(inner)


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What a style means: `names` of elements that say the same, `strong` first; whether it takes away what stands."""

    names: tuple[str, ...] = ()
    is_light: bool = False
    is_upright: bool = False


@lru_cache(maxsize=10_000)  # most elements of a document share a few styles
def _meaning(style: str) -> _Meaning:
    style = style.replace(" ", "").lower()
    weight, slant, place = (_said(style, name) for name in ("font-weight", "font-style", "vertical-align"))
    struck = "line-through" in (_said(style, "text-decoration") + _said(style, "text-decoration-line"))
    names: tuple[str, ...] = ("strong",) if re.match(r"bold|[6-9]00", weight) else ()
    names += ("em",) if slant == "italic" else ()
    names += ("del",) if struck else ()
    names += (place[:3],) if place in ("super", "sub") else ()
    return _Meaning(names, weight in ("normal", "400"), slant == "normal")


def _said(style: str, name: str) -> str:
    """Read what a style says of `name`; the last word counts."""
    found = re.findall(rf"(?:^|;){name}:([^;!]*)", style)
    return found[-1] if found else ""


def _headings_by_role(attributed: list[HtmlElement]) -> None:
    for element in attributed:
        if element.tag not in ("p", "div"):
            continue
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
