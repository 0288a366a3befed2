"""What a document holds for its authors only. In: a tree. Out: the same without it, and how much of it there was.

Reviewers' comments of Word and Google Docs with their marks, tracked deletions, hidden text. Their words are never
repeated anywhere, not even as left out: they are counted.
"""

import re
from collections import Counter

from lxml.html import HtmlElement

from newsletter.sources.draft import Need
from newsletter.sources.html.reading import with_attributes, words_of

_MSO = re.compile(r"mso-element:comment(?:-list)?(?:;|$)|mso-special-character:comment")
_COMMENT_CLASSES = frozenset(
    "MsoCommentReference MsoCommentText MsoCommentSubject msocomanchor msocomtxt msocomoff "
    "MsoCommentSubjectCxSpFirst MsoCommentSubjectCxSpMiddle MsoCommentSubjectCxSpLast".split()
)
_REMEDIES = {
    "comment": "left out with their marks, and shown to nobody; see whether what they ask for is done",
    "tracked deletion": "left out, as if accepted; see whether the post says what you agreed on",
    "hidden text": "left out: it was hidden in the document; make it visible there if readers should have it",
}


def take_out_private(root: HtmlElement, *, tracked: bool) -> Counter[str]:
    """Drop comments, and tracked deletions where a document says that it tracks them (`tracked`); count them."""
    found: Counter[str] = Counter(comment=_google_comments(root) + _office_comments(root))
    gone: set[HtmlElement] = set()  # elements inside a dropped element still have a parent
    for element in list(root.iter("del", "span")):
        if element in gone or element.getparent() is None:
            continue
        cited = (element.get("cite") or "").startswith("mailto:")
        if (element.tag == "del" and (cited or (tracked and element.get("datetime")))) or (
            element.tag == "span" and element.get("class") in ("msoDel", "msoMoveFrom")
        ):
            found["tracked deletion"] += 1
            gone.update(element.iter())
            element.drop_tree()
    return found


def needs_of_private(found: Counter[str]) -> list[Need]:
    """Say how much was left out, and what to do about it; not what it said."""
    return [
        Need(what, f"{count} {what}{'' if count == 1 or what == 'hidden text' else 's'}", _REMEDIES[what])
        for what, count in found.items()
        if count
    ]


def _google_comments(root: HtmlElement) -> int:
    """Drop Google's marks such as [a], and the blocks at the end that they lead to."""
    count = 0
    for link in root.xpath("descendant::a[starts-with(@href, '#cmnt')]"):
        if link.getparent() is None:
            continue
        if (link.get("id") or "").startswith("cmnt_ref") or not (link.get("id") or link.get("name")):
            holder = link.getparent()
            alone = holder.tag == "sup" and words_of(holder) == words_of(link)
            (holder if alone else link).drop_tree()
            continue
        count += 1
        _note_of(link).drop_tree()
    return count


def _note_of(link: HtmlElement) -> HtmlElement:
    """Find the block that holds a comment: the box around its paragraphs, if nothing else stands in it."""
    paragraph = next(link.iterancestors("p", "li", "div"), link)
    box = paragraph.getparent()
    whole = box is not None and box.tag == "div" and box.getparent() is not None and box[0] is paragraph
    return box if whole and words_of(box).startswith(words_of(link)) and box is not None else paragraph


def _office_comments(root: HtmlElement) -> int:
    count = references = 0
    gone: set[HtmlElement] = set()
    for element in with_attributes(root):
        if element in gone or element.getparent() is None:
            continue
        style = (element.get("style") or "").replace(" ", "").lower()
        names = (element.get("class") or "").split()
        reference = (element.get("href") or "").startswith("#_msocom")
        if not (_MSO.search(style) or reference or not _COMMENT_CLASSES.isdisjoint(names)):
            if "mso-comment-reference" in style or "mso-comment-continuation" in style:
                element.drop_tag()
            continue
        if "mso-element:comment-list" in style:
            count += len([each for each in element.iter() if _is_comment(each)]) or 1
        elif _is_comment(element):
            count += 1
        references += 1 if reference else len(element.xpath(".//a[starts-with(@href, '#_msocom')]"))
        gone.update(element.iter())
        element.drop_tree()
    return max(count, references)


def _is_comment(element: HtmlElement) -> bool:
    style = (element.get("style") or "").replace(" ", "").lower() if isinstance(element.tag, str) else ""
    return bool(re.search(r"mso-element:comment(?:;|$)", style))
