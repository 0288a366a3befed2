"""Stage 2. In: a Post, the organisation's facts, the templates. Out: a CompiledEmail, once per issue, with open gaps.

    markdown · unclosed · sanitise · article      one tree, absolute and well-formed
    marked                                        callouts, boxes to tick, progress
    enclosed                                      pictures and documents beside the post
    plaintext                                     the text part, from that tree
    inline_style · tables · inline                the HTML article, from that tree
    layout · mjml                                 the frame around both

The same post and templates give the same bytes. Nothing is fetched, and a post is never template source.
"""

import hashlib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from newsletter.compiled import CompiledEmail, Finding, Severity
from newsletter.compiler.article import Article
from newsletter.compiler.gaps import Gaps
from newsletter.compiler.inline_style import email_markup
from newsletter.compiler.layout import frame, text_frame, unreadable
from newsletter.compiler.markdown import RawHtml, to_html
from newsletter.compiler.marked import mark
from newsletter.compiler.plaintext import to_text, underline, wrap
from newsletter.compiler.sanitise import sanitise
from newsletter.compiler.unclosed import check_closed
from newsletter.errors import CompileError, UnknownMergeTag, UnknownMergeTagAt
from newsletter.languages import date_in, direction, speak
from newsletter.merge import open_gaps, seal
from newsletter.post import Post
from newsletter.publish import Beside
from newsletter.theme import read_theme

__all__ = ["CompiledEmail", "Finding", "Furniture", "Severity", "compile_post"]

CLIPPED_AT = 100_000  # bytes; Gmail hides what comes after, the unsubscribe link among it
NEARLY_CLIPPED = 80_000
MOST_LETTERS = 400_000  # four times what Gmail shows: such a post is refused before minutes are spent on it
_GAP_FILLED = 200  # bytes a filled gap may take: a signed link


@dataclass(frozen=True, slots=True)
class Furniture:
    """The organisation that sends the mail: its name, what the footer says, and whether there are public pages."""

    organisation: str
    postal_address: str
    pages: bool = True
    website: str = ""
    """An http address; the masthead leads there."""
    registration: str = ""
    """A charity or company number, in the organisation's own words."""
    privacy_url: str = ""
    """Where the privacy notice is; empty: nothing leads to one."""


def compile_post(
    post: Post,
    furniture: Furniture,
    templates: Sequence[Path],
    fields: Collection[str] = (),
    beside: Beside | None = None,
) -> CompiledEmail:
    """Make `post` a mail, with merge tags for `fields` beside the usual ones, and the files `beside` it.

    Raises PostError where words would be lost, UnknownMergeTagAt, and CompileError where a template is at fault.
    """
    if len(post.body) > MOST_LETTERS:
        why = f"it is {len(post.body):,} characters long, and a mail may be about {CLIPPED_AT:,}. Shorten the post"
        raise CompileError(path=post.path, why=why)
    gaps = Gaps(_nonce(post), fields)
    subject, *written = (_open(each, post, fields) for each in (post.subject, post.title, post.preheader, post.body))
    title, preheader, body = map(gaps.disguise, written)
    html, raw = _rendered(post, body)
    findings = check_closed([(post.first_line + line - 1, piece) for line, piece in raw], post.path)
    # Here &#xE000; has become the character itself, which could be read as a gap.
    article = Article(seal(sanitise(html)), post, gaps, beside)
    mark(article.root, speak(templates, post.language), post.language)
    preheader = preheader or article.opening()
    image = article.resolved(post.image)
    facts = {"title": title, "preheader": preheader, "image": image, "image_width": article.enclosed.width(image)}
    facts["image_alt"] = post.image_alt
    facts |= _frame_facts(post, furniture, templates)
    text = gaps.reveal(text_frame(templates, facts, to_text(article.root), gaps))
    theme = read_theme(templates, post.theme)
    html = gaps.reveal(frame(templates, theme, facts, email_markup(article.root), gaps))
    return CompiledEmail(
        subject=subject,
        preheader=gaps.reveal(preheader),
        html=html,
        text=text,
        language=post.language,
        findings=(*findings, *article.findings, *_size(html), *_tags(post, body), *unreadable(theme)),
        published=article.enclosed.files,
        title=gaps.reveal(title),
    )


def _rendered(post: Post, body: str) -> tuple[str, RawHtml]:
    if post.markup == "html":
        return body, [(1, body)]
    try:
        return to_html(body)
    except RecursionError:
        why = "its quotes, lists or brackets stand hundreds deep in each other"
        raise CompileError(path=post.path, why=why) from None


def _nonce(post: Post) -> str:
    """Return letters and digits that occur nowhere in the post; the same post always gives the same ones."""
    written = f"{post.title}{post.subject}{post.preheader}{post.body}"
    seed = hashlib.sha256(written.encode()).hexdigest()
    return next(seed[start : start + 8] for start in range(56) if seed[start : start + 8] not in written)


def _open(text: str, post: Post, fields: Collection[str]) -> str:
    sealed = seal(text)
    if not post.merge:
        return sealed
    try:
        return open_gaps(sealed, fields)
    except UnknownMergeTag as unknown:
        tag = re.search(rf"\{{\{{\s*{unknown.particulars['tag']}\s*[|}}]", text)
        line = post.line_of(tag[0]) if tag and text == post.body else None
        raise UnknownMergeTagAt(path=post.path, line=line or 1, **unknown.particulars) from None


def _frame_facts(post: Post, furniture: Furniture, templates: Sequence[Path]) -> dict[str, Any]:
    spoken = speak(templates, post.language)
    return {
        "byline": " · ".join(
            part for part in (post.author, date_in(post.language, post.date) if post.date else "") if part
        ),
        "organisation": seal(furniture.organisation),
        "subscribed": True,
        "pages": furniture.pages,
        "privacy_url": seal(furniture.privacy_url),
        "postal_address": seal(furniture.postal_address),
        "website": furniture.website,
        "registration": seal(furniture.registration),
        "words_language": spoken.code,
        "words_direction": spoken.direction,
        "theme": post.theme,
        "language": post.language,
        "direction": direction(post.language),
        "wrap": wrap,
        "underline": underline,
    }


def _size(html: str) -> list[Finding]:
    size = len(html.encode()) + _GAP_FILLED * html.count("\ue000")
    if size >= CLIPPED_AT:
        why = (
            f"the mail is {size:,} bytes: Gmail would hide its end, and the unsubscribe link with it. Shorten the post"
        )
        return [Finding(Severity.ERROR, why)]
    if size > NEARLY_CLIPPED:
        why = f"the mail is {size:,} bytes; from {CLIPPED_AT:,} on Gmail would hide its end. Consider a shorter post"
        return [Finding(Severity.WARNING, why)]
    return []


def _tags(post: Post, body: str) -> list[Finding]:
    """Point out what looks like a merge tag in a post that uses them, but is none and stays as it is written."""
    left = re.search(r"\{\{[^{}\n]*\}\}", body) if post.merge else None
    if not left:
        return []
    why = f'"{left[0]}" will be read as it is written; a tag is written {{{{name|fallback}}}}'
    return [Finding(Severity.WARNING, why, post.line_of(left[0]))]
