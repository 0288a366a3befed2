"""What reviewers wrote into plain text. In: text, or Markdown. Out: the same without it, and how much of it there was.

Google Docs and Word write comments below a text they export, with marks such as [a] or [B1] in it; CriticMarkup writes
them, and what is deleted, into Markdown. Their words are never repeated.
"""

import re
from collections import Counter

_NOTE = re.compile(r"^\[([a-z]{1,2}|[A-Z]{1,4}\d{1,3})\][ \t]?(?=\S)(?!\()", re.MULTILINE)
_CRITIC_COMMENT = re.compile(r"[ \t]?\{>>.{0,2000}?<<\}", re.DOTALL)
_CRITIC_DELETED = re.compile(r"\{--.{0,4000}?--\}", re.DOTALL)
_CRITIC_REPLACED = re.compile(r"\{~~(.{0,2000}?)~>(.{0,2000}?)~~\}", re.DOTALL)
_CRITIC_KEPT = re.compile(r"\{(\+\+|==)(.{0,4000}?)\1\}", re.DOTALL)
_OBSIDIAN = re.compile(r"%%(?=[ \n]).{1,2000}?%%", re.DOTALL)


def without_notes(text: str) -> tuple[str, Counter[str]]:
    """Take out comments that stand below a text, and their marks in it."""
    found: Counter[str] = Counter()
    notes = list(_NOTE.finditer(text))
    for at, first in enumerate(notes):
        marks = [note[1] for note in notes[at:]]
        if _count_up(marks) and all(f"[{mark}]" in text[: first.start()] for mark in marks):
            found["comment"] = len(marks)
            text = text[: first.start()].rstrip() + "\n"
            for mark in marks:
                text = text.replace(f"[{mark}]", "")
            break
    return text, found


def without_review_marks(text: str) -> tuple[str, Counter[str]]:
    """Take CriticMarkup out of Markdown: comments and deletions go, what was added stays."""
    found: Counter[str] = Counter()
    if "{" not in text and "%%" not in text:
        return text, found
    text, found["comment"] = _CRITIC_COMMENT.subn("", text)
    text, hidden = _OBSIDIAN.subn("", text)
    found["comment"] += hidden
    text, found["tracked deletion"] = _CRITIC_DELETED.subn("", text)
    text, replaced = _CRITIC_REPLACED.subn(r"\2", text)
    found["tracked deletion"] += replaced
    return _CRITIC_KEPT.sub(r"\2", text), found


def _count_up(marks: list[str]) -> bool:
    """Tell whether marks are a, b, c … in their order, or initials with numbers that grow."""
    if marks[0][0].islower():
        letters = [*"abcdefghijklmnopqrstuvwxyz"]
        letters += [first + second for first in letters for second in letters]
        return marks == letters[: len(marks)]
    numbers = [int(re.sub(r"\D", "", mark) or 0) for mark in marks]
    return all(mark[0].isupper() for mark in marks) and numbers == list(range(1, len(marks) + 1))
