"""What a page shows as a button becomes a strong link. In: a tree. Out: the same, changed in place.

A strong link that stands alone is a button in the mail, too; one among other words stays a link.
"""

import re

from lxml.html import Element, HtmlElement

_LOOKS = re.compile(
    r"(?:^|\s)(?:wp-block-button__link|elementor-button|kg-btn|sqs-block-button-element|mcnButton|btn|button)(?:$|[\s-])",
    re.IGNORECASE,
)


def make_strong(root: HtmlElement) -> None:
    """Make strong every link of `root` that is a button by its class and stands alone."""
    for link in list(root.iter("a")):
        looks = link.get("class") or ""
        if "wp-block-file__button" in looks:
            _set_apart(link)
        elif link.get("href") and _LOOKS.search(looks) and _stands_alone(link):
            strong = Element("strong")
            strong.text, link.text = link.text, None
            strong.extend(list(link))
            link.append(strong)


def _stands_alone(link: HtmlElement) -> bool:
    parent = link.getparent()
    if parent is None or parent.tag not in ("div", "p", "td", "center") or link.find(".//img") is not None:
        return False
    return len(parent) == 1 and not (parent.text or "").strip() and not (link.tail or "").strip()


def _set_apart(link: HtmlElement) -> None:
    before = link.getprevious()
    if before is not None and not before.tail:
        before.tail = " "
