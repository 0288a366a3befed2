"""A post in two languages as the mails that readers get. In: a Post with halves. Out: one mail, or three.

`both`: one mail. `chosen`: one for readers of each language, and the mail in both for all others; if that is too large,
these get the first language, with a link to the other.
"""

from collections.abc import Callable
from dataclasses import replace

from newsletter.compiled import CompiledEmail, Finding, Severity
from newsletter.compiler.part import CLIPPED_AT
from newsletter.post import Post, TwoLanguages

Compile = Callable[[Post, Post | None], CompiledEmail]
"""Compiles a post; the second is the half that its mail leads to."""

NEARLY_CLIPPED = 80_000
_GAP_FILLED = 200  # bytes a filled gap may take: a signed link
READ_THIS_IN = {"en": "Read this in English", "cy": "Darllenwch hwn yn Gymraeg"}
"""The words of the link to the other language, in that language."""


def size_of(html: str) -> int:
    """Return the bytes that `html` may have once its gaps are filled."""
    return len(html.encode()) + _GAP_FILLED * html.count("\ue000")


def size_findings(size: int, remedy: str = "Shorten the post") -> list[Finding]:
    """Say whether Gmail would hide the end of a mail of so many bytes."""
    if size >= CLIPPED_AT:
        why = f"the mail is {size:,} bytes: Gmail would hide its end, and the unsubscribe link with it. {remedy}"
        return [Finding(Severity.ERROR, why)]
    if size > NEARLY_CLIPPED:
        why = f"the mail is {size:,} bytes; from {CLIPPED_AT:,} on Gmail would hide its end. Consider a shorter post"
        return [Finding(Severity.WARNING, why)]
    return []


def in_variants(post: Post, compiled: Compile, pages: bool) -> CompiledEmail:
    """Compile a post with halves; `pages`: whether there are public pages, where the other language can be read."""
    both, chosen = compiled(post, None), post.layout == TwoLanguages.CHOSEN
    size = size_of(both.html)
    if not chosen and size < CLIPPED_AT:
        return replace(both, findings=(*both.findings, *size_findings(size)))
    first, second = post.halves
    halves = {"cy": compiled(first, second), "en": compiled(second, first)}
    largest = max(size_of(email.html) for email in halves.values())
    if not chosen:
        fits = "would fit" if largest < CLIPPED_AT else "would be too large, too"
        remedy = f"Shorten it. With “layout: chosen” each reader gets one language: that {fits} ({largest:,} bytes)"
        return replace(both, findings=(*both.findings, *size_findings(size, remedy)))
    found = [*both.findings, *size_findings(largest), *([] if pages else [_NO_PAGES])]
    if size >= CLIPPED_AT > largest:
        found.append(Finding(Severity.NOTE, _FIRST_ALONE.format(size=size)))
        both = replace(halves["cy"], title=both.title, published=both.published)
    return replace(both, findings=tuple(found), variants=halves)


_NO_PAGES = Finding(
    Severity.ERROR,
    "“layout: chosen” leads each reader to the other language on your public pages, and NEWSLETTER_BASE_URL is not "
    "set. Set it, or write layout: both",
)
_FIRST_ALONE = (
    "both languages together are {size:,} bytes, which is too large for one mail. Readers whose language is not "
    "known get the Welsh, with a link to the English"
)
