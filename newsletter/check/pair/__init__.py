"""Whether the two halves of a post say the same. In: a Post with two halves. Out: Findings, each with both lines.

units        a half as headings, items, rows, pictures, buttons, notes and paragraphs
align        which unit belongs to which          structure    what one half lacks
facts/       what a text states                   compare      two texts' facts, set against each other
statements   numbers, dates, times, addresses     targets      links
freshness    whether the original has changed since, and how long the halves are
"""

from newsletter.check.pair.align import align
from newsletter.check.pair.freshness import freshness_findings, length_findings
from newsletter.check.pair.statements import statement_findings
from newsletter.check.pair.structure import structure_findings
from newsletter.check.pair.targets import target_findings
from newsletter.check.pair.units import read_half
from newsletter.compiled import Finding
from newsletter.post import Post

__all__ = ["pair_findings"]


def pair_findings(post: Post) -> list[Finding]:
    """List what one half of `post` says and the other does not; none for a post in one language."""
    if not post.halves:
        return []
    first, second = map(read_half, post.halves)
    aligned = align(first, second)
    return [
        *freshness_findings(first, second),
        *structure_findings(first, second, aligned),
        *statement_findings(first, second, aligned),
        *target_findings(first, second, aligned),
        *length_findings(first, second),
    ]
