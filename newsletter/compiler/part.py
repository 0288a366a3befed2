"""One language of a post, on its way into the mail. In: a post or a half. Out: its tree, its words."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from newsletter.compiled import Finding, Severity
from newsletter.compiler.article import Article
from newsletter.compiler.gaps import Gaps
from newsletter.compiler.markdown import RawHtml, to_html
from newsletter.compiler.marked import mark
from newsletter.compiler.sanitise import sanitise
from newsletter.compiler.unclosed import check_closed
from newsletter.errors import CompileError, UnknownMergeTag, UnknownMergeTagAt
from newsletter.languages import speak
from newsletter.merge import open_gaps, seal
from newsletter.post import Post
from newsletter.publish import Beside

CLIPPED_AT = 100_000  # bytes; Gmail hides what comes after, the unsubscribe link among it
MOST_LETTERS = 400_000  # four times what Gmail shows: such a post is refused before minutes are spent on it
_OPENING_OF_TWO = 60
"""The most letters that the first words of one of two languages have in a preheader."""


@dataclass
class LanguagePart:
    """What the mail says in one language: words with disguised gaps, and the tree of the article."""

    post: Post
    subject: str
    title: str
    preheader: str
    article: Article
    facts: dict[str, Any]
    """What the layout needs to know of it."""
    noticed: list[Finding]

    @classmethod
    def of(
        cls, post: Post, gaps: Gaps, fields: Collection[str], templates: Sequence[Path], beside: Beside | None
    ) -> "LanguagePart":
        """Read the article of `post`. Raises PostError, UnknownMergeTagAt, and CompileError."""
        if len(post.body) > MOST_LETTERS:
            why = f"it is {len(post.body):,} characters long, and a mail may be about {CLIPPED_AT:,}. Shorten the post"
            raise CompileError(path=post.path, why=why)
        subject, *written = (
            _open(each, post, fields) for each in (post.subject, post.title, post.preheader, post.body)
        )
        title, preheader, body = map(gaps.disguise, written)
        html, raw = _rendered(post, body)
        noticed = check_closed([(post.first_line + line - 1, piece) for line, piece in raw], post.path)
        # Here &#xE000; has become the character itself, which could be read as a gap.
        around = replace(beside, language=post.language) if beside else None
        article = Article(seal(sanitise(html)), post, gaps, around)
        mark(article.root, speak(templates, post.language), post.language)
        image = article.resolved(post.image)
        facts = {"title": title, "image": image, "image_width": article.enclosed.width(image)}
        facts["image_alt"] = post.image_alt
        return cls(post, subject, title, preheader, article, facts, [*noticed, *_tags(post, body)])

    def preheader_beside(self, parts: int) -> str:
        """Return the author's preheader, or the first words: fewer, if there are several `parts`."""
        said = self.preheader or self.article.opening()
        if self.preheader or parts == 1 or len(said) <= _OPENING_OF_TWO:
            return said
        return said[:_OPENING_OF_TWO].rpartition(" ")[0] + "…"

    def findings(self) -> Iterator[Finding]:
        """Yield what was noticed; in a half, each finding names its file."""
        for finding in (*self.noticed, *self.article.findings):
            yield replace(finding, file=self.post.path) if self.post.in_two else finding


def _rendered(post: Post, body: str) -> tuple[str, RawHtml]:
    if post.markup == "html":
        return body, [(1, body)]
    try:
        return to_html(body)
    except RecursionError:
        why = "its quotes, lists or brackets stand hundreds deep in each other"
        raise CompileError(path=post.path, why=why) from None


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


def _tags(post: Post, body: str) -> list[Finding]:
    """Point out what looks like a merge tag in a post that uses them, but is none and stays as it is written."""
    left = re.search(r"\{\{[^{}\n]*\}\}", body) if post.merge else None
    if not left:
        return []
    why = f'"{left[0]}" will be read as it is written; a tag is written {{{{name|fallback}}}}'
    return [Finding(Severity.WARNING, why, post.line_of(left[0]))]
