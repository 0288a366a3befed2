"""Beside stage 3. In: a Post and its CompiledEmail. Out: Findings, like a linter's.

Each Finding says what a reader would suffer, and what to do about it.

    links · images · outline · words      what the post says
    personal                              links that were made for one person
    front                                 keys at the top that mean nothing here
    envelope                              subject, preheader, language, the frame around it
    online                                what only the network can tell: dead links, heavy pictures
    spam                                  what SpamAssassin makes of it, where it is installed

Everything but the last two is pure. A check changes nothing and decides nothing: the code that sends refuses errors.
"""

from newsletter.check.envelope import (
    envelope_findings,
    frame_findings,
    missing_address,
    missing_settings,
    without_pages,
)
from newsletter.check.front import front_findings
from newsletter.check.images import image_findings
from newsletter.check.links import link_findings
from newsletter.check.marks import mark_findings
from newsletter.check.outline import outline_findings
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

_RULES = (
    front_findings,
    envelope_findings,
    link_findings,
    personal_findings,
    image_findings,
    outline_findings,
    word_findings,
    mark_findings,
)
_WEIGHT = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}


def examine(post: Post, email: CompiledEmail) -> tuple[Finding, ...]:
    """List all findings about `post` before it is sent, the compiler's included, in the order of the post."""
    reading = read_for_check(post, email.published)
    found = [*email.findings, *frame_findings(email), *(finding for rule in _RULES for finding in rule(reading))]
    return findings_in_order(found)


def findings_in_order(findings: list[Finding]) -> tuple[Finding, ...]:
    """Sort findings by line, those about the whole post first, on one line the most serious first; no doubles."""
    return tuple(sorted(dict.fromkeys(findings), key=lambda each: (each.line or 0, _WEIGHT[each.severity])))
