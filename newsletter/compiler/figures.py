"""Pictures with their words. In: the article's tree. Out: figures as plain blocks, each picture with its caption.

A picture alone in its paragraph, with a title as in ``![alt](a.jpg "The vestry in May")``, has the title for a caption.
"""

from lxml.html import Element, HtmlElement

from newsletter.compiler.sanitise import BLOCKS


def figures(root: HtmlElement) -> None:
    """Make every figure of `root` a div of class figure, its figcaption one of class caption."""
    for figure in list(root.iter("figure")):
        figure.tag = "div"
        figure.set("class", "figure")
    for caption in list(root.iter("figcaption")):
        caption.tag = "div" if any(child.tag in BLOCKS for child in caption.iterdescendants()) else "p"
        caption.set("class", "caption")
    for image in list(root.iter("img")):
        title = " ".join((image.attrib.pop("title", None) or "").split())
        paragraph = _alone_in(image)
        if title and paragraph is not None and paragraph.getparent() is not None:
            _give_caption(paragraph, title)


def _alone_in(image: HtmlElement) -> HtmlElement | None:
    """Find the paragraph that holds `image`, or its link, and nothing else."""
    within, parent = image, image.getparent()
    if parent is not None and parent.tag == "a":
        within, parent = parent, parent.getparent()
    for each in (image, within):
        holder = each.getparent()
        if holder is None or len(holder) != 1 or (holder.text or "").strip() or (each.tail or "").strip():
            return None
    return parent if parent is not None and parent.tag == "p" else None


def _give_caption(paragraph: HtmlElement, words: str) -> None:
    figure, caption = Element("div", {"class": "figure"}), Element("p", {"class": "caption"})
    caption.text = words
    figure.tail, paragraph.tail = paragraph.tail, None
    parent = paragraph.getparent()
    assert parent is not None
    parent.replace(paragraph, figure)
    figure.append(paragraph)
    figure.append(caption)
