"""Paragraphs that were written as breaks. In: a tree. Out: the same, with ``<br><br>`` as the end of a paragraph."""

from collections.abc import Iterator

from lxml.html import Element, HtmlElement

from newsletter.sources.html.reading import BLOCKS


def split_at_double_breaks(root: HtmlElement) -> None:
    """Split at ``<br><br>``: its author means a new paragraph."""
    for parent in {br.getparent() for br in root.iter("br")}:
        if (
            parent is None
            or parent.tag in ("pre", "a", "td", "th")
            or next(parent.iterancestors("pre"), None) is not None
        ):
            continue
        _split_at_breaks(parent)


def _split_at_breaks(parent: HtmlElement) -> None:
    if not any(_is_double(br) for br in parent.iterchildren("br")):
        return
    name = "div" if parent.tag in ("div", "p", "body", "section", "article", "li", "blockquote", "center") else ""
    if not name or (parent.tag == "p" and any(child.tag in BLOCKS for child in parent)):
        return
    runs = list(_runs(parent))
    tail, attributes = parent.tail, dict(parent.attrib)
    tag = "div" if parent.tag == "p" else str(parent.tag)
    parent.clear()
    parent.tag, parent.tail = tag, tail
    parent.attrib.update(attributes)
    for run in runs:
        parent.append(run)


def _is_double(br: HtmlElement) -> bool:
    after = br.getnext()
    return after is not None and after.tag == "br" and not (br.tail or "").strip()


def _runs(parent: HtmlElement) -> Iterator[HtmlElement]:
    """Yield what stands between double breaks as paragraphs, and blocks as they are."""
    paragraph = Element("p")
    paragraph.text = parent.text
    breaks = 0
    for child in list(parent):
        tail, child.tail = child.tail, None
        if child.tag == "br":
            breaks += 1
            if (tail or "").strip() and breaks == 1:
                paragraph.append(child)
                child.tail = tail
                breaks = 0
                continue
            if breaks == 1:
                paragraph.append(child)
            elif breaks == 2:
                yield paragraph
                paragraph = Element("p")
            if (tail or "").strip():
                paragraph.text = (paragraph.text or "") + (tail or "")
                breaks = 0
            continue
        breaks = 0
        if child.tag in BLOCKS:
            yield paragraph
            yield child
            paragraph = Element("p")
            paragraph.text = tail
        else:
            child.tail = tail
            paragraph.append(child)
    yield paragraph
