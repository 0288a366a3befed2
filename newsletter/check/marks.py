"""Checks marks in braces that other programs read: {.button}, {width=200}. In: a reading. Out: findings."""

import re
from collections.abc import Iterator

from newsletter.check.reading import PostReading, excerpt, text_of
from newsletter.compiler import Finding, Severity
from newsletter.compiler.buttons import LONGEST

_ONE = r"(?:[.#][\w-]+|[\w-]+=(?:\"[^\"]*\"|'[^']*'|[^\s{}]+))"
_AFTER = re.compile(rf"\s?(\{{:?\s*{_ONE}(?:\s+{_ONE})*\s*\}})")
_AT_END = re.compile(rf"(\{{:?\s*{_ONE}(?:\s+{_ONE})*\s*\}})\s*\Z")
_BUTTON = re.compile(r"\{:?\s*\.button\s*\}")


def mark_findings(reading: PostReading) -> Iterator[Finding]:
    """Find marks that mean nothing here, so that readers would see them, and buttons that become plain links."""
    for element in reading.root.iter("a", "img"):
        found = _AFTER.match(element.tail or "")
        if found and element.tag == "a" and _BUTTON.fullmatch(found[1]):
            yield from _button(reading, text_of(element), (element.tail or "")[found.end() :], element)
        elif found:
            yield _unknown(reading, found[1])
    for element in reading.root.iter("h1", "h2", "h3", "h4", "h5", "h6"):
        if found := _AT_END.search(text_of(element)):
            yield _unknown(reading, found[1])


def _button(reading: PostReading, words: str, after: str, link: object) -> Iterator[Finding]:
    holder = link.getparent()  # type: ignore[attr-defined]
    beside = text_of(holder).replace(words, "", 1) if holder is not None else ""
    line = reading.line(words)
    if re.sub(_BUTTON, "", beside).strip() or after.strip():
        why = f"“{excerpt(words)}” is marked as a button, but becomes a link, because there is other text beside it"
        yield Finding(Severity.WARNING, f"{why}. Give it a paragraph of its own", line)
    elif len(words) > LONGEST:
        why = (
            f"“{excerpt(words)}” is marked as a button, but becomes a link, because it has more than {LONGEST} letters"
        )
        yield Finding(Severity.WARNING, f"{why}. Say it shorter", line)


def _unknown(reading: PostReading, mark: str) -> Finding:
    why = f"“{excerpt(mark)}” is a mark of another program, and readers would see it as it stands. Remove it"
    return Finding(Severity.WARNING, why, reading.line(mark))
