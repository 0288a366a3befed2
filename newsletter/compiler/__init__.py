"""Stage 2. In: a Post, the organisation's facts, the templates. Out: a CompiledEmail, once per issue, with open gaps.

    part                                          all of one language of the post
    markdown · unclosed · sanitise · article      one tree, absolute and well-formed
    marked                                        callouts, boxes to tick, progress
    enclosed                                      pictures and documents beside the post
    plaintext                                     the text part, from that tree
    inline_style · tables · inline                the HTML article, from that tree
    layout · mjml                                 the frame around both
    halves                                        the mails of a post in two languages

The same post and templates give the same bytes. Nothing is fetched, and a post is never template source.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from newsletter.compiled import CompiledEmail, Finding, Severity
from newsletter.compiler.gaps import Gaps
from newsletter.compiler.halves import READ_THIS_IN, in_variants, size_findings, size_of
from newsletter.compiler.inline_style import email_markup
from newsletter.compiler.layout import frame, text_frame, unreadable
from newsletter.compiler.part import LanguagePart
from newsletter.compiler.plaintext import to_text, underline, wrap
from newsletter.languages import date_in, direction, speak
from newsletter.merge import seal
from newsletter.post import JOINT, Post
from newsletter.publish import Beside
from newsletter.theme import read_theme

__all__ = ["CompiledEmail", "Finding", "Furniture", "Severity", "compile_post"]


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
    second_organisation: str = ""
    """Its name in the second language of a mail in two."""


def compile_post(
    post: Post,
    furniture: Furniture,
    templates: Sequence[Path],
    fields: Collection[str] = (),
    beside: Beside | None = None,
) -> CompiledEmail:
    """Make `post` a mail, with merge tags for `fields` beside the usual ones, and the files `beside` it.

    A post in two languages becomes one mail in both, or one for the readers of each, too: see `halves`. Raises
    PostError where words would be lost, UnknownMergeTagAt, and CompileError where a template is at fault.
    """

    def compiled(each: Post, other: Post | None) -> CompiledEmail:
        named = furniture
        if other and other is not post.halves[1]:
            named = replace(furniture, organisation=furniture.second_organisation or furniture.organisation)
        return _compiled(each, named, templates, fields, beside, other)

    if post.halves:
        return in_variants(post, compiled, furniture.pages)
    email = compiled(post, None)
    return replace(email, findings=(*email.findings, *size_findings(size_of(email.html))))


def _compiled(
    post: Post,
    furniture: Furniture,
    templates: Sequence[Path],
    fields: Collection[str],
    beside: Beside | None,
    other: Post | None,
) -> CompiledEmail:
    """Make one mail of `post`; `other`: the other half, to which its mail leads."""
    gaps = Gaps(_nonce(post), fields)
    parts = [LanguagePart.of(each, gaps, fields, templates, beside) for each in post.halves or (post,)]
    first, *more = parts
    facts = first.facts | _frame_facts(first.post, furniture, templates)
    facts["preheader"] = JOINT.join(dict.fromkeys(part.preheader_beside(len(parts)) for part in parts))
    for part in more:
        facts["second"] = part.facts | _second_facts(part.post, furniture, templates)
        facts["second"]["article"] = gaps.second_article
        facts["first_title"], facts["title"] = first.title, JOINT.join(dict.fromkeys(each.title for each in parts))
    if other:
        facts["other"] = {"language": other.language, "words": READ_THIS_IN[other.language.lower()[:2]]}
    texts = {"second_text": to_text(more[0].article.root)} if more else {}
    text = gaps.reveal(text_frame(templates, facts | texts, to_text(first.article.root), gaps))
    theme = read_theme(templates, post.theme)
    marked_up = [email_markup(part.article.root) for part in parts]
    html = gaps.reveal(frame(templates, theme, facts, marked_up[0], gaps, "".join(marked_up[1:])))
    return CompiledEmail(
        subject=JOINT.join(dict.fromkeys(part.subject for part in parts)),
        preheader=gaps.reveal(str(facts["preheader"])),
        html=html,
        text=text,
        language=first.post.language,
        findings=(*(each for part in parts for each in part.findings()), *unreadable(theme)),
        published=tuple({each.address: each for part in parts for each in part.article.enclosed.files}.values()),
        title=gaps.reveal(str(facts["title"])),
        second_language=more[0].post.language if more else "",
    )


def _nonce(post: Post) -> str:
    """Return letters and digits that occur nowhere in the post; the same post always gives the same ones."""
    written = "".join(f"{each.title}{each.subject}{each.preheader}{each.body}" for each in post.halves or (post,))
    seed = hashlib.sha256(written.encode()).hexdigest()
    return next(seed[start : start + 8] for start in range(56) if seed[start : start + 8] not in written)


def _second_facts(post: Post, furniture: Furniture, templates: Sequence[Path]) -> dict[str, Any]:
    """Return what the frame says of the second language, beside what its part says."""
    spoken = speak(templates, post.language)
    return {
        "byline": _byline(post),
        "organisation": seal(furniture.second_organisation or furniture.organisation),
        "say": spoken.say,
        "words_language": spoken.code,
        "words_direction": spoken.direction,
        "language": post.language,
        "direction": direction(post.language),
    }


def _byline(post: Post) -> str:
    day = date_in(post.language, post.date) if post.date else ""
    return " · ".join(part for part in (post.author, day) if part)


def _frame_facts(post: Post, furniture: Furniture, templates: Sequence[Path]) -> dict[str, Any]:
    spoken = speak(templates, post.language)
    return {
        "byline": _byline(post),
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
