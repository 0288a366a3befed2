"""Beside stage 3. In: a Post and its CompiledEmail. Out: Findings, like a linter's.

Each Finding says what a reader would suffer, and what to do about it.

    links · images · outline · words      what the post says
    personal                              links that were made for one person
    front                                 keys at the top that mean nothing here
    pair                                  what the halves of a post in two languages say differently
    envelope                              subject, preheader, language, the frame around it
    online                                what only the network can tell: dead links, heavy pictures
    spam                                  what SpamAssassin makes of it, where it is installed

Everything but the last two is pure. A check changes nothing and decides nothing: the code that sends refuses errors.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from newsletter.check.envelope import (
    envelope_findings,
    frame_findings,
    language_findings,
    missing_address,
    missing_settings,
    without_pages,
)
from newsletter.check.front import front_findings
from newsletter.check.images import image_findings
from newsletter.check.links import link_findings
from newsletter.check.marks import mark_findings
from newsletter.check.outline import outline_findings
from newsletter.check.pair import pair_findings
from newsletter.check.personal import personal_findings
from newsletter.check.reading import PostReading, read_for_check
from newsletter.check.words import word_findings
from newsletter.compiler import CompiledEmail, Finding, Severity
from newsletter.post import Post

__all__ = [
    "PostReading",
    "examine",
    "findings_in_order",
    "missing_address",
    "missing_settings",
    "read_for_check",
    "without_pages",
]

Rule = Callable[[PostReading], Iterator[Finding]]

_RULES_OF_WORDS: tuple[Rule, ...] = (
    front_findings,
    link_findings,
    personal_findings,
    image_findings,
    outline_findings,
    word_findings,
    mark_findings,
)
_RULES = (envelope_findings, *_RULES_OF_WORDS)
_WEIGHT = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}


def examine(post: Post, email: CompiledEmail) -> tuple[Finding, ...]:
    """List all findings about `post` before it is sent, the compiler's included, in the order of the post."""
    found = [*email.findings, *frame_findings(email), *_findings_in(post, email, _RULES)]
    if post.halves:
        found += _findings_in(post.halves[1], email, (language_findings, *_RULES_OF_WORDS))
        found += pair_findings(post)
    return findings_in_order(found)


def _findings_in(post: Post, email: CompiledEmail, rules: Iterable[Rule]) -> list[Finding]:
    """Apply `rules` to `post`; of one in two languages, to its first half, with the subject and preheader of both."""
    reading = read_for_check(post, email.published)
    found = [finding for rule in rules for finding in rule(reading)]
    return [replace(finding, file=post.path) for finding in found] if post.in_two else found


def findings_in_order(findings: list[Finding]) -> tuple[Finding, ...]:
    """Sort findings by line, those about the whole post first, on one line the most serious first; no doubles.

    Those about the first file of a post in two languages come first.
    """
    return tuple(
        sorted(dict.fromkeys(findings), key=lambda each: (str(each.file or ""), each.line or 0, _WEIGHT[each.severity]))
    )
