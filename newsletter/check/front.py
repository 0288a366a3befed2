"""The front matter of a post. In: a Reading. Out: findings on unknown keys, and on front matter without its ---.

A misspelt key does nothing and says nothing. If it looks like a key that decides who gets the mail, that is an error.
Keys that only other programs read are notes.
"""

import difflib
import re
from collections.abc import Iterator

from newsletter.check.reading import PostReading, excerpt
from newsletter.compiler import Finding, Severity
from newsletter.post import READ, key_name

DECIDES = ("topic", "language", "merge", "archive")
"""Keys of ours that decide who gets the mail, in which language, or what is public."""

SAID_ELSEWHERE = {
    "send --at TIME": "at date_time publish_at publish_date publishdate published_at schedule scheduled scheduled_at "
    "scheduled_for send_at send_date send_on sendat when expirydate expires",
    "send --segment NAME": "audience cohort email_segment filter group groups list lists recipients segment segments "
    "send_to subscribers to visibility access members",
    "topic: NAME": "category_id channel newsletter newsletters topics",
    "language: TAG": "culture iaith lang langue locale language_code sprache",
    "NEWSLETTER_FROM in .env": "from from_email from_name reply_to sender sender_name",
    "draft": "draft drafts hidden private public publish published sent state status unlisted",
}
"""Keys with which other programs decide who gets a post, and when; each under what to use here instead."""

HARMLESS = frozenset(
    "aliases alt authors byline canonical canonical_url categories category comment_status comments cover cover_image "
    "created created_at cssclass cssclasses custom_excerpt description draft_of edited excerpt excerpt_separator "
    "feature_image featured featured_image featuredimage feature_image_alt feature_image_caption guid hero id images "
    "keywords last_modified_at lastmod layout link meta_description meta_title modified nav_order og_image parent "
    "permalink pin post_id post_title post_type reading_time series seo share show_reading_time sidebar slug sources "
    "subtitle summary taxonomy teaser template thumbnail toc type updated updated_at url uuid weight wordcount "
    "word_count wp_id math mermaid notion_id email_only og_title og_description twitter_title".split()
)
"""Keys that site generators and other editors write; they decide nothing about a mail."""

ALIKE = 0.72
"""How similar, from 0 to 1, an unknown key and one of ours must be for us to suggest ours."""

_DASHES = re.compile(r"[-–—]{1,3}|\+\+\+|(?:\* ?){3}|(?:_ ?){3}|(?:- ?){3}|={3,}|;;;")
_KEY = re.compile(r"[\"']?([A-Za-z][\w -]{0,30}?)[\"']?[ \t]*[:=][ \t]*(.*)")
_LINES_LOOKED_AT = 12


def front_findings(reading: PostReading) -> Iterator[Finding]:
    """Check every key of the front matter, and whether the text begins with lines that were meant as front matter."""
    for key, line in reading.post.unknown_keys.items():
        yield _unknown(key, line)
    yield from _never_opened(reading)


def _unknown(key: str, line: int) -> Finding:
    name, shown = key_name(key), excerpt(key)
    elsewhere = next((where for where, keys in SAID_ELSEWHERE.items() if name in keys.split()), None)
    if elsewhere == "draft":
        why = f"“{shown}:” does nothing here: `newsletter send` sends this post all the same. Take the line out"
        return Finding(Severity.ERROR, why, line)
    if elsewhere:
        why = f"“{shown}:” does nothing here. Use {elsewhere} instead, and take this line out"
        return Finding(Severity.ERROR, why, line)
    if name in HARMLESS:
        return Finding(Severity.NOTE, f"“{shown}:” is not used in an email", line)
    nearest = next(iter(difflib.get_close_matches(name, READ, 1, ALIKE)), None)
    if nearest:
        severity = Severity.ERROR if nearest in DECIDES else Severity.WARNING
        return Finding(severity, f"“{shown}:” does nothing here. Did you mean “{nearest}:”?", line)
    why = f"“{shown}:” does nothing here. What you can write at the top is {', '.join(READ)}"
    return Finding(Severity.WARNING, why, line)


def _never_opened(reading: PostReading) -> Iterator[Finding]:
    """Find lines such as “title: …” at the top of a post that are not between two lines of three hyphens."""
    post = reading.post
    if post.lines:
        return
    text = f"{post.title}\n{post.body}" if _key(post.title) else post.body  # a short first line became the title
    lines = [line for line in text.split("\n", _LINES_LOOKED_AT)[:_LINES_LOOKED_AT] if line.strip()]
    opened = bool(lines) and bool(_DASHES.fullmatch(lines[0].strip()))
    keys = [_key(line) for line in (lines[1:] if opened else lines)]
    if not keys or keys[0] is None:
        return
    said = keys[: keys.index(None)] if None in keys else keys
    closes = len(said) < len(keys) and bool(_DASHES.fullmatch(lines[len(said) + opened].strip()))
    if opened or closes or said[0] in ("title", "subject") or len(said) > 1:
        above = f"“{lines[0].strip()}” is not such a line" if opened else "the first of them is missing"
        why = (
            f"readers would see “{excerpt(lines[opened])}” as part of your text. Put lines like this between two lines "
            f"of three hyphens (---): {above}"
        )
        yield Finding(Severity.ERROR, why, reading.line(lines[opened]) or post.first_line)


def _key(line: str) -> str | None:
    match = _KEY.fullmatch(line.strip())
    name = key_name(match[1]) if match else ""
    return name if name in READ else None
