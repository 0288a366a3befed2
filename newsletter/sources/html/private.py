"""What a document holds for its authors only. In: a tree. Out: the same without it, and how much of it there was.

Reviewers' comments of Word and Google Docs with their marks, tracked deletions, hidden text. Their words are never
repeated anywhere, not even as left out: they are counted.
"""

import re
from collections import Counter
from functools import lru_cache

from lxml.html import HtmlElement

from newsletter.sources.draft import Need
from newsletter.sources.html.reading import words_of

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


def take_out_private(attributed: list[HtmlElement], *, tracked: bool) -> Counter[str]:
    """Drop comments, and tracked deletions where a document says that it tracks them (`tracked`); count them.

    All of them are marked by attributes, so only the elements of a tree that have some are looked at.
    """
    found: Counter[str] = Counter(comment=_google_comments(attributed) + _office_comments(attributed))
    gone: set[HtmlElement] = set()  # elements inside a dropped element still have a parent
    for element in attributed:
        if element.tag not in ("del", "span") or element in gone or element.getparent() is None:
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


def _google_comments(attributed: list[HtmlElement]) -> int:
    """Drop Google's marks such as [a], and the blocks at the end that they lead to."""
    count = 0
    for link in attributed:
        if link.tag != "a" or not (link.get("href") or "").startswith("#cmnt") or link.getparent() is None:
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


def _office_comments(attributed: list[HtmlElement]) -> int:
    count = references = 0
    gone: set[HtmlElement] = set()
    for element in attributed:
        style = element.get("style") or ""
        reference = (element.get("href") or "").startswith("#_msocom")
        is_part = reference or _is_part_of_comment(style, element.get("class") or "")
        if not (is_part or _is_marked_for_comment(style)) or element in gone or element.getparent() is None:
            continue
        if not is_part:
            element.drop_tag()
            continue
        if _is_list_of_comments(style):
            count += len([each for each in element.iter("*") if _is_comment(each.get("style") or "")]) or 1
        elif _is_comment(style):
            count += 1
        references += 1 if reference else len(element.xpath(".//a[starts-with(@href, '#_msocom')]"))
        gone.update(element.iter())
        element.drop_tree()
    return max(count, references)


@lru_cache(maxsize=10_000)  # most elements of a page share a few styles and classes
def _is_part_of_comment(style: str, classes: str) -> bool:
    return bool(_MSO.search(_tight(style))) or not _COMMENT_CLASSES.isdisjoint(classes.split())


@lru_cache(maxsize=10_000)
def _is_marked_for_comment(style: str) -> bool:
    return bool(re.search("mso-comment-(?:reference|continuation)", _tight(style)))


def _is_list_of_comments(style: str) -> bool:
    return "mso-element:comment-list" in _tight(style)


def _is_comment(style: str) -> bool:
    return bool(re.search(r"mso-element:comment(?:;|$)", _tight(style)))


def _tight(style: str) -> str:
    return style.replace(" ", "").lower()
